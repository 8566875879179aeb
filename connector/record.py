"""Records out of a CRM's properties, the same for every CRM (`connector.values` reads the values).

What cannot be read raises `RecordError` with the name of the field and never the value.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar, cast

from connector.values import (
    NO_WORDS,
    RecordError,
    Values,
    to_count,
    to_day,
    to_decimal,
    to_flag,
    to_instant,
    to_instant_or_day,
    to_options,
    to_text,
)
from kpis.records import NO_VALUES, Activity, Company, Contact, Deal
from kpis.vocabulary import ActivityType
from mappings.fields import CompanyFields, ContactFields, DealFields, FieldGroup, Fields

T = TypeVar("T")
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

_REACHABILITY = frozenset({"email", "phone", "mobile_phone", "bounced", "left"})
"""Fields of a contact of which only what follows from them is kept."""


def picker(targets: Sequence[str]) -> Callable[[Values], Sequence[str | None]]:
    """Return what picks these properties in their order; None for one that is not there."""
    if len(targets) < 2:  # noqa: PLR2004 - of one, itemgetter gives no sequence
        return lambda values: [values.get(target) for target in targets]
    at_once = itemgetter(*targets)

    def pick(values: Values) -> Sequence[str | None]:
        try:
            return cast("Sequence[str | None]", at_once(values))
        except KeyError:
            return [values.get(target) for target in targets]

    return pick


def _reader(group: FieldGroup) -> Callable[[Values], dict[str, Any]]:
    """Return what reads the mapped fields of one group; made once, for there are many records."""
    plan = [
        (name, target, _PARSERS.get(name, to_text))
        for name, target in group
        if target is not None and not (isinstance(group, ContactFields) and name in _REACHABILITY)
    ]
    if _has_assigned(group):
        plan.append(("owner_assigned_at", OWNER_ASSIGNED, to_instant))

    names, parsers = [name for name, _, _ in plan], [parser for _, _, parser in plan]
    texts_of = picker([target for _, target, _ in plan])

    def read(values: Values) -> dict[str, Any]:
        found: dict[str, Any] = {}
        name = ""
        try:
            for name, parser, text in zip(names, parsers, texts_of(values), strict=True):
                if text is not None:
                    found[name] = parser(text)
        except RecordError as error:
            raise RecordError(f"field {name} {error}") from None
        return found

    return read


def properties_in_use(group: FieldGroup) -> frozenset[str]:
    """Properties of the CRM that records of this object are built from."""
    targets = {target for _, target in group if target is not None}
    return frozenset(targets | ({OWNER_ASSIGNED} if _has_assigned(group) else set()))


def _has_assigned(group: FieldGroup) -> bool:
    return getattr(group, "owner", None) == OWNER


def _parsed(name: str, parser: Parser, text: str) -> Any:  # noqa: ANN401 - what the field holds
    try:
        return parser(text)
    except RecordError as error:
        raise RecordError(f"field {name} {error}") from None


@lru_cache(maxsize=16)
def company_reader(fields: CompanyFields) -> Callable[..., Company]:
    """Return what makes companies of ids, modified times, properties and standing values of ours.

    It raises `RecordError` when a field cannot be read.
    """
    return _maker(Company, fields)


@lru_cache(maxsize=16)
def deal_reader(fields: DealFields) -> Callable[..., Deal]:
    """Return what makes deals; see `company_reader`."""
    return _maker(Deal, fields)


def _maker(record_class: Callable[..., T], fields: FieldGroup) -> Callable[..., T]:
    """Return what makes records that are read field by field and nothing else."""
    read = _reader(fields)

    def make(
        external_id: str,
        modified_at: datetime,
        values: Values,
        standing: Mapping[str, str] = NO_VALUES,
    ) -> T:
        return record_class(external_id, modified_at, standing=standing, **read(values))

    return make


@lru_cache(maxsize=16)
def contact_reader(fields: ContactFields) -> Callable[..., Contact]:
    """Return what makes contacts; of addresses and numbers only their use is kept.

    See `company_reader`.
    """
    read = _reader(fields)

    def value(values: Values, target: str | None) -> str:
        return ((values.get(target) if target else None) or "").strip()

    def to_contact(
        external_id: str,
        modified_at: datetime,
        values: Values,
        standing: Mapping[str, str] = NO_VALUES,
    ) -> Contact:
        email = value(values, fields.email)
        return Contact(
            external_id,
            modified_at,
            has_email="@" in email and "." in email,
            is_bounced=_is_set(value(values, fields.bounced)),
            phone_digits=max(
                sum(map(str.isdigit, value(values, target)))
                for target in (fields.phone, fields.mobile_phone)
            ),
            has_left=_is_set(value(values, fields.left)),
            standing=standing,
            **read(values),
        )

    return to_contact


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
    return company_reader(fields)(external_id, modified_at, values, standing)


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
    return deal_reader(fields)(external_id, modified_at, values, standing)


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
    return contact_reader(fields)(external_id, modified_at, values, standing)


def _is_set(text: str) -> bool:
    """Whether a mark is there: any word but a no."""
    return bool(text) and text.casefold() not in NO_WORDS


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
