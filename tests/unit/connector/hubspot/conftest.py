"""A server on loopback that answers with what a test lays down, and the adapter that calls it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from connector.hubspot.adapter import HubSpotAdapter
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from mappings.fields import Fields

TOKEN = "pat-eu1-0000-secret-of-the-tests"
NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class Replay:
    """Answers, by method and path, given one after the other; the last one again and again."""

    answers: dict[tuple[str, str], list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    base_url: str = ""

    def lay(self, method: str, path: str, payload: Any, *, status: int = 200) -> None:
        """Answer a further request to this path with this."""
        self.answers.setdefault((method, path), []).append((status, payload))

    def bodies(self, path: str) -> list[Any]:
        """Bodies sent to a path, in order."""
        return [one.body for one in self.asked if one.path == path]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """Take the next answer that was laid down."""
        self.asked.append(asked)
        laid = self.answers.get((asked.method, asked.path))
        if not laid:
            return 404, {"status": "error", "category": "OBJECT_NOT_FOUND"}
        return laid.pop(0) if len(laid) > 1 else laid[0]


def _handler(replay: Replay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one piece: two wait 40 ms for each other

        def _reply(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), body)
            status, payload = replay.answer(asked)
            content = json.dumps(payload).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _reply  # noqa: N815 - the library's names

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def replay() -> Iterator[Replay]:
    replay = Replay()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(replay)) as server:
        server.daemon_threads = True
        replay.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield replay
        server.shutdown()
        thread.join()


def build(base_url: str, *, clock: Callable[[], datetime] = lambda: NOW, **extra: Any) -> Any:
    """Make an adapter; `extra` are settings, and arguments of the adapter by their names."""
    names = ("fields", "standing", "activities_since", "both_ends_from", "prefix")
    arguments = {name: extra.pop(name) for name in names if name in extra}
    settings = HubSpotSettings(
        kind="hubspot",
        base_url=base_url,
        limits=HubSpotLimits(enabled=False),
        **{"max_tries": 1, **extra},
    )
    defaults: dict[str, Any] = {
        "fields": Fields(),
        "prefix": "csk_",
        "standing": {"companies": ("is_top_relation", "relation_score")},
        "activities_since": None,
    }
    return HubSpotAdapter(
        settings, token=lambda: SecretStr(TOKEN), clock=clock, **(defaults | arguments)
    )


@pytest.fixture
def adapter(replay: Replay) -> Callable[..., HubSpotAdapter]:
    """Make an adapter that calls the replaying server."""
    return lambda **extra: build(replay.base_url, **extra)
