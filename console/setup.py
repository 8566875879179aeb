"""`check` and `setup`: what stands in the way, and what must be created once."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from console.option import ConfigOption, FormatOption, opened, to_stdout
from jobs.check import Finding, run_check
from jobs.exits import Exit
from jobs.setup import ADMIN_STEPS, SCOPES, plan_setup, run_setup, split_by_access
from jobs.wiring import Wiring
from mappings.fields import INPUT_NAMES

_STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


def check(*, config: ConfigOption = None, output: FormatOption = "table") -> None:
    """Report every fault of configuration, mapping and CRM at once; change nothing.

    Example: `toprelatie check`
    """
    console = to_stdout()
    with opened(config) as wiring:
        findings = run_check(wiring)
        if output == "json":
            rows = [
                {"level": one.level, "subject": one.subject, "text": one.text} for one in findings
            ]
            console.file.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        else:
            _print_findings(console, findings)
            console.print(SCOPES, markup=False, highlight=False)
    if any(one.level == "error" for one in findings):
        raise typer.Exit(Exit.INVALID)


def _print_findings(console: Console, findings: list[Finding]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for one in findings:
        table.add_row(f"[{_STYLES[one.level]}]{one.level}[/]", one.subject, one.text)
    console.print(table)


def setup(
    *,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Create our group and properties in the CRM, after showing the plan.

    Example: `toprelatie setup --yes`
    """
    console = to_stdout()
    with opened(config) as wiring:
        description = wiring.crm.describe()
        objects, left_out = split_by_access(wiring.config.write_back.objects, description)
        plan = plan_setup(wiring, objects)
        _print_plan(console, wiring, plan.create, plan.unchanged)
        for sentence in plan.conflicts:
            console.print(f"left as it stands: {sentence}", style="yellow", markup=False)
        for object_type, reason in left_out.items():
            console.print(f"left out: {object_type}: {reason}", style="yellow", markup=False)
        if any(plan.create.values()) and not yes:
            typer.confirm("Create them?", abort=True)
        run_setup(wiring.crm, wiring.store, plan, description)
        console.print("set up.\n", style="green")
        console.print(ADMIN_STEPS, markup=False, highlight=False)
    if plan.conflicts or left_out:
        raise typer.Exit(Exit.PARTIAL)


def _print_plan(console: Console, wiring: Wiring, create: object, unchanged: int) -> None:
    table = Table(
        "object",
        "property",
        "label",
        "type",
        "who fills it",
        header_style="bold",
        title=f"To create in account {wiring.config.account}",
        title_justify="left",
    )
    inputs = {wiring.parameters.write_back.prefix + name for name in INPUT_NAMES}
    rows = [(kind, one) for kind, found in dict(create).items() for one in found]  # type: ignore[call-overload]
    for kind, one in rows:
        filled_by = "people" if one.name in inputs else "Toprelatie"
        table.add_row(kind, one.name, one.label, f"{one.value_type}/{one.field_type}", filled_by)
    if rows:
        console.print(table)
    console.print(f"{len(rows)} to create, {unchanged} stand already", highlight=False)
