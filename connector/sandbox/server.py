"""The look-alike as a server on loopback, in a thread of its own."""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import ClassVar, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
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
        clock: the instant at which a call happens; dates what it writes. Any instant will do.
        scopes: what the token may do.
        limits: None switches the rate limits off; they run on real time, whatever `clock` says.
        latency_s: time that every API call takes at least.
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
        )
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
        is_api = scope["path"].startswith(API_ROOTS)
        await (self._api if is_api else self._pages)(scope, receive, send)


class _Connection(H11Protocol):
    """A connection that can be cut without an answer."""

    _open: ClassVar[dict[tuple[str, int] | None, "_Connection"]] = {}  # by the client's address

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._open[self.client] = self

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._open.pop(self.client, None)

    @classmethod
    def drop(cls, scope: Scope) -> None:
        """Cut the connection that a call came over."""
        cls._open[tuple(scope["client"])].transport.abort()


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
        timeout_keep_alive=75,
    )


def _company_pages(portal: Portal, clock: Callable[[], datetime]) -> list[BaseRoute]:
    from connector.sandbox.company_page import routes  # noqa: PLC0415 - the API needs no pages

    return list(routes(portal, clock))
