"""Many calls: the token, the limits, the day, and what is counted and told of them."""

import threading
from datetime import UTC, datetime

import pytest
import requests
from pydantic import SecretStr
from structlog.testing import capture_logs

from connector.http import HttpClient, HttpSettings, LimitReading, Limits, Window
from connector.ports import ConfigError, PermanentCrmError, TransientCrmError
from tests.unit.connector.http.plain_client import BASE, SECRET, client_of, list_with
from tests.unit.connector.http.plain_dialect import PlainDialect

NAME = "Jansen"  # stands for whatever of a record an answer's body may hold


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


def test_retries_are_counted_by_reason(crm, fake):
    crm.get(f"{BASE}/companies", status=503)
    crm.get(f"{BASE}/companies", body=requests.ConnectionError())
    crm.get(f"{BASE}/companies", body="<html>", content_type="text/html")
    crm.get(f"{BASE}/companies", body='{"a": ', content_type="application/json")
    crm.get(f"{BASE}/companies", status=503)
    crm.get(f"{BASE}/companies", json={})
    client = client_of(fake)

    list_with(client)

    assert client.retries == {"503": 2, "no answer": 1, "not JSON": 2}
    assert client.calls == {"list": 6}


def test_what_is_not_tried_again_is_no_retry(crm, fake):
    crm.get(f"{BASE}/companies", status=404)
    crm.get(f"{BASE}/companies", status=503)
    client = client_of(fake, tries=1)

    for _ in range(2):
        with pytest.raises((PermanentCrmError, TransientCrmError)):
            list_with(client)

    assert client.retries == {}


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 26 Nov 2026 01:02:03 GMT", datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)),
        ("Thu, 26 Nov 2026 01:02:03 -0000", datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)),
        ("Thu, 26 Nov 2026 01:02:03 +0100", datetime(2026, 11, 26, 0, 2, 3, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_server_time_is_what_the_last_answer_says(date, expected, crm, fake):
    crm.get(f"{BASE}/companies", json={}, headers={"Date": date})
    client = client_of(fake)
    assert client.server_time is None

    list_with(client)

    assert client.server_time == expected


def test_server_time_is_told_by_faults_too_and_kept_when_an_answer_tells_none(crm, fake):
    crm.get(f"{BASE}/companies", status=404, headers={"Date": "Thu, 26 Nov 2026 01:02:03 GMT"})
    crm.get(f"{BASE}/companies", json={})
    client = client_of(fake)

    with pytest.raises(PermanentCrmError):
        list_with(client)
    list_with(client)

    assert client.server_time == datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)


def test_readings_are_the_last_that_were_told_in_each_bucket(crm, fake):
    url = f"{BASE}/companies"
    crm.get(url, json={}, headers={"Max": "190", "Daily-Left": "7"})
    crm.get(url, status=404, headers={"Max": "190", "Daily-Left": "6"})
    crm.get(url, json={})
    crm.get(url, json={}, headers={"Max": "150"})
    client = client_of(fake)
    assert client.readings == {}

    list_with(client)
    with pytest.raises(PermanentCrmError):
        list_with(client)
    list_with(client)
    list_with(client, bucket="associations")

    assert client.readings == {
        "general": LimitReading(calls_max=190, daily_left=6),
        "associations": LimitReading(calls_max=150),
    }


def test_call_says_when_a_new_day_begins(crm, fake):
    crm.get(
        f"{BASE}/companies",
        status=429,
        json={"policy": "DAILY"},
        headers={"Date": "Thu, 26 Nov 2026 21:30:00 GMT"},
    )
    limits = Limits({"general": Window(100, 10)}, clock=fake.clock)
    limits.set_zone("Europe/Amsterdam")

    with pytest.raises(TransientCrmError) as caught:
        list_with(client_of(fake, limits=limits))

    assert str(caught.value) == (
        "hubspot: list, GET /companies: 429 limit DAILY reached: limits: the calls of this day are "
        "used up to the reserve for other apps: a new day begins at 2026-11-27 00:00 "
        "Europe/Amsterdam"
    )
    assert caught.value.retry_after_s == 90 * 60


def test_call_ends_before_the_reserve_of_the_day_begins(crm, fake):
    left = iter(range(103, 0, -1))

    def answer(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return 200, {"Daily-Max": "1000", "Daily-Left": str(next(left))}, "{}"

    crm.add_callback("GET", f"{BASE}/companies", callback=answer, content_type="application/json")
    client = client_of(fake, limits=Limits({"general": Window(100, 10)}, clock=fake.clock))

    for _ in range(4):
        list_with(client)
    with pytest.raises(TransientCrmError, match="calls of this day"):
        list_with(client)
    assert next(left) == 99  # the last answer said 100, which is the reserve
    assert client.calls == {"list": 4}


def test_call_leaves_an_instant_alone_that_was_slept_through(crm, fake):
    crm.get(f"{BASE}/companies", json={})
    limits = Limits({"general": Window(1, 10)}, reserve_share=0, margin_s=0.2, clock=fake.clock)
    left: list[float] = []

    def oversleep(seconds: float) -> None:
        fake.sleep(seconds + (5 if not left else 0.09))
        left.append(fake.now)

    client = HttpClient(
        HttpSettings(base_url=BASE),
        crm="hubspot",
        token=lambda: SecretStr(SECRET),
        limits=limits,
        dialect=PlainDialect(),
        sleep=oversleep,
        clock=fake.clock,
    )
    list_with(client)
    list_with(client)

    assert [round(at - 1000, 2) for at in left] == [15.2, 20.49]
    assert client.calls == {"list": 2}


def test_call_shares_its_limits_with_whoever_has_the_same_token(crm, fake, tmp_path):
    crm.get(f"{BASE}/companies", json={})

    def limits() -> Limits:
        return Limits(
            {"general": Window(1, 10)}, reserve_share=0, shared=tmp_path, clock=fake.clock
        )

    for _ in range(2):
        list_with(client_of(fake, limits=limits()))
    list_with(client_of(fake, limits=limits(), token=lambda: SecretStr("another")))

    assert fake.waits == [pytest.approx(10.2, abs=0.01)]
