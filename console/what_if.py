"""Print what another mapping or configuration would change, and what stands in the way of it."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

import polars as pl
from rich.console import Console

from console.option import to_stderr, to_stdout
from console.sync import parse_instant
from console.table import print_frame, to_cell
from jobs.what_if import FIELDS, Totals, WhatIf, what_if
from jobs.wiring import Wiring
from kpis.vocabulary import Language
from kpis.wording import Texts

SHOWN_ROWS = 50
"""Rows of the table of changes; machines get all."""

_HEADINGS: dict[str, tuple[str, str]] = {
    "relation_id": ("Id", "Id"),
    "name": ("Naam", "Name"),
    "seller": ("Verkoper", "Seller"),
    "field": ("Waarde", "Value"),
    "before": ("Nu", "Now"),
    "after": ("Straks", "Then"),
    "figure": ("Totaal", "Total"),
    "relations": ("Relaties", "Relations"),
    "top_relations": ("Toprelaties", "Top relations"),
    "mean_relation_score": ("Gemiddelde relatiescore", "Mean relation score"),
    "buying_phase": ("Fase", "Phase"),
    "top_before": ("Top nu", "Top now"),
    "top_after": ("Top straks", "Top then"),
}

CHANGING = ("Relaties die veranderen", "Relations that change")
TOTALS = ("Totalen", "Totals")
BY_PHASE = ("Relaties per fase", "Relations by phase")
SELLER_SCORES = ("Verkopersscores", "Seller scores")
"""Titles, in Dutch and English as the headings are."""


def show_what_if(wiring: Wiring, other: Wiring, *, as_of: str | None, output: str) -> None:
    """Compare and print: tables for people, one object as JSON, or the changes as CSV.

    Args:
        wiring: the account as it is configured.
        other: the same account as it would be.
        as_of: moment of both sides as it was typed; None takes the clock.
        output: one of `console.option.FORMATS`.
    """
    moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
    found = what_if(wiring, other, as_of=moment)
    texts, language = wiring.texts, wiring.parameters.write_back.language
    match output:
        case "json":
            body = json.dumps(_plain(found, moment), ensure_ascii=False, indent=2, default=str)
            to_stdout().file.write(body + "\n")
        case "csv":
            _print(found.changes, texts, language, title=CHANGING, columns=(), output=output)
            _print_remarks(found, to_stderr())
        case _:
            _print_changes(found.changes, texts, language)
            _print_totals(found, texts, language)
            if found.sellers is not None and len(found.sellers):
                columns = ("seller", "before", "after")
                _print(found.sellers, texts, language, title=SELLER_SCORES, columns=columns)
            _print_remarks(found, to_stdout())


def _plain(found: WhatIf, as_of: datetime) -> dict[str, object]:
    """All of it as JSON carries it."""
    return {
        "as_of": as_of.isoformat(),
        "changes": found.changes.to_dicts(),
        "before": asdict(found.before),
        "after": asdict(found.after),
        "sellers": None if found.sellers is None else found.sellers.to_dicts(),
        "sellers_moved": found.sellers_moved,
        "unmapped": [asdict(one) for one in found.unmapped],
        "notes": list(found.notes),
    }


def _print(
    frame: pl.DataFrame,
    texts: Texts,
    language: Language,
    *,
    title: tuple[str, str],
    columns: tuple[str, ...],
    output: str = "table",
) -> None:
    place = 0 if language == "nl" else 1
    print_frame(
        to_stdout(),
        frame,
        title=title[place],
        labels={name: _HEADINGS[name][place] for name in columns},
        output=output,
        texts=texts,
        language=language,
    )


def _print_changes(changes: pl.DataFrame, texts: Texts, language: Language) -> None:
    if changes.is_empty():
        to_stdout().print(f"nothing changes in {', '.join(FIELDS)} of any relation")
        return
    labels = texts.properties.companies
    rows = [
        row
        | {
            "field": labels[row["field"]].text(language),
            "before": to_cell(row["field"], row["before"], texts, language),
            "after": to_cell(row["field"], row["after"], texts, language),
        }
        for row in changes.head(SHOWN_ROWS).to_dicts()
    ]
    _print(
        pl.DataFrame(rows, schema=changes.schema),
        texts,
        language,
        title=CHANGING,
        columns=("relation_id", "name", "seller", "field", "before", "after"),
    )
    if len(changes) > SHOWN_ROWS:
        more = len(changes) - SHOWN_ROWS
        to_stdout().print(f"… and {more} more; --format json prints all", highlight=False)


def _print_totals(found: WhatIf, texts: Texts, language: Language) -> None:
    before, after = (_totals(side, texts, language) for side in (found.before, found.after))
    counts = pl.DataFrame(
        [(figure, one, after[figure]) for figure, one in before.items()],
        schema=["figure", "before", "after"],
        orient="row",
    )
    _print(counts, texts, language, title=TOTALS, columns=("figure", "before", "after"))
    phases = pl.DataFrame(
        {
            "buying_phase": list(found.before.by_phase),
            "before": list(found.before.by_phase.values()),
            "after": list(found.after.by_phase.values()),
            "top_before": list(found.before.top_by_phase.values()),
            "top_after": list(found.after.top_by_phase.values()),
        }
    )
    _print(phases, texts, language, title=BY_PHASE, columns=tuple(phases.columns))


def _totals(side: Totals, texts: Texts, language: Language) -> dict[str, str]:
    """Totals of one side as people read them, by what they count."""
    place = 0 if language == "nl" else 1
    counted: dict[str, int | Decimal | None] = {
        _HEADINGS["relations"][place]: side.relations,
        _HEADINGS["top_relations"][place]: side.top_relations,
    }
    for basis, count in side.by_basis.items():
        counted[f"  {texts.label('basis', basis, language)}"] = count
    counted[_HEADINGS["mean_relation_score"][place]] = side.mean_relation_score
    return {name: to_cell("total", value, texts, language) for name, value in counted.items()}


def _print_remarks(found: WhatIf, console: Console) -> None:
    """Print what is not shown, what the mapping leaves out, and what to know of the comparison."""
    if found.sellers is None and found.sellers_moved:
        console.print(
            f'scores of {found.sellers_moved} sellers differ; seller_metrics.mode is "self": '
            "those of single sellers are not shown",
            style="yellow",
            markup=False,
        )
    for one in found.unmapped:
        console.print(
            f'stage "{one.stage}" of pipeline "{one.pipeline}" has no line in this mapping: '
            f"{one.deals} deals in the mirror stand in it and would be skipped for the phase: "
            "add it under `stages`",
            style="yellow",
            markup=False,
        )
    for note in found.notes:
        console.print(note, style="yellow", markup=False)
