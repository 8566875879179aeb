"""The ASGI application that answers as HubSpot does, faults and limits included."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from starlette.types import Receive, Scope, Send

from connector.sandbox.faults import HTML, Fault, Faults, fault_body
from connector.sandbox.gate import check_scopes, check_token
from connector.sandbox.instants import instant_text
from connector.sandbox.limits import Limits, Meter
from connector.sandbox.portal import Portal
from connector.sandbox.routes import Route, canonical, find_route, object_kind
from connector.sandbox.wire import (
    CORRELATION_ID,
    JSON_TYPE,
    ApiError,
    Reply,
    Request,
    Settings,
)

MAX_URL = 16_384
USAGE_PATH = "/account-info/V/api-usage/daily/private-apps"

Drop = Callable[[Scope], None]


class Answer(NamedTuple):
    """An answer as it goes out."""

    status: int
    content: bytes
    headers: Mapping[str, str]


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
        drop: ends the connection of a call without an answer.
    """

    portal: Portal
    clock: Callable[[], datetime]
    token: str
    scopes: frozenset[str]
    limits: Limits | None
    latency_s: float
    settings: Settings
    drop: Drop
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter)
    calls_by_type: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._meter = Meter(self.limits, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or do to it what a fault says."""
        call = await _read(scope, receive)
        fault = self.faults.next(f"{call.method} {call.path}")
        wait_s = self.latency_s + (fault.delay_s if fault else 0.0)
        if wait_s:
            await asyncio.sleep(wait_s)
        answer = self._under(fault, call)
        if answer is None:
            self.drop(scope)
            await asyncio.sleep(0)  # lets the server see that the connection is gone
            return
        await _send(send, answer)

    def _under(self, fault: Fault | None, call: Call) -> Answer | None:
        """Answer under a fault; None is no answer at all."""
        if fault is None or fault.kind == "slow":
            return self.answer(call)
        if fault.kind in {"drop_after", "truncated"}:
            answer = self.answer(call)
            half = answer.content[: len(answer.content) // 2]
            is_dropped = fault.kind == "drop_after"
            return None if is_dropped else Answer(answer.status, half, answer.headers)
        self._count(call)
        if fault.kind == "drop_before":
            return None
        headers = {"Content-Type": JSON_TYPE}
        if fault.retry_after_s is not None:
            headers["Retry-After"] = str(fault.retry_after_s)
        if fault.kind == "502":
            return Answer(502, HTML.encode(), headers | {"Content-Type": "text/html"})
        return Answer(int(fault.kind), json.dumps(fault_body(fault)).encode(), headers)

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
        found: tuple[Route, dict[str, str]] | None,
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

    def _count(self, call: Call) -> tuple[Route, dict[str, str]] | None:
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


async def _send(send: Send, answer: Answer) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(answer.content)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
