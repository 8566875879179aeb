"""Chapter 6 read plainly: scores, bands and the next best action."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import Clock, rounded
from tests.reference.items import Insight
from tests.reference.moments import Act, Moment
from tests.reference.potentials import Worth


@dataclass
class Whole:
    """Everything that is known of one relation of the universe, unrounded."""

    company: Mapping[str, Any]
    owner: str
    facts: list[dict[str, Any]]
    worth: Worth
    phase: Any  # the reading of chapter 3
    acts: list[Act] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    facets: dict[str, Fraction] = field(default_factory=dict)
    insight: Insight = field(default_factory=Insight)
    pg_score: Fraction | None = None  # null: pains and gains cannot be measured
    last_act: Act | None = None
    contact_status: str | None = None
    has_contact_scope: bool = False
    has_decider: bool | None = None  # null: contacts cannot be measured

    @property
    def completeness(self) -> Fraction:
        """Mean of the facets that can be measured (2.3)."""
        return sum(self.facets.values(), Fraction(0)) / len(self.facets)

    def known(self, parameters: Parameters) -> list[str]:
        """Facets that are known (2.3)."""
        limit = Fraction(parameters.profile.known_from)
        return [name for name, score in self.facets.items() if score >= limit]

    def is_proven(self, parameters: Parameters) -> bool:
        """Demonstrable top relation (2.4)."""
        return (
            self.worth.is_top
            and self.worth.revenue is not None
            and len(self.known(parameters)) >= parameters.profile.proven_min_facets
        )

    def has_insight(self, parameters: Parameters) -> bool | None:
        """Whether pains and gains are complete; null when they cannot be measured (0 and 4.2)."""
        return None if self.pg_score is None else self.insight.is_complete(parameters.pains_gains)

    def phase_part(self, parameters: Parameters) -> Fraction:
        """Component `phase` (6.1)."""
        if self.phase.buying_phase == "unknown":
            return Fraction(0)
        if self.phase.phase_status in {"stalled", "reverify"}:
            return Fraction(parameters.scores.phase_half)
        return Fraction(1)


def status_of_contact(whole: Whole, parameters: Parameters, clock: Clock) -> str:
    """Days since the last two-way contact against the norm of the phase (3.3)."""
    if whole.last_act is None:
        return "never"
    norm = norm_of(whole, parameters)
    days = clock.age(whole.last_act.day)
    if days <= norm:
        return "ok"
    return "due" if days <= parameters.contact.due_until * norm else "overdue"


def norm_of(whole: Whole, parameters: Parameters) -> int:
    norm: int = getattr(parameters.contact.norm_days, whole.phase.buying_phase)
    return norm


def contact_part(whole: Whole, parameters: Parameters, clock: Clock) -> Fraction:
    """Component `contact` (6.1)."""
    if whole.last_act is None:
        return Fraction(0)
    norm, days = norm_of(whole, parameters), clock.age(whole.last_act.day)
    if days <= norm:
        return Fraction(1)
    zero = Fraction(parameters.contact.zero_from) * norm
    return Fraction(0) if days >= zero else 1 - (days - norm) / (zero - norm)


def relation_parts(
    whole: Whole, parameters: Parameters, clock: Clock
) -> dict[str, Fraction | None]:
    """The four components; null when one cannot be measured."""
    return {
        "profile": whole.completeness,
        "contact": contact_part(whole, parameters, clock) if whole.has_contact_scope else None,
        "phase": whole.phase_part(parameters),
        "pains_gains": whole.pg_score,
    }


def composite(parts: Mapping[str, Fraction | None], weights: Any, least: Any) -> int | None:
    """Weighted mean of what can be measured, 0 to 100; null when that is too little (6.3)."""
    measured = {name: value for name, value in parts.items() if value is not None}
    everything = sum((Fraction(getattr(weights, name)) for name in parts), Fraction(0))
    weight = sum((Fraction(getattr(weights, name)) for name in measured), Fraction(0))
    if weight == 0 or weight < Fraction(least) * everything:
        return None
    total = sum(
        (Fraction(getattr(weights, name)) * value for name, value in measured.items()), Fraction(0)
    )
    score = rounded(100 * total / weight, 0)
    return None if score is None else int(score)


def band(score: int | None, parameters: Parameters) -> str | None:
    """Band of a score (6)."""
    if score is None:
        return None
    good, fair = parameters.scores.bands
    if score >= good:
        return "good"
    return "attention" if score >= fair else "weak"


def next_best_action(whole: Whole, parameters: Parameters, clock: Clock) -> str:
    """The first action that applies (6.4)."""
    return next(_actions(whole, parameters, clock))


def _actions(whole: Whole, parameters: Parameters, clock: Clock) -> Iterator[str]:
    """All that apply, in their order."""
    applies: tuple[tuple[str, bool], ...] = (
        ("record_meeting_outcome", lacks_outcome(whole, parameters, clock)),
        ("follow_up_quote", is_quote_waiting(whole)),
        ("reach_out", whole.contact_status in {"overdue", "never"}),
        ("find_decider", whole.has_decider is False),
        ("record_phase", whole.phase.buying_phase == "unknown"),
        ("record_pains_gains", whole.has_insight(parameters) is False),
        ("complete_profile", len(whole.known(parameters)) < len(whole.facets)),
        ("estimate_potential", whole.worth.revenue is None),
        ("reverify_phase", whole.phase.phase_status in {"stalled", "reverify"}),
        ("plan_next_step", whole.has_contact_scope and not has_next_step(whole, clock)),
        ("maintain", True),
    )
    return (action for action, does_apply in applies if does_apply)


def lacks_outcome(whole: Whole, parameters: Parameters, clock: Clock) -> bool:
    """Whether a meeting of the last days has no outcome."""
    days = parameters.contact.missing_outcome_days
    return any(act.is_outcome_missing and 0 <= clock.age(act.day) <= days for act in whole.acts)


def is_quote_waiting(whole: Whole) -> bool:
    """Quote, and stalled or contact not ok; contact that cannot be measured does not count."""
    is_stalled = whole.phase.phase_status == "stalled"
    return whole.phase.buying_phase == "quote" and (
        is_stalled or whole.contact_status not in {None, "ok"}
    )


def has_next_step(whole: Whole, clock: Clock) -> bool:
    """Whether something is planned after `as_of` (6.4)."""
    at: datetime | None = whole.company["next_activity_at"]
    on: date | None = whole.company["next_activity_on"]
    return (
        any(act.is_planned for act in whole.acts)
        or (at is not None and at > clock.as_of)
        or (on is not None and on > clock.today)
    )
