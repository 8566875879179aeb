"""A run that is killed at any moment loses nothing: the next one ends as an undisturbed run ends.

By hand, larger: `python tests/acceptance/test_kill.py --companies 5000 --kills 20 --seed 1`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from connector.sandbox import Portal, Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from jobs.wiring import clock
from tests.acceptance.small_account import values_of_ours
from tests.acceptance.workplace import Workplace

Values = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Calm:
    """A run that nobody disturbed: how long it took, and what stood in the CRM after it."""

    seconds: float
    values: Values


@pytest.mark.no_cover
def test_run_after_a_kill_ends_as_an_undisturbed_one(tmp_path):
    as_of = clock()
    calm = undisturbed(tmp_path / "calm", companies=120, as_of=as_of)
    dice = Random(11)  # noqa: S311 - a dice, no secret
    moments = spread(dice, kills=2, first=0.3 * calm.seconds, last=calm.seconds)

    for number, moment in enumerate(moments):
        folder = tmp_path / str(number)
        _, values = killed_and_ended(folder, companies=120, as_of=as_of, moment=moment)

        assert sum(map(len, calm.values.values())) > 1000
        assert values == calm.values, f"killed after {moment:.2f} s"


def spread(random: Random, *, kills: int, first: float, last: float) -> list[float]:
    """Random moments in seconds, one in each equal part of the time between two."""
    part = (last - first) / kills
    return [first + (number + random.random()) * part for number in range(kills)]


def undisturbed(folder: Path, *, companies: int, as_of: datetime) -> Calm:
    """Take one run on a fresh account to its end."""
    with twin(folder, companies=companies, as_of=as_of) as (place, portal):
        before = time.perf_counter()
        _end(place, as_of)
        return Calm(time.perf_counter() - before, values_of_ours(portal))


def killed_and_ended(
    folder: Path, *, companies: int, as_of: datetime, moment: float
) -> tuple[float, Values]:
    """Kill a run on a fresh account, then take one to its end.

    Returns:
        The moment of the kill, earlier than asked for when the run was over by then, and the values
        that stand in the CRM at the end.
    """
    with twin(folder, companies=companies, as_of=as_of) as (place, portal):
        if _kill(place, as_of, moment):
            place.sync(as_of=as_of)
            return moment, values_of_ours(portal)
    again = folder / "earlier"
    return killed_and_ended(again, companies=companies, as_of=as_of, moment=moment / 2)


@contextmanager
def twin(folder: Path, *, companies: int, as_of: datetime) -> Iterator[tuple[Workplace, Portal]]:
    """Give a fresh account with the same records each time, set up, beside an empty store."""
    folder.mkdir()
    portal = demo_portal(today=as_of.date(), companies=companies)
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        place = Workplace(folder, sandbox.base_url, mapping=DEMO_MAPPING.read_text())
        place.set_up()
        yield place, portal


def _end(place: Workplace, as_of: datetime) -> None:
    with place.start("sync", "--as-of", as_of.isoformat()) as process:
        _, said = process.communicate()
        assert process.returncode == 0, said


def _kill(place: Workplace, as_of: datetime, moment: float) -> bool:
    """Start a run and kill it as `kill -9` does; say whether it was still at work."""
    with place.start("sync", "--as-of", as_of.isoformat()) as process:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        return process.returncode < 0


def main() -> int:
    """Kill as often as asked, and say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    as_of, wrong = clock(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calm = undisturbed(folder / "calm", companies=asked.companies, as_of=as_of)
        count = sum(map(len, calm.values.values()))
        _say(f"undisturbed run: {calm.seconds:.1f} s, {count} values of ours in the CRM")
        dice = Random(asked.seed)  # noqa: S311 - a dice, no secret
        moments = spread(dice, kills=asked.kills, first=0, last=calm.seconds)
        for number, moment in enumerate(moments, 1):
            at, values = killed_and_ended(
                folder / str(number), companies=asked.companies, as_of=as_of, moment=moment
            )
            differ = sum(values[one] != calm.values[one] for one in calm.values)
            wrong += bool(differ)
            _say(f"kill {number}: after {at:.2f} s: {differ} records differ at the end")
    _say(f"{asked.kills} kills: " + (f"{wrong} WRONG" if wrong else "all values equal"))
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
