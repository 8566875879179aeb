"""Runs with their counts and rejections, positions of pulls, and small state by key."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from kpis.records import Rejection
from store.row import Row, from_ms, to_json, to_ms
from store.statement import matches, upsert
from store.table import CURSORS, REJECTIONS, RUNS, STATE, PulledType


@dataclass(frozen=True, slots=True)
class Run:
    """One execution.

    Attributes:
        finished_at: None while it runs, and for ever when its process died.
        status: how it ended, None while it has not.
        counts: what it did, as its job noted it.
    """

    run_id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    status: str | None
    counts: Mapping[str, Any]


def start_run(connection: Connection, account: str, kind: str, *, started_at: datetime) -> int:
    """Note that a run starts; returns its number, which counts up per account from 1."""
    run_id = _last_run_id(connection, account) + 1
    row: Row = {
        "account": account,
        "run_id": run_id,
        "kind": kind,
        "started_at": to_ms(started_at),
        "finished_at": None,
        "status": None,
        "counts": "{}",
    }
    upsert(connection, RUNS, [row])
    return run_id


def _last_run_id(connection: Connection, account: str) -> int:
    """Number of the newest run, 0 when there was none."""
    return connection.scalar(select(func.max(RUNS.c.run_id)).where(RUNS.c.account == account)) or 0


def finish_run(
    connection: Connection,
    account: str,
    run_id: int,
    *,
    finished_at: datetime,
    status: str,
    counts: Mapping[str, object],
) -> None:
    """Note how a run ended."""
    connection.execute(
        update(RUNS)
        .where(matches(RUNS, account=account, run_id=run_id))
        .values(finished_at=to_ms(finished_at), status=status, counts=to_json(counts))
    )


def read_runs(connection: Connection, account: str, *, limit: int) -> list[Run]:
    """Last runs, newest first."""
    statement = select(RUNS).where(RUNS.c.account == account).order_by(RUNS.c.run_id.desc())
    return [_to_run(dict(row)) for row in connection.execute(statement.limit(limit)).mappings()]


def read_run(connection: Connection, account: str, run_id: int) -> Run | None:
    """One run; None when there is none of that number."""
    statement = select(RUNS).where(matches(RUNS, account=account, run_id=run_id))
    row = connection.execute(statement).mappings().first()
    return None if row is None else _to_run(dict(row))


FINGERPRINT = "fingerprint"
"""Key under which the counts of a run name its configuration."""


def read_run_before(
    connection: Connection, account: str, run_id: int, *, kind: str, statuses: Collection[str]
) -> Run | None:
    """Newest run before another one that names a configuration, of a kind, and ended so."""
    where = matches(RUNS, account=account, kind=kind)
    named = RUNS.c.counts.contains(f'"{FINGERPRINT}"')
    ended = RUNS.c.status.in_(statuses)
    statement = select(RUNS).where(where, named, ended, RUNS.c.run_id < run_id)
    row = connection.execute(statement.order_by(RUNS.c.run_id.desc()).limit(1)).mappings().first()
    return None if row is None else _to_run(dict(row))


def first_run_under(
    connection: Connection, account: str, fingerprint: str, *, kind: str, since: datetime
) -> int | None:
    """Number of the first run of a kind since a moment whose counts name that configuration."""
    where = matches(RUNS, account=account, kind=kind)
    named = RUNS.c.counts.contains(f'"{FINGERPRINT}": "{fingerprint}"')
    statement = select(func.min(RUNS.c.run_id)).where(where, named)
    found: int | None = connection.scalar(statement.where(RUNS.c.started_at >= to_ms(since)))
    return found


def _to_run(row: Row) -> Run:
    finished_at = row["finished_at"]
    return Run(
        run_id=row["run_id"],
        kind=row["kind"],
        started_at=from_ms(row["started_at"]),
        finished_at=None if finished_at is None else from_ms(finished_at),
        status=row["status"],
        counts=json.loads(row["counts"]),
    )


def read_rejections(
    connection: Connection, account: str, run_id: int | None = None
) -> list[Rejection]:
    """Records that a run could not read, by type and id; of the last run when none is named."""
    if run_id is None:
        run_id = _last_run_id(connection, account)
    statement = (
        select(REJECTIONS)
        .where(matches(REJECTIONS, account=account, run_id=run_id))
        .order_by(REJECTIONS.c.object_type, REJECTIONS.c.external_id, REJECTIONS.c.reason)
    )
    return [
        Rejection(row.object_type, row.external_id or None, row.reason)
        for row in connection.execute(statement)
    ]


def read_cursor(connection: Connection, account: str, object_type: PulledType) -> str | None:
    """Position after the last saved page; None means from the beginning."""
    where = matches(CURSORS, account=account, object_type=object_type)
    return connection.scalar(select(CURSORS.c.cursor).where(where))


def clear_cursors(
    connection: Connection, account: str, object_types: Collection[PulledType]
) -> None:
    """Forget positions, so that these types are pulled anew."""
    where = matches(CURSORS, account=account)
    connection.execute(delete(CURSORS).where(where, CURSORS.c.object_type.in_(object_types)))


def read_state(connection: Connection, account: str, key: str) -> str | None:
    """Value under that key, None when there is none."""
    return connection.scalar(select(STATE.c.value).where(matches(STATE, account=account, key=key)))


def save_state(connection: Connection, account: str, key: str, value: str | None) -> None:
    """Keep a value under that key; None forgets it."""
    if value is None:
        connection.execute(delete(STATE).where(matches(STATE, account=account, key=key)))
    else:
        upsert(connection, STATE, [{"account": account, "key": key, "value": value}])
