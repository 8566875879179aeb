"""The demo portal by itself: the same for the same arguments, whole, nothing from the future."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from connector.sandbox import Portal
from connector.sandbox.demo import OWN_NAME, demo_portal
from connector.sandbox.demo_account import ACTIVE, ARCHIVED, INPUT_NAMES, PROJECT
from connector.sandbox.instants import to_ms
from jobs.setup import to_definition
from kpis.properties import GROUP_LABEL, GROUP_NAME, properties_of
from mappings.texts import load_texts

TODAY = date(2026, 11, 25)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 3, 29), date(2028, 2, 29), TODAY]
PLANNED = {
    "closedate",
    "hs_timestamp",
    "hs_meeting_start_time",
    "hs_meeting_end_time",
    "hs_start_datetime",
    "hs_end_datetime",
}
UNTIL = {"csk_phase_locked_until", "csk_top_relation_override_until"}


@pytest.fixture(scope="module")
def portal():
    return demo_portal(today=TODAY)


def content(portal: Portal):
    return {
        object_type: {
            one.id: (one.values, one.versions, one.moves)
            for one in portal.objects[object_type].values()
        }
        for object_type in portal.objects
    }


def links_of(portal: Portal, object_type: str, other: str):
    return {
        one: dict(portal.links.of(object_type, one, other)) for one in portal.objects[object_type]
    }


def values_of(portal: Portal, object_type: str, name: str) -> Counter[str]:
    records = portal.objects[object_type].values()
    return Counter(one.values[name] for one in records if name in one.values)


def close_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(AMSTERDAM).date()


def won_deals(portal: Portal):
    deals = portal.objects["deals"].values()
    return [one for one in deals if one.values["hs_is_closed_won"] == "true"]


def test_portal_is_the_same_for_the_same_arguments(portal):
    again = demo_portal(today=TODAY, companies=60, seed=5469)

    assert content(again) == content(portal)
    assert links_of(again, "deals", "companies") == links_of(portal, "deals", "companies")
    assert again.splits == portal.splits


def test_portal_is_another_one_with_another_seed(portal):
    other = demo_portal(today=TODAY, seed=1)

    assert values_of(other, "companies", "name") != values_of(portal, "companies", "name")


@pytest.mark.parametrize("companies", [1, 2, 7, 8, 9, 60, 131])
def test_portal_has_as_many_companies_as_asked_for(companies):
    portal = demo_portal(today=TODAY, companies=companies)

    assert len(portal.objects["companies"]) == companies


def test_portal_grows_by_three_contacts_two_deals_and_six_activities_a_company():
    portal = demo_portal(today=TODAY, companies=600)
    count = {name: len(records) / 600 for name, records in portal.objects.items()}
    activities = sum(count.values()) - count["companies"] - count["contacts"] - count["deals"]

    assert 2.5 < count["contacts"] < 3.5
    assert 1.5 < count["deals"] < 2.5
    assert 5 < activities < 7
    names = values_of(portal, "companies", "name")
    assert set(names.values()) == {1}


@pytest.mark.parametrize("today", DAYS)
def test_portal_holds_nothing_later_than_today_but_plans(today):
    portal = demo_portal(today=today)
    first = datetime.combine(today, time(), AMSTERDAM)
    latest_ms, latest = to_ms(first), first.astimezone(UTC).isoformat()[:19]

    for object_type, records in portal.objects.items():
        for one in records.values():
            assert max(one.moves) <= latest_ms, (object_type, one.id)
            assert all(v.at_ms <= latest_ms for row in one.versions.values() for v in row)
            dated = {k: v for k, v in one.values.items() if v[:2] == "20" and v[4:5] == "-"}
            late = {k for k, v in dated.items() if v[:19].rstrip("Z") > latest}
            is_closed = one.values.get("hs_is_closed") == "true"
            assert late <= (UNTIL if is_closed else PLANNED | UNTIL), (object_type, one.id)


@pytest.mark.parametrize("today", DAYS)
def test_every_active_seller_has_revenue_this_year(today):
    portal = demo_portal(today=today)
    sellers = {
        one.values["hubspot_owner_id"]
        for one in won_deals(portal)
        if close_day(one.values["closedate"]).year == today.year
        and float(one.values.get("amount", 0)) > 0
    }

    assert sellers >= set(ACTIVE)


def test_deals_have_been_in_every_stage_of_both_pipelines(portal):
    stages = {
        (one.values["pipeline"], version.value)
        for one in portal.objects["deals"].values()
        for version in one.versions_of("dealstage")
    }

    assert stages == {
        (pipeline["id"], stage["id"])
        for pipeline in portal.deal_pipelines
        for stage in pipeline["stages"]
    }
    assert [stage["label"] for stage in portal.deal_pipelines[1]["stages"]] == [
        "Oriëntatie",
        "Behoefte helder",
        "Offerte uitgebracht",
        "Order",
        "Verloren",
    ]
    assert PROJECT.isdigit()


def test_stage_histories_go_back_a_year_and_a_half_and_sometimes_backwards(portal):
    order = {
        stage["id"]: stage["displayOrder"]
        for pipeline in portal.deal_pipelines
        for stage in pipeline["stages"]
    }
    histories = [one.versions_of("dealstage") for one in portal.objects["deals"].values()]
    oldest_ms = min(versions[0].at_ms for versions in histories)
    back = [
        1
        for versions in histories
        for before, after in pairwise(versions)
        if order[after.value] < order[before.value]
    ]

    assert (
        timedelta(days=450)
        < timedelta(milliseconds=to_ms(datetime.combine(TODAY, time(), UTC)) - oldest_ms)
        < timedelta(days=600)
    )
    assert back


def test_segments_have_at_least_five_relations(portal):
    owned = [
        one for one in portal.objects["companies"].values() if "hubspot_owner_id" in one.values
    ]
    segments = Counter(one.values["industry"] for one in owned)

    assert len(segments) == 6
    assert min(segments.values()) >= 5


def test_a_seller_who_left_still_owns_companies(portal):
    archived = [one["id"] for one in portal.owners if one["archived"]]

    assert archived == [ARCHIVED]
    assert len(portal.owners) == 5
    assert values_of(portal, "companies", "hubspot_owner_id")[ARCHIVED] >= 2


def test_some_companies_are_no_relations(portal):
    companies = portal.objects["companies"].values()
    own = [one for one in companies if one.values["name"] == OWN_NAME]
    unowned = [one for one in companies if "hubspot_owner_id" not in one.values]

    assert len(own) == 1
    assert values_of(portal, "companies", "type")["PARTNER"] == 1
    assert len(unowned) >= 3


def test_rare_deals_are_there(portal):
    won = won_deals(portal)
    dollars = [one for one in won if one.values.get("deal_currency_code") == "USD"]
    linked = [portal.links.of("deals", one.id, "companies") for one in won]

    assert [one.values["amount"] for one in won if one.values.get("amount", "0")[0] == "-"] == [
        "-1500"
    ]
    assert [one.values["hs_exchange_rate"] for one in dollars] == ["0.92"]
    assert len([one for one in won if "amount" not in one.values]) == 1
    assert [row for row in linked if len(row) == 2 and all(ids == (341,) for ids in row.values())]
    assert all(len(row) in {1, 2} for row in linked)


def test_splits_add_up_to_the_whole():
    portal = demo_portal(today=TODAY, companies=200)

    assert portal.splits
    for shares in portal.splits.values():
        assert sum(float(share) for _, share in shares) == pytest.approx(1)
        assert len({owner for owner, _ in shares}) == 2


def test_lost_deals_tell_their_reason(portal):
    lost = [
        one
        for one in portal.objects["deals"].values()
        if one.values["hs_is_closed"] == "true" and one.values["hs_is_closed_won"] == "false"
    ]

    assert len(lost) >= 4
    reasons = {one.values["closed_lost_reason"] for one in lost}
    assert reasons & {"Concurrent", "Prijs", "Levertijd"}
    assert reasons & {"Geen besluit", "Uitgesteld", "Geen budget"}


def test_activities_have_outcomes_and_links(portal):
    outcomes = values_of(portal, "meetings", "hs_meeting_outcome")
    connected = "f240bbac-87c9-4f6e-bf70-924b57d47db7"

    assert outcomes.keys() > {"COMPLETED", "SCHEDULED"}
    assert outcomes.keys() - {"COMPLETED", "SCHEDULED"} <= {"CANCELED", "NO_SHOW", "RESCHEDULED"}
    assert values_of(portal, "calls", "hs_call_disposition")[connected] > 10
    assert values_of(portal, "emails", "hs_email_direction").keys() == {
        "INCOMING_EMAIL",
        "EMAIL",
        "FORWARDED_EMAIL",
    }
    for other in ("companies", "contacts", "deals"):
        assert any(links_of(portal, "calls", other).values()), other


@pytest.mark.parametrize("name", INPUT_NAMES)
def test_each_input_is_filled_on_a_part_of_the_companies(portal, name):
    filled = sum(values_of(portal, "companies", name).values())

    assert 0 < filled < 60


def test_some_texts_are_dirt(portal):
    texts = "\n".join(
        values_of(portal, "companies", "csk_pains")
        + values_of(portal, "companies", "csk_current_suppliers")
    )

    assert "n.v.t." in texts or "zie notitie" in texts or "onbekend" in texts


def test_declared_phases_have_a_history(portal):
    companies = portal.objects["companies"].values()

    assert max(len(one.versions_of("csk_phase_declared")) for one in companies) == 2


def test_inputs_stand_as_set_up_wants_them(portal):
    rows = properties_of("companies", "in")
    standing = portal.properties["companies"]

    assert tuple("csk_" + row.name for row in rows) == INPUT_NAMES
    assert portal.groups["companies"][GROUP_NAME]["label"] == GROUP_LABEL
    for row in rows:
        wanted, found = (
            to_definition(row, load_texts(), prefix="csk_", language="nl"),
            standing["csk_" + row.name],
        )
        assert (found["label"], found["description"]) == (wanted.label, wanted.description)
        assert (found["type"], found["fieldType"]) == (wanted.value_type, wanted.field_type)
        assert found["groupName"] == wanted.group
        assert {one["value"]: one["label"] for one in found["options"]} == wanted.options
        assert found.get("numberDisplayHint") == wanted.number_hint
