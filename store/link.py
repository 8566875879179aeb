"""Links between records, shares of deals, and the lists of records whose links are to be read."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, literal, select

from kpis.records import Link, Split
from kpis.vocabulary import ObjectType
from store.removal import key_of
from store.row import Row, to_number, to_options
from store.statement import chunks, delete_by_ids, insert_missing, matches, replace
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
    kind = {"account": account, "from_type": from_type, "to_type": to_type}
    rows: dict[str, list[Row]] = defaultdict(list)
    for link in links:
        row = {
            "from_id": link.from_id,
            "to_id": link.to_id,
            "is_primary": int(link.is_primary),
            "labels": to_options(link.labels),
        }
        rows[link.from_id].append(kind | row)
    differs = False
    for chunk in chunks(from_ids):
        where = [matches(LINKS, **kind), LINKS.c.from_id.in_(chunk)]
        wanted = [row for from_id in chunk for row in rows[from_id]]
        differs |= replace(connection, LINKS, where, wanted)
    clear_pending(connection, account, from_type, f"links:{to_type}", from_ids)
    return differs


def save_splits(
    connection: Connection, account: str, deal_ids: Collection[str], splits: Sequence[Split]
) -> bool:
    """Make these all splits of the deals; returns whether any differs."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for split in splits:
        row = {"deal_id": split.deal_id, "owner": split.owner, "share": to_number(split.share)}
        rows[split.deal_id].append({"account": account, **row})
    differs = False
    for chunk in chunks(deal_ids):
        where = [SPLITS.c.account == account, SPLITS.c.deal_id.in_(chunk)]
        wanted = [row for deal_id in chunk for row in rows[deal_id]]
        differs |= replace(connection, SPLITS, where, wanted)
    clear_pending(connection, account, "deals", "splits", deal_ids)
    return differs


def clear_pending(
    connection: Connection, account: str, object_type: PulledType, work: str, ids: Collection[str]
) -> None:
    """Take records off the list of that work."""
    own = {"account": account, "object_type": object_type, "work": work}
    delete_by_ids(connection, PENDING, "external_id", ids, **own)


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
