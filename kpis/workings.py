"""Every chapter of the method in the order in which they rest on one another.

What they find is kept whole, for those who want to know why a value is what it is.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from kpis.calendar import day_of
from kpis.contact import Contacts, contact
from kpis.deal import deal_facts
from kpis.dmu import contact_slots
from kpis.frames import Meaning, Mirror, OwnHistory
from kpis.pains_gains import PainsGainsResults, pains_gains
from kpis.parameters import Parameters
from kpis.phase import PhaseResults, relation_phases
from kpis.phase.declaration import confirmations
from kpis.potential import potential
from kpis.profile import Profiles, profile
from kpis.revenue import relation_revenue
from kpis.top_relation import TopRelations, top_relations
from kpis.wording import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Workings:
    """What the results rest on, for those who want to know why.

    Attributes:
        facts: frame of `DEAL_FACTS`.
        revenue: from `kpis.revenue.relation_revenue`, exact.
        contacts: what activities told.
        profiles: facets of the profile with their days.
        slots: contacts by slot.
        pains_gains: every item, counted or not.
        phases: evidence and decisions of chapter 3.
        potentials: from `kpis.potential`, exact.
        top: indexes, groups and bases.
        confirmed: `relation_id` and `confirmed_on` of confirmations that count.
    """

    facts: pl.DataFrame
    revenue: pl.DataFrame
    contacts: Contacts
    profiles: Profiles
    slots: pl.DataFrame
    pains_gains: PainsGainsResults
    phases: PhaseResults
    potentials: pl.DataFrame
    top: TopRelations
    confirmed: pl.DataFrame


def workings(
    base: pl.DataFrame,
    mirror: Mirror,
    meaning: Meaning,
    parameters: Parameters,
    *,
    as_of: datetime,
    history: OwnHistory,
    texts: Texts,
) -> Workings:
    """Each chapter in the order in which they rest on one another."""
    language = parameters.write_back.language
    facts = deal_facts(mirror, meaning, parameters, as_of=as_of)
    contacts = contact(mirror, meaning, parameters, as_of=as_of)
    confirmed = _confirmed(mirror, contacts, parameters, as_of=as_of)
    phases = relation_phases(
        facts,
        mirror,
        meaning,
        parameters,
        as_of=as_of,
        contact_days=contacts.days,
        approach={phase: one.text(language) for phase, one in texts.approach.items()},
    )
    revenue = relation_revenue(base, facts, parameters, as_of=as_of)
    potentials = potential(
        base,
        facts,
        revenue,
        mirror,
        parameters,
        stale_deal_ids=phases.deals.filter("is_stale")["deal_id"],
        as_of=as_of,
    )
    slots = contact_slots(mirror, meaning, parameters, as_of=as_of)
    return Workings(
        facts=facts,
        revenue=revenue,
        contacts=contacts,
        profiles=profile(
            base,
            facts,
            mirror,
            slots=slots,
            last_contacts=contacts.contacts,
            confirmed=confirmed,
            parameters=parameters,
            as_of=as_of,
        ),
        slots=slots,
        pains_gains=pains_gains(
            base,
            mirror,
            facts.select("deal_id", "relation_id"),
            confirmed,
            parameters,
            as_of=as_of,
            option_labels=meaning.option_labels,
        ),
        phases=phases,
        potentials=potentials,
        top=top_relations(base, potentials, mirror, history, parameters, as_of=as_of),
        confirmed=confirmed,
    )


def _confirmed(
    mirror: Mirror, contacts: Contacts, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    companies = mirror.companies.with_row_index("relation")
    return (
        confirmations(
            companies,
            contacts.days,
            within_days=parameters.profile.confirm_needs_contact_days,
            as_of_date=day_of(as_of, parameters.reporting.timezone),
        )
        .join(companies.select("relation", "relation_id"), on="relation")
        .select("relation_id", "confirmed_on")
    )
