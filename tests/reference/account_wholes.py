"""Everything that is known of each relation, put together before values are made of it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tests.reference.account_basis import Basis
from tests.reference.clock import faded, youngest
from tests.reference.facets import Person, Reader, valid_confirmation
from tests.reference.items import Insight, Item, by_id, distinct, drop_boilerplate, read_items
from tests.reference.moments import Act, Moment, latest
from tests.reference.money import Row
from tests.reference.potentials import Worth
from tests.reference.scores import Whole, status_of_contact

Texts = list[tuple[Any, bool]]
"""Texts or sets of options; true: options."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was read before: worths and phases by relation, activities, moments and people."""

    worths: Mapping[str, Worth]
    phases: Any
    acts: list[Act]
    moments: list[Moment]
    people: Mapping[str, Person]
    met_days: Mapping[str, set[date]]


class WholeReader:
    """Reads one relation after the other."""

    def __init__(self, basis: Basis, found: Found) -> None:
        """Sort the contacts by relation."""
        self.basis, self.found = basis, found
        self.parameters, self.clock = basis.parameters, basis.clock
        self.facets = Reader(basis.parameters, basis.clock, basis.edits)
        self.people_of: dict[str, set[str]] = defaultdict(set)
        for link in basis.mirror.contact_companies.iter_rows(named=True):
            if link["from_id"] in found.people:
                self.people_of[link["relation_id"]].add(link["from_id"])
        self.contacts: list[Row] = by_id(basis.mirror.contacts.iter_rows(named=True), "contact_id")

    def read(self) -> dict[str, Whole]:
        """All relations of the universe."""
        wholes = {row["relation_id"]: self._whole(row) for row in self.basis.companies}
        drop_boilerplate(
            {key: whole.insight for key, whole in wholes.items()},
            {key: whole.owner for key, whole in wholes.items()},
            self.parameters.pains_gains,
        )
        method = self.parameters.pains_gains
        for whole in wholes.values():
            at = whole.insight.updated_at
            age = youngest(
                None if at is None else self.clock.age(at), self._confirmed(whole.company)
            )
            if self.basis.can_see_insight:
                whole.pg_score = faded(method.horizon, age) * whole.insight.amount(method)
        return wholes

    def _confirmed(self, company: Mapping[str, Any]) -> int | None:
        met = self.found.met_days.get(company["relation_id"], set())
        return valid_confirmation(company, met, self.parameters, self.clock)

    def _whole(self, company: Row) -> Whole:
        key, found = company["relation_id"], self.found
        whole = Whole(
            company=company,
            owner=company["owner"],
            facts=self.basis.facts_of[key],
            worth=found.worths[key],
            phase=found.phases.relations[key],
            acts=[act for act in found.acts if key in act.relations],
            moments=[moment for moment in found.moments if moment.relation_id == key],
        )
        people = [found.people[person_id] for person_id in self.people_of[key]]
        measured = people if self.basis.can_see_contacts else None
        whole.facets = self.facets.facets(company, whole.facts, measured, self._confirmed(company))
        whole.insight = self._insight(company)
        if measured is not None:
            whole.has_decider = any(one.is_reachable and one.slot == "decider" for one in people)
        whole.has_contact_scope = self.basis.can_see_acts
        if self.basis.can_see_acts:
            whole.last_act = latest(whole.acts)
            whole.contact_status = status_of_contact(whole, self.parameters, self.clock)
        return whole

    def _insight(self, company: Row) -> Insight:
        """Pains and gains of a relation, boilerplate still among them (4)."""
        method = self.parameters.pains_gains
        found: dict[str, list[Item]] = {}
        edited: list[datetime | None] = []
        for name in ("pains", "gains"):
            texts: Texts = []
            for source in method.sources:
                of_source, at = getattr(self, f"_{source}")(company, name)
                texts += of_source
                edited += at
            found[name] = read_items(texts, method)
        pains, gains = distinct(found["pains"], found["gains"], method)
        known = [at for at in edited if at is not None]
        return Insight(
            pains, gains, found["pains"] + found["gains"], updated_at=max(known) if known else None
        )

    def _company_text(self, company: Row, name: str) -> tuple[Texts, list[datetime | None]]:
        return [(company[name], False)], [self.basis.edits.at(company["relation_id"], name)]

    def _company_options(self, company: Row, name: str) -> tuple[Texts, list[datetime | None]]:
        """Options count under their label (4.2)."""
        labels, field = self.basis.meaning.option_labels, f"{name}_options"
        options = [labels.get(option, option) for option in company[field] or ()]
        return [(options, True)], [self.basis.edits.at(company["relation_id"], field)]

    def _deal_text(self, company: Row, name: str) -> tuple[Texts, list[datetime | None]]:
        deals = by_id(self.basis.facts_of[company["relation_id"]], "deal_id")
        return [(deal[name], False) for deal in deals], [
            self.basis.deal_edits.at(deal["deal_id"], name) for deal in deals
        ]

    def _contact_text(self, company: Row, name: str) -> tuple[Texts, list[datetime | None]]:
        ids = self.people_of[company["relation_id"]]
        contacts = [row for row in self.contacts if row["contact_id"] in ids]
        return [(row[name], False) for row in contacts], [
            self.basis.contact_edits.at(row["contact_id"], name) for row in contacts
        ]
