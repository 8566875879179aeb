"""One soak: thousands of changes with runs between, then everything against a fresh start."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from connector.ports import ConnectorError
from connector.sandbox import Portal, Sandbox
from jobs.outcome import STEPS, Report
from jobs.setup import DAYS_IN_PHASE
from jobs.wiring import Wiring
from kpis.properties import properties_of
from store.errors import StoreError
from tests.soak.account import open_account, reopen, set_up, sync, workplace
from tests.soak.changes import change
from tests.soak.clock import FakeClock
from tests.soak.compare import (
    hand_over,
    mirror_differences,
    outbox_differences,
    true_versions,
    value_differences,
    version_differences,
)
from tests.soak.faults import Heart, Intruder, KilledError, draw_faults
from tests.soak.world import OBJECTS, World

START = datetime(2025, 2, 3, 8, 0, tzinfo=UTC)
"""In the past of any machine that runs this: a server's own date never lies before it."""

CHANGES = 2_000
BETWEEN_RUNS = (30, 80)
MOST_RUNS_TO_REST = 6
SKEWS_S = (-90, -20, 20, 90, 7_200)
COMPUTING = 0.4
"""Share of the runs that compute and write, which takes longer than the pull."""


@dataclass(slots=True)
class Result:
    """What became of one soak.

    Attributes:
        differences: what is not as it should be; empty when all is well.
        spent: seconds by kind of work.
    """

    seed: int
    seconds: float = 0.0
    cpu_s: float = 0.0
    runs: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    intrusions: int = 0
    faults: int = 0
    kills: int = 0
    differences: list[str] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def timed(self, work: str) -> Iterator[None]:
        """Count the time of a piece of work."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spent[work] += time.perf_counter() - started  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is soaked.

    Attributes:
        without: names of changes that do not happen.
        is_skewed: the service's clock may differ from that of the CRM.
        ends_full: end with a full run, which hides what nothing else would mend.
    """

    changes: int = CHANGES
    without: frozenset[str] = frozenset()
    is_skewed: bool = False
    ends_full: bool = False


PLAIN = Options()


class Soak:
    """One seed: everything random comes from it."""

    def __init__(self, seed: int, folder: Path, options: Options) -> None:
        self.dice = Random(seed)  # noqa: S311 - a dice, no secret
        self.folder = folder
        self.options = options
        self.result = Result(seed)
        self.clock = FakeClock(
            START,
            tick_ms=self.dice.choice((1, 40, 400)),
            skew_s=self.dice.choice(SKEWS_S) if options.is_skewed else 0,
        )
        self.world = World(self.clock, self.dice)
        self.other_dice = Random(-seed - 1)  # noqa: S311 - a dice, no secret
        self.heart = Heart(lambda: self.sandbox.faults)
        self.intruder = Intruder(self.clock, self.heart, self._intrude)
        self.sandbox = Sandbox(
            self.world.portal,
            clock=self.intruder,
            limits=None,
            routes=(),
            search_lag_s=self.dice.choice((0, 0, 5, 30, 90)),
        )
        self.settings = {
            "lag_s": self.dice.choice((0, 10, 120)),
            "overlap_s": self.dice.choice((300, 3600)),
            "page_size": self.dice.choice((20, 100, 100)),
        }

    def run(self) -> Result:
        """Soak, come to rest, compare."""
        random.seed(self.result.seed)  # of the waits between two tries
        started, cpu = time.perf_counter(), time.process_time()
        with self.sandbox:
            place = workplace(self.folder / "soaked", self.sandbox.base_url, settings=self.settings)
            wiring = open_account(place, self.clock, self.heart)
            set_up(wiring)
            self.world.own_names = own_names()
            wiring = self._soak(wiring)
            try:
                self._check(wiring)
            finally:
                wiring.close()
        self.result.seconds = time.perf_counter() - started
        self.result.cpu_s = time.process_time() - cpu
        self.result.intrusions = self.intruder.count
        self.result.differences += [f"soak: {error!r}" for error in self.intruder.errors]
        return self.result

    # the soak

    def _soak(self, wiring: Wiring) -> Wiring:
        while self.result.changes.total() < self.options.changes:
            with self.result.timed("changes"):
                self._live()
            if self._run(wiring) or self.dice.random() < 0.2:
                wiring = reopen(wiring, self.clock, self.heart)
        return wiring

    def _live(self) -> None:
        """Let time pass in which things happen."""
        count = self.dice.randint(*BETWEEN_RUNS)
        span_s = self.dice.choice((0, 60, 900, 900, 3_600, 20_000, 90_000, 260_000))
        for _ in range(count):
            self._change()
            self.clock.advance(self.dice.uniform(0, 2 * span_s / count))

    def _change(self) -> None:
        self.result.changes[change(self.world, without=self.options.without)] += 1

    def _intrude(self) -> None:
        """A change in the middle of a run: how many of them come about alters no other throw."""
        self.world.dice = self.other_dice
        try:
            self._change()
        finally:
            self.world.dice = self.dice

    def _run(self, wiring: Wiring) -> bool:
        """One run under whatever may go wrong; says whether its process is dead."""
        draw_faults(self.dice, self.sandbox.faults)
        planned = self.sandbox.faults.left()
        self.intruder.plan(self.dice, most=4, within=60)
        self.heart.revive(beats=self.dice.randrange(1, 250) if self.dice.random() < 0.15 else None)
        kind = self.dice.choices(("incremental", "full", "associations"), (80, 8, 12))[0]
        steps = STEPS if self.dice.random() < COMPUTING else ("pull",)
        try:
            with self.result.timed(f"runs {kind}"):
                sync(
                    wiring,
                    is_full=kind == "full",
                    with_associations=kind == "associations",
                    steps=frozenset(steps),
                )
            ended = "done"
        except KilledError:
            ended = "killed"
        except (ConnectorError, StoreError):
            ended = "failed"
        is_dead = self.heart.is_dead
        self.result.runs["killed" if is_dead else ended] += 1
        self.result.kills += is_dead
        self.result.faults += 0 if is_dead else planned - self.sandbox.faults.left()
        self.heart.revive(beats=None)
        self.intruder.clear()
        self.sandbox.faults.clear()
        return is_dead

    # the end

    def _check(self, wiring: Wiring) -> None:
        result = self.result
        with result.timed("to rest"):
            report = self._rest(wiring)
        if report is None:
            return
        with result.timed("fresh"):
            fresh = open_account(
                workplace(self.folder / "fresh", self.sandbox.base_url, settings=self.settings),
                self.clock,
            )
            try:
                compare_with_fresh(wiring, fresh, self.world.portal, report.as_of, result)
            finally:
                fresh.close()

    def _rest(self, wiring: Wiring) -> Report | None:
        """Run until nothing changes; returns the last run that computed."""
        self.clock.advance(86_400)
        if self.options.ends_full:
            sync(wiring, is_full=True)
        report = sync(wiring, with_associations=True)
        told = ""
        for _ in range(MOST_RUNS_TO_REST):
            self.clock.advance(900)
            writes = self._writes()
            latest = sync(wiring)
            report = report if latest.results is None else latest
            if self._is_still(latest) and self._writes() == writes:
                return report
            told = self._told(latest)
        self.result.differences.append(f"soak: no rest after {MOST_RUNS_TO_REST} runs: {told}")
        return None

    def _writes(self) -> int:
        return self.sandbox.calls["POST batch_update"]

    @staticmethod
    def _is_still(report: Report) -> bool:
        pulled = report.pulled
        changed = sum(one.changed for one in pulled.counts.values()) if pulled else 0
        return not changed and not report.found

    @staticmethod
    def _told(report: Report) -> str:
        pulled = report.pulled
        changed = {kind: one.changed for kind, one in pulled.counts.items()} if pulled else {}
        return f"changed {changed}, {len(report.found)} values to write"


def compare_with_fresh(
    soaked: Wiring, fresh: Wiring, portal: Portal, as_of: datetime, result: Result
) -> None:
    """Compare a soaked account with an empty one that is filled now, and with what stands."""
    sync(fresh, is_full=True, steps=frozenset({"pull"}))
    result.differences += mirror_differences(soaked.store, fresh.store)
    result.differences += version_differences(soaked.store, fresh.store, true_versions(fresh))
    result.differences += outbox_differences(soaked.store, portal)
    hand_over(soaked.store, fresh.store)
    result.differences += value_differences(fresh, portal, as_of=as_of)


def own_names() -> dict[str, list[str]]:
    """Our computed properties by object type, as set-up made them."""
    return {
        kind: [f"csk_{row.name}" for row in properties_of(kind, "out") if row.name != DAYS_IN_PHASE]
        for kind in OBJECTS
    }


def soak(seed: int, folder: Path, options: Options = PLAIN) -> Result:
    """Run one seed in a folder of its own."""
    return Soak(seed, folder, options).run()
