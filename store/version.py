"""Versions of field values: from the CRM's history, else from when the mirror first saw them.

A version holds a value in the CRM's words. Of texts only a digest is kept: the method needs to
know when they changed, not what they said.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    false,
    func,
    or_,
    select,
    tuple_,
)

from kpis.records import Company, Contact, Options, ValueChange
from kpis.vocabulary import ActivityType, ObjectType
from store.bulk import delete_keys, read_values, upsert_values
from store.inventory import read_modified
from store.link import clear_pending
from store.row import Row, Values, content_names, digest, to_ms, to_text
from store.statement import matches, names_of
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
    record_table,
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


def version_of(field: str, stored: str | None) -> str | None:
    """Version of a field that holds this in its column."""
    if stored is None:
        return None
    if field in TEXTS:
        return digest(stored)
    if field in _OPTIONS:
        return None if stored == "[]" else ";".join(json.loads(stored))
    return stored


def versions_of(object_type: PulledType, row: Row) -> dict[str, str | None]:
    """Present version of each tracked field of a row."""
    return {field: version_of(field, row[field]) for field in TRACKED.get(object_type, ())}


_PLACES: Final = {
    kind: [(field, content_names(record_table(kind)).index(field)) for field in tracked]
    for kind, tracked in TRACKED.items()
}
"""Where the tracked fields stand in the content of a record."""


def new_versions(
    object_type: PulledType, content: Values, stood: Values | None
) -> list[tuple[str, str | None]]:
    """Tracked fields whose version is not the one that stood, with that of now."""
    found = []
    for field, place in _PLACES.get(object_type, ()):
        stored, before = content[place], None if stood is None else stood[place]
        if stored != before:
            version = version_of(field, stored)
            if version != version_of(field, before):
                found.append((field, version))
    return found


def save_seen(connection: Connection, account: str, versions: Sequence[Values]) -> None:
    """Add versions that the mirror sees for the first time.

    Each is object type, id, field, instant in milliseconds and value.
    """
    rows = [(account, *version, 1, 1, 0) for version in versions]
    upsert_values(connection, VERSIONS, names_of(VERSIONS), rows, seen_only=True)


def save_history(
    connection: Connection,
    account: str,
    object_type: ObjectType,
    external_ids: Collection[str],
    changes: Sequence[ValueChange],
    *,
    fields: Collection[str] = (),
    modified: Mapping[str, datetime] | None = None,
) -> bool:
    """Add what the CRM knows, drop what was only seen of the same fields, clear the pending work.

    `fields` are those that the CRM was asked for; where it knew nothing, the seen version stays and
    is marked, so that it is not asked again. Returns whether a version differs from what stood.

    The past and the record itself arrive in two answers, between which somebody may have changed
    the record; its last version must be the value that the mirror holds. So a record that is not
    any more as it was when the CRM was asked (`modified`) keeps its work for another time, and
    versions later than the record are left to come with it.
    """
    own, ids = {"account": account, "object_type": object_type}, set(external_ids)
    at = read_modified(connection, account, object_type, ids)
    if modified is not None:
        ids = {one for one in ids if at.get(one) == modified.get(one)}
    names = names_of(VERSIONS)
    told = [
        _row(account, object_type, one)
        for one in changes
        if one.external_id in ids and not _is_later(one, at.get(one.external_id))
    ]
    rows = {row[:_KEY]: row for row in told}
    found = read_values(connection, VERSIONS, names, column="external_id", ids=ids, **own)
    stood = {row[:_KEY]: row for row in found}
    covered = {key[:-1] for key in rows}
    seen = {key: row for key, row in stood.items() if row[_IS_SEEN]}
    dropped = [key for key in seen if key[:-1] in covered]
    new = [row for key, row in rows.items() if stood.get(key) != row]
    delete_keys(connection, VERSIONS, dropped)
    upsert_values(connection, VERSIONS, names, new)
    asked = [
        (*row[:-1], 1)
        for key, row in seen.items()
        if key[:-1] not in covered and key[_FIELD] in fields and not row[-1]
    ]
    upsert_values(connection, VERSIONS, names, asked)
    clear_pending(connection, account, object_type, "history", ids)
    return bool(new or dropped)


def _is_later(change: ValueChange, modified_at: datetime | None) -> bool:
    """Whether a version is later than the record as the mirror holds it (None: not at all)."""
    return modified_at is not None and change.changed_at > modified_at + _SLACK


_KEY: Final = len(VERSIONS.primary_key)
_FIELD: Final = names_of(VERSIONS).index("field")
_IS_SEEN: Final = names_of(VERSIONS).index("is_seen")

_SLACK: Final = timedelta(seconds=5)
"""A CRM may date a record a little earlier than the change of it that its history tells."""


def _row(account: str, object_type: ObjectType, change: ValueChange) -> Values:
    """Row of a version out of the CRM's history, its columns in their order."""
    value = change.value or None
    if value is not None:
        value = digest(value) if change.field in TEXTS else to_text(value)
    changed_at, is_by_person = to_ms(change.changed_at), int(change.is_by_person)
    own = (account, object_type, change.external_id, change.field, changed_at)
    return (*own, value, is_by_person, 0, 0)


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


def contacts_lacking_history(
    connection: Connection,
    account: str,
    *,
    fields: Collection[str],
    contacted_before: datetime,
    two_way: Mapping[ActivityType, Collection[str]],
    min_call_ms: int,
    now: datetime | None,
    after_id: str,
    limit: int,
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
        .where(person.account == account, person.external_id > after_id)
        .where(or_(person.buying_role != "[]", person.job_title.is_not(None)))
        .where(is_owned, is_only_seen, ~touch.exists())
        .order_by(person.external_id)
        .limit(limit)
    )
    return [
        (row.external_id, tuple(json.loads(row.buying_role or "[]")), row.job_title)
        for row in connection.execute(statement)
    ]
