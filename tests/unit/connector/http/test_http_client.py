"""One call: what is sent, what counts as an answer, what becomes which error."""

import json
import re
import threading
from collections.abc import Iterator

import pytest
import requests
import responses
from pydantic import SecretStr
from structlog.testing import capture_logs

from connector.http import Answer, HttpClient, HttpSettings, Limits, Window
from connector.ports import ConfigError, PermanentCrmError, TransientCrmError
from tests.unit.connector.http.plain_dialect import FakeTime, PlainDialect

BASE = "https://crm.test"
SECRET = "pat-eu1-0123abcd"
NAME = "Jansen"  # stands for whatever of a record an answer's body may hold
RETRIED = {423, 429, 477, 500, 502, 503, 504, 521, 523, 524}


@pytest.fixture
def crm() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def client_of(fake: FakeTime, *, token=lambda: SecretStr(SECRET), limits=None, stop=None, **given):
    return HttpClient(
        HttpSettings(base_url=BASE, **given),
        crm="hubspot",
        token=token,
        limits=limits or Limits.off(),
        dialect=PlainDialect(),
        stop=stop,
        sleep=fake.sleep,
        clock=fake.clock,
    )


def list_with(client: HttpClient, **given) -> Answer:
    return client.call("GET", "/companies", kind="list", **given)


def test_call_returns_status_and_payload(crm, fake):
    crm.get(f"{BASE}/companies", json={"results": [{"id": "1"}]}, status=207)

    assert list_with(client_of(fake)) == Answer(207, {"results": [{"id": "1"}]})


def test_call_sends_query_body_token_and_our_name(crm, fake):
    crm.post(f"{BASE}/companies", json={})

    client_of(fake).call(
        "POST", "/companies", kind="batch_read", params={"limit": 5}, body={"ids": ["1"]}
    )

    request = crm.calls[0].request
    assert request.url == f"{BASE}/companies?limit=5"
    assert json.loads(request.body or "") == {"ids": ["1"]}
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert request.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"toprelatie/[\w.+]+", request.headers["User-Agent"])


def test_call_carries_its_time_outs_checks_tls_and_reads_the_answer_as_it_comes(
    crm, fake, monkeypatch
):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    crm.get(f"{BASE}/companies", json={})

    list_with(client_of(fake, connect_timeout_s=3, read_timeout_s=7))

    sent = crm.calls[0].request.req_kwargs
    assert sent["timeout"] == (3, 7)
    assert sent["verify"] is True
    assert sent["stream"] is True


def test_call_puts_its_path_behind_that_of_the_base_url(crm, fake):
    crm.get("https://crm.test/eu/companies", json={})
    settings = HttpSettings(base_url="https://crm.test/eu/")
    client = HttpClient(
        settings,
        crm="hubspot",
        token=lambda: SecretStr(SECRET),
        limits=Limits.off(),
        dialect=PlainDialect(),
    )

    assert list_with(client).payload == {}


def test_call_refuses_a_path_that_could_change_the_host(fake):
    with pytest.raises(ValueError, match="begins with a slash"):
        client_of(fake).call("GET", "@evil.test/", kind="list")


def test_call_keeps_no_cookie(crm, fake):
    crm.get(f"{BASE}/companies", json={}, headers={"Set-Cookie": "who=me; Path=/"})
    crm.get(f"{BASE}/companies", json={})
    client = client_of(fake)

    list_with(client)
    list_with(client)

    assert "Cookie" not in crm.calls[1].request.headers


def test_call_takes_an_answer_without_content_as_an_empty_object(crm, fake):
    crm.delete(f"{BASE}/companies/1", status=204)

    answer = client_of(fake).call("DELETE", "/companies/1", kind="archive")

    assert answer == Answer(204, {})


@pytest.mark.parametrize("status", sorted({*range(400, 600)} - {401}))
def test_call_repeats_the_statuses_that_pass_and_no_other(status, crm, fake):
    crm.get(f"{BASE}/companies", status=status, json={})
    if status in RETRIED:
        crm.get(f"{BASE}/companies", json={"results": []})

        assert list_with(client_of(fake)).status == 200
        assert len(fake.waits) == 1
    else:
        with pytest.raises(PermanentCrmError) as caught:
            list_with(client_of(fake))
        assert caught.value.status == status
        assert fake.waits == []


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
def test_call_follows_no_redirect(status, crm, fake):
    crm.get(f"{BASE}/companies", status=status, headers={"Location": f"https://evil.test/{NAME}"})

    with pytest.raises(PermanentCrmError, match="redirects are refused") as caught:
        list_with(client_of(fake))
    assert caught.value.status == status
    assert NAME not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (f'{{"results": ["{NAME}"', "application/json"),
        ("", "application/json"),
        (f"<html>{NAME}</html>", "text/html"),
        ('{"results": []}', "text/plain"),
        ('{"results": []}', "application/jsonlines"),
        (b'{"name": "\xff"}', "application/json"),
        ('{"amount": NaN}', "application/json"),
        ("[" * 100_000, "application/json"),
    ],
)
def test_call_repeats_what_is_not_json_and_never_shows_it(body, content_type, crm, fake):
    crm.get(f"{BASE}/companies", body=body, content_type=content_type)

    with pytest.raises(TransientCrmError) as caught:
        list_with(client_of(fake, tries=2))
    assert str(caught.value) in {
        "hubspot: list, GET /companies: 200 with malformed JSON",
        "hubspot: list, GET /companies: 200 whose content is not JSON",
    }
    assert len(crm.calls) == 2


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=utf-8", "Application/HAL+JSON; charset=utf-8"],
)
def test_call_reads_json_under_each_of_its_names(content_type, crm, fake):
    crm.get(f"{BASE}/companies", body='{"a": 1}', content_type=content_type)

    assert list_with(client_of(fake)).payload == {"a": 1}


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null"])
def test_call_refuses_json_that_is_no_object(body, crm, fake):
    crm.get(f"{BASE}/companies", body=body, content_type="application/json")

    with pytest.raises(PermanentCrmError, match="JSON that is not an object"):
        list_with(client_of(fake))


@pytest.mark.parametrize(("size", "is_taken"), [(2048, True), (2049, False)])
def test_call_refuses_an_answer_that_is_larger_than_allowed(size, is_taken, crm, fake):
    body = '{"a": "' + "x" * (size - 9) + '"}'
    crm.get(f"{BASE}/companies", body=body, content_type="application/json")
    client = client_of(fake, max_answer_bytes=2048)

    if is_taken:
        assert list_with(client).status == 200
    else:
        with pytest.raises(PermanentCrmError, match="larger than 2048 bytes"):
            list_with(client)


@pytest.mark.parametrize(
    ("error", "expected", "tries"),
    [
        (requests.ConnectTimeout(NAME), TransientCrmError, 3),
        (requests.ReadTimeout(NAME), TransientCrmError, 3),
        (requests.ConnectionError(NAME), TransientCrmError, 3),
        (requests.exceptions.ProxyError(NAME), TransientCrmError, 3),
        (requests.exceptions.SSLError(f"EOF occurred {NAME}"), TransientCrmError, 3),
        (requests.exceptions.SSLError(f"[SSL: CERTIFICATE_VERIFY_FAILED] {NAME}"), ConfigError, 1),
        (requests.exceptions.InvalidURL(NAME), PermanentCrmError, 1),
    ],
)
def test_call_that_gets_no_answer_says_so_without_what_was_asked(error, expected, tries, crm, fake):
    crm.get(f"{BASE}/companies", body=error)

    with pytest.raises(expected) as caught:
        list_with(client_of(fake, tries=3), params={"name": NAME})
    assert str(caught.value).startswith("hubspot: list, GET /companies: ")
    assert NAME not in str(caught.value)
    assert caught.value.__suppress_context__
    assert len(crm.calls) == tries


def test_call_names_fault_reference_and_missing_scope_when_it_is_not_allowed(crm, fake):
    crm.get(
        f"{BASE}/companies",
        status=403,
        json={"scopes": ["crm.objects.companies.read"], "correlation": "7f3a", "name": NAME},
    )

    with pytest.raises(PermanentCrmError) as caught:
        list_with(client_of(fake), scope="another")
    assert caught.value.missing_scopes == ("crm.objects.companies.read",)
    assert str(caught.value) == (
        "hubspot: list, GET /companies: 403 (correlation id 7f3a): missing scope "
        "crm.objects.companies.read. Grant it, then run `toprelatie check`"
    )


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("crm.objects.owners.read", "403: this may need scope crm.objects.owners.read"),
        (None, "403"),
    ],
)
def test_call_names_the_scope_it_may_need_when_the_crm_names_none(scope, words, crm, fake):
    crm.get(f"{BASE}/companies", status=403, json={})

    with pytest.raises(PermanentCrmError) as caught:
        list_with(client_of(fake), scope=scope)
    assert str(caught.value) == f"hubspot: list, GET /companies: {words}"
    assert caught.value.missing_scopes == ()


def test_call_shows_what_the_dialect_says_on_one_line_without_secrets(crm, fake):
    message = f"line\nbreak, Bearer {SECRET}, mail a@b.test " + "x" * 500
    crm.get(f"{BASE}/companies", status=400, json={"message": message})

    with pytest.raises(PermanentCrmError) as caught:
        list_with(client_of(fake))
    assert "400 line break, Bearer *** mail *** xxx" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_call_needs_no_body_to_know_a_fault(crm, fake):
    crm.get(f"{BASE}/companies", status=404, body=f"<p>{NAME}</p>", content_type="text/html")

    with pytest.raises(PermanentCrmError) as caught:
        list_with(client_of(fake))
    assert str(caught.value) == "hubspot: list, GET /companies: 404"


# --- the token


def test_call_reads_the_token_again_once_when_it_is_refused(crm, fake):
    tokens = iter([SecretStr("old"), SecretStr("new\n")])
    crm.get(f"{BASE}/companies", status=401, json={})
    crm.get(f"{BASE}/companies", json={})
    crm.get(f"{BASE}/companies", json={})
    client = client_of(fake, token=lambda: next(tokens))

    list_with(client)
    list_with(client)

    sent = [call.request.headers["Authorization"] for call in crm.calls]
    assert sent == ["Bearer old", "Bearer new", "Bearer new"]
    assert fake.waits == []


def test_call_asks_for_a_person_when_the_token_read_again_is_refused_too(crm, fake):
    crm.get(f"{BASE}/companies", status=401, json={"message": "expired"})

    with pytest.raises(ConfigError) as caught:
        list_with(client_of(fake))
    assert str(caught.value) == (
        "hubspot: list, GET /companies: 401 expired: the token is not accepted. "
        "Renew it, then run `toprelatie check`"
    )
    assert len(crm.calls) == 2


@pytest.mark.parametrize("text", ["", "  \n", "two words", "line\nbreak", "tokèn", "tab\tbed"])
def test_call_sends_no_token_that_is_none_and_does_not_show_it(text, fake):
    with pytest.raises(ConfigError, match="hubspot: the token") as caught:
        list_with(client_of(fake, token=lambda: SecretStr(text)))
    assert not text.strip() or text not in str(caught.value)


def test_threads_read_a_refused_token_again_only_once(crm, fake):
    reads: list[str] = []
    both_refused = threading.Barrier(2)

    def token() -> SecretStr:
        reads.append("read")
        return SecretStr(f"token{len(reads)}")

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers["Authorization"] == "Bearer token1":
            both_refused.wait(timeout=10)
            return 401, {}, "{}"
        return 200, {"Content-Type": "application/json"}, "{}"

    crm.add_callback("GET", f"{BASE}/companies", callback=answer, content_type="application/json")
    client = client_of(fake, token=token)
    threads = [threading.Thread(target=list_with, args=[client]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reads) == 2
    assert client.calls == {"list": 4}


# --- limits and counts


def test_calls_are_counted_by_kind_repeated_ones_included(crm, fake):
    crm.get(f"{BASE}/companies", status=503)
    crm.get(f"{BASE}/companies", json={})
    crm.post(f"{BASE}/search", json={})
    client = client_of(fake)

    list_with(client)
    client.call("POST", "/search", kind="search", bucket="search")

    assert client.calls == {"list": 2, "search": 1}
    assert client.throttled == 0


def test_call_waits_for_the_limits_of_its_bucket(crm, fake):
    crm.get(f"{BASE}/companies", json={})
    windows = {"general": Window(100, 10), "search": Window(1, 1)}
    limits = Limits(windows, reserve_share=0, margin_s=0.2, clock=fake.clock)
    client = client_of(fake, limits=limits)

    for bucket in ("search", "search", "general"):
        list_with(client, bucket=bucket)

    assert fake.waits == [pytest.approx(1.2, abs=0.01)]


def test_call_lets_the_limits_learn_from_every_answer(crm, fake):
    crm.get(f"{BASE}/companies", status=503, headers={"Max": "3", "Left": "2"})
    crm.get(f"{BASE}/companies", json={}, headers={"Max": "3", "Left": "1"})
    limits = Limits({"general": Window(100, 10)}, reserve_share=0, clock=fake.clock)
    client = client_of(fake, limits=limits)

    list_with(client)

    assert [round(limits.reserve("general"), 1) > 5 for _ in range(2)] == [False, True]


def test_call_that_is_throttled_is_counted_and_holds_its_bucket_back(crm, fake):
    crm.get(f"{BASE}/companies", status=429, headers={"Retry-After": "10"}, json={})
    limits = Limits({"general": Window(100, 10)}, clock=fake.clock)
    client = client_of(fake, limits=limits, total_s=5)

    with pytest.raises(TransientCrmError) as caught:
        list_with(client)

    assert caught.value.retry_after_s == 10
    assert client.throttled == 1
    assert limits.reserve("general") == pytest.approx(10)


def test_call_that_is_throttled_without_a_wait_holds_nobody_else_back(crm, fake):
    crm.get(f"{BASE}/companies", status=429, json={"policy": "TEN"})
    limits = Limits({"general": Window(100, 10)}, clock=fake.clock)

    with pytest.raises(TransientCrmError, match="429 limit TEN reached"):
        list_with(client_of(fake, limits=limits, tries=1))
    assert limits.reserve("general") == 0


def test_call_never_repeats_when_the_day_is_spent_and_sends_no_other(crm, fake):
    crm.get(f"{BASE}/companies", status=429, json={"policy": "DAILY"})
    limits = Limits({"general": Window(100, 10)}, clock=fake.clock)
    client = client_of(fake, limits=limits)

    with pytest.raises(TransientCrmError, match="limit DAILY reached"):
        list_with(client)
    with pytest.raises(TransientCrmError, match="calls of this day") as caught:
        list_with(client)

    assert caught.value.retry_after_s == 900
    assert client.calls == {"list": 1}
    assert client.throttled == 1
    assert fake.waits == []


@pytest.mark.parametrize("asked", ["nan", "inf", "-1"])
def test_call_backs_off_by_itself_when_the_crm_asks_for_a_wait_that_is_none(asked, crm, fake):
    crm.get(f"{BASE}/companies", status=503, headers={"Retry-After": asked})
    crm.get(f"{BASE}/companies", json={})

    list_with(client_of(fake))

    assert 0 <= fake.waits[0] <= 1


def test_call_ends_its_wait_at_once_when_the_service_is_stopping(crm):
    stop = threading.Event()
    crm.get(f"{BASE}/companies", status=503, headers={"Retry-After": "60"})
    client = HttpClient(
        HttpSettings(base_url=BASE),
        crm="hubspot",
        token=lambda: SecretStr(SECRET),
        limits=Limits.off(),
        dialect=PlainDialect(),
        stop=stop,
    )
    threading.Timer(0.05, stop.set).start()

    with pytest.raises(TransientCrmError, match=r"^stopping"):
        list_with(client)
    assert client.calls == {"list": 1}


def test_retries_are_logged_without_body_query_or_token(crm, fake):
    crm.get(f"{BASE}/companies", status=503, json={"name": NAME}, headers={"Retry-After": "2"})
    crm.get(f"{BASE}/companies", json={})

    with capture_logs() as logs:
        list_with(client_of(fake), params={"name": NAME})

    assert logs == [
        {
            "event": "http.retry",
            "log_level": "warning",
            "crm": "hubspot",
            "kind": "list",
            "found": "hubspot: list, GET /companies: 503",
            "wait_s": round(fake.waits[0], 3),
        }
    ]


def test_client_closes_when_left(crm, fake):
    crm.get(f"{BASE}/companies", json={})

    with client_of(fake) as client:
        assert list_with(client).status == 200
