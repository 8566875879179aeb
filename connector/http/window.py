"""One rolling window of calls. Instants are handed out in rising order, in whole milliseconds.

pyrate-limiter keeps the window. Its `Limiter` is left out: it starts a thread that lives on, and
sleeps where no stop can reach it. Its bucket alone does neither and takes a new rate at any time.
Its buckets for several processes are left out too: the one in SQLite counts by the time of day and
not by the instants that we hand out ahead, the one of multiprocessing needs a common parent.
"""

import math
from dataclasses import dataclass, field
from typing import Annotated, cast

from pydantic import ConfigDict, Field
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from connector.http.dialect import LimitReading
from connector.ports import LaterError

HORIZON_S = 3600.0
"""No instant further ahead is handed out or believed, and no bucket is held for longer."""

Milliseconds = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` in any stretch of `seconds`, an hour at the longest.

    Attributes:
        is_even: calls leave one by one, evenly. In a window as short as the way of a call is long
            a burst could arrive together with the one after it.
    """

    calls: int
    seconds: float
    is_even: bool = False


@dataclass(slots=True)
class BucketState:
    """What one process tells the others of a bucket.

    Attributes:
        taken: instants handed out, rising, in milliseconds of the machine's monotonic clock.
        earliest_ms: no instant before this is handed out any more.
        crm_calls: calls that the CRM last said it allows per window; None while it did not.
        crm_window_s: length of its window.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    taken: list[Milliseconds] = field(default_factory=list)
    earliest_ms: Milliseconds = 0
    crm_calls: Annotated[int, Field(ge=0)] | None = None
    crm_window_s: Annotated[float, Field(gt=0, le=HORIZON_S)] | None = None

    def is_within(self, end_ms: int) -> bool:
        """Whether nothing in it lies after `end_ms`."""
        return max(self.taken, default=0) <= end_ms and self.earliest_ms <= end_ms


class Bucket:
    """One rolling window of the CRM and the part of it that is ours.

    Args:
        window: the limit that was set.
        share: part of the limit that we may use, 0-1.
        margin_s: how much longer than the CRM's our window is.
    """

    def __init__(self, window: Window, *, share: float, margin_s: float) -> None:
        self._configured = window
        self._share = share
        self._margin_s = margin_s
        self._crm: Window | None = None
        self._taken = InMemoryBucket([self._rate()])
        self._earliest_ms = 0

    @property
    def state(self) -> BucketState:
        """What other processes must know to go on from here."""
        crm = self._crm
        return BucketState(
            taken=[item.timestamp for item in self._taken.items],
            earliest_ms=self._earliest_ms,
            crm_calls=None if crm is None else crm.calls,
            crm_window_s=None if crm is None else crm.seconds,
        )

    @state.setter
    def state(self, state: BucketState) -> None:
        self._taken.items = [RateItem("", instant) for instant in sorted(state.taken)]
        self._earliest_ms = state.earliest_ms
        if state.crm_calls is not None and state.crm_window_s is not None:
            self._follow(Window(state.crm_calls, state.crm_window_s))

    def reserve(self, now: float, at_most_s: float) -> float:
        """Take the next free instant; return the wait until then in seconds.

        Raises:
            LaterError: that is further off than `at_most_s`; nothing is taken.
        """
        item = RateItem("", max(self._leak(now), self._earliest_ms))
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
        seconds = reading.window_s or self._configured.seconds
        if seconds > HORIZON_S:
            return  # no limit of any CRM; it would lock us out
        self._follow(Window(calls_max, seconds))
        if reading.calls_left is None:
            return
        now_ms = self._leak(now)
        ours = self._taken.count()
        weight = min(calls_max - reading.calls_left, self._taken.rates[0].limit) - ours
        if weight > 0:
            instant = max(now_ms, self._earliest_ms)
            self._taken.put(RateItem("", instant, weight))

    def hold(self, until: float) -> None:
        """Hand out no instant before `until`."""
        self._earliest_ms = max(self._earliest_ms, math.ceil(until * 1000))

    def hold_window(self, now: float) -> None:
        """Hand out no instant within a window from now: who called before is not known."""
        self.hold(now + self._taken.rates[0].interval / 1000)

    def _follow(self, crm: Window) -> None:
        if crm != self._crm:
            self._crm = crm
            self._taken.rates = [self._rate()]

    def _rate(self) -> Rate:
        """Return the tighter of the two limits in the window of the CRM, less the reserve."""
        own, window = self._configured, self._crm or self._configured
        if own.is_even:
            least_s = window.seconds / (window.calls * self._share)
            spacing_s = max(least_s, (window.seconds + self._margin_s) / window.calls)
            return Rate(1, math.ceil(spacing_s * 1000))
        calls = min(window.calls, math.floor(own.calls * window.seconds / own.seconds))
        usable = max(1, math.floor(calls * self._share))
        return Rate(usable, math.ceil((window.seconds + self._margin_s) * 1000))

    def _leak(self, now: float) -> int:
        """Forget what lies behind the window; return the present in milliseconds."""
        now_ms = math.floor(now * 1000)
        self._taken.leak(now_ms)
        return now_ms

    @staticmethod
    def _refuse_beyond(item: RateItem, now: float, at_most_s: float) -> None:
        wait_s = item.timestamp / 1000 - now
        if wait_s > min(at_most_s, HORIZON_S):
            raise LaterError(
                f"limits: the next free call is {wait_s:.0f} s away", retry_after_s=wait_s
            )
