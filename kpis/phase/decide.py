"""The nine rules on every moment of every relation: the first that yields a result (spec 3.2)."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from kpis.phase.rank import NO_INTEREST, ORDER, ORIENTING, RANK_TYPE, UNKNOWN

LOCKED: Final = 1
DECLARED: Final = 2
NEW_CYCLE: Final = 3
ORDER_HOLD: Final = 4
OPEN_DEALS: Final = 5
LATEST_EVENT: Final = 6
OLD_DECLARATION: Final = 7
LEAD_STATUS: Final = 8
NOTHING: Final = 9

DECLARED_RULES: Final = (LOCKED, DECLARED, OLD_DECLARATION)
DEAL_RULES: Final = (NEW_CYCLE, ORDER_HOLD, OPEN_DEALS, LATEST_EVENT)

SOURCES: Final = {
    LOCKED: "locked",
    DECLARED: "declared",
    NEW_CYCLE: "deal",
    ORDER_HOLD: "deal",
    OPEN_DEALS: "deal",
    LATEST_EVENT: "deal",  # of a lost deal; after a win it is the passing of time
    OLD_DECLARATION: "declared",
    LEAD_STATUS: "lead_status",
    NOTHING: "none",
}
"""`phase_source` by rule."""


def decisions(moments: pl.DataFrame) -> pl.DataFrame:
    """Add to each moment `rank`, `rule`, `deal_rule` (null: no deal evidence) and `source`.

    `is_after_win` tells of rule 6 whether the latest event is the win.

    Args:
        moments: frame of `kpis.phase.timeline.moments_of`.
    """
    return (
        moments.with_columns(is_after_win=~_is_lost_later())
        .with_columns(deal_rule=_deal_rule())
        .with_columns(deal_rank=_deal_rank(), is_newer=_is_newer())
        .with_columns(rule=_rule())
        .with_columns(rank=_rank(), source=_source())
    )


def _is_lost_later() -> pl.Expr:
    """Whether a deal was lost after the day of the last win, or without any win."""
    is_later = pl.col("won_at").is_null() | (pl.col("lost_at") >= pl.col("day_ends_at"))
    return pl.col("lost_at").is_not_null() & is_later


def _deal_rule() -> pl.Expr:
    has_win = pl.col("won_at").is_not_null()
    return _first_rule(
        (NEW_CYCLE, has_win & pl.col("new_rank").is_not_null()),
        (ORDER_HOLD, pl.col("at") < pl.col("hold_ends_at")),
        (OPEN_DEALS, pl.col("old_rank").is_not_null()),
        (LATEST_EVENT, has_win | pl.col("lost_at").is_not_null()),
    )


def _first_rule(*conditions: tuple[int, pl.Expr]) -> pl.Expr:
    return pl.coalesce(
        pl.when(condition).then(pl.lit(rule, dtype=pl.Int8())) for rule, condition in conditions
    )


def _deal_rank() -> pl.Expr:
    after_win = pl.when(pl.col("at") < pl.col("lapses_at")).then(ORIENTING).otherwise(NO_INTEREST)
    by_event = pl.when("is_after_win").then(after_win).otherwise("lost_rank")
    return _by_rule(
        "deal_rule",
        {
            NEW_CYCLE: pl.col("new_rank"),
            ORDER_HOLD: pl.lit(ORDER),
            OPEN_DEALS: pl.col("old_rank"),
            LATEST_EVENT: by_event,
        },
    )


def _by_rule(column: str, results: dict[int, pl.Expr]) -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col(column) == rule).then(result.cast(RANK_TYPE))
        for rule, result in results.items()
    )


def _is_newer() -> pl.Expr:
    """Whether the deal evidence dates from after the word that stands (rule 2).

    Of open deals the one that entered its stage last decides: the evidence is newer when one of
    the later deals stands in the most advanced phase.
    """
    event_at = pl.when("is_after_win").then("won_at").otherwise("lost_at")
    is_newer = {
        NEW_CYCLE: pl.col("new_later") == pl.col("new_rank"),
        ORDER_HOLD: pl.col("won_at") > pl.col("word_at"),
        OPEN_DEALS: pl.col("old_later") == pl.col("old_rank"),
        LATEST_EVENT: event_at > pl.col("word_at"),
    }
    return pl.coalesce(
        *(pl.when(pl.col("deal_rule") == rule).then(newer) for rule, newer in is_newer.items()),
        pl.lit(value=False),
    )


def _rule() -> pl.Expr:
    is_given = pl.col("word_at").is_not_null()
    is_recent = pl.col("at") < pl.col("word_ends_at")
    return pl.coalesce(
        _first_rule(
            (
                LOCKED,
                pl.col("declared_rank").is_not_null() & (pl.col("at") < pl.col("lock_ends_at")),
            ),
            (DECLARED, is_given & is_recent & ~pl.col("is_newer")),
        ),
        "deal_rule",
        _first_rule(
            (OLD_DECLARATION, is_given),
            (
                LEAD_STATUS,
                pl.col("lead_rank").is_not_null() & (pl.col("at") < pl.col("lead_ends_at")),
            ),
        ),
        pl.lit(NOTHING, dtype=pl.Int8()),
    )


def _rank() -> pl.Expr:
    return _by_rule(
        "rule",
        {
            **_same(DECLARED_RULES, pl.col("declared_rank")),
            **_same(DEAL_RULES, pl.col("deal_rank")),
            LEAD_STATUS: pl.col("lead_rank"),
            NOTHING: pl.lit(UNKNOWN),
        },
    )


def _same(rules: Iterable[int], result: pl.Expr) -> dict[int, pl.Expr]:
    return dict.fromkeys(rules, result)


def _source() -> pl.Expr:
    is_decay = (pl.col("rule") == LATEST_EVENT) & pl.col("is_after_win")
    return (
        pl.when(is_decay)
        .then(pl.lit("decay"))
        .otherwise(pl.col("rule").replace_strict(SOURCES, return_dtype=pl.String()))
    )
