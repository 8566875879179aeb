"""KPI 1 per seller: whom of their top relations sellers are in contact with (spec 2.6)."""

from datetime import date, datetime

import polars as pl

from kpis.calendar import day_of
from kpis.contact import Contacts, handed_over, in_window
from kpis.frames import COUNT, Mirror, OwnHistory
from kpis.membership import with_top_at
from kpis.parameters import Contact, Parameters
from kpis.rounding import exact, quotient


def with_population(
    relations: pl.DataFrame,
    contacts: Contacts,
    mirror: Mirror,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Add who was contacted and who counts in the figures of the owner.

    Args:
        relations: the universe with `relation_id`, `owner`, `is_top_relation`.
        contacts: from `kpis.contact`.
        mirror: changes of owner.
        parameters: sections `contact` and `reporting`.
        as_of: aware UTC.

    Returns:
        The frame with `is_contacted` (in the window, by the owner or by whom `contact.by` allows),
        `is_contacted_by_anyone`, both null when not measurable, `is_handed_over`, and
        `is_in_population`: top, and not handed over unless contacted already.
    """
    today = day_of(as_of, parameters.reporting.timezone)
    recent = in_window(contacts.moments, parameters.contact, today)
    anyone = recent.select("relation_id", is_contacted_by_anyone=pl.lit(value=True)).unique()
    by_owner = recent.select(
        "relation_id", owner="seller_id", is_contacted_by_owner=pl.lit(value=True)
    ).unique()
    handed = handed_over(
        relations.select("relation_id", "owner"), mirror, parameters, as_of=as_of
    ).with_columns(is_handed_over=pl.lit(value=True))
    counted = (
        "is_contacted_by_owner" if parameters.contact.by == "owner" else ("is_contacted_by_anyone")
    )
    return (
        relations.join(anyone, on="relation_id", how="left", maintain_order="left")
        .join(by_owner, on=["relation_id", "owner"], how="left", maintain_order="left")
        .join(handed, on="relation_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("is_contacted_by_anyone", "is_contacted_by_owner", "is_handed_over").fill_null(
                value=False
            )
        )
        .with_columns(
            is_contacted=counted,
            is_in_population=pl.col("is_top_relation")
            & (~pl.col("is_handed_over") | pl.col(counted)),
        )
        .with_columns(
            pl.when(pl.lit(contacts.is_measurable)).then(pl.col(name)).alias(name)
            for name in ("is_contacted", "is_contacted_by_anyone")
        )
        .drop("is_contacted_by_owner")
    )


def coverage(relations: pl.DataFrame) -> pl.DataFrame:
    """KPI 1 of each owner of a relation; shares are exact.

    Args:
        relations: from `with_population`, with `top_relation_proven`, `profile_completeness`,
            `pains_gains_complete`.

    Returns:
        `seller_id`, `top_relations_total`; null when contact is not measurable:
        `top_relations_contacted`, `kpi1`, `contact_coverage`, `kpi1_ratio`, `team_coverage`;
        `avg_profile_completeness`, `pg_coverage` (null: nobody in the population).
    """
    total = pl.len()
    is_measured = pl.col("is_contacted").is_not_null().all()

    def measured(value: pl.Expr) -> pl.Expr:
        return pl.when(is_measured).then(value)

    contacted = pl.col("is_contacted").sum().cast(COUNT)
    proven = (pl.col("is_contacted") & pl.col("top_relation_proven")).sum().cast(COUNT)
    return (
        relations.filter("is_in_population")
        .group_by(seller_id="owner")
        .agg(
            top_relations_total=total.cast(COUNT),
            top_relations_contacted=measured(contacted),
            kpi1=measured(proven),
            contact_coverage=measured(quotient(contacted, total)),
            kpi1_ratio=measured(quotient(proven, total)),
            team_coverage=measured(quotient(pl.col("is_contacted_by_anyone").sum(), total)),
            avg_profile_completeness=quotient(pl.col("profile_completeness").sum(), total),
            pg_coverage=pl.when(pl.col("pains_gains_complete").count() > 0).then(
                quotient(pl.col("pains_gains_complete").sum(), total)
            ),
        )
    )


def focus(
    relations: pl.DataFrame,
    contacts: Contacts,
    history: OwnHistory,
    parameters: Contact,
    *,
    today: date,
) -> pl.DataFrame:
    """How much of each seller's contact goes to top relations, own or a colleague's.

    Args:
        relations: the universe; moments with anyone else do not count.
        contacts: from `kpis.contact`.
        history: who was top on which day.
        parameters: section `contact`.
        today: local day.

    Returns:
        One row per seller with a moment in the window: `seller_id`, `moments`, `top_moments`,
        `duration_ms`, `top_duration_ms`, `focus_share`, `focus_share_time` (exact; null: no time),
        `is_late` (too many were logged too late).
    """
    recent = in_window(contacts.moments, parameters, today).join(
        relations.select("relation_id"), on="relation_id", how="semi"
    )
    late_after = parameters.late_days
    is_late = (pl.col("logged_on") - pl.col("day")).dt.total_days() > late_after
    top_time = pl.col("duration_ms").filter("was_top").sum()
    return (
        with_top_at(recent.drop_nulls("seller_id"), history, day="day")
        .group_by("seller_id")
        .agg(
            moments=pl.len().cast(COUNT),
            top_moments=pl.col("was_top").sum().cast(COUNT),
            duration_ms=pl.col("duration_ms").sum(),
            top_duration_ms=top_time,
            focus_share=quotient(pl.col("was_top").sum(), pl.len()),
            focus_share_time=quotient(top_time, pl.col("duration_ms").sum()),
            is_late=quotient(is_late.sum(), pl.len()) > exact(parameters.warn_late_share),
        )
    )


def seller_contact_warnings(
    sellers: pl.DataFrame, focused: pl.DataFrame, parameters: Contact, *, is_measurable: bool
) -> pl.DataFrame:
    """`low_volume` and `late_logging`: `seller_id`, `warning`.

    Args:
        sellers: all of them, `seller_id`.
        focused: from `focus`.
        parameters: section `contact`.
        is_measurable: without activities nobody has too few.
    """
    counted = sellers.select("seller_id").join(focused, on="seller_id", how="left")
    few = pl.col("moments").fill_null(0) < parameters.min_moments
    low = counted.filter(few & pl.lit(is_measurable))
    late = counted.filter(pl.col("is_late").fill_null(value=False))
    return pl.concat(
        [
            low.select("seller_id", warning=pl.lit("low_volume")),
            late.select("seller_id", warning=pl.lit("late_logging")),
        ]
    )
