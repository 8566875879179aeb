"""Cron expressions on the wall clock, on both nights on which the clock changes."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from jobs.schedule import Scheduler, WallClockTrigger

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SPRING = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)  # 23:00; 02:00 becomes 03:00 that night
AUTUMN = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # 22:00; 03:00 becomes 02:00 that night


def fires(expression: str, start: datetime, hours: int) -> list[datetime]:
    trigger = WallClockTrigger(expression, AMSTERDAM)
    found: list[datetime] = []
    at = trigger.get_next_fire_time(None, start)
    while at is not None and at < start + timedelta(hours=hours):
        found.append(at)
        at = trigger.get_next_fire_time(at, at)
    return found


def test_trigger_runs_a_fixed_time_once_when_the_clock_leaves_it_out():
    assert fires("30 2 * * *", SPRING, 24) == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


def test_trigger_runs_a_fixed_time_once_when_the_clock_shows_it_twice():
    assert fires("30 2 * * *", AUTUMN, 24) == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
def test_trigger_goes_on_every_quarter_of_real_time_when_the_clock_changes(night):
    found = fires("*/15 * * * *", night, 12)

    assert len(found) == 48
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}


def test_trigger_counts_weekdays_by_name():
    assert fires("30 3 * * sun", datetime(2026, 6, 1, tzinfo=UTC), 24 * 7) == [
        datetime(2026, 6, 7, 1, 30, tzinfo=UTC)
    ]


def test_trigger_includes_the_present_minute_only_on_the_first_question():
    trigger = WallClockTrigger("0 12 * * *", AMSTERDAM)
    noon = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)

    assert trigger.get_next_fire_time(None, noon) == noon
    assert trigger.get_next_fire_time(noon, noon) == noon + timedelta(days=1)


def test_trigger_ends_when_no_time_is_left():
    trigger = WallClockTrigger("0 0 30 2 *", AMSTERDAM)

    assert trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_trigger_runs_once_for_all_that_was_missed():
    trigger = WallClockTrigger("*/15 * * * *", AMSTERDAM)
    last = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)

    assert trigger.get_next_fire_time(last, last + timedelta(hours=5)) == last + timedelta(
        minutes=15
    )


def test_scheduler_plans_changed_jobs_anew_and_leaves_the_others_alone():
    scheduler = Scheduler({"sync": "0 3 * * *", "full": "0 5 * * *"}, AMSTERDAM, lambda _: None)
    scheduler.start()
    before = scheduler.next_runs()
    scheduler.plan({"sync": "0 3 * * *", "associations": "0 4 * * *"}, AMSTERDAM)
    after = scheduler.next_runs()
    scheduler.plan({"sync": "0 3 * * *", "associations": "0 4 * * *"}, ZoneInfo("UTC"))
    elsewhere = scheduler.next_runs()
    scheduler.stop()

    assert sorted(after) == ["associations", "sync"]
    assert after["sync"] == before["sync"]
    assert elsewhere["sync"] != before["sync"]


def test_scheduler_forgets_a_job_whose_times_are_over_without_a_fault():
    scheduler = Scheduler({"sync": "0 0 30 2 *"}, AMSTERDAM, lambda _: None)
    scheduler.start()
    scheduler.plan({}, AMSTERDAM)
    planned = scheduler.next_runs()
    scheduler.stop()

    assert planned == {}


def test_scheduler_watches_while_a_job_is_at_work():
    at_work, watched, seen = threading.Event(), threading.Event(), []

    def run(_: str) -> None:
        at_work.set()
        seen.append(watched.wait(10))

    scheduler = Scheduler(
        {"sync": "* * * * *"},
        AMSTERDAM,
        run,
        watch=lambda: watched.set() if at_work.is_set() else None,
        watch_every=timedelta(milliseconds=20),
    )
    scheduler.start()
    due = datetime.now(UTC)  # noqa: TID251 - the scheduler's own clock cannot be given
    scheduler._scheduler.modify_job("sync", next_run_time=due)
    assert watched.wait(10)
    scheduler.stop()

    assert seen == [True]


def test_scheduler_is_alive_between_its_start_and_its_end():
    scheduler = Scheduler({}, AMSTERDAM, lambda _: None)
    before = scheduler.is_alive
    scheduler.start()
    during = scheduler.is_alive
    scheduler.stop()

    assert (before, during, scheduler.is_alive) == (False, True, False)


def test_scheduler_runs_jobs_one_at_a_time_and_stops_after_the_run_at_hand():
    running: list[str] = []
    overlaps: list[int] = []
    started = threading.Event()

    def run(name: str) -> None:
        running.append(name)
        overlaps.append(len(running))
        started.set()
        running.remove(name)

    scheduler = Scheduler({"sync": "* * * * *", "full": "* * * * *"}, AMSTERDAM, run)
    scheduler.start()
    names = set(scheduler.next_runs())
    for name in ("sync", "full"):
        due = datetime.now(UTC)  # noqa: TID251 - the scheduler's own clock cannot be given
        scheduler._scheduler.modify_job(name, next_run_time=due)

    assert started.wait(10)
    scheduler.stop()
    assert names == {"sync", "full"}
    assert max(overlaps) == 1
