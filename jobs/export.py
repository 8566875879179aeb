"""Export what stands of ours in the CRM, and our own history, as CSV: whole, or not at all.

The files are written into a folder beside the one that is asked for, read back, compared with the
CRM's own counts, and get their name only then.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Final

from connector.files.result import with_mark
from connector.ports import PermanentCrmError
from jobs.pulled import Progress
from jobs.wiring import Wiring
from kpis.vocabulary import ObjectType

README: Final = "README.txt"
HISTORY: Final = ("memberships", "relation_days", "seller_days")
"""Frames of our own history that are exported."""


def export_values(
    wiring: Wiring,
    properties: Mapping[ObjectType, Sequence[str]],
    folder: Path,
    *,
    has_inputs: bool,
    progress: Progress,
) -> dict[str, int]:
    """Write the values of these properties (full names), one file per object type, and history.

    Returns how many rows each file has.

    Raises:
        PermanentCrmError: the folder exists or cannot be written, or fewer records came than the
            CRM counts.
    """
    part = folder.with_name(folder.name + ".part")
    with _told(folder):
        _clear(part)
        if folder.exists():
            raise PermanentCrmError(f"export: {folder} exists already: name another folder")
        part.mkdir(mode=0o700, parents=True)
        try:
            rows = _export_all(wiring, properties, part, progress)
            _write_readme(wiring, part, rows, has_inputs=has_inputs)
            part.rename(folder)
        except BaseException:
            _clear(part)  # half an export holds values of people and helps nobody
            raise
    return rows


def _export_all(
    wiring: Wiring,
    properties: Mapping[ObjectType, Sequence[str]],
    part: Path,
    progress: Progress,
) -> dict[str, int]:
    rows = {
        f"{kind}.csv": _export_type(wiring, kind, names, part, progress)
        for kind, names in properties.items()
    }
    rows |= _export_history(wiring, part)
    _verify(part, rows)
    return rows


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise PermanentCrmError(
            f"export: {folder} cannot be written: {reason}: nothing was archived; mend it or name "
            "another folder with --to"
        ) from None


def _clear(part: Path) -> None:
    """Remove what an export that was killed has left; anything else in there stops us."""
    if part.exists():
        for path in part.iterdir():
            if path.suffix == ".csv" or path.name == README:
                path.unlink()
        part.rmdir()


def _export_type(
    wiring: Wiring, kind: ObjectType, names: Sequence[str], part: Path, progress: Progress
) -> int:
    """Write all records of a type; a count before and one after bound what may be missing."""
    before = wiring.crm.count(kind)
    done = 0

    def lines() -> Iterator[Sequence[str]]:
        nonlocal done
        for page in wiring.crm.values(kind, names):
            for external_id, values in page.items():
                done += 1
                yield (external_id, *(values.get(name, "") for name in names))
            progress(f"export {kind}", done, before)

    _write(part / f"{kind}.csv", ("id", *names), lines())
    after = wiring.crm.count(kind)
    least = min((one for one in (before, after) if one is not None), default=0)
    if done < least:
        raise PermanentCrmError(
            f"export: {kind}: {done} records came and the CRM counts {least}: nothing was "
            "archived; run it again in some minutes"
        )
    return done


def _export_history(wiring: Wiring, part: Path) -> dict[str, int]:
    """Write our own history; figures of single sellers only where they may be seen by others."""
    history = wiring.store.read_own_history()
    names = [one for one in HISTORY if one != "seller_days" or shows_sellers(wiring)]
    rows: dict[str, int] = {}
    for name in names:
        frame = getattr(history, name)
        _write(part / f"{name}.csv", frame.columns, (map(_text, row) for row in frame.iter_rows()))
        rows[f"{name}.csv"] = frame.height
    return rows


def shows_sellers(wiring: Wiring) -> bool:
    """Whether figures of single sellers may stand in a file for others (design: safety)."""
    return wiring.parameters.seller_metrics.mode == "self_and_manager"


def _write(path: Path, header: Sequence[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in chain([header], rows):
            writer.writerow([with_mark(cell) for cell in row])
        file.flush()
        os.fsync(file.fileno())


def _text(value: object) -> str:
    """Value as text: exact numbers, days and instants in ISO form, nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize():f}"
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _verify(part: Path, rows: Mapping[str, int]) -> None:
    """Read every file back and count its rows."""
    for name, count in rows.items():
        with (part / name).open(encoding="utf-8", newline="") as file:
            found = sum(1 for _ in csv.reader(file)) - 1
        if found != count:
            raise PermanentCrmError(
                f"export: {name} holds {found} rows and {count} were written: nothing was "
                "archived; look at the disk"
            )


def _write_readme(wiring: Wiring, part: Path, rows: Mapping[str, int], *, has_inputs: bool) -> None:
    typed = (
        "what people typed into our properties (pains, gains, suppliers and so on) among them"
        if has_inputs
        else "what people typed is not among them, for it stays in the CRM"
    )
    account, now = wiring.config.account, wiring.clock()
    lines = [
        f"Values of Toprelatie as they stood in the CRM of account {account}, {typed}.",
        f"Exported on {now:%Y-%m-%d %H:%M} UTC.",
        "Columns of companies, contacts and deals are the CRM's names of the properties; the id is",
        "the record id, by which the file can be imported again. A text that a spreadsheet would",
        "run as a formula has an apostrophe before it.",
        "",
        *(f"{name}: {count} rows" for name, count in rows.items()),
    ]
    if not shows_sellers(wiring):
        lines.append("seller_days: left out, as seller_metrics.mode wants; they stay in the store")
    with (part / README).open("x", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
