"""Composite scores: few components, visible weights, a stated rule for what is missing (spec 6)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import polars as pl

from kpis.frames import COUNT, EXACT
from kpis.parameters import Contact, Parameters, Scores, Section
from kpis.rounding import exact, quotient
from kpis.vocabulary import Phase

NOTHING: Final = Decimal(0)
ALL: Final = Decimal(1)
SETTLED_DECIMALS: Final = 8
"""Decimals of a score that a cut quotient cannot change."""

NOT_MOVING: Final = ("stalled", "reverify")


def relation_components(relations: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Add the components of the relation score (6.1), 0 to 1, null: not measurable.

    Args:
        relations: `profile_completeness`, `contact_age`, `contact_norm` (null: not measurable),
            `buying_phase`, `phase_status`, `pg_score`.
        parameters: sections `contact` and `scores`.

    Returns:
        The frame with `profile_component`, `contact_component`, `phase_component` and
        `pains_gains_component`.
    """
    half = exact(parameters.scores.phase_half)
    return relations.with_columns(
        profile_component=pl.col("profile_completeness").cast(EXACT),
        contact_component=pl.when(pl.col("contact_norm").is_not_null()).then(
            contact_component(pl.col("contact_age"), pl.col("contact_norm"), parameters.contact)
        ),
        phase_component=pl.when(pl.col("buying_phase") == Phase.UNKNOWN)
        .then(exact(NOTHING))
        .when(pl.col("phase_status").is_in(NOT_MOVING))
        .then(half)
        .otherwise(exact(ALL)),
        pains_gains_component=pl.col("pg_score").cast(EXACT),
    )


def contact_component(age: pl.Expr, norm: pl.Expr, parameters: Contact) -> pl.Expr:
    """1 up to the norm, 0 from `zero_from` times the norm on or never, linear between.

    Args:
        age: days since the last two-way contact; null: never.
        norm: days.
        parameters: section `contact`.
    """
    end = norm.cast(EXACT) * exact(parameters.zero_from)
    return (
        pl.when(age.is_null())
        .then(exact(NOTHING))
        .when(age <= norm)
        .then(exact(ALL))
        .when(age.cast(EXACT) >= end)
        .then(exact(NOTHING))
        .otherwise(quotient(end - age.cast(EXACT), end - norm.cast(EXACT)))
    )


def relation_scores(relations: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    """Add `relation_score`, `relation_score_band` and `score_basis`, blank where not top."""
    is_top = pl.col("is_top_relation")
    score, basis = weighted(scores.relation, scores)
    return relations.with_columns(
        relation_score=pl.when(is_top).then(score), score_basis=pl.when(is_top).then(basis)
    ).with_columns(relation_score_band=band_of(pl.col("relation_score"), scores))


def seller_components(sellers: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    """Add the components of the seller score (6.2), 0 to 1, null: left out.

    Args:
        sellers: `kpi1_ratio`, `focus_share`, `is_low_volume`, `mean_phase`, `mean_pains_gains`
            (over the population) and `pace` of the year, all exact.
        scores: section `scores`.
    """

    def up_to_one(value: pl.Expr) -> pl.Expr:
        return pl.min_horizontal(value, exact(ALL))

    ratio_target, focus_target = exact(scores.targets.kpi1_ratio), exact(scores.targets.focus)
    share = pl.when(~pl.col("is_low_volume")).then("focus_share")
    pace = pl.max_horizontal(pl.col("pace"), exact(NOTHING))
    return sellers.with_columns(
        top_relations_component=_kept(
            pl.col("kpi1_ratio"), up_to_one(quotient(pl.col("kpi1_ratio"), ratio_target))
        ),
        focus_component=_kept(share, up_to_one(quotient(share, focus_target))),
        phase_component=pl.col("mean_phase"),
        pains_gains_component=pl.col("mean_pains_gains"),
        revenue_component=_kept(pl.col("pace"), up_to_one(pace)),
    )


def _kept(measured: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Value where it was measured: the largest or smallest of something and null is no value."""
    return pl.when(measured.is_not_null()).then(value)


def seller_scores(sellers: pl.DataFrame, scores: Scores) -> pl.DataFrame:
    """Add `seller_score`, `seller_score_reason` (null: there is a score) and `score_basis`."""
    score, basis = weighted(scores.seller, scores)
    total = pl.col("top_relations_total")
    reason = (
        pl.when(total == 0)
        .then(pl.lit("no_top_relations"))
        .when(total < scores.min_top_relations)
        .then(pl.lit("too_few_top_relations"))
        .when(score.is_null())
        .then(pl.lit("not_measurable"))
    )
    return sellers.with_columns(seller_score_reason=reason, score_basis=basis).with_columns(
        seller_score=pl.when(pl.col("seller_score_reason").is_null()).then(score)
    )


def weighted(weights: Section, scores: Scores) -> tuple[pl.Expr, pl.Expr]:
    """Score 0 to 100 of the `<name>_component` columns, and the names that were left out (6.3).

    Null when less than `min_measurable` of the weight could be measured.
    """
    named: Mapping[str, Decimal] = dict(weights)
    parts = {name: pl.col(f"{name}_component") for name in named}
    gained, measured = exact(NOTHING), exact(NOTHING)
    for name, weight in named.items():
        is_there = parts[name].is_not_null()
        gained = gained + parts[name].fill_null(exact(NOTHING)) * exact(weight)
        measured = measured + pl.when(is_there).then(exact(weight)).otherwise(exact(NOTHING))
    enough = exact(sum(named.values(), NOTHING) * scores.min_measurable)
    score = quotient(gained * exact(Decimal(100)), measured)
    left_out = [pl.when(part.is_null()).then(pl.lit(name)) for name, part in parts.items()]
    return (
        pl.when((measured >= enough) & (measured > 0)).then(points(score)),
        pl.concat_list(left_out).list.drop_nulls(),
    )


def points(score: pl.Expr) -> pl.Expr:
    """Whole points, half away from zero.

    A component such as 5/6 has no end, so a score of exactly 41.5 may stand a hair below it: what
    lies closer to a half than any true score does is that half.
    """
    settled = score.round(SETTLED_DECIMALS, mode="half_away_from_zero")
    return settled.round(0, mode="half_away_from_zero").cast(COUNT)


def band_of(score: pl.Expr, scores: Scores) -> pl.Expr:
    """Band of a score; null without one."""
    good, fair = scores.bands
    return (
        pl.when(score >= good)
        .then(pl.lit("good"))
        .when(score >= fair)
        .then(pl.lit("attention"))
        .when(score.is_not_null())
        .then(pl.lit("weak"))
    )
