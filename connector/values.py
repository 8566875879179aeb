"""From a CRM's texts to typed values, the same for every CRM.

A CRM gives every value as text or as nothing. Emptiness is None; what cannot be read raises
`RecordError` with the name of the field and never the value, for values are people's data.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from kpis.records import Options

Values = Mapping[str, str | None]

BOUND = Decimal(10) ** 15
SIX_DECIMALS = Decimal("0.000001")
_NUMBER_LETTERS = frozenset("0123456789.-+")
_TRUE = frozenset({"true", "yes", "1"})
NO_WORDS = frozenset({"false", "no", "0"})
_PLAINLY_SMALL = 7  # letters
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FARTHEST_DIGITS = 14  # of epoch milliseconds, up to the year 5138; more are no date but a mistake

AUTOMATIC_SOURCES = frozenset(
    {"WORKFLOW", "WORKFLOWS", "AUTOMATION_PLATFORM", "CALCULATED", "INTERNAL_PROCESSING"}
)
"""Sources of a value behind which nobody stands: workflows and the CRM's own calculations."""


class RecordError(Exception):
    """This one record is unusable; the text names the field and what was expected."""


def to_text(text: str | None) -> str | None:
    """Text without outer blanks; None when nothing is left."""
    return (text.strip() or None) if text else None


def to_decimal(text: str | None) -> Decimal | None:
    """Plain number of digits, one sign and one point, rounded to 6 decimals.

    Raises:
        RecordError: thousands separators, exponents, lists, or 10**15 and beyond.
    """
    if text is None or not (plain := text.strip()):
        return None
    if not _NUMBER_LETTERS.issuperset(plain):
        raise RecordError("is not a plain number")
    try:
        number = Decimal(plain)
    except ArithmeticError:
        raise RecordError("is not a plain number") from None
    if len(plain) <= _PLAINLY_SMALL:  # neither too large nor too fine, as nearly all are
        return number
    exponent = number.as_tuple().exponent
    if abs(number) < BOUND and isinstance(exponent, int) and exponent < -6:  # noqa: PLR2004
        number = number.quantize(SIX_DECIMALS, rounding=ROUND_HALF_UP)
    if abs(number) >= BOUND:
        raise RecordError("is larger than any amount can be")
    return number


def to_count(text: str | None) -> int | None:
    """Whole number, cut off after the point."""
    number = to_decimal(text)
    return None if number is None else int(number)


def to_instant(text: str | None) -> datetime | None:
    """Aware instant in UTC with whole milliseconds, from ISO 8601 or epoch milliseconds.

    Raises:
        RecordError: neither of the two, or without a zone.
    """
    found = to_instant_or_day(text)
    if isinstance(found, datetime) or found is None:
        return found
    return datetime.combine(found, time(), tzinfo=UTC)


def to_instant_or_none(text: str | None) -> datetime | None:
    """Instant, or None when there is none to be read."""
    try:
        return to_instant(text)
    except RecordError:
        return None


def to_day(text: str | None) -> date | None:
    """Day of a date value, which the CRM keeps as midnight UTC.

    Raises:
        RecordError: no date.
    """
    found = to_instant_or_day(text)
    return found.date() if isinstance(found, datetime) else found


def to_instant_or_day(text: str | None) -> datetime | date | None:
    """Instant or day, whichever the text is written as; epoch milliseconds are an instant.

    Raises:
        RecordError: neither of the two, or an instant without a zone.
    """
    if text is None or not (plain := text.strip()):
        return None
    if plain.removeprefix("-").isdecimal() and len(plain) != 8:  # noqa: PLR2004 - 20260630 is a day
        return _from_epoch(plain)
    try:
        if len(plain) <= 10:  # noqa: PLR2004 - length of 2026-06-30
            return date.fromisoformat(plain)
        instant = datetime.fromisoformat(plain)
    except ValueError:
        raise RecordError("is no date") from None
    if instant.tzinfo is None:
        raise RecordError("is a moment without a time zone")
    if instant.tzinfo is not UTC:
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            raise RecordError("is no date") from None
    finer = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - finer) if finer else instant


def _from_epoch(digits: str) -> datetime:
    if len(digits) > _FARTHEST_DIGITS:
        raise RecordError("is no date")
    return _EPOCH + timedelta(milliseconds=int(digits))


def to_options(text: str | None) -> Options:
    """Values of a field that holds several, sorted and without repeats."""
    if not text:
        return ()
    return tuple(sorted({one.strip() for one in text.split(";")} - {""}))


def to_flag(text: str | None) -> bool | None:
    """Yes or no.

    Raises:
        RecordError: neither.
    """
    word = (text or "").strip().casefold()
    if not word:
        return None
    if word in _TRUE:
        return True
    if word in NO_WORDS:
        return False
    raise RecordError("is neither true nor false")
