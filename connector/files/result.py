"""Results beside the export: one CSV file per object, replaced as a whole or not at all.

Columns are the CRM's own names of our properties, so that the file can be imported as it is.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connector.files.table import read_lines
from connector.ports import PermanentCrmError
from kpis.vocabulary import ObjectType

Standing = dict[str, dict[str, str]]
"""Values by id of the record and name without prefix; empty ones are left out."""

_MARK = "'"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", _MARK)
"""Beginnings that a spreadsheet would run, and the mark that keeps it from doing so."""


def result_path(folder: Path, object_type: ObjectType) -> Path:
    """File of the results of one object type."""
    return folder / f"{object_type}.csv"


def read_results(folder: Path, object_type: ObjectType, *, prefix: str) -> Standing:
    """Values that earlier runs wrote.

    Raises:
        ConfigError: the file was spoiled since.
    """
    return {
        line.cells["id"]: {
            name.removeprefix(prefix): _without_mark(text)
            for name, text in line.cells.items()
            if name != "id" and text
        }
        for line in read_lines(result_path(folder, object_type), needs=("id",))
    }


def save_results(
    folder: Path, object_type: ObjectType, standing: Mapping[str, Mapping[str, str]], *, prefix: str
) -> None:
    """Write all values; a reader sees the old file or the new one, never half of one.

    Raises:
        OSError: the disk is full or the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted({name for values in standing.values() for name in values})
    target = result_path(folder, object_type)
    fresh = target.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *(prefix + name for name in names)])
        for external_id in sorted(standing, key=lambda one: (len(one), one)):
            values = standing[external_id]
            writer.writerow([external_id, *(with_mark(values.get(name, "")) for name in names)])
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)


@contextmanager
def writing(folder: Path, object_type: ObjectType) -> Iterator[None]:
    """Say which results could not be written, and why.

    Raises:
        PermanentCrmError: the disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise PermanentCrmError(
            f"files: results of {object_type} cannot be written to {folder}: {reason}: free the "
            "disk, or name another folder under crm.output"
        ) from None


def with_mark(text: str) -> str:
    """Text that no spreadsheet runs; `_without_mark` takes the mark off again."""
    return _MARK + text if text.startswith(_FORMULA_STARTS) and not _is_number(text) else text


def _without_mark(text: str) -> str:
    return text.removeprefix(_MARK)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()
