"""The phase over time: transitions with their direction, source and owner (spec 3.3)."""

from datetime import datetime

import polars as pl

from kpis.calendar import local_day
from kpis.frames import Mirror
from kpis.parameters import PhaseParameters
from kpis.phase.decide import NEW_CYCLE, ORDER_HOLD
from kpis.phase.rank import ORDER, UNKNOWN, phase_of
from kpis.version import (
    value_runs,
    versions_of,
    with_base,
    without_base,
    without_reversals,
)


def changes_of_phase(decided: pl.DataFrame, parameters: PhaseParameters) -> pl.DataFrame:
    """Moments at which the phase of a relation changed and stayed changed long enough.

    Returns:
        Sorted by `relation` and `at`, with `from_rank`, `rank`, `source` and `direction`.
    """
    # The first row of a relation comes from unknown, whatever stands before it.
    before = decided.select(
        "relation",
        "at",
        "rule",
        "source",
        "won_at",
        "hold_ends_at",
        value="rank",
        rule_before=pl.col("rule").shift(1),
        source_before=pl.col("source").shift(1),
        won_before=pl.col("won_at").shift(1),
    )
    based = with_base(value_runs(before, "relation"), "relation", UNKNOWN)
    runs = without_reversals(
        value_runs(based, "relation"),
        "relation",
        hours=parameters.reversal_hours,
    )
    # The first row of every relation is the base, which is not kept.
    return (
        runs.with_columns(from_rank=pl.col("value").shift(1), from_at=pl.col("at").shift(1))
        .pipe(without_base)
        .select("relation", "at", "from_rank", "source", rank="value", direction=_direction())
    )


def _direction() -> pl.Expr:
    # What comes up when a hold ends may also be an earlier word, again the newest evidence then.
    is_hold_over = (pl.col("rule_before") == ORDER_HOLD) & (pl.col("at") == pl.col("hold_ends_at"))
    # A new win without a hold moves it too, and is not the passing of time.
    is_lapsed = (
        (pl.col("source") == "decay")
        & (pl.col("source_before") == "decay")
        & (pl.col("won_at") == pl.col("won_before"))
    )
    is_back_in_hold = (pl.col("rule") == ORDER_HOLD) & (pl.col("won_at") <= pl.col("from_at"))
    is_newer_deal = (pl.col("from_rank") == ORDER) & (pl.col("rule") == NEW_CYCLE)
    return (
        pl.when(pl.col("value") == UNKNOWN)
        .then(None)
        .when(pl.col("from_rank") == UNKNOWN)
        .then(pl.lit("recorded"))
        .when(is_newer_deal)
        .then(pl.lit("new_cycle"))
        .when((is_hold_over | is_lapsed).fill_null(value=False))
        .then(pl.lit("decay"))
        .when(is_back_in_hold)
        .then(pl.lit("resumed"))
        .when(pl.col("value") > pl.col("from_rank"))
        .then(pl.lit("forward"))
        .otherwise(pl.lit("backward"))
    )


def with_owner_then(
    changes: pl.DataFrame, mirror: Mirror, companies: pl.DataFrame, *, as_of: datetime
) -> pl.DataFrame:
    """Add `owner` at each change: before the first known one that one, without any the present.

    Null: nobody owned the relation then.
    """
    records = companies.select("relation", external_id="relation_id")
    owners = versions_of(mirror.company_changes, "owner", records, as_of=as_of)
    first = (
        owners.filter(pl.col("value").is_not_null())
        .unique("relation", keep="first", maintain_order=True)
        .select("relation", first_owner="value")
    )
    return (
        changes.join_asof(
            owners.select("relation", "at", owner_then="value", is_told=pl.lit(value=True)),
            on="at",
            by="relation",
            check_sortedness=False,
        )
        .join(first, on="relation", how="left", maintain_order="left")
        .join(companies.select("relation", "owner"), on="relation", maintain_order="left")
        .with_columns(
            owner=pl.when("is_told")
            .then("owner_then")
            .otherwise(pl.coalesce("first_owner", "owner"))
        )
    )


def in_words(changes: pl.DataFrame, companies: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Changes with `relation_id`, `changed_on`, `changed_at`, and the phases `from` and `to`."""
    return changes.join(
        companies.select("relation", "relation_id"), on="relation", maintain_order="left"
    ).with_columns(
        phase_of(pl.col("from_rank")).alias("from"),
        to=phase_of(pl.col("rank")),
        changed_on=local_day(pl.col("at"), timezone),
        changed_at="at",
    )


def last_of(transitions: pl.DataFrame, *, lines: int) -> pl.DataFrame:
    """Last transition of each relation, and the last few as text, newest first (spec 7).

    Returns:
        `relation`, `phase_previous`, `phase_direction`, `phase_history`.
    """
    line = pl.format("{} {}>{} ({})", pl.col("changed_on").dt.to_string(), "from", "to", "source")
    return (
        transitions.select("relation", "from", "direction", line=line)
        .group_by("relation", maintain_order=True)
        .agg(
            phase_previous=pl.col("from").last(),
            phase_direction=pl.col("direction").last(),
            phase_history="line",
        )
        .with_columns(pl.col("phase_history").list.tail(lines).list.reverse().list.join("\n"))
    )
