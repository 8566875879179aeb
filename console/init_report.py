"""What `init` says: what it found, what it wrote, what is left to a person, and what comes next."""

import shlex
from pathlib import Path

from rich.console import Console

from jobs.init import FirstFiles, Found, Source
from kpis.vocabulary import PHASES

STEPS = (
    ("check", "what stands in the way, and what a first sync costs; changes nothing"),
    ("sync --dry-run", "reads the CRM and shows what would be written; writes nothing there"),
    ("setup", "shows its plan, then creates our properties in the CRM"),
    ("sync", "the first run that writes"),
    ("serve", "the same by schedule"),
)


TO_CHECK, LEFT_OPEN = "To check", "Left open"
HOW_TO_ANSWER = f"""\
  Take the mark # before it away and write the answer behind the colon; a stage or status means
  {", ".join(PHASES)}, or ignore; a stage may be lost."""


def print_found(console: Console, source: Source, found: Found) -> None:
    """Print what the CRM told of itself."""
    description = found.description
    active = [one for one in description.owners if not one.is_archived]
    stages = [one for one in description.stages if not one.is_archived]
    pipelines = {one.pipeline for one in stages}
    currency, timezone = found.currency or "not told", found.timezone or "not told"
    _say(
        console,
        f"found    {source.kind} account {description.account_id}, currency {currency}, "
        f"time zone {timezone}",
    )
    _say(
        console,
        f"         active owners: {len(active)}, deal pipelines: {len(pipelines)}, "
        f"stages in them: {len(stages)}",
    )
    if limits := _limits(found):
        _say(console, f"         {limits}")
    if refused := [*description.capabilities.missing, *found.probe.refused]:
        _say(console, f"         not allowed: {', '.join(refused)}; `toprelatie check` tells why")


def _limits(found: Found) -> str:
    """How much may be called, as far as the CRM tells."""
    windows = {one.name: one for one in found.probe.limits}
    calls, day = windows.get("calls"), windows.get("day")
    parts = [found.probe.tier or ""]
    if calls and calls.allowed:
        parts.append(f"{calls.allowed} calls in {calls.seconds:g} s")
    if day and day.allowed:
        parts.append(f"{day.allowed:,} calls a day")
    return ", ".join(part for part in parts if part)


def print_written(console: Console, files: FirstFiles) -> None:
    """Print what was written, and the lines of the mapping that a person must look at."""
    suggestion = files.suggestion
    to_check, left_open = (list(suggestion.marked(mark)) for mark in ("check", "open"))
    _say(console, f"written  {files.config}")
    doubt = f"{len(to_check)} lines to check, {len(left_open)} left open"
    is_clear = not to_check and not left_open
    _say(console, f"written  {files.mapping}: {'no line in doubt' if is_clear else doubt}")
    for heading, lines in ((TO_CHECK, to_check), (LEFT_OPEN, left_open)):
        if lines:
            console.print(f"\n{heading} in {files.mapping}", style="bold", highlight=False)
        for number, text in lines:
            _say(console, f"  line {number:<4} {text}")
    if left_open:
        _say(console, HOW_TO_ANSWER)


def print_next(console: Console, source: Source, config: Path | None) -> None:
    """Print the commands that lead from here to values in the CRM.

    Args:
        console: where to.
        source: the CRM; a folder needs no set-up.
        config: the file to name in each command; None: it is found by itself.
    """
    option = f" --config {shlex.quote(str(config))}" if config else ""
    steps = [one for one in STEPS if one[0] != "setup" or source.kind == "hubspot"]
    console.print("\nWhat to do next", style="bold")
    if source.kind == "hubspot":
        steps[0] = (
            steps[0][0],
            "what stands in the way; changes nothing; ends with 3 until set-up",
        )
    width = max(len(name) for name, _ in steps) + len(option)
    for name, what in steps:
        _say(console, f"  toprelatie {name + option:{width}}  {what}")


def _say(console: Console, line: str) -> None:
    """Print a line as it is: it may hold brackets, and paths are not to be broken."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)
