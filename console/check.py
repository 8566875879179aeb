"""`check`: what stands in the way, and what the service will find."""

import json
from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.bar import drawing_of, legible
from console.option import ConfigOption, opened, to_stderr, to_stdout
from console.progress import shown_progress
from jobs.check.finding import Finding, Level, Part, Section, Unmeasured
from jobs.check.run import Check, run_check
from jobs.exits import Exit
from jobs.setup import SCOPES

_STYLES: dict[Level, str] = {"ok": "green", "hint": "cyan", "warning": "yellow", "error": "red"}
_MARKS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "+"),
    "hint": ("·", "."),
    "warning": ("!", "!"),
    "error": ("✗", "x"),
}
ACCESS = "access to "
"""What the subjects of missing scopes begin with."""

WIDEST_SUBJECT = 40

_HEADINGS: dict[Part, str] = {
    "access": "Access",
    "limits": "Limits",
    "mapping": "Mapping and configuration",
    "fields": "Fields and properties",
    "results": "What will come out",
    "cost": "Cost",
}


def check(
    *,
    config: ConfigOption = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Tell the details too, and the scopes of the key.")
    ] = False,
    output: Annotated[
        Literal["table", "json"], typer.Option("--format", help="table or json.")
    ] = "table",
) -> None:
    """Report what stands in the way and what the service will find; change nothing.

    Example: `toprelatie check --format json`
    """
    console = to_stdout()
    with opened(config) as wiring:
        with shown_progress(to_stderr()) as progress:
            found = run_check(wiring, progress)
        if output == "json":
            text = json.dumps(found.document(), ensure_ascii=False, indent=2)
            console.file.write(text + "\n")
        else:
            _print_check(console, found, has_key=wiring.needs_setup, is_verbose=verbose)
    if found.has_errors:
        raise typer.Exit(Exit.INVALID)


def _print_check(console: Console, found: Check, *, has_key: bool, is_verbose: bool) -> None:
    """Print part by part, and close with what it amounts to; scopes only where there is a key."""
    for section in found.sections:
        console.print(f"[bold]{_HEADINGS[section.part]}[/]")
        rows = [one for one in section.findings if is_verbose or not one.is_detail]
        console.print(_findings_table(console, rows))
        if section.part == "results" and found.unmeasured:
            console.print("[bold]What cannot be measured[/]")
            console.print(_unmeasured_table(console, found.unmeasured))
    if has_key and (is_verbose or any(_is_about_access(one) for one in found.sections)):
        console.print(SCOPES, markup=False, highlight=False)
    console.print(_closing(found, is_verbose=is_verbose), markup=False, highlight=False)


def _findings_table(console: Console, findings: Sequence[Finding]) -> Table:
    """One row for each thing that is said, with all that it is said of."""
    subjects: dict[tuple[Level, str], list[str]] = {}
    for one in findings:
        subjects.setdefault((one.level, one.text), []).append(one.subject)
    table = _table()
    for (level, text), found in subjects.items():
        table.add_row(*_row(console, level, _joined(found, ACCESS), text))
    return table


def _unmeasured_table(console: Console, unmeasured: Sequence[Unmeasured]) -> Table:
    """One row for each reason, with all that it costs."""
    kpis: dict[tuple[Level, str], dict[str, list[str]]] = {}
    for one in unmeasured:
        whole = one.kpi.partition(": ")[0]
        kpis.setdefault((one.level, one.why), {}).setdefault(whole, []).append(one.kpi)
    table = _table()
    for (level, why), found in kpis.items():
        names = [_joined(parts, f"{whole}: ") for whole, parts in found.items()]
        table.add_row(*_row(console, level, "; ".join(names), why))
    return table


def _table() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column()
    table.add_column(max_width=WIDEST_SUBJECT)
    table.add_column()
    return table


def _row(console: Console, level: Level, what: str, text: str) -> tuple[Text, Text, Text]:
    mark = _MARKS[level][drawing_of(console).is_plain]
    said = Text(legible(text, console))
    return Text(mark, style=_STYLES[level]), Text(legible(what, console)), said


def _joined(names: Sequence[str], prefix: str) -> str:
    """Names in one list; what each of them begins with is said once."""
    first, *rest = names
    return ", ".join([first, *(one.removeprefix(prefix) for one in rest)])


def _is_about_access(section: Section) -> bool:
    return any(
        one.subject.startswith(ACCESS) and one.level in {"warning", "error"}
        for one in section.findings
    )


def _closing(found: Check, *, is_verbose: bool) -> str:
    """What all of it amounts to, in one line."""
    levels = [one.level for one in found.findings]
    told = ", ".join(
        f"{levels.count(level)} {level}{'s' if levels.count(level) > 1 else ''}"
        for level in ("error", "warning", "hint")
        if level in levels
    )
    calls = sum(found.calls.values())
    more = "" if is_verbose else "; --verbose tells more"
    return f"{told or 'nothing stands in the way'}; {calls} calls, nothing changed{more}"
