"""One CSV file of the folder: read line by line, with its faults named by file and line."""

import csv
import hashlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from connector.ports import ConfigError

MAX_CELL = 1_000_000
"""Characters in one cell; a longer one means that a quote was never closed."""


CHUNK = 1 << 20


class Line(NamedTuple):
    """One line of a file.

    Attributes:
        number: where it starts, counted from 1.
        cells: text by column; a cell that is missing at the end is empty.
        is_too_long: it has more cells than the header, so none of them can be trusted.
    """

    number: int
    cells: dict[str, str]
    is_too_long: bool = False


def fault(path: Path, number: int, what: str, remedy: str) -> ConfigError:
    """Build the error that names a line, what was found there, and what to do."""
    return ConfigError(f"files: {path} line {number}: {what}: {remedy}")


def read_header(path: Path) -> list[str]:
    """Names of the columns; empty when the file is not there.

    Raises:
        ConfigError: as `read_lines`.
    """
    if not path.exists():
        return []
    with closing(_rows(path)) as rows:
        return _header(path, rows, ())


def read_lines(path: Path, *, needs: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines of a file that is there; blank ones are left out.

    Args:
        path: the file.
        needs: columns without which the file is of no use.

    Raises:
        ConfigError: a column is missing or stands twice, a quote is not closed, or the file is no
            UTF-8 text or cannot be read.
    """
    if not path.exists():
        return
    with closing(_rows(path)) as rows:
        header = _header(path, rows, needs)
        for number, cells in rows:
            if any(cells):
                padded = [*cells, *[""] * (len(header) - len(cells))]
                yield Line(
                    number, dict(zip(header, padded, strict=False)), len(cells) > len(header)
                )


def read_table(path: Path, *, needs: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of a file that must be right as a whole.

    Raises:
        ConfigError: as `read_lines`; or a line is too long.
    """
    for line in read_lines(path, needs=needs):
        if line.is_too_long:
            raise fault(path, line.number, "more cells than columns", "put texts in quotes")
        yield line


def _rows(path: Path) -> Generator[tuple[int, list[str]]]:
    """Yield the cells of each line with the number at which it starts, the header among them."""
    csv.field_size_limit(MAX_CELL)
    with _opened(path) as file:
        reader = csv.reader(file, strict=True)
        number = 1
        try:
            for cells in reader:
                yield number, cells
                number = reader.line_num + 1
        except UnicodeDecodeError:
            raise fault(
                path, number, "no UTF-8 text from about here", "export it as UTF-8"
            ) from None
        except csv.Error as error:
            raise fault(path, number, str(error), "mend the quotes") from None


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise ConfigError(
            f"files: {path}: cannot be read: {_reason(error)}: mend it or its rights"
        ) from None


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()


def _header(path: Path, rows: Iterator[tuple[int, list[str]]], needs: Sequence[str]) -> list[str]:
    _, names = next(rows, (1, []))
    header = [name.strip() for name in names]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise fault(path, 1, f'column "{twice[0]}" stands twice', "keep one")
    for name in needs:
        if name not in header:
            found = ", ".join(header) or "nothing"
            raise fault(path, 1, f'column "{name}" is missing among {found}', "add it")
    return header


def digest_of(paths: Sequence[Path]) -> str:
    """Digest of what stands in files; one that is not there counts as empty.

    Raises:
        ConfigError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\n".encode())
        if path.exists():
            with _opened(path) as file:
                for chunk in iter(lambda: file.buffer.read(CHUNK), b""):
                    digest.update(chunk)
    return digest.hexdigest()
