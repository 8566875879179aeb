"""Why contact stands as it does: moments that count, and what does not (spec 2.5, 2.6)."""

import polars as pl

from kpis.activity import CONTACT_TYPES, activity_relations, with_links
from kpis.calendar import age_days, is_within, local_day
from kpis.contact import in_window
from kpis.explain.node import Case, Node

MEETINGS = "meetings"


def contact(case: Case) -> Node:
    """Last contact, every moment in the window, and what was left out."""
    rules = case.parameters.contact
    if not case.work.contacts.is_measurable:
        return Node("contact", "", "2.5", case.phrase("contact_unmeasured"), _blank(case))
    row = case.row
    last = row["last_two_way_contact"]
    norm = case.phrase("contact_norm", norm=row["contact_norm"], due=rules.due_until)
    moments = _moments(case)
    return Node(
        "contact",
        "",
        "2.5",
        case.phrase("window", days=rules.window_days),
        (
            case.written(
                "last_two_way_contact", case.dated(last) if last else case.phrase("never")
            ),
            case.written("last_two_way_contact_by"),
            case.written("contact_moments_90d", "", moments),
            case.written("contact_status", norm),
            _without_outcome(case),
            _left_out(case),
            _population(case),
            _headline(case),
        ),
    )


def _blank(case: Case) -> tuple[Node, ...]:
    names = (
        "last_two_way_contact",
        "last_two_way_contact_by",
        "contact_moments_90d",
        "contact_status",
    )
    return tuple(case.written(name) for name in names)


def _channel(case: Case, channel: str) -> str:
    return case.phrase(f"channel_{channel}")


def _moments(case: Case) -> list[Node]:
    """Moments in the window, newest first."""
    found = in_window(
        case.only(case.work.contacts.moments), case.parameters.contact, case.today
    ).sort("day", "channel", "seller_id", descending=[True, False, False])
    return [
        Node(
            "moment",
            one["day"].isoformat(),
            "2.5",
            case.listed(
                _channel(case, one["channel"]),
                _by(case, one["seller_id"]),
                case.phrase("days_ago", days=(case.today - one["day"]).days),
                case.phrase("folded", count=one["activities"]) if one["activities"] > 1 else "",
            ),
        )
        for one in found.iter_rows(named=True)
    ]


def _by(case: Case, seller_id: str | None) -> str:
    if seller_id is None:
        return case.phrase("by_nobody")
    key = "by_owner" if seller_id == case.row["owner"] else "by_colleague"
    return case.phrase(key, seller=seller_id)


def _without_outcome(case: Case) -> Node:
    """Past meetings of which nobody recorded what became of them, of any age, newest first."""
    days = case.only(case.work.contacts.missing_outcomes)["day"].sort(descending=True)
    nodes = tuple(Node("activity", day.isoformat(), "2.5", case.dated(day)) for day in days)
    within = case.phrase("asked_within", days=case.parameters.contact.missing_outcome_days)
    return Node("without_outcome", str(len(nodes)), "2.5", within if nodes else "", nodes)


def _left_out(case: Case) -> Node:
    """Activities in the window that are no moment: their day and channel have none of that owner.

    Whatever is two-way belongs to the moment of its owner, day and channel (spec 2.5), so what has
    none is an attempt or called off; meetings without an outcome are listed by themselves.
    """
    keys = ["day", "channel", "owner"]
    moments = case.only(case.work.contacts.moments).select(
        "day", "channel", pl.col("seller_id").alias("owner")
    )
    lacking = case.only(case.work.contacts.missing_outcomes)["day"].unique()
    is_listed = (pl.col("channel") == MEETINGS) & pl.col("day").is_in(lacking.implode())
    others = (
        _activities(case)
        .filter(~is_listed)
        .join(moments, on=keys, how="anti", nulls_equal=True)
        .sort("day", "channel", "owner", descending=[True, False, False])
    )
    nodes = tuple(
        Node(
            "activity",
            one["day"].isoformat(),
            "2.5",
            case.listed(
                _channel(case, one["channel"]),
                _by(case, one["owner"]),
                case.phrase("not_two_way"),
                case.phrase("folded", count=one["activities"]) if one["activities"] > 1 else "",
            ),
        )
        for one in others.iter_rows(named=True)
    )
    return Node("left_out", str(len(nodes)), "2.5", "", nodes)


def _activities(case: Case) -> pl.DataFrame:
    """Activities of the relation in the window that could be contact, by day, channel and owner."""
    day = local_day(pl.col("occurred_at"), case.parameters.reporting.timezone)
    recent = (
        case.mirror.activities.filter(
            pl.col("activity_type").is_in(CONTACT_TYPES) & (pl.col("occurred_at") <= case.as_of)
        )
        .with_columns(day=day)
        .filter(is_within(age_days(pl.col("day"), case.today), case.parameters.contact.window_days))
        .with_row_index("activity")
    )
    relations = activity_relations(with_links(recent, case.mirror), case.mirror)
    return (
        recent.join(case.only(relations), on="activity")
        .group_by("day", "owner", channel="activity_type")
        .agg(activities=pl.len())
    )


def _population(case: Case) -> Node:
    """Whether the relation counts in the KPI 1 of its owner, and as what."""
    row, grace = case.row, case.parameters.contact.handover_grace_days
    facts = {
        "is_handed_over": case.phrase("handover", days=grace),
        "is_contacted": case.phrase(f"contacted_by_{case.parameters.contact.by}"),
        "is_contacted_by_anyone": "",
    }
    children = tuple(
        Node(name, str(row[name]).lower(), "2.6", note) for name, note in facts.items()
    )
    is_in = row["is_in_population"]
    if is_in:
        note = case.phrase("in_population")
    else:
        note = case.phrase("handed_over_out" if row["is_top_relation"] else "not_top")
    return Node("is_in_population", str(is_in).lower(), "2.6", note, children)


def _headline(case: Case) -> Node:
    """Whether the relation is one of those that the headline of KPI 1 counts."""
    row = case.row
    counts = row["is_in_population"] and row["is_contacted"] and row["top_relation_proven"]
    return Node("is_in_kpi1", str(bool(counts)).lower(), "2.6", case.phrase("headline"))
