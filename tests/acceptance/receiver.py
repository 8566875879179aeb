"""A webhook's other end on loopback: what was posted, and what it answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/services/T000/secret-path"
"""The part of the address that nobody may learn."""


class Receiver(ThreadingHTTPServer):
    """Takes what is posted, unless `status` says otherwise."""

    block_on_close = True
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.location = ""
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"

    @property
    def said(self) -> list[tuple[str, str]]:
        """State and cause of each message that was taken."""
        return [(one["state"], one["cause"]) for one in self.heard]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 200 and self.path == PATH:
            self.server.heard.append(json.loads(body))
            self.server.headers.append(dict(self.headers))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen until the end of the block."""
    with Receiver() as receiver:
        thread = threading.Thread(
            target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, name="receiver"
        )
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
