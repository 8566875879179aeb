"""What one deal stands for at an instant, read plainly (spec 3.2 and 3.3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kpis.parameters import PhaseParameters
from kpis.vocabulary import Phase
from tests.reference.versions import drop_reversals, read_runs


def order_of(record_id: str) -> tuple[int, str]:
    """Key that puts ids in their numeric order (spec 0)."""
    return len(record_id), record_id


@dataclass(frozen=True)
class Open:
    """An open deal in a mapped phase.

    `entered_at` is the entry of its stage, `since` the day on which its contiguous stages of the
    same phase began.
    """

    deal_id: str
    phase: Phase
    created_at: datetime | None
    entered_at: datetime
    since: date


@dataclass(frozen=True)
class Won:
    """A won deal that is no credit note."""

    deal_id: str
    at: datetime
    day: date


@dataclass(frozen=True)
class Lost:
    """A lost deal, or a stale one that counts as lost without decision."""

    deal_id: str
    at: datetime
    phase: Phase


@dataclass(frozen=True)
class Spell:
    """A stage from its entry on, with what the mapping and the pipeline say of it."""

    start: datetime
    outcome: str | None
    is_won: bool
    is_lost: bool

    @property
    def phase(self) -> Phase | None:
        """Phase of an open stage; null when it says nothing or is closed."""
        if self.is_won or self.is_lost or self.outcome in {None, "ignore", "lost"}:
            return None
        return Phase(self.outcome)


@dataclass(frozen=True)
class Deal:
    """One deal: what it is now, its stages in order and the times of its activities."""

    deal_id: str
    relation_id: str | None
    present: Spell  # its start is void
    is_credit: bool
    created_at: datetime | None
    close_day: date | None
    closed_from: datetime | None  # null: not closed, or closed by its stage alone
    lost_phase: Phase
    undecided_phase: Phase
    spells: tuple[Spell, ...]
    touches: tuple[datetime, ...]
    stale_after: int
    zone: ZoneInfo

    def day(self, t: datetime) -> date:
        return t.astimezone(self.zone).date()

    def state(self, t: datetime) -> Open | Won | Lost | None:
        """What it is at the instant, by the stages known then; null when it is no evidence."""
        if self.closed_from is not None and self.closed_from <= t:
            return self._closed_state(self.closed_from)
        index = self._index_at(t)
        if index is None:
            return None
        spell = self.spells[index]
        if spell.outcome == "lost":
            return Lost(self.deal_id, spell.start, self.lost_phase)
        if spell.phase is None:
            return None
        first = index
        while first > 0 and self.spells[first - 1].phase == spell.phase:
            first -= 1
        since = self.day(self.spells[first].start)
        return Open(self.deal_id, spell.phase, self.created_at, spell.start, since)

    def _closed_state(self, at: datetime) -> Won | Lost | None:
        if self.present.is_won:
            if self.is_credit or self.present.outcome != "order":
                return None
            return Won(self.deal_id, at, self.close_day or self.day(at))
        if self.present.outcome == "lost":
            return Lost(self.deal_id, at, self.lost_phase)
        return None

    def _index_at(self, t: datetime) -> int | None:
        started = [index for index, spell in enumerate(self.spells) if spell.start <= t]
        return started[-1] if started else None

    def stale_day(self, t: datetime) -> date:
        """Day on which it goes stale after the last stage change or activity before `t`."""
        seen = [spell.start for spell in self.spells if spell.start <= t]
        last = max([*seen, *(touch for touch in self.touches if touch <= t)])
        return self.day(last) + timedelta(days=self.stale_after)

    def is_stale(self, t: datetime) -> bool:
        """Whether it is open and nothing happened to it for the days of `stale_deal` (3.2)."""
        return isinstance(self.state(t), Open) and self.stale_day(t) <= self.day(t)

    def lost_or_stale(self, t: datetime) -> Lost | None:
        """The event of rule 6 that it is at the instant, wins apart."""
        state = self.state(t)
        if isinstance(state, Lost):
            return state
        if self.is_stale(t):
            start = datetime.combine(self.stale_day(t), time.min, tzinfo=self.zone)
            return Lost(self.deal_id, start.astimezone(UTC), self.undecided_phase)
        return None

    def deal_phase(self, as_of: datetime) -> Phase | None:
        """What it stands for alone (3.2)."""
        if self.present.is_won:
            is_won = isinstance(self.state(as_of), Won)
            return Phase.ORDER if is_won else None
        if self.present.outcome == "lost":
            return self.lost_phase
        return self.undecided_phase if self.is_stale(as_of) else self.present.phase

    def moments(self) -> set[datetime]:
        """Instants at which it can change what it stands for."""
        single = {t for t in (self.created_at, self.closed_from) if t is not None}
        return single | {spell.start for spell in self.spells} | set(self.touches)

    def stale_days(self) -> set[date]:
        """Days on which it can go stale."""
        moments = {spell.start for spell in self.spells} | set(self.touches)
        return {self.day(t) + timedelta(days=self.stale_after) for t in moments}


def read_deals(
    facts_rows: Iterable[Mapping[str, Any]],
    mirror: Any,
    meaning: Any,
    parameters: PhaseParameters,
    *,
    zone: ZoneInfo,
    as_of: datetime,
) -> list[Deal]:
    """Deals with their stages and activities up to `as_of`."""
    touches: dict[str, set[datetime]] = defaultdict(set)
    for touch in mirror.deal_touches.iter_rows(named=True):
        if touch["occurred_at"] <= as_of:
            touches[touch["deal_id"]].add(touch["occurred_at"])
    stages = list(meaning.stages.iter_rows(named=True))
    runs = read_runs(mirror.deal_changes.iter_rows(named=True), "stage", as_of)
    deals = []
    for facts in facts_rows:
        present = Spell(as_of, facts["outcome"], facts["is_won"], facts["is_lost"])
        is_closed = present.is_won or present.is_lost or present.outcome == "lost"
        is_past = facts["close_at"] is not None and facts["close_at"] <= as_of
        history = drop_reversals(
            runs.get(facts["deal_id"], []), parameters.reversal_hours, starts_empty=False
        )
        spells = [_spell(stages, facts["pipeline"], run.value, run.start) for run in history]
        present_from = history[-1].start if history else facts["created_at"]
        if present_from is not None:
            last = Spell(present_from, present.outcome, present.is_won, present.is_lost)
            spells = _since_created([*spells[:-1], last], facts["created_at"])
        deals.append(
            Deal(
                deal_id=facts["deal_id"],
                relation_id=facts["relation_id"],
                present=present,
                is_credit=facts["is_credit"],
                created_at=facts["created_at"],
                close_day=facts["close_day"],
                closed_from=facts["close_at"] if is_closed and is_past else None,
                lost_phase=lost_phase(meaning.lost_reasons, facts["lost_reason"]),
                undecided_phase=lost_phase(meaning.lost_reasons, "no_decision"),
                spells=tuple(spells),
                touches=tuple(sorted(touches[facts["deal_id"]])),
                stale_after=parameters.stale_deal,
                zone=zone,
            )
        )
    return deals


def _since_created(spells: list[Spell], created_at: datetime | None) -> list[Spell]:
    """Spells of the time in which the deal existed: before that it does not exist yet (0)."""
    if created_at is None:
        return spells
    ends = [*(spell.start for spell in spells[1:]), None]
    return [
        replace(spell, start=max(spell.start, created_at))
        for spell, end in zip(spells, ends, strict=True)
        if end is None or end > created_at
    ]


def lost_phase(reasons: Mapping[str, Phase], reason: str | None) -> Phase:
    """Phase of a lost deal by its reason (rule 6)."""
    key = "".join(letter if letter.isalnum() else "_" for letter in (reason or "").casefold())
    return reasons.get(key, reasons.get("default", Phase.NO_INTEREST))


def _spell(
    stages: list[Mapping[str, Any]], pipeline: str | None, stage: str | None, start: datetime
) -> Spell:
    """A past stage: of the present pipeline, else of the only other pipeline that knows it."""
    named = [row for row in stages if row["stage"] == stage]
    own = [row for row in named if row["pipeline"] == pipeline]
    found = own or (named if len(named) == 1 else [])
    if not found:
        return Spell(start, None, is_won=False, is_lost=False)
    return Spell(start, found[0]["outcome"], found[0]["is_won"], found[0]["is_lost"])
