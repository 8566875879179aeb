"""One call: what is sent, what counts as an answer, what becomes which error."""

import json
import re
from importlib.metadata import PackageNotFoundError

import pytest
import requests
from pydantic import SecretStr

from connector.http import Answer, HttpClient, HttpSettings, Limits
from connector.ports import ConfigError, PermanentCrmError, TransientCrmError
from tests.unit.connector.http.plain_client import BASE, SECRET, client_of, list_with
from tests.unit.connector.http.plain_dialect import PlainDialect

NAME = "Jansen"  # stands for whatever of a record an answer's body may hold
RETRIED = {408, 423, 429, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524}


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


def test_call_reads_a_text_that_holds_half_of_a_pair(crm, fake):
    body = b'{"name": "\\ud83d", "id": 12345678901234567890123}'
    crm.get(f"{BASE}/companies", body=body, content_type="application/json")

    found = list_with(client_of(fake)).payload
    assert found == {"name": "\ud83d", "id": 12345678901234567890123}


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


@pytest.mark.parametrize("installed", ["9.9", None])
def test_call_names_the_installed_version(installed, crm, fake, monkeypatch):
    def version(name: str) -> str:
        if installed is None:
            raise PackageNotFoundError
        return f"{installed}-of-{name}"

    monkeypatch.setattr("connector.http.session.version", version)
    crm.get(f"{BASE}/companies", json={})

    list_with(client_of(fake))

    name = crm.calls[0].request.headers["User-Agent"]
    assert name == ("toprelatie/9.9-of-toprelatie" if installed else "toprelatie/dev")


@pytest.mark.parametrize(
    ("path", "params", "url"),
    [
        ("/companies/12%2F3", None, f"{BASE}/companies/12%2F3"),
        ("/companies/a b", None, f"{BASE}/companies/a%20b"),
        ("/companies", {}, f"{BASE}/companies"),
        ("/companies", {"after": "a&b=c d"}, f"{BASE}/companies?after=a%26b%3Dc+d"),
        ("/companies", {"limit": 100, "p": "a,b"}, f"{BASE}/companies?limit=100&p=a%2Cb"),
    ],
)
def test_call_writes_path_and_query_as_an_address_wants_them(path, params, url, crm, fake):
    crm.get(url.partition("?")[0], json={})

    client_of(fake).call("GET", path, kind="list", params=params)

    assert crm.calls[0].request.url == url
