"""The fault matrix, taken: every fault on every call at every moment, and what stands in the end.

A cell is one fault that hits one call of a run over a small account in which a change makes every
kind of call happen. Whatever the fault does to that run, the runs after it must leave what an
undisturbed run leaves: in the mirror that compute reads, and in the CRM.

By hand, all of it: `python -m tests.acceptance.fault_cells [word in the names of cells]`.
"""

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import get_args
from unittest import mock

import polars as pl

from connector.http.retry import Timer
from connector.hubspot.adapter import HubSpotAdapter
from connector.ports import ConnectorError
from connector.sandbox import Portal, Sandbox
from jobs.compute import compute_results
from jobs.outcome import Report, Request
from jobs.runs import run_sync
from jobs.wiring import Wiring, build_crm
from kpis.compute import Results
from mappings.stages import StageReading
from store.store import Store
from store.table import METADATA
from tests.acceptance.fault_table import CALLS, CELLS, LASTING, SLOW_S, TRIES, Cell, Door
from tests.acceptance.portal_copy import kept, made
from tests.acceptance.small_account import AS_OF, BEGIN, STAGES, small_account, values_of_ours
from tests.acceptance.workplace import Workplace, silent

State = dict[str, object]

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
NEXT_RUN = 2 * HOUR
"""Later than the hour for which a task whose fate is unknown is left alone."""
TYPES = ("companies", "contacts", "deals", "meetings", "tasks")
"""One activity with links stands for all of them, and the type that tasks of sellers take."""
PAGE_SIZE = 4  # so that lists and searches have several pages
PATIENCE_S, MUCH_PATIENCE_S = SLOW_S / 2, 30.0
OWNERS = ("1", "2", "3")
TABLES = set(METADATA.tables) - {"cursors", "runs", "rejections", "state", "journal"}
"""All tables but those of positions and runs; of the journal, what it can bring back."""
WHEN_SAVED = {"seen_at", "modified_at", "written_at", "mirror_version"}


@dataclass(slots=True)
class Clock:
    """The time of the account and of this machine, which passes in waits alone."""

    now: datetime = AS_OF
    waited_s: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.now += timedelta(milliseconds=round(seconds * 1000))
        self.waited_s += seconds

    def seconds(self) -> float:
        """Time as the client of the CRM measures it: what really passed, and what it waited."""
        return time.monotonic() + self.waited_s


@dataclass(frozen=True, slots=True)
class Scene:
    """An account and a store, to be copied for each run over them."""

    account: bytes
    store: sqlite3.Connection
    now: datetime


@dataclass(slots=True)
class World:
    """One look-alike and one place of work, in which any scene can be set up.

    Attributes:
        wiring: configuration, mapping and store; the adapter is another one in each run.
        tables: a door of our own to the file of the store.
        results: what every run after the first one computes.
        patience_s: how long a run waits for an answer.
    """

    sandbox: Sandbox
    clock: Clock
    wiring: Wiring
    tables: sqlite3.Connection
    scenes: dict[Door, Scene] = field(default_factory=dict)
    calm: dict[Door, State] = field(default_factory=dict)
    results: tuple[Results, StageReading] | None = None
    patience_s: float = MUCH_PATIENCE_S

    def enter(self, door: Door) -> None:
        """Set up the scene that a run through this door finds."""
        scene = self.scenes[door]
        scene.store.backup(self.tables)
        self.clock.now = scene.now
        self.sandbox.faults.clear()
        self.sandbox.portal = self.sandbox._api.portal = made(scene.account)

    def keep(self, door: Door) -> None:
        """Keep what stands now as the scene of a door."""
        tables = sqlite3.connect(":memory:")
        self.tables.backup(tables)
        self.scenes[door] = Scene(kept(self.sandbox.portal), tables, self.clock.now)

    @contextmanager
    def opened(self) -> Iterator[Wiring]:
        """The account as a process finds it that has just begun."""
        opened = self.wiring
        waits = {"timeout_s": self.patience_s}
        config = opened.config.model_copy(
            update={"crm": opened.config.crm.model_copy(update=waits)}
        )
        crm = build_crm(config, opened.mapping, opened.parameters, opened.stop)
        assert isinstance(crm, HubSpotAdapter)
        try:
            yield replace(opened, crm=crm)
        finally:
            crm._http.close()
            crm._once.close()

    def run(self, *steps: str, is_full: bool = False) -> Report:
        """Take one run."""
        request = Request(steps=frozenset(steps), is_full=is_full, as_of=AS_OF + DAY)
        with self.opened() as wiring:
            return run_sync(wiring, request, silent)

    def run_through(self, door: Door) -> Report:
        """Take the run that a door stands for."""
        steps = ("compute", "write") if door == "write" else ("pull",)
        return self.run(*steps, is_full=door == "full")

    def state(self, door: Door) -> State:
        """What stands in the end: what compute reads, what is still to be read, and the CRM.

        Where tasks were written, only a later run brings them into the mirror.
        """
        tables = TABLES - {"activities"} if door == "write" else TABLES
        state: State = {name: rows(self.tables, name) for name in sorted(tables)}
        state["stood"] = stood(self.tables)
        state["crm"] = values_of_ours(self.sandbox.portal)
        state["tasks"] = tasks_of(self.sandbox.portal)
        return state


def patient(hands: Clock, stop: threading.Event | None, **_: object) -> Timer:
    """Timer of a client whose waits move the hands of a clock and take no time."""
    return Timer(stop, sleep=hands.sleep, clock=hands.seconds)


def rows(store: sqlite3.Connection, table: str) -> list[str]:
    """Rows of a table in an order of their own, without what tells when they were saved."""
    found = store.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of our own names
    names = [one[0] for one in found.description]
    kept = [place for place, name in enumerate(names) if name not in WHEN_SAVED]
    return sorted(repr([row[place] for place in kept]) for row in found)


def stood(store: sqlite3.Connection) -> list[str]:
    """What an undo of everything would bring back: of each value that which stood first."""
    first: dict[tuple[str, str, str], str] = {}
    for kind, one, changes in store.execute(
        "SELECT object_type, external_id, changes FROM journal ORDER BY run_id"
    ):
        for name, (before, _) in json.loads(changes).items():
            first.setdefault((kind, one, name), before)
    return sorted(repr(one) for one in first.items())


def tasks_of(portal: Portal) -> list[tuple[str, ...]]:
    """Tasks that stand in the account, as a seller sees them."""
    names = ("hubspot_owner_id", "hs_task_subject", "hs_task_body", "hs_task_status")
    return sorted(
        tuple(task.values.get(name, "") for name in names)
        for task in portal.objects["tasks"].values()
        if task.archived_ms is None
    )


@contextmanager
def built_world(folder: Path) -> Iterator[World]:
    """Build the account, take the first run, let it change, and take each undisturbed run."""
    clock = Clock()
    with ExitStack() as exits:

        def patch(what: str, by: object) -> None:
            exits.enter_context(mock.patch(what, by))

        patch("jobs.wiring.clock", clock)
        patch("connector.hubspot.description.PULLED_TYPES", TYPES)
        patch("connector.http.client.Timer", partial(patient, clock))
        sandbox = exits.enter_context(Sandbox(account(), clock=clock, limits=None, routes=()))
        place = _place(folder, sandbox)
        place.set_up()
        wiring = exits.enter_context(place.opened())
        tables = exits.enter_context(closing(sqlite3.connect(folder / "store.db")))
        tables.execute("PRAGMA synchronous = OFF")
        world = World(sandbox, clock, replace(wiring, clock=clock), tables)
        patch("jobs.compute.compute_results", partial(_computed, world))
        _build(world)
        try:
            yield world
        finally:
            for scene in world.scenes.values():
                scene.store.close()


def _place(folder: Path, sandbox: Sandbox) -> Workplace:
    extra = "seller_metrics: {crm_task: true}\nrevenue: {target: hubspot_goals}\n"
    place = Workplace(folder, sandbox.base_url, extra=extra)
    text = place.config.read_text()
    paged = text.replace("  lag_s: 0\n", f"  lag_s: 0\n  page_size: {PAGE_SIZE}\n")
    place.config.write_text(paged)
    return place


def account() -> Portal:
    """The small account with three sellers, a goal, a split, and a meeting."""
    portal = small_account()
    for owner in OWNERS[1:]:
        portal.add_owner(owner, "Piet", f"Verborgen {owner}", f"o{owner}@secret.example")
    for number in range(5, 13):
        owned = {"hubspot_owner_id": "2" if number < 9 else "3"}
        for kind in ("companies", "deals"):
            portal.set_values(kind, str(number), owned, at=BEGIN)
    year = BEGIN.replace(month=1, day=1, hour=0)
    portal.add_goal("1", "1", "500000", year, year.replace(year=2027), at=BEGIN)
    portal.add_split("1", "1", "0.6")
    portal.add_split("1", "2", "0.4")
    add_meeting(portal, "1", "1", at=BEGIN)
    return portal


def add_meeting(portal: Portal, one: str, company: str, *, at: datetime) -> None:
    """Add a meeting with the contact of a company."""
    values = {"hs_timestamp": f"{at:%Y-%m-%dT%H:%M:%SZ}", "hs_meeting_outcome": "COMPLETED"}
    portal.add_record("meetings", one, values, at=at)
    for kind in ("companies", "contacts", "deals"):
        portal.associate("meetings", one, kind, company)


def describe_otherwise(portal: Portal, at: datetime) -> None:
    """Change what the account says of itself."""
    portal.add_owner("4", "Joost", "Geheim", "joost@secret.example")
    portal.add_pipeline("second", "Other sales", STAGES)
    portal.set_values("goal_targets", "1", {"hs_target_amount": "600000"}, at=at)


def change(portal: Portal, at: datetime) -> None:
    """Change records so that every kind of call is needed to follow them."""
    portal.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=at)
    for number in range(3, 13):  # more than one answer of a search can tell
        portal.set_values("deals", str(number), {"amount": f"{number}000"}, at=at)
    portal.set_values("deals", "4", {"dealstage": "closedlost"}, at=at)
    portal.add_split("4", "1", "0.5")
    portal.add_split("4", "3", "0.5")
    portal.archive("contacts", "6", at=at)
    portal.archive("companies", "7", at=at)
    portal.add_record("contacts", "13", {"firstname": "Piet"}, at=at)
    portal.associate("contacts", "13", "companies", "3", "Primary")
    add_meeting(portal, "2", "3", at=at)


def _build(world: World) -> None:
    """Make the scene of each door, and take its run undisturbed."""
    clock, crm = world.clock, world.sandbox
    world.run("pull", "compute", "write")
    clock.now += DAY / 2
    describe_otherwise(crm.portal, clock.now)
    clock.now += DAY / 2
    world.keep("described")
    world.run("pull")  # what the account says of itself is known for an hour from here
    change(crm.portal, clock.now)
    clock.now += HOUR / 2
    world.keep("changes")
    world.keep("full")
    world.run("pull")
    _forget_week(world.wiring.store)
    world.keep("write")
    for door in get_args(Door):
        world.enter(door)
        report = world.run_through(door)
        assert report.status == "done"
        if report.results is not None and report.stages is not None:
            world.results = report.results, report.stages
        world.calm[door] = world.state(door)


def _forget_week(store: Store) -> None:
    """Let the digests of this week be due again, and let one task be sought, its id forgotten."""
    store.save_state("seller_task:1", None)
    for key in ("seller_task:2", "seller_task:3"):
        if kept := store.read_state(key):
            store.save_state(key, json.dumps(json.loads(kept) | {"digest": None}))


def _computed(world: World, wiring: Wiring, *, as_of: datetime) -> tuple[Results, StageReading]:
    """Compute once; every later run rests on the same mirror.

    A seller has a top relation for the asking, so that a task is kept for each. The first run,
    which makes the tasks of two sellers, says less of them than the one after it.
    """
    if world.results is not None:
        return world.results
    results, stages = compute_results(wiring, as_of=as_of)
    is_first = "write" not in world.scenes
    late = "2" if is_first else ""
    sellers = results.sellers.with_columns(kpi1=pl.lit(1 if is_first else 2, pl.Int64))
    relations = results.relations.with_columns(is_top_relation=pl.col("owner") != late)
    return replace(results, sellers=sellers, relations=relations), stages


def taken(world: World, cell: Cell) -> tuple[list[str], State]:
    """Take the run that a cell disturbs and those after it; how they ended, and what stands."""
    target = CALLS[cell.call]
    world.enter(target.door)
    world.sandbox.faults.add(cell.coming)
    world.patience_s = PATIENCE_S if cell.fault == "slow" else MUCH_PATIENCE_S
    ends = [_end(partial(world.run_through, target.door))]
    if cell.fault == "slow" and target.door == "write":
        threading.Event().wait(SLOW_S)  # what is late is still to be done
    most = TRIES + 1 if cell.lasts else 2
    while ends[-1] != "done" and len(ends) < most:
        world.clock.now += NEXT_RUN
        ends.append(_end(partial(world.run, *_next_steps(target.door))))
    return ends, world.state(target.door)


def _next_steps(door: Door) -> tuple[str, ...]:
    return ("pull", "compute", "write") if door == "write" else ("pull",)


def _end(run: Callable[[], Report]) -> str:
    """How a run ended: its status, or what it failed of."""
    try:
        return run().status
    except ConnectorError as error:
        return str(error)


def faults_of(world: World, cell: Cell) -> list[str]:
    """Take a cell; what is wrong with it in the end."""
    ends, state = taken(world, cell)
    calm = world.calm[CALLS[cell.call].door]
    found = [f"{name} differs" for name in calm if state[name] != calm[name]]
    if ends[-1] != "done":
        found.append(f"the last of {len(ends)} runs ended: {ends[-1]}")
    if cell.is_ridden_out and len(ends) > 1:
        found.append(f"the first run failed: {ends[0]}")
    if cell.lasts and len(ends) == 1:
        found.append("no run failed of a fault that lasts")
    if (left := world.sandbox.faults.left()) and not cell.lasts:  # what is late is done at last
        found.append(f"{left} calls were not hit")
    return found


def main() -> int:
    """Take all cells, or those whose name holds a word, and say which are wrong."""
    words, known = sys.argv[1:], [*CELLS, *LASTING]
    cells = [cell for cell in known if all(word in str(cell) for word in words)]
    wrong, began = 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, built_world(Path(folder)) as world:
        for cell in cells:
            if found := faults_of(world, cell):
                wrong += 1
                _say(f"WRONG {cell}: {found}")
    seconds = time.perf_counter() - began
    _say(f"{len(known)} cells, {len(cells)} taken in {seconds:.0f} s, {wrong} wrong")
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
