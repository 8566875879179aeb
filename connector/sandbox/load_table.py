"""One CSV file of a load folder, line by line, with faults that name file and line."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.sandbox.instants import EPOCH, MS, read_ms

MAX_CELL = 1_000_000
"""Characters in one cell; a longer one means that a quote was never closed."""

SHOWN = 40
"""Characters of a cell that a fault shows."""


class LoadError(Exception):
    """A load folder cannot be used; the message says where, what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its cells by column, and where it begins."""

    path: Path
    number: int
    cells: dict[str, str]

    def fault(self, column: str, allowed: str) -> LoadError:
        """Error about a cell; found is what stands in it, so only for cells that are no data."""
        found = self.cells.get(column, "")
        shown = found if len(found) <= SHOWN else found[:SHOWN] + "..."
        return LoadError(f'{self.path}:{self.number}: {column}: found "{shown}": use {allowed}')

    def text(self, column: str) -> str:
        """Text of a cell; "" when it is empty or the column is not there."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """Text of a cell that must not be empty."""
        if not self.text(column):
            raise self.fault(column, "a value")
        return self.text(column)

    def one_of(self, column: str, allowed: Iterable[str], default: str = "") -> str:
        """One of the words allowed; `default` when the cell is empty, if there is one."""
        text = self.text(column) or default
        words = list(allowed)
        if text not in words:
            raise self.fault(column, f"one of {', '.join(words)}")
        return text

    def is_true(self, column: str) -> bool:
        """Yes or no; empty is no."""
        return self.one_of(column, ("true", "false"), default="false") == "true"

    def share(self, column: str) -> str:
        """Number from 0 to 1, as it stands."""
        text = self.text(column)
        if not 0 <= self._number(column) <= 1:
            raise self.fault(column, "a number from 0 to 1 with a point")
        return text

    def positive(self, column: str) -> str:
        """Number above 0, as it stands."""
        if self._number(column) <= 0:
            raise self.fault(column, "a number above 0 with a point")
        return self.text(column)

    def instant(self, column: str) -> datetime:
        """Instant: ISO 8601 with a zone, a day (its midnight UTC), or epoch milliseconds."""
        text = self.text(column)
        try:
            if "T" in text and datetime.fromisoformat(text).tzinfo is None:
                raise self.fault(column, "an instant with a zone such as 2026-06-10T08:30:00Z")
            return EPOCH + read_ms(text) * MS
        except (ValueError, OverflowError):
            allowed = "an instant such as 2026-06-10T08:30:00Z or a day such as 2026-06-10"
            raise self.fault(column, allowed) from None

    def _number(self, column: str) -> float:
        try:
            return float(self.text(column))
        except ValueError:
            return -1


def read_lines(
    path: Path, needs: tuple[str, ...], knows: tuple[str, ...] | None = None
) -> Iterator[Line]:
    """Yield the lines of a file that are not blank; a file that is not there has none.

    Args:
        path: the file.
        needs: columns without which the file is of no use.
        knows: further columns that are understood; None takes any.

    Raises:
        LoadError: a column is missing, unknown or stands twice, a line is longer than the first, a
            quote is open, or the text is no UTF-8.
    """
    if not path.is_file():
        return
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        number = 1
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, needs, knows)
            number = reader.line_num + 1
            for cells in reader:
                if any(cells):
                    yield _line(path, number, header, cells)
                number = reader.line_num + 1
        except UnicodeDecodeError:
            raise LoadError(
                f"{path}: found bytes that are no UTF-8 after line {number - 1}: save it as UTF-8"
            ) from None
        except csv.Error as error:
            raise LoadError(f"{path}:{number}: found {error}: close the quotes") from None


def _line(path: Path, number: int, header: list[str], cells: list[str]) -> Line:
    if len(cells) > len(header):
        raise LoadError(
            f"{path}:{number}: found {len(cells)} cells: use at most {len(header)}, "
            "as many as line 1 has columns; quote texts with commas"
        )
    return Line(path, number, dict(zip(header, cells, strict=False)))


def _check_header(
    path: Path, header: list[str], needs: tuple[str, ...], knows: tuple[str, ...] | None
) -> None:
    for name in header:
        if header.count(name) > 1:
            raise LoadError(f'{path}:1: found column "{name}" twice: keep one')
        if knows is not None and name not in (*needs, *knows):
            allowed = ", ".join((*needs, *knows))
            raise LoadError(f'{path}:1: found column "{name}": use {allowed}')
    for name in needs:
        if name not in header:
            found = ", ".join(header)
            raise LoadError(f'{path}:1: found columns "{found}": "{name}" is missing')
