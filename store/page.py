"""One page of a pull: records, what they leave behind, and the cursor, as a whole or not at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from kpis.records import Activity, Record, Rejection
from store.outbox import empty_row, to_known
from store.removal import key_of, remove, sweep
from store.row import Row, to_ms, to_row, to_text
from store.statement import read_by_ids, upsert
from store.table import (
    CURSORS,
    OUTBOX,
    PENDING,
    REJECTIONS,
    VERSIONS,
    PulledType,
    record_table,
)
from store.version import TRACKED, seen_versions, versions_of

_TIMES = frozenset({"modified_at", "seen_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a pull hands over at once.

    Attributes:
        gone: ids that do not exist in the CRM any more.
        cursor: position after this page; None leaves the saved one as it stands.
        pending: kinds of work that a new or changed record leaves behind.
        history_fields: a record whose value of one of these is set and new to us leaves behind
            that its history is to be read.
        sweep_before: records of this type that no pull has delivered since do not exist any more.
        run_id: run with which rejections are noted, 0 outside any.
    """

    object_type: PulledType
    records: Sequence[Record]
    rejections: Sequence[Rejection]
    gone: Collection[str]
    cursor: str | None
    pulled_at: datetime
    pending: Sequence[str]
    history_fields: Collection[str]
    sweep_before: datetime | None
    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What saving a page did; true when something that compute reads is not what it was.

    Attributes:
        changed: records that differ from what stood, in content or in values of ours.
        removed: records that left the mirror.
    """

    changed: int
    removed: int

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """Rows that the page delivers beside those that stood; `changed` are ids that differ."""

    rows: dict[str, Row]
    stood: dict[str, Row]
    outbox: dict[str, Row]
    known: dict[str, str]
    changed: frozenset[str]


def save_page(connection: Connection, account: str, delivery: Delivery) -> Saved:
    """Save a page with all that it leaves behind."""
    object_type = delivery.object_type
    compared = _compare(connection, account, delivery)
    upsert(connection, record_table(object_type), list(compared.rows.values()))
    upsert(connection, VERSIONS, _versions(account, delivery, compared), seen_only=True)
    upsert(connection, OUTBOX, _outbox(account, object_type, compared))
    upsert(connection, PENDING, _pending(account, delivery, compared))
    upsert(connection, REJECTIONS, _rejections(account, delivery))
    if delivery.cursor is not None:
        row = {"account": account, "object_type": object_type, "cursor": delivery.cursor}
        upsert(connection, CURSORS, [row])
    removed = remove(connection, account, object_type, delivery.gone)
    if delivery.sweep_before is not None:
        removed += sweep(connection, account, object_type, seen_before=delivery.sweep_before)
    return Saved(changed=len(compared.changed), removed=removed)


def _compare(connection: Connection, account: str, delivery: Delivery) -> _Comparison:
    object_type, key = delivery.object_type, key_of(delivery.object_type, account)
    seen_at = to_ms(delivery.pulled_at)
    rows = {
        record.external_id: {
            **key,
            "external_id": record.external_id,
            **to_row(record),
            "modified_at": to_ms(record.modified_at),
            "seen_at": seen_at,
        }
        for record in delivery.records
    }
    known = {
        record.external_id: to_known(record.standing)
        for record in delivery.records
        if not isinstance(record, Activity)
    }
    table = record_table(object_type)
    stood = {
        row["external_id"]: row
        for row in read_by_ids(connection, table, "external_id", rows, **key)
    }
    own = {"account": account, "object_type": object_type}
    outbox = {
        row["external_id"]: row
        for row in read_by_ids(connection, OUTBOX, "external_id", known, **own)
    }
    content = [column.name for column in table.columns if column.name not in _TIMES]
    changed = frozenset(
        external_id
        for external_id, row in rows.items()
        if not _is_equal(row, stood.get(external_id), content)
        or known.get(external_id, "{}") != _known(outbox.get(external_id))
    )
    return _Comparison(rows=rows, stood=stood, outbox=outbox, known=known, changed=changed)


def _is_equal(row: Row, stood: Row | None, content: Sequence[str]) -> bool:
    return stood is not None and all(row[name] == stood[name] for name in content)


def _known(outbox_row: Row | None) -> str:
    return "{}" if outbox_row is None else str(outbox_row["known"])


def _versions(account: str, delivery: Delivery, compared: _Comparison) -> list[Row]:
    if delivery.object_type not in TRACKED:
        return []
    pulled_at = to_ms(delivery.pulled_at)
    return [
        version
        for external_id in compared.changed
        for version in seen_versions(
            account,
            delivery.object_type,
            compared.rows[external_id],
            compared.stood.get(external_id),
            pulled_at=pulled_at,
        )
    ]


def _outbox(account: str, object_type: PulledType, compared: _Comparison) -> list[Row]:
    """Rows of the outbox whose values in the CRM are not those that we knew."""
    return [
        (compared.outbox.get(external_id) or empty_row(account, object_type, external_id))
        | {"known": known}
        for external_id, known in compared.known.items()
        if known != _known(compared.outbox.get(external_id))
    ]


def _pending(account: str, delivery: Delivery, compared: _Comparison) -> list[Row]:
    return [
        {
            "account": account,
            "object_type": delivery.object_type,
            "work": work,
            "external_id": external_id,
        }
        for external_id in compared.rows
        for work in _work(external_id, delivery, compared)
    ]


def _work(external_id: str, delivery: Delivery, compared: _Comparison) -> set[str]:
    row, stood = compared.rows[external_id], compared.stood.get(external_id)
    echo_at = compared.outbox.get(external_id, {}).get("written_at")
    has_moved = stood is None or stood["modified_at"] != row["modified_at"]
    is_due = external_id in compared.changed or (has_moved and row["modified_at"] != echo_at)
    work = set(delivery.pending) if is_due else set()
    if stood is not None and row.get("stage") != stood.get("stage"):
        work.add("history")
    if external_id in compared.changed and delivery.history_fields:
        before, now = (versions_of(delivery.object_type, one) for one in (stood, row))
        if any(now[name] not in {None, before[name]} for name in delivery.history_fields):
            work.add("history")
    return work


def _rejections(account: str, delivery: Delivery) -> list[Row]:
    found = {
        (one.object_type, one.external_id or "", to_text(one.reason)) for one in delivery.rejections
    }
    return [
        {
            "account": account,
            "run_id": delivery.run_id,
            "object_type": object_type,
            "external_id": external_id,
            "reason": reason,
        }
        for object_type, external_id, reason in sorted(found)
    ]
