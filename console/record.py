"""One relation as a salesperson would read it."""

from collections.abc import Mapping

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from console.table import to_cell
from kpis.parameters import Parameters
from kpis.properties import properties_of
from kpis.wording import Texts


def print_relation(
    console: Console, relation: Mapping[str, object], texts: Texts, parameters: Parameters
) -> None:
    """Print every value that is written to one company, under its label."""
    language = parameters.write_back.language
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for row in properties_of("companies", "out"):
        value = relation.get(row.name)
        if value is not None and value != []:
            label = texts.properties.companies[row.name].text(language)
            table.add_row(label, to_cell(row.name, value, texts, language))
    title = f"{relation.get('name') or relation['relation_id']} · {relation['relation_id']}"
    console.print(Panel(table, title=title, title_align="left", expand=False))
