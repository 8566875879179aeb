"""Rows of a random account and the frames that are made of them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kpis.frames import (
    ACTIVITIES,
    ACTIVITY_LINKS,
    CHANGES,
    COMPANIES,
    COMPANY_LINKS,
    CONTACTS,
    DEAL_TOUCHES,
    DEALS,
    GOALS,
    OWNERS,
    RATES,
    SPLITS,
    Mirror,
)
from tests.reference.account_features import Dice, Features
from tests.reference.account_words import AGES, CLOCKS, OLD_AGES, TEXTS
from tests.unit.kpis.phase.world import frame

SCHEMAS = {
    "companies": COMPANIES,
    "contacts": CONTACTS,
    "deals": DEALS,
    "deal_companies": COMPANY_LINKS,
    "contact_companies": COMPANY_LINKS,
    "activities": ACTIVITIES,
    "activity_links": ACTIVITY_LINKS,
    "deal_touches": DEAL_TOUCHES,
    "company_changes": CHANGES,
    "contact_changes": CHANGES,
    "deal_changes": CHANGES,
    "goals": GOALS,
    "owners": OWNERS,
    "rates": RATES,
    "splits": SPLITS,
}

BY_PERSON = (True, True, True, True, False, None)
"""Who set a value: mostly a person."""


@dataclass
class Records:
    """Collects rows by the part of the mirror in which they stand."""

    features: Features
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counter: int = 1000

    def __post_init__(self) -> None:
        """Start the dice."""
        self.dice = Dice(self.features.seed)
        self.as_of, self.zone = self.features.as_of, self.features.zone
        self.one, self.happens = self.dice.one, self.dice.happens

    @property
    def today(self) -> date:
        """Local day of the reading."""
        return self.local_day(self.as_of)

    def holds(self, kind: str) -> bool:
        """Whether records of that type stand in the mirror: only those that can be read."""
        return kind in self.features.types

    def local_day(self, at: datetime) -> date:
        """Local day of an instant."""
        return at.astimezone(self.zone).date()

    def add(self, part: str, **values: Any) -> None:
        """One more row."""
        self.rows.setdefault(part, []).append(values)

    def new_id(self) -> str:
        """An id that no record has yet."""
        self.counter += 1
        return str(self.counter)

    def day(self, *, recent: bool = False) -> date:
        """A day of the past or today, on the edge of some rule."""
        ages = AGES if recent else AGES + OLD_AGES
        return self.today - timedelta(days=self.dice.choice(ages))

    def moment(self, *, recent: bool = False) -> datetime:
        """An instant of the past."""
        day, clock = self.day(recent=recent), self.dice.choice(CLOCKS)
        found = datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)
        return min(found, self.as_of - timedelta(minutes=self.dice.randint(0, 5)))

    def change(self, part: str, key: str, name: str, value: Any, **more: Any) -> None:
        """One version of a field, by a person and from the history of the CRM."""
        row = {"is_by_person": True, "is_seen": False, "changed_at": self.moment(), **more}
        self.add(part, external_id=key, field=name, value=value, **row)

    def filled(self, part: str, key: str, name: str, value: Any) -> Any:
        """The value with its version; sometimes with an earlier one."""
        if value is None or value in ((), []):
            return None
        text = ";".join(value) if isinstance(value, list) else str(value)
        at = self.moment()
        if self.happens(0.2):
            other = "order" if name == "phase_declared" else "Anders dan nu"
            before = self.one(text, other, None)
            self.change(part, key, name, before, changed_at=at - timedelta(days=40))
        by_person = self.dice.choice(BY_PERSON)
        seen = self.happens(0.1)
        self.change(part, key, name, text, changed_at=at, is_seen=seen, is_by_person=by_person)
        if self.happens(0.05):
            later = self.as_of + timedelta(milliseconds=1)
            self.change(part, key, name, self.one(text, None), changed_at=later)
        return value

    def text(self) -> str | None:
        """Pains or gains as people write them."""
        if self.happens(0.25):
            return None
        parts = self.dice.sample(TEXTS, k=self.dice.randint(1, 4))
        between: str = self.one("\n", "; ", "\n- ")
        return between.join(parts)

    def link(self, part: str, key: str, relations: list[str]) -> None:
        """Links of a deal or contact to companies, mostly with a primary one."""
        primary = self.dice.choice((relations[0], relations[0], relations[-1], None))
        for relation_id in relations:
            is_primary = relation_id == primary
            self.add(part, from_id=key, relation_id=relation_id, is_primary=is_primary)

    def mirror(self) -> Mirror:
        """Everything as frames."""
        frames: dict[str, Any] = {
            name: frame(schema, self.rows.get(name, [])) for name, schema in SCHEMAS.items()
        }
        readable: Any = self.features.types
        account_currency = self.features.account_currency
        return Mirror(**frames, account_currency=account_currency, readable=readable)
