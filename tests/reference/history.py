"""The phase of one relation over time: every change with its direction and owner (3.3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpis.vocabulary import PHASES, Phase
from tests.reference.rules import Decision, Relation, decide, hold_days, wins_at
from tests.reference.versions import run_at


@dataclass(frozen=True)
class Transition:
    """One line of the history (3.3)."""

    changed_on: date
    from_phase: Phase
    to_phase: Phase
    source: str
    direction: str | None
    owner: str | None


@dataclass(frozen=True)
class Move:
    """A change of phase at an instant, with the decision just before and at it."""

    at: datetime
    before: Decision
    after: Decision


def history(relation: Relation, as_of: datetime) -> tuple[Transition, ...]:
    """Every change of phase, those reversed in time left out (3.3)."""
    within = timedelta(hours=relation.parameters.reversal_hours)
    kept: list[Move] = []
    before = Decision()
    for t in moments(relation, as_of):
        now = decide(relation, t)
        standing = kept[-1].after.phase if kept else Phase.UNKNOWN
        if now.phase != standing:
            earlier = kept[-2].after.phase if len(kept) > 1 else Phase.UNKNOWN
            if kept and now.phase == earlier and t - kept[-1].at < within:
                kept.pop()
            else:
                kept.append(Move(t, before, now))
        before = now
    lines = []
    previous: Move | None = None
    for move in kept:
        lines.append(
            Transition(
                changed_on=relation.day(move.at),
                from_phase=Phase.UNKNOWN if previous is None else previous.after.phase,
                to_phase=move.after.phase,
                source=move.after.source,
                direction=direction(relation, move, previous),
                owner=owner_at(relation, move.at),
            )
        )
        previous = move
    return tuple(lines)


def moments(relation: Relation, as_of: datetime) -> list[datetime]:
    """Instants at which a decision can change: of evidence, and day starts that end a count."""
    parameters = relation.parameters
    found = {as_of}
    days: set[date] = set()
    for run in [*relation.declarations, *relation.lead_statuses]:
        found |= {run.start} if run.by_person_at is None else {run.start, run.by_person_at}
        for start in (run.start, run.by_person_at or run.start):
            day = relation.day(start)
            days |= {day + timedelta(days=parameters.declared_ttl)}
            days |= {day + timedelta(days=parameters.lead_status_ttl)}
    if relation.confirmed_on is not None:
        days |= {relation.confirmed_on}
        days |= {relation.confirmed_on + timedelta(days=parameters.declared_ttl)}
    if relation.locked_until is not None:
        days |= {relation.locked_until + timedelta(days=1)}
    for deal in relation.deals:
        found |= deal.moments()
        days |= deal.stale_days()
    for won in wins_at(relation, as_of):
        hold = hold_days(relation, wins_at(relation, won.at))
        days |= {won.day + timedelta(days=hold)}
        days |= {won.day + timedelta(days=max(hold, parameters.lapse))}
    found |= {relation.start(day) for day in days}
    return sorted(t for t in found if t <= as_of)


def direction(relation: Relation, move: Move, previous: Move | None) -> str | None:
    """Kind of a change of phase (3.3)."""
    old = Phase.UNKNOWN if previous is None else previous.after.phase
    new = move.after.phase
    if new == Phase.UNKNOWN:
        return None
    if previous is None or old == Phase.UNKNOWN:
        return "recorded"
    is_lower = PHASES.index(new) < PHASES.index(old)
    if move.after.rule == 3 and old == Phase.ORDER and is_lower:
        return "new_cycle"
    if is_decay(relation, move):
        return "decay"
    win = move.after.last_win
    if move.after.rule == 4 and win is not None and win.at <= previous.at:
        return "resumed"
    return "backward" if is_lower else "forward"


def is_decay(relation: Relation, move: Move) -> bool:
    """Whether time alone moved it: the hold of one win is over, or that win lapsed."""
    win = move.after.last_win
    if win is None or move.before.last_win != win:
        return False
    if move.before.source == move.after.source == "decay":
        return True
    hold = hold_days(relation, wins_at(relation, move.at))
    return move.before.rule == 4 and move.at == relation.start(win.day + timedelta(days=hold))


def owner_at(relation: Relation, t: datetime) -> str | None:
    """Owner then; before the first known one that one, without any the present one."""
    run = run_at(relation.owners, t)
    if run is not None:
        return run.value
    known = [run.value for run in relation.owners if run.value is not None]
    return known[0] if known else relation.present_owner
