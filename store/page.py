"""One page of a pull: records, what they leave behind, and the cursor, as a whole or not at all."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Final, NamedTuple

from sqlalchemy import Connection

from kpis.records import Activity, Record, Rejection
from store.bulk import read_values, update_values, upsert_values
from store.outbox import to_known
from store.removal import key_of, remove
from store.row import Row, Values, content_names, to_content, to_ms, to_text
from store.statement import names_of, upsert
from store.table import (
    ACTIVITY_TYPES,
    CURSORS,
    DEALS,
    OUTBOX,
    PENDING,
    REJECTIONS,
    PulledType,
    record_table,
)
from store.version import new_versions, save_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a pull hands over at once.

    Attributes:
        gone: ids that do not exist in the CRM any more.
        cursor: position after this page; None leaves the saved one as it stands.
        pending: kinds of work that a new or changed record leaves behind.
        history_fields: a record whose value of one of these is set and new to us leaves behind
            that its history is to be read.
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


class _Delivered(NamedTuple):
    """A record beside what stood of it; no `stood` when it is new.

    Attributes:
        known: values of ours that stand in the CRM; `knew` those that we thought to stand there.
        written_at: its modified time after our last own write.
        versions: tracked fields with a version that is new to us.
    """

    external_id: str
    content: Values
    modified_at: int
    stood: Values | None
    stood_at: int | None
    known: str
    knew: str
    written_at: int | None
    versions: Sequence[tuple[str, str | None]]

    @property
    def has_changed(self) -> bool:
        return self.content != self.stood or self.known != self.knew

    @property
    def has_moved(self) -> bool:
        return self.modified_at != self.stood_at


def save_page(connection: Connection, account: str, delivery: Delivery) -> Saved:
    """Save a page with all that it leaves behind."""
    object_type = delivery.object_type
    delivered = _compare(connection, account, delivery)
    changed = [one for one in delivered if one.has_changed]
    _save_records(connection, account, delivery, delivered)
    save_seen(connection, account, _versions(delivery, changed))
    _save_known(connection, account, object_type, changed)
    _save_pending(connection, account, delivery, delivered)
    upsert(connection, REJECTIONS, _rejections(account, delivery))
    if delivery.cursor is not None:
        row = {"account": account, "object_type": object_type, "cursor": delivery.cursor}
        upsert(connection, CURSORS, [row])
    removed = remove(connection, account, object_type, delivery.gone)
    return Saved(changed=len(changed), removed=removed)


def _compare(connection: Connection, account: str, delivery: Delivery) -> list[_Delivered]:
    """Read what stands of the records of a page; of one that comes twice the last counts."""
    object_type = delivery.object_type
    table, key = record_table(object_type), key_of(object_type, account)
    records = {record.external_id: record for record in delivery.records}
    names = ("external_id", "modified_at", *content_names(table))
    found = read_values(connection, table, names, column="external_id", ids=records, **key)
    stood = {row[0]: (row[1], row[2:]) for row in found}
    outbox = (
        {} if object_type in ACTIVITY_TYPES else _outbox(connection, account, delivery, records)
    )
    delivered = []
    for external_id, record in records.items():
        content = to_content(record)
        stood_at, before = stood.get(external_id, (None, None))
        knew, written_at = outbox.get(external_id, ("{}", None))
        delivered.append(
            _Delivered(
                external_id=external_id,
                content=content,
                modified_at=to_ms(record.modified_at),
                stood=before,
                stood_at=stood_at,
                known="{}" if isinstance(record, Activity) else to_known(record.standing),
                knew=knew,
                written_at=written_at,
                versions=() if content == before else new_versions(object_type, content, before),
            )
        )
    return delivered


def _outbox(
    connection: Connection, account: str, delivery: Delivery, ids: Collection[str]
) -> dict[str, tuple[str, int | None]]:
    own = {"account": account, "object_type": delivery.object_type}
    names = ("external_id", "known", "written_at")
    found = read_values(connection, OUTBOX, names, column="external_id", ids=ids, **own)
    return {external_id: (known, written_at) for external_id, known, written_at in found}


def _save_records(
    connection: Connection, account: str, delivery: Delivery, delivered: Sequence[_Delivered]
) -> None:
    """Write those that differ; of the others only note that they were seen."""
    object_type, seen_at = delivery.object_type, to_ms(delivery.pulled_at)
    table, key = record_table(object_type), key_of(object_type, account)
    names = (*key, "external_id", *content_names(table), "modified_at", "seen_at")
    differs = [one.has_moved or one.content != one.stood for one in delivered]
    rows = [
        (*key.values(), one.external_id, *one.content, one.modified_at, seen_at)
        for one in compress(delivered, differs)
    ]
    upsert_values(connection, table, names, rows)
    same = [one.external_id for one, is_new in zip(delivered, differs, strict=True) if not is_new]
    update_values(connection, table, "seen_at", seen_at, column="external_id", ids=same, **key)


def _versions(delivery: Delivery, changed: Sequence[_Delivered]) -> list[Values]:
    """Versions seen for the first time; a new deal's date from its creation."""
    pulled_at = to_ms(delivery.pulled_at)
    is_deal = delivery.object_type == "deals"
    found = []
    for one in changed:
        seen_at = pulled_at
        if is_deal and one.stood is None:
            seen_at = min(one.content[_CREATED_AT] or pulled_at, pulled_at)
        found += [
            (delivery.object_type, one.external_id, field, seen_at, value)
            for field, value in one.versions
        ]
    return found


def _save_known(
    connection: Connection, account: str, object_type: PulledType, changed: Sequence[_Delivered]
) -> None:
    """Keep the values of ours that stand in the CRM where they are not those that we knew."""
    rows = [
        (account, object_type, one.external_id, one.known, 0)
        for one in changed
        if one.known != one.knew
    ]
    names = ("account", "object_type", "external_id", "known", "refusal_count")
    upsert_values(connection, OUTBOX, names, rows, kept=["refusal_count"])


def _save_pending(
    connection: Connection, account: str, delivery: Delivery, delivered: Sequence[_Delivered]
) -> None:
    rows = [
        (account, delivery.object_type, work, one.external_id)
        for one in delivered
        for work in _work(one, delivery)
    ]
    upsert_values(connection, PENDING, names_of(PENDING), rows)


def _work(one: _Delivered, delivery: Delivery) -> set[str]:
    is_due = one.has_changed or (one.has_moved and one.modified_at != one.written_at)
    work = set(delivery.pending) if is_due else set()
    has_new_input = any(
        value is not None and field in delivery.history_fields for field, value in one.versions
    )
    if has_new_input or (one.stood is not None and _has_new_stage(one, delivery.object_type)):
        work.add("history")
    return work


def _has_new_stage(one: _Delivered, object_type: PulledType) -> bool:
    is_deal, stood = object_type == "deals", one.stood
    return is_deal and stood is not None and one.content[_STAGE] != stood[_STAGE]


_CREATED_AT: Final = content_names(DEALS).index("created_at")
_STAGE: Final = content_names(DEALS).index("stage")


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
