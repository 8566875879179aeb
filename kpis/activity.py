"""What activities say: which are two-way contact, and with which relations (spec 2.5).

An activity without a time does not exist, and one that lies later than `as_of` is a plan.
"""

from datetime import datetime
from typing import Final

import polars as pl

from kpis.deal import deal_relations
from kpis.frames import ACTIVITIES, Meaning, Mirror
from kpis.parameters import Contact

CONTACT_TYPES: Final = ("calls", "meetings", "emails", "communications")
"""Activities that can be two-way; one class each is a channel."""

PLANNED_TYPES: Final = ("meetings", "calls", "tasks")
"""Activities that can be a next step (spec 6.4)."""

MS_PER_SECOND = 1000


def is_measurable(mirror: Mirror) -> bool:
    """Whether any activity that can be two-way may be read at all."""
    return any(kind in mirror.readable for kind in CONTACT_TYPES)


def classified(
    mirror: Mirror, meaning: Meaning, parameters: Contact, *, as_of: datetime
) -> pl.DataFrame:
    """Activities that the method looks at: two-way, without an outcome yet, or planned.

    Attempts and what is no contact (classes B and C) are left out, save past meetings of which
    nobody recorded what became of them.

    Returns:
        Rows of `ACTIVITIES` with a number `activity` and `kind`: `two_way`, `outcome_missing` or
        `planned`.
    """
    happened = pl.col("occurred_at") <= as_of
    outcome = pl.col("outcome")
    is_over = outcome.is_in(meaning.completed_outcomes | meaning.cancelled_outcomes)
    planned = (
        ~happened & pl.col("activity_type").is_in(PLANNED_TYPES) & ~is_over.fill_null(value=False)
    )
    missing = (
        happened
        & (pl.col("activity_type") == "meetings")
        & (outcome.is_null() | outcome.is_in(meaning.missing_outcomes))
    )
    return (
        mirror.activities.filter(pl.col("occurred_at").is_not_null())
        .with_columns(
            kind=pl.when(happened & is_two_way(meaning, parameters).fill_null(value=False))
            .then(pl.lit("two_way"))
            .when(missing)
            .then(pl.lit("outcome_missing"))
            .when(planned)
            .then(pl.lit("planned"))
        )
        .filter(pl.col("kind").is_not_null())
        .select(*ACTIVITIES, "kind")
        .with_row_index("activity")
    )


def is_two_way(meaning: Meaning, parameters: Contact) -> pl.Expr:
    """Whether an activity of the past is of class A; null where a word is missing."""
    kind, outcome = pl.col("activity_type"), pl.col("outcome")
    shortest = parameters.min_call_seconds * MS_PER_SECOND
    is_long_enough = pl.col("duration_ms").fill_null(0).is_between(1, shortest - 1).not_()
    is_incoming = pl.col("direction").is_in(meaning.incoming_directions)
    return (
        pl.when(kind == "meetings")
        .then(outcome.is_in(meaning.completed_outcomes))
        .when(kind == "calls")
        .then(outcome.is_in(meaning.connected_dispositions) & is_long_enough)
        .when(kind.is_in(["emails", "communications"]))
        .then(is_incoming)
        .otherwise(pl.lit(value=False))
    )


def with_links(activities: pl.DataFrame, mirror: Mirror) -> pl.DataFrame:
    """Links of these activities: `activity`, `object_type`, `external_id`."""
    keys = activities.select("activity", "activity_type", "activity_id")
    return mirror.activity_links.join(keys, on=["activity_type", "activity_id"]).select(
        "activity", "object_type", "external_id"
    )


def activity_relations(links: pl.DataFrame, mirror: Mirror) -> pl.DataFrame:
    """Relations that each activity counts for: `activity`, `relation_id`, each pair once.

    Its companies; without any the primary companies of its contacts; without any those of its
    deals. The only company of a contact or deal is its primary one.
    """
    direct = _linked(links, "companies").rename({"external_id": "relation_id"})
    by_contact = _through(links, "contacts", deal_relations(mirror.contact_companies))
    by_deal = _through(links, "deals", deal_relations(mirror.deal_companies))
    by_contact = by_contact.join(direct, on="activity", how="anti")
    by_deal = by_deal.join(direct, on="activity", how="anti").join(
        by_contact, on="activity", how="anti"
    )
    return pl.concat([direct, by_contact, by_deal]).unique()


def _linked(links: pl.DataFrame, object_type: str) -> pl.DataFrame:
    return links.filter(pl.col("object_type") == object_type).select("activity", "external_id")


def _through(links: pl.DataFrame, object_type: str, owners: pl.DataFrame) -> pl.DataFrame:
    companies = owners.drop_nulls("relation_id").select(
        external_id="deal_id", relation_id="relation_id"
    )
    return (
        _linked(links, object_type)
        .join(companies, on="external_id")
        .select("activity", "relation_id")
    )
