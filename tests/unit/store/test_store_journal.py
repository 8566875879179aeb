"""What runs wrote over what, until they can no longer be undone or their record is gone."""

from datetime import date, timedelta

import pytest

from store.journal import Entry
from store.store import Store
from tests.store_fixtures import PULLED, company, deal

PHASE = {"buying_phase": ("interest", "quote")}
SCORE = {"relation_score": ("", "55")}
DAY = timedelta(days=1)
JUNE = date(2026, 6, 1)


def begin(store: Store, *, days: int = 0) -> int:
    return store.start_run("sync", started_at=PULLED + days * DAY)


def test_entries_come_by_record_and_of_one_record_by_run(store):
    first = begin(store)
    store.save_journal("companies", {"2": SCORE, "1": PHASE})
    store.save_journal("deals", {"1": {"deal_phase": ("", "order")}})
    second = begin(store)
    store.save_journal("companies", {"1": {"buying_phase": ("quote", "")}})

    assert store.read_journal("companies", from_run=first) == [
        Entry("1", first, PHASE),
        Entry("1", second, {"buying_phase": ("quote", "")}),
        Entry("2", first, SCORE),
    ]
    assert store.count_journal(from_run=first) == {
        first: {"companies": 2, "deals": 1},
        second: {"companies": 1},
    }
    assert store.count_journal(from_run=second + 1) == {}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"from_run": 1, "to_run": 1}, ["1", "2", "3"]),
        ({"from_run": 2}, ["1"]),
        ({"from_run": 1, "to_run": 1, "limit": 2}, ["1", "2"]),
        ({"from_run": 1, "to_run": 1, "after_id": "2"}, ["3"]),
        ({"from_run": 1, "ids": ["1", "3", "4"]}, ["1", "1", "3"]),
        ({"from_run": 1, "ids": []}, []),
    ],
    ids=str,
)
def test_part_of_the_entries_can_be_asked_for(store, asked, found):
    begin(store)
    store.save_journal("companies", {"1": PHASE, "2": PHASE, "3": PHASE})
    begin(store)
    store.save_journal("companies", {"1": SCORE})

    entries = store.read_journal("companies", **asked)
    assert [one.external_id for one in entries] == found


def test_entry_that_is_saved_again_by_its_run_gives_way(store):
    run_id = begin(store)
    store.save_journal("companies", {"1": PHASE})
    store.save_journal("companies", {"1": SCORE})
    store.save_journal("companies", {})

    assert store.read_journal("companies", from_run=run_id) == [Entry("1", run_id, SCORE)]


def test_runs_that_started_before_the_moment_can_no_longer_be_undone(store):
    for number in range(3):
        begin(store, days=number)
        store.save_journal("companies", {"1": SCORE, "2": SCORE})

    assert store.prune_journal(runs_from=PULLED) == 0
    assert store.prune_journal(runs_from=PULLED + DAY) == 2
    assert list(store.count_journal(from_run=1)) == [2, 3]
    assert store.prune_journal(runs_from=PULLED + 9 * DAY) == 4
    assert [run.run_id for run in store.read_runs()] == [3, 2, 1]


@pytest.mark.parametrize(
    ("runs_days", "undo_days", "kept"),
    [(9, 9, [1, 2, 3]), (9, 1, [2, 3]), (1, 9, [2, 3]), (9, None, [1, 2, 3])],
)
def test_prune_forgets_what_a_run_wrote_over_with_the_run_at_the_latest(
    store, runs_days, undo_days, kept
):
    store.save_page("companies", [company("1")], cursor="c", pulled_at=PULLED)
    for number in range(3):
        run_id = begin(store, days=number)
        store.save_journal("companies", {"1": SCORE})
        store.finish_run(run_id, finished_at=PULLED + 2 * DAY, status="done", counts={})
    now = PULLED + 2 * DAY

    removed = store.care.prune(
        runs_from=now - runs_days * DAY,
        keep_daily_from=JUNE,
        journal_from=None if undo_days is None else now - undo_days * DAY,
    )

    assert removed["journal"] == 3 - len(kept)
    assert list(store.count_journal(from_run=1)) == kept


def test_record_that_leaves_the_mirror_takes_its_entries_along(store):
    store.save_page("companies", [company("1"), company("2")], cursor="c", pulled_at=PULLED)
    store.save_page("deals", [deal("1")], cursor="c", pulled_at=PULLED)
    run_id = begin(store)
    store.save_journal("companies", {"1": PHASE, "2": PHASE})
    store.save_journal("deals", {"1": {"deal_phase": ("", "order")}})

    store.remove_records("companies", ["1"])

    assert [one.external_id for one in store.read_journal("companies", from_run=run_id)] == ["2"]
    assert [one.external_id for one in store.read_journal("deals", from_run=run_id)] == ["1"]


def test_entry_of_a_record_that_is_gone_is_a_fault_until_it_is_pruned(store):
    begin(store)
    store.save_journal("companies", {"1": PHASE})

    faults = store.care.check().faults
    removed = store.care.prune(runs_from=PULLED, keep_daily_from=JUNE)

    assert faults == ("1 former values are of records that are gone: run `toprelatie store prune`",)
    assert removed["former values of records that are gone"] == 1
    assert store.care.check().faults == ()
