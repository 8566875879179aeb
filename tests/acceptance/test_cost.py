"""What a run costs in calls: the least that its work takes (design: connector)."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox import Portal, Sandbox
from jobs.wiring import clock
from tests.acceptance.workplace import Workplace

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STAGES = [("contractsent", "Sent", "0.9", False), ("closedwon", "Won", "1.0", True)]


@pytest.fixture
def portal():
    """120 companies, 60 deals on the first 60, 130 calls on the first deal's company."""
    portal = Portal()
    portal.add_owner("1", "A", "B", "a@example.com")
    portal.add_pipeline("default", "Sales", STAGES)
    for number in range(1, 121):
        values = {"name": f"C{number}", "hubspot_owner_id": "1"}
        portal.add_record("companies", str(number), values, at=BEGIN)
    for number in range(1, 61):
        values = {"pipeline": "default", "dealstage": "contractsent", "hubspot_owner_id": "1"}
        portal.add_record("deals", str(number), values, at=BEGIN)
        portal.associate("deals", str(number), "companies", str(number), "Primary")
    for number in range(1, 131):
        portal.add_record("calls", str(number), {"hs_timestamp": "2026-02-01T09:00:00Z"}, at=BEGIN)
        portal.associate("calls", str(number), "deals", "1")
    return portal


@pytest.fixture
def place(tmp_path, portal):
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url)
        workplace.set_up()
        yield workplace


def used(report) -> dict[str, int]:
    return {kind: count for kind, count in report.calls.items() if kind != "metadata" and count}


def test_full_pull_uses_the_least_number_of_calls(place):
    report = place.sync(steps=frozenset({"pull"}))

    lists = 13  # 4 of contacts, companies and deals, 8 of activities, 1 of goals
    counts = 10  # of each type the CRM says how many there are
    assert used(report) == {
        "list": lists,
        "search": counts,
        "links": 4,
        "history": 2,
        "splits": 1,
    }
    assert used(report) == {kind: count for kind, count in report.least.items() if count}


def test_histories_are_read_of_companies_with_a_filled_input_alone(place, portal):
    for number in range(1, 4):
        values = {"csk_phase_declared": "quote"}
        portal.set_values("companies", str(number), values, at=BEGIN + timedelta(days=1))

    report = place.sync(steps=frozenset({"pull"}))

    assert report.pulled.counts["companies"].histories == 3
    assert report.calls["history"] == 3


def test_lead_status_is_dated_where_it_decides_alone(place, portal):
    for number in (1, 61, 62):  # the first has a deal that decides
        values = {"hs_lead_status": "CONNECTED"}
        portal.set_values("companies", str(number), values, at=BEGIN + timedelta(days=1))

    report = place.sync(steps=frozenset({"pull"}))

    assert report.pulled.counts["companies"].histories == 2


def test_incremental_run_grows_with_what_changed(place, portal):
    place.sync()
    place.sync()
    portal.set_values("companies", "7", {"csk_phase_declared": "quote"}, at=clock())
    portal.set_values("deals", "9", {"amount": "5"}, at=clock())

    report = place.sync(steps=frozenset({"pull"}))

    assert report.pulled.counts["companies"].changed == 1
    assert report.pulled.counts["companies"].histories == 1
    assert report.pulled.counts["deals"].histories == 1
    assert report.pulled.counts["deals"].linked == {"companies": 1}


def test_asking_for_another_property_pulls_that_type_anew(place):
    place.sync(steps=frozenset({"pull"}))
    place.mapping.write_text("crm: hubspot\nfields: {deal: {margin: hs_tcv}}\n")

    report = place.sync(steps=frozenset({"pull"}))

    assert report.pulled.counts["deals"].was_full
    assert not report.pulled.counts["companies"].was_full


def test_links_are_read_anew_by_their_sweep(place, portal):
    place.sync()
    portal.associate("deals", "9", "companies", "70")

    quiet = place.sync()
    swept = place.sync(with_associations=True)

    assert quiet.pulled.counts["deals"].linked == {"companies": 0}
    assert swept.pulled.counts["deals"].linked == {"companies": 60}
    with place.opened() as wiring:
        links = wiring.store.read_mirror().deal_companies
    assert links.filter(from_id="9")["relation_id"].sort().to_list() == ["70", "9"]
