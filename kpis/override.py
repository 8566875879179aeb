"""The seller's own choice of a top relation: valid with a reason and up to its end (spec 2.2)."""

from datetime import date, datetime

import polars as pl

from kpis.calendar import local_day
from kpis.freshness import value_since
from kpis.parameters import Parameters

EDITED_FIELDS = ("top_relation_override", "top_relation_override_until")
"""Editing one of these starts the time that an override lasts at most."""


def overrides(
    relations: pl.DataFrame,
    changes: pl.DataFrame,
    parameters: Parameters,
    *,
    as_of: datetime,
    as_of_date: date,
) -> pl.DataFrame:
    """What the override of each relation says at `as_of`.

    It ends on the day named, at the latest `override_max_days` after the last edit; that day itself
    still counts. When neither is known it has not ended.

    Returns:
        `relation_id`, `override` (always, never; null: none that counts), `override_no_reason`,
        `override_expired`.
    """
    timezone = parameters.reporting.timezone
    edits = pl.concat(value_since(changes, field, as_of=as_of) for field in EDITED_FIELDS)
    edited = edits.group_by(relation_id="external_id").agg(
        edited_on=local_day(pl.col("set_at").max(), timezone)
    )
    longest = pl.col("edited_on").dt.offset_by(f"{parameters.top_relation.override_max_days}d")
    end = pl.min_horizontal("top_relation_override_until", longest)
    choice = pl.col("top_relation_override")
    is_made = choice.is_in(["always", "never"]).fill_null(value=False)
    has_reason = pl.col("top_relation_override_reason").str.strip_chars().str.len_chars() > 0
    return (
        relations.join(edited, on="relation_id", how="left")
        .with_columns(
            override_no_reason=is_made & ~has_reason.fill_null(value=False),
            override_expired=is_made & (end < as_of_date).fill_null(value=False),
        )
        .select(
            "relation_id",
            "override_no_reason",
            "override_expired",
            override=pl.when(
                is_made & ~pl.col("override_no_reason") & ~pl.col("override_expired")
            ).then(choice),
        )
    )
