"""The care of a store: its health with that of its runs, a copy, and what it may forget when.

None of these asks the CRM, so that they work without its token.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.basis import DAILY_DAYS, FINISHED_WELL, SYNC, UNDO_DAYS
from jobs.config import load_config
from jobs.pause import PAUSE_KEY
from jobs.watch.glance import WINDOW
from jobs.wiring import clock
from store.errors import LockHeldError
from store.health import Health
from store.rollback import Plan, Rollback, opened_for_rollback
from store.store import Store


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a store keeps what it may forget, in days.

    Memberships, reviews and the versions of values are kept for as long as their record exists:
    nobody can tell them again.

    Attributes:
        runs: of runs, with the records that they could not read; the newest one always stays.
        daily: of the daily figures of relations and sellers; of earlier months the last day stays.
        undo: of what each run wrote over, so that it can be undone; never longer than the run.
    """

    runs: int = 400
    daily: int = DAILY_DAYS
    undo: int = UNDO_DAYS


RETENTION = Retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a store is, and how its runs went.

    Attributes:
        faults: sentences that say what to do; none when all is well.
        remarks: what is no fault, but good to know.
        last_good_at: end of the last run that ended well; None when there was none.
        last_good_age_s: seconds since.
        unfinished: numbers of runs that never ended; that of a run at work is not among them.
    """

    health: Health
    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    last_good_at: datetime | None
    last_good_age_s: int | None
    unfinished: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """A store without its CRM."""

    store: Store
    timezone: ZoneInfo
    now: datetime


@contextmanager
def tended(config_path: Path | None) -> Iterator[Tended]:
    """Open the configured store, and close it at the end.

    Raises:
        FileFaultsError: the configuration has faults.
        StoreError: the store cannot be opened.
    """
    config = load_config(config_path)
    store = Store.open(config.store, account=config.account)
    try:
        yield Tended(store=store, timezone=ZoneInfo(config.reporting.timezone), now=clock())
    finally:
        store.close()


def condition_of(one: Tended, *, thorough: bool = False) -> Condition:
    """Look at everything; `thorough` compares every index of a SQLite file with its table."""
    health = one.store.care.check(thorough=thorough)
    runs = one.store.read_runs(limit=WINDOW)
    ended = [run.finished_at for run in runs if run.kind == SYNC and run.status in FINISHED_WELL]
    last = max((end for end in ended if end is not None), default=None)
    open_runs = [run.run_id for run in runs if run.finished_at is None]
    at_work = _run_at_work(one.store, open_runs)
    unfinished = tuple(sorted(set(open_runs) - at_work))
    return Condition(
        health=health,
        faults=health.faults,
        remarks=(
            *health.remarks,
            *_remarks(last, at_work, unfinished),
            *map(_remark_on_copy, one.store.care.copies()),
        ),
        last_good_at=last,
        last_good_age_s=None if last is None else int((one.now - last).total_seconds()),
        unfinished=unfinished,
    )


def _run_at_work(store: Store, open_runs: list[int]) -> set[int]:
    """The newest run without an end while somebody holds the lock; older ones have died."""
    if not open_runs:
        return set()
    try:
        with store.lock():
            return set()
    except LockHeldError:
        return {max(open_runs)}


def _remarks(
    last: datetime | None, at_work: set[int], unfinished: tuple[int, ...]
) -> Iterator[str]:
    if last is None:
        yield "no run has ended well yet"
    for run_id in at_work:
        yield f"run {run_id} is at work"
    if unfinished:
        named = ", ".join(map(str, unfinished))
        yield f"never ended, for their process died: runs {named}; the next run went on from there"


def _remark_on_copy(copy: Path) -> str:
    return (
        f"{copy.name} is the store before an upgrade or a way back: remove it once this version"
        " has proved itself, for it holds what was erased since"
    )


def prune_store(
    one: Tended, retention: Retention = RETENTION, *, is_dry: bool, shrink: bool = False
) -> Mapping[str, int]:
    """Forget what is older than stated; returns how many rows of what, which `is_dry` only counts.

    Raises:
        LockHeldError: a run is at work.
    """
    today = one.now.astimezone(one.timezone).date()
    with one.store.lock():
        removed = one.store.care.prune(
            runs_from=one.now - timedelta(days=retention.runs),
            keep_daily_from=today - timedelta(days=retention.daily),
            journal_from=one.now - timedelta(days=retention.undo),
            is_dry=is_dry,
        )
        if shrink and not is_dry:
            one.store.care.shrink()
    return removed


@contextmanager
def tended_for_rollback(config_path: Path | None) -> Iterator[tuple[Rollback, Plan]]:
    """Open the configured store as it stands, with the plan that brings it back by one version.

    Raises:
        FileFaultsError: the configuration has faults.
        StoreError: the store cannot be opened, or is not of this version.
    """
    config = load_config(config_path)
    with opened_for_rollback(config.store) as one:
        name = f"rollback-{clock():%Y%m%dT%H%M%SZ}"
        yield one, one.plan(copy_name=name, pause_key=PAUSE_KEY)
