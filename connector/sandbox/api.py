"""The ASGI application that answers as HubSpot does, faults and limits included."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import NamedTuple
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from starlette.types import Receive, Scope, Send

from connector.sandbox.faults import Fault, Faults, faulty_answer
from connector.sandbox.gate import check_scopes, check_token
from connector.sandbox.instants import instant_text
from connector.sandbox.limits import Limits, Meter
from connector.sandbox.portal import Portal
from connector.sandbox.routes import Route, canonical, find_route, object_kind
from connector.sandbox.wire import (
    CORRELATION_ID,
    JSON_TYPE,
    Answer,
    ApiError,
    Reply,
    Request,
    Settings,
)

MAX_URL = 16_384
USAGE_PATH = "/account-info/V/api-usage/daily/private-apps"

Drop = Callable[[Scope], None]
JITTER_SEED = 2026


def _spare(_: Scope) -> None:
    """Do nothing to a connection: there is none."""


class Call(NamedTuple):
    """A call as it came in."""

    method: str
    path: str
    query: bytes
    authorization: str | None
    body: bytes


@dataclass
class Api:
    """HubSpot's API over one portal.

    Attributes:
        calls: calls that arrived, by `METHOD name` (`POST search`).
        calls_by_type: the same with the object type that they were about (`GET list deals`).
        drop: cuts the connection of a call at once.
        doom: lets the next call over the connection of this one be cut.
        jitter_s: what the way there and back can take together on top of the latency.
    """

    portal: Portal
    clock: Callable[[], datetime]
    token: str
    scopes: frozenset[str]
    limits: Limits | None
    latency_s: float
    settings: Settings
    drop: Drop
    doom: Drop = _spare
    jitter_s: float = 0
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    calls_by_type: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._meter = Meter(self.limits, time.monotonic)
        self._dice = Random(JITTER_SEED)  # noqa: S311 - a dice, no secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or do to it what a fault says."""
        call = await _read(scope, receive)
        fault = self.faults.next(f"{call.method} {call.path}")
        await _wait(self.latency_s + self._jitter())
        if fault is not None:
            await self._fail(fault, call, scope, send)
            return
        answer = self.answer(call)
        await _wait(self._jitter())
        await _send(send, answer)

    async def _fail(self, fault: Fault, call: Call, scope: Scope, send: Send) -> None:
        """Do to a call what a fault says."""
        if fault.hits == "before":
            await _wait(fault.delay_s)
            answer = self.answer(call) if fault.kind == "slow" else None
            if answer is None:
                self._count(call)
        else:
            answer = self.answer(call)
            await _wait(fault.delay_s)
        if fault.is_drop:
            if fault.hits == "during" and answer is not None:
                await _send_half(send, answer)
            self.drop(scope)
            await asyncio.sleep(0)  # lets the server see that the connection is gone
            return
        if fault.hits == "after":
            self.doom(scope)
        await _send(send, faulty_answer(fault, answer))

    def _jitter(self) -> float:
        """What one way takes more this time, in seconds: half the jitter at most."""
        return self._dice.uniform(0, self.jitter_s / 2) if self.jitter_s else 0.0

    def answer(self, call: Call) -> Answer:
        """Count a call, check it, do its work."""
        found = self._count(call)
        path, is_dated = canonical(call.path)
        bucket = found[0].bucket if found else "general"
        try:
            self._meter.arrive(bucket, self._local().date())
            check_token(call.authorization, self.token)
            _check_length(call)
            reply = self._reply(found, call, path, is_dated=is_dated)
        except ApiError as refused:
            reply = Reply(refused.status, refused.body)
        headers = {
            "X-HubSpot-Correlation-Id": CORRELATION_ID,
            **self._meter.headers(bucket),
        }
        if reply.payload is not None:
            headers["Content-Type"] = JSON_TYPE
        return Answer(reply.status, reply.content(), headers)

    def _reply(
        self,
        found: tuple[Route, Mapping[str, str]] | None,
        call: Call,
        path: str,
        *,
        is_dated: bool,
    ) -> Reply:
        if path == USAGE_PATH and call.method == "GET":
            return self._usage()
        if found is None:
            raise ApiError(HTTPStatus.NOT_FOUND, "resource not found", category=None)
        route, parts = found
        check_scopes(route, parts, self.scopes)
        query: Mapping[str, Sequence[str]] = parse_qs(call.query.decode(), keep_blank_values=True)
        with self.portal.lock:
            reply = route.handler(
                self.portal,
                Request(
                    call.method, parts, query, call.body, self.clock(), is_dated, self.settings
                ),
            )
            # Written out under the lock: a payload holds the portal's own objects.
            return Reply(reply.status, None if reply.payload is None else reply.content())

    def _count(self, call: Call) -> tuple[Route, Mapping[str, str]] | None:
        found = find_route(call.method, canonical(call.path)[0])
        name = found[0].name if found else "unknown"
        self.calls[f"{call.method} {name}"] += 1
        kind = object_kind(found[1]) if found else None
        if kind is not None:
            self.calls_by_type[f"{call.method} {name} {kind.name}"] += 1
        return found

    def _local(self) -> datetime:
        return self.clock().astimezone(ZoneInfo(self.portal.timezone))

    def _midnight(self) -> datetime:
        """When the day of the account ends."""
        day = self._local().replace(hour=0, minute=0, second=0, microsecond=0)
        return (day + timedelta(days=1)).astimezone(UTC)

    def _usage(self) -> Reply:
        """Calls of the day, over all apps of the account."""
        limit = self.limits.daily if self.limits else Limits().daily
        return Reply(
            HTTPStatus.OK,
            {
                "results": [
                    {
                        "name": "private-apps-api-calls-daily",
                        "usageLimit": limit,
                        "currentUsage": self._meter.used_today,
                        "collectedAt": instant_text(self.clock()),
                        "fetchStatus": "SUCCESS",
                        "resetsAt": instant_text(self._midnight()),
                    }
                ]
            },
        )


def _check_length(call: Call) -> None:
    if len(call.path) + len(call.query) > MAX_URL:
        raise ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "URI Too Long", category=None)


async def _read(scope: Scope, receive: Receive) -> Call:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    authorization = next(
        (value.decode() for name, value in scope["headers"] if name == b"authorization"), None
    )
    return Call(scope["method"], scope["path"], scope["query_string"], authorization, body)


async def _wait(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


async def _send(send: Send, answer: Answer) -> None:
    await _send_head(send, answer)
    await send({"type": "http.response.body", "body": answer.content})


async def _send_half(send: Send, answer: Answer) -> None:
    """Send the head and half the body; an answer without a body has no half to send."""
    half = answer.content[: len(answer.content) // 2]
    if half:
        await _send_head(send, answer)
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def _send_head(send: Send, answer: Answer) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
