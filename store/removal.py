"""Records that no longer exist in the CRM leave the mirror with all that hangs on them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from store.row import to_ms
from store.statement import delete_by_ids, matches
from store.table import (
    LINKS,
    OBJECT_TYPES,
    OUTBOX,
    PENDING,
    SPLITS,
    VERSIONS,
    PulledType,
    record_table,
)


def key_of(object_type: PulledType, account: str) -> dict[str, str]:
    """Values of the key columns that records of one type share."""
    if "activity_type" in record_table(object_type).c:
        return {"account": account, "activity_type": object_type}
    return {"account": account}


def remove(
    connection: Connection, account: str, object_type: PulledType, ids: Collection[str]
) -> int:
    """Delete records with their links, versions, splits and pending work; returns how many."""
    if not ids:
        return 0
    own = {"account": account, "object_type": object_type}
    for table in (VERSIONS, PENDING, OUTBOX):
        delete_by_ids(connection, table, "external_id", ids, **own)
    for to_type in OBJECT_TYPES:  # named one by one, so that the key finds them
        kind = {"account": account, "from_type": object_type, "to_type": to_type}
        delete_by_ids(connection, LINKS, "from_id", ids, **kind)
    delete_by_ids(connection, LINKS, "to_id", ids, account=account, to_type=object_type)
    if object_type == "deals":
        delete_by_ids(connection, SPLITS, "deal_id", ids, account=account)
    table, key = record_table(object_type), key_of(object_type, account)
    return delete_by_ids(connection, table, "external_id", ids, **key)


def sweep(
    connection: Connection, account: str, object_type: PulledType, *, seen_before: datetime
) -> int:
    """Remove the records that no pull has delivered since; returns how many."""
    table = record_table(object_type)
    statement = select(table.c.external_id).where(
        matches(table, **key_of(object_type, account)), table.c.seen_at < to_ms(seen_before)
    )
    return remove(connection, account, object_type, connection.scalars(statement).all())
