"""Targets of sellers from a CRM's texts, the same for every CRM (spec 5.4)."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.record import (
    OWNER,
)
from connector.values import (
    RecordError,
    Values,
    to_decimal,
    to_instant,
    to_text,
)
from kpis.records import Goal

ASSIGNEE = "hs_assignee_user_id"
"""The CRM may name the seller by the id of the user instead of that of the owner."""

AMOUNT = "hs_target_amount"
STARTS = "hs_start_datetime"
ENDS = "hs_end_datetime"
TYPE = "hs_goal_type"

GOAL_PROPERTIES = (OWNER, ASSIGNEE, AMOUNT, STARTS, ENDS, TYPE)
"""Properties of the CRM that a goal is built from."""


def to_goal(
    external_id: str, values: Values, *, seller: str | None, zone: ZoneInfo | None
) -> Goal | None:
    """Goal from the CRM's properties; None when it lacks seller, amount or one of its two dates.

    A goal that starts at midnight UTC is kept in days and not in instants: its days are those of
    the account's zone (None: the CRM does not tell, and the instants stand).

    Raises:
        RecordError: amount or date cannot be read.
    """
    amount = _read(AMOUNT, values, to_decimal)
    starts_at = _read(STARTS, values, to_instant)
    ends_at = _read(ENDS, values, to_instant)
    if seller is None or amount is None or starts_at is None or ends_at is None:
        return None
    if zone is not None and starts_at.time() == time():
        starts_at, ends_at = _in(zone, starts_at), _in(zone, ends_at)
    return Goal(external_id, seller, starts_at, ends_at, amount, to_text(values.get(TYPE)))


T = TypeVar("T")


def _read(name: str, values: Values, parser: Callable[[str | None], T]) -> T:
    try:
        return parser(values.get(name))
    except RecordError as error:
        raise RecordError(f"{name} {error}") from None


def _in(zone: ZoneInfo, at: datetime) -> datetime:
    """The instant at which clocks of the zone show what clocks in UTC show at the one given."""
    return at.replace(tzinfo=zone).astimezone(UTC)


def seller_of(values: Values, owners: Collection[str], by_user: Mapping[str, str]) -> str | None:
    """Owner id of whom a goal is for; None when it is for nobody, such as one of a team.

    Args:
        values: the goal's properties.
        owners: ids of all owners.
        by_user: owner id by user id.
    """
    owner = to_text(values.get(OWNER))
    if owner is None:
        return by_user.get(to_text(values.get(ASSIGNEE)) or "")
    return owner if owner in owners else by_user.get(owner, owner)


def is_by_user(values: Values, owners: Collection[str]) -> bool:
    """Whether it takes the ids of users to tell whom a goal is for."""
    owner = to_text(values.get(OWNER))
    return bool(to_text(values.get(ASSIGNEE))) if owner is None else owner not in owners


def zone_of(name: str | None) -> ZoneInfo | None:
    """Time zone by its IANA name; None when there is none of that name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
