"""When to try again and how long to wait: the only file that knows tenacity, and that waits.

What is worth another try is a `TransientCrmError`, and nothing else: an unknown fault is permanent.
Every call that we send may be repeated: it reads, or sets a value that is the same the second time.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar, cast

from tenacity import Future, RetryCallState, Retrying, retry_if_exception, wait_random
from tenacity.wait import wait_random_exponential

from connector.ports import LaterError, TransientCrmError

RETRIED_STATUSES = frozenset({408, 423, 429, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Record lock, limit, account being moved, and faults on the CRM's side (its page on errors).

408 is any server's word for a request that came too slowly (RFC 9110, 15.5.9), and 520 and 522 are
the siblings of 521, 523 and 524 at the network that stands before the CRM.
"""

_T = TypeVar("_T")

_backoff = wait_random_exponential(multiplier=1, max=30)  # full jitter: 0 to 1, 2, 4 ... 30 s
_spread = wait_random(0, 0.5)  # threads that were told the same wait do not come back as one


class PassingError(TransientCrmError):
    """Worth another try within this call.

    Attributes:
        reason: what retries are counted by: a status, or what broke on the way.
    """

    def __init__(self, message: str, *, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.reason = reason


def reason_of(error: TransientCrmError) -> str:
    """What the retry after this fault is counted by."""
    return error.reason if isinstance(error, PassingError) else "other"


class Timer:
    """A clock and waits that end at once when the service is asked to stop.

    Args:
        stop: set by whoever ends the service; None for a timer that nobody stops.
        sleep: replaces the wait, for tests; the real one waits on `stop`.
        clock: seconds from any fixed point, never backwards.
    """

    def __init__(
        self,
        stop: threading.Event | None = None,
        *,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stop = stop or threading.Event()
        self._sleep = sleep or self._stop.wait
        self.now = clock

    def wait(self, seconds: float) -> None:
        """Wait; nothing to wait for returns at once.

        Raises:
            LaterError: the service was asked to stop, before or during the wait.
        """
        if seconds <= 0:
            return
        if not self._stop.is_set():
            self._sleep(seconds)
        if self._stop.is_set():
            raise LaterError("stopping: a wait was cut short; the next run goes on from here")


class Retry:
    """Repeat an attempt while it fails transiently, within a number of tries and a time.

    Args:
        tries: most attempts, the first included.
        total_s: no wait is begun that would end later than this after the first attempt began.
    """

    def __init__(self, timer: Timer, *, tries: int = 6, total_s: float = 120.0) -> None:
        self._timer = timer
        self._tries = tries
        self._total_s = total_s

    def run(
        self,
        attempt: Callable[[], _T],
        *,
        note: Callable[[TransientCrmError, float], object] = lambda _error, _wait_s: None,
    ) -> _T:
        """Return what the attempt returns.

        Args:
            attempt: done at least once.
            note: told of each fault that is tried again, with the wait in seconds before that.

        Raises:
            TransientCrmError: the last attempt's own, once tries or time are used up, or at once
                when the CRM asks for a wait that is longer than the time left.
            ConnectorError: whatever else the attempt raised, never tried again.
        """
        started = self._timer.now()

        def is_over(state: RetryCallState) -> bool:
            ends_after_s = self._timer.now() - started + state.upcoming_sleep
            return state.attempt_number >= self._tries or ends_after_s > self._total_s

        def tell(state: RetryCallState) -> None:
            note(_error_of(state), state.upcoming_sleep)

        retrying = Retrying(
            retry=retry_if_exception(_is_worth_a_try),
            wait=_wait_s,
            stop=is_over,
            sleep=self._timer.wait,
            before_sleep=tell,
            reraise=True,
        )
        return retrying(attempt)


def _is_worth_a_try(error: BaseException) -> bool:
    return isinstance(error, TransientCrmError) and not isinstance(error, LaterError)


def _wait_s(state: RetryCallState) -> float:
    """Return the CRM's own wait and a little more, else exponential with full jitter."""
    asked_s = _error_of(state).retry_after_s
    return _backoff(state) if asked_s is None else asked_s + _spread(state)


def _error_of(state: RetryCallState) -> TransientCrmError:
    """Return the fault: tenacity asks for waits and notes after a fault worth a try alone."""
    outcome = cast("Future", state.outcome)
    return cast("TransientCrmError", outcome.exception())
