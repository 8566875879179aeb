"""What this room must be told about one CRM, and nothing else: how it words waits and faults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Payload = dict[str, Any]
"""A JSON object as it arrived; the adapter's payload models check what stands in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was not a fault: status 2xx and a JSON object, {} where there was no body."""

    status: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """What the CRM says about a fault, fit to be shown: no value out of a record.

    Attributes:
        message: the fault in our words or the CRM's fixed ones; "" when it says nothing.
        missing_scopes: scopes that the CRM names as missing.
        correlation_id: what the CRM's support asks for.
        policy: name of the limit that was reached.
        is_daily: the limit is the one of the day, so no wait within this run can help.
    """

    message: str = ""
    missing_scopes: tuple[str, ...] = ()
    correlation_id: str | None = None
    policy: str | None = None
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class LimitReading:
    """How the CRM counts us, out of an answer's headers; None where it does not tell.

    Attributes:
        calls_max: calls allowed per window.
        calls_left: calls left in the present window.
        window_s: length of the window in seconds.
        daily_max: calls allowed per day.
        daily_left: calls left today.
    """

    calls_max: int | None = None
    calls_left: int | None = None
    window_s: float | None = None
    daily_max: int | None = None
    daily_left: int | None = None


class Dialect(Protocol):
    """One CRM's way of saying things. Header names are matched without regard to case.

    Every method takes whatever arrived, a malformed payload too, and never raises.
    """

    def wait_of(self, status: int, headers: Mapping[str, str], payload: Payload) -> float | None:
        """Seconds that the CRM asks us to wait after this fault; None when it does not say."""
        ...

    def explain(self, status: int, payload: Payload) -> ErrorDetail:
        """Read the body of a fault."""
        ...

    def limits_of(self, headers: Mapping[str, str]) -> LimitReading | None:
        """Read the limit headers of any answer; None when it carries none."""
        ...
