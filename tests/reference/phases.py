"""Plain reading of chapter 3 of the specification: one record at a time, one instant at a time.

Written from the text alone and without frames, so that it shares no thought with `kpis.phase`.
`versions` reads the history of one field, `deals` what a deal stands for, `rules` decides at one
instant and `history` at every instant at which something can change. It is slow and only there to
be compared with.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from kpis.parameters import Parameters
from kpis.vocabulary import Phase
from tests.reference.deals import Open, read_deals
from tests.reference.history import Transition, history
from tests.reference.rules import Decision, Relation, decide, hold_days, wins_at
from tests.reference.versions import drop_reversals, read_runs


@dataclass(frozen=True)
class RelationReading:
    """What chapter 3 says of one relation."""

    buying_phase: Phase
    phase_since: date | None
    phase_previous: Phase | None
    phase_source: str
    phase_direction: str | None
    phase_status: str | None
    phase_conflict: bool
    transitions: tuple[Transition, ...]


@dataclass(frozen=True)
class DealReading:
    """What chapter 3 says of one deal."""

    deal_phase: Phase | None
    deal_decides_phase: bool
    is_stale: bool


@dataclass(frozen=True)
class Readings:
    """Relations and deals by their id."""

    relations: dict[str, RelationReading]
    deals: dict[str, DealReading]


def read_phases(
    facts_rows: Iterable[Mapping[str, Any]],
    mirror: Any,
    meaning: Any,
    parameters: Parameters,
    *,
    as_of: datetime,
    contact_days: Iterable[tuple[str, date]] = (),
) -> Readings:
    """Chapter 3 on rows of `DEAL_FACTS` and a `Mirror`, as known at `as_of` (aware, UTC)."""
    zone = ZoneInfo(parameters.reporting.timezone)
    deals = read_deals(facts_rows, mirror, meaning, parameters.phase, zone=zone, as_of=as_of)
    relations = read_relations(mirror, meaning, parameters, list(contact_days), as_of=as_of)
    for deal in deals:
        if deal.relation_id in relations:
            relations[deal.relation_id].deals.append(deal)
    deciders = {decide(relation, as_of).deal_id for relation in relations.values()}
    return Readings(
        relations={key: read_relation(relation, as_of) for key, relation in relations.items()},
        deals={
            deal.deal_id: DealReading(
                deal_phase=deal.deal_phase(as_of),
                deal_decides_phase=deal.deal_id in deciders,
                is_stale=deal.is_stale(as_of),
            )
            for deal in deals
        },
    )


def read_relations(
    mirror: Any,
    meaning: Any,
    parameters: Parameters,
    contact_days: list[tuple[str, date]],
    *,
    as_of: datetime,
) -> dict[str, Relation]:
    """Companies by their id, still without deals."""
    zone = ZoneInfo(parameters.reporting.timezone)
    changes = list(mirror.company_changes.iter_rows(named=True))
    declared = read_runs(changes, "phase_declared", as_of)
    leads, owners = (read_runs(changes, name, as_of) for name in ("lead_status", "owner"))
    last_day = as_of.astimezone(zone).date()
    hours = parameters.phase.reversal_hours
    return {
        row["relation_id"]: Relation(
            relation_id=row["relation_id"],
            zone=zone,
            parameters=parameters.phase,
            lead_phases=meaning.lead_status,
            locked_until=row["phase_locked_until"],
            confirmed_on=valid_confirmation(
                row,
                contact_days,
                last_day,
                within=parameters.profile.confirm_needs_contact_days,
            ),
            present_owner=row["owner"],
            declarations=drop_reversals(
                declared.get(row["relation_id"], []), hours, starts_empty=True
            ),
            lead_statuses=leads.get(row["relation_id"], []),
            owners=owners.get(row["relation_id"], []),
        )
        for row in mirror.companies.iter_rows(named=True)
    }


def valid_confirmation(
    row: Mapping[str, Any],
    contact_days: list[tuple[str, date]],
    last_day: date,
    *,
    within: int,
) -> date | None:
    """Day of the confirmation when a contact moment lies in the days up to it (2.3)."""
    confirmed: date | None = row["profile_confirmed_on"]
    if confirmed is None or confirmed > last_day:
        return None
    is_valid = any(
        relation_id == row["relation_id"] and 0 <= (confirmed - day).days < within
        for relation_id, day in contact_days
    )
    return confirmed if is_valid else None


def read_relation(relation: Relation, as_of: datetime) -> RelationReading:
    """Phase, status and history of one relation."""
    now = decide(relation, as_of)
    transitions = history(relation, as_of)
    last = transitions[-1] if transitions else None
    return RelationReading(
        buying_phase=now.phase,
        phase_since=now.since,
        phase_previous=None if last is None else last.from_phase,
        phase_source=now.source,
        phase_direction=None if last is None else last.direction,
        phase_status=status(relation, now, as_of),
        phase_conflict=now.rule in {1, 2, 7} and conflicts(relation, now.phase, as_of),
        transitions=transitions,
    )


def conflicts(relation: Relation, phase: Phase, t: datetime) -> bool:
    """Whether an open deal that is not stale stands in another phase (3.2)."""
    return any(
        isinstance(state := deal.state(t), Open) and not deal.is_stale(t) and state.phase != phase
        for deal in relation.deals
    )


def status(relation: Relation, now: Decision, as_of: datetime) -> str | None:
    """How long the phase lasts against its threshold (3.3)."""
    if now.since is None:
        return None
    if now.rule == 7:
        return "reverify"
    parameters = relation.parameters
    if now.phase == Phase.ORDER:
        wins = wins_at(relation, as_of)
        threshold = hold_days(relation, wins) if now.rule == 4 else parameters.order_hold
    else:
        threshold = getattr(parameters.stalled_days, now.phase)
    since = now.since
    if now.phase == Phase.NO_INTEREST and now.renewed_on is not None:
        since = max(since, now.renewed_on)
    days = (relation.day(as_of) - since).days
    if days > threshold:
        return "reverify" if now.phase == Phase.NO_INTEREST else "stalled"
    return "at_risk" if days >= parameters.at_risk_from * threshold else "on_track"


def read_conversion(transitions: Iterable[Transition]) -> dict[Phase, tuple[int, int]]:
    """Exits forward, and forward or backward, of each phase: `phase_conversion` (3.3)."""
    exits = Counter((line.from_phase, line.direction) for line in transitions)
    return {
        phase: (exits[phase, "forward"], exits[phase, "forward"] + exits[phase, "backward"])
        for phase in Phase
    }
