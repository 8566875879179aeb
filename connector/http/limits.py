"""How often we may call: rolling windows known before the first call, corrected by the answers.

A call does not poll for room. It takes the first free instant, in order of arrival, and is told
how long to wait for it; so the queue is fair, and nobody holds a lock while waiting. What was taken
is known to all threads of this process, and to all processes that share a folder.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, TypeAdapter, ValidationError

from connector.http.day import DAILY_RECHECK_S, Day, DayState
from connector.http.dialect import LimitReading
from connector.http.ledger import Ledger
from connector.http.window import HORIZON_S, Bucket, BucketState, Milliseconds, Window
from connector.ports import LaterError

__all__ = ["Limits", "Window"]


@dataclass(slots=True)
class _State:
    """What the processes share.

    Attributes:
        written_ms: when it was written, on the machine's monotonic clock.
        sealed_ms: the same at the other end: a process that died in the middle of writing leaves
            the end of an older one.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    written_ms: Milliseconds
    day: DayState
    buckets: dict[str, BucketState]
    sealed_ms: Milliseconds

    def is_sound(self) -> bool:
        """Whether it is whole, and reaches no further ahead than what is handed out may do."""
        end_ms = self.written_ms + math.ceil(2 * HORIZON_S * 1000)
        day_end = self.written_ms / 1000 + DAILY_RECHECK_S + 1
        is_whole = self.written_ms == self.sealed_ms and self.day.recheck_at <= day_end
        return is_whole and all(bucket.is_within(end_ms) for bucket in self.buckets.values())


_FORM = TypeAdapter(_State)


class Limits:
    """The limits of one account, shared by all threads and processes that call it.

    Args:
        windows: the CRM's own limit per bucket; None for no limits at all.
        reserve_share: part of every limit and of the day left to others who use it, 0-1.
        margin_s: how much longer than the CRM's our windows are, since calls that leave us evenly
            may arrive bunched.
        shared: folder through which all processes of this machine keep the limits of an account
            together, once `belong_to` has named it; None: those of this process alone.
        clock: seconds from any fixed point, never backwards; with `shared` one that all processes
            have in common.
    """

    def __init__(
        self,
        windows: Mapping[str, Window] | None,
        *,
        reserve_share: float = 0.1,
        margin_s: float = 0.2,
        shared: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._is_off = windows is None
        self._ledger = None if shared is None else Ledger(shared)
        self._day = Day(reserve_share=reserve_share)
        self._buckets = {
            name: Bucket(window, share=1 - reserve_share, margin_s=margin_s)
            for name, window in (windows or {}).items()
        }

    @classmethod
    def off(cls) -> "Limits":
        """Return limits that never hold a call back and learn nothing, for tests and benchmarks."""
        return cls(None)

    def belong_to(self, *account: str) -> None:
        """Name the account: what names it alike shares its limits. It may hold the token.

        What was known so far is kept where the account has no file yet.
        """
        if self._ledger is not None and not self._is_off:
            with self._lock:
                self._ledger.belong_to(*account)

    def set_zone(self, name: str | None) -> None:
        """Name the zone at whose midnight a new day begins; one that is unknown tells nothing."""
        try:
            zone = None if name is None else ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = None
        with self._lock:
            self._day.zone = zone

    def reserve(self, bucket: str, *, at_most_s: float = math.inf) -> float:
        """Take the next free instant of a bucket and return the wait until then, in seconds.

        Args:
            bucket: one of the names that the limits were made with.
            at_most_s: longest wait worth having; an instant further off is not taken.

        Raises:
            LaterError: the day's calls are used up to the reserve, or the wait would be longer.
        """
        if self._is_off:
            return 0.0
        with self._turn() as now:
            self._day.check(now)
            wait_s = self._buckets[bucket].reserve(now, at_most_s)
            self._day.spend(now)
            return wait_s

    def observe(self, bucket: str, reading: LimitReading, *, at: datetime | None = None) -> None:
        """Follow what an answer says: its limit where lower than ours, and what others used.

        Args:
            bucket: of the call that was answered.
            reading: what the answer says.
            at: the CRM's own time, aware; None when it does not tell.
        """
        if self._is_off:
            return
        with self._turn() as now:
            self._buckets[bucket].correct(now, reading)
            self._day.learn(now, reading, at=at)

    def hold(self, bucket: str, seconds: float) -> None:
        """Let no further call of a bucket leave for this long: the CRM said that it is full."""
        if self._is_off:
            return
        with self._turn() as now:
            self._buckets[bucket].hold(now + min(seconds, HORIZON_S))

    def close_day(self, at: datetime | None = None) -> LaterError:
        """Let no call leave for a while: the CRM said that the calls of the day are used up.

        Args:
            at: the CRM's own time, aware; None when it does not tell.

        Returns:
            What calls are told from now on.
        """
        if self._is_off:
            return LaterError("limits: the calls of this day are used up")
        with self._turn() as now:
            self._day.close(now, at=at)
            return self._day.refusal(now)

    def left_today(self) -> int | None:
        """Calls that may still leave today, the reserve taken off; None while nothing was said."""
        if self._is_off:
            return None
        with self._turn():
            return self._day.state.left

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Have what is known to oneself, and yield the present; what changed is known to all."""
        with self._lock:
            ledger = self._ledger
            if ledger is None:
                yield self._clock()
                return
            content = ledger.take()
            try:
                now = self._clock()
                if content:
                    self._follow(content, now)
                yield now
                ledger.give(self._content(now))
            finally:
                ledger.leave()

    def _follow(self, content: bytes, now: float) -> None:
        """Go on from what another process wrote.

        What nobody of ours can have written tells nothing; yet others may have called, so nothing
        leaves for one window. What comes from before the machine's start is no news any more.
        """
        try:
            state = _FORM.validate_json(content)
        except ValidationError:
            state = None
        if state is None or not state.is_sound():
            for bucket in self._buckets.values():
                bucket.hold_window(now)
        elif state.written_ms <= now * 1000:
            self._day.state = state.day
            for name, bucket in self._buckets.items():
                bucket.state = state.buckets.get(name, BucketState())

    def _content(self, now: float) -> bytes:
        buckets = {name: bucket.state for name, bucket in self._buckets.items()}
        now_ms = math.floor(now * 1000)
        return _FORM.dump_json(_State(now_ms, self._day.state, buckets, sealed_ms=now_ms))
