"""Random accounts that dwell on the edges of chapter 3; the same seed gives the same account.

Every relation gets one to four deals (a regular orderer a row of wins), with moments that lie on
boundary ages, close to 24 hours apart, at local midnight and on the days on which clocks change.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from kpis.vocabulary import Phase
from tests.unit.kpis.phase.world import ZONE, World

AGES = (
    0,
    1,
    24,
    29,
    30,
    31,
    48,
    60,
    61,
    89,
    90,
    91,
    92,
    120,
    121,
    179,
    180,
    181,
    182,
    364,
    365,
    366,
)
"""Days before the end at which some rule switches, and the days beside them."""

COUNTS = (1, 30, 89, 90, 120, 179, 180, 181, 364, 365)
"""Days after a moment on which something may end that began then."""

CLOCK_CHANGES = (date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29))

CLOCKS = (
    time(0, 0),
    time(0, 0, 0, 1_000),
    time(2, 30),
    time(9, 15),
    time(12, 0),
    time(14, 0),
    time(23, 59, 59, 999_000),
)
"""Local times of day."""

DAY = timedelta(hours=24)
INSTANT = timedelta(milliseconds=1)
GAPS = (
    timedelta(0),
    timedelta(hours=1),
    timedelta(hours=7),
    DAY - INSTANT,
    DAY,
    DAY + INSTANT,
    DAY * 3,
    DAY * 20,
    DAY * 90,
    DAY * 180,
    DAY * 200,
)

ENDS = (
    datetime(2026, 6, 30, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 0, tzinfo=UTC),
    datetime(2026, 6, 29, 21, 59, 59, 999_000, tzinfo=UTC),
)
"""Instants as of which accounts are read; some at the first or last moment of a local day."""

OPEN_STAGES = ("first", "talk", "demo", "offer", "signed", "dead")
ODD_STAGES = ("parked", "forgotten", "forgottenwon", "deleted", "won", "lost", "offer2")
REASONS = ("No decision", "no_decision", "Timing", "Competitor", "Too dear!", " timing", None)
STATUSES = ("UNQUALIFIED", "CONNECTED", "IN_PROGRESS", "NEW", None)
PHASES = (*(phase.value for phase in Phase if phase is not Phase.UNKNOWN), None)


OTHER_SECTIONS: tuple[dict[str, Any], ...] = (
    {"declared_ttl": 30, "order_hold": 5, "lapse": 20, "stale_deal": 10, "lead_status_ttl": 40},
    {"declared_ttl": 365, "order_hold": 120, "lapse": 100, "hold_min_intervals": 1},
    {"hold_interval_factor": "0.75", "hold_min_intervals": 2, "order_hold": 0, "stale_deal": 365},
    {"reversal_hours": 1, "lapse": 0, "at_risk_from": "0.5", "declared_ttl": 0},
    {"reversal_hours": 0, "stale_deal": 1, "lead_status_ttl": 1, "hold_interval_factor": "400"},
    {"stalled_days": {"no_interest": 0, "orienting": 1, "interest": 90, "quote": 180}},
    {"declared_ttl": 20, "order_hold": 3, "lapse": 12, "stale_deal": 25, "reversal_hours": 25},
)
"""Sections `phase` other than the default one."""


def random_parameters(seed: int) -> dict[str, Any]:
    """Sections of the parameters: the defaults for even seeds, else others."""
    if seed % 2 == 0:
        return {}
    return {"phase": OTHER_SECTIONS[seed // 2 % len(OTHER_SECTIONS)]}


def random_account(seed: int, relations: int) -> tuple[World, datetime]:
    """An account of so many relations, and the instant as of which to read it.

    In one of four everything falls into the last weeks, so that evidence of all kinds meets.
    """
    random = Random(seed)  # noqa: S311 - made-up data, no secret
    as_of = random.choice(ENDS)
    reach_days = 25 if seed % 4 == 1 else 700
    account = RandomAccount(random, as_of, World(), reach_days)
    for number in range(1, relations + 1):
        account.add_relation(str(number))
    return account.world, as_of


@dataclass
class RandomAccount:
    """Adds random relations to a world."""

    random: Random
    as_of: datetime
    world: World
    reach_days: int  # no day is chosen before that
    used: list[datetime] = field(default_factory=list)  # moments of the relation so far
    crowding: float = 0.4  # share of moments that lie on or beside an earlier one

    def happens(self, share: float) -> bool:
        return self.random.random() < share

    def day(self) -> date:
        """A day in the past, often on a boundary; seldom one in the future."""
        today = self.as_of.astimezone(ZONE).date()
        kind = self.random.random()
        if kind < 0.05:
            return self.random.choice(CLOCK_CHANGES)
        if kind < 0.45:
            ages = [age for age in AGES if age <= self.reach_days]
            return today - timedelta(days=self.random.choice(ages))
        return today - timedelta(days=self.random.randint(-10, self.reach_days))

    def moment(self) -> datetime:
        """A moment, often at the edge of a day, and often one that the relation knows already."""
        if self.used and self.happens(self.crowding):
            return self.beside(self.random.choice(self.used))
        clock = self.random.choice(CLOCKS)
        if self.happens(0.3):
            clock = time(self.random.randint(0, 23), self.random.randint(0, 59))
        moment = datetime.combine(self.day(), clock, tzinfo=ZONE).astimezone(UTC)
        self.used.append(moment)
        return moment

    def beside(self, moment: datetime) -> datetime:
        """That moment, one beside it, another of its day, or the start of a day it counts to."""
        kind = self.random.random()
        if kind < 0.3:
            return moment + INSTANT * self.random.choice((-1, 0, 0, 1))
        if kind < 0.45:
            return moment + timedelta(hours=self.random.choice((-24, -23, -1, 1, 23, 24)))
        if kind < 0.65:
            day = moment.astimezone(ZONE).date()
            clock = self.random.choice(CLOCKS)
            return datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)
        ends_on = moment.astimezone(ZONE).date() + timedelta(days=self.random.choice(COUNTS))
        end = datetime.combine(ends_on, time(0, 0), tzinfo=ZONE).astimezone(UTC)
        return end + INSTANT * self.random.choice((-1, 0, 0, 1))

    def later(self, moment: datetime) -> datetime:
        """A moment not before the given one; in a third of the cases within about a day."""
        moment += (
            self.random.choice(GAPS)
            if self.happens(0.7)
            else timedelta(minutes=self.random.randint(0, 200_000))
        )
        self.used.append(moment)
        return moment

    def add_relation(self, relation_id: str) -> None:
        """A company with its words, its owners and its deals."""
        self.used.clear()
        is_small = self.happens(0.5)
        self.crowding = 0.95 if is_small else self.random.choice((0.2, 0.5, 0.9))
        self.add_company(relation_id)
        for name, values, share in (
            ("phase_declared", PHASES, 0.5),
            ("lead_status", STATUSES, 0.4),
            ("owner", ("S1", "S2", "S3", None), 0.4),
        ):
            if self.happens(share):
                self.add_values(relation_id, name, values)
        for place in range(self.random.choice((0, 1, 2, 2) if is_small else (1, 2, 3, 4))):
            add = self.add_plain_deal if is_small or self.happens(0.3) else self.add_deal
            add(f"{relation_id}{place}", relation_id)
        if self.world.deals and self.happens(0.15):
            self.add_twin(f"{relation_id}9", relation_id)
        if not is_small and self.happens(0.3):
            self.add_orders(relation_id)
        if self.happens(0.1):
            self.add_dispute(relation_id)

    def add_company(self, relation_id: str) -> None:
        """A company, seldom locked to a day near the end, often confirmed near a known moment."""
        values: dict[str, Any] = {"owner": "S1"}
        if self.happens(0.2):
            ends = self.as_of if self.happens(0.4) else self.moment()
            days = timedelta(days=self.random.choice((-1, 0, 0, 1, 20)))
            values["phase_locked_until"] = ends.astimezone(ZONE).date() + days
        if self.happens(0.4):
            confirmed = self.moment().astimezone(ZONE).date()
            values["profile_confirmed_on"] = confirmed
            met = confirmed - timedelta(days=self.random.choice((-1, 0, 0, 0, 29, 30)))
            self.world.met(str(met), relation_id)
        self.world.company(relation_id, **values)

    def add_plain_deal(self, deal_id: str, relation_id: str) -> None:
        """A deal that went straight to its stage and, when closed, closed near its entry."""
        stage = self.random.choice(("offer", "talk", "first", "won", "won", "lost", "lost"))
        entered = self.moment()
        values: dict[str, Any] = {"lost_reason": self.random.choice(REASONS)}
        if stage in {"won", "lost"} and self.happens(0.5):
            values["closed_at"] = self.random.choice((entered, self.moment()))
        elif stage in {"won", "lost"}:
            values["closed_on"] = entered.astimezone(ZONE).date()
        created = self.random.choice((entered, self.moment()))
        self.world.deal(
            deal_id, (stage, entered), relation_id=relation_id, created=created, **values
        )

    def add_twin(self, deal_id: str, relation_id: str) -> None:
        """The last deal once more, so that two deals do the same at the same instants."""
        world, last = self.world, self.world.deals[-1]
        world.deals.append({**last, "deal_id": deal_id})
        world.links.append({"from_id": deal_id, "relation_id": relation_id, "is_primary": True})
        for row in [row for row in world.deal_changes if row["external_id"] == last["deal_id"]]:
            world.deal_changes.append({**row, "external_id": deal_id})

    def add_values(self, relation_id: str, name: str, values: tuple[str | None, ...]) -> None:
        """Versions of one field of a company, by persons, by us, or first seen by us."""
        moment = self.moment()
        choices = self.random.sample(values, k=min(len(values), self.random.choice((2, 3, 4))))
        for _ in range(self.random.randint(1, 5)):
            self.world.sets(
                name,
                self.random.choice(choices),
                moment,
                relation_id=relation_id,
                is_by_person=self.random.choice((True, True, True, False, None)),
                is_seen=self.happens(0.1),
            )
            moment = self.later(moment)

    def add_orders(self, relation_id: str) -> None:
        """Wins at a fairly regular distance, some on one day."""
        day, step = self.day(), self.random.choice((20, 59, 60, 61, 75, 130, 300))
        for place in range(4, self.random.randint(7, 9)):
            self.world.won(f"{relation_id}{place}", str(day), relation_id=relation_id)
            day -= timedelta(days=max(0, step + self.random.randint(-3, 3)))

    def add_dispute(self, relation_id: str) -> None:
        """An open deal, a word and a win in any order, so long ago that a plain hold is over."""
        first = self.as_of - timedelta(days=self.random.randint(95, 175))
        entered, said, won = (
            first + timedelta(minutes=self.random.randint(0, 2_000)) for _ in range(3)
        )
        value = self.random.choice(PHASES)
        self.world.sets("phase_declared", value, said, relation_id=relation_id)
        stage = self.random.choice(OPEN_STAGES)
        self.world.deal(f"{relation_id}a", (stage, entered), relation_id=relation_id)
        self.world.deal(
            f"{relation_id}b", ("won", won), relation_id=relation_id, created=won, closed_at=won
        )

    def stages(self) -> list[tuple[str, datetime]]:
        """Stages in order of time, often back and forth."""
        moment = self.moment()
        places = self.random.sample(OPEN_STAGES, k=3)
        if self.happens(0.35):
            places.append(self.random.choice(ODD_STAGES))
        found = []
        for _ in range(self.random.randint(1, 6)):
            found.append((self.random.choice(places), moment))
            moment = self.later(moment)
        if self.happens(0.5):
            found.append((self.random.choice(("won", "won", "lost")), moment))
        return found

    def add_deal(self, deal_id: str, relation_id: str) -> None:
        """A deal with stages, a close date, a creation and activities."""
        stages = self.stages()
        pipeline = self.random.choice(("default", "default", "default", "second", "third"))
        if pipeline == "second" and self.happens(0.5):
            pairs = zip(
                stages, self.random.choices(("offer2", "shared", "offer"), k=9), strict=False
            )
            stages = [(stage, entered) for (_, entered), stage in pairs]
        last = [entered for _, entered in stages][-1]
        values = self.closing(last)
        if self.happens(0.1):
            values["amount"] = Decimal(self.random.choice((-1, 0, 5)))
        values["lost_reason"] = self.random.choice(REASONS)
        self.world.deal(
            deal_id,
            *stages,
            relation_id=relation_id if self.happens(0.97) else None,
            created=self.creation(stages[0][1]),
            pipeline=pipeline,
            **values,
        )
        self.spoil_history(len(stages))
        for _ in range(self.random.choice((0, 0, 1, 3))):
            self.world.touch(deal_id, self.moment() if self.happens(0.5) else self.later(last))

    def closing(self, last: datetime) -> dict[str, Any]:
        """A close date: none, with the last stage, around it, or anywhere; a day or an instant."""
        kind = self.random.random()
        if kind < 0.1:
            return {}
        closed = last
        if kind < 0.5:
            closed = last + timedelta(days=self.random.choice((-40, -3, -1, 0, 1, 5, 100)))
        elif kind < 0.7:
            closed = self.moment()
        if self.happens(0.5):
            return {"closed_on": closed.astimezone(ZONE).date()}
        return {"closed_at": closed}

    def creation(self, first: datetime) -> datetime | None:
        """Creation with the first stage, before it, seldom unknown or after it."""
        kind = self.random.random()
        if kind < 0.7:
            return first
        if kind < 0.9:
            return first - timedelta(days=self.random.choice((0, 1, 90, 365)), hours=3)
        return None if kind < 0.95 else self.later(first)

    def spoil_history(self, count: int) -> None:
        """Seldom: no history, versions first seen by us, or a present stage it does not know."""
        rows = self.world.deal_changes
        kind = self.random.random()
        if kind < 0.08:
            del rows[-count:]
        elif kind < 0.16:
            for row in rows[-count:]:
                row["is_seen"] = self.happens(0.4)
        elif kind < 0.2:
            self.world.deals[-1]["stage"] = self.random.choice((*OPEN_STAGES, *ODD_STAGES, None))
