"""What the schedule runs, and how trouble in one run is told without ending the service."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from structlog.contextvars import bound_contextvars

from connector.ports import LaterError
from jobs.config import Config
from jobs.exits import KNOWN_ERRORS, ChangeLimitError, StoppedError, sentence_of
from jobs.outcome import Request, summary
from jobs.reload import Keeper
from jobs.runs import run_sync
from jobs.schedule import WATCH_EVERY, Scheduler
from jobs.watch.alert import Alerts
from jobs.watch.cause import Ended, Standing, Status, causes_of, judged_by
from jobs.watch.glance import Patient, RecordCounts, read_glance
from jobs.watch.health import Health, health_of, is_stale
from jobs.watch.metrics import Metrics, Present
from jobs.wiring import Wiring, build_webhook
from store.errors import LockHeldError, StoreError
from store.run import Run
from store.store import Store

log = structlog.get_logger()

REQUESTS = {
    "sync": Request(),
    "associations": Request(with_associations=True),
    "full": Request(is_full=True),
}
"""What each job of the schedule asks of a run."""

WITHOUT_SYNC = timedelta(days=8)
"""With a weekly job alone: a week and a day."""


def run_job(wiring: Wiring, name: str) -> Ended | None:
    """Take one scheduled run; whatever goes wrong is an event, and the next run is on time.

    Returns how it ended; None when the service is ending and none was begun.
    """
    if wiring.stop.is_set():
        return None
    began = time.monotonic()
    with bound_contextvars(account=wiring.config.account, job=name):
        last = _last_run(wiring.store)
        try:
            report = run_sync(wiring, REQUESTS[name], lambda _work, _done, _total: None)
        except Exception as error:  # noqa: BLE001 - told as what it is
            ended = _with_record(wiring.store, _broken_off(name, error), last)
        else:
            log.info("job.done", job=name, run=report.run_id, status=report.status)
            status: Status = "partial" if report.status == "partial" else "done"
            ended = Ended(job=name, status=status, run_id=report.run_id, counts=summary(report))
    return replace(ended, seconds=time.monotonic() - began)


def _broken_off(name: str, error: Exception) -> Ended:
    """Say why a run did not come to its end."""
    match error:
        case LockHeldError():
            log.warning("job.skipped", job=name, reason=str(error))
            return Ended(job=name, status="skipped", error=error)
        case LaterError() | StoppedError() | ChangeLimitError():
            log.warning("job.stopped", job=name, reason=sentence_of(error))
            return Ended(job=name, status="stopped", error=error)
        case _ if isinstance(error, KNOWN_ERRORS):
            log.error("job.failed", job=name, error=type(error).__name__, reason=sentence_of(error))
        case _:
            log.error("job.broken", job=name, exc_info=error)
    return Ended(job=name, status="failed", error=error)


def _last_run(store: Store) -> Run | None:
    """The newest run; None when there is none or the store does not answer."""
    try:
        return next(iter(store.read_runs(limit=1)), None)
    except StoreError:
        return None


def _with_record(store: Store, ended: Ended, before: Run | None) -> Ended:
    """Add what the run noted of itself, where it came to that; a newer one is ours."""
    run = None if ended.status == "skipped" else _last_run(store)
    if run is None or (before is not None and run.run_id <= before.run_id):
        return ended
    status: Status = "stopped" if run.status == "stopped" else ended.status
    return replace(ended, run_id=run.run_id, counts=run.counts, status=status)


def stale_after(config: Config) -> timedelta:
    """Time without a run that ended well after which it is too long.

    As the configuration says; where it does not, a day and a bit, or with a weekly run alone a
    week and a day.
    """
    if config.schedule.sync is None and "stale_after_hours" not in config.alerts.model_fields_set:
        return WITHOUT_SYNC
    return timedelta(hours=config.alerts.stale_after_hours)


class Service:
    """One account in service: its schedule, the settings in force, and what watchers are told.

    Args:
        wiring: what it starts with.
        config_path: configuration file, looked at again before each job.
        watch_every: time between two looks at itself.
    """

    def __init__(
        self, wiring: Wiring, config_path: Path | None, *, watch_every: timedelta = WATCH_EVERY
    ) -> None:
        config = wiring.config
        self._account = config.account
        self.metrics = Metrics(config.account, tuple(REQUESTS))
        self._keeper = Keeper(wiring, config_path)
        self._alerts = Alerts(config.account, wiring.store, clock=wiring.clock)
        self._began_at = wiring.clock()
        self._lock = threading.Lock()
        self._schedule = config.schedule
        self._scheduler = Scheduler(
            self._schedule.expressions(),
            ZoneInfo(self._schedule.timezone),
            self.run,
            watch=self.watch,
            watch_every=watch_every,
        )
        self._is_started = False
        counts = RecordCounts(wiring.clock)
        self._glance = Patient(lambda: read_glance(wiring.store))
        self._records = Patient(lambda: counts.read(wiring.store))
        self.metrics.watch(
            Present(
                glance=self._glance.read,
                records=self._records.read,
                quota_left=self._quota_left,
                has_faults=lambda: bool(self._keeper.faults),
                clock=wiring.clock,
            )
        )

    def start(self) -> None:
        """Begin with the schedule; returns at once."""
        self._scheduler.start()
        self._is_started = True

    def stop(self) -> None:
        """Plan nothing more and wait for the run at hand."""
        if self._is_started:
            self._scheduler.stop()

    def close(self) -> None:
        """Answer nothing more; to be called when nobody asks any more."""
        self._glance.close()
        self._records.close()

    @property
    def is_alive(self) -> bool:
        """Whether runs can still begin."""
        return not self._is_started or self._scheduler.is_alive

    def run(self, name: str) -> None:
        """Take one run under the settings that are in force now, and tell what came of it."""
        with bound_contextvars(account=self._account):
            wiring = self._settled()
            self.metrics.begin_run()
            ended = run_job(wiring, name)
            if ended is None:
                self.metrics.rest()
                return
            self.metrics.end_run(ended)
            with bound_contextvars(job=name, run=ended.run_id):
                self._tell(ended)

    def watch(self) -> None:
        """Look after what can go wrong between runs; nothing that fails here goes further."""
        with bound_contextvars(account=self._account):
            try:
                self._settled()
                self._tell(None)
            except Exception:
                log.exception("watch.broken")

    def health(self) -> Health:
        """Whether it does what it is there for."""
        wiring = self._keeper.wiring
        notes = []
        if self._keeper.faults:
            notes.append(
                f"faults in the configuration: {len(self._keeper.faults)}: the last good one stays "
                "in force: run `toprelatie check`"
            )
        if self._keeper.waiting:
            names = ", ".join(self._keeper.waiting)
            notes.append(f"changed settings wait for a restart: {names}")
        return health_of(
            self._glance.read,
            now=wiring.clock(),
            stale_after=stale_after(wiring.config),
            notes=notes,
        )

    def _settled(self) -> Wiring:
        """Settings in force, with what has changed taken over."""
        with self._lock:
            wiring = self._keeper.look()
            schedule = wiring.config.schedule
            if schedule != self._schedule:
                self._scheduler.plan(schedule.expressions(), ZoneInfo(schedule.timezone))
                self._schedule = schedule
                self._scheduler.tell()
        return wiring

    def _tell(self, ended: Ended | None) -> None:
        """Tell causes that began or ended."""
        wiring = self._keeper.wiring
        standing = self._standing(wiring)
        webhook = build_webhook(wiring.config)
        self._alerts.look(
            causes_of(ended, standing),
            judged_by(ended, standing),
            run_id=None if ended is None else ended.run_id,
            post=None if webhook is None else webhook.post,
        )

    def _standing(self, wiring: Wiring) -> Standing:
        """What holds between runs; of a store that does not answer nothing is known."""
        try:
            glance = self._glance.read()
        except StoreError:
            return Standing(faults=self._keeper.faults)
        limit, now = stale_after(wiring.config), wiring.clock()
        last = glance.last_good
        is_new = last is None and now - self._began_at <= limit
        return Standing(
            faults=self._keeper.faults,
            is_stale=None if is_new else is_stale(glance, now=now, stale_after=limit),
            last_good_at=None if last is None else last.finished_at,
            is_paused=glance.pause is not None,
        )

    def _quota_left(self) -> int | None:
        return self._keeper.wiring.crm.quota_left()
