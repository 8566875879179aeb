"""`runs`: what runs did, in a list, and one of them whole."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from console.calls import told_calls, told_counts
from console.option import ConfigOption, check_format, opened, to_stderr, to_stdout
from jobs.basis import FINISHED_WELL, SYNC
from jobs.configuration import SettingsChange, changed_since_sync, told
from jobs.exits import Exit
from jobs.wiring import Wiring
from store.run import Run

FORMATS = ("text", "json")
SHOWN_IDS = 20
ABSENT = "·"

app = typer.Typer(invoke_without_command=True)


@app.callback()
def runs(
    context: typer.Context,
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 10,
) -> None:
    """List the last runs. Example: `toprelatie runs`."""
    if context.invoked_subcommand:
        return
    with opened(config) as wiring:
        zone = wiring.parameters.reporting.timezone
        table = Table(
            "run",
            "kind",
            f"started ({zone})",
            "seconds",
            "status",
            header_style="bold",
            box=SIMPLE_HEAD,
            collapse_padding=True,  # a line a run on a screen of 100 characters
            pad_edge=False,
        )
        for heading in ("written", "refused", "rejected", "calls"):
            table.add_column(heading, justify="right")
        table.add_column("settings")
        found = wiring.store.read_runs(limit=limit)
        marks = _marks(wiring, found)
        for run in found:
            table.add_row(*_cells(run, ZoneInfo(zone)), marks.get(run.run_id, ""))
        to_stdout().print(table)


def _marks(wiring: Wiring, found: Sequence[Run]) -> dict[int, str]:
    """Mark by number of runs whose settings are not those of the last sync before that ended."""
    if not found:
        return {}
    before = wiring.store.read_run_before(found[-1].run_id, kind=SYNC, statuses=FINISHED_WELL)
    last = before and before.counts["fingerprint"]
    marks: dict[int, str] = {}
    for run in reversed(found):
        own = run.counts.get("fingerprint")
        if own and last and own != last:
            marks[run.run_id] = "changed"
        if own and run.kind == SYNC and run.status in FINISHED_WELL:
            last = own
    return marks


def _cells(run: Run, zone: ZoneInfo) -> Iterator[str]:
    counts = run.counts
    yield str(run.run_id)
    yield run.kind
    yield _moment(run.started_at, zone)
    yield _seconds(run)
    yield run.status or ABSENT
    yield str(counts.get("written", ABSENT))
    for name in ("refused", "rejected", "calls"):
        yield _sum(counts.get(name))


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _seconds(run: Run) -> str:
    if run.finished_at is None:
        return ABSENT
    return f"{(run.finished_at - run.started_at).total_seconds():.1f}"


def _sum(counts: object) -> str:
    match counts:
        case dict():
            return str(sum(counts.values()))
        case None:
            return ABSENT
        case _:
            return str(counts)


@app.command("show")
def show(
    run_id: Annotated[int, typer.Argument(help="The run, as `toprelatie runs` numbers it.", min=1)],
    *,
    config: ConfigOption = None,
    output: Annotated[
        str, typer.Option("--format", help="text or json.", show_default="text")
    ] = "text",
) -> None:
    """Show one run: what it did, whom it left out and why, and which settings had changed.

    Example: `toprelatie runs show 12`
    """
    check_format(output, FORMATS)
    with opened(config) as wiring:
        run = wiring.store.read_run(run_id)
        if run is None:
            to_stderr().print(
                f"{wiring.config.account}: run {run_id} is not among the runs of this account: "
                "`toprelatie runs` lists them",
                style="red",
                markup=False,
            )
            raise typer.Exit(Exit.USAGE)
        if output == "json":
            print_record(to_stdout(), wiring, run)
        else:
            _print_run(to_stdout(), wiring, run)


def print_record(console: Console, wiring: Wiring, run: Run) -> None:
    """Print all that is known of a run as JSON."""
    settings = changed_since_sync(wiring.store, run.run_id, run.counts.get("fingerprint"))
    refused = wiring.store.read_refusals() if run.counts.get("refused") else []
    record = {
        "run_id": run.run_id,
        "kind": run.kind,
        "status": run.status,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        **run.counts,
        "settings_since": settings.run_id,
        "changed_settings": [one._asdict() for one in settings.changed],
        "rejections": [
            {"object_type": one.object_type, "id": one.external_id, "reason": one.reason}
            for one in wiring.store.read_rejections(run.run_id)
        ],
        "refusals": [
            {"object_type": one.object_type, "id": one.external_id, "reason": one.reason}
            for one in refused
        ],
    }
    console.file.write(json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def _print_run(console: Console, wiring: Wiring, run: Run) -> None:
    """Print a run in sections, each with its name in front; what is empty is left out."""
    settings = changed_since_sync(wiring.store, run.run_id, run.counts.get("fingerprint"))
    zone = wiring.parameters.reporting.timezone
    how = run.status or "has no end: it is at work, or its process died"
    console.print(f"run {run.run_id}: {run.kind}, {how}", style="bold", highlight=False)
    sections: dict[str, Iterable[str]] = {
        "started": [f"{_moment(run.started_at, ZoneInfo(zone))} {zone}, {_seconds(run)} seconds"],
        "as of": _of_moment(run.counts, zone),
        "settings": _of_settings(settings),
        "pulled": _joined(run.counts.get("pulled")),
        "written": _of_writing(run.counts),
        "rejected": _grouped(
            (one.object_type, one.external_id, one.reason)
            for one in wiring.store.read_rejections(run.run_id)
        ),
        "refused": _of_refusals(wiring, run.counts),
        "left": _grouped(
            (kind, one if name is None else f"{one} {name}", reason)
            for kind, one, name, reason in run.counts.get("left_values", ())
        ),
        "left out": (f"{what}: {why}" for what, why in run.counts.get("left_out", {}).items()),
        "unmapped": (
            f'stage "{stage}" of pipeline "{pipeline}"'
            for pipeline, stage in run.counts.get("unmapped_stages", ())
        ),
        "calls": told_calls(run.counts.get("calls") or {}, run.counts.get("least_calls") or {}),
        "retried": filter(None, [told_counts(run.counts.get("retries") or {})]),
        "notes": run.counts.get("notes", ()),
    }
    for name, lines in sections.items():
        for label, line in zip(_labels(name), lines, strict=False):
            console.print(f"{label:<9}{line}", markup=False, highlight=False)


def _of_moment(counts: Mapping[str, Any], zone: str) -> Iterator[str]:
    if as_of := counts.get("as_of"):
        yield f"{_moment(datetime.fromisoformat(as_of), ZoneInfo(zone))} {zone}"


def _labels(name: str) -> Iterator[str]:
    yield name
    while True:
        yield ""


def _joined(counts: Mapping[str, int] | None) -> list[str]:
    parts = [f"{count} {what}" for what, count in (counts or {}).items() if count]
    return [", ".join(parts)] if parts else []


def _of_settings(settings: SettingsChange) -> Iterator[str]:
    if settings.changed:
        yield f"{len(settings.changed)} changed since run {settings.run_id}"
        yield from map(told, settings.changed)
    elif settings.run_id is not None:
        yield f"as those of run {settings.run_id}"


def _of_writing(counts: Mapping[str, Any]) -> Iterator[str]:
    if "written" in counts:
        yield (
            f"{counts.get('values', 0)} values on {counts['written']} records of "
            f"{counts.get('differences', 0)} differences, {counts.get('gone', 0)} gone"
        )


def _of_refusals(wiring: Wiring, counts: Mapping[str, Any]) -> Iterator[str]:
    """Refusals of this run by reason; the ids are known of those that still stand."""
    for reason, count in dict(counts.get("refused") or {}).items():
        yield f"{count} records: {reason}"
    standing = list(
        _grouped(
            (one.object_type, one.external_id, one.reason) for one in wiring.store.read_refusals()
        )
    )
    if standing and counts.get("refused"):
        yield "still refused after the last run that tried:"
        yield from standing


def _grouped(found: Iterable[tuple[str, str | None, str]]) -> Iterator[str]:
    """One line per object type and reason, with the ids."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for object_type, external_id, reason in found:
        groups[object_type, reason].append(external_id or "(no readable id)")
    for (object_type, reason), ids in groups.items():
        more = f" and {len(ids) - SHOWN_IDS} more" if len(ids) > SHOWN_IDS else ""
        yield f"{object_type}: {reason}: {', '.join(ids[:SHOWN_IDS])}{more}"
