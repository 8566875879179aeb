"""What the folder says of the account itself: owners, stages, properties, rates."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import get_args

from connector.definition import PropertyDefinition
from connector.files.table import fault, read_header, read_table
from connector.ports import (
    Capabilities,
    ConfigError,
    Description,
    PulledType,
)
from connector.values import RecordError, to_day, to_decimal
from kpis.records import Owner, Rate, Stage
from kpis.vocabulary import ActivityType, ObjectType

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
PULLED_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *get_args(ActivityType))

WRITE_BATCH = 10_000
"""The whole file of results is written anew each time."""

_WON = Decimal(1)
_LOST = Decimal(0)


def describe(folder: Path) -> Description:
    """Describe the account.

    Raises:
        ConfigError: the folder or one of its two required files is missing, or a line is unusable.
    """
    for name in ("companies.csv", "pipelines.csv"):
        if not (folder / name).exists():
            raise ConfigError(
                f"files: {folder}: {name} is not there: export it, or mend crm.folder"
            )
    account = _account(folder)
    return Description(
        account_id=account.get("account_id") or folder.resolve().name,
        currency=account.get("currency") or None,
        timezone=timezone_of(folder),
        owners=tuple(_owners(folder)),
        stages=tuple(_stages(folder / "pipelines.csv")),
        dispositions={},
        rates=tuple(_rates(folder / "exchange_rates.csv")),
        properties={kind: _properties(folder, kind) for kind in OBJECT_TYPES},
        property_room=dict.fromkeys(OBJECT_TYPES),
        app_id=None,
        capabilities=Capabilities(
            can_write=True,
            readable=frozenset(PULLED_TYPES) - set(_absent(folder)),
            has_history=(folder / "history.csv").exists(),
            has_splits=(folder / "splits.csv").exists(),
            missing={},
            needs_properties=False,
            write_batch=WRITE_BATCH,
            has_goals=(folder / "goals.csv").exists(),
        ),
    )


def timezone_of(folder: Path) -> str | None:
    """The account's own time zone by its IANA name, None when the folder does not tell."""
    return _account(folder).get("timezone") or None


def _account(folder: Path) -> Mapping[str, str]:
    lines = read_table(folder / "account.csv", needs=("key", "value"))
    return {line.cells["key"]: line.cells["value"] for line in lines}


def _absent(folder: Path) -> Iterator[PulledType]:
    """Objects without a file; an export without activities of a kind has none, which is no gap."""
    for kind in OBJECT_TYPES:
        if not (folder / f"{kind}.csv").exists():
            yield kind


def _owners(folder: Path) -> Iterator[Owner]:
    for line in read_table(folder / "owners.csv", needs=("id",)):
        row = line.cells
        name = f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
        yield Owner(row["id"], name or row["id"], is_archived=row.get("archived") == "true")


def _stages(path: Path) -> Iterator[Stage]:
    for line in read_table(path, needs=("pipeline_id", "stage_id")):
        number, row = line.number, line.cells
        probability = to_number(path, number, row, "probability")
        is_closed = row.get("is_closed", "") == "true"
        yield Stage(
            pipeline=row["pipeline_id"],
            stage=row["stage_id"],
            pipeline_label=row.get("pipeline_label") or row["pipeline_id"],
            label=row.get("stage_label") or row["stage_id"],
            display_order=int(to_number(path, number, row, "display_order") or 0),
            probability=probability,
            is_won=is_closed and probability == _WON,
            is_lost=is_closed and probability == _LOST,
        )


def _rates(path: Path) -> Iterator[Rate]:
    for line in read_table(path, needs=("currency", "valid_from", "rate")):
        number, row = line.number, line.cells
        rate = to_number(path, number, row, "rate")
        try:
            valid_from = to_day(row.get("valid_from"))
        except RecordError as error:
            raise _fault(path, number, "valid_from", str(error)) from None
        if rate is None or valid_from is None:
            raise _fault(path, number, "rate", "is empty")
        yield Rate(row["currency"], valid_from, rate)


def to_number(path: Path, number: int, row: Mapping[str, str], column: str) -> Decimal | None:
    """Number in a cell.

    Raises:
        ConfigError: the cell holds something else.
    """
    try:
        return to_decimal(row.get(column))
    except RecordError as error:
        raise _fault(path, number, column, str(error)) from None


def _fault(path: Path, number: int, column: str, what: str) -> ConfigError:
    return fault(path, number, f"{column} {what}", "mend that cell")


def _properties(folder: Path, kind: ObjectType) -> dict[str, PropertyDefinition]:
    """Columns of the object's file, with their definitions where properties.csv gives them."""
    found = {
        name: PropertyDefinition(name=name, label=name, value_type="string", field_type="text")
        for name in read_header(folder / f"{kind}.csv")
        if name != "id"
    }
    for line in read_table(folder / "properties.csv", needs=("object_type", "name")):
        row = line.cells
        if row["object_type"] == kind:
            options = dict(
                one.partition("=")[::2] for one in row.get("options", "").split(";") if one
            )
            found[row["name"]] = PropertyDefinition(
                name=row["name"],
                label=row.get("label") or row["name"],
                value_type=row.get("type") or "string",
                field_type=row.get("field_type") or "text",
                options=options,
            )
    return found
