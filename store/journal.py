"""What each run wrote over what: the values that stood in the CRM before, and those that were sent.

An entry is saved before its values are sent, so that a run that is killed at any moment leaves no
value of which nobody knows what stood before it. One that was sent and refused has an entry too.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from kpis.vocabulary import ObjectType
from store.bulk import upsert_values
from store.row import to_json, to_ms
from store.runbook import RunBook
from store.statement import matches, names_of
from store.table import JOURNAL, RUNS

Changes = Mapping[str, tuple[str, str]]
"""Name without prefix to what stood and what was sent; an empty text is no value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one run sent to one record."""

    external_id: str
    run_id: int
    changes: Changes


class Journal(RunBook):
    """The part of the store that remembers what runs wrote over what."""

    def save_journal(self, object_type: ObjectType, changes: Mapping[str, Changes]) -> None:
        """Note what the current run is about to send, by record."""
        self._save(save_journal, object_type, changes, run_id=self._run_id)

    def read_journal(
        self,
        object_type: ObjectType,
        *,
        from_run: int,
        to_run: int | None = None,
        ids: Collection[str] | None = None,
        after_id: str = "",
        limit: int | None = None,
    ) -> list[Entry]:
        """Entries of these runs in the order of their records' text, older runs first.

        Args:
            object_type: type of the records.
            from_run: first run.
            to_run: last run, itself included; None takes all that followed.
            ids: records; None takes all. At most some thousands.
            after_id: only records after this one.
            limit: most entries.
        """
        return self._read(
            read_journal,
            object_type,
            from_run=from_run,
            to_run=to_run,
            ids=ids,
            after_id=after_id,
            limit=limit,
        )

    def count_journal(self, *, from_run: int) -> dict[int, dict[ObjectType, int]]:
        """How many records each run from that one on has entries of, by run and object type."""
        return self._read(count_journal, from_run=from_run)

    def prune_journal(self, *, runs_from: datetime) -> int:
        """Forget the entries of runs that started before that instant; returns how many."""
        return self._save(prune_journal, runs_from=runs_from)


def save_journal(
    connection: Connection,
    account: str,
    object_type: ObjectType,
    changes: Mapping[str, Changes],
    *,
    run_id: int,
) -> None:
    """Note what a run is about to send, by record; what stood there of the same run gives way."""
    rows = [
        (account, object_type, external_id, run_id, to_json(changed))
        for external_id, changed in changes.items()
    ]
    upsert_values(connection, JOURNAL, names_of(JOURNAL), rows)


def read_journal(
    connection: Connection,
    account: str,
    object_type: ObjectType,
    *,
    from_run: int,
    to_run: int | None,
    ids: Collection[str] | None,
    after_id: str,
    limit: int | None,
) -> list[Entry]:
    """Entries of these runs; see `Journal.read_journal`."""
    statement = (
        select(JOURNAL.c.external_id, JOURNAL.c.run_id, JOURNAL.c.changes)
        .where(
            matches(JOURNAL, account=account, object_type=object_type),
            JOURNAL.c.external_id > after_id,
            JOURNAL.c.run_id >= from_run,
        )
        .order_by(JOURNAL.c.external_id, JOURNAL.c.run_id)
        .limit(limit)
    )
    if to_run is not None:
        statement = statement.where(JOURNAL.c.run_id <= to_run)
    if ids is not None:
        statement = statement.where(JOURNAL.c.external_id.in_(ids))
    return [
        Entry(
            external_id,
            run_id,
            {name: (before, after) for name, (before, after) in json.loads(changes).items()},
        )
        for external_id, run_id, changes in connection.execute(statement)
    ]


def count_journal(
    connection: Connection, account: str, *, from_run: int
) -> dict[int, dict[ObjectType, int]]:
    """How many records each run from that one on has entries of, by run and object type."""
    statement = (
        select(JOURNAL.c.run_id, JOURNAL.c.object_type, func.count())
        .where(JOURNAL.c.account == account, JOURNAL.c.run_id >= from_run)
        .group_by(JOURNAL.c.run_id, JOURNAL.c.object_type)
        .order_by(JOURNAL.c.run_id, JOURNAL.c.object_type)
    )
    counts: dict[int, dict[ObjectType, int]] = {}
    for run_id, object_type, count in connection.execute(statement):
        counts.setdefault(run_id, {})[object_type] = count
    return counts


def prune_journal(connection: Connection, account: str, *, runs_from: datetime) -> int:
    """Forget the entries of runs that started before that instant; returns how many."""
    kept = select(func.min(RUNS.c.run_id)).where(
        RUNS.c.account == account, RUNS.c.started_at >= to_ms(runs_from)
    )
    first = connection.scalar(kept)
    old = delete(JOURNAL).where(JOURNAL.c.account == account)
    if first is not None:
        old = old.where(JOURNAL.c.run_id < first)
    return connection.execute(old).rowcount
