"""A page is saved whole: records, what changed, what is left to do, position, rejections."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kpis.records import Link, Record, Rejection, ValueChange
from store.outbox import Outcome
from store.store import Store
from store.table import PulledType
from tests.store_fixtures import LATER, MODIFIED, PULLED, call, company, contact, deal

MOVED = MODIFIED + timedelta(minutes=5)


def save(
    store: Store,
    object_type: PulledType,
    *records: Record,
    pulled_at: datetime = PULLED,
    **more: Any,
) -> int:
    return store.save_page(object_type, records, cursor="c", pulled_at=pulled_at, **more)


def test_page_counts_the_records_that_are_new_or_differ(store):
    assert save(store, "companies", company("1", name="A"), company("2", name="B")) == 2
    assert save(store, "companies", company("1", name="A"), company("2", name="C")) == 1
    assert store.read_mirror().companies.sort("relation_id")["name"].to_list() == ["A", "C"]


def test_page_saved_twice_changes_nothing_the_second_time(store):
    records = [company("1", name="A", owner="7", standing={"relation_score": "5"})]
    save(store, "companies", *records)
    version = store.mirror_version()

    assert save(store, "companies", *records, pulled_at=LATER) == 0
    assert store.mirror_version() == version
    assert store.read_mirror().company_changes.height == 1


def test_mirror_version_stays_when_only_the_modified_time_moved(store):
    save(store, "deals", deal(stage="s"))
    version = store.mirror_version()

    assert save(store, "deals", deal(stage="s", modified_at=MOVED)) == 0
    assert store.mirror_version() == version


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"amount": Decimal("10.00")}, {"amount": Decimal("10.01")}),
        ({"closed_on": MODIFIED}, {"closed_on": MODIFIED + timedelta(milliseconds=1)}),
        ({"closed_on": date(2026, 6, 1)}, {"closed_on": date(2026, 6, 2)}),
        ({"closed_on": date(2026, 6, 1)}, {"closed_on": MODIFIED}),
        ({"pains": "a"}, {"pains": None}),
    ],
)
def test_mirror_version_grows_when_content_differs(store, before, after):
    save(store, "deals", deal(**before))
    version = store.mirror_version()

    assert save(store, "deals", deal(**after)) == 1
    assert store.mirror_version() == version + 1


def test_amount_written_another_way_is_no_change(store):
    save(store, "deals", deal(amount=Decimal("1000.00")))

    assert save(store, "deals", deal(amount=Decimal("1E+3"))) == 0


def test_value_of_ours_that_somebody_else_changed_is_a_change(store):
    save(store, "companies", company(standing={"relation_score": "5"}))
    version = store.mirror_version()

    assert save(store, "companies", company(standing={"relation_score": "99"})) == 1
    assert store.mirror_version() == version + 1
    assert store.read_standing("companies") == {"1": {"relation_score": "99"}}


def test_echo_of_our_own_write_changes_nothing_and_leaves_no_work(store):
    save(store, "companies", company(name="A"))
    written = Outcome("1", "written", {"relation_score": "5"}, modified_at=MOVED)
    store.save_outcomes("companies", [written])
    version = store.mirror_version()
    echo = company(name="A", modified_at=MOVED, standing={"relation_score": "5"})

    assert save(store, "companies", echo, pending=["links:contacts"]) == 0
    assert store.mirror_version() == version
    assert store.read_pending("companies", "links:contacts") == []


def test_edit_that_came_with_our_echo_is_seen(store):
    save(store, "companies", company(name="A"))
    store.save_outcomes("companies", [Outcome("1", "written", {}, modified_at=MOVED)])

    assert save(store, "companies", company(name="B", modified_at=MOVED), pending=["history"]) == 1
    assert store.read_pending("companies", "history") == ["1"]


def test_page_leaves_work_for_new_and_moved_records_alone(store):
    save(store, "deals", deal("1"), deal("2"), pending=["links:companies"])
    assert store.read_pending("deals", "links:companies") == ["1", "2"]
    store.save_links("deals", "companies", ["1", "2"], [])

    save(store, "deals", deal("1"), deal("2", modified_at=MOVED), pending=["links:companies"])

    assert store.read_pending("deals", "links:companies") == ["2"]
    assert store.read_pending("deals", "history") == []


def test_pending_work_is_read_up_to_the_limit(store):
    save(store, "deals", *(deal(str(number)) for number in range(1, 6)), pending=["splits"])

    assert store.read_pending("deals", "splits", limit=2) == ["1", "2"]


def test_stage_that_differs_leaves_its_history_to_read_whatever_the_modified_time(store):
    save(store, "deals", deal("1", stage="a"), deal("2", stage="a"))
    assert store.read_pending("deals", "history") == []

    save(store, "deals", deal("1", stage="b"), deal("2", stage="a", modified_at=MOVED))

    assert store.read_pending("deals", "history") == ["1"]


def test_input_leaves_its_history_to_read_when_it_is_set_and_new(store):
    fields = ["phase_declared"]
    save(store, "companies", company("1"), company("2", phase_declared="quote"))
    assert store.read_pending("companies", "history") == []
    filled = [company("1", phase_declared="quote"), company("2", name="B", phase_declared="quote")]

    save(store, "companies", *filled, history_fields=fields)
    assert store.read_pending("companies", "history") == ["1"]

    store.save_history("companies", ["1"], [])
    save(store, "companies", company("1"), history_fields=fields)
    assert store.read_pending("companies", "history") == []


def test_work_of_all_records_of_a_type_can_be_asked_for_again(store):
    save(store, "calls", call("1"), call("2"))
    save(store, "deals", deal("3"))

    store.mark_pending("calls", ["links:deals", "links:companies"])
    store.mark_pending("calls", ["links:deals"])

    assert store.read_pending("calls", "links:deals") == ["1", "2"]
    assert store.read_pending("calls", "links:companies") == ["1", "2"]
    assert store.read_pending("deals", "links:companies") == []


def test_cursor_stands_with_its_page_until_it_is_cleared(store):
    assert store.read_cursor("deals") is None
    store.save_page("deals", [], cursor="one", pulled_at=PULLED)
    store.save_page("calls", [], cursor="two", pulled_at=PULLED)
    store.save_page("deals", [deal()], cursor=None, pulled_at=PULLED)
    assert store.read_cursor("deals") == "one"

    store.clear_cursors(["deals", "contacts"])

    assert store.read_cursor("deals") is None
    assert store.read_cursor("calls") == "two"


def test_record_that_comes_twice_in_a_page_counts_once_and_last(store):
    assert save(store, "companies", company(name="A"), company(name="B")) == 1
    assert store.read_mirror().companies["name"].to_list() == ["B"]


def test_record_that_is_gone_leaves_with_all_that_hangs_on_it(store):
    save(store, "companies", company("1"), company("2", owner="7"))
    save(store, "deals", deal("5", stage="a"), deal("6", stage="a"), pending=["splits"])
    store.save_links("deals", "companies", ["5", "6"], [Link("5", "2"), Link("6", "1")])
    store.save_history("deals", ["5"], [ValueChange("5", "stage", "a", MODIFIED)])
    version = store.mirror_version()

    save(store, "companies", gone=["2", "404"])
    save(store, "deals", gone=["5"])

    mirror = store.read_mirror()
    assert store.mirror_version() == version + 2
    assert mirror.companies["relation_id"].to_list() == ["1"]
    assert mirror.company_changes.is_empty()
    assert mirror.deal_companies.rows() == [("6", "1", False)]
    assert mirror.deal_changes["external_id"].to_list() == ["6"]
    assert store.read_pending("deals", "splits") == ["6"]


def test_removal_says_how_many_stood(store):
    save(store, "contacts", contact("1"), contact("2"))
    version = store.mirror_version()

    assert store.remove_records("contacts", ["2", "3"]) == 1
    assert store.mirror_version() == version + 1
    assert store.remove_records("contacts", ["2"]) == 0
    assert store.mirror_version() == version + 1


def test_record_that_is_gone_leaves_its_type_alone_with_its_work(store):
    save(store, "calls", call("1"), call("2"), call("3"))
    save(store, "contacts", contact("1"))
    version = store.mirror_version()
    store.mark_pending("calls", ["links:deals"])

    changed = save(store, "calls", gone=["1"], pulled_at=LATER)

    assert changed == 0
    assert store.mirror_version() == version + 1
    assert store.read_pending("calls", "links:deals") == ["2", "3"]
    assert store.read_mirror().contacts["contact_id"].to_list() == ["1"]


def test_activity_ids_are_unique_within_their_type_alone(store):
    save(store, "deals", deal("9"))
    save(store, "calls", call("1", occurred_at=PULLED))
    meeting = call("1", occurred_at=LATER)
    save(store, "meetings", meeting)
    for kind in ("calls", "meetings"):
        store.save_links(kind, "deals", ["1"], [Link("1", "9")])

    assert store.read_mirror().deal_touches.sort("occurred_at").rows() == [
        ("9", PULLED),
        ("9", LATER),
    ]


def test_rejections_are_noted_once_with_the_run(store):
    run_id = store.start_run("sync", started_at=PULLED)
    rejections = [
        Rejection("deals", "5", "amount is no number"),
        Rejection("deals", None, "id is missing"),
    ]

    save(store, "deals", rejections=rejections)
    save(store, "deals", rejections=rejections)

    assert store.read_rejections() == [rejections[1], rejections[0]]
    assert store.read_rejections(run_id + 1) == []


def test_rejections_of_the_last_run_are_told_from_those_of_earlier_ones(store):
    first = store.start_run("sync", started_at=PULLED)
    save(store, "deals", rejections=[Rejection("deals", "5", "one")])
    store.finish_run(first, finished_at=LATER, status="partial", counts={})
    store.start_run("sync", started_at=LATER)
    save(store, "deals", rejections=[Rejection("deals", "6", "two")])

    assert store.read_rejections() == [Rejection("deals", "6", "two")]
    assert store.read_rejections(first) == [Rejection("deals", "5", "one")]


def test_text_that_no_database_can_hold_loses_only_those_characters(store):
    bad = company(name="A\x00B", pains="é\ud83dx", standing={"data_warnings": "\ud83d\x00"})

    assert save(store, "companies", bad) == 1
    assert save(store, "companies", bad) == 0
    row = store.read_mirror().companies.row(0, named=True)
    assert (row["name"], row["pains"]) == ("AB", "éx")
