"""`sync`: take a run by hand."""

import signal
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from console.calls import told_calls, told_counts
from console.option import ConfigOption, check_format, opened, to_stderr, to_stdout
from console.preview import print_preview
from console.progress import shown_progress
from console.runs import print_record
from jobs.check.run import cost_of
from jobs.outcome import STEPS, Report, Request, summary
from jobs.runs import run_sync
from jobs.wiring import Wiring


def sync(
    *,
    config: ConfigOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything anew.")] = False,
    associations: Annotated[
        bool, typer.Option("--associations", help="Read all links anew; compare all ids.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be written; write nothing.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Moment of the results, ISO 8601.")
    ] = None,
    only: Annotated[
        str, typer.Option("--only", help="Steps to take: pull,compute,write.")
    ] = ",".join(STEPS),
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes",
            help="Let this one run change more records than write_back.change_limit.",
        ),
    ] = False,
    output: Annotated[
        str,
        typer.Option(
            "--format",
            help="Of a dry run all values, as table, csv or json; of others the record, as json.",
            show_default="table",
        ),
    ] = "table",
) -> None:
    """Pull, compute and write back.

    Example: `toprelatie sync --dry-run --format json`
    """
    request_steps = _steps(only)
    check_format(output)
    if output == "csv" and not dry_run:
        raise typer.BadParameter("--format csv lists what a dry run would write: add --dry-run")
    console, remarks = to_stdout(), to_stderr()
    with opened(config) as wiring:
        for stop_signal in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop_signal, lambda *_: wiring.stop.set())
        request = Request(
            is_full=full,
            with_associations=associations,
            is_dry=dry_run,
            as_of=parse_instant(as_of, wiring.parameters.reporting.timezone),
            steps=request_steps,
            accepts_changes=accept_changes,
        )
        _check_moment(request, wiring)
        with shown_progress(remarks) as progress:
            report = run_sync(wiring, request, progress)
        if dry_run:
            print_preview(console, report, wiring, output=output)
        elif output == "json" and (run := wiring.store.read_run(report.run_id)):
            print_record(console, wiring, run)
        print_report(console if output == "table" else remarks, report)
    raise typer.Exit(report.exit)


def _check_moment(request: Request, wiring: Wiring) -> None:
    """Refuse to write as of a moment to come: until then every other run would lie before it."""
    if request.as_of is not None and request.as_of > wiring.clock() and not request.is_dry:
        raise typer.BadParameter(
            f"--as-of {request.as_of.isoformat()} is still to come: look at it with --dry-run"
        )


def _steps(only: str) -> frozenset[str]:
    chosen = frozenset(word.strip() for word in only.split(",") if word.strip())
    if not chosen or not chosen <= set(STEPS):
        raise typer.BadParameter(f"{only!r} is not a list out of {','.join(STEPS)}")
    if "write" in chosen and "compute" not in chosen:
        raise typer.BadParameter(f"{only!r}: write needs compute, which tells what to write")
    return chosen


def parse_instant(text: str | None, timezone: str) -> datetime | None:
    """Read an ISO 8601 moment; without a zone it is local to the reporting time zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an ISO 8601 moment") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def print_report(console: Console, report: Report) -> None:
    """Print what a run did in a few lines."""
    console.print(f"run {report.run_id}: {report.status}", style="bold", highlight=False)
    if report.settings.changed:
        console.print(
            f"settings changed since run {report.settings.run_id}: {len(report.settings.changed)} "
            f"(toprelatie runs show {report.run_id})",
            style="yellow",
            highlight=False,
        )
    if report.pulled:
        parts = [
            f"{one.pulled} {kind}"
            + (f" ({one.changed} changed)" if one.changed < one.pulled else "")
            for kind, one in report.pulled.counts.items()
            if one.pulled
        ]
        console.print("pulled   " + (", ".join(parts) or "nothing new"), highlight=False)
    if report.written:
        console.print(
            f"written  {report.written.values} values on {report.written.records} records; "
            f"{report.written.refused_count} refused, {report.written.gone} gone",
            highlight=False,
        )
    if report.tasks and (report.tasks.written or report.tasks.unchanged):
        console.print(
            f"tasks    {report.tasks.written} of sellers brought up to date, "
            f"{report.tasks.unchanged} stood already",
            highlight=False,
        )
    _print_completeness(console, report)
    _print_calls(console, report)
    _print_trouble(console, report)


def _print_completeness(console: Console, report: Report) -> None:
    """Print whether the mirror holds as many records as the CRM says there are."""
    counts = report.pulled.counts if report.pulled else {}
    compared = {kind: one for kind, one in counts.items() if one.is_complete is not None}
    if not compared:
        return
    for kind, count in report.lacking.items():
        console.print(
            f"not complete: {kind}: the CRM counts {compared[kind].total}, the mirror holds "
            f"{compared[kind].held} ({count:+d}): the next run looks again",
            style="yellow",
            markup=False,
        )
    if not report.lacking:
        held = ", ".join(f"{one.held} {kind}" for kind, one in compared.items() if one.held)
        unreadable = sum(one.unreadable for one in compared.values())
        but = f"; {unreadable} more cannot be read" if unreadable else ""
        console.print(f"complete {held or 'nothing there'}{but}", highlight=False)


def _print_calls(console: Console, report: Report) -> None:
    """Print the calls that it took, and answers that were tried again."""
    for label, line in zip(("calls", ""), told_calls(report.calls, report.least), strict=False):
        console.print(f"{label:<9}{line}", highlight=False)
    if any(report.retries.values()):
        console.print(f"retried  {told_counts(report.retries)}", style="yellow", highlight=False)


def _print_trouble(console: Console, report: Report) -> None:
    """Print what was not read, not written or not understood, and what to do about it."""
    counts = summary(report)
    for label in ("rejected", "refused"):
        for what, why in dict(counts[label]).items():  # type: ignore[call-overload]
            console.print(
                f"{label}: {what}: {why}; `toprelatie runs show {report.run_id}` names them",
                style="yellow",
                markup=False,
            )
    for what, why in dict(counts["left_out"]).items():  # type: ignore[call-overload]
        cost = f": {cost_of(what)}" if not what.startswith("write ") else ""
        console.print(f"left out: {what}: {why}{cost}", style="yellow", markup=False)
    for pipeline, stage in report.stages.unmapped if report.stages else ():
        console.print(
            f'stage "{stage}" of pipeline "{pipeline}" has no line in the mapping: '
            "its deals are kept and skipped for the phase; add it under `stages`",
            style="yellow",
            markup=False,
        )
    for note in report.notes:
        console.print(note, style="yellow", markup=False)
