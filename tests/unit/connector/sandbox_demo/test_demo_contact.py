"""What the demo shows of contact, of people and of targets."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connector.sandbox import Portal
from connector.sandbox.demo import demo_portal
from connector.sandbox.demo_account import ACTIVE, ARCHIVED
from connector.sandbox.demo_words import DIRT
from connector.sandbox.instants import EPOCH, MS

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"


@pytest.fixture(scope="module")
def portal():
    return demo_portal(today=TODAY)


def values(portal: Portal, object_type: str) -> list[dict[str, str]]:
    return [one.values for one in portal.objects[object_type].values()]


def age(text: str) -> timedelta:
    return NOW - datetime.fromisoformat(text)


def ages_of(portal: Portal, object_type: str, name: str) -> list[int]:
    """Days since each value that stands was set."""
    return [
        (NOW - (EPOCH + one.versions_of(name)[-1].at_ms * MS)).days
        for one in portal.objects[object_type].values()
        if one.values.get(name)
    ]


def test_meetings_were_held_or_await_their_outcome_or_lie_ahead(portal):
    scheduled = [
        age(one["hs_timestamp"])
        for one in values(portal, "meetings")
        if one["hs_meeting_outcome"] == "SCHEDULED"
    ]

    assert [one for one in scheduled if timedelta(0) < one < timedelta(days=14)]
    assert [one for one in scheduled if one < timedelta(0)]
    assert not [one for one in scheduled if one > timedelta(days=14)]


def test_some_connected_calls_are_short_and_some_have_no_length(portal):
    lengths = [
        int(one["hs_call_duration"]) if "hs_call_duration" in one else None
        for one in values(portal, "calls")
        if one["hs_call_disposition"] == CONNECTED
    ]
    told = [one for one in lengths if one is not None]

    assert None in lengths
    assert [one for one in told if 0 < one < 60_000]
    assert [one for one in told if one >= 60_000]


def test_some_companies_changed_hands_these_weeks(portal):
    moved = [
        one
        for one in portal.objects["companies"].values()
        if one.versions_of("hubspot_owner_id")[0:1]
        and one.versions_of("hubspot_owner_id")[0].value == ARCHIVED
        and one.values["hubspot_owner_id"] != ARCHIVED
    ]

    assert len(moved) == 2
    for one in moved:
        assert age(one.values["hubspot_owner_assigneddate"]) < timedelta(days=30)


def test_roles_and_titles_were_set_at_different_times(portal):
    contacts = portal.objects["contacts"].values()
    later = Counter(
        name
        for one in contacts
        for name in ("hs_buying_role", "jobtitle")
        if name in one.versions and one.values.get(name)
    )

    assert later["hs_buying_role"] >= 10
    assert later["jobtitle"] >= 5
    for name in ("hs_buying_role", "jobtitle"):
        ages = ages_of(portal, "contacts", name)
        assert min(ages) < 180
        assert max(ages) > 365


@pytest.mark.parametrize(
    ("name", "fresh", "expired"),
    [("current_suppliers", 270, 450), ("pains", 180, 365), ("gains", 180, 365)],
)
def test_texts_are_fresh_fading_and_old(portal, name, fresh, expired):
    ages = ages_of(portal, "companies", f"csk_{name}")

    assert min(ages) < fresh < expired < max(ages)
    assert [one for one in ages if fresh < one < expired]


def test_some_texts_say_nothing_at_all(portal):
    alone = [one["csk_pains"] for one in values(portal, "companies") if one.get("csk_pains")]

    assert set(DIRT) & set(alone)


def attainments(portal: Portal, today: date) -> dict[str, Decimal]:
    """Revenue of the year, as the amounts of won deals, by target of the year."""
    revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in portal.objects["deals"].values():
        if one.values["hs_is_closed_won"] == "true" and "amount" in one.values:
            is_of_year = one.values["closedate"][:4] == str(today.year)
            shares = portal.splits.get(one.id) or [(one.values["hubspot_owner_id"], "1")]
            rate = Decimal(one.values.get("hs_exchange_rate", "1"))
            for owner, share in shares if is_of_year else ():
                revenue[owner] += Decimal(one.values["amount"]) * rate * Decimal(share)
    targets = year_targets(portal)
    return {owner: revenue[owner] / targets[owner] for owner in ACTIVE}


def year_targets(portal: Portal) -> dict[str, int]:
    """Target of the year by seller: that of the whole, else the sum of its quarters."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in values(portal, "goal_targets"):
        amounts = found[one.get("hubspot_owner_id", "")]
        amounts[one["hs_milestone"]] += int(one["hs_target_amount"])
    return {owner: by["yearly"] or by["quarterly"] for owner, by in found.items()}


def test_sellers_attain_from_half_to_well_over_their_target(portal):
    shares = attainments(portal, TODAY)

    assert [round(shares[one], 2) for one in ACTIVE] == [
        Decimal("0.50"),
        Decimal("0.72"),
        Decimal("0.94"),
        Decimal("1.20"),
    ]


def test_quarters_of_a_seller_add_up_to_the_year_without_gap(portal):
    by_plan: dict[str, list[str]] = {}
    for one in values(portal, "goal_targets"):
        by_plan.setdefault(one.get("hubspot_owner_id", ""), []).append(one["hs_milestone"])
    amounts: Counter[tuple[str | None, str]] = Counter()
    for one in values(portal, "goal_targets"):
        key = one.get("hubspot_owner_id"), one["hs_milestone"]
        amounts[key] += int(one["hs_target_amount"])
    first = ACTIVE[0]
    quarters = sorted(
        (one["hs_start_datetime"], one["hs_end_datetime"])
        for one in values(portal, "goal_targets")
        if one.get("hubspot_owner_id") == first and one["hs_milestone"] == "quarterly"
    )

    assert [sorted(set(by_plan[one])) for one in ACTIVE] == [
        ["quarterly", "yearly"],
        ["quarterly"],
        ["yearly"],
        ["quarterly", "yearly"],
    ]
    assert amounts[first, "yearly"] == amounts[first, "quarterly"]
    assert [start for start, _ in quarters] == [
        f"2026-{month:02}-01T00:00:00Z" for month in (1, 4, 7, 10)
    ]
    assert [end for _, end in quarters] == [
        *(start for start, _ in quarters[1:]),
        "2027-01-01T00:00:00Z",
    ]


def test_team_has_a_target_that_is_of_no_seller(portal):
    team = [one for one in values(portal, "goal_targets") if "hubspot_owner_id" not in one]

    assert [one["hs_milestone"] for one in team] == ["yearly"]


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 1), date(2028, 2, 29)])
def test_every_active_seller_has_a_positive_target_on_any_day(today):
    targets = year_targets(demo_portal(today=today))

    assert targets.keys() == {*ACTIVE, ""}
    assert min(targets.values()) > 0
