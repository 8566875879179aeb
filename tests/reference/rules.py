"""The rules of 3.2 for one relation at one instant, applied literally and in their order."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from kpis.parameters import PhaseParameters
from kpis.vocabulary import PHASES, Phase
from tests.reference.deals import Deal, Lost, Open, Won, order_of
from tests.reference.versions import Run, run_at

LONGEST_HOLD = 36_500
"""No hold is longer than this, in days, as no other number of days is."""


@dataclass(frozen=True)
class Evidence:
    """What rules 3 to 6 yield at an instant."""

    rule: int
    phase: Phase
    since: date
    at: datetime
    deal_id: str
    source: str = "deal"


@dataclass(frozen=True)
class Decision:
    """What the rules of 3.2 yield at an instant; without evidence `unknown`, rule 9."""

    rule: int = 9
    phase: Phase = Phase.UNKNOWN
    since: date | None = None
    source: str = "none"
    deal_id: str | None = None
    renewed_on: date | None = None
    last_win: Won | None = None


@dataclass(frozen=True)
class Relation:
    """One company with all that bears on its phase."""

    relation_id: str
    zone: ZoneInfo
    parameters: PhaseParameters
    lead_phases: Mapping[str, Phase]
    locked_until: date | None
    confirmed_on: date | None  # only a valid one
    present_owner: str | None
    deals: list[Deal] = field(default_factory=list)
    declarations: list[Run] = field(default_factory=list)
    lead_statuses: list[Run] = field(default_factory=list)
    owners: list[Run] = field(default_factory=list)

    def day(self, t: datetime) -> date:
        return t.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)


def decide(relation: Relation, t: datetime) -> Decision:
    """The first rule of 3.2 that yields a result at the instant."""
    evidence = deal_evidence(relation, t)
    wins = wins_at(relation, t)
    last_win = wins[-1] if wins else None
    decision = (
        rules_1_and_2(relation, t, evidence)
        or rules_3_to_6(evidence)
        or rule_7(relation, t)
        or rule_8(relation, t)
        or Decision()
    )
    return replace(decision, last_win=last_win)


def rules_1_and_2(relation: Relation, t: datetime, evidence: Evidence | None) -> Decision | None:
    """Locked, and declared within the ttl and not older than the evidence of deals."""
    run = run_at(relation.declarations, t)
    if run is None or run.value is None:
        return None
    said_at, renewed_on = declared_at(relation, run, t)
    phase = Phase(run.value)
    if relation.locked_until is not None and relation.locked_until >= relation.day(t):
        since = relation.day(run.start if said_at is None else said_at)
        return Decision(1, phase, since, "locked", renewed_on=renewed_on)
    if said_at is None:
        return None
    dated = said_at if renewed_on is None else relation.start(renewed_on)
    is_young = (relation.day(t) - relation.day(dated)).days < relation.parameters.declared_ttl
    if is_young and (evidence is None or dated >= evidence.at):
        since = not_masked(relation, t, relation.day(said_at), dated)
        return Decision(2, phase, since, "declared", renewed_on=renewed_on)
    return None


def not_masked(relation: Relation, t: datetime, since: date, dated: datetime) -> date:
    """That day, but not before the end of the hold of a later win, which masked the word (3.3)."""
    wins = wins_at(relation, t)
    if not wins or dated >= wins[-1].at:
        return since
    hold_end = wins[-1].day + timedelta(days=hold_days(relation, wins))
    return max(since, hold_end) if hold_end <= relation.day(t) else since


def rules_3_to_6(evidence: Evidence | None) -> Decision | None:
    """What deals say."""
    if evidence is None:
        return None
    return Decision(
        evidence.rule, evidence.phase, evidence.since, evidence.source, evidence.deal_id
    )


def rule_7(relation: Relation, t: datetime) -> Decision | None:
    """Declared longer ago, when deals say nothing."""
    run = run_at(relation.declarations, t)
    if run is None or run.value is None:
        return None
    said_at, renewed_on = declared_at(relation, run, t)
    if said_at is None:
        return None
    return Decision(7, Phase(run.value), relation.day(said_at), "declared", renewed_on=renewed_on)


def rule_8(relation: Relation, t: datetime) -> Decision | None:
    """Lead status set less than its ttl ago."""
    run = run_at(relation.lead_statuses, t)
    phase = None if run is None else relation.lead_phases.get(run.value or "")
    if run is None or phase is None:
        return None
    since = relation.day(run.start)
    if (relation.day(t) - since).days >= relation.parameters.lead_status_ttl:
        return None
    return Decision(8, phase, since, "lead_status")


def declared_at(relation: Relation, run: Run, t: datetime) -> tuple[datetime | None, date | None]:
    """When a person declared the value that stands at `t`, and the day that renewed it (rule 2)."""
    if run.by_person_at is None or run.by_person_at > t:
        return None, None
    confirmed = relation.confirmed_on
    if confirmed is not None and run.by_person_at < relation.start(confirmed) <= t:
        return run.by_person_at, confirmed
    return run.by_person_at, None


def wins_at(relation: Relation, t: datetime) -> list[Won]:
    """Wins up to the instant; of two at one instant the lowest deal is the later one."""
    states = (deal.state(t) for deal in relation.deals)
    wins = [state for state in states if isinstance(state, Won)]
    wins.sort(key=lambda won: order_of(won.deal_id), reverse=True)
    return sorted(wins, key=lambda won: won.at)


def hold_days(relation: Relation, wins: list[Won]) -> int:
    """Hold after the last of these wins (rule 4)."""
    parameters = relation.parameters
    days = sorted({won.day for won in wins})
    intervals = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(intervals) < parameters.hold_min_intervals:
        return parameters.order_hold
    rhythm = math.ceil(parameters.hold_interval_factor * Decimal(str(median(intervals))))
    return min(max(parameters.order_hold, rhythm), LONGEST_HOLD)


def deal_evidence(relation: Relation, t: datetime) -> Evidence | None:
    """What rules 3 to 6 yield at the instant, the first of them that does."""
    today = relation.day(t)
    wins = wins_at(relation, t)
    opened = [
        state
        for deal in relation.deals
        if isinstance(state := deal.state(t), Open) and not deal.is_stale(t)
    ]
    if not wins:
        return most_advanced(5, opened, None) or latest_event(relation, t, None, 0)
    last, hold = wins[-1], hold_days(relation, wins)
    newer = [
        state for state in opened if state.created_at is not None and state.created_at > last.at
    ]
    if newer:
        return most_advanced(3, newer, None)
    if (today - last.day).days < hold:
        return Evidence(4, Phase.ORDER, last.day, last.at, last.deal_id)
    hold_end = last.day + timedelta(days=hold)
    return most_advanced(5, opened, hold_end) or latest_event(relation, t, last, hold)


def most_advanced(rule: int, opened: list[Open], not_before: date | None) -> Evidence | None:
    """The most advanced phase of open deals, and the deal in it that entered its stage last."""
    if not opened:
        return None
    phase = max((state.phase for state in opened), key=PHASES.index)
    within = [state for state in opened if state.phase == phase]
    last_entry = max(state.entered_at for state in within)
    deciders = [state for state in within if state.entered_at == last_entry]
    since = min(state.since for state in within)
    return Evidence(
        rule,
        phase,
        since if not_before is None else max(since, not_before),
        last_entry,
        min((state.deal_id for state in deciders), key=order_of),
    )


def latest_event(relation: Relation, t: datetime, win: Won | None, hold: int) -> Evidence | None:
    """Latest closed or stale event (rule 6)."""
    events = [event for deal in relation.deals if (event := deal.lost_or_stale(t)) is not None]
    latest: Lost | None = None
    for event in sorted(events, key=lambda event: order_of(event.deal_id)):
        if latest is None or event.at > latest.at:
            latest = event
    if win is not None and (latest is None or relation.day(latest.at) <= win.day):
        lapse_days = max(relation.parameters.lapse, hold)
        is_lapsed = (relation.day(t) - win.day).days >= lapse_days
        return Evidence(
            6,
            Phase.NO_INTEREST if is_lapsed else Phase.ORIENTING,
            win.day + timedelta(days=lapse_days if is_lapsed else hold),
            win.at,
            win.deal_id,
            "decay",
        )
    if latest is None:
        return None
    since = relation.day(latest.at)
    if win is not None:
        since = max(since, win.day + timedelta(days=hold))
    return Evidence(6, latest.phase, since, latest.at, latest.deal_id)
