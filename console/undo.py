"""`undo` and `resume`: put back what stood before a run, and write again afterwards."""

import json
import signal
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from console.option import ConfigOption, check_format, opened, to_stderr, to_stdout
from console.preview import print_values
from console.progress import shown_progress
from jobs.pause import resume as end_pause
from jobs.undo import preview_undo
from jobs.undo import undo as run_undo
from jobs.undo_report import UndoReport
from jobs.wiring import Wiring

FORMATS = ("table", "json")
SHOWN = 20
"""Lines of each kind for people; `--format json` has them all."""


def undo(
    run_id: Annotated[int, typer.Argument(help="The run, as `toprelatie runs` numbers it.", min=1)],
    *,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be put back; write nothing.")
    ] = False,
    output: Annotated[
        str, typer.Option("--format", help="table or json.", show_default="table")
    ] = "table",
) -> None:
    """Put back what stood in the CRM before a run, and pause write-back.

    A value that somebody changed since stays and is named. Runs of the last 30 days can be undone,
    an undo too. Nothing more is written until `toprelatie resume`.

    Example: `toprelatie undo 12 --dry-run`
    """
    check_format(output, FORMATS)
    results, remarks = to_stdout(), to_stderr()
    with opened(config) as wiring:
        with shown_progress(remarks) as progress:
            report = None if yes and not dry_run else preview_undo(wiring, run_id, progress)
        if report and not (dry_run and output == "json"):
            _print_preview(results if output == "table" else remarks, report, wiring)
        if not dry_run:
            if report:
                _ask(report)
            for stop_signal in (signal.SIGTERM, signal.SIGINT):  # a question ends as usual
                signal.signal(stop_signal, lambda *_: wiring.stop.set())
            with shown_progress(remarks) as progress:
                report = run_undo(wiring, run_id, progress)
        assert report is not None  # noqa: S101 - one of the two has made it
        if output == "json":
            results.file.write(json.dumps(_body(report, wiring), ensure_ascii=False, indent=2))
            results.file.write("\n")
        elif not dry_run:
            _print_done(results, report, wiring)
    raise typer.Exit(report.exit)


def resume(*, config: ConfigOption = None) -> None:
    """End the pause of write-back that an undo began; the next run writes again.

    Example: `toprelatie resume`
    """
    with opened(config) as wiring:
        ended = end_pause(wiring.store)
    if ended is None:
        to_stderr().print("write-back is not paused: nothing to resume")
        return
    to_stderr().print(
        f"write-back goes on: the next run writes again (paused since {ended.since:%Y-%m-%d %H:%M} "
        f"UTC by the undo of run {ended.undone_run})",
        highlight=False,
    )


def _ask(report: UndoReport) -> None:
    what = f"Put back {report.counts.total()} values on {report.records} records"
    typer.confirm(f"{what} and pause write-back?", abort=True, err=True)


def _print_preview(console: Console, report: UndoReport, wiring: Wiring) -> None:
    table = Table(
        "object",
        "property",
        "values to put back",
        title=f"Before run {report.undone_run}",
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
    )
    table.columns[-1].justify = "right"
    prefix = wiring.parameters.write_back.prefix
    for (kind, name), count in report.counts.most_common(SHOWN):
        table.add_row(kind, prefix + name, str(count))
    if report.counts:
        console.print(table)
        if (more := len(report.counts) - SHOWN) > 0:
            console.print(f"… and {more} more properties; --format json names all")
        print_values(console, report.found, wiring, formats="json")
    console.print(
        f"{report.counts.total()} values on {report.records} records would go back; "
        f"{report.standing} stand already as before",
        highlight=False,
    )
    _print_trouble(console, report, wiring)


def _print_done(console: Console, report: UndoReport, wiring: Wiring) -> None:
    console.print(
        f"run {report.run_id}: undo of run {report.undone_run}: {report.status}",
        style="bold",
        highlight=False,
    )
    written = report.written
    console.print(
        f"put back {written.values} values on {written.records} records; {report.standing} stood "
        f"already; {written.refused_count} records refused, {_gone(report)} gone",
        highlight=False,
    )
    _print_trouble(console, report, wiring)
    if report.pause:
        console.print(
            report.pause.sentence, style="yellow", markup=False, highlight=False, soft_wrap=True
        )


def _print_trouble(console: Console, report: UndoReport, wiring: Wiring) -> None:
    """Print what is not put back, and why."""
    prefix = wiring.parameters.write_back.prefix
    lines = [
        f"left as it is: {one.object_type} {one.external_id}"
        + (f" {prefix}{one.name}" if one.name else "")
        + f": {one.reason}"
        for one in report.left
    ]
    _print_some(console, lines)
    _print_some(console, [f"gone: {kind} {external_id}" for kind, external_id in report.gone])
    for reason, count in report.written.refused.items():
        lines = [f"refused: {count} records: {reason}; `toprelatie runs show` names them"]
        _print_some(console, lines)
    _print_some(console, [f"left out: {what}: {why}" for what, why in report.left_out.items()])
    _print_some(console, report.notes)


def _print_some(console: Console, lines: Iterable[str]) -> None:
    every = list(lines)
    more = len(every) - SHOWN
    for line in [*every[:SHOWN], *([f"… and {more} more; --format json names all"] * (more > 0))]:
        console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _gone(report: UndoReport) -> int:
    return len(report.gone) + report.written.gone


def _body(report: UndoReport, wiring: Wiring) -> dict[str, object]:
    """The whole report; names of properties as the CRM has them."""
    prefix = wiring.parameters.write_back.prefix
    return {
        "undone_run": report.undone_run,
        "run_id": report.run_id or None,
        "status": report.status,
        "to_put_back": [
            {"object_type": kind, "property": prefix + name, "values": count}
            for (kind, name), count in report.counts.most_common()
        ],
        "values": [
            {
                "object_type": one.object_type,
                "id": one.external_id,
                "property": prefix + one.name,
                "before": one.before,
                "after": one.after,
            }
            for one in report.found
        ],
        "written": {"records": report.written.records, "values": report.written.values},
        "standing": report.standing,
        "left": [
            {
                "object_type": one.object_type,
                "id": one.external_id,
                "property": prefix + one.name if one.name else None,
                "reason": one.reason,
            }
            for one in report.left
        ],
        "gone": [{"object_type": kind, "id": one} for kind, one in report.gone],
        "refused": report.written.refused,
        "left_out": report.left_out,
        "notes": report.notes,
        "paused": {**asdict(report.pause), "since": report.pause.since.isoformat()}
        if report.pause
        else None,
    }
