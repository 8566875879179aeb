"""What people said of the phase: declarations, locks and lead status (spec 3.2, rules 1, 2, 7, 8).

Every frame is a time line per relation: a row holds from `at` until the next one.
"""

from datetime import date, datetime

import polars as pl

from kpis.calendar import local_day, start_of_day
from kpis.frames import CHANGES, TEXT, Meaning, Mirror, Schema
from kpis.parameters import PhaseParameters
from kpis.phase.rank import RANK, RANK_TYPE, rank_of
from kpis.version import (
    value_runs,
    versions_of,
    with_base,
    without_base,
    without_reversals,
)

CONTACT_DAYS: Schema = {"relation_id": TEXT, "day": pl.Date()}
"""Local days on which a relation had a contact moment with anyone (spec 2.5)."""


def confirmations(
    companies: pl.DataFrame, contact_days: pl.DataFrame, *, within_days: int, as_of_date: date
) -> pl.DataFrame:
    """Confirmations of the profile that count: `relation`, `confirmed_on` (spec 2.3).

    One counts when it is not dated later than `as_of_date` and a contact moment took place in the
    `within_days` days up to it.
    """
    before = (pl.col("confirmed_on") - pl.col("day")).dt.total_days()
    return (
        companies.select("relation", "relation_id", confirmed_on="profile_confirmed_on")
        .filter(pl.col("confirmed_on") <= as_of_date)
        .join(contact_days, on="relation_id")
        .filter((before >= 0) & (before < within_days))
        .select("relation", "confirmed_on")
        .unique(maintain_order=True)
    )


def declarations(
    mirror: Mirror,
    companies: pl.DataFrame,
    confirmed: pl.DataFrame,
    parameters: PhaseParameters,
    *,
    timezone: str,
    as_of: datetime,
) -> pl.DataFrame:
    """Declared phases, sorted: `relation`, `at`, `declared_rank` (null: none), and since when.

    `declared_at` is when a person first set the present value, or when it was set at all where no
    person did; `word_at` is when it last became somebody's word, by setting or by confirming (null:
    nobody's), and `word_ends_at` when that word is too old to outweigh a deal.
    """
    records = companies.select("relation", external_id="relation_id")
    versions = versions_of(mirror.company_changes, "phase_declared", records, as_of=as_of)
    ranked = versions.with_columns(value=rank_of(pl.col("value")))
    runs = without_base(
        without_reversals(
            value_runs(with_base(ranked, "relation", None), "relation"),
            "relation",
            hours=parameters.reversal_hours,
        )
    ).select("relation", "at", "value", run_at="at")
    spoken = _words(runs, ranked)
    renewed = _renewals(spoken, confirmed, timezone)
    ttl = f"{parameters.declared_ttl}d"
    ends_on = local_day(pl.col("word_at"), timezone).dt.offset_by(ttl)
    return (
        pl.concat([spoken, renewed])
        .sort("relation", "at")
        .select(
            "relation",
            "at",
            "declared_at",
            "word_at",
            declared_rank="value",
            word_ends_at=start_of_day(ends_on, timezone),
        )
    )


def _words(runs: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """Rows of each run: from its start, and from when a person first set its value."""
    never = pl.lit(None, dtype=runs.schema["at"])
    first_word = (
        versions.filter("is_by_person")
        .join_asof(
            runs.rename({"value": "run_value"}), on="at", by="relation", check_sortedness=False
        )
        .filter(pl.col("value") == pl.col("run_value"))
        .group_by("relation", "run_at")
        .agg(word_at=pl.col("at").min())
    )
    dated = runs.join(first_word, on=["relation", "run_at"], how="left", maintain_order="left")
    is_later = pl.col("word_at") > pl.col("run_at")
    columns = ["relation", "at", "value", "declared_at", "word_at"]
    unspoken = dated.filter(is_later | pl.col("word_at").is_null()).with_columns(
        declared_at="run_at", word_at=never
    )
    spoken = dated.filter(pl.col("word_at").is_not_null()).with_columns(
        at="word_at", declared_at="word_at"
    )
    return pl.concat([unspoken.select(columns), spoken.select(columns)]).sort("relation", "at")


def _renewals(spoken: pl.DataFrame, confirmed: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Rows from which a confirmation renews the word that stands on that day."""
    return (
        confirmed.select("relation", at=start_of_day(pl.col("confirmed_on"), timezone))
        .sort("relation", "at")
        .join_asof(
            spoken.rename({"word_at": "given_at"}), on="at", by="relation", check_sortedness=False
        )
        .filter(pl.col("given_at") < pl.col("at"))
        .with_columns(word_at="at")
        .select(spoken.columns)
    )


def locks(companies: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """End of each lock as it is recorded now: `relation`, `lock_ends_at`."""
    after = pl.col("phase_locked_until").dt.offset_by("1d")
    return companies.filter(pl.col("phase_locked_until").is_not_null()).select(
        "relation", lock_ends_at=start_of_day(after, timezone)
    )


def lead_statuses(
    mirror: Mirror,
    companies: pl.DataFrame,
    meaning: Meaning,
    parameters: PhaseParameters,
    *,
    timezone: str,
    as_of: datetime,
) -> pl.DataFrame:
    """Phases by lead status, sorted: `relation`, `at`, `lead_rank` (null: none), `lead_at`.

    `lead_ends_at` is when the status is too old to count.
    """
    ranks = {status: RANK[phase] for status, phase in meaning.lead_status.items()}
    records = companies.select("relation", external_id="relation_id")
    changes = mirror.company_changes.select(list(CHANGES))
    runs = value_runs(versions_of(changes, "lead_status", records, as_of=as_of), "relation")
    ends_on = local_day(pl.col("at"), timezone).dt.offset_by(f"{parameters.lead_status_ttl}d")
    return runs.select(
        "relation",
        "at",
        lead_at="at",
        lead_rank=pl.col("value").replace_strict(ranks, default=None, return_dtype=RANK_TYPE),
        lead_ends_at=start_of_day(ends_on, timezone),
    )
