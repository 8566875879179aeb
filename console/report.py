"""`report`: relations, sellers, phases and revenue, from the mirror; asks no CRM."""

from datetime import date
from typing import Annotated, Literal

import polars as pl
import typer

from console.option import ConfigOption, FormatOption, opened, to_stderr, to_stdout
from console.sync import parse_instant
from console.table import FORMATS, print_frame
from jobs.exits import Exit
from jobs.report import phase_report, relation_report, revenue_report, seller_report
from jobs.wiring import Wiring
from kpis.vocabulary import Language
from kpis.wording import Texts

app = typer.Typer(help="Tables of relations, sellers, phases and revenue.", no_args_is_help=True)

AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Moment of the results.")]
SellerOption = Annotated[str | None, typer.Option("--seller", help="One seller's id.")]

_HEADINGS: dict[str, tuple[str, str]] = {
    "relation_id": ("Id", "Id"),
    "name": ("Naam", "Name"),
    "seller_id": ("Id", "Id"),
    "seller": ("Verkoper", "Seller"),
    "relations": ("Rel.", "Rel."),
    "period": ("Periode", "Period"),
    "amount": ("Netto", "Net"),
    "gross": ("Bruto", "Gross"),
    "credits": ("Credits", "Credits"),
    "margin": ("Marge", "Margin"),
    "deals": ("Deals", "Deals"),
    "count": ("Aantal", "Count"),
    "stalled": ("Stil", "Stalled"),
    "share": ("Aandeel", "Share"),
    "top_relations_total": ("Top", "Top"),
    "phase_no_interest_count": ("Geen", "None"),
    "phase_orienting_count": ("Oriënt.", "Orient."),
    "phase_interest_count": ("Inter.", "Inter."),
    "phase_quote_count": ("Offerte", "Quote"),
    "phase_order_count": ("Order", "Order"),
    "phase_unknown_count": ("Onb.", "Unkn."),
    "stalled_count": ("Stil", "Stalled"),
    "revenue_ytd": ("Omzet jaar", "Revenue YTD"),
    "revenue_ttm": ("Omzet 12 mnd", "Revenue TTM"),
    "top_revenue_share": ("Top %", "Top %"),
    "is_top_relation": ("Top", "Top"),
    "buying_phase": ("Fase", "Phase"),
    "phase_since": ("Sinds", "Since"),
    "phase_status": ("Voortgang", "Status"),
    "potential_index": ("Index", "Index"),
    "data_warnings": ("Waarschuwingen", "Warnings"),
}

RELATION_COLUMNS = (
    "relation_id",
    "name",
    "seller",
    "is_top_relation",
    "buying_phase",
    "phase_since",
    "phase_status",
    "potential_index",
    "revenue_ttm",
    "data_warnings",
)
SELLER_COLUMNS = (
    "seller",
    "relations",
    "top_relations_total",
    "phase_no_interest_count",
    "phase_orienting_count",
    "phase_interest_count",
    "phase_quote_count",
    "phase_order_count",
    "phase_unknown_count",
    "stalled_count",
    "revenue_ytd",
    "top_revenue_share",
)
PHASE_COLUMNS = ("buying_phase", "count", "share", "stalled")
REVENUE_COLUMNS = (
    "seller_id",
    "seller",
    "relation_id",
    "name",
    "deals",
    "gross",
    "credits",
    "amount",
    "margin",
)


def headings(columns: tuple[str, ...], texts: Texts, language: Language) -> dict[str, str]:
    """Heading by column: a short word of the report's own, else the label of spec 7."""
    properties = texts.properties
    phrases = properties.sellers | properties.contacts | properties.deals | properties.companies
    labels = {name: phrase.text(language) for name, phrase in phrases.items()}
    short = {name: pair[0 if language == "nl" else 1] for name, pair in _HEADINGS.items()}
    return {name: short.get(name) or labels.get(name) or name for name in columns}


def show(
    wiring: Wiring, frame: pl.DataFrame, *, title: str, columns: tuple[str, ...], output: str
) -> None:
    """Print one report."""
    if output not in FORMATS:
        raise typer.BadParameter(f"{output!r} is none of {', '.join(FORMATS)}")
    language = wiring.parameters.write_back.language
    print_frame(
        to_stdout(),
        frame,
        title=title,
        labels=headings(columns, wiring.texts, language),
        output=output,
        texts=wiring.texts,
        language=language,
    )


@app.command()
def relations(
    *,
    config: ConfigOption = None,
    seller: SellerOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = "table",
) -> None:
    """Every relation with phase, potential and revenue. Example: `toprelatie report relations`."""
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        frame = relation_report(wiring, as_of=moment, seller_id=seller)
        show(wiring, frame, title="Relations", columns=RELATION_COLUMNS, output=output)


@app.command()
def sellers(
    *,
    config: ConfigOption = None,
    seller: SellerOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = "table",
) -> None:
    """Figures per seller, as far as `seller_metrics.mode` allows.

    Example: `toprelatie report sellers --seller 1001`
    """
    with opened(config) as wiring:
        mode = wiring.config.seller_metrics.mode
        if mode == "off":
            to_stderr().print('seller_metrics.mode is "off": no figures per seller are made')
            raise typer.Exit(Exit.USAGE)
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        totals = mode == "self" and seller is None
        frame = seller_report(wiring, as_of=moment, seller_id=seller, only_totals=totals)
        show(wiring, frame, title="Sellers", columns=SELLER_COLUMNS, output=output)
        if totals and output == "table":
            to_stderr().print('seller_metrics.mode is "self": totals of the team; name one seller')


@app.command()
def phases(
    *, config: ConfigOption = None, as_of: AsOfOption = None, output: FormatOption = "table"
) -> None:
    """How many top relations stand in each phase. Example: `toprelatie report phases`."""
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        frame = phase_report(wiring, as_of=moment)
        show(wiring, frame, title="Top relations by phase", columns=PHASE_COLUMNS, output=output)


@app.command()
def revenue(
    *,
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    by: Annotated[
        Literal["seller", "relation"], typer.Option("--by", help="Whose revenue.")
    ] = "seller",
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    output: FormatOption = "table",
) -> None:
    """Realised revenue between two days, both included.

    Example: `toprelatie report revenue --from 2026-01-01 --to 2026-03-31 --by relation`
    """
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        frame = revenue_report(wiring, start=_day(start), end=_day(end), by=by, as_of=moment)
        title = f"Revenue {start} to {end}, {wiring.parameters.reporting.currency}"
        show(wiring, frame, title=title, columns=REVENUE_COLUMNS, output=output)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day as YYYY-MM-DD") from None
