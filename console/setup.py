"""`setup`: what must be created once in the CRM, and the words that follow the configuration."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from console.option import ConfigOption, opened, to_stdout
from jobs.exits import Exit
from jobs.placing import admin_steps
from jobs.setup import Plan, plan_setup, run_setup, split_by_access
from jobs.wiring import Wiring
from kpis.vocabulary import ObjectType
from mappings.fields import INPUT_NAMES

NO_SETUP = "no set-up is needed: results are files beside the export; `toprelatie sync` writes them"


def setup(
    *,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_words: Annotated[
        bool,
        typer.Option(
            "--keep-words", help="Leave the words of properties that stand; only add options."
        ),
    ] = False,
) -> None:
    """Create our group and properties in the CRM, after showing the plan.

    Run again after `language` or `texts` changed, it shows which labels of our own properties
    differ, and changes them when you agree. Nothing else that stands is ever altered.

    Example: `toprelatie setup --yes`
    """
    console = to_stdout()
    with opened(config) as wiring:
        if not wiring.needs_setup:
            console.print(f"{wiring.config.account}: {NO_SETUP}", markup=False, highlight=False)
            return
        description = wiring.crm.describe()
        objects, left_out = split_by_access(wiring.config.write_back.objects, description)
        plan = plan_setup(wiring, objects)
        if keep_words:
            plan = plan.keeping_words()
        _print_plan(console, wiring, plan)
        _print_words(console, plan)
        _print_left(console, plan, left_out)
        plan = _agreed(plan, asks=not yes)
        refused = run_setup(wiring.crm, wiring.store, plan, description)
        for sentence in refused:
            console.print(f"refused: {sentence}", style="yellow", markup=False)
        console.print("set up.\n", style="green")
        console.print(_steps(wiring), markup=False, highlight=False, soft_wrap=True)
        _print_left(console, plan, left_out)  # once more, for it is easily lost above
    if plan.conflicts or left_out or refused:
        raise typer.Exit(Exit.PARTIAL)


def _agreed(plan: Plan, *, asks: bool) -> Plan:
    """The plan as far as the person agrees; without what is missing there is no set-up."""
    kept = plan.keeping_words()
    if asks and any(plan.create.values()):
        typer.confirm("Create them?", abort=True)
    if asks and kept.update:
        typer.confirm("Add the options that are new?", abort=True)
    if asks and kept != plan and not typer.confirm("Change these words?"):
        return kept
    return plan


def _print_plan(console: Console, wiring: Wiring, plan: Plan) -> None:
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
    rows = [(kind, one) for kind, found in plan.create.items() for one in found]
    for kind, one in rows:
        filled_by = "people" if one.name in inputs else "Toprelatie"
        table.add_row(kind, one.name, one.label, f"{one.value_type}/{one.field_type}", filled_by)
    if rows:
        console.print(table)
    middle = f"{plan.reworded} with other words, " if plan.reworded else ""
    console.print(f"{len(rows)} to create, {middle}{plan.unchanged} stand already", highlight=False)


def _print_words(console: Console, plan: Plan) -> None:
    """Old and new of each text that would change: an admin may have chosen the old one."""
    if plan.update:
        console.print("Words of our own properties that differ from language and texts:")
    for kind, found in plan.update.items():
        for one in found:
            console.print(f"{kind}.{one.wanted.name}", markup=False, highlight=False)
            for change in one.changes:
                stands = "new" if change.old is None else f'"{change.old}"'
                line = f'  {change.what}: {stands} -> "{change.new}"'
                console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_left(console: Console, plan: Plan, left_out: Mapping[ObjectType, str]) -> None:
    for sentence in plan.conflicts:
        console.print(f"left as it stands: {sentence}", style="yellow", markup=False)
    for object_type, reason in left_out.items():
        console.print(f"left out: {object_type}: {reason}", style="yellow", markup=False)


def _steps(wiring: Wiring) -> str:
    write_back, company = wiring.parameters.write_back, wiring.mapping.fields.company
    inputs = [one for one in INPUT_NAMES if getattr(company, one) == write_back.prefix + one]
    return admin_steps(wiring.texts, write_back.language, inputs)
