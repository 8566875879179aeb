"""HubSpot's rate limits: counted when a call arrives, told in headers, refused with a 429."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Literal

from connector.sandbox.wire import ApiError

Bucket = Literal["general", "associations", "search"]
TEN_SECONDS = 10.0
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account may call.

    Attributes:
        ten_secondly: calls per rolling ten seconds, per app.
        associations: the same for association batches, which have a budget of their own.
        search_per_second: searches per rolling second; no header tells of it.
        daily: calls per day of the account's own time zone; all calls count.
        daily_used: calls that other apps of the account have made today already.
    """

    ten_secondly: int = 190
    associations: int = 150
    search_per_second: int = 5
    daily: int = 625_000
    daily_used: int = 0


class Meter:
    """Counts the calls of one account.

    Args:
        timer: seconds from any fixed point, never backwards.
    """

    def __init__(self, limits: Limits | None, timer: Callable[[], float]) -> None:
        self._limits = limits
        self._timer = timer
        self._calls: dict[Bucket, deque[float]] = {
            "general": deque(),
            "associations": deque(),
            "search": deque(),
        }
        self._day: date | None = None
        self._today = 0

    @property
    def used_today(self) -> int:
        """Calls of the account today."""
        return self._today

    def arrive(self, bucket: Bucket, day: date) -> None:
        """Count one call.

        Raises:
            ApiError: a limit is reached; the refused call uses none of the window.
        """
        if day != self._day:
            self._day, self._today = day, self._limits.daily_used if self._limits else 0
        if self._limits is None:
            self._today += 1
            return
        if self._today >= self._limits.daily:
            raise _too_many("DAILY", "You have reached your daily limit.")
        self._today += 1
        most, window_s, policy, message = _terms(self._limits, bucket)
        calls = self._recent(bucket, window_s)
        if len(calls) >= most:
            raise _too_many(policy, message)
        calls.append(self._timer())

    def headers(self, bucket: Bucket) -> Mapping[str, str]:
        """What an answer tells about the limits; a search tells nothing."""
        if self._limits is None or bucket == "search":
            return {}
        most, window_s, _, _ = _terms(self._limits, bucket)
        left = max(0, most - len(self._recent(bucket, window_s)))
        daily_left = max(0, self._limits.daily - self._today)
        return {
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(window_s * 1000)),
            "X-HubSpot-RateLimit-Daily": str(self._limits.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(daily_left),
        }

    def _recent(self, bucket: Bucket, window_s: float) -> deque[float]:
        calls = self._calls[bucket]
        while calls and calls[0] <= self._timer() - window_s:
            calls.popleft()
        return calls


def _terms(limits: Limits, bucket: Bucket) -> tuple[int, float, str, str]:
    if bucket == "search":
        message = "You have reached your secondly limit."
        return limits.search_per_second, SECOND, "SECONDLY", message
    most = limits.associations if bucket == "associations" else limits.ten_secondly
    message = "You have reached your ten_secondly_rolling limit."
    return most, TEN_SECONDS, "TEN_SECONDLY_ROLLING", message


def _too_many(policy: str, message: str) -> ApiError:
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        message,
        category=None,
        errorType="RATE_LIMIT",
        policyName=policy,
        requestId="0d5e4f9a",
    )
