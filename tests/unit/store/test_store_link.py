"""Links and splits of a record are replaced as a whole."""

from decimal import Decimal
from typing import Any

from kpis.records import Link, Split
from store.store import Store
from tests.store_fixtures import PULLED, call, deal


def links(store: Store) -> list[tuple[Any, ...]]:
    return sorted(store.read_mirror().deal_companies.rows())


def test_links_of_a_record_are_replaced_and_those_of_others_stay(store):
    store.save_links("deals", "companies", ["1", "2"], [Link("1", "9"), Link("2", "9")])
    version = store.mirror_version()

    store.save_links("deals", "companies", ["1"], [Link("1", "8")])

    assert links(store) == [("1", "8", False), ("2", "9", False)]
    assert store.mirror_version() == version + 1


def test_links_saved_twice_change_nothing_the_second_time(store):
    given = [Link("1", "9", is_primary=True, labels=("Partner",))]
    store.save_links("deals", "companies", ["1"], given)
    version = store.mirror_version()

    store.save_links("deals", "companies", ["1"], given)

    assert store.mirror_version() == version
    assert links(store) == [("1", "9", True)]


def test_links_of_a_record_without_any_are_taken_away(store):
    store.save_links("deals", "companies", ["1", "2"], [Link("1", "9"), Link("2", "9")])

    store.save_links("deals", "companies", ["1"], [])

    assert links(store) == [("2", "9", False)]


def test_links_to_one_type_leave_those_to_another_alone(store):
    store.save_page("calls", [call(occurred_at=PULLED)], cursor="c", pulled_at=PULLED)
    store.save_links("calls", "deals", ["1"], [Link("1", "5")])

    store.save_links("calls", "companies", ["1"], [])

    assert store.read_mirror().deal_touches.rows() == [("5", PULLED)]


def test_links_clear_the_work_of_their_type_alone(store):
    work = ["links:deals", "links:companies"]
    store.save_page("calls", [call("1"), call("2")], cursor="c", pulled_at=PULLED, pending=work)

    store.save_links("calls", "deals", ["1"], [])

    assert store.read_pending("calls", "links:deals") == ["2"]
    assert store.read_pending("calls", "links:companies") == ["1", "2"]


def test_links_of_more_records_than_one_statement_holds_are_all_saved(store):
    ids = [str(number) for number in range(2_500)]

    store.save_links("deals", "companies", ids, [Link(one, "9") for one in ids])

    assert store.read_mirror().deal_companies.height == 2_500


def test_splits_of_a_deal_are_replaced_and_their_work_cleared(store):
    store.save_page(
        "deals", [deal("1"), deal("2")], cursor="c", pulled_at=PULLED, pending=["splits"]
    )
    store.save_splits(
        ["1", "2"],
        [
            Split("1", "7", Decimal("0.5")),
            Split("1", "8", Decimal("0.5")),
            Split("2", "7", Decimal(1)),
        ],
    )
    version = store.mirror_version()

    store.save_splits(["1"], [Split("1", "8", Decimal(1))])
    store.save_splits(["1"], [Split("1", "8", Decimal("1.0"))])

    assert sorted(store.read_mirror().splits.rows()) == [
        ("1", "8", Decimal(1)),
        ("2", "7", Decimal(1)),
    ]
    assert store.mirror_version() == version + 1
    assert store.read_pending("deals", "splits") == []
