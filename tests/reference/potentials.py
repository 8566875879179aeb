"""Section 2.1 read plainly: the potential of a relation."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import DAY, Clock
from tests.reference.edits import Edits
from tests.reference.money import Row, is_order


@dataclass
class Worth:
    """Potential of one relation, its index and its membership."""

    revenue: Fraction | None = None
    margin: Fraction | None = None
    source: str = "unknown"
    confidence: str | None = None
    index: Fraction | None = None
    parts: list[Fraction] = field(default_factory=list)  # of revenue and, where usable, of margin
    basis: str = "none"
    since: date | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def is_top(self) -> bool:
        return self.basis != "none"


def keyed(table: Any, key: str | None) -> Fraction:
    """Value of the key, else of `default`, else 0."""
    return Fraction(table.get(key, table.get("default", 0)))


class Potentials:
    """Reads the potential of one relation after the other (2.1)."""

    def __init__(
        self, parameters: Parameters, clock: Clock, edits: Edits, facts: dict[str, list[Row]]
    ) -> None:
        """Take realised and open deals by relation; `is_stale` stands on each."""
        self.parameters, self.clock, self.edits, self.facts = parameters, clock, edits, facts

    def read(self, company: Row, ttm: Fraction) -> Worth:
        for source in self.parameters.potential.sources:
            value, confidence = getattr(self, f"_{source}")(company)
            if value > 0:
                worth = Worth(revenue=value, source=source, confidence=confidence)
                break
        else:
            worth = Worth()
        if ttm > 0 and (worth.revenue is None or ttm > worth.revenue):
            worth = Worth(revenue=ttm, source="realised", confidence="medium")
        return worth

    def _declared(self, company: Row) -> tuple[Fraction, str]:
        potential = self.parameters.potential
        value = Fraction(company["annual_category_spend"] or 0)
        at = self.edits.at(company["relation_id"], "annual_category_spend")
        is_old = at is not None and self.clock.age(at) > potential.declared_low_after
        return value * Fraction(potential.attainable_share), "low" if is_old else "high"

    def _volume_price(self, company: Row) -> tuple[Fraction, str]:
        potential = self.parameters.potential
        price = keyed(potential.reference_price, company["order_volume_unit"])
        value = Fraction(company["annual_order_volume"] or 0) * price
        return value * Fraction(potential.attainable_share), "medium"

    def _firmographic(self, company: Row) -> tuple[Fraction, str]:
        potential, segment = self.parameters.potential, company["segment"]
        value = Fraction(company["employees"] or 0) * keyed(potential.spend_per_employee, segment)
        if value <= 0:
            value = Fraction(company["annual_revenue"] or 0) * keyed(potential.spend_ratio, segment)
        return value * Fraction(potential.attainable_share), "medium"

    def _pipeline(self, company: Row) -> tuple[Fraction, str]:
        last = self.clock.today + timedelta(days=self.parameters.potential.pipeline_days - 1)
        value = sum(
            (
                fact["worth"]
                for fact in self.facts[company["relation_id"]]
                if not fact["is_won"] and not fact["is_lost"] and not fact["is_stale"]
                if fact["worth"] is not None
                if fact["close_day"] is not None
                if self.clock.today <= fact["close_day"] <= last
            ),
            Fraction(0),
        )
        return value, "low"

    def _tier(self, company: Row) -> tuple[Fraction, str]:
        return keyed(self.parameters.potential.tier_amount, company["tier"]), "low"

    def add_margins(self, companies: list[Row], worths: dict[str, Worth]) -> None:
        """Potential margin: potential times the margin rate, minus the cost to serve."""
        members: dict[str, list[str]] = defaultdict(list)
        for company in companies:
            if company["segment"] is not None:
                members[company["segment"]].append(company["relation_id"])
        for company in companies:
            key, worth = company["relation_id"], worths[company["relation_id"]]
            rate = self._rate([key])
            if rate is None and company["segment"] is not None:
                rate = self._rate(members[company["segment"]])
            if rate is None and self.parameters.potential.margin_rate is not None:
                rate = Fraction(self.parameters.potential.margin_rate)
            if worth.revenue is not None and rate is not None:
                worth.margin = worth.revenue * rate - Fraction(company["cost_to_serve"] or 0)

    def _rate(self, relation_ids: list[str]) -> Fraction | None:
        first = self.clock.months_ago(12) + DAY
        known = [
            fact
            for key in relation_ids
            for fact in self.facts[key]
            if fact["is_realised"] and fact["close_day"] >= first and fact["profit"] is not None
        ]
        if sum(is_order(fact) for fact in known) < self.parameters.potential.own_margin_min_deals:
            return None
        revenue = sum((fact["worth"] for fact in known), Fraction(0))
        if revenue <= 0:
            return None
        return sum((fact["profit"] for fact in known), Fraction(0)) / revenue
