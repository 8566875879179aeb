"""Directions of changes at their bounds, on decisions made by hand (spec 3.3)."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from kpis.parameters import PhaseParameters
from kpis.phase.decide import DECLARED, LATEST_EVENT, NEW_CYCLE, OPEN_DEALS, ORDER_HOLD
from kpis.phase.history import changes_of_phase, last_of, with_owner_then
from tests.unit.kpis.phase.world import AS_OF, World

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("ms", "UTC")
RANK = {"no_interest": 1, "orienting": 2, "interest": 3, "quote": 4, "order": 5}

Decision = tuple[int, str, int, str, int | None, int | None]
"""Day, phase, rule, source, and the days of the last win and of the end of its hold."""


def directions(*given: Decision) -> list[str]:
    """Direction of each change."""

    def instant(day: int | None) -> datetime | None:
        return None if day is None else START + timedelta(days=day)

    decided = pl.DataFrame(
        [
            (0, instant(day), rule, source, instant(won), instant(hold_ends), RANK[phase])
            for day, phase, rule, source, won, hold_ends in given
        ],
        schema={
            "relation": pl.Int64(),
            "at": INSTANT,
            "rule": pl.Int8(),
            "source": pl.String(),
            "won_at": INSTANT,
            "hold_ends_at": INSTANT,
            "rank": pl.Int8(),
        },
        orient="row",
    )
    return changes_of_phase(decided, PhaseParameters())["direction"].to_list()


WON: Decision = (10, "order", ORDER_HOLD, "deal", 10, 40)


@pytest.mark.parametrize(
    ("after", "direction"),
    [
        ((40, "orienting", LATEST_EVENT, "decay", 10, 40), "decay"),
        ((40, "quote", DECLARED, "declared", 10, 40), "decay"),
        ((30, "quote", DECLARED, "declared", 10, 40), "backward"),
        ((30, "quote", NEW_CYCLE, "deal", 10, 40), "new_cycle"),
    ],
)
def test_order_phase_ends_by_time_by_a_word_or_by_a_newer_deal(after, direction):
    assert directions(WON, after) == ["recorded", direction]


def test_end_of_a_hold_that_another_rule_masked_is_no_passing_of_time():
    masked: Decision = (20, "quote", DECLARED, "declared", 10, 40)
    after: Decision = (40, "interest", OPEN_DEALS, "deal", 10, 40)

    assert directions(WON, masked, after) == ["recorded", "backward", "backward"]


@pytest.mark.parametrize(("won", "direction"), [(10, "decay"), (70, "backward")])
def test_lapse_is_the_passing_of_time_unless_another_win_moved_it(won, direction):
    faded: Decision = (40, "orienting", LATEST_EVENT, "decay", 10, 40)
    lapsed: Decision = (80, "no_interest", LATEST_EVENT, "decay", won, 40)

    assert directions(WON, faded, lapsed) == ["recorded", "decay", direction]


def test_lapse_is_compared_with_the_win_that_stood_just_before():
    faded: Decision = (40, "orienting", LATEST_EVENT, "decay", 20, 40)
    lapsed: Decision = (80, "no_interest", LATEST_EVENT, "decay", 20, 40)

    assert directions(WON, faded, lapsed) == ["recorded", "decay", "decay"]


@pytest.mark.parametrize(("won", "direction"), [(15, "resumed"), (20, "resumed"), (21, "forward")])
def test_hold_of_a_win_from_before_the_last_change_is_resumed(won, direction):
    first: Decision = (10, "interest", OPEN_DEALS, "deal", None, None)
    word: Decision = (20, "quote", DECLARED, "declared", None, None)
    held: Decision = (30, "order", ORDER_HOLD, "deal", won, 100)

    assert directions(first, word, held) == ["recorded", "forward", direction]


def test_phase_before_is_that_of_the_last_of_several_changes():
    day = date(2026, 6, 1)
    moves = pl.DataFrame(
        [
            (0, day, "unknown", "quote", "deal", "recorded"),
            (0, day, "quote", "order", "deal", "forward"),
        ],
        schema=["relation", "changed_on", "from", "to", "source", "direction"],
        orient="row",
    )

    row = last_of(moves, lines=1).row(0, named=True)

    assert (row["phase_previous"], row["phase_direction"]) == ("quote", "forward")
    assert row["phase_history"] == "2026-06-01 quote>order (deal)"


def test_change_from_before_the_first_known_owner_is_of_that_one_not_of_a_later_one():
    world = World().company("1", owner="C")
    world.sets("owner", "A", "2026-06-01").sets("owner", "B", "2026-06-10")
    companies = pl.DataFrame({"relation": [0], "relation_id": ["1"], "owner": ["C"]})
    changes = pl.DataFrame({"relation": [0], "at": [START]}, schema_overrides={"at": INSTANT})

    found = with_owner_then(changes, world.mirror(), companies, as_of=AS_OF)

    assert found["owner"].to_list() == ["A"]
