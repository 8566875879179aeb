"""Who is compared with whom, and the potential index (spec 2.2).

A group is a segment with enough relations of known potential; the whole base, everybody, serves
the rest. What a review froze per group holds until the next one.
"""

from datetime import date

import polars as pl

from kpis.frames import REVIEWS
from kpis.parameters import IndexWeights, TopRelation
from kpis.rounding import exact, mean, percentile, quotient

WHOLE_BASE = ""
"""Name of the group of all relations."""

MEDIAN = 50


def review_figures(candidates: pl.DataFrame, rules: TopRelation, day: date) -> pl.DataFrame:
    """What a review on that local day freezes, as rows of `REVIEWS`.

    The whole base always has a row; without any known potential its figures are null.

    Args:
        candidates: the universe with `segment`, `potential_revenue`, `potential_margin`.
        rules: section `top_relation`.
        day: local day of the review.
    """
    memberships = _memberships(candidates, rules)
    means = memberships.group_by("group").agg(
        mean_revenue=mean(pl.col("potential_revenue")), mean_margin=mean(pl.col("potential_margin"))
    )
    enter, leave = rules.percentile
    index = pl.col("potential_index")
    spread = (
        with_index(memberships, means, rules.weights)
        .group_by("group")
        .agg(
            median_index=percentile(index, MEDIAN),
            enter_index=percentile(index, enter),
            leave_index=percentile(index, leave),
        )
    )
    base = pl.DataFrame({"group": [WHOLE_BASE]})
    groups = pl.concat([base, means.select("group")]).unique()
    return (
        groups.join(means, on="group", how="left")
        .join(spread, on="group", how="left")
        .with_columns(reviewed_on=pl.lit(day))
        .select(pl.col(name).cast(dtype) for name, dtype in REVIEWS.items())
        .sort("group")
    )


def with_group(candidates: pl.DataFrame, figures: pl.DataFrame, rules: TopRelation) -> pl.DataFrame:
    """Add `group`: the segment where the figures of the review in force know it, else the base."""
    if rules.group_by == "none":
        return candidates.with_columns(group=pl.lit(WHOLE_BASE))
    is_reviewed = pl.col("segment").is_in(figures["group"].implode()).fill_null(value=False)
    return candidates.with_columns(
        group=pl.when(is_reviewed).then("segment").otherwise(pl.lit(WHOLE_BASE))
    )


def with_index(grouped: pl.DataFrame, figures: pl.DataFrame, weights: IndexWeights) -> pl.DataFrame:
    """Add the figures of the group, `revenue_index`, `margin_index` and `potential_index`.

    Each part is the relation's value over the mean of its group, null when either is unknown or
    the mean is not positive. Without a margin part the revenue part stands alone.
    """
    revenue_index = _part("potential_revenue", "mean_revenue")
    margin_index = _part("potential_margin", "mean_margin")
    weighted = quotient(
        pl.col("revenue_index") * exact(weights.revenue)
        + pl.col("margin_index") * exact(weights.margin),
        exact(weights.revenue + weights.margin),
    )
    return (
        grouped.join(figures, on="group", how="left")
        .with_columns(revenue_index=revenue_index, margin_index=margin_index)
        .with_columns(potential_index=pl.coalesce(weighted, "revenue_index"))
    )


def everyone_in_base(candidates: pl.DataFrame) -> pl.DataFrame:
    """All relations as members of the whole base."""
    return candidates.with_columns(group=pl.lit(WHOLE_BASE))


def _memberships(candidates: pl.DataFrame, rules: TopRelation) -> pl.DataFrame:
    """Each relation as a member of the base, and once more of its segment when that is a group."""
    if rules.group_by == "none":
        return everyone_in_base(candidates)
    known = pl.col("potential_revenue").count().over("segment")
    is_named = pl.col("segment").is_not_null() & (pl.col("segment") != WHOLE_BASE)
    segments = candidates.filter(is_named & (known >= rules.min_group)).with_columns(
        group=pl.col("segment")
    )
    return pl.concat([everyone_in_base(candidates), segments])


def _part(value: str, group_mean: str) -> pl.Expr:
    return quotient(pl.col(value), pl.when(pl.col(group_mean) > 0).then(group_mean))
