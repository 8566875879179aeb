"""The right contacts: who fills which slot of the buying group (spec 2.3)."""

from datetime import date, datetime
from decimal import Decimal
from typing import get_args

import polars as pl

from kpis.calendar import age_days, local_day
from kpis.frames import EXACT, Meaning, Mirror
from kpis.freshness import freshness, value_since
from kpis.parameters import Parameters, Profile
from kpis.rounding import exact
from kpis.slot import slot_of_title
from kpis.vocabulary import Slot

SLOTS: tuple[Slot, ...] = get_args(Slot)


def contact_slots(
    mirror: Mirror, meaning: Meaning, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Contacts that are in a slot, one row per contact and slot.

    Roles go before the title; a contact with roles of both slots is in both.

    Returns:
        `contact_id`, `slot`, `is_by_role`, `is_reachable`, `set_on` (local day on which the role or
        title got its present value; null: unknown).
    """
    timezone = parameters.reporting.timezone
    contacts = mirror.contacts.select(
        "contact_id",
        "buying_role",
        "job_title",
        is_reachable=_is_reachable(parameters.profile),
    )
    by_role = _by_role(contacts, meaning)
    by_title = (
        contacts.join(by_role, on="contact_id", how="anti")
        .join(_title_slots(contacts, meaning), on="job_title")
        .with_columns(is_by_role=pl.lit(value=False))
    )
    sets = [
        frame.join(_set_on(mirror, field, timezone, as_of), on="contact_id", how="left")
        for frame, field in ((by_role, "buying_role"), (by_title, "job_title"))
    ]
    return pl.concat(
        frame.select("contact_id", "slot", "is_by_role", "is_reachable", "set_on") for frame in sets
    )


def slot_facets(
    slots: pl.DataFrame,
    last_contacts: pl.DataFrame,
    confirmed: pl.DataFrame,
    mirror: Mirror,
    parameters: Profile,
    *,
    as_of_date: date,
) -> pl.DataFrame:
    """How well each slot of each relation is filled.

    Args:
        slots: from `contact_slots`.
        last_contacts: `contact_id` and `contact_last_two_way`.
        confirmed: `relation_id` and `confirmed_on` of confirmations that count.
        mirror: companies of contacts.
        parameters: section `profile`.
        as_of_date: local day.

    Returns:
        `relation_id`, `slot`, `base` and `score` of its best reachable contact (exact),
        `contact_id`, `is_by_role`, `dated_on` (null: unknown, so fresh). A slot that nobody fills
        has no row.
    """
    dated_on = pl.max_horizontal("contact_last_two_way", "set_on", "confirmed_on")
    age = age_days(pl.col("dated_on"), as_of_date).fill_null(0)
    base = pl.when("is_by_role").then(exact(Decimal(1))).otherwise(exact(parameters.title_only))
    return (
        slots.filter("is_reachable")
        .join(mirror.contact_companies, left_on="contact_id", right_on="from_id")
        .join(last_contacts, on="contact_id", how="left")
        .join(confirmed, on="relation_id", how="left")
        .with_columns(base=base, dated_on=dated_on)
        .with_columns(
            score=(pl.col("base") * freshness(age, parameters.horizons.right_contacts)).cast(EXACT)
        )
        .sort(
            "score",
            "base",
            pl.col("contact_id").str.len_chars(),
            "contact_id",
            descending=[True, True, False, False],
        )
        .unique(["relation_id", "slot"], keep="first", maintain_order=True)
        .select("relation_id", "slot", "base", "score", "contact_id", "is_by_role", "dated_on")
    )


def contact_properties(
    slots: pl.DataFrame, last_contacts: pl.DataFrame, mirror: Mirror, relations: pl.DataFrame
) -> pl.DataFrame:
    """What is written to contacts: `dmu_slot`, `is_right_contact` (true or null), last contact.

    One row for every contact of the mirror.
    """
    of_relations = mirror.contact_companies.join(relations, on="relation_id", how="semi")
    dmu = slots.sort(pl.col("slot").replace_strict({one: at for at, one in enumerate(SLOTS)}))
    first = dmu.unique("contact_id", keep="first", maintain_order=True).select(
        "contact_id", dmu_slot="slot"
    )
    right = (
        slots.filter("is_reachable")
        .join(of_relations, left_on="contact_id", right_on="from_id", how="semi")
        .select("contact_id", is_right_contact=pl.lit(value=True))
        .unique()
    )
    return (
        mirror.contacts.select("contact_id")
        .join(first, on="contact_id", how="left")
        .join(right, on="contact_id", how="left")
        .join(last_contacts, on="contact_id", how="left")
        .sort(pl.col("contact_id").str.len_chars(), "contact_id")
    )


def _is_reachable(parameters: Profile) -> pl.Expr:
    """By mail that does not bounce or by phone, and not marked as left; unknown is no."""
    by_mail = pl.col("has_email").fill_null(value=False) & ~pl.col("is_bounced").fill_null(
        value=False
    )
    by_phone = pl.col("phone_digits").fill_null(0) >= parameters.min_phone_digits
    return (by_mail | by_phone) & ~pl.col("has_left").fill_null(value=False)


def _by_role(contacts: pl.DataFrame, meaning: Meaning) -> pl.DataFrame:
    """Contacts with the slots of their roles, each slot once."""
    slot = pl.col("buying_role").replace_strict(
        dict(meaning.buying_roles), default=None, return_dtype=pl.String()
    )
    return (
        contacts.explode("buying_role")
        .with_columns(slot=slot, is_by_role=pl.lit(value=True))
        .drop_nulls("slot")
        .unique(["contact_id", "slot"], maintain_order=True)
    )


def _title_slots(contacts: pl.DataFrame, meaning: Meaning) -> pl.DataFrame:
    """Slot by title: `job_title`, `slot`."""
    titles = contacts["job_title"].unique().to_list()
    found = ((title, slot_of_title(title, meaning.job_titles)) for title in titles)
    rows = [(title, slot) for title, slot in found if slot]
    return pl.DataFrame(rows, schema={"job_title": pl.String(), "slot": pl.String()}, orient="row")


def _set_on(mirror: Mirror, field: str, timezone: str, as_of: datetime) -> pl.DataFrame:
    since = value_since(mirror.contact_changes, field, as_of=as_of)
    return since.select(contact_id="external_id", set_on=local_day(pl.col("set_at"), timezone))
