"""`teardown`: take our properties out of the CRM again, with an export before it."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.option import ConfigOption, opened, to_stderr, to_stdout
from console.progress import shown_progress
from jobs.basis import local_date
from jobs.config import config_folder
from jobs.exits import Exit
from jobs.teardown import Teardown, TeardownReport, plan_teardown, run_teardown
from jobs.wiring import Wiring

WHAT_NOW = {
    True: "Nothing is written any more until `toprelatie setup` is run again; stop the service, or "
    "set write_back.enabled: false.",
    False: "The next run writes results again, for it needs no set-up here: stop the service, or "
    "set write_back.enabled: false.",
}
"""What a person should know afterwards, by whether values need properties in this CRM."""


def teardown(
    *,
    config: ConfigOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="Folder of the export, which must not exist; else one beside the configuration.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    inputs: Annotated[
        bool,
        typer.Option("--inputs", help="Archive the properties that people fill too."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
) -> None:
    """Export our values, then archive our computed properties, after showing the plan.

    What people typed stays in the CRM unless `--inputs`. Running it again goes on where it was
    stopped. Write-back asks for `setup` afterwards.

    Example: `toprelatie teardown --dry-run`
    """
    if to is not None and to.exists():
        raise typer.BadParameter(f"{to} exists already; name a folder that does not")
    console = to_stdout()
    with opened(config) as wiring, nullcontext() if dry_run else wiring.store.lock():
        plan = plan_teardown(wiring, has_inputs=inputs)
        folder = to or _free_folder(wiring, config)
        _print_plan(console, plan, folder)
        if dry_run:
            return
        if plan.archive and not yes:
            typer.confirm("Export and archive them?", abort=True)
        with shown_progress(to_stderr()) as progress:
            report = run_teardown(wiring, plan, folder, progress)
        _print_report(console, plan, report, folder)
        console.print(WHAT_NOW[wiring.needs_setup], highlight=False)
    if report.refused or plan.left_out:
        raise typer.Exit(Exit.PARTIAL)


def _free_folder(wiring: Wiring, config: Path | None) -> Path:
    """Folder beside the configuration, named by account and day; a number tells a second one."""
    today = local_date(wiring.clock(), wiring.parameters)
    name = f"toprelatie-export-{wiring.config.account}-{today}"
    folder, number = config_folder(config) / name, 1
    while folder.exists():
        number += 1
        folder = folder.with_name(f"{name}-{number}")
    return folder


def _print_plan(console: Console, plan: Teardown, folder: Path) -> None:
    for sentence in _plan_of(plan, folder):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _plan_of(plan: Teardown, folder: Path) -> Iterator[str]:
    if not plan.archive:
        yield "nothing of ours is left to archive"
    for kind, names in plan.archive.items():
        yield f"archive  {kind}: {len(names)} properties with their values: {', '.join(names)}"
    for kind, names in plan.kept.items():
        yield f"stays    {kind}: {len(names)} properties that people fill, with what they typed"
    for sentence in plan.others:
        yield f"stays    {sentence}"
    for kind, reason in plan.left_out.items():
        yield f"left out {kind}: {reason}"
    for seller, task in plan.tasks.items():
        yield f"stays    task {task} of seller {seller}: close or delete it in the CRM"
    if plan.archive:
        typed = ", what people typed among it" if plan.has_inputs else ""
        yield f"first    all of it{typed} is exported to {folder}"


def _print_report(console: Console, plan: Teardown, report: TeardownReport, folder: Path) -> None:
    if report.exported:
        rows = ", ".join(f"{name} {count}" for name, count in report.exported.items())
        console.print(f"exported to {folder}: rows {rows}", markup=False, highlight=False)
    for kind, count in report.archived.items():
        console.print(f"archived {kind}: {count} properties", highlight=False)
    for name, reason in report.refused.items():
        console.print(
            f"refused  {name}: {reason}: take it out of what uses it, then run this again",
            style="yellow",
            markup=False,
        )
    if plan.archive and not report.refused:
        console.print("done.", style="green")
