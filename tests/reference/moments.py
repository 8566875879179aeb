"""Sections 2.5 and 2.6 read plainly: what each activity is and whose contact it was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kpis.parameters import Contact
from tests.reference.clock import Clock
from tests.reference.deals import order_of
from tests.reference.money import companies_of, only_company

TWO_WAY_TYPES = frozenset({"calls", "meetings", "emails", "communications"})
"""Types of which one can be two-way (class A of 2.5)."""


@dataclass(frozen=True)
class Act:
    """One activity with the relations and contacts it is about."""

    activity_id: str
    kind: str
    at: datetime
    day: date
    row: Mapping[str, Any]
    relations: tuple[str, ...]
    contacts: tuple[str, ...]
    is_two_way: bool
    is_outcome_missing: bool
    is_planned: bool


def read_acts(
    mirror: Any, meaning: Any, parameters: Contact, facts: list[dict[str, Any]], clock: Clock
) -> list[Act]:
    """Every activity that has a time."""
    links: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for link in mirror.activity_links.iter_rows(named=True):
        about = links[link["activity_type"], link["activity_id"]]
        about[link["object_type"]].append(link["external_id"])
    contact_links = companies_of(mirror.contact_companies.iter_rows(named=True))
    contact_company = {key: only_company(found) for key, found in contact_links.items()}
    deal_company = {fact["deal_id"]: fact["relation_id"] for fact in facts}
    acts = []
    for row in mirror.activities.iter_rows(named=True):
        if row["occurred_at"] is None:
            continue
        about = links[row["activity_type"], row["activity_id"]]
        relations = (
            set(about["companies"])
            or {contact_company.get(key) for key in about["contacts"]} - {None}
            or {deal_company.get(key) for key in about["deals"]} - {None}
        )
        acts.append(
            Act(
                activity_id=row["activity_id"],
                kind=row["activity_type"],
                at=row["occurred_at"],
                day=clock.day(row["occurred_at"]),
                row=row,
                relations=tuple(sorted(key for key in relations if key is not None)),
                contacts=tuple(sorted(set(about["contacts"]))),
                is_two_way=is_two_way(row, meaning, parameters, clock.as_of),
                is_outcome_missing=row["activity_type"] == "meetings"
                and row["occurred_at"] <= clock.as_of
                and (row["outcome"] is None or row["outcome"] in meaning.missing_outcomes),
                is_planned=row["activity_type"] in {"meetings", "calls", "tasks"}
                and row["occurred_at"] > clock.as_of
                and row["outcome"] not in meaning.cancelled_outcomes | meaning.completed_outcomes,
            )
        )
    return acts


def is_two_way(row: Mapping[str, Any], meaning: Any, parameters: Contact, as_of: datetime) -> bool:
    """Class A of 2.5."""
    if row["occurred_at"] > as_of:
        return False
    kind = row["activity_type"]
    if kind == "meetings":
        return bool(row["outcome"] in meaning.completed_outcomes)
    if kind == "calls":
        milliseconds = row["duration_ms"] or 0
        is_long = milliseconds == 0 or milliseconds >= parameters.min_call_seconds * 1000
        return row["outcome"] in meaning.connected_dispositions and is_long
    if kind in {"emails", "communications"}:
        return row["direction"] in meaning.incoming_directions
    return False


@dataclass(frozen=True)
class Moment:
    """One two-way exchange: seller, relation, local day and channel (2.5), and its activities."""

    seller_id: str | None
    relation_id: str
    day: date
    channel: str
    acts: tuple[Act, ...]

    def minutes(self, parameters: Contact) -> float:
        """Time it took (2.6)."""
        if self.channel in {"emails", "communications"}:
            return float(parameters.message_minutes)
        return float(sum(_minutes(act, parameters) for act in self.acts))

    def is_late(self, parameters: Contact, clock: Clock) -> bool:
        """Whether even the first of its activities to be logged was logged late (6.5)."""
        logged = [act.row["created_at"] for act in self.acts if act.row["created_at"] is not None]
        if not logged:
            return False
        return (clock.day(min(logged)) - self.day).days > parameters.late_days


def _minutes(act: Act, parameters: Contact) -> float:
    if act.kind == "calls":
        return (act.row["duration_ms"] or 0) / 60_000
    if act.row["ended_at"] is None or act.row["ended_at"] <= act.at:
        return float(min(parameters.default_meeting_minutes, parameters.max_meeting_minutes))
    length = (act.row["ended_at"] - act.at).total_seconds() / 60
    return float(min(length, parameters.max_meeting_minutes))


def read_moments(acts: Iterable[Act], universe: set[str]) -> list[Moment]:
    """Moments with relations of the universe, of all time."""
    found: dict[tuple[Any, ...], list[Act]] = defaultdict(list)
    for act in acts:
        if not act.is_two_way:
            continue
        for relation_id in act.relations:
            if relation_id in universe:
                found[act.row["owner"], relation_id, act.day, act.kind].append(act)
    return [
        Moment(seller, relation, day, channel, tuple(of_moment))
        for (seller, relation, day, channel), of_moment in found.items()
    ]


def latest(acts: Iterable[Act]) -> Act | None:
    """The last two-way activity; of two at one instant the lowest id."""
    found: Act | None = None
    for act in sorted(acts, key=lambda act: order_of(act.activity_id)):
        if act.is_two_way and (found is None or act.at > found.at):
            found = act
    return found


def in_window(day: date, days: int, clock: Clock) -> bool:
    """Within so many days: 0 <= age < days (spec 0)."""
    return 0 <= clock.age(day) < days
