"""What the store says at a glance: of the right runs, cheaply, and never after a long wait."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from connector.ports import PulledType
from jobs.watch.glance import FEW, Patient, RecordCounts, read_glance
from kpis.records import Owner
from store.errors import StoreError
from store.store import Store

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    yield store
    store.close()


def add_run(store: Store, status: str | None, *, kind: str = "sync", **counts: object) -> int:
    run_id = store.start_run(kind, started_at=BEGIN)
    if status is not None:
        store.finish_run(run_id, finished_at=BEGIN, status=status, counts=counts)
    return run_id


def test_glance_at_an_empty_store_shows_nothing(store):
    found = read_glance(store)

    assert (found.last, found.last_good, found.last_pulled, found.pause) == (None, None, None, None)
    assert found.lacking == {}


def test_glance_finds_the_last_run_of_each_sort(store):
    complete = {"companies": {"total": 12, "held": 10, "unreadable": 1}}
    pulled = add_run(store, "partial", pulled={"companies": 12}, complete=complete)
    computed = add_run(store, "done", pulled={})
    failed = add_run(store, "failed")
    add_run(store, None)
    found = read_glance(store)

    runs = (found.last, found.last_good, found.last_pulled)
    assert [run and run.run_id for run in runs] == [failed, computed, pulled]
    assert found.lacking == {"companies": 1}


def test_glance_takes_no_preview_and_no_undo_for_a_run_that_ended_well(store):
    for kind in ("preview", "undo"):
        add_run(store, "done", kind=kind, pulled={"companies": 12})

    assert read_glance(store).last_good is None


def test_glance_looks_further_back_when_the_last_runs_all_failed(store):
    good = add_run(store, "done")
    for _ in range(FEW):
        add_run(store, "failed")

    last_good = read_glance(store).last_good
    assert last_good is not None
    assert last_good.run_id == good


def test_records_are_counted_again_when_the_mirror_has_changed_and_a_minute_has_passed(
    store, monkeypatch
):
    now = [BEGIN]
    counts = RecordCounts(lambda: now[0])
    asked: list[str] = []
    count_records = store.count_records

    def count(kind: PulledType) -> int:
        asked.append(kind)
        found: int = count_records(kind)
        return found

    monkeypatch.setattr(store, "count_records", count)

    def change(name: str) -> None:
        owner = Owner("1", name)
        store.save_description(owners=[owner], stages=[], rates=[], currency=None, readable=[])

    counts.read(store)
    once = len(asked)
    now[0] += timedelta(hours=1)
    counts.read(store)
    unchanged = len(asked)
    change("a")
    counts.read(store)
    changed = len(asked)
    change("b")
    now[0] += timedelta(seconds=59)
    counts.read(store)
    soon = len(asked)
    now[0] += timedelta(seconds=1)
    counts.read(store)

    assert once == unchanged == 10
    assert changed == soon == 20
    assert len(asked) == 30


def test_patient_reader_gives_up_in_time_and_answers_again_when_the_store_does():
    held = threading.Event()
    answers = iter(range(10))

    def read() -> int:
        held.wait(10)
        return next(answers)

    patient = Patient(read, patience_s=0.02)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"no answer within 0\.02 s"):
            patient.read()
    held.set()
    assert patient._asked is not None
    patient._asked.result(10)
    answered = Patient.read(patient)
    patient.close()

    assert answered == 1  # one question was on its way all the time; its answer is too old


def test_patient_reader_hands_on_what_the_store_says():
    def refuse() -> None:
        raise StoreError("store: no answer")

    patient = Patient(refuse)
    with pytest.raises(StoreError, match="no answer"):
        patient.read()
    patient.close()
