"""Values of one relation (spec 7) made of everything that is known of it."""

from typing import Any

from tests.reference.account_basis import Basis
from tests.reference.clock import ratio, rounded
from tests.reference.moments import in_window
from tests.reference.money import is_order, net, periods, profit
from tests.reference.scores import Whole, band, composite, next_best_action, relation_parts


class RelationReader:
    """Makes the values of one relation after the other."""

    def __init__(self, basis: Basis) -> None:
        """Take the account."""
        self.basis, self.parameters, self.clock = basis, basis.parameters, basis.clock

    def read(self, whole: Whole) -> dict[str, Any]:
        method, worth, phase = self.parameters, whole.worth, whole.phase
        parts = relation_parts(whole, method, self.clock)
        score = None
        if worth.is_top:
            score = composite(parts, method.scores.relation, method.scores.min_measurable)
        return {
            "is_top_relation": worth.is_top,
            "top_relation_since": worth.since,
            "top_relation_basis": worth.basis,
            "top_relation_proven": whole.is_proven(method),
            "potential_revenue": rounded(worth.revenue, 2),
            "potential_margin": rounded(worth.margin, 2),
            "potential_index": rounded(worth.index, 4),
            "potential_source": worth.source,
            "potential_confidence": worth.confidence,
            "profile_completeness": rounded(whole.completeness, 4),
            "profile_facets_known": len(whole.known(method)),
            "profile_missing": sorted(set(whole.facets) - set(whole.known(method))),
            **self._contact_values(whole),
            "buying_phase": str(phase.buying_phase),
            "phase_since": phase.phase_since,
            "phase_previous": None if phase.phase_previous is None else str(phase.phase_previous),
            "phase_source": phase.phase_source,
            "phase_direction": phase.phase_direction,
            "phase_status": phase.phase_status,
            "days_in_phase": None
            if phase.phase_since is None or not method.write_back.days_in_phase
            else self.clock.age(phase.phase_since),
            "phase_conflict": phase.phase_conflict,
            "phase_history": self._phase_history(whole),
            "pains_count": None if whole.pg_score is None else len(whole.insight.pains),
            "gains_count": None if whole.pg_score is None else len(whole.insight.gains),
            "pains_gains_complete": whole.has_insight(method),
            "pains_gains_updated_on": None
            if whole.insight.updated_at is None
            else self.clock.day(whole.insight.updated_at),
            **self._money_values(whole),
            "relation_score": score,
            "relation_score_band": band(score, method),
            "relation_score_prev_month": self._score_before_month(whole),
            "score_basis": sorted(name for name, part in parts.items() if part is None)
            if worth.is_top
            else None,
            "next_best_action": next_best_action(whole, method, self.clock),
            "data_warnings": sorted(self._warnings(whole)),
        }

    def _contact_values(self, whole: Whole) -> dict[str, Any]:
        names = {
            row["seller_id"]: row["name"] for row in self.basis.mirror.owners.iter_rows(named=True)
        }
        act, days = whole.last_act, self.parameters.contact.window_days
        by = None if act is None else act.row["owner"]
        recent = [m for m in whole.moments if in_window(m.day, days, self.clock)]
        return {
            "last_two_way_contact": None if act is None else act.day,
            "last_two_way_contact_by": None if by is None else names.get(by) or by,
            "contact_moments_90d": len(recent) if self.basis.can_see_acts else None,
            "contact_status": whole.contact_status,
        }

    def _money_values(self, whole: Whole) -> dict[str, Any]:
        names = ("revenue_ytd", "revenue_ttm", "revenue_prev_ttm")
        if not self.basis.can_see_deals:
            return dict.fromkeys((*names, "margin_ttm", "share_of_potential", "last_won_on"))
        spans, parts = periods(self.clock), self.basis.whole_deals(whole.company["relation_id"])
        wins = [fact["close_day"] for fact in whole.facts if is_order(fact)]
        share = ratio(net(parts, *spans["revenue_ttm"]), whole.worth.revenue)
        return {
            **{name: rounded(net(parts, *spans[name]), 2) for name in names},
            "margin_ttm": rounded(profit(parts, *spans["revenue_ttm"]), 2),
            "share_of_potential": rounded(share, 4),
            "last_won_on": max(wins, default=None),
        }

    def _phase_history(self, whole: Whole) -> str | None:
        lines = [
            f"{line.changed_on} {line.from_phase}>{line.to_phase} ({line.source})"
            for line in reversed(whole.phase.transitions)
        ]
        return "\n".join(lines[: self.parameters.phase.history_lines]) or None

    def _score_before_month(self, whole: Whole) -> int | None:
        first = self.clock.today.replace(day=1)
        days = [
            row
            for row in self.basis.history.relation_days.iter_rows(named=True)
            if row["relation_id"] == whole.company["relation_id"] and row["from_on"] < first
        ]
        last = max(days, key=lambda row: row["from_on"], default=None)
        return None if last is None else last["relation_score"]

    def _warnings(self, whole: Whole) -> set[str]:
        key, owner = whole.company["relation_id"], whole.owner
        archived = {
            row["seller_id"]: row["is_archived"]
            for row in self.basis.mirror.owners.iter_rows(named=True)
        }
        found = {
            f"deal_{warning}"
            for fact in self.basis.facts
            if fact["relation_id"] == key or (fact["relation_id"] is None and key in fact["linked"])
            for warning in fact["warnings"]
        }
        found |= set(whole.worth.warnings)
        if any(act.is_outcome_missing for act in whole.acts):
            found.add("outcome_missing")
        if whole.insight.is_boilerplate:
            found.add("boilerplate")
        if owner not in archived:
            found.add("owner_unknown")
        elif archived[owner]:
            found.add("owner_archived")
        return found
