"""Opportunities with their stage history: the phases of an account follow its source step by step.

Everything expected is computed here from the source by plain Python, for the 53 accounts with
exactly one opportunity: there the phase of the account is that of the opportunity. No two steps
follow each other within less than 24 hours, so nothing is dropped as taken back at once.
"""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.load import load_portal
from kpis.compute import Results
from tests.acceptance.workplace import Workplace
from tests.build.salesforce import MAPPING, write_layout

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "salesforce-opportunity-history"
EXTRA = "reporting: {currency: USD, timezone: UTC}\n"
AS_OF = datetime(2022, 12, 31, 23, 59, 59, tzinfo=UTC)
PHASE = {
    "Prospecting": "orienting",
    "Qualification": "orienting",
    "Value Proposition": "interest",
    "Negotiation/Review": "quote",
    "Closed Won": "order",
    "Closed Lost": "no_interest",
}
RANK = ("unknown", "no_interest", "orienting", "interest", "quote", "order")
HOLD, STALE = timedelta(days=90), timedelta(days=180)

# What roams over everything counts no lines: that doubles its time, and tells nothing.
pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(
        not SOURCE.exists(), reason="the Salesforce data set is not at hand beside this checkout"
    ),
]


class Step(NamedTuple):
    """What holds from an instant on: a stage, or a phase."""

    at: datetime
    value: str
    by_time: bool = False


class Move(NamedTuple):
    """One change of phase."""

    day: str
    from_phase: str
    to_phase: str
    direction: str


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    target = tmp_path_factory.mktemp("salesforce")
    write_layout(SOURCE, target)
    return target


@pytest.fixture(scope="module")
def workplace(layout, tmp_path_factory) -> Workplace:
    """The whole source as files."""
    folder = tmp_path_factory.mktemp("salesforce-run")
    workplace = Workplace(folder, "http://127.0.0.1:1", extra=EXTRA, mapping=MAPPING)
    workplace.use_files(layout, folder / "results")
    return workplace


@pytest.fixture(scope="module")
def results(workplace: Workplace) -> Results:
    """What a run over the files computed; a second one found nothing to do."""
    first = workplace.sync(as_of=AS_OF)
    second = workplace.sync(as_of=AS_OF)
    assert first.status == "done"
    assert second.found == []
    assert first.results is not None
    return first.results


@pytest.fixture(scope="module")
def steps() -> dict[str, list[Step]]:
    """Stages of each opportunity, oldest first. Days are day first; noon keeps them in any zone."""
    found = defaultdict(list)
    for row in rows_of("Opportunity History.csv"):
        day, month, year = map(int, row["CreatedDate"].split("/"))
        found[row["OppID"]].append(
            Step(datetime(year, month, day, 12, tzinfo=UTC), row["StageName"])
        )
    return {one: sorted(entered) for one, entered in found.items()}


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    """Opportunity by account, of accounts with exactly one."""
    pairs = [(row["AccountId"], row["Id"]) for row in rows_of("Opportunity.csv")]
    count = Counter(account for account, _ in pairs)
    return {account: one for account, one in pairs if count[account] == 1}


def rows_of(name: str) -> list[dict[str, str]]:
    with (SOURCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def merged(steps: list[Step]) -> list[Step]:
    """First of each run of equal values."""
    return [one for at, one in enumerate(steps) if not at or steps[at - 1].value != one.value]


def without_reversals(steps: list[Step]) -> list[Step]:
    """Runs without what was taken back in less than 24 hours."""
    kept: list[Step] = []
    for one in merged(steps):
        is_back = len(kept) > 1 and kept[-2].value == one.value
        if is_back and one.at - kept[-1].at < timedelta(hours=24):
            kept.pop()
        else:
            kept.append(one)
    return kept


def phases(stages: list[Step], as_of: datetime = AS_OF) -> list[Step]:
    """Phases of an account with this one opportunity, by spec 3.2 and 3.3."""
    found: list[Step] = []
    runs = without_reversals(stages)
    for one, following in zip(runs, [*runs[1:], None], strict=True):
        found.append(Step(one.at, PHASE[one.value]))
        midnight = one.at.replace(hour=0)
        if one.value == "Closed Won":
            found.append(Step(midnight + HOLD, "orienting", by_time=True))
        elif one.value != "Closed Lost":
            stale_at = midnight + STALE
            if following is None or stale_at < following.at:
                found.append(Step(stale_at, "orienting"))
    past = [one for one in found if one.at <= as_of]
    return without_reversals([Step(datetime.min.replace(tzinfo=UTC), "unknown"), *past])


def moves(stages: list[Step], as_of: datetime = AS_OF) -> list[Move]:
    found = []
    for before, after in pairwise(phases(stages, as_of)):
        if before.value == "unknown":
            direction = "recorded"
        elif after.by_time:
            direction = "decay"
        else:
            is_forward = RANK.index(after.value) > RANK.index(before.value)
            direction = "forward" if is_forward else "backward"
        found.append(Move(after.at.date().isoformat(), before.value, after.value, direction))
    return found


def is_stale(one: Step) -> bool:
    """Stages are entered at noon; what starts at midnight starts by the clock."""
    return one.value == "orienting" and one.at.hour == 0 and not one.by_time


def line(move: Move) -> str:
    source = "decay" if move.direction == "decay" else "deal"
    return f"{move.day} {move.from_phase}>{move.to_phase} ({source})"


def told(results: Results) -> dict[str, list[Move]]:
    """Changes of phase by account, as computed."""
    names = dict(results.relations.select("relation_id", "name").iter_rows())
    columns = ("relation_id", "changed_on", "from", "to", "direction")
    found = defaultdict(list)
    for relation_id, day, *rest in results.transitions.select(columns).iter_rows():
        found[names[relation_id]].append(Move(day.isoformat(), *rest))
    return found


def test_phases_equal_the_source_step_by_step_through_files(results, steps, alone):
    """All moves of the 53 accounts, in order.

    Of their 90 steps 43 repeat the phase before them (a repeated stage, or Prospecting beside
    Qualification) and are merged. What is left are 53 first phases, 24 moves forward and 30
    backward, 9 of these because the opportunity went stale; 16 holds of an order ended by time.
    """
    found = told(results)
    expected = {account: moves(steps[one]) for account, one in alone.items()}

    assert {account: found[account] for account in alone} == expected
    assert Counter(move.direction for account in alone for move in found[account]) == {
        "recorded": 53,
        "forward": 24,
        "backward": 30,
        "decay": 16,
    }
    pairs = [pair for one in alone.values() for pair in pairwise(steps[one])]
    assert len(pairs) == 90
    assert sum(PHASE[before.value] == PHASE[after.value] for before, after in pairs) == 43
    stale = [one for account in alone.values() for one in phases(steps[account]) if is_stale(one)]
    assert len(stale) == 9


def test_the_history_on_an_account_tells_the_same_newest_first(results, steps, alone):
    written = dict(results.relations.select("name", "phase_history").iter_rows())

    assert {account: written[account] for account in alone} == {
        account: "\n".join(line(move) for move in reversed(moves(steps[one])))
        for account, one in alone.items()
    }


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("day", "count"), [("2022-03-31", 26), ("2022-06-30", 47), ("2022-09-30", 50)]
)
def test_a_past_day_knows_nothing_of_later_stages(workplace, steps, alone, day, count):
    """Of opportunities that had entered a stage by then: in a CRM every deal always has one."""
    as_of = datetime.fromisoformat(f"{day}T23:59:59+00:00")
    begun = {account: one for account, one in alone.items() if steps[one][0].at <= as_of}

    rows = workplace.report("relations", "--as-of", as_of.isoformat())

    written = {row["name"]: row["phase_history"] for row in rows}
    assert len(begun) == count
    assert {account: written[account] for account in begun} == {
        account: "\n".join(line(move) for move in reversed(moves(steps[one], as_of)))
        for account, one in begun.items()
    }


def test_dates_of_the_source_are_read_day_first(results):
    """With the month first, 06/04/2022 would be in June, and 18/03/2022 no day at all."""
    written = dict(results.relations.select("name", "phase_history").iter_rows())

    assert written["0018d000007K0PaAAK"].split("\n") == [
        "2022-10-20 order>orienting (decay)",
        "2022-07-22 orienting>order (deal)",
        "2022-04-06 quote>orienting (deal)",
        "2022-03-20 orienting>quote (deal)",
        "2022-03-18 unknown>orienting (deal)",
    ]


def test_phases_equal_the_source_step_by_step_through_the_api(layout, steps, alone, tmp_path):
    with Sandbox(load_portal(layout), limits=None) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url, extra=EXTRA, mapping=MAPPING)
        workplace.set_up()

        first = workplace.sync(as_of=AS_OF)
        second = workplace.sync(as_of=AS_OF)

    assert first.status == "done"
    assert second.found == []
    assert first.results is not None
    found = told(first.results)
    assert {account: found[account] for account in alone} == {
        account: moves(steps[one]) for account, one in alone.items()
    }


def test_nothing_of_the_source_is_lost(results, steps):
    """219 opportunities with 365 steps: 186 stages forward, 72 back, 107 to the same stage again.

    Closed Lost stands last in the order of the source, so losing counts as forward here.
    """
    order = list(PHASE)
    pairs = [pair for entered in steps.values() for pair in pairwise(entered)]
    ranks = [(order.index(before.value), order.index(after.value)) for before, after in pairs]

    assert (len(steps), len(pairs)) == (219, 365)
    assert Counter((after > before) - (after < before) for before, after in ranks) == {
        1: 186,
        -1: 72,
        0: 107,
    }
    assert (results.deals.height, results.relations.height) == (219, 118)
