"""What stands in the CRM of our own values, and what became of the last attempt to write them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, delete, select

from kpis.vocabulary import ObjectType
from store.bulk import read_values, upsert_values
from store.removal import remove
from store.row import Values, to_json, to_ms
from store.statement import matches
from store.table import OUTBOX


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of writing one record.

    Attributes:
        status: `written`; `refused` by the CRM for `reason`; `gone`: no such record any more.
        values: what now stands in the CRM of the properties sent, by name without prefix; a
            property that was emptied is named with the empty text.
        modified_at: the record's modified time after the write, by which its echo is known.
    """

    external_id: str
    status: Literal["written", "refused", "gone"]
    values: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record whose last write the CRM refused, why, and how many times in a row."""

    object_type: ObjectType
    external_id: str
    reason: str
    count: int


_NAMES: Final = ("external_id", "known", "written_at", "refusal", "refusal_count")

_NOTHING: Final[Values] = (None, "{}", None, None, 0)
"""Row of a record of which nothing of ours stands in the CRM."""


def to_known(values: Mapping[str, str]) -> str:
    """JSON of the values that stand; an empty one does not stand."""
    return to_json({name: value for name, value in values.items() if value})


def read_standing(
    connection: Connection, account: str, object_type: ObjectType
) -> dict[str, dict[str, str]]:
    """Values of ours that stand in the CRM, by record and by property name without prefix."""
    statement = select(OUTBOX.c.external_id, OUTBOX.c.known).where(
        matches(OUTBOX, account=account, object_type=object_type), OUTBOX.c.known != "{}"
    )
    return {external_id: json.loads(known) for external_id, known in connection.execute(statement)}


def save_outcomes(
    connection: Connection, account: str, object_type: ObjectType, outcomes: Sequence[Outcome]
) -> int:
    """Remember what the CRM answered; returns how many records turned out to be gone."""
    own = {"account": account, "object_type": object_type}
    ids = {outcome.external_id for outcome in outcomes}
    found = read_values(connection, OUTBOX, _NAMES, column="external_id", ids=ids, **own)
    rows = {row[0]: row for row in found}
    answered = [outcome for outcome in outcomes if outcome.status != "gone"]
    for outcome in answered:
        row = rows.get(outcome.external_id, _NOTHING)
        rows[outcome.external_id] = (outcome.external_id, *_after(row, outcome))
    touched = {outcome.external_id for outcome in answered}
    values = [(*own.values(), *rows[external_id]) for external_id in touched]
    upsert_values(connection, OUTBOX, (*own, *_NAMES), values)
    gone = [outcome.external_id for outcome in outcomes if outcome.status == "gone"]
    return remove(connection, account, object_type, gone)


def _after(row: Values, outcome: Outcome) -> Values:
    """Columns of a row after its id once the CRM has answered."""
    _, known, written_at, _, refusal_count = row
    if outcome.status == "refused":
        return known, written_at, outcome.reason or "no reason given", refusal_count + 1
    moved = outcome.modified_at
    return (
        to_known({**json.loads(known), **outcome.values}),
        written_at if moved is None else to_ms(moved),
        None,
        0,
    )


def clear_outbox(connection: Connection, account: str) -> None:
    """Forget what stands in the CRM and what it refused: nothing of ours stands there any more."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.account == account))


def read_refusals(connection: Connection, account: str) -> list[Refusal]:
    """Records whose last write was refused, by type and id."""
    statement = (
        select(OUTBOX.c.object_type, OUTBOX.c.external_id, OUTBOX.c.refusal, OUTBOX.c.refusal_count)
        .where(OUTBOX.c.account == account, OUTBOX.c.refusal.is_not(None))
        .order_by(OUTBOX.c.object_type, OUTBOX.c.external_id)
    )
    return [Refusal(*row) for row in connection.execute(statement)]
