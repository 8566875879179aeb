"""How HubSpot words waits, limits and faults (reference: rate limits, error bodies).

Every field of an error body is optional, and its `message` may quote values out of records, so no
sentence of ours is built from it: category, codes, property names and scopes tell enough.
"""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

from connector.http.dialect import ErrorDetail, LimitReading, Payload

_POLICY_WAITS_S = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
_LOCK_WAIT_S = 2.0
_LIMIT_HEADERS = ("max", "remaining", "daily", "daily-remaining", "interval-milliseconds")

_LONGEST_NUMBER = 18  # no header of a limit is longer; beyond, a float counts no calls

TOO_MANY = 429
LOCKED = 423


class HubSpotDialect:
    """HubSpot's way of saying things."""

    def wait_of(self, status: int, headers: Mapping[str, str], payload: Payload) -> float | None:
        """Seconds to wait: the CRM's own where it names them, else those its policy means.

        Only status 477 promises a Retry-After; a full window of ten seconds is empty again after
        ten, one of a second after one, and a locked record wants two.
        """
        named = _retry_after(headers)
        if named is not None:
            return named
        if status == LOCKED:
            return _LOCK_WAIT_S
        return _POLICY_WAITS_S.get(_policy(payload) or "") if status == TOO_MANY else None

    def explain(self, status: int, payload: Payload) -> ErrorDetail:
        """Read the body of a fault."""
        policy = _policy(payload) if status == TOO_MANY else None
        correlation_id = payload.get("correlationId")
        return ErrorDetail(
            message=reason_of(payload),
            missing_scopes=missing_scopes_of(payload),
            correlation_id=correlation_id if isinstance(correlation_id, str) else None,
            policy=policy,
            is_daily=policy == "DAILY",
        )

    def limits_of(self, headers: Mapping[str, str]) -> LimitReading | None:
        """Read the limit headers; a search carries none, an OAuth token gets no daily ones."""
        told = {key.lower(): value for key, value in headers.items()}
        found = [_number(told.get(f"x-hubspot-ratelimit-{name}")) for name in _LIMIT_HEADERS]
        if all(number is None for number in found):
            return None
        most, left, daily, daily_left = (None if one is None else int(one) for one in found[:4])
        window_ms = found[4]
        return LimitReading(
            calls_max=most,
            calls_left=left,
            window_s=None if window_ms is None else window_ms / 1000,
            daily_max=daily,
            daily_left=daily_left,
        )


def reason_of(error: Payload) -> str:
    """Category, codes and property names of an error body, "" when it has none of them."""
    words = [_text(error.get("category")), _text(error.get("subCategory"))]
    for part in _parts(error):
        words.append(_text(part.get("code")))
        context = part.get("context")
        if isinstance(context, Mapping):
            words += [f"property {name}" for name in _texts(context.get("propertyName"))]
    return ", ".join(dict.fromkeys(word for word in words if word))


def missing_scopes_of(error: Payload) -> tuple[str, ...]:
    """Scopes that the CRM names as missing, each once."""
    scopes: list[str] = []
    for part in _parts(error):
        context = part.get("context")
        if isinstance(context, Mapping):
            scopes += _texts(context.get("requiredGranularScopes"))
            scopes += _texts(context.get("requiredScopes"))
    return tuple(dict.fromkeys(scopes))


def _parts(error: Payload) -> Iterator[Payload]:
    """Yield the error itself and the errors inside it."""
    yield error
    inner = error.get("errors")
    for part in inner if isinstance(inner, list) else ():
        if isinstance(part, dict):
            yield part


def _policy(payload: Payload) -> str | None:
    """Name of the limit that was reached; some bodies tell it in their message alone."""
    policy, message = payload.get("policyName"), _text(payload.get("message")).lower()
    if isinstance(policy, str):
        return policy
    if "daily limit" in message:
        return "DAILY"
    if "ten_secondly" in message or "ten secondly" in message:
        return "TEN_SECONDLY_ROLLING"
    return "SECONDLY" if "secondly limit" in message else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date, as the network before the CRM may say it, counts from its own."""
    told = {key.lower(): value for key, value in headers.items()}
    seconds = _number(told.get("retry-after"))
    if seconds is not None:
        return seconds
    try:
        until = parsedate_to_datetime(told["retry-after"])
        return max(0.0, (until - parsedate_to_datetime(told["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):  # absent, no date, one without its zone
        return None


def _number(text: str | None) -> float | None:
    """Value of a plain number that is not negative, else None."""
    if text is None or not text.strip().replace(".", "", 1).isdecimal():
        return None
    return float(text) if len(text) < _LONGEST_NUMBER else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]
