"""The calls of the day: how many may still leave before the share of other apps is touched."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from connector.http.dialect import LimitReading
from connector.ports import LaterError

DAILY_RECHECK_S = 900.0
"""So often one call asks about a spent day: only an answer tells that a new day began.

Midnight of the account brings the question forward, no more: the CRM's own clock decides.
"""

UNCERTAIN = 50
"""An answer that tells of so many more calls than were counted here is not yet news.

Calls that are on their way stand in no answer yet, and some that were counted never left.
"""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(slots=True)
class DayState:
    """What one process tells the others of the day.

    Attributes:
        left: calls that may still leave, the reserve taken off; None while nothing was said.
        recheck_at: with none left, when one call may ask again, in seconds of the monotonic clock.
        ends_at: when the day ends, in seconds of that clock; None when not known.
        ends: the same for people.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    left: int | None = None
    recheck_at: Seconds = 0.0
    ends_at: Seconds | None = None
    ends: Annotated[str, Field(max_length=100)] = ""


class Day:
    """The calls of one day of the account.

    Args:
        reserve_share: part of the day that is left to others, 0-1.
    """

    def __init__(self, *, reserve_share: float) -> None:
        self._reserve_share = reserve_share
        self.zone: ZoneInfo | None = None
        self.state = DayState()

    def check(self, now: float) -> None:
        """Let a call pass while the day has calls left; of a spent day one per recheck.

        Raises:
            LaterError: the calls of the day are spent.
        """
        left = self.state.left
        if left is not None and left <= 0 and now < self.state.recheck_at:
            raise self.refusal(now)

    def spend(self, now: float) -> None:
        """Count a call that is about to leave."""
        left = self.state.left
        if left is None:
            return
        if left <= 0:  # it asks for all others, which wait for what it hears
            self.state.recheck_at = now + DAILY_RECHECK_S
        elif left == 1:
            self.close(now, at=None)
        else:
            self.state.left = left - 1

    def learn(self, now: float, reading: LimitReading, *, at: datetime | None) -> None:
        """Follow what an answer says of the day: that others called, that a new day began.

        Args:
            now: seconds of the monotonic clock.
            reading: what the answer says.
            at: the CRM's own time, aware.
        """
        if reading.daily_left is None:
            return
        told = math.floor(reading.daily_left - (reading.daily_max or 0) * self._reserve_share)
        counted = self.state.left
        left = told
        if counted is not None and told <= counted + UNCERTAIN:
            left = min(told, counted)
        if left > 0:
            self.state = DayState(left=left)
        else:
            self.close(now, at=at)

    def close(self, now: float, *, at: datetime | None) -> None:
        """Take the calls of the day for spent."""
        ends_at, ends = self._end(now, at)
        recheck_at = min(now + DAILY_RECHECK_S, math.inf if ends_at is None else ends_at)
        self.state = DayState(left=0, recheck_at=recheck_at, ends_at=ends_at, ends=ends)

    def _end(self, now: float, at: datetime | None) -> tuple[float | None, str]:
        """When the day ends, also in words: by zone and CRM's time, else what was told before."""
        if at is not None and self.zone is not None:
            midnight = _midnight_after(at, self.zone)
            ends = f"{midnight:%Y-%m-%d %H:%M} {self.zone.key}"
            return now + (midnight - at).total_seconds(), ends
        told = self.state
        if told.ends_at is not None and told.ends_at > now:
            return told.ends_at, told.ends
        return None, ""

    def refusal(self, now: float) -> LaterError:
        """Return what a call is told that may not leave any more."""
        state = self.state
        ends_at = state.recheck_at if state.ends_at is None else state.ends_at
        wait_s = max(0.0, ends_at - now)
        minutes = math.ceil(wait_s / 60)
        when = f"a new day begins at {state.ends}" if state.ends else f"ask again in {minutes} min"
        return LaterError(
            f"limits: the calls of this day are used up to the reserve for other apps: {when}",
            retry_after_s=wait_s,
        )


def _midnight_after(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the next midnight of a zone; where clocks skip it, the moment that takes its place."""
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC).astimezone(zone)
