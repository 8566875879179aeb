"""From a response to an answer or an error. No text that is made here holds any of the body."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
import requests
from urllib3.exceptions import HTTPError

from connector.http.dialect import Dialect, ErrorDetail, Payload
from connector.http.redact import redact
from connector.http.retry import RETRIED_STATUSES, PassingError
from connector.ports import ConfigError, ConnectorError, LaterError, PermanentCrmError

NO_CONTENT = 204

_CHUNK_BYTES = 65_536
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)
_MAX_WORDS = 300  # of a CRM's message in ours


@dataclass(frozen=True, slots=True)
class Call:
    """What a message names: whose call of which kind to which path. Paths hold ids at most."""

    crm: str
    kind: str
    method: str
    path: str
    scope: str | None = None

    def says(self, found: str) -> str:
        """Return a message about this call."""
        return f"{self.crm}: {self.kind}, {self.method} {self.path}: {found}"


def read_body(
    response: requests.Response,
    call: Call,
    *,
    max_bytes: int,
    deadline: float,
    now: Callable[[], float],
) -> bytes:
    """Read the body as it comes, within a size after decompression and a time.

    Args:
        response: opened with `stream`, its body not yet read.
        call: what messages name.
        max_bytes: largest body after decompression.
        now: seconds from any fixed point.
        deadline: reading of `now` at which patience ends, however steadily the answer drips.

    Raises:
        PassingError: the connection broke, fell silent or dripped too long.
        PermanentCrmError: the answer is larger than `max_bytes`.
    """
    body = bytearray()
    try:
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise PermanentCrmError(
                    call.says(f"the answer is larger than {max_bytes} bytes; ask for less at once"),
                    status=response.status_code,
                )
            if now() > deadline:
                raise PassingError(call.says("the answer took too long to arrive"), reason="broken")
    except (HTTPError, OSError) as error:
        found = f"the answer broke off ({type(error).__name__})"
        raise PassingError(call.says(found), reason="broken") from None
    return bytes(body)


def read_payload(response: requests.Response, body: bytes, call: Call) -> Payload:
    """Return the JSON object in a body.

    Raises:
        PassingError: the body is no JSON, or says that it is something else: it broke off, or
            is the page of a proxy.
        PermanentCrmError: the body is JSON, but no object.
    """
    if response.status_code == NO_CONTENT:
        return {}
    if not _JSON_TYPE.match(response.headers.get("Content-Type", "")):
        found = f"{response.status_code} whose content is not JSON"
        raise PassingError(call.says(found), reason="not JSON")
    try:
        payload = _parsed(body)
    except (ValueError, RecursionError):
        found = f"{response.status_code} with malformed JSON"
        raise PassingError(call.says(found), reason="not JSON") from None
    if not isinstance(payload, dict):
        raise PermanentCrmError(
            call.says(f"{response.status_code} with JSON that is not an object"),
            status=response.status_code,
        )
    return payload


def _parsed(body: bytes) -> object:
    """What JSON holds; a text with half a surrogate pair, which orjson refuses, is read as well.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def error_of(
    status: int, headers: Mapping[str, str], payload: Payload, call: Call, dialect: Dialect
) -> ConnectorError:
    """Return the error for a status that is not 2xx: what is not known to pass is permanent."""
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        found = f"{status}: redirects are refused, so that the token stays here; check base_url"
        return PermanentCrmError(call.says(found), status=status)
    detail = dialect.explain(status, payload)
    message = call.says(f"{status}{_words(detail)}{_advice(status, detail, call)}")
    if status == requests.codes.unauthorized:
        return ConfigError(message)
    if status in RETRIED_STATUSES:
        wait_s = _sane(dialect.wait_of(status, headers, payload))
        if detail.is_daily:
            return LaterError(message, retry_after_s=wait_s)
        return PassingError(message, reason=str(status), retry_after_s=wait_s)
    return PermanentCrmError(message, status=status, missing_scopes=detail.missing_scopes)


def _words(detail: ErrorDetail) -> str:
    text = redact(" ".join(detail.message.split()))[:_MAX_WORDS]
    policy = f"limit {detail.policy} reached" if detail.policy else ""
    reference = f"(correlation id {detail.correlation_id})" if detail.correlation_id else ""
    return "".join(f" {part}" for part in (policy, text, reference) if part)


def _advice(status: int, detail: ErrorDetail, call: Call) -> str:
    if status == requests.codes.unauthorized:
        return ": the token is not accepted. Renew it, then run `toprelatie check`"
    if status != requests.codes.forbidden:
        return ""
    if detail.missing_scopes:
        names = ", ".join(detail.missing_scopes)
        return f": missing scope {names}. Grant it, then run `toprelatie check`"
    return f": this may need scope {call.scope}" if call.scope else ""


def _sane(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
