"""Versions come from the CRM's history, else from when the mirror first saw a value."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from kpis.records import Link, Record, ValueChange
from store.store import Store
from store.table import PulledType
from tests.store_fixtures import LATER, MODIFIED, PULLED, company, contact, deal

EARLIER = MODIFIED - timedelta(days=40)


def save(
    store: Store, object_type: PulledType, *records: Record, pulled_at: datetime = PULLED
) -> None:
    store.save_page(object_type, records, cursor="c", pulled_at=pulled_at)


def versions(store: Store, object_type: str = "companies") -> list[tuple[Any, ...]]:
    mirror = store.read_mirror()
    frame = mirror.company_changes if object_type == "companies" else mirror.deal_changes
    columns = ("external_id", "field", "value", "changed_at", "is_seen")
    return frame.sort("external_id", "field", "changed_at").select(columns).rows()


def test_value_set_at_first_sight_gets_a_seen_version(store):
    save(store, "companies", company(phase_declared="quote", annual_order_volume=Decimal("10.0")))

    assert versions(store) == [
        ("1", "annual_order_volume", "10", PULLED, True),
        ("1", "phase_declared", "quote", PULLED, True),
    ]


def test_value_that_differs_gets_a_version_and_so_does_one_that_was_emptied(store):
    save(store, "companies", company(phase_declared="quote", owner="7"))
    save(store, "companies", company(owner="8"), pulled_at=LATER)

    assert versions(store) == [
        ("1", "owner", "7", PULLED, True),
        ("1", "owner", "8", LATER, True),
        ("1", "phase_declared", "quote", PULLED, True),
        ("1", "phase_declared", None, LATER, True),
    ]


def test_field_that_no_rule_asks_the_age_of_gets_no_version(store):
    save(store, "companies", company(name="A", segment="X", type="PROSPECT"))
    save(store, "contacts", contact(pains="slow"))

    assert versions(store) == []


def test_several_options_are_one_value_in_the_crms_words(store):
    save(store, "companies", company(spend_categories=("products", "services")))
    save(store, "companies", company(spend_categories=()), pulled_at=LATER)

    assert [row[2] for row in versions(store)] == ["products;services", None]


def test_new_deal_is_seen_from_its_creation_but_never_from_the_future(store):
    save(store, "deals", deal("1", stage="a", created_at=EARLIER))
    save(store, "deals", deal("2", stage="a", created_at=PULLED + timedelta(seconds=1)))
    save(store, "deals", deal("3", stage="a"))
    save(store, "deals", deal("1", stage="b", created_at=EARLIER), pulled_at=LATER)

    assert [(row[0], row[3]) for row in versions(store, "deals")] == [
        ("1", EARLIER),
        ("1", LATER),
        ("2", PULLED),
        ("3", PULLED),
    ]


def test_text_is_kept_in_history_as_a_digest_only(store):
    save(store, "companies", company(pains="Te duur", current_suppliers="Jansen BV"))
    save(store, "companies", company(pains=" Te duur\n", current_suppliers="X"), pulled_at=LATER)

    found = versions(store)
    assert [(row[1], row[3]) for row in found] == [
        ("current_suppliers", PULLED),
        ("current_suppliers", LATER),
        ("pains", PULLED),
    ]
    assert all(len(row[2]) == 39 and row[2].startswith("sha256:") for row in found)


def test_history_takes_the_place_of_what_was_only_seen_field_by_field(store):
    save(store, "companies", company(phase_declared="quote", lead_status="NEW"))
    history = [
        ValueChange("1", "phase_declared", "interest", EARLIER),
        ValueChange("1", "phase_declared", "quote", MODIFIED, is_by_person=False),
    ]
    version = store.mirror_version()

    store.save_history("companies", ["1"], history)

    assert store.mirror_version() == version + 1
    assert versions(store) == [
        ("1", "lead_status", "NEW", PULLED, True),
        ("1", "phase_declared", "interest", EARLIER, False),
        ("1", "phase_declared", "quote", MODIFIED, False),
    ]
    by_person = store.read_mirror().company_changes.filter(pl.col("is_by_person"))
    assert by_person.sort("changed_at")["value"].to_list() == ["interest", "NEW"]


def test_history_saved_twice_changes_nothing_the_second_time(store):
    save(store, "deals", deal(stage="a"))
    history = [ValueChange("1", "stage", "a", EARLIER)]
    store.save_history("deals", ["1"], history)
    version = store.mirror_version()

    store.save_history("deals", ["1"], history)

    assert store.mirror_version() == version
    assert versions(store, "deals") == [("1", "stage", "a", EARLIER, False)]


def test_history_keeps_versions_that_the_crm_has_forgotten(store):
    save(store, "deals", deal(stage="b"))
    store.save_history("deals", ["1"], [ValueChange("1", "stage", "a", EARLIER)])
    store.save_history("deals", ["1"], [ValueChange("1", "stage", "b", MODIFIED)])

    assert [row[2:] for row in versions(store, "deals")] == [
        ("a", EARLIER, False),
        ("b", MODIFIED, False),
    ]


def test_history_of_a_text_matches_what_was_seen_of_it(store):
    save(store, "companies", company(pains="Te duur", modified_at=LATER))
    seen = versions(store)[0][2]

    store.save_history(
        "companies",
        ["1"],
        [
            ValueChange("1", "pains", "Te duur ", EARLIER),
            ValueChange("1", "pains", " ", MODIFIED),
            ValueChange("1", "pains", None, LATER),
        ],
    )

    assert [row[2] for row in versions(store)] == [seen, None, None]


def test_history_clears_the_work_of_records_without_any_version(store):
    store.save_page(
        "deals", [deal("1"), deal("2")], cursor="c", pulled_at=PULLED, pending=["history", "splits"]
    )

    store.save_history("deals", ["1"], [])

    assert store.read_pending("deals", "history") == ["2"]
    assert store.read_pending("deals", "splits") == ["1", "2"]


def test_seen_version_never_takes_the_place_of_one_from_history(store):
    save(store, "deals", deal(stage="a", modified_at=LATER))
    store.save_history("deals", ["1"], [ValueChange("1", "stage", "x", LATER)])

    save(store, "deals", deal(stage="b"), pulled_at=LATER)

    assert versions(store, "deals") == [("1", "stage", "x", LATER, False)]


def test_history_of_a_record_that_was_delivered_anew_meanwhile_waits_for_another_time(store):
    store.save_page("deals", [deal(stage="a")], cursor="c", pulled_at=PULLED, pending=["history"])
    asked = store.read_modified("deals", ["1"])
    save(store, "deals", deal(stage="b", modified_at=LATER), pulled_at=LATER)

    store.save_history("deals", ["1"], [ValueChange("1", "stage", "a", EARLIER)], modified=asked)

    assert store.read_pending("deals", "history") == ["1"]
    assert [row[2] for row in versions(store, "deals")] == ["a", "b"]

    asked = store.read_modified("deals", ["1"])
    known = [ValueChange("1", "stage", "a", EARLIER), ValueChange("1", "stage", "b", MODIFIED)]
    store.save_history("deals", ["1"], known, modified=asked)

    assert store.read_pending("deals", "history") == []
    assert versions(store, "deals") == [
        ("1", "stage", "a", EARLIER, False),
        ("1", "stage", "b", MODIFIED, False),
    ]


def test_version_later_than_the_record_comes_with_the_record(store):
    slack = timedelta(seconds=5)
    save(store, "deals", deal("1", stage="a"), deal("2", stage="a"))

    store.save_history(
        "deals",
        ["1", "2"],
        [
            ValueChange("1", "stage", "a", EARLIER),
            ValueChange("1", "stage", "b", MODIFIED + slack + timedelta(milliseconds=1)),
            ValueChange("2", "stage", "a", EARLIER),
            ValueChange("2", "stage", "b", MODIFIED + slack),
        ],
    )

    assert [(row[0], row[2]) for row in versions(store, "deals")] == [
        ("1", "a"),
        ("2", "a"),
        ("2", "b"),
    ]


def lacking(store: Store, *, since: datetime = PULLED) -> list[str]:
    return store.read_companies_lacking_history(
        lead_status=["CONNECTED", "UNQUALIFIED"],
        deciding_stages=[("default", "quoted")],
        assigned_since=since,
    )


def test_history_of_the_lead_status_is_not_lacking_where_something_else_decides(store):
    save(
        store,
        "companies",
        *(company(one, lead_status="CONNECTED") for one in ("1", "2", "3")),
        company("4", lead_status="CONNECTED", phase_declared="quote"),
    )
    save(
        store,
        "deals",
        deal("1", pipeline="default", stage="quoted"),
        deal("2", pipeline="default", stage="elsewhere"),
        deal("3", pipeline="other", stage="quoted"),
    )
    for one in ("1", "2", "3"):
        store.save_links("deals", "companies", [one], [Link(one, one)])

    assert lacking(store) == ["2", "3"]


def test_history_is_lacking_where_the_lead_status_decides_until_it_was_asked_for(store):
    save(
        store,
        "companies",
        company("1", lead_status="CONNECTED"),
        company("2", lead_status="NEW"),
        company("3", lead_status="UNQUALIFIED"),
    )
    assert lacking(store) == ["1", "3"]

    known = [ValueChange("1", "lead_status", "CONNECTED", EARLIER)]
    store.save_history("companies", ["1", "3"], known, fields=["lead_status"])
    assert lacking(store) == []

    save(store, "companies", company("1", lead_status="UNQUALIFIED"), pulled_at=LATER)
    assert lacking(store) == ["1"]


def test_history_is_lacking_of_companies_that_changed_hands_lately(store):
    save(
        store,
        "companies",
        company("1", owner="7", owner_assigned_at=PULLED),
        company("2", owner="7", owner_assigned_at=PULLED - timedelta(milliseconds=1)),
        company("3", owner="7"),
    )

    assert lacking(store) == ["1"]
