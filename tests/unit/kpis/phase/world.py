"""A small world for the tests of the phase: relations, deals and words by the day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import polars as pl

from kpis.deal import deal_facts
from kpis.frames import (
    CHANGES,
    COMPANIES,
    COMPANY_LINKS,
    DEAL_TOUCHES,
    DEALS,
    STAGES,
    Meaning,
    Mirror,
    Schema,
)
from kpis.parameters import Parameters
from kpis.phase import PhaseResults, relation_phases
from kpis.phase.declaration import CONTACT_DAYS
from kpis.vocabulary import Phase
from tests.unit.kpis.builders import TEXTS

AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")

STAGE_ROWS = [
    ("default", "dead", False, False, "no_interest"),
    ("default", "first", False, False, "orienting"),
    ("default", "talk", False, False, "interest"),
    ("default", "demo", False, False, "interest"),
    ("default", "offer", False, False, "quote"),
    ("default", "signed", False, False, "order"),
    ("default", "won", True, False, "order"),
    ("default", "lost", False, True, "lost"),
    ("default", "parked", False, False, "ignore"),
    ("default", "forgotten", False, False, None),
    ("default", "forgottenwon", True, False, None),
    ("second", "offer2", False, False, "quote"),
    ("second", "shared", False, False, "interest"),
    ("third", "shared", False, False, "quote"),
    ("second", "offer", False, False, "orienting"),
]

MEANING = Meaning(
    stages=pl.DataFrame(STAGE_ROWS, schema=STAGES, orient="row"),
    lost_reasons={
        "default": Phase.NO_INTEREST,
        "no_decision": Phase.ORIENTING,
        "timing": Phase.ORIENTING,
        "too_dear_": Phase.QUOTE,
    },
    lead_status={
        "UNQUALIFIED": Phase.NO_INTEREST,
        "BAD_TIMING": Phase.NO_INTEREST,
        "CONNECTED": Phase.ORIENTING,
        "IN_PROGRESS": Phase.ORIENTING,
    },
)

IDS = {"relation_id", "deal_id", "external_id", "from_id"}

Moment = str | datetime
"""A day, taken at 10:00 UTC, or an instant with a time, UTC."""


def at(moment: Moment) -> datetime:
    """Aware instant; a bare day means 10:00 UTC."""
    if isinstance(moment, datetime):
        return moment
    parsed = datetime.fromisoformat(moment)
    if "T" not in moment:
        parsed += timedelta(hours=10)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def midnight(day: str) -> datetime:
    """Start of a day in Amsterdam."""
    return datetime.fromisoformat(day).replace(tzinfo=ZONE).astimezone(UTC)


def frame(schema: Schema, given: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Frame of a schema; columns that a row does not name are null."""
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in given], schema=schema)


@dataclass
class World:
    """Records added one by one; `phases` decides on them."""

    companies: list[dict[str, Any]] = field(default_factory=list)
    deals: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)
    company_changes: list[dict[str, Any]] = field(default_factory=list)
    deal_changes: list[dict[str, Any]] = field(default_factory=list)
    contact_days: list[dict[str, Any]] = field(default_factory=list)

    def company(self, relation_id: str = "1", **values: Any) -> Self:
        self.companies.append({"relation_id": relation_id, "owner": "S1", **values})
        return self

    def deal(
        self,
        deal_id: str,
        *stages: tuple[str, Moment],
        relation_id: str | None = "1",
        created: Moment | None = "",
        closed: Moment | None = None,
        **values: Any,
    ) -> Self:
        """A deal through stages, each with its entry; created when it entered the first one."""
        if created == "":
            created = stages[0][1]
        days = {} if closed is None else {"closed_at": at(closed)}
        self.deals.append(
            {
                "deal_id": deal_id,
                "owner": "S1",
                "pipeline": "default",
                "stage": stages[-1][0],
                "created_at": None if created is None else at(created),
                **days,
                **values,
            }
        )
        if relation_id is not None:
            self.links.append({"from_id": deal_id, "relation_id": relation_id, "is_primary": True})
        for stage, entered in stages:
            self.deal_changes.append(change(deal_id, "stage", stage, entered))
        return self

    def won(self, deal_id: str, day: str, **values: Any) -> Self:
        """A deal won on a day, without a history of stages."""
        values = {"created": f"{day}T00:00", "closed_on": date.fromisoformat(day), **values}
        self.deal(deal_id, ("won", day), **values)
        self.deal_changes.pop()
        return self

    def touch(self, deal_id: str, moment: Moment) -> Self:
        self.touches.append({"deal_id": deal_id, "occurred_at": at(moment)})
        return self

    def says(self, phase: str | None, moment: Moment, **values: Any) -> Self:
        """The phase that a seller declares on the company "1", unless said otherwise."""
        return self.sets("phase_declared", phase, moment, **values)

    def sets(self, name: str, value: str | None, moment: Moment, **values: Any) -> Self:
        relation_id = values.pop("relation_id", "1")
        self.company_changes.append({**change(relation_id, name, value, moment), **values})
        return self

    def met(self, day: str, relation_id: str = "1") -> Self:
        self.contact_days.append({"relation_id": relation_id, "day": date.fromisoformat(day)})
        return self

    def mirror(self) -> Mirror:
        return Mirror(
            companies=frame(COMPANIES, self.companies or [{"relation_id": "1", "owner": "S1"}]),
            deals=frame(DEALS, self.deals),
            deal_companies=frame(COMPANY_LINKS, self.links),
            deal_touches=frame(DEAL_TOUCHES, self.touches),
            company_changes=frame(CHANGES, self.company_changes),
            deal_changes=frame(CHANGES, self.deal_changes),
        )

    def phases(
        self, as_of: Moment = AS_OF, *, meaning: Meaning = MEANING, **sections: Any
    ) -> PhaseResults:
        parameters = Parameters.model_validate(sections)
        mirror, moment = self.mirror(), at(as_of)
        facts = deal_facts(mirror, meaning, parameters, as_of=moment)
        return relation_phases(
            facts,
            mirror,
            meaning,
            parameters,
            as_of=moment,
            contact_days=frame(CONTACT_DAYS, self.contact_days),
            approach={
                phase: one.text(parameters.write_back.language)
                for phase, one in TEXTS.approach.items()
            },
        )

    def phase(self, as_of: Moment = AS_OF, **sections: Any) -> dict[str, Any]:
        """Row of the first company."""
        return self.phases(as_of, **sections).relations.row(0, named=True)

    def lines(self, as_of: Moment = AS_OF, **sections: Any) -> list[str]:
        """History of the first company as text, oldest first, with the direction of each line."""
        moves = self.phases(as_of, **sections).transitions
        return [
            f"{row['changed_on']} {row['from']}>{row['to']} {row['source']} {row['direction']}"
            for row in moves.iter_rows(named=True)
        ]


def change(external_id: str, name: str, value: str | None, moment: Moment) -> dict[str, Any]:
    """A version set by a person, known from the CRM's history."""
    return {
        "external_id": external_id,
        "field": name,
        "value": value,
        "changed_at": at(moment),
        "is_by_person": True,
        "is_seen": False,
    }


def together(worlds: Iterable[World]) -> World:
    """One world of many, so that they are decided at once, in their order.

    Ids of relations and deals are told apart by the number of their world in front.
    """
    whole = World()
    for number, world in enumerate(worlds):
        if not world.companies:
            world.company()
        for part in fields(World):
            getattr(whole, part.name).extend(
                {name: f"{number}-{value}" if name in IDS else value for name, value in row.items()}
                for row in getattr(world, part.name)
            )
    return whole


def told(worlds: Iterable[World], *columns: str) -> list[tuple[Any, ...]]:
    """Values of the one relation of each world, decided together."""
    return together(worlds).phases().relations.select(columns).rows()


def ago(days: int) -> str:
    """Day so many days before that of `AS_OF`."""
    return str(date(2026, 6, 30) - timedelta(days=days))
