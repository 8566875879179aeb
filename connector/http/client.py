"""The HTTP client: one call in, one answer or one error of the port out.

It knows no CRM. What a CRM's headers and fault bodies mean comes in as a `Dialect`.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

import requests
import structlog
from pydantic import SecretStr

from connector.http.answer import Call, error_of, read_body, read_payload
from connector.http.dialect import Answer, Dialect, LimitReading, Payload
from connector.http.limits import Limits
from connector.http.retry import PassingError, Retry, Timer, reason_of
from connector.http.session import Connections, Credential, date_of
from connector.http.settings import HttpSettings, checked_base_url
from connector.ports import (
    ConfigError,
    ConnectorError,
    LaterError,
    PermanentCrmError,
    TransientCrmError,
)

log = structlog.get_logger(__name__)

_LATE_S = 0.1
"""Who leaves so long after the instant that was taken would fall into another window."""


@dataclass(frozen=True, slots=True)
class _Request:
    call: Call
    bucket: str
    params: Mapping[str, str | int] | None
    body: Payload | None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    payload: Payload


class HttpClient:
    """Calls one account of a CRM; safe to share between threads.

    Args:
        crm: name of the CRM in messages and logs.
        token: reads the token anew each time it is asked: at the first call and after a 401, since
            the file that holds it may have been replaced. May raise `ConfigError`.
        limits: held to before each attempt, corrected by each answer.
        dialect: how this CRM words waits, faults and limits.
        stop: set to end every wait at once, so that the service ends politely.
        sleep: replaces waiting, for tests.
        clock: seconds from any fixed point, never backwards.

    Raises:
        ConfigError: the base URL is not one that a token may be sent to.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        crm: str,
        token: Callable[[], SecretStr],
        limits: Limits,
        dialect: Dialect,
        stop: threading.Event | None = None,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._crm = crm
        self._base_url = checked_base_url(crm, settings.base_url)
        self._credential = Credential(crm, token, tell=self._share_limits)
        self._limits = limits
        self._dialect = dialect
        self._timer = Timer(stop, sleep=sleep, clock=clock)
        self._retry = Retry(self._timer, tries=settings.tries, total_s=settings.total_s)
        self._connections = Connections(self._base_url, settings)
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._retries: Counter[str] = Counter()
        self._throttled = 0
        self._server_time: datetime | None = None
        self._readings: dict[str, LimitReading] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections, now and not when the last reference to them goes."""
        self._connections.close()

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests sent so far by kind, repeated ones included."""
        with self._lock:
            return dict(self._calls)

    @property
    def throttled(self) -> int:
        """How often the CRM answered 429: a fault of ours, since the limits are known."""
        with self._lock:
            return self._throttled

    @property
    def retries(self) -> Mapping[str, int]:
        """How often a call was sent again so far, by reason: a status, or what broke on the way."""
        with self._lock:
            return dict(self._retries)

    @property
    def server_time(self) -> datetime | None:
        """The CRM's clock in its last answer, aware in UTC; None before it told any."""
        return self._server_time

    @property
    def readings(self) -> Mapping[str, LimitReading]:
        """What the last answer that told of the limits said, by bucket."""
        with self._lock:
            return dict(self._readings)

    def call(
        self,
        method: str,
        path: str,
        *,
        kind: str,
        bucket: str = "general",
        params: Mapping[str, str | int] | None = None,
        body: Payload | None = None,
        scope: str | None = None,
    ) -> Answer:
        """Send a request and return its answer; try again where that can help.

        A request may reach the CRM more than once, so send only what may be done twice: reads, and
        writes that set a value.

        Args:
            method: GET, POST, PATCH, ...
            path: from the base URL on, beginning with a slash; goes into messages, so ids at most.
            kind: what this call is counted and spoken of as (`list`, `search`, `batch_read`, ...).
            bucket: which of the limits it falls under.
            params: the query; the client never puts it into a message.
            body: sent as JSON.
            scope: permission that the call needs, for the message when it is not allowed.

        Raises:
            ConfigError: the token is not accepted, nor is the one read again; or the certificate
                cannot be trusted.
            TransientCrmError: tries or time are used up, the CRM asked for a longer wait, the
                calls of the day are spent, or the service is stopping.
            PermanentCrmError: no retry helps.
        """
        if not path.startswith("/"):
            raise ValueError(f"a path begins with a slash, unlike {path!r}")
        call = Call(crm=self._crm, kind=kind, method=method, path=path, scope=scope)
        request = _Request(call, bucket, params, body)

        def note(error: TransientCrmError, wait_s: float) -> None:
            with self._lock:
                self._retries[reason_of(error)] += 1
            log.warning(
                "http.retry", crm=self._crm, kind=kind, found=str(error), wait_s=round(wait_s, 3)
            )

        try:
            return self._retry.run(lambda: self._attempt(request), note=note)
        except PassingError as error:  # what retries are counted by is of no use outside
            raise TransientCrmError(str(error), retry_after_s=error.retry_after_s) from None

    def _share_limits(self, token: SecretStr) -> None:
        """Keep to the limits together with every process that has the same token."""
        self._limits.belong_to(self._base_url, token.get_secret_value())

    def _attempt(self, request: _Request) -> Answer:
        """Send once, or twice when the token had to be read again."""
        token = self._credential.current()
        reply = self._send(request, token)
        if reply.status == requests.codes.unauthorized:
            reply = self._send(request, self._credential.renewed(token))
        if _is_success(reply.status):
            return Answer(reply.status, reply.payload)
        raise self._fault(request, reply)

    def _send(self, request: _Request, token: SecretStr) -> _Reply:
        """Wait for the limits' leave, send, read the answer, and let the limits learn of it."""
        self._queue(request.bucket)
        with self._lock:
            self._calls[request.call.kind] += 1
        deadline = self._timer.now() + self._settings.answer_timeout_s
        with self._open(request, token) as response:
            headers = response.headers
            at = date_of(headers)
            self._server_time = at or self._server_time
            reading = self._dialect.limits_of(headers)
            if reading is not None:
                self._limits.observe(request.bucket, reading, at=at)
                with self._lock:
                    self._readings[request.bucket] = reading
            payload = self._read(response, request.call, deadline)
        return _Reply(response.status_code, headers, payload)

    def _queue(self, bucket: str) -> None:
        """Wait for an instant of our own; one that was slept through is left for another."""
        late_s = math.inf
        while late_s > _LATE_S:
            wait_s = self._limits.reserve(bucket, at_most_s=self._settings.total_s)
            due = self._timer.now() + wait_s
            self._timer.wait(wait_s)
            late_s = self._timer.now() - due

    def _open(self, request: _Request, token: SecretStr) -> requests.Response:
        """Send, and return the answer with its body unread."""
        call = request.call
        try:
            return self._connections.send(
                call.method, call.path, params=request.params, body=request.body, token=token
            )
        except OSError as error:
            raise _unreached(error, call, urlsplit(self._base_url).netloc) from None

    def _read(self, response: requests.Response, call: Call, deadline: float) -> Payload:
        """Read the answer; of a fault only what can be read, since its status says enough."""
        try:
            body = read_body(
                response,
                call,
                max_bytes=self._settings.max_answer_bytes,
                deadline=deadline,
                now=self._timer.now,
            )
            return read_payload(response, body, call)
        except (TransientCrmError, PermanentCrmError):
            if _is_success(response.status_code):
                raise
            return {}

    def _fault(self, request: _Request, reply: _Reply) -> ConnectorError:
        """Return the error for a reply that is no success; tell the limits when they were hit."""
        error = error_of(reply.status, reply.headers, reply.payload, request.call, self._dialect)
        if reply.status == requests.codes.too_many_requests:
            with self._lock:
                self._throttled += 1
            if isinstance(error, LaterError):
                told = self._limits.close_day(date_of(reply.headers))
                return LaterError(f"{error}: {told}", retry_after_s=told.retry_after_s)
            if isinstance(error, TransientCrmError) and error.retry_after_s is not None:
                self._limits.hold(request.bucket, error.retry_after_s)
        return error


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - the class of successes, 207 among them


def _unreached(error: OSError, call: Call, host: str) -> ConnectorError:
    """Return the error for a request that got no answer. What requests says may hold the query."""
    found = f"no answer ({type(error).__name__})"
    if not isinstance(error, requests.RequestException):
        return ConfigError(call.says("no bundle of certificates; check REQUESTS_CA_BUNDLE"))
    if isinstance(error, requests.exceptions.SSLError) and _is_distrust(error):
        return ConfigError(
            call.says("the certificate cannot be trusted; check base_url and REQUESTS_CA_BUNDLE")
        )
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return PassingError(
            call.says(f"{found} from {host}: check base_url and the way there"), reason="no answer"
        )
    return PermanentCrmError(call.says(found))


def _is_distrust(error: requests.exceptions.SSLError) -> bool:
    """Whether it is about certificates, the CRM's or those of the bundle, and not about the way."""
    return any(word in str(error) for word in ("CERTIFICATE_VERIFY", "[X509"))
