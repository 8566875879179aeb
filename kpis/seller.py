"""Seller figures: where top relations stand, how they move, and what was realised (spec 3.3, 5).

The population is the owner's top relations. Figures that need contact moments or targets belong to
chapters of their own.
"""

from datetime import datetime

import polars as pl

from kpis.frames import EXACT, OwnHistory, by_id
from kpis.parameters import Parameters
from kpis.phase import conversion, distribution
from kpis.revenue import seller_revenue
from kpis.rounding import money, quotient, ratio
from kpis.vocabulary import Phase

COUNTS = (
    "relations",
    "top_relations_total",
    *(f"phase_{phase}_count" for phase in Phase),
    "stalled_count",
)
MONEY = ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm", "margin_ttm")


def seller_periods(
    relations: pl.DataFrame,
    credits: pl.DataFrame,  # noqa: A002 - the word of the specification
    history: OwnHistory,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Realised revenue per seller and period to date, at output precision.

    Sellers are the owners of relations and everyone with a credited deal.

    Returns:
        `seller_id`, `period` (mtd, qtd, ytd, ttm), `revenue` (net), `gross`, `credits`, `margin`
        (null: none known), `margin_percentage` and `top_revenue_share` (null: see spec 5).
    """
    owners = relations.select(seller_id="owner")
    sellers = pl.concat([owners, credits.select("seller_id")]).drop_nulls().unique()
    periods = seller_revenue(
        sellers.sort(by_id("seller_id")), credits, history, parameters, as_of=as_of
    )
    return periods.with_columns(
        *(money(pl.col(name)) for name in ("revenue", "gross", "credits", "margin")),
        *(ratio(pl.col(name)) for name in ("margin_percentage", "top_revenue_share")),
    )


def seller_figures(
    relations: pl.DataFrame,
    transitions: pl.DataFrame,
    periods: pl.DataFrame,
    seller_warnings: pl.DataFrame,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """One row per seller with the seller values of spec 7 that these chapters give.

    Args:
        relations: the universe with `owner`, `is_top_relation`, `buying_phase`, `phase_status`.
        transitions: from `kpis.phase`.
        periods: from `seller_periods`.
        seller_warnings: `seller_id` and `warning`.
        parameters: sections `reporting` and `phase`.
        as_of: end of the trailing year.
    """
    top_ids = relations.filter("is_top_relation")["relation_id"]
    counted = relations.group_by(seller_id="owner").agg(
        relations=pl.len().cast(pl.Int64),
        top_relations_total=pl.col("is_top_relation").sum().cast(pl.Int64),
    )
    moves = conversion(
        transitions, top_ids, as_of=as_of, timezone=parameters.reporting.timezone
    ).rename({"owner": "seller_id"})
    exits = [name for name in moves.columns if name.endswith("_n")]
    return (
        periods.select("seller_id")
        .unique()
        .join(counted, on="seller_id", how="left")
        .join(distribution(relations).rename({"owner": "seller_id"}), on="seller_id", how="left")
        .join(moves, on="seller_id", how="left")
        .join(_revenue(periods), on="seller_id", how="left")
        .join(_warnings(relations, seller_warnings, parameters), on="seller_id", how="left")
        .with_columns(pl.col(*COUNTS, *exits).fill_null(0))
        .with_columns(
            pl.col("seller_warnings").fill_null([]),
            ratio(pl.col("phase_coverage")),
            *(ratio(pl.col(name.removesuffix("_n"))) for name in exits),
        )
        .sort(by_id("seller_id"))
    )


def _revenue(periods: pl.DataFrame) -> pl.DataFrame:
    """Net revenue by period as columns; margin of the trailing year, top share of the year."""

    def of(period: str, column: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("period") == period).first()

    return periods.group_by("seller_id").agg(
        **{f"revenue_{period}": of(period, "revenue") for period in ("mtd", "qtd", "ytd", "ttm")},
        margin_ttm=of("ttm", "margin"),
        top_revenue_share=of("ytd", "top_revenue_share"),
    )


def _warnings(
    relations: pl.DataFrame, seller_warnings: pl.DataFrame, parameters: Parameters
) -> pl.DataFrame:
    """Warnings by seller, sorted: the given ones and many top relations declared no interest."""
    declared = pl.col("phase_source").is_in(["declared", "locked"])
    quiet = (declared & (pl.col("buying_phase") == Phase.NO_INTEREST)).sum()
    limit = pl.lit(parameters.phase.warn_no_interest_share, dtype=EXACT)
    no_interest = (
        relations.filter("is_top_relation")
        .group_by(seller_id="owner")
        .agg(share=quotient(quiet, pl.len()))
        .filter(pl.col("share") > limit)
        .select("seller_id", warning=pl.lit("no_interest_share"))
    )
    return (
        pl.concat([seller_warnings.select("seller_id", "warning"), no_interest])
        .group_by("seller_id")
        .agg(seller_warnings=pl.col("warning").sort())
    )


def team_totals(sellers: pl.DataFrame) -> pl.DataFrame:
    """All sellers as one row: sums of counts and money, and shares made of those sums."""
    known = pl.col("top_relations_total") - pl.col("phase_unknown_count")
    return sellers.select(
        *(pl.col(name).sum() for name in COUNTS),
        *(pl.col(name).sum() for name in MONEY),
        phase_coverage=ratio(quotient(known.sum(), pl.col("top_relations_total").sum())),
    )
