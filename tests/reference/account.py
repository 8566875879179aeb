"""Plain reading of chapters 0, 2, 4, 5, 6 and 7: one record at a time, over plain rows.

Written from the text alone, and chapter 3 from `phases`, so that it shares no thought with the
engine. It is slow and only there to be compared with.

Where the text leaves room, this reading takes:

- 2.1: the keys `default` also serve a relation without unit, segment or tier; relations without a
  segment have no segment; a margin rate rests on revenue above 0, else the next is taken.
- 2.1: open deals are valued at the rate of today, by the rate on the deal where that counts.
- 2.2: weights are divided by their sum; the warnings `override_no_reason` and `override_expired`
  can stand together; a CRM flag goes before the rule.
- 2.2: our history knows the days from the first review up to, not including, today: a further run
  on a day starts from what stood before that day, so that a review can be repeated on its day.
- 2.2: which segments are groups is frozen at a review, too.
- 2.3: suppliers by name and by situation have each their own age, the better one counts; a
  contact fills slots by role, else the one of its title; of two roles `dmu_slot` is decider.
- 2.5: `outcome_missing` warns of every past meeting without outcome, however long ago.
- 2.6: a meeting that does not end after its start has no end; the maximum holds for the minutes of
  a meeting without end, too; without scope for anything that can be two-way nothing is measured.
- 2.6: without activities the total of top relations stays, the rest of KPI 1 is null.
- 4.1: when no source can be read, pains and gains are not measurable (0): counts and
  `pains_gains_complete` are blank.
- 4.2: texts come in the order of `sources`, those of deals and contacts by id; steps 2 and 3 hold
  for options too; an item stands on a relation when it is left after step 2.
- 5.1: when the CRM does not tell the currency of the account, it is the reporting currency.
- 5.2: before the first known owner the first known one, also when the field is known to have been
  empty then; without any version the present owner.
- 5.4: of several covers of a period the one with the longest first goal is taken.
- 6.4: `plan_next_step` applies only where activities can be measured.
- 6.5: declared no interest is the phase no interest from a declaration, locked or not; it and
  `manual_share` are shares of all top relations that the seller owns.
- 7: `days_in_phase` is blank while switched off; booleans of deals and contacts are true or blank.
- 7: a deal of several companies without a primary one warns on each of these companies.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kpis.parameters import Parameters
from tests.reference.account_basis import Basis
from tests.reference.account_values import RelationReader
from tests.reference.account_wholes import Found, WholeReader
from tests.reference.clock import rounded
from tests.reference.facets import Person, read_person
from tests.reference.moments import Act, Moment, read_acts, read_moments
from tests.reference.money import Row, is_order, net, periods, read_credits
from tests.reference.phases import read_phases
from tests.reference.potentials import Potentials, Worth
from tests.reference.scores import Whole
from tests.reference.sellers import SellerReader, Team
from tests.reference.tops import Tops
from tests.reference.versions import read_runs

Values = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Account:
    """Values of spec 7 by record id and name."""

    relations: Values = field(default_factory=dict)
    deals: Values = field(default_factory=dict)
    contacts: Values = field(default_factory=dict)
    sellers: Values = field(default_factory=dict)


def read_account(
    mirror: Any, meaning: Any, parameters: Parameters, *, as_of: datetime, history: Any
) -> Account:
    """Every value of the account at an instant."""
    return AccountReader(Basis(mirror, meaning, parameters, as_of, history)).read()


class AccountReader:
    """Reads one account step by step."""

    def __init__(self, basis: Basis) -> None:
        """Take the rows."""
        self.basis, self.parameters, self.clock = basis, basis.parameters, basis.clock

    def read(self) -> Account:
        """All values."""
        basis = self.basis
        acts = read_acts(
            basis.mirror, basis.meaning, self.parameters.contact, basis.facts, self.clock
        )
        met_days: dict[str, set[date]] = defaultdict(set)
        for moment in read_moments(acts, set(basis.mirror.companies["relation_id"])):
            met_days[moment.relation_id].add(moment.day)
        phases = read_phases(
            basis.facts,
            basis.mirror,
            basis.meaning,
            self.parameters,
            as_of=self.clock.as_of,
            contact_days=[(key, day) for key, days in met_days.items() for day in days],
        )
        for fact in basis.facts:
            fact["is_stale"] = phases.deals[fact["deal_id"]].is_stale
        worths = self._worths()
        tops = self._tops(worths)
        moments, people = read_moments(acts, basis.universe), self._people(acts)
        found = Found(
            worths=worths,
            phases=phases,
            acts=acts,
            moments=moments,
            people=people,
            met_days=met_days,
        )
        wholes = WholeReader(basis, found).read()
        values = RelationReader(basis)
        return Account(
            relations={key: values.read(whole) for key, whole in wholes.items()},
            deals={fact["deal_id"]: self._deal(fact, phases) for fact in basis.facts},
            contacts=self._contacts(people),
            sellers=self._sellers(wholes, moments, tops),
        )

    def _worths(self) -> dict[str, Worth]:
        """Potentials with their margins."""
        basis = self.basis
        potentials = Potentials(self.parameters, self.clock, basis.edits, basis.facts_of)
        first, last = periods(self.clock)["revenue_ttm"]
        worths = {
            company["relation_id"]: potentials.read(
                company, net(basis.whole_deals(company["relation_id"]), first, last)
            )
            for company in basis.companies
        }
        potentials.add_margins(basis.companies, worths)
        return worths

    def _tops(self, worths: dict[str, Worth]) -> Tops:
        """Who is top, and which deals were won with a relation that was top then."""
        basis = self.basis
        tops = Tops(self.parameters, self.clock, basis.edits, basis.history)
        tops.read(basis.companies, worths)
        for fact in basis.facts:
            key = fact["relation_id"]
            is_top = key in worths and worths[key].is_top
            fact["was_top"] = (
                fact["is_realised"]
                and key is not None
                and tops.was_top(key, fact["close_day"], is_top_now=is_top)
            )
        return tops

    def _people(self, acts: list[Act]) -> dict[str, Person]:
        met: dict[str, datetime] = {}
        for act in acts:
            for key in act.contacts:
                if act.is_two_way:
                    met[key] = max(met.get(key, act.at), act.at)
        return {
            row["contact_id"]: read_person(
                row,
                self.basis.meaning,
                self.parameters,
                self.basis.contact_edits,
                met.get(row["contact_id"]),
            )
            for row in self.basis.mirror.contacts.iter_rows(named=True)
        }

    def _deal(self, fact: Row, phases: Any) -> dict[str, Any]:
        reading = phases.deals[fact["deal_id"]]
        is_realised = fact["is_realised"]
        return {
            "deal_phase": None if reading.deal_phase is None else str(reading.deal_phase),
            "deal_decides_phase": reading.deal_decides_phase or None,
            "deal_realised_amount": rounded(fact["worth"], 2) if is_realised else None,
            "deal_top_relation_at_close": (fact["was_top"] and is_order(fact)) or None,
            "deal_warnings": fact["warnings"],
        }

    def _contacts(self, people: dict[str, Person]) -> Values:
        linked = {
            link["from_id"]
            for link in self.basis.mirror.contact_companies.iter_rows(named=True)
            if link["relation_id"] in self.basis.universe
        }
        return {
            key: {
                "dmu_slot": person.slot,
                "is_right_contact": (
                    person.is_reachable and person.slot is not None and key in linked
                )
                or None,
                "contact_last_two_way": None
                if person.met_at is None
                else self.clock.day(person.met_at),
            }
            for key, person in people.items()
        }

    def _sellers(self, wholes: dict[str, Whole], moments: list[Moment], tops: Tops) -> Values:
        changes = list(self.basis.mirror.company_changes.iter_rows(named=True))
        team = Team(
            parameters=self.parameters,
            clock=self.clock,
            wholes=wholes,
            moments=moments,
            credits=read_credits(self.basis.mirror, self.basis.facts, self.clock),
            owners=read_runs(changes, "owner", self.clock.as_of),
            tops=tops,
            mirror=self.basis.mirror,
            can_see_deals=self.basis.can_see_deals,
            can_see_acts=self.basis.can_see_acts,
        )
        sellers = {row["seller_id"] for row in self.basis.mirror.owners.iter_rows(named=True)}
        sellers |= {whole.owner for whole in wholes.values()}
        sellers |= {credit.seller_id for credit in team.credits}
        return {key: SellerReader(team, key).read() for key in sorted(sellers)}
