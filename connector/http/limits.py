"""How often we may call: rolling windows known before the first call, corrected by the answers.

pyrate-limiter keeps the windows. Its `Limiter` is left out: it starts a thread that lives on, and
sleeps where no stop can reach it. Its bucket alone does neither and takes a new rate at any time.

A call does not poll for room. It takes the first free instant, in order of arrival, and is told
how long to wait for it; so the queue is fair, and nobody holds a lock while waiting.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from connector.http.dialect import LimitReading
from connector.http.retry import LaterError

DAILY_RECHECK_S = 900.0
"""After this long a spent day is asked about again: only an answer tells that a new day began."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` in any stretch of `seconds`."""

    calls: int
    seconds: float


class Limits:
    """The limits of one account, shared by all threads that call it.

    Args:
        windows: the CRM's own limit per bucket; None for no limits at all.
        reserve_share: part of every limit and of the day left to others who use it, 0-1.
        margin_s: how much longer than the CRM's our windows are, since calls that leave us evenly
            may arrive bunched.
        clock: seconds from any fixed point, never backwards.
    """

    def __init__(
        self,
        windows: Mapping[str, Window] | None,
        *,
        reserve_share: float = 0.1,
        margin_s: float = 0.2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reserve_share = reserve_share
        self._clock = clock
        self._lock = threading.Lock()
        self._is_off = windows is None
        self._buckets = {
            name: _Bucket(window, share=1 - reserve_share, margin_s=margin_s)
            for name, window in (windows or {}).items()
        }
        self._day_closed_until = -math.inf

    @classmethod
    def off(cls) -> "Limits":
        """Return limits that never hold a call back and learn nothing, for tests and benchmarks."""
        return cls(None)

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
        with self._lock:
            now = self._clock()
            closed_s = self._day_closed_until - now
            if closed_s > 0:
                raise LaterError(
                    "limits: the calls of this day are used up to the reserve for other apps; "
                    "a later run goes on from here",
                    retry_after_s=closed_s,
                )
            return self._buckets[bucket].reserve(now, at_most_s)

    def observe(self, bucket: str, reading: LimitReading) -> None:
        """Follow what an answer says: its limit where lower than ours, and what others used."""
        if self._is_off:
            return
        with self._lock:
            now = self._clock()
            self._buckets[bucket].correct(now, reading)
            left, most = reading.daily_left, reading.daily_max
            if left is not None:
                is_spent = left <= (most or 0) * self._reserve_share
                self._day_closed_until = now + DAILY_RECHECK_S if is_spent else -math.inf

    def hold(self, bucket: str, seconds: float) -> None:
        """Let no further call of a bucket leave for this long: the CRM said that it is full."""
        if self._is_off:
            return
        with self._lock:
            self._buckets[bucket].hold(self._clock() + seconds)

    def close_day(self) -> None:
        """Let no call leave for a while: the CRM said that the calls of the day are used up."""
        if self._is_off:
            return
        with self._lock:
            self._day_closed_until = self._clock() + DAILY_RECHECK_S


class _Bucket:
    """One rolling window. Instants are handed out in rising order, in whole milliseconds."""

    def __init__(self, window: Window, *, share: float, margin_s: float) -> None:
        self._configured = window
        self._share = share
        self._margin_s = margin_s
        self._taken = InMemoryBucket([self._rate(window)])
        self._earliest_ms = 0  # no instant before this is handed out any more

    def reserve(self, now: float, at_most_s: float) -> float:
        """Take the next free instant; return the wait until then in seconds."""
        now_ms = self._leak(now)
        item = RateItem("ours", max(now_ms, self._earliest_ms))
        self._refuse_beyond(item, now, at_most_s)
        if not self._taken.put(item):
            item.timestamp += cast("int", self._taken.waiting(item))
            self._refuse_beyond(item, now, at_most_s)
            self._taken.put(item)
        self._earliest_ms = item.timestamp
        return max(0.0, item.timestamp / 1000 - now)

    def correct(self, now: float, reading: LimitReading) -> None:
        """Tighten the window to the CRM's, and count calls of others as if they were ours."""
        calls_max = reading.calls_max
        if calls_max is None:
            return
        own, seconds = self._configured, reading.window_s or self._configured.seconds
        calls = min(calls_max, math.floor(own.calls * seconds / own.seconds))
        rate = self._rate(Window(calls, seconds))
        self._taken.rates = [rate]
        if reading.calls_left is None:
            return
        now_ms = self._leak(now)
        room = rate.limit - self._taken.count()
        others = calls_max - reading.calls_left - self._taken.count()
        weight = min(others, room)
        if weight > 0:
            self._taken.put(RateItem("others", max(now_ms, self._earliest_ms), weight))

    def hold(self, until: float) -> None:
        """Hand out no instant before `until`."""
        self._earliest_ms = max(self._earliest_ms, math.ceil(until * 1000))

    def _rate(self, window: Window) -> Rate:
        calls = max(1, math.floor(window.calls * self._share))
        return Rate(calls, math.ceil((window.seconds + self._margin_s) * 1000))

    def _leak(self, now: float) -> int:
        """Forget what lies behind the window; return the present in milliseconds."""
        now_ms = math.ceil(now * 1000)
        self._taken.leak(now_ms)
        return now_ms

    @staticmethod
    def _refuse_beyond(item: RateItem, now: float, at_most_s: float) -> None:
        wait_s = item.timestamp / 1000 - now
        if wait_s > at_most_s:
            raise LaterError(
                f"limits: the next free call is {wait_s:.0f} s away; a later run goes on from here",
                retry_after_s=wait_s,
            )
