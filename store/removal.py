"""Records that no longer exist in the CRM leave the mirror with all that hangs on them."""

from collections.abc import Collection

from sqlalchemy import Connection

from store.bulk import delete_values
from store.table import (
    JOURNAL,
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
    """Delete records with links, versions, splits, values of ours and work; returns how many."""
    if not ids:
        return 0
    own = {"account": account, "object_type": object_type}
    for table in (VERSIONS, PENDING, OUTBOX, JOURNAL):
        delete_values(connection, table, column="external_id", ids=ids, **own)
    for to_type in OBJECT_TYPES:  # named one by one, so that the key finds them
        kind = {"account": account, "from_type": object_type, "to_type": to_type}
        delete_values(connection, LINKS, column="from_id", ids=ids, **kind)
    delete_values(connection, LINKS, column="to_id", ids=ids, account=account, to_type=object_type)
    if object_type == "deals":
        delete_values(connection, SPLITS, column="deal_id", ids=ids, account=account)
    table, key = record_table(object_type), key_of(object_type, account)
    return delete_values(connection, table, column="external_id", ids=ids, **key)
