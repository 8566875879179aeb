"""Faults on demand: what goes wrong between a client and HubSpot, for so many calls of a route."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Lock
from typing import Literal, get_args

from connector.sandbox.wire import CORRELATION_ID, Json

FaultKind = Literal[
    "429", "500", "502", "401", "423", "477", "drop_before", "drop_after", "truncated", "slow"
]
"""A status, or: connection dropped before or after the work, half an answer, a late one."""

KINDS: tuple[str, ...] = get_args(FaultKind)
HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to come.

    Attributes:
        route: glob on "METHOD path" as the client sends it (`POST */batch/update`).
        count: how many calls it hits.
        after: how many matching calls go well before.
        retry_after_s: wait that a 429 or 477 names; None names none.
        delay_s: how late a slow answer is.
    """

    kind: FaultKind
    route: str = "*"
    count: int = 1
    after: int = 0
    retry_after_s: int | None = None
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"sandbox: {self.kind!r} is no fault; use one of {', '.join(KINDS)}")


class Faults:
    """The faults that are still to come; safe to change while the server runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[list[int]] = []
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault; it comes after those that were added before it for the same route."""
        with self._lock:
            self._faults.append(fault)
            self._pending.append([fault.after, fault.count])

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._faults.clear()
            self._pending.clear()

    def left(self) -> int:
        """How many calls are still to be hit."""
        with self._lock:
            return sum(left for _, left in self._pending)

    def next(self, route: str) -> Fault | None:
        """Fault that hits this call, if any: the first that matches, counted down."""
        with self._lock:
            for fault, left in zip(self._faults, self._pending, strict=True):
                if left[1] > 0 and fnmatchcase(route, fault.route):
                    if left[0] > 0:
                        left[0] -= 1
                        return None
                    left[1] -= 1
                    return fault
        return None


def fault_body(fault: Fault) -> Json:
    """Error body of a fault that is a status."""
    words: dict[str, Json] = {
        "429": {
            "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT",
            "policyName": "TEN_SECONDLY_ROLLING",
        },
        "500": {"message": "internal error"},
        "401": {
            "message": "The OAuth token used to make this call expired 1 second(s) ago.",
            "category": "EXPIRED_AUTHENTICATION",
        },
        "423": {"message": "The record is locked", "category": "LOCKED"},
        "477": {"message": "The account is being migrated", "category": "MIGRATION_IN_PROGRESS"},
    }
    return {"status": "error", "correlationId": CORRELATION_ID} | words[fault.kind]
