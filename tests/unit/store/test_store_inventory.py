"""The store says what it holds of a type without reading any record's content."""

from array import array
from datetime import datetime, timedelta

import pytest

from kpis.records import Activity, Record
from store.store import Store
from store.table import PulledType
from tests.store_fixtures import LATER, MODIFIED, PULLED, call, contact

MILLISECOND = timedelta(milliseconds=1)


def save(store: Store, kind: PulledType, *records: Record, pulled_at: datetime = PULLED) -> None:
    store.save_page(kind, records, cursor="c", pulled_at=pulled_at)


def test_records_are_counted_per_type(store):
    save(store, "contacts", contact("1"), contact("2"))
    save(store, "calls", call("1"))
    save(
        store, "meetings", Activity("1", "meetings", MODIFIED), Activity("2", "meetings", MODIFIED)
    )

    counted = {kind: store.count_records(kind) for kind in ("contacts", "calls", "meetings")}
    assert counted == {"contacts": 2, "calls": 1, "meetings": 2}
    assert store.count_records("deals") == 0


def test_records_modified_at_the_instant_itself_count_and_a_millisecond_earlier_not(store):
    moments = [MODIFIED - MILLISECOND, MODIFIED, MODIFIED + MILLISECOND]
    save(store, "calls", *(call(str(n), modified_at=at) for n, at in enumerate(moments)))
    save(store, "meetings", Activity("9", "meetings", MODIFIED))

    assert store.count_modified_since("calls", MODIFIED) == 2
    assert store.count_modified_since("calls", MODIFIED + 2 * MILLISECOND) == 0
    assert store.count_modified_since("contacts", MODIFIED) == 0


def test_modified_times_are_those_of_the_records_that_stand(store):
    save(store, "contacts", contact("1"), contact("2", modified_at=LATER), contact("3"))

    assert store.read_modified("contacts", ["2", "1", "404"]) == {"1": MODIFIED, "2": LATER}
    assert store.read_modified("contacts", []) == {}


def test_modified_times_are_read_of_more_ids_than_fit_one_statement(store):
    save(store, "contacts", *(contact(str(number)) for number in range(1001)))

    found = store.read_modified("contacts", [str(number) for number in range(1001)])
    assert len(found) == 1001


def test_ids_rise_by_number_and_leave_out_what_is_none(store):
    odd = ["", "x1", "12a", "-4", "007", "1.5", "٣", "1234567890123456789"]
    plain = ["100", "9", "20", "0", "123456789012345678"]
    save(store, "calls", *(call(external_id) for external_id in odd + plain))
    save(store, "meetings", Activity("5", "meetings", MODIFIED))

    ids = store.read_ids("calls")
    assert ids == array("q", [0, 9, 20, 100, 123456789012345678])
    assert ids.itemsize == 8


@pytest.fixture
def seen(store):
    """Seven calls, of which those with an even number were seen again later."""
    save(store, "calls", *(call(str(number)) for number in range(1, 8)))
    save(store, "calls", *(call(str(number)) for number in (2, 4, 6)), pulled_at=LATER)
    save(store, "meetings", Activity("1", "meetings", MODIFIED))
    return store


def test_unseen_are_those_delivered_before_and_not_at_the_instant(seen):
    assert seen.read_unseen("calls", PULLED) == []
    assert seen.read_unseen("calls", PULLED + MILLISECOND) == ["1", "3", "5", "7"]
    assert seen.read_unseen("calls", LATER) == ["1", "3", "5", "7"]
    assert len(seen.read_unseen("calls", LATER + MILLISECOND)) == 7


def test_unseen_are_read_page_by_page_after_the_last_id(seen):
    first = seen.read_unseen("calls", LATER, limit=2)
    second = seen.read_unseen("calls", LATER, limit=2, after_id=first[-1])
    third = seen.read_unseen("calls", LATER, limit=2, after_id=second[-1])

    assert [first, second, third] == [["1", "3"], ["5", "7"], []]
