"""What every part of the demo portal is built with: the calendar, the dice and the next ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from connector.sandbox.instants import instant_text
from connector.sandbox.portal import Portal

T = TypeVar("T")

_FIRST_IDS = {
    "companies": 27_100_000_001,
    "contacts": 51_400_000_001,
    "deals": 18_800_000_001,
    "calls": 61_200_000_001,
    "meetings": 62_200_000_001,
    "emails": 63_200_000_001,
    "communications": 64_200_000_001,
    "tasks": 65_200_000_001,
    "notes": 66_200_000_001,
    "postal_mail": 67_200_000_001,
    "goal_targets": 87_500_000_001,
}
_OPENING, _CLOSING = 8 * 60, 17 * 60 + 30


@dataclass(slots=True)
class Scene:
    """The portal under construction. Days are counted back from `today`; a plan lies below 0."""

    portal: Portal
    random: Random
    today: date
    zone: ZoneInfo = field(init=False)
    _ids: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.portal.timezone)
        self._ids = dict(_FIRST_IDS)

    def at(self, days_ago: int) -> datetime:
        """A moment in the office hours of a day; of today only its first, which surely passed."""
        minutes = self.random.randint(_OPENING, _CLOSING)
        local = datetime.combine(self.today - timedelta(days_ago), time(), self.zone)
        if days_ago:
            local = local.replace(hour=minutes // 60, minute=minutes % 60)
        return local.astimezone(UTC)

    def text(self, days_ago: int) -> str:
        """Text of such a moment, as the CRM writes it."""
        return instant_text(self.at(days_ago))

    def day(self, days_ago: int) -> str:
        """Text of a day."""
        return (self.today - timedelta(days_ago)).isoformat()

    @property
    def days_of_year(self) -> int:
        """How long ago this year began."""
        return (self.today - self.today.replace(month=1, day=1)).days

    def new_id(self, object_type: str) -> str:
        """Id of the next record of a type."""
        number = self._ids[object_type]
        self._ids[object_type] += 1
        return str(number)

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def one_of(self, things: Sequence[T]) -> T:
        """One of them."""
        return self.random.choice(things)

    def some_of(self, things: Sequence[T], least: int, most: int) -> list[T]:
        """So many of them, none twice."""
        return self.random.sample(things, self.random.randint(least, most))


@dataclass(slots=True)
class Company:
    """A company of the portal, and what its other records need to know of it.

    Attributes:
        owner_id: the seller; "" for a company that nobody owns.
        story: name of the story that its deals tell.
        spend: what it spends a year in the category, known to its sellers or not.
        born: days ago on which its record was made.
        open_deal_id: deal that the talks of these weeks are about, None when there is none.
        last_talk: days ago of the last two-way contact, None when there was none.
    """

    id: str
    name: str
    domain: str
    owner_id: str
    story: str
    spend: int
    born: int
    contact_ids: list[str] = field(default_factory=list)
    deal_ids: list[str] = field(default_factory=list)
    open_deal_id: str | None = None
    last_talk: int | None = None
