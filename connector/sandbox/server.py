"""The look-alike as a server on loopback, in a thread of its own."""

import asyncio
import gc
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import ClassVar, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from connector.sandbox.api import Api
from connector.sandbox.control import control_routes
from connector.sandbox.faults import Faults
from connector.sandbox.gate import DEFAULT_SCOPES
from connector.sandbox.limits import Limits
from connector.sandbox.portal import Portal
from connector.sandbox.wire import Settings

HOST = "127.0.0.1"
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but this look-alike
HUBSPOT_LIMITS = Limits()
API_ROOTS = ("/crm/", "/account-info/", "/settings/", "/deal-splits/", "/calling/")


def real_time() -> datetime:
    """What the machine's clock says."""
    return datetime.fromtimestamp(time.time(), UTC)


class Sandbox:
    """Serves a portal over HTTP from entering the context until leaving it.

    Args:
        port: 0 takes any free one.
        clock: the instant at which a call happens; dates what it writes, and its answer. Any
            instant will do.
        scopes: what the token may do.
        limits: None switches the rate limits off; they run on real time, whatever `clock` says.
        latency_s: time that every API call takes at least.
        jitter_s: time that a call can take on top of that, half on its way there and half on the
            way back; the same from run to run. Calls then arrive in bunches, as they do in life.
        search_lag_s: age of the state that a search sees.
        link_page_size: links of one record in one answer.
        tolerates_dates: a date that is no midnight is normalised with a warning, not refused.
        routes: pages beside the API; None serves the company pages of the portal.
    """

    def __init__(
        self,
        portal: Portal,
        *,
        clock: Callable[[], datetime] = real_time,
        port: int = 0,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        token: str = TOKEN,
        limits: Limits | None = HUBSPOT_LIMITS,
        latency_s: float = 0,
        jitter_s: float = 0,
        search_lag_s: float = 0,
        link_page_size: int = 500,
        tolerates_dates: bool = False,
        routes: Sequence[BaseRoute] | None = None,
    ) -> None:
        self.portal = portal
        self.token = token
        self._api = Api(
            portal,
            clock,
            token,
            frozenset(scopes),
            limits,
            latency_s,
            Settings(search_lag_s, link_page_size, tolerates_dates),
            drop=_Connection.drop,
            doom=_Connection.doom,
            jitter_s=jitter_s,
        )
        self._clock = clock
        pages = _company_pages(portal, clock) if routes is None else list(routes)
        self._pages = Starlette(routes=[*control_routes(self._api), *pages])
        self._port = port
        self._exits = ExitStack()

    @property
    def faults(self) -> Faults:
        """Faults to come."""
        return self._api.faults

    @property
    def calls(self) -> Counter[str]:
        """Calls that arrived, by `METHOD name` (`POST search`)."""
        return self._api.calls

    @property
    def calls_by_type(self) -> Counter[str]:
        """Calls that arrived, by `METHOD name type` (`GET list deals`)."""
        return self._api.calls_by_type

    def revoke(self, *scopes: str) -> None:
        """Take these scopes from the token, from its next call on."""
        self._api.scopes -= frozenset(scopes)

    def grant(self, *scopes: str) -> None:
        """Give these scopes to the token, from its next call on."""
        self._api.scopes |= frozenset(scopes)

    @property
    def base_url(self) -> str:
        """Where it listens; the port is known once the context is entered."""
        return f"http://{HOST}:{self._port}"

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            # With its protocol named, asyncio sends at once; else each answer waits some 40 ms.
            listener = exits.enter_context(
                socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            )
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, self._port))
            listener.listen(128)  # from here on calls wait, so nobody needs to wait for the thread
            self._port = listener.getsockname()[1]
            server = uvicorn.Server(_configuration(self._app))
            thread = threading.Thread(
                target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
            )
            thread.start()
            # A large portal is made of millions of objects that stay: while it is served, the
            # collector need not walk them again and again, for a second at a time.
            gc.freeze()
            exits.callback(gc.unfreeze)
            exits.callback(thread.join)
            exits.callback(setattr, server, "should_exit", True)  # noqa: FBT003
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            """Let the account's own clock date the answer, as HubSpot's does."""
            if message["type"] == "http.response.start":
                date = format_datetime(self._clock().astimezone(UTC), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        is_api = scope["path"].startswith(API_ROOTS)
        await (self._api if is_api else self._pages)(scope, receive, send_dated)


class _Connection(H11Protocol):
    """A connection that can be cut without an answer, at once or at the next call over it."""

    _open: ClassVar[dict[tuple[str, int] | None, "_Connection"]] = {}  # by the client's address
    is_doomed = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._open[self.client] = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._open.pop(self.client, None)

    def data_received(self, data: bytes) -> None:
        if self.is_doomed:
            self.transport.abort()
            return
        super().data_received(data)

    @classmethod
    def doom(cls, scope: Scope) -> None:
        """Let the next call over the connection of this one be cut before it arrives."""
        connection = cls._open.get(tuple(scope["client"]))
        if connection is not None:  # the client may have left
            connection.is_doomed = True

    @classmethod
    def drop(cls, scope: Scope) -> None:
        """Cut the connection that a call came over."""
        connection = cls._open.get(tuple(scope["client"]))
        if connection is not None:
            connection.transport.abort()


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        loop="asyncio",
        http=_Connection,
        ws="none",
        lifespan="off",
        proxy_headers=False,
        log_config=None,
        access_log=False,
        date_header=False,
        timeout_keep_alive=75,
    )


def _company_pages(portal: Portal, clock: Callable[[], datetime]) -> list[BaseRoute]:
    from connector.sandbox.company_page import routes  # noqa: PLC0415 - the API needs no pages

    return list(routes(portal, clock))
