"""What stands in the CRM against what the KPIs say: the least set of values to write.

Values are compared by type (spec 7): numbers by value, sets of options without order, instants by
the moment they name, an empty text like nothing at all. What is not in the results any more is
cleared; what people fill in (direction `in`) is never part of a difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from connector.ports import Change
from kpis.properties import PROPERTIES, Property, properties_of
from kpis.vocabulary import ObjectType

if TYPE_CHECKING:  # a pull never loads Polars
    import polars as pl

CALCULATED_AT = "calculated_at"
ID_COLUMNS: Mapping[ObjectType, str] = {
    "companies": "relation_id",
    "contacts": "contact_id",
    "deals": "deal_id",
}

_WRITTEN: Mapping[tuple[ObjectType, str], Property] = {
    (row.object_type, row.name): row for row in PROPERTIES if row.direction == "out"
}

Standing = Mapping[str, Mapping[str, str]]
"""Record id to the values known to stand in the CRM, by name without prefix."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that would be written; empty text means nothing stands or is left there."""

    object_type: ObjectType
    external_id: str
    name: str
    before: str
    after: str


def written_properties(object_type: ObjectType, frame: "pl.DataFrame") -> tuple[Property, ...]:
    """Properties of ours that this frame has values for."""
    return tuple(row for row in properties_of(object_type, "out") if row.name in frame.columns)


def texts(frame: "pl.DataFrame", rows: Sequence[Property]) -> dict[str, list[str]]:
    """Every value as the CRM takes it, by property in the order of the frame; empty clears."""
    from kpis.written import written_text  # noqa: PLC0415 - loads Polars

    return {
        row.name: frame.select(written_text(row).fill_null("")).to_series().to_list()
        for row in rows
    }


def differences(
    object_type: ObjectType,
    frame: "pl.DataFrame",
    standing: Standing,
    *,
    as_of: datetime,
    known: frozenset[str],
) -> Iterator[Difference]:
    """Yield every value that differs, record by record, lowest id first.

    Args:
        object_type: the object that carries the values.
        frame: results, one row per record; a record that is missing here is cleared.
        standing: what stands in the CRM.
        as_of: moment of the results, written beside a change where the object has a place for it.
        known: names that exist in the CRM; values of others are left out.
    """
    rows = [row for row in written_properties(object_type, frame) if row.name in known]
    wanted = list(zip(rows, texts(frame, rows).values(), strict=True))
    ids = frame.get_column(ID_COLUMNS[object_type]).to_list()
    position = {external_id: index for index, external_id in enumerate(ids)}
    has_stamp = CALCULATED_AT in known and object_type == "companies"
    for external_id in sorted({*position, *standing}, key=lambda one: (len(one), one)):
        stands = standing.get(external_id, {})
        index = position.get(external_id)
        found = [
            Difference(object_type, external_id, row.name, before, after)
            for row, column in wanted
            if (before := stands.get(row.name, ""))
            != (after := "" if index is None else column[index])
            and not same_value(row, before, after)
        ]
        yield from found
        if has_stamp:
            yield from _stamp(external_id, stands, found, as_of if index is not None else None)


def _stamp(
    external_id: str,
    stands: Mapping[str, str],
    found: Sequence[Difference],
    as_of: datetime | None,
) -> Iterator[Difference]:
    """The time of calculation goes only together with a change (spec 7)."""
    before = stands.get(CALCULATED_AT, "")
    after = f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z" if as_of else ""
    if (found or (as_of is None and before)) and before != after:
        yield Difference("companies", external_id, CALCULATED_AT, before, after)


def same_value(row: Property, left: str, right: str) -> bool:
    """Whether two texts of the CRM mean the same value of that property."""
    if not left.strip() or not right.strip():
        return left.strip() == right.strip()
    try:
        match row.value_type:
            case "number":
                return Decimal(left) == Decimal(right)
            case "date" | "datetime":
                return _instant(left) == _instant(right)
            case "enumeration":
                return set(left.split(";")) == set(right.split(";"))
            case _:
                return left.strip() == right.strip()
    except (InvalidOperation, ValueError):
        return False


def same_written(object_type: ObjectType, name: str, left: str, right: str) -> bool:
    """Whether two texts mean the same value of the property of ours by that name.

    Of a name that is no longer ours the texts themselves are compared.
    """
    if left == right:
        return True
    row = _WRITTEN.get((object_type, name))
    return row is not None and same_value(row, left, right)


def _instant(text: str) -> datetime:
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def to_changes(found: Sequence[Difference]) -> list[Change]:
    """Gather differences of one object type into one change per record."""
    values: dict[str, dict[str, str]] = {}
    for one in found:
        values.setdefault(one.external_id, {})[one.name] = one.after
    return [Change(external_id, changed) for external_id, changed in values.items()]
