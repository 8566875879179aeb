"""Plain reading of chapters 0, 2, 4, 5, 6 and 7: one record at a time, over plain rows.

Written from the text alone, and chapter 3 from `phases`, so that it shares no thought with the
engine. It is slow and only there to be compared with.

Where the text leaves room, this reading takes:

- 2.1: the keys `default` also serve a relation without unit, segment or tier; a margin rate rests
  on revenue above 0, else the next rate is taken; relations without a segment have no segment.
- 2.1: open deals are valued at the rate of today, by the rate on the deal where that counts.
- 2.2: weights are divided by their sum; the warnings `override_no_reason` and `override_expired`
  can stand together; a CRM flag goes before the rule.
- 2.2: our history knows the days from the first review up to, not including, today.
- 2.3: suppliers by name and by situation have each their own age, the better one counts; a
  contact fills one slot, `dmu_slot`: by role before by title, of two roles decider.
- 2.5: `outcome_missing` warns of every past meeting without outcome, however long ago.
- 2.6: without activities the total of top relations stays, the rest of KPI 1 is null.
- 4.2: texts come in the order company, options, deals, contacts, by id; steps 2 and 3 hold for
  options too; an item stands on a relation when it is left after step 3.
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
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import Clock, faded, ratio, read_clock, rounded, youngest
from tests.reference.edits import Edits
from tests.reference.facets import Person, Reader, read_person, valid_confirmation
from tests.reference.items import (
    Insight,
    Item,
    by_id,
    distinct,
    drop_boilerplate,
    read_items,
)
from tests.reference.moments import (
    ACTIVITY_TYPES,
    Act,
    Moment,
    in_window,
    latest,
    read_acts,
    read_moments,
)
from tests.reference.money import (
    Row,
    is_order,
    net,
    periods,
    profit,
    read_credits,
    read_facts,
)
from tests.reference.phases import read_phases
from tests.reference.potentials import Potentials, Tops, Worth
from tests.reference.scores import (
    Whole,
    band,
    composite,
    next_best_action,
    relation_parts,
    status_of_contact,
)
from tests.reference.sellers import SellerReader, Team
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
    return AccountReader(mirror, meaning, parameters, as_of, history).read()


class AccountReader:
    """Reads one account step by step."""

    def __init__(
        self, mirror: Any, meaning: Any, parameters: Parameters, as_of: datetime, history: Any
    ) -> None:
        """Take the rows and what is needed of them everywhere."""
        self.mirror, self.meaning, self.parameters = mirror, meaning, parameters
        self.clock: Clock = read_clock(parameters, as_of)
        self.history = history
        self.can_see_deals = "deals" in mirror.readable
        self.can_see_contacts = "contacts" in mirror.readable
        self.can_see_acts = bool(ACTIVITY_TYPES & mirror.readable)
        self.edits, self.deal_edits, self.contact_edits = (
            Edits(frame.iter_rows(named=True), as_of)
            for frame in (mirror.company_changes, mirror.deal_changes, mirror.contact_changes)
        )
        everyone = list(mirror.companies.iter_rows(named=True))
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

    def read(self) -> Account:
        acts = read_acts(self.mirror, self.meaning, self.parameters.contact, self.facts, self.clock)
        everywhere = set(self.mirror.companies["relation_id"])
        met_days: dict[str, set[Any]] = defaultdict(set)
        for moment in read_moments(acts, everywhere):
            met_days[moment.relation_id].add(moment.day)
        phases = read_phases(
            self.facts,
            self.mirror,
            self.meaning,
            self.parameters,
            as_of=self.clock.as_of,
            contact_days=[(key, day) for key, days in met_days.items() for day in days],
        )
        for fact in self.facts:
            fact["is_stale"] = phases.deals[fact["deal_id"]].is_stale
        worths = self._worths()
        tops = Tops(self.parameters, self.clock, self.edits, self.history)
        tops.read(self.companies, worths)
        for fact in self.facts:
            key = fact["relation_id"]
            is_top = key in worths and worths[key].is_top
            fact["was_top"] = (
                fact["is_realised"]
                and key is not None
                and tops.was_top(key, fact["close_day"], is_top_now=is_top)
            )
        moments = read_moments(acts, self.universe)
        people = self._people(acts)
        wholes = self._wholes(worths, phases, acts, moments, people, met_days)
        return Account(
            relations={key: self._relation(whole) for key, whole in wholes.items()},
            deals={fact["deal_id"]: self._deal(fact, phases) for fact in self.facts},
            contacts=self._contacts(people, acts),
            sellers=self._sellers(wholes, moments, tops),
        )

    def _worths(self) -> dict[str, Worth]:
        potentials = Potentials(self.parameters, self.clock, self.edits, self.facts_of)
        first, last = periods(self.clock)["revenue_ttm"]
        worths = {
            company["relation_id"]: potentials.read(
                company, net(self._parts(company["relation_id"]), first, last)
            )
            for company in self.companies
        }
        potentials.add_margins(self.companies, worths)
        return worths

    def _parts(self, key: str) -> list[tuple[Row, Fraction]]:
        return [(fact, Fraction(1)) for fact in self.facts_of[key]]

    def _people(self, acts: list[Act]) -> dict[str, Person]:
        met: dict[str, datetime] = {}
        for act in acts:
            for key in act.contacts:
                if act.is_two_way:
                    met[key] = max(met.get(key, act.at), act.at)
        return {
            row["contact_id"]: read_person(
                row,
                self.meaning,
                self.parameters,
                self.contact_edits,
                met.get(row["contact_id"]),
            )
            for row in self.mirror.contacts.iter_rows(named=True)
        }

    def _wholes(  # noqa: PLR0917 - what was read before it
        self,
        worths: dict[str, Worth],
        phases: Any,
        acts: list[Act],
        moments: list[Moment],
        people: dict[str, Person],
        met_days: Mapping[str, set[Any]],
    ) -> dict[str, Whole]:
        people_of: dict[str, set[str]] = defaultdict(set)
        for link in self.mirror.contact_companies.iter_rows(named=True):
            if link["from_id"] in people:
                people_of[link["relation_id"]].add(link["from_id"])
        wholes = {}
        reader = Reader(self.parameters, self.clock, self.edits)
        for company in self.companies:
            key = company["relation_id"]
            whole = Whole(
                company=company,
                owner=company["owner"],
                facts=self.facts_of[key],
                worth=worths[key],
                phase=phases.relations[key],
                acts=[act for act in acts if key in act.relations],
                moments=[moment for moment in moments if moment.relation_id == key],
            )
            own_people = [people[person_id] for person_id in people_of[key]]
            confirmed = valid_confirmation(
                company, met_days.get(key, set()), self.parameters, self.clock
            )
            whole.facets = reader.facets(
                company, whole.facts, own_people if self.can_see_contacts else None, confirmed
            )
            whole.insight = self._insight(company, sorted(people_of[key]))
            self._add_contact(whole, own_people)
            wholes[key] = whole
        drop_boilerplate(
            {key: whole.insight for key, whole in wholes.items()},
            {key: whole.owner for key, whole in wholes.items()},
            self.parameters.pains_gains,
        )
        for key, whole in wholes.items():
            at = whole.insight.updated_at
            age = youngest(
                None if at is None else self.clock.age(at),
                valid_confirmation(
                    whole.company, met_days.get(key, set()), self.parameters, self.clock
                ),
            )
            method = self.parameters.pains_gains
            whole.pg_score = faded(method.horizon, age) * whole.insight.amount(method)
        return wholes

    def _add_contact(self, whole: Whole, people: list[Person]) -> None:
        if self.can_see_contacts:
            whole.has_decider = any(one.is_reachable and one.slot == "decider" for one in people)
        whole.has_contact_scope = self.can_see_acts
        if self.can_see_acts:
            whole.last_act = latest(whole.acts)
            whole.contact_status = status_of_contact(whole, self.parameters, self.clock)

    def _insight(self, company: Row, contact_ids: list[str]) -> Insight:
        """Pains and gains of a relation, boilerplate still among them (4)."""
        key, sources = company["relation_id"], self.parameters.pains_gains.sources
        contacts = [
            row
            for row in by_id(self.mirror.contacts.iter_rows(named=True), "contact_id")
            if row["contact_id"] in contact_ids
        ]
        deals = by_id(self.facts_of[key], "deal_id")
        found: dict[str, list[Item]] = {}
        edited = []
        for name in ("pains", "gains"):
            texts: list[tuple[Any, bool]] = []
            if "company_text" in sources:
                texts.append((company[name], False))
                edited.append(self.edits.at(key, name))
            if "company_options" in sources:
                texts.append((company[f"{name}_options"], True))
                edited.append(self.edits.at(key, f"{name}_options"))
            if "deal_text" in sources:
                texts += [(deal[name], False) for deal in deals]
                edited += [self.deal_edits.at(deal["deal_id"], name) for deal in deals]
            if "contact_text" in sources:
                texts += [(row[name], False) for row in contacts]
                edited += [self.contact_edits.at(row["contact_id"], name) for row in contacts]
            found[name] = read_items(texts, self.parameters.pains_gains)
        pains, gains = distinct(found["pains"], found["gains"], self.parameters.pains_gains)
        known = [at for at in edited if at is not None]
        return Insight(
            pains, gains, found["pains"] + found["gains"], updated_at=max(known) if known else None
        )

    def _relation(self, whole: Whole) -> dict[str, Any]:
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
            "pains_count": len(whole.insight.pains),
            "gains_count": len(whole.insight.gains),
            "pains_gains_complete": whole.insight.is_complete(method.pains_gains),
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
        names = {row["seller_id"]: row["name"] for row in self.mirror.owners.iter_rows(named=True)}
        act, days = whole.last_act, self.parameters.contact.window_days
        by = None if act is None else act.row["owner"]
        recent = [m for m in whole.moments if in_window(m.day, days, self.clock)]
        return {
            "last_two_way_contact": None if act is None else act.day,
            "last_two_way_contact_by": None if by is None else names.get(by) or by,
            "contact_moments_90d": len(recent) if self.can_see_acts else None,
            "contact_status": whole.contact_status,
        }

    def _money_values(self, whole: Whole) -> dict[str, Any]:
        names = ("revenue_ytd", "revenue_ttm", "revenue_prev_ttm")
        if not self.can_see_deals:
            return dict.fromkeys((*names, "margin_ttm", "share_of_potential", "last_won_on"))
        spans, parts = periods(self.clock), self._parts(whole.company["relation_id"])
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
            for row in self.history.relation_days.iter_rows(named=True)
            if row["relation_id"] == whole.company["relation_id"] and row["from_on"] < first
        ]
        last = max(days, key=lambda row: row["from_on"], default=None)
        return None if last is None else last["relation_score"]

    def _warnings(self, whole: Whole) -> set[str]:
        key, owner = whole.company["relation_id"], whole.owner
        archived = {
            row["seller_id"]: row["is_archived"] for row in self.mirror.owners.iter_rows(named=True)
        }
        found = {
            f"deal_{warning}"
            for fact in self.facts
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

    def _contacts(self, people: dict[str, Person], acts: list[Act]) -> Values:
        linked = {
            link["from_id"]
            for link in self.mirror.contact_companies.iter_rows(named=True)
            if link["relation_id"] in self.universe
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
        changes = list(self.mirror.company_changes.iter_rows(named=True))
        team = Team(
            parameters=self.parameters,
            clock=self.clock,
            wholes=wholes,
            moments=moments,
            credits=read_credits(self.mirror, self.facts, self.clock),
            owners=read_runs(changes, "owner", self.clock.as_of),
            tops=tops,
            mirror=self.mirror,
            can_see_deals=self.can_see_deals,
            can_see_acts=self.can_see_acts,
        )
        sellers = {row["seller_id"] for row in self.mirror.owners.iter_rows(named=True)}
        sellers |= {whole.owner for whole in wholes.values()}
        sellers |= {credit.seller_id for credit in team.credits}
        return {key: SellerReader(team, key).read() for key in sorted(sellers)}
