"""What the store says at a glance of how the service fares; cheap, and it never waits for long."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from jobs.basis import FINISHED_WELL, SYNC
from jobs.pause import read_pause
from jobs.pulled import PULLED_TYPES
from jobs.watch.alert import firing_by_kind, read_alerts
from store.errors import StoreError
from store.run import Run
from store.store import Store

T = TypeVar("T")

FEW = 20
WINDOW = 2_000
"""Runs looked at: more than any schedule takes within the time that a run stays good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """How the runs of an account fared, those by hand among them.

    Attributes:
        last: the newest run that has ended, None when none has.
        last_good: the newest that ended well.
        last_pulled: the newest that ended well and pulled.
        pause: why nothing is written back, None when it is.
        firing: causes that hold, by kind.
    """

    last: Run | None
    last_good: Run | None
    last_pulled: Run | None
    pause: str | None
    firing: Mapping[str, int]

    @property
    def lacking(self) -> dict[str, int]:
        """Records that the CRM counts and the mirror neither holds nor can read, by type."""
        compared = self.last_pulled.counts.get("complete", {}) if self.last_pulled else {}
        return {
            kind: max(0, one["total"] - one["held"] - one["unreadable"])
            for kind, one in compared.items()
        }


def read_glance(store: Store) -> Glance:
    """Read it.

    Raises:
        StoreError: the store does not answer.
    """
    runs = store.read_runs(limit=FEW)
    if len(runs) == FEW and not any(map(_is_good, runs)):
        runs = store.read_runs(limit=WINDOW)
    ended = [run for run in runs if run.finished_at is not None]
    good = [run for run in ended if _is_good(run)]
    pause = read_pause(store)
    return Glance(
        last=next(iter(ended), None),
        last_good=next(iter(good), None),
        last_pulled=next((run for run in good if run.counts.get("pulled")), None),
        pause=None if pause is None else pause.sentence,
        firing=firing_by_kind(read_alerts(store)),
    )


def _is_good(run: Run) -> bool:
    return run.kind == SYNC and run.status in FINISHED_WELL and run.finished_at is not None


class RecordCounts:
    """Numbers of records by type, counted anew when the mirror has changed, at most so often.

    Args:
        clock: present moment, aware.
        at_most_every_s: seconds between two counts: counting millions takes its time.
    """

    def __init__(self, clock: Callable[[], datetime], *, at_most_every_s: float = 60.0) -> None:
        self._clock = clock
        self._every_s = at_most_every_s
        self._lock = threading.Lock()
        self._version: int | None = None
        self._at: datetime | None = None
        self._counts: dict[str, int] = {}

    def read(self, store: Store) -> dict[str, int]:
        """Records by type, perhaps those of a minute ago.

        Raises:
            StoreError: the store does not answer.
        """
        with self._lock:
            now, version = self._clock(), store.mirror_version()
            is_young = self._at is not None and (now - self._at).total_seconds() < self._every_s
            if version != self._version and not is_young:
                self._counts = {kind: store.count_records(kind) for kind in PULLED_TYPES}
                self._version, self._at = version, now
            return self._counts


class Patient(Generic[T]):
    """Reads from the store in a thread of its own, and waits for the answer no longer than that.

    A database that is away may let a caller wait for longer than whoever asks us has patience.

    Args:
        read: may raise `StoreError`.
        patience_s: seconds.
    """

    def __init__(self, read: Callable[[], T], *, patience_s: float = 3.0) -> None:
        self._read = read
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="glance")
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def read(self) -> T:
        """Return what was read.

        Raises:
            StoreError: the store does not answer, or not in time.
        """
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._pool.submit(self._read)
            asked = self._asked
        try:
            return asked.result(timeout=self._patience_s)
        except TooLongError:
            raise StoreError(
                f"store: no answer within {self._patience_s:g} s: check the database"
            ) from None

    def close(self) -> None:
        """Ask nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
