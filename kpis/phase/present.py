"""The phase as it stands: since when, on which deal it rests, how it goes (spec 3.2, 3.3)."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from kpis.calendar import age_days, local_day
from kpis.parameters import PhaseParameters
from kpis.phase.decide import (
    DECLARED,
    DECLARED_RULES,
    LATEST_EVENT,
    LEAD_STATUS,
    LOCKED,
    NEW_CYCLE,
    OLD_DECLARATION,
    OPEN_DEALS,
    ORDER_HOLD,
)
from kpis.phase.rank import NO_INTEREST, ORDER, RANK, UNKNOWN
from kpis.rounding import exact
from kpis.vocabulary import Phase


def present_of(decided: pl.DataFrame, parts: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Last moment of each relation, with `phase_since`, `phase_conflict` and `deciding_deal`.

    Args:
        decided: moments with their decisions, sorted.
        parts: open parts in their cycles.
        timezone: of the local days.
    """
    last = decided.unique("relation", keep="last", maintain_order=True)
    open_now = parts.filter(pl.col("until").is_null())
    wanted = last.filter(pl.col("rule").is_in([NEW_CYCLE, OPEN_DEALS])).select(
        "relation", "rank", is_new=pl.col("rule") == NEW_CYCLE
    )
    deciding = (
        open_now.join(wanted, on=["relation", "rank", "is_new"])
        .sort("relation", "entry_at", "deal", descending=[False, True, False])
        .group_by("relation", maintain_order=True)
        .agg(open_deal=pl.col("deal").first(), entered_at=pl.col("phase_entry_at").min())
    )
    ranks = open_now.group_by("relation").agg(
        lowest=pl.col("rank").min(), highest=pl.col("rank").max()
    )
    return (
        last.join(deciding, on="relation", how="left", maintain_order="left")
        .join(ranks, on="relation", how="left", maintain_order="left")
        .with_columns(
            phase_since=_since(timezone),
            phase_conflict=_is_conflict(),
            deciding_deal=_deciding_deal(),
            renewed_on=pl.when(pl.col("word_at") > pl.col("declared_at")).then(
                local_day(pl.col("word_at"), timezone)
            ),
        )
    )


def _since(timezone: str) -> pl.Expr:
    """Local day of the evidence of the phase; not earlier than the end of a hold that masked it."""
    declared_on = local_day(pl.col("declared_at"), timezone)
    is_hold_over = pl.col("at") >= pl.col("hold_ends_at")
    is_masked_word = (pl.col("word_at") < pl.col("won_at")) & is_hold_over
    masked_until = pl.when(is_masked_word).then("hold_ends_on")
    after_win = (
        pl.when(pl.col("at") < pl.col("lapses_at")).then("hold_ends_on").otherwise("lapses_on")
    )
    lost_on = pl.max_horizontal(local_day(pl.col("lost_at"), timezone), "hold_ends_on")
    entered_on = local_day(pl.col("entered_at"), timezone)
    since = {
        LOCKED: declared_on,
        DECLARED: pl.max_horizontal(declared_on, masked_until),
        NEW_CYCLE: entered_on,
        ORDER_HOLD: pl.col("won_on"),
        OPEN_DEALS: pl.max_horizontal(entered_on, "hold_ends_on"),
        LATEST_EVENT: pl.when("is_after_win").then(after_win).otherwise(lost_on),
        OLD_DECLARATION: declared_on,
        LEAD_STATUS: local_day(pl.col("lead_at"), timezone),
    }
    return pl.coalesce(pl.when(pl.col("rule") == rule).then(day) for rule, day in since.items())


def _is_conflict() -> pl.Expr:
    differs = (pl.col("lowest") != pl.col("rank")) | (pl.col("highest") != pl.col("rank"))
    return pl.col("rule").is_in(DECLARED_RULES) & differs.fill_null(value=False)


def _deciding_deal() -> pl.Expr:
    event = pl.when("is_after_win").then("won_deal").otherwise("lost_deal")
    deals = {
        NEW_CYCLE: pl.col("open_deal"),
        ORDER_HOLD: pl.col("won_deal"),
        OPEN_DEALS: pl.col("open_deal"),
        LATEST_EVENT: event,
    }
    return pl.coalesce(pl.when(pl.col("rule") == rule).then(deal) for rule, deal in deals.items())


def with_status(
    present: pl.DataFrame, parameters: PhaseParameters, *, as_of_date: date
) -> pl.DataFrame:
    """Add `days_in_phase` and `phase_status`; null when the phase is unknown (3.3)."""
    is_renewed = (
        (pl.col("rank") == NO_INTEREST)
        & pl.col("rule").is_in(DECLARED_RULES)
        & pl.col("renewed_on").is_not_null()
    )
    renewed_on = pl.when(is_renewed).then("renewed_on")
    counted_from = pl.max_horizontal("phase_since", renewed_on)
    return present.with_columns(
        days_in_phase=age_days(pl.col("phase_since"), as_of_date),
        counted_days=age_days(counted_from, as_of_date),
        threshold=_threshold(parameters),
    ).with_columns(phase_status=_status(parameters))


def _threshold(parameters: PhaseParameters) -> pl.Expr:
    stalled = parameters.stalled_days
    days = {
        RANK[Phase.NO_INTEREST]: stalled.no_interest,
        RANK[Phase.ORIENTING]: stalled.orienting,
        RANK[Phase.INTEREST]: stalled.interest,
        RANK[Phase.QUOTE]: stalled.quote,
        ORDER: parameters.order_hold,
    }
    by_phase = pl.col("rank").replace_strict(days, default=None, return_dtype=pl.Int64())
    return pl.when(pl.col("rule") == ORDER_HOLD).then("hold_days").otherwise(by_phase)


def _status(parameters: PhaseParameters) -> pl.Expr:
    days = pl.col("counted_days")
    is_early = days < pl.col("threshold") * exact(parameters.at_risk_from)
    is_stalled = days > pl.col("threshold")
    is_reverify = (pl.col("rule") == OLD_DECLARATION) | (
        is_stalled & (pl.col("rank") == NO_INTEREST)
    )
    return (
        pl.when(pl.col("rank") == UNKNOWN)
        .then(None)
        .when(is_reverify)
        .then(pl.lit("reverify"))
        .when(is_stalled)
        .then(pl.lit("stalled"))
        .when(is_early)
        .then(pl.lit("on_track"))
        .otherwise(pl.lit("at_risk"))
    )


def approach_of(rank: pl.Expr, approach: Mapping[Phase, str]) -> pl.Expr:
    """Recommended approach of a phase; null where there is no text for it."""
    texts = {RANK[phase]: text for phase, text in approach.items()}
    return rank.replace_strict(texts, default=None, return_dtype=pl.String())
