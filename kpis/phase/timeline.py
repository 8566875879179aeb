"""All instants at which the phase of a relation can change, with the evidence at each (spec 3.2).

Every frame is a time line per relation: a row holds from `at` until the next one. A deal is of the
new cycle while it was created after the last win, else of the old one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import polars as pl

from kpis.phase.rank import KNOWN_RANKS, RANK_TYPE

AFTER_ALL = datetime(9999, 1, 1, tzinfo=UTC)
"""End of what lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Time lines of the evidence.

    Attributes:
        open: most advanced phase of all open deals, frame of `most_advanced`.
        later: the same of deals that entered their stage after the word that stands.
        holds: frame of `kpis.phase.hold.holds`.
        lost: frame of `latest_lost`.
        declared: frame of `kpis.phase.declaration.declarations`.
        leads: frame of `kpis.phase.declaration.lead_statuses`.
        locks: no time line: `relation` and `lock_ends_at`.
    """

    open: pl.DataFrame
    later: pl.DataFrame
    holds: pl.DataFrame
    lost: pl.DataFrame
    declared: pl.DataFrame
    leads: pl.DataFrame
    locks: pl.DataFrame


def in_cycles(spells: pl.DataFrame, deals: pl.DataFrame, holds: pl.DataFrame) -> pl.DataFrame:
    """Open spells of known relations with `is_new`, cut where a win makes their deal an old one.

    A deal without a known creation is an old one.
    """
    wins = holds.select("relation", "at", "won_at")
    created = (
        deals.select("deal", "relation", at="created_at")
        .filter(pl.col("relation").is_not_null() & pl.col("at").is_not_null())
        .sort("relation", "at")
    )
    after_win = created.join_asof(
        wins, on="at", by="relation", allow_exact_matches=False, check_sortedness=False
    ).filter(pl.col("won_at").is_not_null())
    outdated = after_win.select("deal", "relation", "at").join_asof(
        wins, on="at", by="relation", strategy="forward", check_sortedness=False
    )
    known = spells.filter(pl.col("relation").is_not_null()).join(
        outdated.select("deal", old_from="won_at", is_new=pl.lit(value=True)), on="deal", how="left"
    )
    has_new_part = pl.col("is_new") & (pl.col("at") < pl.col("old_from")).fill_null(value=True)
    ends_new = pl.col("is_new") & (pl.col("until") <= pl.col("old_from")).fill_null(
        pl.col("old_from").is_null()
    )
    new = known.filter(has_new_part).with_columns(until=pl.min_horizontal("until", "old_from"))
    old = known.filter(~ends_new.fill_null(value=False)).with_columns(
        at=pl.max_horizontal("at", "old_from"), is_new=pl.lit(value=False)
    )
    return pl.concat([new, old])


def after_word(parts: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """Open parts that entered their stage after the word that stands, up to the next word."""
    is_same = pl.col("relation") == pl.col("relation").shift(-1)
    words = declared.select(
        "relation", "at", "word_at", next_at=pl.when(is_same).then(pl.col("at").shift(-1))
    )
    return (
        parts.join(words.select("relation").unique(), on="relation", how="semi")
        .sort("relation", "at")
        .pipe(join_latest, words)
        .filter(pl.col("entry_at") > pl.col("word_at"))
        .with_columns(until=pl.min_horizontal("until", "next_at"))
        .select(parts.columns)
    )


def most_advanced(parts: pl.DataFrame, *, as_of: datetime) -> pl.DataFrame:
    """Highest rank with an open deal in the new and in the old cycle, where either changes.

    Returns:
        Sorted by `relation` and `at`, with `new_rank` and `old_rank`; null: no such deal.
    """
    # All that starts also ends, if need be after `as_of`, so the counts of a relation return to
    # zero and one running sum serves them all.
    end = pl.col("until").fill_null(pl.lit(as_of).dt.offset_by("1ms"))
    starts = parts.select("relation", "at", "rank", "is_new", change=pl.lit(1))
    ends = parts.select("relation", "rank", "is_new", at=end, change=pl.lit(-1))
    changes = pl.concat([starts, ends], how="diagonal").sort("relation", "at")
    counts = {
        (is_new, rank): pl.when((pl.col("is_new") == is_new) & (pl.col("rank") == rank))
        .then("change")
        .otherwise(0)
        .cum_sum()
        for is_new in (True, False)
        for rank in KNOWN_RANKS
    }
    highest = {
        is_new: pl.coalesce(
            pl.when(counts[is_new, rank] > 0).then(pl.lit(rank, dtype=RANK_TYPE))
            for rank in reversed(KNOWN_RANKS)
        )
        for is_new in (True, False)
    }
    is_last_of_moment = pl.struct("relation", "at").ne_missing(
        pl.struct("relation", "at").shift(-1)
    )
    state = pl.struct("relation", "new_rank", "old_rank")
    return (
        changes.select("relation", "at", new_rank=highest[True], old_rank=highest[False])
        .filter(is_last_of_moment & (pl.col("at") <= as_of))
        .filter(state.ne_missing(state.shift(1)))
    )


def latest_lost(lost: pl.DataFrame) -> pl.DataFrame:
    """Latest lost or stale spell at each change: `relation`, `at`, `lost_at` (null: none left).

    Of spells with one start the lowest deal counts. A spell is superseded by the next one; when one
    ends, by a reopened or reviving deal, what stands is the nearest earlier one that outlasts it,
    unless a later one is running.
    """
    spells = (
        lost.filter(pl.col("relation").is_not_null())
        .sort("relation", "at", "deal", descending=[False, False, True])
        .with_row_index("row")
        .with_columns(ends_at=pl.col("until").fill_null(AFTER_ALL))
    )
    spells = spells.with_columns(
        earlier=nearest_outlasting(spells, step=-1), later=nearest_outlasting(spells, step=1)
    )
    starts = spells.unique(["relation", "at"], keep="last", maintain_order=True).select(
        "relation", "at", lost_at="at", lost_rank="rank", lost_deal="deal"
    )
    is_standing_alone = pl.col("at").gather("later") > pl.col("until")
    ends = (
        spells.with_columns(is_last=is_standing_alone.fill_null(value=True))
        .filter("is_last", pl.col("until").is_not_null())
        .select("relation", "earlier", at="until")
        .unique(["relation", "at"])
        .join(
            spells.select(earlier="row", lost_at="at", lost_rank="rank", lost_deal="deal"),
            on="earlier",
            how="left",
        )
        .select(starts.columns)
    )
    return pl.concat([starts, ends]).sort("relation", "at")


def nearest_outlasting(spells: pl.DataFrame, *, step: Literal[-1, 1]) -> pl.Series:
    """Row of the nearest spell of the relation, in one direction, that ends later; null: none.

    Each round leaps over what was found to end earlier, so it takes about the logarithm of the
    number of spells.
    """
    neighbour = pl.col("row").shift(-step)
    is_same = pl.col("relation") == pl.col("relation").shift(-step)
    found = spells.select("row", "ends_at", nearest=pl.when(is_same).then(neighbour))
    while True:
        found = found.with_columns(
            is_short=pl.col("ends_at").gather("nearest") <= pl.col("ends_at"),
            next=pl.col("nearest").gather("nearest"),
        )
        if not found["is_short"].any():
            return found["nearest"]
        found = found.with_columns(nearest=pl.when("is_short").then("next").otherwise("nearest"))


def join_latest(moments: pl.DataFrame, line: pl.DataFrame) -> pl.DataFrame:
    """Add to moments what the time line of the relation says then; null before it starts."""
    return moments.join_asof(
        line.sort("relation", "at"), on="at", by="relation", check_sortedness=False
    )


def moments_of(lines: Lines, *, as_of: datetime) -> pl.DataFrame:
    """Every instant up to `as_of` at which anything changes, with the evidence that stands then.

    Sorted by `relation` and `at`; columns of all time lines.
    """
    changing = [
        (lines.open, ("at",)),
        (lines.later, ("at",)),
        (lines.holds, ("at", "hold_ends_at", "lapses_at")),
        (lines.lost, ("at",)),
        (lines.declared, ("at", "word_ends_at")),
        (lines.leads, ("at", "lead_ends_at")),
        (lines.locks, ("lock_ends_at",)),
    ]
    instants = pl.concat(
        frame.select("relation", at=column) for frame, columns in changing for column in columns
    )
    moment = pl.struct("relation", "at")
    return (
        instants.filter(pl.col("at") <= as_of)
        .sort("relation", "at")
        .filter(moment.ne_missing(moment.shift(1)))
        .pipe(join_latest, lines.open)
        .pipe(join_latest, lines.later.rename({"new_rank": "new_later", "old_rank": "old_later"}))
        .pipe(join_latest, lines.holds)
        .pipe(join_latest, lines.lost)
        .pipe(join_latest, lines.declared)
        .pipe(join_latest, lines.leads)
        .join(lines.locks, on="relation", how="left", maintain_order="left")
    )
