"""The soak with a service in processes of its own, which are killed as `kill -9` does."""

import subprocess
import time
from datetime import datetime
from pathlib import Path
from random import Random

from connector.sandbox import Sandbox
from jobs.basis import LAST_AS_OF_KEY
from tests.acceptance.workplace import Workplace
from tests.soak.account import workplace
from tests.soak.changes import OF_THE_ACCOUNT, change
from tests.soak.clock import RealClock
from tests.soak.faults import draw_faults
from tests.soak.soak import Result, compare_with_fresh, own_names
from tests.soak.world import World

CHANGES = 40
"""Between two runs."""

ROUNDS = 4
LATENCY_S = 0.02
LONGEST_S = 1.5
"""A kill comes within this time of a run's first call, which takes about as long."""

MOST_RUNS_TO_REST = 6
FAST = {"lag_s": 0, "overlap_s": 3600, "max_wait_s": 3}


def soak_and_kill(seed: int, folder: Path, *, ends_full: bool = False) -> Result:
    """Change, start a run, kill it at some moment, several times; then come to rest and compare."""
    dice = Random(seed)  # noqa: S311 - a dice, no secret
    clock, result = RealClock(), Result(seed)
    world = World(clock, dice)
    started = time.perf_counter()
    with Sandbox(
        world.portal, clock=clock.tick, limits=None, routes=(), latency_s=LATENCY_S
    ) as sandbox:
        place = workplace(folder / "soaked", sandbox.base_url, settings=FAST)
        place.set_up()
        world.own_names = own_names()
        for _ in range(ROUNDS):
            _change(world, result)
            draw_faults(dice, sandbox.faults)
            calls = sum(sandbox.calls.values())
            with place.start("sync", *_flags(dice)) as process:
                while process.poll() is None and sum(sandbox.calls.values()) == calls:
                    _wait(process, 0.02)  # however long the machine takes to start it
                _end(process, world, result, within_s=dice.uniform(0, LONGEST_S))
            sandbox.faults.clear()
        _rest(place, sandbox, result, first="--full" if ends_full else None)
        if not result.differences:
            _compare(folder, place, world, sandbox.base_url, result)
    result.seconds = time.perf_counter() - started
    return result


def _compare(folder: Path, place: Workplace, world: World, base_url: str, result: Result) -> None:
    other = workplace(folder / "fresh", base_url, settings=FAST)
    with place.opened() as soaked, other.opened() as fresh:
        as_of = datetime.fromisoformat(soaked.store.read_state(LAST_AS_OF_KEY) or "")
        compare_with_fresh(soaked, fresh, world.portal, as_of, result)


def _change(world: World, result: Result) -> None:
    for _ in range(CHANGES):
        result.changes[change(world, without=OF_THE_ACCOUNT)] += 1


def _flags(dice: Random) -> list[str]:
    return dice.choices(([], ["--full"], ["--associations"]), (8, 1, 1))[0]


def _end(
    process: "subprocess.Popen[str]", world: World, result: Result, *, within_s: float
) -> None:
    """Let a run work while the account changes, then kill it unless it is over."""
    deadline = time.perf_counter() + within_s
    while process.poll() is None and time.perf_counter() < deadline:
        _wait(process, 0.1)
        result.changes[change(world, without=OF_THE_ACCOUNT)] += 1
        result.intrusions += 1
    process.kill()
    process.communicate()
    is_killed = process.returncode < 0
    result.kills += is_killed
    result.runs["killed" if is_killed else "failed" if process.returncode == 1 else "done"] += 1


def _wait(process: "subprocess.Popen[str]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _rest(place: Workplace, sandbox: Sandbox, result: Result, *, first: str | None) -> None:
    """Run until a run writes nothing."""
    for flags in ([first] if first else [], ["--associations"], *[[]] * MOST_RUNS_TO_REST):
        writes = sandbox.calls["POST batch_update"]
        with place.start("sync", *flags) as process:
            _, said = process.communicate()
        result.runs["done"] += 1
        if process.returncode != 0:
            result.differences.append(f"kill: a run ended with {process.returncode}: {said}")
            return
        if not flags and result.runs["done"] > 1 and sandbox.calls["POST batch_update"] == writes:
            return
    result.differences.append(f"kill: no rest after {MOST_RUNS_TO_REST} runs")
