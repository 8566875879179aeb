"""Evidence of deals as spells: open in a phase, lost, stale, won (spec 3.2).

What is closed now counts as closed from its close date on, whatever its stage was then; before it
the stages count as they were.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from kpis.frames import Meaning, Mirror
from kpis.parameters import Parameters
from kpis.phase.rank import RANK, RANK_TYPE, UNKNOWN
from kpis.phase.stage import LOST, stage_runs
from kpis.phase.stale import stale_spells, still_open
from kpis.reason import normalised_reason
from kpis.vocabulary import Phase

NO_DECISION = "no_decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Spells of all deals. `until` is null while a spell lasts.

    Attributes:
        open: not stale: `deal`, `relation`, `at`, `until`, `rank`, `entry_at` of the stage,
            `phase_entry_at` of the run of stages with one phase.
        lost: lost or stale: `deal`, `relation`, `at`, `until`, `rank`.
        won: won deals, credit notes not among them: `deal`, `relation`, `at`, `day`.
        stale: deals that are stale now: `deal`, `stale_on`.
    """

    open: pl.DataFrame
    lost: pl.DataFrame
    won: pl.DataFrame
    stale: pl.DataFrame


def lost_rank(reason: pl.Expr, meaning: Meaning) -> pl.Expr:
    """Rank of the phase of a normalised reason of loss; the default's when none or not listed."""
    ranks = {reason: RANK[phase] for reason, phase in meaning.lost_reasons.items()}
    return reason.replace_strict(ranks, default=ranks.get("default"), return_dtype=RANK_TYPE)


def with_closing(deals: pl.DataFrame, meaning: Meaning, *, as_of: datetime) -> pl.DataFrame:
    """Add `closed_at` of deals closed up to `as_of`, `is_won_now`, `is_lost_now`, `lost_rank`.

    A won deal without a close date up to `as_of`, one whose stage has no phase and a credit note
    are no evidence. A lost deal without such a date has no `closed_at`: its stage entry counts.
    What is no evidence is closed all the same, so its stages end at its close date too.
    """
    reasons = deals["lost_reason"].drop_nulls().unique()
    normalised = {reason: normalised_reason(reason) for reason in reasons.to_list()}
    reason = pl.col("lost_reason").replace(normalised)
    is_closed = (pl.col("close_at") <= as_of).fill_null(value=False)
    is_mapped = (pl.col("outcome") != "ignore").fill_null(value=False)
    is_won_now = pl.col("is_won") & is_mapped & is_closed & ~pl.col("is_credit")
    is_lost_now = (pl.col("standing") == LOST).fill_null(value=False)
    return deals.with_columns(
        is_won_now=is_won_now,
        is_lost_now=is_lost_now,
        closed_at=pl.when((pl.col("is_won") | pl.col("is_lost") | is_lost_now) & is_closed).then(
            "close_at"
        ),
        lost_rank=lost_rank(reason, meaning),
    )


def deal_evidence(
    deals: pl.DataFrame,
    mirror: Mirror,
    meaning: Meaning,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> Evidence:
    """Spells of the numbered deals `with_closing`."""
    runs = _until_closed(
        stage_runs(deals, mirror, meaning, parameters.phase, as_of=as_of), deals
    ).join(deals.select("deal", "relation", "lost_rank"), on="deal", maintain_order="left")
    spells = (
        runs.with_columns(phase_entry_at=_phase_entry())
        .filter(pl.col("standing") > UNKNOWN)
        .select(
            "deal",
            "relation",
            "at",
            "until",
            "phase_entry_at",
            rank="standing",
            entry_at="at",
        )
        .with_row_index("spell")
    )
    touches = mirror.deal_touches.filter(pl.col("occurred_at") <= as_of)
    stale = stale_spells(
        spells,
        touches.join(deals.select("deal", "deal_id"), on="deal_id").select(
            "deal", at="occurred_at"
        ),
        days=parameters.phase.stale_deal,
        timezone=parameters.reporting.timezone,
        as_of=as_of,
    )
    undecided = lost_rank(pl.lit(NO_DECISION), meaning)
    return Evidence(
        open=still_open(spells, stale),
        lost=pl.concat(
            [
                _lost_spells(runs, deals),
                stale.select("deal", "relation", "at", "until", rank=undecided),
            ]
        ).filter(pl.col("rank").is_not_null()),
        won=deals.filter("is_won_now").select("deal", "relation", at="closed_at", day="close_day"),
        stale=stale.filter(pl.col("until").is_null()).select("deal", "stale_on"),
    )


def _until_closed(runs: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    return (
        runs.join(deals.select("deal", "closed_at"), on="deal", maintain_order="left")
        .filter((pl.col("at") < pl.col("closed_at")).fill_null(value=True))
        .with_columns(until=pl.min_horizontal("until", "closed_at"))
    )


def _phase_entry() -> pl.Expr:
    """Entry of the first of the contiguous stages of one deal with the same standing."""
    is_first = (pl.col("deal") != pl.col("deal").shift(1)).fill_null(value=True)
    differs = pl.col("standing").ne_missing(pl.col("standing").shift(1))
    return pl.when(is_first | differs).then("at").forward_fill()


def _lost_spells(runs: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """Lost in a stage that was left again, or whose close date was still to come; and for good."""
    columns = ["deal", "relation", "at", "until", pl.col("lost_rank").alias("rank")]
    never = pl.lit(None, dtype=runs.schema["until"])
    return pl.concat(
        [
            runs.filter(pl.col("standing") == LOST).select(columns),
            deals.filter("is_lost_now", pl.col("closed_at").is_not_null())
            .with_columns(at="closed_at", until=never)
            .select(columns),
        ]
    )


def deal_phase(meaning: Meaning) -> pl.Expr:
    """Rank of what a deal alone stands for; null when it stands for nothing (3.2)."""
    return (
        pl.when("is_won_now")
        .then(RANK[Phase.ORDER])
        .when(pl.col("standing") == LOST)
        .then("lost_rank")
        .when("is_stale")
        .then(lost_rank(pl.lit(NO_DECISION), meaning))
        .otherwise("standing")
        .cast(RANK_TYPE)
    )
