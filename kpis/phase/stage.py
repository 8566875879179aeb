"""What stood in which stage and when (spec 3.1, 3.2): runs of stages, and what each means.

A standing is the rank of an open phase, `LOST`, or null: no evidence. A won deal is evidence of its
own (`kpis.phase.spell`), so a won stage has no standing.
"""

from datetime import datetime
from typing import Final

import polars as pl

from kpis.frames import Meaning, Mirror, by_id
from kpis.parameters import PhaseParameters
from kpis.phase.rank import RANK_TYPE, rank_of
from kpis.version import value_runs, versions_of, without_reversals

LOST: Final = -1


def numbered_deals(facts: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Deals in the order of their ids with `deal`, `relation` (null: no known company), `standing`.

    Args:
        facts: frame of `DEAL_FACTS`.
        companies: `relation` and `relation_id`.
    """
    return (
        facts.sort(by_id("deal_id"))
        .with_row_index("deal")
        .join(companies, on="relation_id", how="left", maintain_order="left")
        .with_columns(standing=standing())
    )


def standing() -> pl.Expr:
    """Standing of a stage by `outcome`, `is_won` and `is_lost`.

    The mapping is refused when it contradicts the metadata; should it still, closed stays closed.
    """
    rank = rank_of(pl.col("outcome"))
    is_lost = (pl.col("outcome") == "lost") | (pl.col("is_lost") & rank.is_not_null())
    return pl.when("is_won").then(None).when(is_lost).then(LOST).otherwise(rank).cast(RANK_TYPE)


def stage_runs(
    deals: pl.DataFrame,
    mirror: Mirror,
    meaning: Meaning,
    parameters: PhaseParameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Runs of stages per deal, sorted: `deal`, `at`, `until` (null: it lasts), `standing`.

    The last run is the stage that the facts tell. A deal without a known version has stood in it
    since it was created; one of which that is unknown too has no run, for nothing dates it. Before
    it was created a deal did not exist, so what a version tells of that time counts from then.
    """
    records = deals.select("deal", external_id="deal_id")
    versions = versions_of(mirror.deal_changes, "stage", records, as_of=as_of)
    told = without_reversals(
        value_runs(versions, "deal"), "deal", hours=parameters.reversal_hours
    ).select("deal", "at", "value")
    untold = (
        deals.filter(pl.col("created_at").is_not_null())
        .join(told, on="deal", how="anti")
        .select("deal", at="created_at", value="stage")
    )
    is_last = (pl.col("deal") != pl.col("deal").shift(-1)).fill_null(value=True)
    runs = (
        pl.concat([told, untold])
        .sort("deal", "at")
        .with_columns(is_last=is_last, until=pl.when(~is_last).then(pl.col("at").shift(-1)))
    )
    existing = (
        runs.join(deals.select("deal", "created_at"), on="deal", maintain_order="left")
        .filter((pl.col("until") > pl.col("created_at")).fill_null(value=True))
        .with_columns(at=pl.max_horizontal("at", "created_at"))
        .drop("created_at")
    )
    return _with_standing(existing, deals, meaning).drop("is_last")


def _with_standing(runs: pl.DataFrame, deals: pl.DataFrame, meaning: Meaning) -> pl.DataFrame:
    """Add `standing`. A past stage is looked up in the deal's pipeline, else where it is unique."""
    stages = meaning.stages.select(
        "pipeline", "stage", then=standing(), is_known=pl.lit(value=True)
    )
    unique = stages.filter(pl.col("stage").is_unique()).select("stage", elsewhere="then")
    return (
        runs.rename({"value": "stage"})
        .join(deals.select("deal", "pipeline", "standing"), on="deal", maintain_order="left")
        .join(stages, on=["pipeline", "stage"], how="left", maintain_order="left")
        .join(unique, on="stage", how="left", maintain_order="left")
        .with_columns(
            standing=pl.when("is_last")
            .then("standing")
            .when("is_known")
            .then("then")
            .otherwise("elsewhere")
        )
        .select("deal", "at", "until", "standing", "is_last")
    )
