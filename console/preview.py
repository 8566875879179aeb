"""Print what a run would write: every value for machines, the first few and the sums for people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.bar import legible
from console.table import to_cell, to_csv
from jobs.difference import ID_COLUMNS, Difference
from jobs.outcome import Report
from jobs.wiring import Wiring
from kpis.vocabulary import ObjectType

SHOWN_ROWS = 40
COLUMNS = ("object_type", "id", "property", "before", "after")


def print_preview(console: Console, report: Report, wiring: Wiring, *, output: str) -> None:
    """Print the differences that a run found.

    Args:
        console: where to print.
        report: of the run.
        wiring: the account.
        output: one of `console.option.FORMATS`.
    """
    prefix = wiring.parameters.write_back.prefix
    rows = [
        (one.object_type, one.external_id, prefix + one.name, one.before, one.after)
        for one in report.found
    ]
    match output:
        case "json":
            body = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
            console.file.write(json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        case "csv":
            console.file.write(to_csv(COLUMNS, rows))
        case _ if rows:
            print_values(console, report.found, wiring, formats="json or csv")
            _print_sums(console, report, prefix)
        case _:
            console.print("nothing would be written")


def print_values(
    console: Console, found: Sequence[Difference], wiring: Wiring, *, formats: str
) -> None:
    """Print the first few values that would be written, each beside what stands.

    Args:
        console: where to print.
        found: the values.
        wiring: the account.
        formats: of this command, in which all of them are printed.
    """
    write_back = wiring.parameters.write_back
    table = Table(
        title="Would be written", title_justify="left", header_style="bold", box=SIMPLE_HEAD
    )
    shown = [
        (one.object_type, one.external_id, write_back.prefix + one.name)
        for one in found[:SHOWN_ROWS]
    ]
    for heading, *cells in zip(("object", "id", "property"), *shown, strict=True):
        width = max(map(len, (heading, *cells)))  # what is meant is never cut; its values fold
        table.add_column(heading, no_wrap=True, min_width=width)
    for heading in ("stands in the CRM", "would become"):
        table.add_column(heading, overflow="fold")
    for one, place in zip(found, shown, strict=False):
        values = (
            Text(
                legible(to_cell(one.name, text or None, wiring.texts, write_back.language), console)
            )
            for text in (one.before, one.after)
        )
        table.add_row(*place, *values)
    console.print(table)
    if len(found) > SHOWN_ROWS:
        console.print(
            f"… and {len(found) - SHOWN_ROWS} more; --format {formats} prints all",
            highlight=False,
        )


def _print_sums(console: Console, report: Report, prefix: str) -> None:
    """Print on how many records each property would change, most first."""
    totals = _records(report)
    counts = Counter((one.object_type, one.name) for one in report.found)
    changed = {
        kind: {one.external_id for one in report.found if one.object_type == kind}
        for kind in totals
    }
    table = Table(
        "object",
        "property",
        title="In sum",
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
    )
    table.add_column("records", justify="right")
    table.add_column("share", justify="right")
    for kind, records in changed.items():
        if records:
            table.add_row(kind, "any", *_share(len(records), totals[kind]), style="bold")
    for (kind, name), count in counts.most_common():
        table.add_row(kind, prefix + name, *_share(count, totals[kind]))
    console.print(table)


def _records(report: Report) -> Mapping[ObjectType, int]:
    """Records of each object type: those with results, and those whose values would be cleared."""
    totals: dict[ObjectType, int] = {}
    for kind in dict.fromkeys(one.object_type for one in report.found):
        assert report.results is not None  # noqa: S101 - differences come out of results
        frame = report.results.frames[kind]
        ids = set(frame.get_column(ID_COLUMNS[kind]).to_list())
        ids |= {one.external_id for one in report.found if one.object_type == kind}
        totals[kind] = len(ids)
    return totals


def _share(count: int, total: int) -> tuple[str, str]:
    return str(count), f"{100 * count / total:.0f} %"
