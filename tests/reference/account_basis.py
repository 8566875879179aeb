"""What every part of the plain reading of an account needs: its rows, its clock and its deals."""

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import Clock, read_clock
from tests.reference.edits import Edits
from tests.reference.items import by_id
from tests.reference.moments import TWO_WAY_TYPES
from tests.reference.money import Row, read_facts


class Basis:
    """Rows of one account."""

    def __init__(
        self, mirror: Any, meaning: Any, parameters: Parameters, as_of: datetime, history: Any
    ) -> None:
        """Take the rows and what is needed of them everywhere."""
        self.mirror, self.meaning, self.parameters = mirror, meaning, parameters
        self.clock: Clock = read_clock(parameters, as_of)
        self.history = history
        self.can_see_deals = "deals" in mirror.readable
        self.can_see_contacts = "contacts" in mirror.readable
        self.can_see_acts = bool(TWO_WAY_TYPES & mirror.readable)
        sources = set(parameters.pains_gains.sources)
        self.can_see_insight = (
            bool(sources & {"company_text", "company_options"})
            or ("deal_text" in sources and self.can_see_deals)
            or ("contact_text" in sources and self.can_see_contacts)
        )
        self.edits, self.deal_edits, self.contact_edits = (
            Edits(frame.iter_rows(named=True), as_of)
            for frame in (mirror.company_changes, mirror.deal_changes, mirror.contact_changes)
        )
        everyone = mirror.companies.iter_rows(named=True)
        self.companies: list[Row] = by_id(filter(self._is_in_universe, everyone), "relation_id")
        self.universe = {row["relation_id"] for row in self.companies}
        self.facts = read_facts(mirror, meaning, parameters, self.clock)
        self.facts_of: dict[str, list[Row]] = defaultdict(list)
        for fact in self.facts:
            self.facts_of[fact["relation_id"]].append(fact)

    def _is_in_universe(self, company: Row) -> bool:
        """Owned, not our own and not of an excluded type (0)."""
        universe = self.parameters.universe
        return (
            company["owner"] is not None
            and company["relation_id"] not in universe.own_company_ids
            and company["type"] not in universe.exclude_types
        )

    def whole_deals(self, key: str) -> list[tuple[Row, Fraction]]:
        """Deals of a relation, each wholly its own (5.2)."""
        return [(fact, Fraction(1)) for fact in self.facts_of[key]]
