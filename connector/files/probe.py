"""What can be counted in a folder of exports."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from connector.files.table import read_lines
from connector.probe import Fill


def fill(path: Path, columns: Mapping[str, str]) -> Fill:
    """Count the lines of a file, and those with a value in each column, by name of the field."""
    total, by_field = 0, dict.fromkeys(columns, 0)
    for line in read_lines(path, needs=("id",)):
        total += 1
        for name, column in columns.items():
            by_field[name] += bool(line.cells.get(column, "").strip())
    return Fill(total, by_field)


def count_with(path: Path, wanted: Sequence[tuple[str | None, str]]) -> int:
    """How many lines hold exactly these values; a column that is not mapped tells nothing."""
    return sum(
        all(name is None or line.cells.get(name) == value for name, value in wanted)
        for line in read_lines(path, needs=("id",))
    )
