"""A small CRM account full of life: what it starts with, and how to pick something in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from connector.sandbox import Portal
from kpis.vocabulary import ObjectType
from tests.soak.clock import Clock

MAPPING = """\
crm: hubspot
stages:
  default:
    qualifiedtobuy: interest
    contractsent: quote
    closedwon: order
    closedlost: lost
  partner:
    "901": orienting
    "902": quote
    "903": order
    "904": lost
fields:
  company: {cost_to_serve: kosten}
  contact: {pains: pijn, gains: winst, left: weg}
  deal: {margin: marge, pains: pijn, gains: winst}
"""
DEFAULT_STAGES = [
    ("appointmentscheduled", "Afspraak", "0.2", False),
    ("qualifiedtobuy", "Gekwalificeerd", "0.4", False),
    ("contractsent", "Offerte", "0.9", False),
    ("closedwon", "Gewonnen", "1.0", True),
    ("closedlost", "Verloren", "0.0", True),
]
PARTNER_STAGES = [
    ("901", "Eerste", "0.1", False),
    ("902", "Tweede", "0.5", False),
    ("903", "Order", "1.0", True),
    ("904", "Niets", "0.0", True),
]
OBJECTS: tuple[ObjectType, ...] = ("companies", "contacts", "deals")
ACTIVITIES = ("calls", "meetings", "emails", "notes", "tasks", "communications", "postal_mail")
SIZES = {"companies": 40, "contacts": 80, "deals": 60, "activities": 120}
LABELS = (None, None, "Primary", "Billing", "Partner")


class World:
    """The account, a dice, and the time.

    Attributes:
        own_names: our computed properties by object type, once set-up has made them.
    """

    def __init__(self, clock: Clock, dice: Random, *, sizes: dict[str, int] | None = None) -> None:
        self.clock = clock
        self.dice = dice
        self.sizes = sizes or SIZES
        self.portal = Portal()
        self.own_names: dict[str, list[str]] = {}
        self._stages = 1000
        self._populate()

    # picking

    def chance(self, share: float) -> bool:
        """Yes in that share of all cases."""
        return self.dice.random() < share

    def live(self, kind: str) -> list[str]:
        """Ids of the records of a type that are not in the recycle bin."""
        records = self.portal.objects[kind]
        return [str(one) for one in self.portal.ids(kind) if records[str(one)].archived_ms is None]

    def archived(self, kind: str) -> list[str]:
        """Ids of the records of a type in the recycle bin."""
        records = self.portal.objects[kind]
        return [
            str(one) for one in self.portal.ids(kind) if records[str(one)].archived_ms is not None
        ]

    def pick(self, kind: str) -> str | None:
        """A live record of a type."""
        ids = self.live(kind)
        return self.dice.choice(ids) if ids else None

    def some_kind(self) -> str:
        """An object type, or less often a kind of activity."""
        return self.dice.choice(OBJECTS if self.chance(0.7) else ACTIVITIES)

    def owner(self) -> str:
        """An owner, at times one who has left."""
        return str(self.dice.choice(self.portal.owners)["id"])

    def stage(self) -> tuple[str, str]:
        """A pipeline and one of its stages."""
        pipeline = self.dice.choice(self.portal.deal_pipelines)
        return pipeline["id"], self.dice.choice(pipeline["stages"])["id"]

    def new_id(self, kind: str) -> str:
        """Id that was never used; as a rule above all others."""
        taken = {*self.portal.objects[kind], *self.portal.merged[kind]}
        while True:
            if self.chance(0.8):
                one = str(int(self.portal.next_id(kind)) + self.dice.randrange(50))
            else:
                one = str(self.dice.randrange(1, 10**6))
            if one not in taken:
                return one

    def new_stage_id(self) -> str:
        """Id of digits that no stage has had."""
        self._stages += 1
        return str(self._stages)

    def moment_near(self, at: datetime, days: float) -> datetime:
        """Some moment within so many days before or after."""
        return at + timedelta(seconds=int(self.dice.uniform(-days, days) * 86_400))

    # making

    def add(self, kind: str, values: dict[str, str], *, at: datetime) -> str:
        """Add a record under a new id."""
        one = self.new_id(kind)
        self.portal.add_record(kind, one, values, at=at)
        return one

    def set(self, kind: str, one: str, values: dict[str, str]) -> None:
        """Set values as a person does, now."""
        self.portal.set_values(kind, one, values, at=self.clock.tick())

    def link(self, kind: str, one: str, to_kind: str, label: str | None = None) -> None:
        """Link a record with some record of another type."""
        other = self.pick(to_kind)
        if other is not None and (kind, one) != (to_kind, other):
            can_be_primary = "companies" in {kind, to_kind} and kind in OBJECTS
            usable = label if label != "Primary" or can_be_primary else None
            self.portal.associate(kind, one, to_kind, other, usable)

    def _populate(self) -> None:
        portal = self.portal
        for number, name in enumerate(("Anna", "Bram", "Cees"), start=1):
            portal.add_owner(str(number), name, "Verkoper", f"{name.lower()}@example.com")
        portal.add_pipeline("default", "Verkoop", DEFAULT_STAGES)
        portal.add_pipeline("partner", "Partners", PARTNER_STAGES)
        for kind, name in (
            ("contacts", "pijn"),
            ("contacts", "winst"),
            ("deals", "pijn"),
            ("deals", "winst"),
        ):
            portal.add_property(kind, name, name, "string", "textarea")
        yes_no = {"true": "Ja", "false": "Nee"}
        portal.add_property("contacts", "weg", "Weg", "bool", "booleancheckbox", yes_no)
        portal.add_property("deals", "marge", "Marge", "number", "number")
        portal.add_property("companies", "kosten", "Kosten", "number", "number")
        self._fill()

    def _fill(self) -> None:
        start = self.clock.now() - timedelta(days=400)
        sizes = self.sizes
        for number in range(sizes["companies"]):
            at = start + timedelta(days=number, seconds=self.dice.randrange(86_400))
            self.add("companies", {"name": f"B{number}", "hubspot_owner_id": self.owner()}, at=at)
        for number in range(sizes["contacts"]):
            at = start + timedelta(days=number, seconds=self.dice.randrange(86_400))
            values = {"firstname": f"P{number}", "email": f"p{number}@example.com"}
            one = self.add("contacts", values, at=at)
            self.link("contacts", one, "companies", "Primary")
        for number in range(sizes["deals"]):
            at = start + timedelta(days=100 + number, seconds=self.dice.randrange(86_400))
            pipeline, stage = self.stage()
            values = {
                "dealname": f"D{number}",
                "pipeline": pipeline,
                "dealstage": stage,
                "amount": str(self.dice.randrange(100, 90_000)),
                "hubspot_owner_id": self.owner(),
            }
            one = self.add("deals", values, at=at)
            self.link("deals", one, "companies", "Primary")
        for _ in range(sizes["activities"]):
            at = start + timedelta(days=self.dice.randrange(200, 399), seconds=1)
            self.add_activity(self.dice.choice(ACTIVITIES), at=at, links=OBJECTS)

    def add_activity(self, kind: str, *, at: datetime, links: Sequence[str]) -> str:
        """Add an activity with links; its values come with later edits."""
        moment = self.moment_near(at, 20)
        values = {"hs_timestamp": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "hubspot_owner_id": self.owner()}
        one = self.add(kind, values, at=at)
        for to_kind in links:
            self.link(kind, one, to_kind)
        return one
