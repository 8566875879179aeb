"""How a store's runs went beside its health, and what is forgotten when."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.basis import DAILY_DAYS
from jobs.store_care import RETENTION, Retention, Tended, condition_of, prune_store, tended
from store.errors import LockHeldError
from store.store import Store
from tests.store_fixtures import company

NOW = datetime(2026, 6, 2, 22, 30, tzinfo=UTC)  # the third of June already in Amsterdam
DAY = timedelta(days=1)


@pytest.fixture
def one(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    yield Tended(store=store, timezone=ZoneInfo("Europe/Amsterdam"), now=NOW)
    store.close()


def run(one: Tended, started_at: datetime, status: str | None = "done") -> int:
    run_id = one.store.start_run("sync", started_at=started_at)
    if status:
        end = started_at + timedelta(minutes=1)
        one.store.finish_run(run_id, finished_at=end, status=status, counts={})
    return run_id


def test_new_store_is_well_and_says_that_no_run_has_ended(one):
    found = condition_of(one)

    assert (found.faults, found.unfinished) == ((), ())
    assert (found.last_good_at, found.last_good_age_s) == (None, None)
    assert found.remarks == ("no run has ended well yet",)


@pytest.mark.parametrize(
    ("status", "counts"), [("done", True), ("partial", True), ("failed", False)]
)
def test_age_of_the_last_good_run_is_told(one, status, counts):
    run(one, NOW - 2 * DAY)
    run(one, NOW - DAY, status)

    found = condition_of(one)
    assert found.last_good_age_s == (1 if counts else 2) * 86_400 - 60
    assert found.remarks == ()


def test_run_that_never_ended_is_told_while_nobody_holds_the_lock(one):
    run(one, NOW - 2 * DAY, None)
    run(one, NOW - DAY)
    run(one, NOW, None)

    found = condition_of(one)
    assert found.unfinished == (1, 3)
    assert found.remarks == (
        "never ended, for their process died: runs 1, 3; the next run went on from there",
    )


def test_run_at_work_is_no_run_that_never_ended(one):
    run(one, NOW - 2 * DAY, None)
    run(one, NOW, None)

    with one.store.lock():
        found = condition_of(one)
    assert found.unfinished == (1,)
    assert found.remarks[:2] == ("no run has ended well yet", "run 2 is at work")


def test_fault_of_the_store_is_a_fault_of_its_condition(one):
    one.store.save_page("companies", [company(owner="7")], cursor="c", pulled_at=NOW)
    with one.store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM companies")

    (fault,) = condition_of(one, thorough=True).faults
    assert fault == "1 versions are of records that are gone: run `toprelatie store prune`"


def test_retention_is_stated_in_one_place():
    assert (RETENTION.runs, RETENTION.daily, RETENTION.undo) == (400, DAILY_DAYS, 30)


@pytest.mark.parametrize(("age_days", "stays"), [(400, True), (401, False)])
def test_runs_are_kept_for_the_stated_days(one, age_days, stays):
    run(one, NOW - age_days * DAY)
    run(one, NOW)

    removed = prune_store(one, is_dry=False)
    assert removed["runs"] == (0 if stays else 1)
    assert len(one.store.read_runs()) == (2 if stays else 1)


def test_daily_figures_are_kept_by_the_days_of_the_time_zone(one, monkeypatch):
    asked: list[dict[str, object]] = []

    def note(*_: object, **kept: object) -> dict[str, int]:
        asked.append(kept)
        return {}

    monkeypatch.setattr("store.care.prune", note)
    prune_store(one, Retention(runs=10, daily=31, undo=3), is_dry=True)

    assert asked == [
        {
            "runs_from": NOW - 10 * DAY,
            "keep_daily_from": date(2026, 5, 3),
            "journal_from": NOW - 3 * DAY,
        }
    ]


def test_nothing_is_forgotten_while_a_run_is_at_work(one):
    with one.store.lock(), pytest.raises(LockHeldError):
        prune_store(one, is_dry=True)


@pytest.mark.parametrize("is_dry", [True, False])
def test_room_is_given_back_only_when_something_may_have_gone(one, is_dry):
    records = [company(str(number), pains="x" * 2000) for number in range(500)]
    one.store.save_page("companies", records, cursor="c", pulled_at=NOW)
    one.store.remove_records("companies", [record.external_id for record in records])
    before = one.store.care.check().size_bytes + (one.store.care.check().wal_bytes or 0)

    prune_store(one, is_dry=is_dry, shrink=True)
    health = one.store.care.check()
    assert (health.size_bytes + (health.wal_bytes or 0) < before / 2) is not is_dry


def test_store_is_opened_as_configured_without_a_token(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(
        "account: acme\ncrm: {kind: hubspot, token_env: NO_SUCH_TOKEN}\nstore: sqlite:///a.db\n",
        encoding="utf-8",
    )

    with tended(Path(config)) as one:
        assert one.timezone == ZoneInfo("Europe/Amsterdam")
        assert one.now.tzinfo is not None
    assert (tmp_path / "a.db").exists()
