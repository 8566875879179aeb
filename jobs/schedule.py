"""When the service runs its jobs: cron expressions read on the wall clock of the account.

APScheduler's own cron trigger skips a time that a clock change leaves out and may repeat one that
occurs twice. Here a fixed hour runs exactly once in both nights, while an expression over every
hour goes on by real time: `30 2 * * *` runs once, `*/15 * * * *` runs all the time.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger()

_SHIFT = timedelta(hours=3)  # more than any clock change

WATCH = "watch"
WATCH_EVERY = timedelta(minutes=5)
"""So often the service looks after itself between its runs."""


class WallClockTrigger(BaseTrigger):  # type: ignore[misc]  # the library ships no types
    """Fires by a crontab expression of five fields on the wall clock of a time zone."""

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        # The expression is evaluated on wall-clock times that only look like UTC.
        self._cron = CronTrigger.from_crontab(expression, timezone=UTC)
        self._zone = zone
        self._every_hour = expression.split()[1].startswith("*")

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """Return the first instant after the previous one, or at or after `now`."""
        after = previous_fire_time or now - timedelta(microseconds=1)
        wall = _wall(after, self._zone) - _SHIFT
        best: datetime | None = None
        while True:
            found: datetime | None = self._cron.get_next_fire_time(None, wall)
            if found is None or (best and found > _wall(best, self._zone) + _SHIFT):
                return best
            later = [instant for instant in self._instants(found) if instant > after]
            best = min([*later, best] if best else later, default=None)
            wall = found + timedelta(minutes=1)

    def _instants(self, wall: datetime) -> list[datetime]:
        """Instants at which that wall-clock time counts: two, one, or shifted past a gap."""
        first = wall.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        second = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        exists = _wall(first, self._zone) == wall
        if self._every_hour:
            return sorted({first, second}) if exists else []
        return [first]


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """Wall-clock time of an instant, dressed as UTC so that it can be counted with."""
    return instant.astimezone(zone).replace(tzinfo=UTC, fold=0)


class Scheduler:
    """Runs named jobs by their expressions, one at a time; what was missed runs once.

    Args:
        expressions: crontab expression by job name.
        zone: time zone of the expressions.
        run: called with the job's name in a thread of the scheduler.
        watch: called every `watch_every` in another thread, also while a job is at work.
        watch_every: time between two looks.
    """

    def __init__(
        self,
        expressions: Mapping[str, str],
        zone: ZoneInfo,
        run: Callable[[str], None],
        *,
        watch: Callable[[], None] | None = None,
        watch_every: timedelta = WATCH_EVERY,
    ) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1), WATCH: ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=zone,
        )
        self._busy = threading.Lock()
        self._run = run
        self._planned: dict[str, tuple[str, ZoneInfo]] = {}
        self.plan(expressions, zone)
        if watch is not None:
            self._scheduler.add_job(
                watch,
                IntervalTrigger(seconds=watch_every.total_seconds()),
                id=WATCH,
                executor=WATCH,
            )

    def plan(self, expressions: Mapping[str, str], zone: ZoneInfo) -> None:
        """Run the jobs by these expressions from now on; a job whose expression stays, stays."""
        wanted = {name: (expression, zone) for name, expression in expressions.items()}
        for name in self._planned.keys() - wanted.keys():
            if self._scheduler.get_job(name):  # one without a time left is gone by itself
                self._scheduler.remove_job(name)
        for name, (expression, _) in wanted.items():
            if self._planned.get(name) != wanted[name]:
                trigger = WallClockTrigger(expression, zone)
                self._scheduler.add_job(
                    self._one, trigger, args=[name], id=name, replace_existing=True
                )
        self._planned = wanted

    def _one(self, name: str) -> None:
        with self._busy:
            self._run(name)

    def start(self) -> None:
        """Begin to run; returns at once."""
        self._scheduler.start()
        self.tell()

    def tell(self) -> None:
        """Say in the log when each job runs next."""
        for name, at in self.next_runs().items():
            log.info("schedule.next", job=name, at=at.isoformat())

    def next_runs(self) -> dict[str, datetime]:
        """Instant of the next run by job."""
        jobs = self._scheduler.get_jobs()
        return {job.id: job.next_run_time for job in jobs if job.id != WATCH and job.next_run_time}

    @property
    def is_alive(self) -> bool:
        """Whether the thread that starts the jobs lives."""
        thread: threading.Thread | None = self._scheduler._thread  # noqa: SLF001 - it has no other
        return thread is not None and thread.is_alive()

    def stop(self) -> None:
        """Plan nothing more and wait for the run at hand."""
        self._scheduler.shutdown(wait=True)
