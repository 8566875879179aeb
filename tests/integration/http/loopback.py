"""A small real server on loopback that misbehaves as it is told."""

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext

JSON = b'{"results": []}'


class Handler(BaseHTTPRequestHandler):
    """Answers each path by the deed that the server has for it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.bodies.append(body)
            self.server.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
            self.server.arrivals.append(time.monotonic())
            self.server.paths.append(self.path)
            self.server.peers.add(self.client_address[1])
            deeds = self.server.deeds
            deed = deeds.pop(0) if len(deeds) > 1 else deeds[0]
        deed(self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        pass

    def begin(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()

    def leave(self) -> None:
        self.close_connection = True


Deed = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, deeds: list[Deed]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.deeds = deeds
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.arrivals: list[float] = []
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.tokens: list[str] = []
        self.peers: set[int] = set()
        self.base_url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what is tested here."""


@contextmanager
def serving(*deeds: Deed, tls: SSLContext | None = None) -> Iterator[Server]:
    """Serve: the deeds one after the other, the last of them for ever."""
    server = Server(list(deeds))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.base_url = server.base_url.replace("http:", "https:")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answers(handler: Handler) -> None:
    handler.begin(Content_Length=str(len(JSON)))
    handler.wfile.write(JSON)


def takes_only(token: str) -> Deed:
    def deed(handler: Handler) -> None:
        if handler.headers["Authorization"] == f"Bearer {token}":
            answers(handler)
        else:
            handler.begin(401, Content_Length="2")
            handler.wfile.write(b"{}")

    return deed


def is_empty(handler: Handler) -> None:
    handler.begin(Content_Length="0")


def is_no_json(handler: Handler) -> None:
    handler.begin(Content_Length="5")
    handler.wfile.write(b"<html")


def drops(handler: Handler) -> None:
    handler.leave()


def truncates(handler: Handler) -> None:
    handler.begin(Content_Length=str(len(JSON) + 100))
    handler.wfile.write(JSON)
    handler.leave()


def truncates_a_chunk(handler: Handler) -> None:
    handler.begin(Transfer_Encoding="chunked")
    handler.wfile.write(b"f\r\n" + JSON[:5])
    handler.leave()


def is_silent(handler: Handler) -> None:
    handler.server.ended.wait(10)
    handler.leave()


def drips(handler: Handler) -> None:
    handler.begin(Content_Length="100000")
    while not handler.server.ended.wait(0.02):
        handler.wfile.write(b" ")


def never_ends(handler: Handler) -> None:
    handler.begin(Transfer_Encoding="chunked")
    block = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    while not handler.server.ended.is_set():
        handler.wfile.write(block)


def sends_a_bomb(handler: Handler) -> None:
    packer = zlib.compressobj(wbits=31)
    body = b"".join(packer.compress(b" " * 100_000) for _ in range(500)) + packer.flush()
    handler.begin(Content_Encoding="gzip", Content_Length=str(len(body)))
    handler.wfile.write(body)


def sends_gzip(handler: Handler) -> None:
    body = gzip.compress(JSON)
    handler.begin(Content_Encoding="gzip", Content_Length=str(len(body)))
    handler.wfile.write(body)


def sends_broken_gzip(handler: Handler) -> None:
    handler.begin(Content_Encoding="gzip", Content_Length=str(len(JSON)))
    handler.wfile.write(JSON)


def redirects_to(url: str) -> Deed:
    def deed(handler: Handler) -> None:
        handler.begin(302, Location=url, Content_Length="0")

    return deed
