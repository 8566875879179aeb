"""Print a frame as a table for people, or as CSV or JSON for machines."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.bar import Drawing, drawing_of, legible
from kpis.properties import PROPERTIES
from kpis.vocabulary import Language
from kpis.wording import Texts

if TYPE_CHECKING:  # `sync` writes cells without a frame
    import polars as pl


_NAMES = frozenset({"relation_id", "seller_id", "seller"})
"""Columns that stay on one line."""

_BARS = frozenset({"kpi1_ratio", "phase_coverage", "pg_coverage", "share"})
"""Shares with a bar beside them."""

_SHARE_WIDTH = len("100,0 %")

_MARKED_BY = {"relation_score": "relation_score_band"}
"""Columns whose mark is that of another column; the rest carry their own."""

MOST_WIDTH = 10_000
"""Wider than any table."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def print_frame(
    console: Console,
    frame: "pl.DataFrame",
    *,
    title: str,
    labels: Mapping[str, str],
    output: str,
    texts: Texts,
    language: Language,
) -> None:
    """Print one row per line; a table shows labels, machines get identifiers.

    Args:
        console: where to print.
        frame: the rows; columns named by the identifiers of the specification.
        title: heading of the table.
        labels: heading by column; a column without one is left out of the table.
        output: one of `console.option.FORMATS`.
        texts: labels of options.
        language: language of option labels in the table.
    """
    match output:
        case "json":
            rows = [{key: _plain(value) for key, value in row.items()} for row in frame.to_dicts()]
            console.file.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
        case "csv":
            console.file.write(to_csv(frame.columns, [row.values() for row in frame.to_dicts()]))
        case _:
            table = _table(console, frame, labels, texts, language, has_bars=True)
            unbound = console.options.update(max_width=MOST_WIDTH)
            if console.measure(table, options=unbound).maximum > console.width:
                table = _table(console, frame, labels, texts, language, has_bars=False)
            table.title = legible(title, console)
            console.print(table)


def _table(
    console: Console,
    frame: "pl.DataFrame",
    labels: Mapping[str, str],
    texts: Texts,
    language: Language,
    *,
    has_bars: bool,
) -> Table:
    """Labelled columns of the frame, with marks and, where there is room, bars."""
    drawing = drawing_of(console)
    shown = [name for name in labels if name in frame.columns]
    table = Table(title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in shown:
        numeric = frame.schema[name].is_numeric()
        table.add_column(
            legible(labels[name], console),
            justify="right" if numeric else "left",
            no_wrap=numeric or name in _NAMES,
            overflow="fold" if drawing.is_plain else "ellipsis",
        )
    for row in frame.to_dicts():
        cells = []
        for name in shown:
            value = legible(to_cell(name, row[name], texts, language), console)
            if name in _BARS and has_bars and isinstance(row[name], Decimal):
                value = f"{drawing.bar(row[name])} {value:>{_SHARE_WIDTH}}"
            cells.append(Text(_mark(name, row, drawing) + value))
        table.add_row(*cells)
    return table


def _mark(name: str, row: Mapping[str, object], drawing: Drawing) -> str:
    """Mark before a value, empty where there is none."""
    column = _MARKED_BY.get(name, name)
    mark = drawing.mark(column, row.get(column))
    return mark and mark + " "


def to_csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV text in which no cell can start a formula in a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_neutral(_cell(value)) for value in row])
    return buffer.getvalue()


def _neutral(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _cell(value: object) -> object:
    """Value in one cell: several options as the CRM writes them, yes and no as words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(str(_plain(one)) for one in value)
    return _plain(value)


def _plain(value: object) -> object:
    """Value as JSON and CSV carry it: numbers as exact text, days and instants in ISO form."""
    match value:
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case list():
            return [_plain(one) for one in value]
        case _:
            return value


_OPTION_SETS = {row.name: row.option_set for row in PROPERTIES if row.option_set} | {
    "seller_score_reason": "seller_score_reason",
    "seller_warnings": "seller_warning",
}


def to_cell(name: str, value: object, texts: Texts, language: Language) -> str:
    """Value as people read it in the given language; an absent one is a dot."""
    if value is None or value == []:
        return "·"
    if isinstance(value, list):
        return ", ".join(to_cell(name, one, texts, language) for one in value)
    word = str(value).lower() if isinstance(value, bool) else str(value)
    labels = texts.options.get(_OPTION_SETS.get(name, ""), {})
    if word in labels:
        return labels[word].text(language)
    match value:
        case Decimal():
            return _number(name, value, language)
        case date():
            return value.strftime("%d-%m-%Y") if language == "nl" else f"{value:%Y-%m-%d}"
        case _:
            return word


_FRACTIONS = (
    "_share",
    "_ratio",
    "_coverage",
    "_completeness",
    "share",
    "share_of_potential",
    "focus_share_time",
    "attainment",
    "pace",
)


def _number(name: str, value: Decimal, language: Language) -> str:
    is_fraction = name.endswith(_FRACTIONS) or name.startswith("phase_conversion")
    text = f"{value * 100:,.1f} %" if is_fraction else f"{value:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text
