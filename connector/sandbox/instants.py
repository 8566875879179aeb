"""Instants as the CRM writes them: ISO 8601 in UTC, milliseconds only where there are any."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000


def to_ms(at: datetime) -> int:
    """Epoch milliseconds of an aware instant; what lies below a millisecond is cut off."""
    return (at - EPOCH) // MS


@lru_cache(maxsize=1_024)
def to_text(ms: int) -> str:
    """Text of an instant as the API gives it."""
    text = (EPOCH + ms * MS).isoformat(timespec="milliseconds")
    return text.replace(".000+00:00", "Z").replace("+00:00", "Z")


def instant_text(at: datetime) -> str:
    """Text of an aware instant as the API gives it."""
    return to_text(to_ms(at))


def read_ms(text: str) -> int:
    """Epoch milliseconds of a value: digits are milliseconds already, else ISO 8601 (UTC if bare).

    Raises:
        ValueError: the text is neither.
    """
    if text.removeprefix("-").isdigit():
        return int(text)
    at = datetime.fromisoformat(text)
    return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
