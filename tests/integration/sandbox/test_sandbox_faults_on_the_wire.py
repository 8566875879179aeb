"""What a client sees on its connection when a call goes wrong, and what the account has by then."""

import http.client
import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.sandbox import Fault

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COMPANIES = "/crm/objects/2026-09/companies"
UPDATE = f"{COMPANIES}/batch/update"
SCORE = json.dumps({"inputs": [{"id": "1", "properties": {"csk_score": "7"}}]})

STATUSES = ["429", "429_secondly", "429_daily", "500", "502", "503", "504", "524"]
STATUSES += ["423", "477", "401", "403"]


@pytest.fixture
def wire(sandbox):
    """One connection that is kept, and no retry behind it."""
    with closing(http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))) as wire:
        yield wire


def update(wire: http.client.HTTPConnection) -> tuple[int, bytes, Any]:
    wire.request("POST", UPDATE, SCORE, {"Authorization": "Bearer sandbox-token"})
    response = wire.getresponse()
    return response.status, response.read(), response.headers


@pytest.mark.parametrize("moment", ["before", "during", "after"])
@pytest.mark.parametrize("kind", STATUSES)
def test_status_comes_with_the_work_done_or_not(wire, sandbox, portal, kind, moment):
    sandbox.faults.add(Fault(kind, route=f"POST {UPDATE}", moment=moment))

    status, _, headers = update(wire)

    assert status == int(kind[:3])
    assert headers["Content-Type"].startswith(
        "text/html" if kind in {"502", "504", "524"} else "application/json"
    )
    assert portal.values("companies", "1").get("csk_score") == (None if moment == "before" else "7")
    assert sandbox.calls["POST batch_update"] == 1
    assert sandbox.faults.left() == 0


@pytest.mark.parametrize(
    ("kind", "policy"),
    [("429", "TEN_SECONDLY_ROLLING"), ("429_secondly", "SECONDLY"), ("429_daily", "DAILY")],
)
def test_limit_that_is_reached_is_named(wire, sandbox, kind, policy):
    sandbox.faults.add(Fault(kind))

    assert json.loads(update(wire)[1])["policyName"] == policy


def test_missing_scope_is_named(wire, sandbox):
    sandbox.faults.add(Fault("403"))

    body = json.loads(update(wire)[1])

    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.companies.read"]


@pytest.mark.parametrize("kind", ["500", "slow", "garbage", "empty", "truncated"])
def test_next_call_over_the_connection_is_cut_after_a_fault_that_hits_after(
    wire, sandbox, portal, kind
):
    sandbox.faults.add(Fault(kind, moment="after"))

    update(wire)
    portal.set_values("companies", "1", {"csk_score": "3"}, at=NOW + timedelta(minutes=1))
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        update(wire)

    assert sandbox.calls["POST batch_update"] == 1
    assert portal.values("companies", "1")["csk_score"] == "3"
    wire.close()
    assert update(wire)[0] == 200


@pytest.mark.parametrize("moment", ["before", "during"])
def test_connection_lives_on_after_a_status_of_another_moment(wire, sandbox, moment):
    sandbox.faults.add(Fault("500", moment=moment))

    assert [update(wire)[0], update(wire)[0]] == [500, 200]


@pytest.mark.parametrize(
    ("moment", "is_done"), [("before", False), (None, False), ("during", True), ("after", True)]
)
def test_drop_cuts_the_connection(wire, sandbox, portal, moment, is_done):
    sandbox.faults.add(Fault("drop", moment=moment))

    broken = (ConnectionError, http.client.IncompleteRead, http.client.RemoteDisconnected)
    with pytest.raises(broken) as cut:
        update(wire)

    assert portal.values("companies", "1").get("csk_score") == ("7" if is_done else None)
    assert isinstance(cut.value, http.client.IncompleteRead) is (moment == "during")
    wire.close()
    assert update(wire)[0] == 200


def test_answer_that_is_dropped_half_way_has_half_its_body(wire, sandbox):
    sandbox.faults.add(Fault("drop", moment="during"))

    with pytest.raises(http.client.IncompleteRead) as cut:
        update(wire)

    assert cut.value.partial.startswith(b'{"results":[{"id":"1"')
    assert cut.value.expected in {len(cut.value.partial), len(cut.value.partial) + 1}


def test_answer_without_a_body_is_dropped_whole(wire, sandbox):
    sandbox.faults.add(Fault("drop", moment="during"))

    wire.request("DELETE", f"{COMPANIES}/1", headers={"Authorization": "Bearer sandbox-token"})
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        wire.getresponse()


@pytest.mark.parametrize(("kind", "begin"), [("garbage", b"<html>"), ("empty", b"")])
def test_answer_that_says_nothing_is_a_200_after_the_work(wire, sandbox, portal, kind, begin):
    sandbox.faults.add(Fault(kind))

    status, body, _ = update(wire)

    assert (status, body[:6]) == (200, begin)
    assert portal.values("companies", "1")["csk_score"] == "7"


@pytest.mark.parametrize(("kind", "begin"), [("garbage", b"<html>"), ("empty", b"")])
def test_answer_that_says_nothing_can_come_before_the_work(wire, sandbox, portal, kind, begin):
    sandbox.faults.add(Fault(kind, moment="before"))

    status, body, _ = update(wire)

    assert (status, body[:6]) == (200, begin)
    assert "csk_score" not in portal.values("companies", "1")


@pytest.mark.parametrize(("moment", "is_done"), [("before", False), (None, True)])
def test_truncated_body_is_no_json(wire, sandbox, portal, moment, is_done):
    sandbox.faults.add(Fault("truncated", moment=moment))

    status, body, _ = update(wire)

    assert status == 200
    assert body.startswith(b'{"results":[{"id":"1"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert portal.values("companies", "1").get("csk_score") == ("7" if is_done else None)


@pytest.mark.parametrize(("moment", "is_done"), [("before", False), ("during", True)])
def test_work_of_a_slow_call_is_done_late_or_told_late(wire, sandbox, portal, moment, is_done):
    sandbox.faults.add(Fault("slow", delay_s=0.3, moment=moment))
    begin = time.monotonic()

    wire.request("POST", UPDATE, SCORE, {"Authorization": "Bearer sandbox-token"})
    time.sleep(0.1)  # noqa: TID251 - half-way through the delay
    is_done_by_then = "csk_score" in portal.values("companies", "1")
    wire.getresponse().read()

    assert is_done_by_then is is_done
    assert time.monotonic() - begin >= 0.3


def test_client_that_left_does_not_hurt_a_late_fault(sandbox, client):
    for kind in ("drop", "500"):
        sandbox.faults.add(Fault(kind, delay_s=0.15, moment="after"))
        hasty = http.client.HTTPConnection(sandbox.base_url[7:], timeout=0.05)
        with closing(hasty), pytest.raises(TimeoutError):
            update(hasty)
    time.sleep(0.2)  # noqa: TID251 - until the faults have come

    assert client("GET", COMPANIES).status_code == 200


def test_moment_is_told_over_http(client, sandbox, portal):
    fault = {"kind": "503", "route": "POST *", "moment": "during"}
    assert client("POST", "/_sandbox/faults", json=fault).status_code == 201

    assert client("POST", UPDATE, data=SCORE).status_code == 503
    assert portal.values("companies", "1")["csk_score"] == "7"
    refused = client("POST", "/_sandbox/faults", json=fault | {"moment": "later"})
    assert refused.status_code == 400
    assert refused.json()["message"] == (
        "sandbox: 'later' is no moment; use one of before, during, after"
    )
