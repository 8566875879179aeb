"""From a CRM's texts to typed values and records, the same for every CRM.

A CRM gives every value as text or as nothing. Emptiness is None; what cannot be read raises
`RecordError` with the name of the field and never the value, for values are people's data.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from kpis.records import NO_VALUES, Activity, Company, Contact, Deal, Options
from kpis.vocabulary import ActivityType
from mappings.fields import CompanyFields, ContactFields, DealFields, FieldGroup, Fields

Values = Mapping[str, str | None]

BOUND = Decimal(10) ** 15
SIX_DECIMALS = Decimal("0.000001")
_NUMBER_LETTERS = frozenset("0123456789.-+")
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FARTHEST_DIGITS = 14  # of epoch milliseconds, up to the year 5138; more are no date but a mistake


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
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        raise RecordError("is no date") from None
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


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
    if word in _FALSE:
        return False
    raise RecordError("is neither true nor false")


Parser = Callable[[str | None], Any]

_PARSERS: Mapping[str, Parser] = {
    "employees": to_decimal,
    "annual_revenue": to_decimal,
    "cost_to_serve": to_decimal,
    "annual_category_spend": to_decimal,
    "annual_order_volume": to_decimal,
    "amount": to_decimal,
    "exchange_rate": to_decimal,
    "margin": to_decimal,
    "target_account": to_flag,
    "next_activity_on": to_instant_or_day,
    "closed_on": to_instant_or_day,
    "created_at": to_instant,
    "pains_options": to_options,
    "gains_options": to_options,
    "spend_categories": to_options,
    "buying_role": to_options,
    "phase_locked_until": to_day,
    "top_relation_override_until": to_day,
    "profile_confirmed_on": to_day,
}
"""How a field is read; every other one is text."""

OWNER = "hubspot_owner_id"
OWNER_ASSIGNED = "hubspot_owner_assigneddate"
"""The CRM keeps beside the owner since when the owner has the record."""

AUTOMATIC_SOURCES = frozenset(
    {"WORKFLOW", "WORKFLOWS", "AUTOMATION_PLATFORM", "CALCULATED", "INTERNAL_PROCESSING"}
)
"""Sources of a value behind which nobody stands: workflows and the CRM's own calculations."""

_REACHABILITY = frozenset({"email", "phone", "mobile_phone", "bounced", "left"})
"""Fields of a contact of which only what follows from them is kept."""


@lru_cache(maxsize=16)
def _plan(group: FieldGroup) -> tuple[tuple[str, str, Parser], ...]:
    """Field, property and parser of each mapped field."""
    return tuple(
        (name, target, _PARSERS.get(name, to_text))
        for name, target in group
        if target is not None and not (isinstance(group, ContactFields) and name in _REACHABILITY)
    )


def properties_in_use(group: FieldGroup) -> frozenset[str]:
    """Properties of the CRM that records of this object are built from."""
    targets = {target for _, target in group if target is not None}
    return frozenset(targets | ({OWNER_ASSIGNED} if _has_assigned(group) else set()))


def _has_assigned(group: FieldGroup) -> bool:
    return getattr(group, "owner", None) == OWNER


def _read(group: FieldGroup, values: Values) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, target, parser in _plan(group):
        text = values.get(target)
        if text is not None:
            read[name] = _parsed(name, parser, text)
    if _has_assigned(group) and (text := values.get(OWNER_ASSIGNED)):
        read["owner_assigned_at"] = _parsed("owner_assigned_at", to_instant, text)
    return read


def _parsed(name: str, parser: Parser, text: str) -> Any:  # noqa: ANN401 - what the field holds
    try:
        return parser(text)
    except RecordError as error:
        raise RecordError(f"field {name} {error}") from None


def to_company(
    external_id: str,
    modified_at: datetime,
    values: Values,
    fields: CompanyFields,
    standing: Mapping[str, str] = NO_VALUES,
) -> Company:
    """Company from the CRM's properties.

    Raises:
        RecordError: a field cannot be read.
    """
    return Company(external_id, modified_at, standing=standing, **_read(fields, values))


def to_deal(
    external_id: str,
    modified_at: datetime,
    values: Values,
    fields: DealFields,
    standing: Mapping[str, str] = NO_VALUES,
) -> Deal:
    """Deal from the CRM's properties.

    Raises:
        RecordError: a field cannot be read.
    """
    return Deal(external_id, modified_at, standing=standing, **_read(fields, values))


def to_contact(
    external_id: str,
    modified_at: datetime,
    values: Values,
    fields: ContactFields,
    standing: Mapping[str, str] = NO_VALUES,
) -> Contact:
    """Contact from the CRM's properties; of addresses and numbers only their use is kept.

    Raises:
        RecordError: a field cannot be read.
    """

    def value(target: str | None) -> str:
        return ((values.get(target) if target else None) or "").strip()

    email = value(fields.email)
    return Contact(
        external_id,
        modified_at,
        has_email="@" in email and "." in email,
        is_bounced=_is_set(value(fields.bounced)),
        phone_digits=max(
            sum(letter.isdigit() for letter in value(target))
            for target in (fields.phone, fields.mobile_phone)
        ),
        has_left=_is_set(value(fields.left)),
        standing=standing,
        **_read(fields, values),
    )


def _is_set(text: str) -> bool:
    """Whether a mark is there: any word but a no."""
    return bool(text) and text.casefold() not in _FALSE


_OUTCOMES: Mapping[ActivityType, str] = {
    "calls": "hs_call_disposition",
    "meetings": "hs_meeting_outcome",
    "emails": "hs_email_status",
    "tasks": "hs_task_status",
}
_DIRECTIONS: Mapping[ActivityType, str] = {
    "calls": "hs_call_direction",
    "emails": "hs_email_direction",
}


def activity_properties(activity_type: ActivityType, fields: Fields) -> frozenset[str]:
    """Properties of the CRM that activities of this type are built from."""
    names = {"hs_timestamp", "hs_createdate", OWNER}
    names |= {table[activity_type] for table in (_OUTCOMES, _DIRECTIONS) if activity_type in table}
    match activity_type:
        case "calls":
            names.add("hs_call_duration")
        case "meetings":
            names |= {"hs_meeting_start_time", "hs_meeting_end_time"}
        case "communications" if fields.message_direction:
            names.add(fields.message_direction)
        case _:
            pass
    return frozenset(names)


def to_activity(
    external_id: str,
    modified_at: datetime,
    values: Values,
    activity_type: ActivityType,
    fields: Fields,
) -> Activity:
    """Activity from the CRM's properties; its texts are never read.

    Raises:
        RecordError: a time or a duration cannot be read.
    """

    def read(name: str, target: str | None, parser: Parser) -> Any:  # noqa: ANN401 - see parser
        text = values.get(target) if target else None
        return _parsed(name, parser, text) if text else None

    direction = _DIRECTIONS.get(activity_type)
    if activity_type == "communications":
        direction = fields.message_direction
    started = read("started_at", "hs_meeting_start_time", to_instant)
    return Activity(
        external_id,
        activity_type,
        modified_at,
        occurred_at=started or read("occurred_at", "hs_timestamp", to_instant),
        created_at=read("created_at", "hs_createdate", to_instant),
        ended_at=read("ended_at", "hs_meeting_end_time", to_instant),
        owner=read("owner", OWNER, to_text),
        duration_ms=read("duration_ms", "hs_call_duration", to_count),
        outcome=read("outcome", _OUTCOMES.get(activity_type), to_text),
        direction=read("direction", direction, to_text),
    )
