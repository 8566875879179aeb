"""Values of one seller read plainly (2.6, 3.3, 5 and 6.2)."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from kpis.vocabulary import PHASES, Phase
from tests.reference.clock import DAY, Clock, mean, ratio, rounded
from tests.reference.moments import Moment, in_window
from tests.reference.money import Credit, net, periods, profit, read_target
from tests.reference.phases import read_conversion
from tests.reference.scores import Whole, composite
from tests.reference.tops import Tops
from tests.reference.versions import Run

LEAVABLE = tuple(phase for phase in PHASES if phase is not Phase.ORDER)
"""Phases of which a conversion is told; order has none."""


@dataclass(frozen=True)
class Team:
    """What all sellers share."""

    parameters: Parameters
    clock: Clock
    wholes: dict[str, Whole]
    moments: list[Moment]
    credits: list[Credit]
    owners: dict[str, list[Run]]  # versions of the owner by relation
    tops: Tops
    mirror: Any
    can_see_deals: bool
    can_see_acts: bool


class SellerReader:
    """Reads one seller."""

    def __init__(self, team: Team, seller_id: str) -> None:
        """Take the seller's own relations and recent moments."""
        self.team, self.seller_id = team, seller_id
        self.parameters, self.clock = team.parameters, team.clock
        days = team.parameters.contact.window_days
        self.recent = [m for m in team.moments if in_window(m.day, days, team.clock)]
        self.mine = [m for m in self.recent if m.seller_id == seller_id]
        self.owned_tops = [
            whole
            for whole in team.wholes.values()
            if whole.owner == seller_id and whole.worth.is_top
        ]
        met = self.recent if team.parameters.contact.by == "anyone" else self.mine
        self.met_by_seller = {moment.relation_id for moment in met}
        self.met_by_anyone = {moment.relation_id for moment in self.recent}
        self.counted = [
            whole
            for whole in self.owned_tops
            if self._key(whole) in self.met_by_seller or not self._is_handover(whole)
        ]

    def _key(self, whole: Whole) -> str:
        key: str = whole.company["relation_id"]
        return key

    def _is_handover(self, whole: Whole) -> bool:
        """Assigned less than so many days ago after having had another owner (2.5)."""
        runs = self.team.owners.get(self._key(whole), [])
        if not runs or runs[-1].value != self.seller_id:
            return False
        had_another = any(run.value not in {None, self.seller_id} for run in runs[:-1])
        return had_another and (
            self.clock.age(runs[-1].start) < self.parameters.contact.handover_grace_days
        )

    def read(self) -> dict[str, Any]:
        found = {**self._focus(), **self._profile(), **self._flow(), **self._money()}
        pace = found.pop("exact_pace")
        focus, kpi1 = found["focus_share"], found["kpi1_ratio"]
        targets = self.parameters.scores.targets
        is_low = "low_volume" in self._warnings()
        counted = self.counted
        parts = {
            "top_relations": None if kpi1 is None else min(1, kpi1 / Fraction(targets.kpi1_ratio)),
            "focus": None if focus is None or is_low else min(1, focus / Fraction(targets.focus)),
            "phase": mean([whole.phase_part(self.parameters) for whole in counted]),
            "pains_gains": mean([w.pg_score for w in counted if w.pg_score is not None]),
            "revenue": None if pace is None else min(Fraction(1), max(Fraction(0), pace)),
        }
        score = composite(
            {name: None if part is None else Fraction(part) for name, part in parts.items()},
            self.parameters.scores.seller,
            self.parameters.scores.min_measurable,
        )
        reason = "not_measurable" if score is None else None
        if len(counted) < self.parameters.scores.min_top_relations:
            reason = "too_few_top_relations"
        if not counted:
            reason = "no_top_relations"
        return {
            **{name: rounded(v, 4) if isinstance(v, Fraction) else v for name, v in found.items()},
            "seller_score": score if reason is None else None,
            "seller_score_reason": reason,
            "score_basis": sorted(name for name, part in parts.items() if part is None),
            "seller_warnings": sorted(self._warnings()),
        }

    def _focus(self) -> dict[str, Any]:
        counted, total = self.counted, len(self.counted)
        met = [whole for whole in counted if self._key(whole) in self.met_by_seller]
        proven = sum(whole.is_proven(self.parameters) for whole in met)
        team = sum(self._key(whole) in self.met_by_anyone for whole in counted)
        with_tops = [moment for moment in self.mine if self._is_with_top(moment)]
        contact = self.parameters.contact
        minutes = sum((Fraction(m.minutes(contact)) for m in self.mine), Fraction(0))
        on_tops = sum((Fraction(m.minutes(contact)) for m in with_tops), Fraction(0))
        is_measured = self.team.can_see_acts
        return {
            "top_relations_total": total,
            "top_relations_contacted": len(met) if is_measured else None,
            "kpi1": proven if is_measured else None,
            "contact_coverage": ratio(len(met), total) if is_measured else None,
            "kpi1_ratio": ratio(proven, total) if is_measured else None,
            "team_coverage": ratio(team, total) if is_measured else None,
            "focus_share": ratio(len(with_tops), len(self.mine)) if is_measured else None,
            "focus_share_time": ratio(on_tops, minutes) if is_measured else None,
        }

    def _is_with_top(self, moment: Moment) -> bool:
        is_top = self.team.wholes[moment.relation_id].worth.is_top
        return self.team.tops.was_top(moment.relation_id, moment.day, is_top_now=is_top)

    def _profile(self) -> dict[str, Any]:
        counted, total = self.counted, len(self.counted)
        insights = [whole.has_insight(self.parameters) for whole in counted]
        phases = Counter(str(whole.phase.buying_phase) for whole in counted)
        return {
            "avg_profile_completeness": mean([whole.completeness for whole in counted]),
            "pg_coverage": None if None in insights else ratio(insights.count(True), total),
            "phase_coverage": ratio(total - phases["unknown"], total),
            **{f"phase_{phase.value}_count": phases[phase.value] for phase in Phase},
            "stalled_count": sum(whole.phase.phase_status == "stalled" for whole in counted),
        }

    def _flow(self) -> dict[str, Any]:
        since = self.clock.months_ago(12)
        exits = read_conversion(
            line
            for whole in self.team.wholes.values()
            if whole.worth.is_top
            for line in whole.phase.transitions
            if line.owner == self.seller_id and since < line.changed_on <= self.clock.today
        )
        found: dict[str, Any] = {}
        for phase in LEAVABLE:
            forward, both = exits[phase]
            found[f"phase_conversion_{phase.value}"] = ratio(forward, both)
            found[f"phase_conversion_{phase.value}_n"] = both
        return found

    def _money(self) -> dict[str, Any]:
        spans = periods(self.clock)
        names = ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm")
        own = [(c.fact, c.share) for c in self.team.credits if c.seller_id == self.seller_id]
        if not self.team.can_see_deals:
            blank = (*names, "margin_ttm", "top_revenue_share", "attainment", "pace", "exact_pace")
            target = read_target(self.team.mirror, self.parameters, self.clock, self.seller_id)
            return {**dict.fromkeys(blank), "target": rounded(target, 2)}
        of_tops = [
            (fact, share)
            for fact, share in own
            if fact["relation_id"] is not None and fact["was_top"]
        ]
        first, last = self.clock.year()
        ytd = net(own, *spans["revenue_ytd"])
        target = read_target(self.team.mirror, self.parameters, self.clock, self.seller_id)
        elapsed = Fraction((self.clock.today - first + DAY).days, (last - first + DAY).days)
        has_target = target is not None and target > 0
        pace = ytd / (target * elapsed) if target is not None and has_target else None
        share = net(of_tops, *spans["revenue_ytd"]) / ytd if ytd > 0 else None
        return {
            **{name: rounded(net(own, *spans[name]), 2) for name in names},
            "margin_ttm": rounded(profit(own, *spans["revenue_ttm"]), 2),
            "top_revenue_share": share,
            "target": rounded(target, 2),
            "attainment": ytd / target if target is not None and has_target else None,
            "pace": pace,
            "exact_pace": pace,
        }

    def _warnings(self) -> list[str]:
        parameters, tops = self.parameters, self.owned_tops
        found = []
        if self.team.can_see_acts and len(self.mine) < parameters.contact.min_moments:
            found.append("low_volume")
        manual = ratio(sum(whole.worth.basis == "manual" for whole in tops), len(tops))
        if manual is not None and manual > Fraction(parameters.top_relation.warn_manual_share):
            found.append("manual_share")
        declared = ratio(
            sum(
                whole.phase.buying_phase == "no_interest"
                and whole.phase.phase_source in {"locked", "declared"}
                for whole in tops
            ),
            len(tops),
        )
        limit = Fraction(parameters.phase.warn_no_interest_share)
        if declared is not None and declared > limit:
            found.append("no_interest_share")
        late = ratio(
            sum(m.is_late(parameters.contact, self.clock) for m in self.mine), len(self.mine)
        )
        if late is not None and late > Fraction(parameters.contact.warn_late_share):
            found.append("late_logging")
        return found
