"""Demonstrable contact: moments, and what they say of each relation and contact (spec 2.5)."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from kpis.activity import activity_relations, classified, is_measurable, with_links
from kpis.calendar import age_days, day_of, is_within, local_day
from kpis.frames import COUNT, DAY, TEXT, Meaning, Mirror, Schema, by_id
from kpis.parameters import Contact, Parameters
from kpis.version import value_runs, versions_of
from kpis.vocabulary import Phase

MOMENTS: Schema = {
    "seller_id": TEXT,  # null: an activity without an owner
    "relation_id": TEXT,
    "day": DAY,
    "channel": TEXT,
    "duration_ms": COUNT,  # what it weighs in time
    "logged_on": DAY,  # first local day on which it stood in the CRM; null: unknown
    "activities": COUNT,
}
"""Contact moments: one per seller, relation, local day and channel."""

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """What activities tell; without any to measure all frames are empty.

    Attributes:
        is_measurable: activities that can be two-way may be read.
        moments: frame of `MOMENTS` of all relations, whatever their age.
        relations: `relation_id`, `last_two_way_contact`, `last_two_way_contact_by` (owner's name,
            else id; null: nobody), `contact_moments_90d`, for relations with any two-way contact.
        missing_outcomes: `relation_id` and `day` of past meetings without an outcome.
        planned: `relation_id` of those with a meeting, call or task ahead.
        contacts: `contact_id`, `contact_last_two_way`.
    """

    is_measurable: bool
    moments: pl.DataFrame
    relations: pl.DataFrame
    missing_outcomes: pl.DataFrame
    planned: pl.DataFrame
    contacts: pl.DataFrame

    @property
    def days(self) -> pl.DataFrame:
        """Local days on which a relation had a contact moment with anyone."""
        return self.moments.select("relation_id", "day").unique()


def contact(
    mirror: Mirror, meaning: Meaning, parameters: Parameters, *, as_of: datetime
) -> Contacts:
    """Read all activities of the mirror up to `as_of`, and what is planned after it."""
    timezone = parameters.reporting.timezone
    known = classified(mirror, meaning, parameters.contact, as_of=as_of).with_columns(
        day=local_day(pl.col("occurred_at"), timezone)
    )
    if not is_measurable(mirror):
        known = known.clear()
    links = with_links(known, mirror)
    related = known.join(activity_relations(links, mirror), on="activity")
    two_way = related.filter(pl.col("kind") == "two_way")
    moments = _moments(two_way, parameters.contact, timezone)
    today = day_of(as_of, timezone)
    return Contacts(
        is_measurable=is_measurable(mirror),
        moments=moments,
        relations=_of_relations(two_way, moments, mirror, parameters.contact, today),
        missing_outcomes=related.filter(pl.col("kind") == "outcome_missing").select(
            "relation_id", "day"
        ),
        planned=related.filter(pl.col("kind") == "planned").select("relation_id").unique(),
        contacts=_of_contacts(known, links),
    )


def _moments(two_way: pl.DataFrame, parameters: Contact, timezone: str) -> pl.DataFrame:
    """Fold activities of one seller, relation, day and channel into one moment."""
    is_message = pl.col("channel").is_in(["emails", "communications"])
    return (
        two_way.with_columns(
            duration_ms=_duration(parameters), logged_on=local_day(pl.col("created_at"), timezone)
        )
        .group_by(seller_id="owner", relation_id="relation_id", day="day", channel="activity_type")
        .agg(
            duration_ms=pl.col("duration_ms").sum(),
            logged_on=pl.col("logged_on").min(),
            activities=pl.len().cast(COUNT),
        )
        .with_columns(
            duration_ms=pl.when(is_message)
            .then(parameters.message_minutes * MS_PER_MINUTE)
            .otherwise("duration_ms")
        )
        .select(list(MOMENTS))
    )


def _duration(parameters: Contact) -> pl.Expr:
    """Milliseconds of a meeting or call; a meeting without an end takes the usual time."""
    longest, usual = parameters.max_meeting_minutes, parameters.default_meeting_minutes
    met = (pl.col("ended_at") - pl.col("occurred_at")).dt.total_milliseconds()
    meeting = pl.when(met > 0).then(met).otherwise(usual * MS_PER_MINUTE)
    return (
        pl.when(pl.col("activity_type") == "meetings")
        .then(meeting.clip(0, longest * MS_PER_MINUTE))
        .when(pl.col("activity_type") == "calls")
        .then(pl.col("duration_ms").fill_null(0))
        .otherwise(0)
        .cast(COUNT)
    )


def _of_relations(
    two_way: pl.DataFrame,
    moments: pl.DataFrame,
    mirror: Mirror,
    parameters: Contact,
    today: date,
) -> pl.DataFrame:
    last = (
        two_way.sort(
            "occurred_at",
            *by_id("activity_id"),
            "activity_type",
            descending=[True, False, False, False],
        )
        .unique("relation_id", keep="first", maintain_order=True)
        .select("relation_id", last_two_way_contact="day", seller_id="owner")
        .join(mirror.owners.select("seller_id", "name"), on="seller_id", how="left")
        .select(
            "relation_id",
            "last_two_way_contact",
            last_two_way_contact_by=pl.coalesce("name", "seller_id"),
        )
    )
    recent = in_window(moments, parameters, today).group_by("relation_id")
    counts = recent.agg(contact_moments_90d=pl.len().cast(COUNT))
    return last.join(counts, on="relation_id", how="left").with_columns(
        pl.col("contact_moments_90d").fill_null(0)
    )


def _of_contacts(known: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Last two-way contact with each person."""
    return (
        links.filter(pl.col("object_type") == "contacts")
        .join(known.filter(pl.col("kind") == "two_way"), on="activity")
        .group_by(contact_id="external_id")
        .agg(contact_last_two_way=pl.col("day").max())
    )


def in_window(moments: pl.DataFrame, parameters: Contact, today: date) -> pl.DataFrame:
    """Moments of the last `window_days` days."""
    return moments.filter(is_within(age_days(pl.col("day"), today), parameters.window_days))


def norm_of(phase: pl.Expr, parameters: Contact) -> pl.Expr:
    """Days within which a relation in that phase should have contact (spec 3.1)."""
    norms = parameters.norm_days.model_dump()
    return phase.replace_strict({str(one): norms[one] for one in Phase}, return_dtype=pl.Int64())


def status_of(age: pl.Expr, norm: pl.Expr, parameters: Contact) -> pl.Expr:
    """Value of `contact_status` by the age of the last two-way contact in days (spec 3.3).

    Args:
        age: null: never.
        norm: days, from `norm_of`.
        parameters: section `contact`.
    """
    latest = norm * pl.lit(parameters.due_until)
    return (
        pl.when(age.is_null())
        .then(pl.lit("never"))
        .when(age <= norm)
        .then(pl.lit("ok"))
        .when(age <= latest)
        .then(pl.lit("due"))
        .otherwise(pl.lit("overdue"))
    )


def handed_over(
    relations: pl.DataFrame, mirror: Mirror, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Relations that their owner got from another less than so many days ago: `relation_id`.

    Args:
        relations: `relation_id` and `owner`.
        mirror: changes of owner.
        parameters: sections `contact` and `reporting`.
        as_of: aware UTC.
    """
    timezone = parameters.reporting.timezone
    records = relations.select(pl.col("relation_id").alias("external_id")).with_row_index(
        "relation"
    )
    records = records.select("relation", "external_id")
    runs = value_runs(
        versions_of(mirror.company_changes, "owner", records, as_of=as_of), "relation"
    )
    present = runs.group_by("relation", maintain_order=True).agg(
        owner=pl.col("value").last(),
        since=pl.col("at").last(),
        had_other=(
            pl.col("value").slice(0, pl.len() - 1).drop_nulls() != pl.col("value").last()
        ).any(),
    )
    age = age_days(local_day(pl.col("since"), timezone), day_of(as_of, timezone))
    return (
        present.filter("had_other", is_within(age, parameters.contact.handover_grace_days))
        .join(records, on="relation")
        .join(relations, left_on=["external_id", "owner"], right_on=["relation_id", "owner"])
        .select(relation_id="external_id")
    )
