"""`report`: relations, sellers, phases, revenue and what-if, from the mirror; asks no CRM."""

from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
import typer

from console.digest import digest
from console.option import (
    FORMATS,
    ConfigOption,
    FormatOption,
    check_format,
    opened,
    to_stderr,
    to_stdout,
)
from console.report_page import print_relation_page, print_seller_page
from console.sync import parse_instant
from console.table import print_frame
from console.what_if import show_what_if
from jobs.alternative import with_config
from jobs.exits import Exit
from jobs.report import phase_report, relation_report, revenue_report, seller_report
from jobs.wiring import Wiring
from kpis.vocabulary import Language
from kpis.wording import Texts

app = typer.Typer(invoke_without_command=True, no_args_is_help=True)

AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Moment of the results.")]
SellerOption = Annotated[str | None, typer.Option("--seller", help="One seller's id.")]
PageFormatOption = Annotated[
    str, typer.Option("--format", help="table, csv, json or html.", show_default="table")
]
PAGE = "html"
PAGE_FORMATS = (*FORMATS, PAGE)

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
    "contact_status": ("Contact", "Contact"),
    "relation_score": ("Score", "Score"),
    "next_best_action": ("Volgende actie", "Next action"),
    "kpi1": ("KPI 1", "KPI 1"),
    "pg_coverage": ("Pains & gains", "Pains & gains"),
    "seller_score": ("Score", "Score"),
}

RELATIONS = ("Relaties", "Relations")
SELLERS = ("Verkopers", "Sellers")
PHASES = ("Toprelaties per fase", "Top relations by phase")

RELATION_COLUMNS = (
    "relation_id",
    "name",
    "seller",
    "is_top_relation",
    "buying_phase",
    "phase_status",
    "contact_status",
    "relation_score",
    "next_best_action",
)
SELLER_COLUMNS = (
    "seller",
    "top_relations_total",
    "kpi1",
    "kpi1_ratio",
    "phase_coverage",
    "pg_coverage",
    "revenue_ytd",
    "pace",
    "seller_score",
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
    wiring: Wiring,
    frame: pl.DataFrame,
    *,
    title: tuple[str, str],
    columns: tuple[str, ...],
    output: str,
) -> None:
    """Print one report; its title is given in Dutch and English, as the headings are."""
    language = wiring.parameters.write_back.language
    print_frame(
        to_stdout(),
        frame,
        title=title[0 if language == "nl" else 1],
        labels=headings(columns, wiring.texts, language),
        output=output,
        texts=wiring.texts,
        language=language,
    )


app.command()(digest)


@app.callback()
def report(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration to look at before it is used.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Configuration in force; else $TOPRELATIE_CONFIG, else config.yaml."
        ),
    ] = None,
    as_of: AsOfOption = None,
    output: FormatOption = "table",
) -> None:
    """Tables from the mirror; without a table's name, what another configuration would change.

    Example: `toprelatie report --config other.yaml`
    """
    if context.invoked_subcommand:
        if config or against or as_of or output != "table":
            raise typer.BadParameter(f"options stand after `report {context.invoked_subcommand}`")
        return
    if config is None:
        raise typer.BadParameter("name a table, or with --config the configuration to look at")
    check_format(output)
    with opened(against) as wiring:
        show_what_if(wiring, with_config(wiring, config), as_of=as_of, output=output)


@app.command()
def relations(
    *,
    config: ConfigOption = None,
    seller: SellerOption = None,
    as_of: AsOfOption = None,
    output: PageFormatOption = "table",
) -> None:
    """Every relation with phase, contact, score and next action.

    Example: `toprelatie report relations --format html > relations.html`
    """
    check_format(output, PAGE_FORMATS)
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        _check_seller(wiring, seller)
        frame = relation_report(wiring, as_of=moment, seller_id=seller)
        if output == PAGE:
            print_relation_page(wiring, frame, as_of=moment)
            return
        show(wiring, frame, title=RELATIONS, columns=RELATION_COLUMNS, output=output)


@app.command()
def sellers(
    *,
    config: ConfigOption = None,
    seller: SellerOption = None,
    as_of: AsOfOption = None,
    output: PageFormatOption = "table",
) -> None:
    """Figures per seller, as far as `seller_metrics.mode` allows.

    Example: `toprelatie report sellers --seller 1001`
    """
    check_format(output, PAGE_FORMATS)
    with opened(config) as wiring:
        mode = wiring.config.seller_metrics.mode
        if mode == "off":
            to_stderr().print('seller_metrics.mode is "off": no figures per seller are made')
            raise typer.Exit(Exit.USAGE)
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        _check_seller(wiring, seller)
        if output == PAGE:
            print_seller_page(wiring, seller_id=seller, as_of=moment)
            return
        totals = mode == "self" and seller is None
        frame = seller_report(wiring, as_of=moment, seller_id=seller, only_totals=totals)
        show(wiring, frame, title=SELLERS, columns=SELLER_COLUMNS, output=output)
        if totals and output == "table":
            to_stderr().print('seller_metrics.mode is "self": totals of the team; name one seller')


@app.command()
def phases(
    *, config: ConfigOption = None, as_of: AsOfOption = None, output: FormatOption = "table"
) -> None:
    """How many top relations stand in each phase. Example: `toprelatie report phases`."""
    check_format(output)
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        frame = phase_report(wiring, as_of=moment)
        show(wiring, frame, title=PHASES, columns=PHASE_COLUMNS, output=output)


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
    check_format(output)
    with opened(config) as wiring:
        moment = parse_instant(as_of, wiring.parameters.reporting.timezone) or wiring.clock()
        first, last = _day(start), _day(end)
        if last < first:
            raise typer.BadParameter(f"--to {last} lies before --from {first}")
        frame = revenue_report(wiring, start=first, end=last, by=by, as_of=moment)
        currency = wiring.parameters.reporting.currency
        title = (
            f"Omzet {start} tot en met {end}, {currency}",
            f"Revenue {start} to {end}, {currency}",
        )
        show(wiring, frame, title=title, columns=REVENUE_COLUMNS, output=output)


def _check_seller(wiring: Wiring, seller: str | None) -> None:
    """Refuse a seller whom nobody knows; without a list of owners any id may be one."""
    names = {one.external_id: one.name.casefold() for one in wiring.store.read_owners()}
    if seller is None or not names or seller in names:
        return
    if seller in wiring.store.read_mirror().companies["owner"]:  # the CRM has forgotten this one
        return
    near = [one for one, name in names.items() if seller.casefold() in name]
    near = near or get_close_matches(seller, names, n=1)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise typer.BadParameter(
        f"--seller {seller!r} is no seller of this account; {hint}their ids stand under seller_id "
        "in `toprelatie report relations --format csv`"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day as YYYY-MM-DD") from None
