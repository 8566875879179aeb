"""Potential: what a relation can contribute in the 12 months ahead (spec 2.1).

Money is exact and in the reporting currency. Nothing known stays null, never 0.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from kpis.calendar import age_days, day_of, is_within, local_day, trailing_year
from kpis.deal import is_realised
from kpis.frames import EXACT, Mirror
from kpis.freshness import value_since
from kpis.parameters import Parameters, PotentialSource
from kpis.rounding import exact, product, quotient

CONFIDENCE: Mapping[str, str] = {
    "declared": "high",
    "volume_price": "medium",
    "firmographic": "medium",
    "pipeline": "low",
    "tier": "low",
    "realised": "medium",
}
"""Confidence by source; a declared amount that is too old is low."""


def potential(
    relations: pl.DataFrame,
    facts: pl.DataFrame,
    revenue: pl.DataFrame,
    mirror: Mirror,
    parameters: Parameters,
    *,
    stale_deal_ids: pl.Series,
    as_of: datetime,
) -> pl.DataFrame:
    """Potential of each relation of the universe.

    Args:
        relations: the universe, with the columns of `COMPANIES`.
        facts: `DEAL_FACTS`.
        revenue: `relation_id` and `revenue_ttm` of the same relations.
        mirror: for the age of what was declared.
        parameters: section `potential`, time zone.
        stale_deal_ids: open deals that went stale (3.2); they stand for no potential.
        as_of: aware UTC.

    Returns:
        `relation_id`, `potential_revenue` (null: unknown), `potential_margin` (null: no potential
        or no margin rate), `potential_source`, `potential_confidence` (null: unknown); what they
        rest on: `estimate` and `estimate_source` before realised revenue is looked at,
        `<source>_amount` of every source in use (null or not > 0: it yields nothing),
        `margin_rate` and `margin_rate_from` (own, segment, config; null: no rate).
    """
    as_of_date = day_of(as_of, parameters.reporting.timezone)
    pipeline = pipeline_amounts(
        facts, stale_deal_ids, days=parameters.potential.pipeline_days, as_of_date=as_of_date
    )
    rates = margin_rates(relations, facts, parameters, as_of=as_of)
    estimated = _estimated(relations.join(pipeline, on="relation_id", how="left"), parameters)
    return (
        estimated.join(revenue.select("relation_id", "revenue_ttm"), on="relation_id", how="left")
        .join(rates, on="relation_id", how="left")
        .pipe(_compared_with_realised)
        .pipe(_with_confidence, mirror, parameters, as_of=as_of, as_of_date=as_of_date)
        .select(
            "relation_id",
            "potential_revenue",
            potential_margin=product(pl.col("potential_revenue"), pl.col("margin_rate"))
            - pl.col("cost_to_serve").fill_null(0),
            potential_source=pl.col("source").fill_null("unknown"),
            potential_confidence="confidence",
            estimate="estimate",
            estimate_source="estimate_source",
            margin_rate="margin_rate",
            margin_rate_from="margin_rate_from",
            **{f"{source}_amount": f"_{source}" for source in parameters.potential.sources},
        )
    )


def pipeline_amounts(
    facts: pl.DataFrame, stale_deal_ids: pl.Series, *, days: int, as_of_date: date
) -> pl.DataFrame:
    """Open, non-stale deals due from today on, summed unweighted: `relation_id`, `pipeline_amount`.

    Deals in unmapped or ignored stages count; overdue ones and those without a close date do not.
    """
    days_ahead = -age_days(pl.col("close_day"), as_of_date)
    return (
        facts.filter(
            ~pl.col("is_won")
            & ~pl.col("is_lost")
            & is_within(days_ahead, days)
            & ~pl.col("deal_id").is_in(stale_deal_ids.implode())
        )
        .group_by("relation_id")
        .agg(pipeline_amount=pl.col("amount").sum())
    )


def margin_rates(
    relations: pl.DataFrame, facts: pl.DataFrame, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Margin rate of each relation: its own, else its segment's, else the configured one.

    Returns:
        `relation_id`, `margin_rate` (null: none of the three is known) and `margin_rate_from`: own,
        segment or config.
    """
    ttm = trailing_year(day_of(as_of, parameters.reporting.timezone))
    with_margin = facts.filter(
        is_realised(as_of) & ttm.contains(pl.col("close_day")) & pl.col("margin").is_not_null()
    ).join(relations.select("relation_id", "segment"), on="relation_id")
    enough = (~pl.col("is_credit")).sum() >= parameters.potential.own_margin_min_deals
    # Credits above the orders would make a rate that says nothing.
    earns = pl.col("amount").sum() > 0
    rate = pl.when(enough & earns).then(quotient(pl.col("margin").sum(), pl.col("amount").sum()))
    own = with_margin.group_by("relation_id").agg(own_rate=rate)
    segment = with_margin.group_by("segment").agg(segment_rate=rate)
    default = pl.lit(parameters.potential.margin_rate, dtype=EXACT)
    rates = {"own": pl.col("own_rate"), "segment": pl.col("segment_rate"), "config": default}
    named = [pl.when(one.is_not_null()).then(pl.lit(name)) for name, one in rates.items()]
    return (
        relations.select("relation_id", "segment")
        .join(own, on="relation_id", how="left")
        .join(segment, on="segment", how="left")
        .select(
            "relation_id",
            margin_rate=pl.coalesce(*rates.values()),
            margin_rate_from=pl.coalesce(*named),
        )
    )


def _estimated(relations: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Add `estimate` and `source` of the first source that yields more than 0."""
    amounts = _source_amounts(parameters)
    sources = parameters.potential.sources
    positive = {
        source: pl.when(pl.col(f"_{source}") > 0).then(pl.col(f"_{source}")) for source in sources
    }
    named = [pl.when(positive[source].is_not_null()).then(pl.lit(source)) for source in sources]
    nothing = pl.lit(None)
    return relations.with_columns(
        amounts[source].cast(EXACT).alias(f"_{source}") for source in sources
    ).with_columns(
        estimate=pl.coalesce(*positive.values(), nothing.cast(EXACT)),
        source=pl.coalesce(*named, nothing.cast(pl.String())),
    )


def _source_amounts(parameters: Parameters) -> dict[PotentialSource, pl.Expr]:
    """Potential revenue of each source; null or not > 0 where it yields nothing."""
    given = parameters.potential
    share = exact(given.attainable_share)
    per_employee = product(pl.col("employees"), _keyed("segment", given.spend_per_employee))
    of_revenue = product(pl.col("annual_revenue"), _keyed("segment", given.spend_ratio))
    priced = product(
        pl.col("annual_order_volume"), _keyed("order_volume_unit", given.reference_price)
    )
    return {
        "declared": pl.col("annual_category_spend").cast(EXACT) * share,
        "volume_price": priced * share,
        "firmographic": pl.when(per_employee > 0).then(per_employee).otherwise(of_revenue) * share,
        "pipeline": pl.col("pipeline_amount"),
        "tier": _keyed("tier", given.tier_amount),
    }


def _keyed(column: str, amounts: Mapping[str, Decimal]) -> pl.Expr:
    """Amount of the key in the column; the key `default` serves the rest, an empty one too."""
    return pl.col(column).replace_strict(
        list(amounts),
        pl.Series(list(amounts.values()), dtype=EXACT),
        default=pl.lit(amounts.get("default"), dtype=EXACT),
        return_dtype=EXACT,
    )


def _compared_with_realised(estimated: pl.DataFrame) -> pl.DataFrame:
    """Put realised revenue in the place of a smaller estimate or of none."""
    realised = pl.col("revenue_ttm")
    wins = (realised > 0) & (pl.col("estimate").is_null() | (realised > pl.col("estimate")))
    return estimated.with_columns(
        potential_revenue=pl.when(wins).then(realised).otherwise("estimate"),
        estimate_source="source",
        source=pl.when(wins).then(pl.lit("realised")).otherwise("source"),
    )


def _with_confidence(
    estimated: pl.DataFrame,
    mirror: Mirror,
    parameters: Parameters,
    *,
    as_of: datetime,
    as_of_date: date,
) -> pl.DataFrame:
    """Add `confidence`; a declared amount of unknown age is not called old."""
    declared = value_since(
        mirror.company_changes, "annual_category_spend", as_of=as_of, is_number=True
    ).select(
        relation_id="external_id",
        declared_on=local_day(pl.col("set_at"), parameters.reporting.timezone),
    )
    age = age_days(pl.col("declared_on"), as_of_date)
    is_old = (pl.col("source") == "declared") & (age > parameters.potential.declared_low_after)
    return estimated.join(declared, on="relation_id", how="left").with_columns(
        confidence=pl.when(is_old)
        .then(pl.lit("low"))
        .otherwise(pl.col("source").replace_strict(CONFIDENCE, default=None))
    )
