"""A whole account for tests: a `World` with people, activities and goals, computed end to end."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import polars as pl

from kpis.calendar import day_of
from kpis.compute import Results, compute
from kpis.contact import Contacts, contact
from kpis.deal import deal_facts
from kpis.dmu import contact_slots
from kpis.frames import (
    ACTIVITIES,
    ACTIVITY_LINKS,
    CHANGES,
    COMPANY_LINKS,
    CONTACTS,
    GOALS,
    MEMBERSHIPS,
    OWNERS,
    REVIEWS,
    SPLITS,
    Meaning,
    Mirror,
    OwnHistory,
)
from kpis.parameters import Parameters
from kpis.phase.declaration import confirmations
from kpis.profile import profile
from kpis.universe import universe
from kpis.vocabulary import ActivityType, ObjectType
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.phase.world import AS_OF, MEANING, Moment, World, at, change, frame

CLEAR: Meaning = replace(
    MEANING,
    buying_roles={"DECISION_MAKER": "decider", "BUDGET_HOLDER": "decider", "CHAMPION": "insider"},
    job_titles={"decider": ("directeur", "ceo"), "insider": ("inkoper", "projectleider")},
)
"""What the words of a scene mean."""

READABLE: frozenset[ObjectType | ActivityType] = frozenset(
    {"companies", "contacts", "deals", "calls", "meetings", "emails", "communications", "tasks"}
)

REVIEWED = date(2026, 6, 1)


@dataclass
class Scene(World):
    """Records of a whole account, added one by one.

    Relations named in `top` have been top since the review of `reviewed_on`.
    """

    contacts: list[dict[str, Any]] = field(default_factory=list)
    contact_links: list[dict[str, Any]] = field(default_factory=list)
    contact_changes: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    activity_links: list[dict[str, Any]] = field(default_factory=list)
    goals: list[dict[str, Any]] = field(default_factory=list)
    owners: list[dict[str, Any]] = field(default_factory=list)
    splits: list[dict[str, Any]] = field(default_factory=list)
    top: tuple[str, ...] = ()
    reviewed_on: date = REVIEWED
    readable: frozenset[ObjectType | ActivityType] = READABLE

    def given(self, relation_id: str, days_ago: int, **values: Any) -> Self:
        """A company whose values were all set so many days ago."""
        self.company(relation_id, **values)
        for name, value in values.items():
            text = ";".join(value) if isinstance(value, list) else str(value)
            moment = AS_OF - timedelta(days=days_ago)
            self.company_changes.append(change(relation_id, name, text, moment))
        return self

    def person(
        self,
        contact_id: str,
        relation_id: str = "1",
        *,
        role: str | None = None,
        title: str | None = None,
        set_at: Moment | None = None,
        **values: Any,
    ) -> Self:
        """A contact of a relation who can be reached by mail unless said otherwise."""
        roles = None if role is None else role.split(";")
        row = {"contact_id": contact_id, "buying_role": roles, "job_title": title}
        self.contacts.append({"has_email": True, "is_bounced": False, **row, **values})
        self.contact_links.append(
            {"from_id": contact_id, "relation_id": relation_id, "is_primary": True}
        )
        if set_at is not None:
            for name, value in (("buying_role", role), ("job_title", title)):
                if value is not None:
                    self.contact_changes.append(change(contact_id, name, value, set_at))
        return self

    def activity(
        self,
        kind: ActivityType,
        moment: Moment,
        relation_id: str | None = "1",
        *,
        contact: str | None = None,
        deal: str | None = None,
        **values: Any,
    ) -> Self:
        """An activity of seller S1 unless said otherwise, logged when it took place."""
        activity_id = str(len(self.activities) + 1)
        key = {"activity_type": kind, "activity_id": activity_id}
        happened = at(moment)
        dated = {"occurred_at": happened, "created_at": happened, "owner": "S1"}
        self.activities.append({**key, **dated, **values})
        linked = {"companies": relation_id, "contacts": contact, "deals": deal}
        self.activity_links.extend(
            {**key, "object_type": object_type, "external_id": external_id}
            for object_type, external_id in linked.items()
            if external_id is not None
        )
        return self

    def meeting(
        self, moment: Moment, relation_id: str | None = "1", outcome: str = "COMPLETED", **more: Any
    ) -> Self:
        return self.activity("meetings", moment, relation_id, outcome=outcome, **more)

    def call(
        self,
        moment: Moment,
        relation_id: str | None = "1",
        *,
        seconds: int | None = None,
        disposition: str | None = "Connected",
        **more: Any,
    ) -> Self:
        length = None if seconds is None else seconds * 1000
        return self.activity(
            "calls", moment, relation_id, duration_ms=length, outcome=disposition, **more
        )

    def mail(
        self, moment: Moment, relation_id: str | None = "1", *, incoming: bool = True, **more: Any
    ) -> Self:
        direction = "INCOMING_EMAIL" if incoming else "EMAIL"
        return self.activity("emails", moment, relation_id, direction=direction, **more)

    def goal(self, seller_id: str, start: Moment, end: Moment, amount: int) -> Self:
        row = {"goal_id": str(len(self.goals) + 1), "seller_id": seller_id}
        window = {"starts_at": at(start), "ends_at": at(end)}
        self.goals.append({**row, **window, "amount": Decimal(amount)})
        return self

    def mirror(self) -> Mirror:
        return replace(
            super().mirror(),
            contacts=frame(CONTACTS, self.contacts),
            contact_companies=frame(COMPANY_LINKS, self.contact_links),
            contact_changes=frame(CHANGES, self.contact_changes),
            activities=frame(ACTIVITIES, self.activities),
            activity_links=frame(ACTIVITY_LINKS, self.activity_links),
            goals=frame(GOALS, self.goals),
            owners=frame(OWNERS, self.owners),
            splits=frame(SPLITS, self.splits),
            account_currency="EUR",
            readable=self.readable,
        )

    def history(self) -> OwnHistory:
        """History in which a review found the top relations."""
        spells = (
            {"relation_id": one, "from_on": self.reviewed_on, "basis": "rule"} for one in self.top
        )
        return OwnHistory(
            memberships=frame(MEMBERSHIPS, spells),
            reviews=frame(REVIEWS, [{"reviewed_on": self.reviewed_on, "group": ""}]),
        )

    def results(
        self, as_of: datetime = AS_OF, history: OwnHistory | None = None, **sections: Any
    ) -> Results:
        return compute(
            self.mirror(),
            CLEAR,
            Parameters.model_validate(sections),
            as_of=as_of,
            history=history or self.history(),
            texts=TEXTS,
        )

    def told(self, as_of: datetime = AS_OF, **sections: Any) -> Contacts:
        """What the activities alone tell; much faster than `results`."""
        return contact(self.mirror(), CLEAR, Parameters.model_validate(sections), as_of=as_of)

    def known(self, as_of: datetime = AS_OF, **sections: Any) -> pl.DataFrame:
        """Profiles of the relations alone; much faster than `results`."""
        mirror, parameters = self.mirror(), Parameters.model_validate(sections)
        told = contact(mirror, CLEAR, parameters, as_of=as_of)
        companies = mirror.companies.with_row_index("relation")
        confirmed = confirmations(
            companies,
            told.days,
            within_days=parameters.profile.confirm_needs_contact_days,
            as_of_date=day_of(as_of, parameters.reporting.timezone),
        ).join(companies, on="relation")
        return profile(
            universe(mirror, parameters),
            deal_facts(mirror, CLEAR, parameters, as_of=as_of),
            mirror,
            slots=contact_slots(mirror, CLEAR, parameters, as_of=as_of),
            last_contacts=told.contacts,
            confirmed=confirmed.select("relation_id", "confirmed_on"),
            parameters=parameters,
            as_of=as_of,
        ).relations

    def relation(self, relation_id: str = "1", **sections: Any) -> dict[str, Any]:
        """Row of one relation."""
        found = self.results(**sections).relations.filter(relation_id=relation_id)
        return found.row(0, named=True)

    def seller(self, seller_id: str = "S1", **sections: Any) -> dict[str, Any]:
        """Row of one seller."""
        return self.results(**sections).sellers.filter(seller_id=seller_id).row(0, named=True)
