"""Time of the soak: one clock for CRM and service, on which nobody has to wait."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Present moment, with whole milliseconds."""
        ...

    def tick(self) -> datetime:
        """Moment of an event: later than that of every event before it."""
        ...


class FakeClock:
    """Stands still until it is moved; each event takes some milliseconds.

    Args:
        skew_s: how far the clock of the service is ahead of that of the CRM.
    """

    def __init__(self, start: datetime, *, tick_ms: int = 40, skew_s: int = 0) -> None:
        self._lock = threading.Lock()
        self._ms = (start - EPOCH) // MS
        self._tick_ms = tick_ms
        self._skew = timedelta(seconds=skew_s)

    def now(self) -> datetime:
        """Present moment."""
        return EPOCH + self._ms * MS

    def own(self) -> datetime:
        """Present moment by the clock of the service."""
        return self.now() + self._skew

    def tick(self) -> datetime:
        """Moment of an event; no two events share one."""
        with self._lock:
            self._ms += self._tick_ms
            return EPOCH + self._ms * MS

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._ms += max(0, int(seconds * 1000))


class RealClock:
    """The machine's clock, as a service in a process of its own sees it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def now(self) -> datetime:
        """Present moment."""
        return EPOCH + int(time.time() * 1000) * MS

    def tick(self) -> datetime:
        """Moment of an event; no two events share one."""
        with self._lock:
            self._last = max(self._last + 1, int(time.time() * 1000))
            return EPOCH + self._last * MS


class Patience(threading.Event):
    """The stop signal of a service, whose waits end at once while the fake clock moves on."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        """Wait by the fake clock."""
        self._clock.advance(timeout or 0)
        return self.is_set()
