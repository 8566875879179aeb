"""Seller figures: contact with top relations, their phases, revenue, targets and score.

The population of every count and average is the owner's top relations without those that were just
handed over (spec 2.6).
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from kpis.calendar import day_of
from kpis.contact import Contacts
from kpis.coverage import coverage, focus, seller_contact_warnings
from kpis.explanation import seller_explanation
from kpis.frames import EXACT, Mirror, OwnHistory, by_id
from kpis.parameters import Parameters
from kpis.phase import conversion, distribution
from kpis.revenue import seller_revenue
from kpis.rounding import money, quotient, ratio
from kpis.score import seller_components, seller_scores
from kpis.target import seller_targets, with_attainment
from kpis.vocabulary import PHASES, Phase
from kpis.wording import Texts

COUNTS = (
    "relations",
    "top_relations_total",
    *(f"phase_{phase}_count" for phase in Phase),
    "stalled_count",
)
CONTACT_COUNTS = ("top_relations_contacted", "kpi1")
CONVERSIONS = tuple(f"phase_conversion_{phase}" for phase in PHASES[:-1])
EXITS = tuple(f"{name}_n" for name in CONVERSIONS)
RATIOS = (
    "contact_coverage",
    "kpi1_ratio",
    "team_coverage",
    "focus_share",
    "focus_share_time",
    "avg_profile_completeness",
    "pg_coverage",
    "phase_coverage",
    *CONVERSIONS,
)
MONEY = ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm", "margin_ttm")


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerInputs:
    """What seller figures are made of.

    Attributes:
        relations: the universe with `is_in_population`, the values of spec 7 and the components of
            the relation score, exact.
        transitions: from `kpis.phase`.
        periods: from `seller_periods`, not rounded.
        contacts: from `kpis.contact`.
        warnings: `seller_id` and `warning` of spec 2.2.
        history: who was top on which day.
    """

    relations: pl.DataFrame
    transitions: pl.DataFrame
    periods: pl.DataFrame
    contacts: Contacts
    warnings: pl.DataFrame
    history: OwnHistory


def seller_periods(
    relations: pl.DataFrame,
    credits: pl.DataFrame,  # noqa: A002 - the word of the specification
    history: OwnHistory,
    mirror: Mirror,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Realised revenue and target per seller and period to date, exact.

    Sellers are the owners of relations and everyone with a credited deal.

    Returns:
        `seller_id`, `period` (mtd, qtd, ytd, ttm), `revenue` (net), `gross`, `credits`, `margin`
        (null: none known), `margin_percentage` and `top_revenue_share` (null: see spec 5),
        `target`, `attainment` and `pace` (null: no positive target; none for ttm).
    """
    owners = relations.select(seller_id="owner")
    sellers = pl.concat([owners, credits.select("seller_id")]).drop_nulls().unique()
    periods = seller_revenue(
        sellers.sort(by_id("seller_id")), credits, history, parameters, as_of=as_of
    )
    today = day_of(as_of, parameters.reporting.timezone)
    return with_attainment(periods, seller_targets(mirror, parameters, today))


def rounded_periods(periods: pl.DataFrame) -> pl.DataFrame:
    """Periods as they are shown."""
    amounts = ("revenue", "gross", "credits", "margin", "target")
    shares = ("margin_percentage", "top_revenue_share", "attainment", "pace")
    return periods.with_columns(
        *(money(pl.col(name)) for name in amounts), *(ratio(pl.col(name)) for name in shares)
    )


def seller_figures(
    given: SellerInputs, texts: Texts, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """One row per seller with the seller values of spec 7, as they are shown.

    Revenue and margin are those of the periods; share, target, attainment and pace of the year.
    """
    relations = given.relations
    today = day_of(as_of, parameters.reporting.timezone)
    focused = focus(relations, given.contacts, given.history, parameters.contact, today=today)
    sellers = given.periods.select("seller_id").unique()
    warnings = _warnings(given, sellers, focused, parameters)
    exact_figures = (
        sellers.join(_portfolio(relations), on="seller_id", how="left")
        .join(coverage(relations), on="seller_id", how="left")
        .join(_phases(given, parameters, as_of=as_of), on="seller_id", how="left")
        .join(_revenue(given.periods), on="seller_id", how="left")
        .join(focused, on="seller_id", how="left")
        .join(warnings, on="seller_id", how="left")
        .with_columns(pl.col(*COUNTS, *EXITS).fill_null(0))
        .with_columns(_zero_contacts(is_measurable=given.contacts.is_measurable))
        .with_columns(
            pl.col("seller_warnings").fill_null([]),
            is_low_volume=pl.col("seller_warnings")
            .list.contains("low_volume")
            .fill_null(value=False),
        )
    )
    scored = seller_scores(seller_components(exact_figures, parameters.scores), parameters.scores)
    return (
        scored.with_columns(score_explanation=seller_explanation(texts, parameters))
        .with_columns(
            *(ratio(pl.col(name)) for name in (*RATIOS, "top_revenue_share", "attainment", "pace")),
            *(money(pl.col(name)) for name in (*MONEY, "target")),
        )
        .drop("is_low_volume", "is_late", "duration_ms", "top_duration_ms")
        .sort(by_id("seller_id"))
    )


def _zero_contacts(*, is_measurable: bool) -> list[pl.Expr]:
    """A seller without top relations has contacted 0 of them, where that can be measured."""
    if not is_measurable:
        return []
    return [pl.col(name).fill_null(0) for name in CONTACT_COUNTS]


def _portfolio(relations: pl.DataFrame) -> pl.DataFrame:
    """Owned relations, and the means of the components over the population."""

    def mean(component: str) -> pl.Expr:
        counted = pl.col(component).filter("is_in_population")
        return quotient(counted.sum(), counted.count())

    return relations.group_by(seller_id="owner").agg(
        relations=pl.len().cast(pl.Int64),
        mean_phase=mean("phase_component"),
        mean_pains_gains=mean("pains_gains_component"),
    )


def _phases(given: SellerInputs, parameters: Parameters, *, as_of: datetime) -> pl.DataFrame:
    """Distribution over the population, and conversions of relations that are top."""
    counted = given.relations.select(
        "owner", "buying_phase", "phase_status", is_top_relation="is_in_population"
    )
    moves = conversion(
        given.transitions,
        given.relations.filter("is_top_relation")["relation_id"],
        as_of=as_of,
        timezone=parameters.reporting.timezone,
    )
    return (
        distribution(counted)
        .join(moves, on="owner", how="full", coalesce=True)
        .rename({"owner": "seller_id"})
    )


def _revenue(periods: pl.DataFrame) -> pl.DataFrame:
    """Net revenue by period as columns; margin of the trailing year, the rest of the year."""

    def of(period: str, column: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("period") == period).first()

    return periods.group_by("seller_id").agg(
        **{f"revenue_{period}": of(period, "revenue") for period in ("mtd", "qtd", "ytd", "ttm")},
        margin_ttm=of("ttm", "margin"),
        **{name: of("ytd", name) for name in ("top_revenue_share", "target", "attainment", "pace")},
    )


def _warnings(
    given: SellerInputs, sellers: pl.DataFrame, focused: pl.DataFrame, parameters: Parameters
) -> pl.DataFrame:
    """Warnings by seller, sorted."""
    contact = seller_contact_warnings(
        sellers, focused, parameters.contact, is_measurable=given.contacts.is_measurable
    )
    parts = [given.warnings, contact, _no_interest(given.relations, parameters)]
    return (
        pl.concat([part.select("seller_id", "warning") for part in parts])
        .group_by("seller_id")
        .agg(seller_warnings=pl.col("warning").sort())
    )


def _no_interest(relations: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Sellers who declared no interest for many of their top relations (6.5)."""
    declared = pl.col("phase_source").is_in(["declared", "locked"])
    quiet = (declared & (pl.col("buying_phase") == Phase.NO_INTEREST)).sum()
    limit = pl.lit(parameters.phase.warn_no_interest_share, dtype=EXACT)
    return (
        relations.filter("is_top_relation")
        .group_by(seller_id="owner")
        .agg(share=quotient(quiet, pl.len()))
        .filter(pl.col("share") > limit)
        .select("seller_id", warning=pl.lit("no_interest_share"))
    )


def team_totals(sellers: pl.DataFrame) -> pl.DataFrame:
    """All sellers as one row: sums of counts and money, and shares made of those sums.

    Counts of contact and money are null when nobody has a value.
    """
    total = pl.col("top_relations_total").sum()
    known = pl.col("top_relations_total") - pl.col("phase_unknown_count")
    contacted, proven = (
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in CONTACT_COUNTS
    )
    return sellers.select(
        *(pl.col(name).sum() for name in COUNTS),
        top_relations_contacted=contacted,
        kpi1=proven,
        contact_coverage=ratio(quotient(contacted, total)),
        kpi1_ratio=ratio(quotient(proven, total)),
        focus_share=ratio(quotient(pl.col("top_moments").sum(), pl.col("moments").sum())),
        phase_coverage=ratio(quotient(known.sum(), total)),
        **{name: pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in MONEY},
    )
