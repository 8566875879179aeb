"""Links between records, shares of deals, and the lists of records whose links are to be read."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, literal, select

from kpis.records import Link, Split
from kpis.vocabulary import ObjectType
from store.bulk import delete_values, read_values
from store.removal import key_of
from store.row import to_number, to_options
from store.statement import insert_missing, matches, names_of, replace_values
from store.table import LINKS, PENDING, SPLITS, PulledType, record_table


def save_links(
    connection: Connection,
    account: str,
    from_type: PulledType,
    to_type: ObjectType,
    *,
    from_ids: Collection[str],
    links: Sequence[Link],
) -> bool:
    """Make these all links of the records to that type; returns whether any differs."""
    ids = set(from_ids)
    kind = {"account": account, "from_type": from_type, "to_type": to_type}
    wanted = (
        (*kind.values(), one.from_id, one.to_id, int(one.is_primary), to_options(one.labels))
        for one in links
        if one.from_id in ids
    )
    stood = read_values(connection, LINKS, names_of(LINKS), column="from_id", ids=ids, **kind)
    differs = replace_values(connection, LINKS, stood, wanted)
    clear_pending(connection, account, from_type, f"links:{to_type}", ids)
    return differs


def save_splits(
    connection: Connection, account: str, deal_ids: Collection[str], splits: Sequence[Split]
) -> bool:
    """Make these all splits of the deals; returns whether any differs."""
    ids, own = set(deal_ids), {"account": account}
    wanted = (
        (account, one.deal_id, one.owner, to_number(one.share))
        for one in splits
        if one.deal_id in ids
    )
    stood = read_values(connection, SPLITS, names_of(SPLITS), column="deal_id", ids=ids, **own)
    differs = replace_values(connection, SPLITS, stood, wanted)
    clear_pending(connection, account, "deals", "splits", ids)
    return differs


def clear_pending(
    connection: Connection, account: str, object_type: PulledType, work: str, ids: Collection[str]
) -> None:
    """Take records off the list of that work."""
    own = {"account": account, "object_type": object_type, "work": work}
    delete_values(connection, PENDING, column="external_id", ids=ids, **own)


def read_pending(
    connection: Connection, account: str, object_type: PulledType, work: str, *, limit: int
) -> list[str]:
    """Ids with that work left, in the order of their text."""
    own = {"account": account, "object_type": object_type, "work": work}
    statement = select(PENDING.c.external_id).where(matches(PENDING, **own))
    return list(connection.scalars(statement.order_by(PENDING.c.external_id).limit(limit)))


def mark_pending(
    connection: Connection, account: str, object_type: PulledType, works: Sequence[str]
) -> None:
    """Put all records of a type on the lists of that work."""
    table = record_table(object_type)
    for work in works:
        ids = select(
            literal(account), literal(object_type), literal(work), table.c.external_id
        ).where(matches(table, **key_of(object_type, account)))
        insert_missing(connection, PENDING, ids)
