"""Where relations stand and how they move, per seller (spec 3.3)."""

from datetime import datetime

import polars as pl

from kpis.calendar import day_of, trailing_year
from kpis.frames import by_id
from kpis.rounding import quotient
from kpis.vocabulary import PHASES, Phase

CONVERTING: tuple[Phase, ...] = PHASES[:-1]
"""Phases that have a phase above them."""


def distribution(relations: pl.DataFrame) -> pl.DataFrame:
    """How many top relations of each owner stand in each phase and stand still.

    Args:
        relations: `owner`, `is_top_relation`, `buying_phase`, `phase_status`, one row per relation
            of the population; relations that nobody owns are left out.

    Returns:
        One row per owner of a top relation, sorted: `owner`, `phase_<phase>_count` of all six,
        `stalled_count`, and `phase_coverage`, the exact share with a known phase.
    """
    phase = pl.col("buying_phase")
    counts = {f"phase_{one}_count": (phase == one).sum().cast(pl.Int64) for one in Phase}
    return (
        relations.filter(pl.col("is_top_relation") & pl.col("owner").is_not_null())
        .group_by("owner")
        .agg(
            **counts,
            stalled_count=(pl.col("phase_status") == "stalled").sum().cast(pl.Int64),
            phase_coverage=quotient((phase != Phase.UNKNOWN).sum(), pl.len()),
        )
        .sort(by_id("owner"))
    )


def flow(
    transitions: pl.DataFrame, top_relation_ids: pl.Series, *, as_of: datetime, timezone: str
) -> pl.DataFrame:
    """Transitions over the trailing year per owner then: `owner`, `from`, `to`, `count`.

    All 36 cells of each owner with a transition; relations that are top now.

    Args:
        transitions: frame of `PhaseResults.transitions`.
        top_relation_ids: relations that are top at `as_of`.
        as_of: end of the trailing year.
        timezone: of the local days.
    """
    return _cells(_counted(transitions, top_relation_ids, as_of, timezone))


def conversion(
    transitions: pl.DataFrame, top_relation_ids: pl.Series, *, as_of: datetime, timezone: str
) -> pl.DataFrame:
    """Share of forward exits among forward and backward ones, over the trailing year.

    Returns:
        One row per owner with a transition, sorted: `owner`, and per phase below order
        `phase_conversion_<phase>` (exact; null without exits) and `phase_conversion_<phase>_n`.
    """
    moves = _counted(transitions, top_relation_ids, as_of, timezone)
    is_forward = pl.col("direction") == "forward"
    is_exit = is_forward | (pl.col("direction") == "backward")
    shares = {}
    for one in CONVERTING:
        leaves = pl.col("from") == one
        exits = (leaves & is_exit).sum().cast(pl.Int64)
        shares[f"phase_conversion_{one}"] = quotient((leaves & is_forward).sum(), exits)
        shares[f"phase_conversion_{one}_n"] = exits
    return moves.group_by("owner").agg(**shares).sort(by_id("owner"))


def _counted(
    transitions: pl.DataFrame, top_relation_ids: pl.Series, as_of: datetime, timezone: str
) -> pl.DataFrame:
    year = trailing_year(day_of(as_of, timezone))
    return transitions.filter(
        year.contains(pl.col("changed_on"))
        & pl.col("relation_id").is_in(top_relation_ids.implode())
        & pl.col("owner").is_not_null()
    )


def _cells(moves: pl.DataFrame) -> pl.DataFrame:
    phases = pl.DataFrame({"from": [str(one) for one in Phase]})
    cells = phases.join(phases.rename({"from": "to"}), how="cross")
    counts = moves.group_by("owner", "from", "to").agg(count=pl.len().cast(pl.Int64))
    return (
        moves.select("owner")
        .unique()
        .sort(by_id("owner"))
        .join(cells, how="cross", maintain_order="left_right")
        .join(counts, on=["owner", "from", "to"], how="left", maintain_order="left")
        .with_columns(pl.col("count").fill_null(0))
    )
