"""Targets of sellers and the pasts of contacts and inputs: read when a rule needs them, once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.hubspot.adapter import HubSpotAdapter
from connector.ports import PermanentCrmError, TransientCrmError
from connector.sandbox import DEFAULT_SCOPES, Fault, Portal, Sandbox
from jobs.cost import least_calls
from jobs.describe import describe
from jobs.pulled import Pulled
from jobs.runs import puller
from jobs.wiring import Wiring, clock
from tests.acceptance.small_account import BEGIN, small_account
from tests.acceptance.workplace import Workplace, silent

YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ONCE = "  lag_s: 0\n  max_tries: 1\n"


@pytest.fixture
def portal() -> Portal:
    portal = small_account()
    portal.add_goal("801", "1", "250000", *YEAR, at=BEGIN)
    portal.add_goal("802", "", "900000", *YEAR, at=BEGIN)
    return portal


@pytest.fixture
def crm(portal) -> Iterator[Sandbox]:
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        yield sandbox


@pytest.fixture
def wiring(tmp_path, crm) -> Iterator[Wiring]:
    place = Workplace(tmp_path, crm.base_url)
    place.config.write_text(place.config.read_text().replace("  lag_s: 0\n", ONCE))
    with place.opened() as wiring:
        yield wiring


def pull(wiring: Wiring, **wanted: Any) -> Pulled:
    description, _ = describe(wiring)
    one = replace(puller(wiring, silent), **{"reads_goals": False, "fills_slot": None} | wanted)
    return one.pull(description, full=False, associations=False)


# targets


def test_goals_are_read_and_kept_when_they_are_wanted(wiring, crm):
    pulled = pull(wiring, reads_goals=True)

    goals = wiring.store.read_mirror().goals
    assert (pulled.goals, pulled.left_out) == (1, {})
    assert goals.select("goal_id", "seller_id").rows() == [("801", "1")]
    assert crm.calls_by_type["GET list goal_targets"] == 2  # one of them to see whether it may


def test_goals_are_not_asked_for_when_they_are_not_wanted(wiring, crm):
    pulled = pull(wiring)

    assert pulled.goals is None
    assert crm.calls_by_type["GET list goal_targets"] == 1


def test_goals_that_are_gone_leave_the_mirror(wiring, portal):
    pull(wiring, reads_goals=True)
    portal.archive("goal_targets", "801", at=BEGIN)

    assert pull(wiring, reads_goals=True).goals == 0
    assert wiring.store.read_mirror().goals.height == 0


def test_missing_scope_leaves_goals_out_and_the_run_whole(wiring, crm):
    crm._api.scopes = DEFAULT_SCOPES - {"crm.objects.goals.read"}

    pulled = pull(wiring, reads_goals=True)

    assert (pulled.goals, pulled.left_out) == (None, {})
    assert pulled.counts["deals"].pulled == 12


def test_scope_withdrawn_since_the_description_leaves_goals_out_and_is_told(wiring, crm):
    description, _ = describe(wiring)
    crm._api.scopes = DEFAULT_SCOPES - {"crm.objects.goals.read"}

    one = replace(puller(wiring, silent), reads_goals=True)
    pulled = one.pull(description, full=False, associations=False)

    assert set(pulled.left_out) == {"goals"}
    assert "crm.objects.goals.read" in pulled.left_out["goals"]


def test_missing_scope_is_not_told_when_goals_are_not_wanted(wiring, crm):
    crm._api.scopes = DEFAULT_SCOPES - {"crm.objects.goals.read"}

    assert pull(wiring).left_out == {}


def test_crm_that_has_no_goals_leaves_nothing_out(wiring):
    description, _ = describe(wiring)
    without = replace(description.capabilities, has_goals=False)

    one = replace(puller(wiring, silent), reads_goals=True)
    pulled = one.pull(replace(description, capabilities=without), full=False, associations=False)

    assert (pulled.goals, pulled.left_out) == (None, {})


def test_refusal_for_another_reason_leaves_goals_out_too(wiring, monkeypatch):
    def refuse(_: HubSpotAdapter) -> Any:
        raise PermanentCrmError("hubspot: list, GET goal_targets: 404", status=404)

    monkeypatch.setattr(HubSpotAdapter, "goals", refuse)

    assert set(pull(wiring, reads_goals=True).left_out) == {"goals"}


def test_fault_that_passes_ends_the_pull(wiring, crm):
    describe(wiring)
    crm.faults.add(Fault(kind="500", route="GET */goal_targets*", count=1))

    with pytest.raises(TransientCrmError, match="goal_targets"):
        pull(wiring, reads_goals=True)


@pytest.mark.parametrize(("goals", "calls"), [(None, 0), (0, 1), (1, 1), (100, 1), (101, 2)])
def test_least_calls_count_goals_by_the_hundred(goals, calls):
    assert least_calls({}, goals=goals)["list"] == calls


# pasts of contacts


def decides(roles: Sequence[str], title: str | None) -> bool:
    return "DECISION_MAKER" in roles or title == "DGA"


def test_past_of_a_contact_is_read_once_when_it_fills_a_slot(wiring, portal):
    portal.set_values("contacts", "1", {"hs_buying_role": "DECISION_MAKER"}, at=BEGIN)
    portal.set_values("contacts", "2", {"jobtitle": "DGA"}, at=BEGIN + timedelta(days=5))
    portal.set_values("contacts", "3", {"jobtitle": "Receptie"}, at=BEGIN)

    first, second = pull(wiring, fills_slot=decides), pull(wiring, fills_slot=decides)

    assert (first.counts["contacts"].histories, second.counts["contacts"].histories) == (2, 0)
    changes = wiring.store.read_mirror().contact_changes.filter(external_id="2", field="job_title")
    assert changes["changed_at"].to_list() == [BEGIN + timedelta(days=5)]


def test_past_of_a_contact_is_not_read_when_somebody_just_spoke_with_it(wiring, portal):
    portal.set_values("contacts", "1", {"hs_buying_role": "DECISION_MAKER"}, at=BEGIN)
    spoken = clock() - timedelta(days=3)
    values = {
        "hs_timestamp": f"{spoken:%Y-%m-%dT%H:%M:%SZ}",
        "hs_meeting_outcome": "COMPLETED",
        "hubspot_owner_id": "1",
    }
    portal.add_record("meetings", "900", values, at=spoken)
    portal.associate("meetings", "900", "contacts", "1")

    assert pull(wiring, fills_slot=decides).counts["contacts"].histories == 0


def test_past_of_contacts_is_not_read_when_nobody_tells_who_fills_a_slot(wiring, portal):
    portal.set_values("contacts", "1", {"hs_buying_role": "DECISION_MAKER"}, at=BEGIN)

    assert pull(wiring).counts["contacts"].histories == 0


def test_no_past_is_read_of_types_that_could_not_be_pulled(wiring, crm, portal):
    portal.set_values("contacts", "1", {"hs_buying_role": "DECISION_MAKER"}, at=BEGIN)
    portal.set_values("companies", "1", {"hs_lead_status": "CONNECTED"}, at=BEGIN)
    describe(wiring)
    crm._api.scopes = DEFAULT_SCOPES - {"crm.objects.companies.read", "crm.objects.contacts.read"}

    pulled = pull(wiring, fills_slot=decides)

    assert {"companies", "contacts"} <= pulled.left_out.keys()
    assert crm.calls_by_type["POST batch_read companies"] == 0
    assert crm.calls_by_type["POST batch_read contacts"] == 0


# pasts of inputs


@pytest.mark.parametrize(
    ("values", "histories"),
    [
        ({"csk_pains": "Levertijd"}, 1),
        ({"csk_supplier_situation": "none", "csk_annual_order_volume": "5"}, 1),
        ({"csk_order_volume_unit": "piece"}, 0),
        ({"csk_profile_confirmed_on": "2026-06-01"}, 0),
    ],
)
def test_past_of_a_company_is_read_for_inputs_whose_age_counts(
    tmp_path, portal, crm, values, histories
):
    place = Workplace(tmp_path, crm.base_url)
    place.set_up()
    portal.set_values("companies", "5", values, at=BEGIN)
    with place.opened() as wiring:
        first, second = pull(wiring), pull(wiring)

    assert first.counts["companies"].histories == histories
    assert second.counts["companies"].histories == 0


@pytest.mark.parametrize(
    ("mapping", "fields"),
    [
        ("", ["stage", "owner"]),
        ("fields: {deal: {pains: description}}\n", ["stage", "owner", "pains"]),
    ],
)
def test_past_of_texts_of_deals_is_asked_for_when_they_are_mapped(
    tmp_path, crm, monkeypatch, mapping, fields
):
    asked: list[list[str]] = []
    real = HubSpotAdapter.history

    def history(self: HubSpotAdapter, kind: Any, names: Sequence[str], ids: Sequence[str]) -> Any:
        asked.append(list(names))
        return real(self, kind, names, ids)

    monkeypatch.setattr(HubSpotAdapter, "history", history)
    place = Workplace(tmp_path, crm.base_url, mapping=f"crm: hubspot\n{mapping}")
    with place.opened() as wiring:
        pull(wiring)

    assert asked == [fields]
