"""Faults on demand: what goes wrong between a client and HubSpot, when, and for how many calls.

Bodies and statuses: HubSpot's pages on error handling and on usage limits, and Cloudflare's, which
stands before HubSpot and answers with a page where HubSpot does not answer at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from threading import Lock
from typing import Literal, get_args

from connector.sandbox.wire import CORRELATION_ID, JSON_TYPE, Answer, Json, json_text

FaultKind = Literal[
    "429",
    "500",
    "502",
    "401",
    "423",
    "477",
    "drop_before",
    "drop_after",
    "truncated",
    "slow",
    "429_secondly",
    "429_daily",
    "403",
    "503",
    "504",
    "524",
    "drop",
    "garbage",
    "empty",
]
"""A status (429 without more is the rolling limit of ten seconds), or:

drop: the connection is cut. drop_before and drop_after say the moment as well.
truncated: half a body, under a length of its own; what is there is no JSON.
garbage: 200 with a page that is no JSON.
empty: 200 without a body.
slow: late, and whole.
"""

Moment = Literal["before", "during", "after"]
"""When a fault hits.

before: instead of the work. Nothing is read or written; what a client sees is all there is.
during: the work is done, and the fault takes the place of the answer. An answer that is dropped
    breaks off half-way, its head and half its body sent.
after: the work is done, the fault takes the place of the answer, and the connection dies with it,
    though nothing says so: the next call over it is cut before it arrives. A drop sends no byte.
"""

KINDS: tuple[str, ...] = get_args(FaultKind)
MOMENTS: tuple[str, ...] = get_args(Moment)
_DROPS: Mapping[str, Moment] = {"drop_before": "before", "drop_after": "after"}
_SPOILED = frozenset({"truncated", "garbage", "empty"})
_HALF = b'{"results":[{"id":"1","properties":{"crea'
GARBAGE = "<html><head><title>Sign in</title></head><body>proxy</body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault to come.

    Attributes:
        route: glob on "METHOD path" as the client sends it (`POST */batch/update`).
        count: how many calls it hits.
        after: how many matching calls go well before.
        retry_after_s: wait in seconds that the status names; None names none.
        delay_s: how late it comes: before the work, or between the work and what is answered.
        moment: None is the kind's own: `during` where an answer is spoiled (truncated, garbage,
            empty), as the drops say, else `before`.
    """

    kind: FaultKind
    route: str = "*"
    count: int = 1
    after: int = 0
    retry_after_s: int | None = None
    delay_s: float = 0.0
    moment: Moment | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"sandbox: {self.kind!r} is no fault; use one of {', '.join(KINDS)}")
        if self.moment is not None and self.moment not in MOMENTS:
            known = ", ".join(MOMENTS)
            raise ValueError(f"sandbox: {self.moment!r} is no moment; use one of {known}")
        if self.moment is not None and self.kind in _DROPS:
            raise ValueError(f"sandbox: {self.kind} says its moment: use drop with a moment")

    @property
    def hits(self) -> Moment:
        """Moment at which it hits."""
        own: Moment = "during" if self.kind in _SPOILED else "before"
        return self.moment or _DROPS.get(self.kind, own)

    @property
    def is_drop(self) -> bool:
        """Whether the connection is cut."""
        return self.kind == "drop" or self.kind in _DROPS


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


def faulty_answer(fault: Fault, answer: Answer | None) -> Answer:
    """What a client gets under a fault that answers, from the answer to work that was done."""
    if fault.kind == "slow" and answer is not None:
        return answer
    if fault.kind in _SPOILED:
        return _spoiled(fault, answer)
    headers = {"Content-Type": JSON_TYPE}
    if fault.retry_after_s is not None:
        headers["Retry-After"] = str(fault.retry_after_s)
    status = int(fault.kind.partition("_")[0])
    if status in _PAGES:
        title = f"{status} {_PAGES[status]}"
        page = f"<html><head><title>{title}</title></head><body>cloudflare</body></html>"
        return Answer(status, page.encode(), headers | {"Content-Type": "text/html"})
    body = {"status": "error", "correlationId": CORRELATION_ID} | _BODIES[fault.kind]
    return Answer(status, json_text(body).encode(), headers)


def _spoiled(fault: Fault, answer: Answer | None) -> Answer:
    """An answer of which a client cannot make anything, whatever its status says."""
    status, content, headers = answer or Answer(200, _HALF * 2, {"Content-Type": JSON_TYPE})
    if fault.kind == "truncated":
        return Answer(status, content[: len(content) // 2], headers)
    if fault.kind == "empty":
        return Answer(HTTPStatus.OK, b"", headers)
    return Answer(HTTPStatus.OK, GARBAGE.encode(), {**headers, "Content-Type": "text/html"})


def _limit(policy: str, message: str) -> Json:
    return {"message": message, "errorType": "RATE_LIMIT", "policyName": policy}


_PAGES = {502: "Bad Gateway", 504: "Gateway Time-out", 524: "A timeout occurred"}
"""Statuses that Cloudflare answers with a page of its own."""

_BODIES: dict[str, Json] = {
    "429": _limit("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."),
    "429_secondly": _limit("SECONDLY", "You have reached your secondly limit."),
    "429_daily": _limit("DAILY", "You have reached your daily limit."),
    "500": {"message": "internal error"},
    "503": {"message": "Service unavailable"},
    "401": {
        "message": "The OAuth token used to make this call expired 1 second(s) ago.",
        "category": "EXPIRED_AUTHENTICATION",
    },
    "403": {
        "message": "This app hasn't been granted all required scopes to make this call.",
        "category": "MISSING_SCOPES",
        "errors": [
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": ["crm.objects.companies.read"]},
            }
        ],
    },
    "423": {"message": "The record is locked", "category": "LOCKED"},
    "477": {"message": "The account is being migrated", "category": "MIGRATION_IN_PROGRESS"},
}
