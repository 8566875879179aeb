"""`explain`: why one relation has the values it has, as a tree; asks no CRM."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from console.option import ConfigOption, check_format, opened, printable, to_stderr, to_stdout
from console.report import AsOfOption
from console.sync import parse_instant
from jobs.basis import local_date
from jobs.configuration import settings_days
from jobs.exits import Exit
from jobs.explain import NoRelationError, explain_relation
from jobs.wiring import Wiring
from kpis.explain import Node, labelled
from kpis.snapshot import last_day_of_previous_month

FORMATS = ("tree", "json")

TreeFormatOption = Annotated[
    str, typer.Option("--format", help="tree or json.", show_default="tree")
]


def explain(
    company_id: Annotated[str, typer.Argument(help="Id of the company in the CRM.")],
    *,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    output: TreeFormatOption = "tree",
) -> None:
    """Show every value of one relation with the rule, the inputs and their ages behind it.

    Example: `toprelatie explain 1001`
    """
    check_format(output, FORMATS)
    console = to_stdout()
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        try:
            node = explain_relation(wiring, company_id, moment)
        except NoRelationError as error:
            to_stderr().print(str(error), style="red", markup=False)
            raise typer.Exit(Exit.USAGE) from None
        if output == "json":
            console.file.write(json.dumps(asdict(node), ensure_ascii=False, indent=2) + "\n")
        else:
            print_tree(console, labelled(node, wiring.texts, wiring.parameters.write_back.language))
        _print_settings(to_stderr() if output == "json" else console, wiring, moment)


def _print_settings(console: Console, wiring: Wiring, as_of: datetime) -> None:
    """Print when other settings came into force since the score of last month, shown beside."""
    today = local_date(as_of, wiring.parameters)
    timezone = wiring.parameters.reporting.timezone
    month_ago = last_day_of_previous_month(today)
    for one in settings_days(wiring.store, after=month_ago, until=today, timezone=timezone):
        console.print(
            f"settings changed on {one.day}: {one.where}", style="yellow", highlight=False
        )


def print_tree(console: Console, node: Node) -> None:
    """Print an explanation, one line per node."""
    tree = Tree(_line(node), guide_style="dim")
    _grow(tree, node)
    console.print(tree)


def _grow(tree: Tree, node: Node) -> None:
    for child in node.children:
        _grow(tree.add(_line(child)), child)


def _line(node: Node) -> Text:
    """Name, value, rule and reason; a heading without a value stands alone."""
    is_heading = not node.value and bool(node.children)
    line = Text(printable(node.name), style="bold" if is_heading else "")
    if not is_heading:
        line.append(": ").append(printable(node.value) or "·", style="bold")
    if node.rule:
        line.append(f"  §{node.rule}", style="dim")
    if node.note:
        line.append(f"  {printable(node.note)}", style="dim")
    return line
