"""How a store is: whether it can be read, whether what it holds fits together, how big it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select, text

from store.engine import Database
from store.errors import StoreError
from store.migration import HEAD
from store.removal import key_of
from store.table import (
    ACTIVITY_TYPES,
    CURSORS,
    JOURNAL,
    LINKS,
    METADATA,
    OBJECT_TYPES,
    OUTBOX,
    PENDING,
    SPLITS,
    VERSIONS,
    PulledType,
    record_table,
)

_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *ACTIVITY_TYPES)

HANGING: Mapping[str, tuple[Table, str | None, str]] = {
    "versions": (VERSIONS, "object_type", "external_id"),
    "values written": (OUTBOX, "object_type", "external_id"),
    "former values": (JOURNAL, "object_type", "external_id"),
    "work left": (PENDING, "object_type", "external_id"),
    "links": (LINKS, "from_type", "from_id"),
    "shares of deals": (SPLITS, None, "deal_id"),
}
"""What hangs on a record: its table, the column of the type, if any, and that of the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found.

    Attributes:
        rows: rows of the account by table.
        size_bytes: of the file, or of our tables and their indexes on a server.
        wal_bytes: of what SQLite has still to bring into the file; None on a server.
        faults: what does not fit, as sentences that say what to do; none when all is well.
        remarks: what is no fault, but good to know.
    """

    engine: str
    revision: str
    rows: Mapping[str, int]
    size_bytes: int
    wal_bytes: int | None
    faults: tuple[str, ...]
    remarks: tuple[str, ...]


def read_health(database: Database, account: str, *, thorough: bool) -> Health:
    """Look at everything; `thorough` also compares every index with its table on SQLite.

    Raises:
        StoreError: the file is damaged, so that nothing else in it can be relied on.
    """
    if database.is_sqlite:
        _refuse_damage(database, thorough=thorough)
    remarks: list[str] = []
    with database.reading() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        rows = {table.name: _count(connection, table, account) for table in METADATA.sorted_tables}
        size, wal = _sizes(database, connection)
        faults = _misfits(connection, account)
        unknown = count_unknown_targets(connection, account)
    if revision != HEAD:
        faults.append(f"its tables are of revision {revision}, not {HEAD}: upgrade toprelatie")
    if unknown:
        remarks.append(
            f"{unknown} links point at records that the mirror does not hold: the next run with"
            " --full reads them, if the CRM shows them"
        )
    return Health(
        engine=database.url.get_backend_name(),
        revision=revision,
        rows=rows,
        size_bytes=size,
        wal_bytes=wal,
        faults=tuple(faults),
        remarks=tuple(remarks),
    )


def _refuse_damage(database: Database, *, thorough: bool) -> None:
    check = "integrity_check" if thorough else "quick_check"
    with database.outside() as connection:
        found = [row[0] for row in connection.execute(f"PRAGMA {check}")]
    if found != ["ok"]:
        raise StoreError(
            f"store: {database.where}: SQLite finds {len(found)} faults in the file: restore a"
            " copy, or move the file away and pull anew"
        )


def _count(connection: Connection, table: Table, account: str) -> int:
    statement = select(func.count()).select_from(table).where(table.c.account == account)
    return connection.execute(statement).scalar_one()


def _sizes(database: Database, connection: Connection) -> tuple[int, int | None]:
    if not database.is_sqlite:
        names = [table.name for table in METADATA.sorted_tables]
        sizes = (func.pg_total_relation_size(name) for name in names)
        return sum(connection.execute(select(*sizes)).one()), None
    wal = Path(f"{database.name}-wal")
    return Path(database.name).stat().st_size, wal.stat().st_size if wal.exists() else 0


def _misfits(connection: Connection, account: str) -> list[str]:
    faults = [
        f"{count} {what} are of records that are gone: run `toprelatie store prune`"
        for what in HANGING
        if (count := _count_where(connection, HANGING[what][0], is_of_none(account, what)))
    ]
    statement = select(CURSORS.c.object_type).where(
        CURSORS.c.account == account,
        or_(CURSORS.c.object_type.not_in(_TYPES), func.trim(CURSORS.c.cursor) == ""),
    )
    return faults + [
        f"the position of {kind} cannot be read: run `toprelatie sync --full`"
        for kind in connection.scalars(statement)
    ]


def _count_where(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()


def is_of_none(account: str, what: str) -> ColumnElement[bool]:
    """Condition that a row hangs on a record that the mirror does not hold."""
    table, type_column, id_column = HANGING[what]
    if type_column is None:
        return and_(table.c.account == account, _is_gone(account, "deals", table.c[id_column]))
    return and_(
        table.c.account == account,
        or_(
            *(
                and_(table.c[type_column] == kind, _is_gone(account, kind, table.c[id_column]))
                for kind in _TYPES
            )
        ),
    )


def count_unknown_targets(connection: Connection, account: str) -> int:
    """Links to records that the mirror does not hold, such as one that was made just now."""
    where = or_(
        *(
            and_(LINKS.c.to_type == kind, _is_gone(account, kind, LINKS.c.to_id))
            for kind in OBJECT_TYPES
        )
    )
    return _count_where(connection, LINKS, and_(LINKS.c.account == account, where))


def _is_gone(
    account: str, kind: PulledType, external_id: ColumnElement[str]
) -> ColumnElement[bool]:
    table = record_table(kind)
    key = (table.c[name] == value for name, value in key_of(kind, account).items())
    return ~select(table.c.external_id).where(*key, table.c.external_id == external_id).exists()
