"""Runs count up and keep what they did; small state is kept by key."""

from decimal import Decimal

from store.run import Run
from tests.store_fixtures import LATER, PULLED


def test_run_is_kept_with_its_counts(store):
    run_id = store.start_run("sync", started_at=PULLED)
    counts = {"pulled": {"deals": 3}, "share": Decimal("0.5")}

    store.finish_run(run_id, finished_at=LATER, status="done", counts=counts)

    expected = {"pulled": {"deals": 3}, "share": "0.5"}
    assert store.read_runs(1) == [Run(run_id, "sync", PULLED, LATER, "done", expected)]


def test_run_whose_process_died_has_no_end(store):
    first = store.start_run("sync", started_at=PULLED)
    second = store.start_run("full", started_at=LATER)

    assert (first, second) == (1, 2)
    assert store.read_runs() == [
        Run(2, "full", LATER, None, None, {}),
        Run(1, "sync", PULLED, None, None, {}),
    ]
    assert [run.run_id for run in store.read_runs(limit=1)] == [2]


def test_rejections_before_any_run_are_none(store):
    assert store.read_rejections() == []


def test_state_is_kept_overwritten_and_forgotten(store):
    assert store.read_state("asked:deals") is None
    store.save_state("asked:deals", "one")
    store.save_state("asked:deals", "two")
    store.save_state("paused", "")
    assert (store.read_state("asked:deals"), store.read_state("paused")) == ("two", "")

    store.save_state("asked:deals", None)

    assert store.read_state("asked:deals") is None
