"""Versions of field values: from the CRM's history, else from when the mirror first saw them.

A version holds a value in the CRM's words. Of texts only a digest is kept: the method needs to
know when they changed, not what they said.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)

from kpis.records import Company, Contact, Options, ValueChange
from kpis.vocabulary import ActivityType, ObjectType
from store.link import clear_pending
from store.row import Row, digest, to_ms, to_text
from store.statement import chunks, matches, read_by_ids, upsert
from store.table import (
    ACTIVITIES,
    ACTIVITY_TYPES,
    COMPANIES,
    CONTACTS,
    DEALS,
    LINKS,
    VERSIONS,
    PulledType,
    content_fields,
    kinds,
)

TRACKED: Final[dict[PulledType, tuple[str, ...]]] = {
    "companies": (
        "phase_declared",
        "phase_locked_until",
        "lead_status",
        "top_relation_override",
        "top_relation_override_until",
        "owner",
        "profile_confirmed_on",
        "annual_category_spend",
        "annual_order_volume",
        "purchase_frequency",
        "spend_categories",
        "current_suppliers",
        "supplier_situation",
        "pains",
        "gains",
        "pains_options",
        "gains_options",
    ),
    "contacts": ("buying_role", "job_title", "pains", "gains"),
    "deals": ("stage", "owner", "pains", "gains"),
}
"""Fields of which it matters since when they hold their value (spec 0, freshness)."""

TEXTS: Final = frozenset({"current_suppliers", "pains", "gains"})

_OPTIONS: Final = frozenset(
    name
    for record_class in (Company, Contact)
    for name, annotation in content_fields(record_class).items()
    if Options in kinds(annotation)
)


def versions_of(object_type: PulledType, row: Row | None) -> dict[str, str | None]:
    """Present version of each tracked field of a row; all None when there is no row."""
    return {
        field: None if row is None else _value(field, row[field])
        for field in TRACKED.get(object_type, ())
    }


def _value(field: str, stored: str | None) -> str | None:
    if stored is None:
        return None
    if field in TEXTS:
        return digest(stored)
    if field in _OPTIONS:
        return ";".join(json.loads(stored)) or None
    return stored


def seen_versions(
    account: str, object_type: PulledType, row: Row, stood: Row | None, *, pulled_at: int
) -> list[Row]:
    """Versions that the mirror sees for the first time; a new deal's date from its creation."""
    before, now = versions_of(object_type, stood), versions_of(object_type, row)
    changed_at = pulled_at
    if stood is None and object_type == "deals":
        changed_at = min(row["created_at"] or pulled_at, pulled_at)
    return [
        {
            "account": account,
            "object_type": object_type,
            "external_id": row["external_id"],
            "field": field,
            "changed_at": changed_at,
            "value": value,
            "is_by_person": 1,
            "is_seen": 1,
            "was_asked": 0,
        }
        for field, value in now.items()
        if value != before[field]
    ]


def save_history(
    connection: Connection,
    account: str,
    object_type: ObjectType,
    external_ids: Collection[str],
    changes: Sequence[ValueChange],
    *,
    fields: Collection[str] = (),
) -> bool:
    """Add what the CRM knows, drop what was only seen of the same fields, clear the pending work.

    `fields` are those that the CRM was asked for; where it knew nothing, the seen version stays and
    is marked, so that it is not asked again. Returns whether a version differs from what stood.
    """
    own = {"account": account, "object_type": object_type}
    rows = {_identity(row): row for row in (_row(own, change) for change in changes)}
    stood = {
        _identity(row): row
        for row in read_by_ids(connection, VERSIONS, "external_id", set(external_ids), **own)
    }
    covered = {identity[:2] for identity in rows}
    seen = [key for key, row in stood.items() if row["is_seen"] and key[:2] in covered]
    new = [row for key, row in rows.items() if stood.get(key) != row]
    _drop(connection, own, seen)
    upsert(connection, VERSIONS, new)
    for chunk in chunks(external_ids) if fields else ():
        connection.execute(
            update(VERSIONS)
            .where(matches(VERSIONS, **own, is_seen=1))
            .where(VERSIONS.c.external_id.in_(chunk), VERSIONS.c.field.in_(fields))
            .values(was_asked=1)
        )
    clear_pending(connection, account, object_type, "history", external_ids)
    return bool(new or seen)


def companies_lacking_history(
    connection: Connection,
    account: str,
    *,
    lead_status: Collection[str],
    deciding_stages: Collection[tuple[str, str]],
    assigned_since: datetime,
) -> list[str]:
    """Ids of companies of which a rule needs a past that the CRM was not yet asked for."""
    table = COMPANIES
    own_links = matches(LINKS, account=account, from_type="deals", to_type="companies")
    decided_by_deal = (
        select(LINKS.c.to_id)
        .join(DEALS, and_(DEALS.c.account == account, DEALS.c.external_id == LINKS.c.from_id))
        .where(own_links, tuple_(DEALS.c.pipeline, DEALS.c.stage).in_(list(deciding_stages)))
    )
    unasked = select(VERSIONS.c.external_id).where(
        matches(VERSIONS, account=account, object_type="companies", is_seen=1, was_asked=0)
    )
    decides = and_(
        table.c.lead_status.in_(lead_status),
        table.c.phase_declared.is_(None),
        table.c.external_id.not_in(decided_by_deal),
        table.c.external_id.in_(unasked.where(VERSIONS.c.field == "lead_status")),
    )
    is_handed_over = and_(
        table.c.owner_assigned_at >= to_ms(assigned_since),
        table.c.external_id.in_(unasked.where(VERSIONS.c.field == "owner")),
    )
    statement = select(table.c.external_id).where(
        table.c.account == account, or_(decides, is_handed_over)
    )
    return list(connection.scalars(statement.order_by(table.c.external_id)))


def _is_two_way(
    two_way: Mapping[ActivityType, Collection[str]], min_call_ms: int
) -> ColumnElement[bool]:
    """Whether an activity is contact in both directions, by the words that say so (spec 2.5)."""
    row = ACTIVITIES.c
    told = {"meetings": row.outcome, "calls": row.outcome}
    is_too_short = and_(row.activity_type == "calls", row.duration_ms.between(1, min_call_ms - 1))
    said = [
        and_(row.activity_type == kind, told.get(kind, row.direction).in_(list(words)))
        for kind, words in two_way.items()
    ]
    return and_(or_(false(), *said), ~func.coalesce(is_too_short, false()))


def _identity(row: Row) -> tuple[str, str, int]:
    return row["external_id"], row["field"], row["changed_at"]


def _row(own: Row, change: ValueChange) -> Row:
    value = change.value or None
    if value is not None:
        value = digest(value) if change.field in TEXTS else to_text(value)
    return {
        **own,
        "external_id": change.external_id,
        "field": change.field,
        "changed_at": to_ms(change.changed_at),
        "value": value,
        "is_by_person": int(change.is_by_person),
        "is_seen": 0,
        "was_asked": 0,
    }


def _drop(connection: Connection, own: Row, identities: Sequence[tuple[str, str, int]]) -> None:
    columns = ("external_id", "field", "changed_at")
    statement = delete(VERSIONS).where(
        matches(VERSIONS, **own), *(VERSIONS.c[name] == bindparam(f"of_{name}") for name in columns)
    )
    rows = [
        {f"of_{name}": part for name, part in zip(columns, identity, strict=True)}
        for identity in identities
    ]
    if rows:
        connection.execute(statement, rows)


def contacts_lacking_history(
    connection: Connection,
    account: str,
    *,
    fields: Collection[str],
    contacted_before: datetime,
    two_way: Mapping[ActivityType, Collection[str]],
    min_call_ms: int,
    now: datetime | None,
) -> list[tuple[str, tuple[str, ...], str | None]]:
    """See `Store.read_contacts_lacking_history`."""
    person = CONTACTS.c
    is_owned = (
        select(LINKS.c.to_id)
        .join(
            COMPANIES,
            and_(COMPANIES.c.account == LINKS.c.account, COMPANIES.c.external_id == LINKS.c.to_id),
        )
        .where(matches(LINKS, account=account, from_type="contacts", to_type="companies"))
        .where(LINKS.c.from_id == person.external_id, COMPANIES.c.owner.is_not(None))
        .exists()
    )
    known = matches(VERSIONS, account=account, object_type="contacts")
    of_fields = and_(known, VERSIONS.c.field.in_(list(fields)))
    is_of_person = VERSIONS.c.external_id == person.external_id
    other = or_(VERSIONS.c.is_seen == 0, VERSIONS.c.was_asked == 1)
    is_only_seen = and_(
        select(VERSIONS.c.field).where(of_fields, is_of_person).exists(),
        ~select(VERSIONS.c.field).where(of_fields, is_of_person, other).exists(),
    )
    touch = (
        select(LINKS.c.from_id)
        .join(
            ACTIVITIES,
            and_(
                ACTIVITIES.c.account == LINKS.c.account,
                ACTIVITIES.c.activity_type == LINKS.c.from_type,
                ACTIVITIES.c.external_id == LINKS.c.from_id,
            ),
        )
        .where(matches(LINKS, account=account, to_type="contacts"))
        .where(LINKS.c.to_id == person.external_id, LINKS.c.from_type.in_(ACTIVITY_TYPES))
        .where(ACTIVITIES.c.occurred_at >= to_ms(contacted_before))
        .where(_is_two_way(two_way, min_call_ms))
    )
    if now is not None:
        touch = touch.where(ACTIVITIES.c.occurred_at <= to_ms(now))
    statement = (
        select(person.external_id, person.buying_role, person.job_title)
        .where(person.account == account)
        .where(or_(person.buying_role != "[]", person.job_title.is_not(None)))
        .where(is_owned, is_only_seen, ~touch.exists())
        .order_by(person.external_id)
    )
    return [
        (row.external_id, tuple(json.loads(row.buying_role or "[]")), row.job_title)
        for row in connection.execute(statement)
    ]
