import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from connector.sandbox import Fault, Limits, Sandbox
from connector.sandbox.api import JITTER_SEED

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COMPANIES = "/crm/objects/2026-09/companies"
UPDATE = f"{COMPANIES}/batch/update"


def score(*ids: str) -> dict[str, Any]:
    return {"inputs": [{"id": one, "properties": {"csk_score": "7"}} for one in ids]}


def test_list_walks_all_records_over_http(client, sandbox):
    after, found = "0", []
    while after:
        body = client("GET", COMPANIES, params={"limit": 100, "after": after}).json()
        found += [record["id"] for record in body["results"]]
        after = body.get("paging", {}).get("next", {}).get("after")

    assert found == [str(number) for number in range(1, 251)]
    assert sandbox.calls == {"GET list": 3}
    assert sandbox.calls_by_type == {"GET list companies": 3}


def test_answer_is_json_with_a_correlation_id(client):
    response = client("GET", COMPANIES)

    assert response.headers["Content-Type"] == "application/json;charset=utf-8"
    assert response.headers["X-HubSpot-Correlation-Id"]


def test_archive_answers_without_a_body(client, portal):
    response = client("DELETE", f"{COMPANIES}/1")

    assert (response.status_code, response.content) == (204, b"")
    assert portal.objects["companies"]["1"].archived_ms is not None


@pytest.mark.parametrize(
    ("kind", "category"), [("500", None), ("401", "EXPIRED_AUTHENTICATION"), ("423", "LOCKED")]
)
def test_status_fault_hits_once_and_does_no_work(client, sandbox, portal, kind, category):
    sandbox.faults.add(Fault(kind, route=f"POST {UPDATE}"))

    first = client("POST", UPDATE, json=score("1"))

    assert first.status_code == int(kind)
    assert first.json().get("category") == category
    assert "csk_score" not in portal.values("companies", "1")
    assert client("POST", UPDATE, json=score("1")).status_code == 200
    assert sandbox.calls["POST batch_update"] == 2


@pytest.mark.parametrize("kind", ["429", "477"])
@pytest.mark.parametrize(("wait_s", "header"), [(None, None), (3, "3")])
def test_wait_is_named_when_the_fault_names_one(client, sandbox, kind, wait_s, header):
    sandbox.faults.add(Fault(kind, retry_after_s=wait_s))

    response = client("GET", COMPANIES)

    assert response.status_code == int(kind)
    assert response.headers.get("Retry-After") == header


def test_429_names_the_policy(client, sandbox):
    sandbox.faults.add(Fault("429"))

    assert client("GET", COMPANIES).json()["policyName"] == "TEN_SECONDLY_ROLLING"


def test_502_is_a_page_and_no_json(client, sandbox):
    sandbox.faults.add(Fault("502"))

    response = client("GET", COMPANIES)

    assert response.status_code == 502
    assert response.headers["Content-Type"] == "text/html"
    assert response.text.startswith("<html>")


def test_connection_is_dropped_before_the_work(client, sandbox, portal):
    sandbox.faults.add(Fault("drop_before", route=f"POST {UPDATE}"))

    with pytest.raises(requests.ConnectionError):
        client("POST", UPDATE, json=score("1"))
    assert "csk_score" not in portal.values("companies", "1")
    assert client("POST", UPDATE, json=score("1")).status_code == 200


def test_connection_is_dropped_after_the_work(client, sandbox, portal):
    sandbox.faults.add(Fault("drop_after", route=f"POST {UPDATE}"))

    with pytest.raises(requests.ConnectionError):
        client("POST", UPDATE, json=score("1"))
    assert portal.values("companies", "1")["csk_score"] == "7"


def test_truncated_answer_is_no_json(client, sandbox):
    sandbox.faults.add(Fault("truncated"))

    response = client("GET", COMPANIES)

    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_slow_answer_comes_late_and_whole(client, sandbox):
    sandbox.faults.add(Fault("slow", delay_s=0.2))
    begin = time.monotonic()

    response = client("GET", COMPANIES)

    assert time.monotonic() - begin >= 0.2
    assert len(response.json()["results"]) == 10


def test_every_call_takes_the_latency(portal):
    with Sandbox(portal, clock=lambda: NOW, latency_s=0.1, routes=[]) as sandbox:
        begin = time.monotonic()
        requests.get(sandbox.base_url + COMPANIES, timeout=10)

    assert time.monotonic() - begin >= 0.1


def test_call_takes_longer_by_the_jitter_of_its_way_there_and_back(portal):
    dice = Random(JITTER_SEED)  # noqa: S311 - the draws that the server makes
    jitters = [dice.uniform(0, 0.1) + dice.uniform(0, 0.1) for _ in range(4)]

    found = []
    with Sandbox(portal, clock=lambda: NOW, latency_s=0.02, jitter_s=0.2, routes=[]) as sandbox:
        for _ in jitters:
            begin = time.monotonic()
            requests.get(sandbox.base_url + COMPANIES, timeout=10)
            found.append(time.monotonic() - begin)

    assert max(jitters) > 0.1
    assert all(took >= 0.02 + jitter for took, jitter in zip(found, jitters, strict=True))


@pytest.mark.parametrize("path", [COMPANIES, "/_sandbox/calls", "/nowhere"])
def test_answer_is_dated_by_the_clock_of_the_account(portal, path):
    amsterdam = NOW.astimezone(ZoneInfo("Europe/Amsterdam")) + timedelta(days=1)
    with Sandbox(portal, clock=lambda: amsterdam, routes=[]) as sandbox:
        response = requests.get(sandbox.base_url + path, timeout=10)

    assert response.headers["Date"] == "Thu, 26 Nov 2026 12:00:00 GMT"
    assert response.raw.headers.getlist("Date") == ["Thu, 26 Nov 2026 12:00:00 GMT"]


def test_fault_is_dated_as_well(client, sandbox):
    sandbox.faults.add(Fault("503"))

    assert client("GET", COMPANIES).headers["Date"] == "Wed, 25 Nov 2026 12:00:00 GMT"


def test_limits_hold_over_http(portal):
    with Sandbox(portal, clock=lambda: NOW, limits=Limits(ten_secondly=2), routes=[]) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        answers = [
            requests.get(sandbox.base_url + COMPANIES, headers=headers, timeout=10)
            for _ in range(3)
        ]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["X-HubSpot-RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]


def test_clock_is_the_machines_own_when_none_is_given(portal):
    with Sandbox(portal, routes=[]) as sandbox:
        begin = time.time()
        requests.post(f"{sandbox.base_url}/_sandbox/archive/companies/1", timeout=10)

    archived_ms = portal.objects["companies"]["1"].archived_ms
    assert int(begin * 1000) <= archived_ms <= int(time.time() * 1000)


def test_port_that_is_taken_is_refused(portal, sandbox):
    port = int(sandbox.base_url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"), Sandbox(portal, port=port, routes=[]):
        pass


def test_server_can_be_started_again_on_the_same_port(portal):
    with Sandbox(portal, clock=lambda: NOW, routes=[]) as first:
        port = int(first.base_url.rpartition(":")[2])
    with Sandbox(portal, clock=lambda: NOW, port=port, routes=[]) as second:
        assert requests.get(second.base_url + COMPANIES, timeout=10).status_code == 401


def test_pages_of_ones_own_stand_beside_the_api(portal):
    page = Route("/companies", lambda _: PlainTextResponse("hello"))
    with Sandbox(portal, clock=lambda: NOW, routes=[page]) as sandbox:
        assert requests.get(f"{sandbox.base_url}/companies", timeout=10).text == "hello"
        assert requests.get(f"{sandbox.base_url}/nowhere", timeout=10).status_code == 404


def test_company_pages_are_served_when_no_others_are_given(portal):
    with Sandbox(portal, clock=lambda: NOW) as sandbox:
        response = requests.get(f"{sandbox.base_url}/companies/1", timeout=10)

    assert response.status_code == 200
    assert "Company 1" in response.text


def test_fault_comes_and_goes_over_http(client):
    fault = {"kind": "500", "route": "GET *", "count": 5, "after": 1}

    assert client("POST", "/_sandbox/faults", json=fault).status_code == 201
    assert client("GET", COMPANIES).status_code == 200
    assert client("GET", COMPANIES).status_code == 500
    assert client("DELETE", "/_sandbox/faults").status_code == 204
    assert client("GET", COMPANIES).status_code == 200


def test_calls_are_told_over_http(client):
    client("GET", COMPANIES)
    client("POST", f"{COMPANIES}/search", json={})

    assert client("GET", "/_sandbox/calls").json() == {"GET list": 1, "POST search": 1}
    assert client("GET", "/_sandbox/calls?by=type").json() == {
        "GET list companies": 1,
        "POST search companies": 1,
    }


def test_scopes_are_revoked_and_granted_over_http(client):
    reading = "crm.objects.companies.read"

    revoked = client("POST", "/_sandbox/scopes", json={"revoke": [reading]})
    assert reading not in revoked.json()["scopes"]
    assert client("GET", COMPANIES).status_code == 403
    assert client("POST", "/_sandbox/scopes", json={"grant": [reading]}).status_code == 200
    assert client("GET", COMPANIES).status_code == 200


def test_person_edits_a_record_over_http(client, portal):
    path = "/_sandbox/records/companies/1"

    client("POST", path, json={"properties": {"csk_score": "3"}, "at": "2026-11-01T00:00:00Z"})
    answer = client("POST", path, json={"properties": {"name": "Edited"}}).json()

    assert answer["csk_score"] == "3"
    versions = portal.objects["companies"]["1"].versions_of("csk_score")
    assert [(one.value, one.source_type) for one in versions] == [("3", "CRM_UI")]
    assert answer["hs_lastmodifieddate"] == "2026-11-25T12:00:00Z"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("records/companies/9999", {"properties": {"name": "x"}}),
        ("records/companies/1", {"properties": {"nonsense": "x"}}),
        ("records/companies/1", {}),
        ("faults", {"kind": "418"}),
        ("faults", {}),
        ("archive/companies/9999", {}),
    ],
)
def test_what_cannot_be_done_is_a_400_with_the_reason(client, path, body):
    response = client("POST", f"/_sandbox/{path}", json=body)

    assert response.status_code == 400
    assert response.json()["message"]


def test_record_is_archived_purged_and_merged_over_http(client, portal):
    assert client("POST", "/_sandbox/archive/companies/1", json={}).status_code == 204
    assert client("POST", "/_sandbox/purge/companies/2").status_code == 204
    merged = client("POST", "/_sandbox/merge/companies", json={"winner": "3", "loser": "4"})

    assert portal.objects["companies"]["1"].archived_ms is not None
    assert "2" not in portal.objects["companies"]
    assert merged.json() == {"id": "3"}
    assert portal.merged["companies"] == {"4": "3"}


def test_record_is_restored_over_http(client, portal):
    client("POST", "/_sandbox/archive/companies/1", json={})
    assert client("GET", f"{COMPANIES}/1").status_code == 404

    assert client("POST", "/_sandbox/restore/companies/1").status_code == 204
    assert client("GET", f"{COMPANIES}/1").status_code == 200
    assert client("POST", "/_sandbox/restore/companies/9999").status_code == 400


def test_rule_comes_and_goes_over_http(client):
    rule = {"name": "phone", "when_property": "csk_score", "when_value": "7"}

    assert client("POST", "/_sandbox/rules/companies", json=rule).status_code == 201
    assert client("POST", UPDATE, json=score("1")).status_code == 400
    assert client("DELETE", "/_sandbox/rules").status_code == 204
    assert client("POST", UPDATE, json=score("1")).status_code == 200


def test_values_come_by_prefix_for_live_records(client, portal):
    client("POST", UPDATE, json=score("1", "2"))
    portal.archive("companies", "2", at=NOW)

    values = client("GET", "/_sandbox/values/companies?prefix=csk_").json()

    assert values["1"] == {"csk_score": "7"}
    assert values["3"] == {}
    assert "2" not in values
