"""The phase of random accounts against a plain reading of chapter 3 that shares no code with it."""

from datetime import date
from typing import Any

import pytest

from kpis.vocabulary import Phase
from tests.reference.compare import (
    DEAL_FIELDS,
    RELATION_FIELDS,
    deals_read,
    differences,
    plainly,
    relations_read,
)
from tests.reference.generator import random_account, random_parameters
from tests.reference.history import Transition
from tests.reference.phases import read_conversion
from tests.unit.kpis.phase.world import AS_OF, together
from tests.unit.kpis.test_examples_e6_e11 import E6, E11

RELATIONS_EACH = 100
SEEDS = range(12)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", SEEDS)
def test_phase_equals_the_plain_reading_on_a_random_account(seed):
    world, as_of = random_account(seed, RELATIONS_EACH)
    sections = random_parameters(seed)

    differing = differences(world, as_of, **sections)

    assert len(world.companies) == RELATIONS_EACH
    assert differing == {}


def test_random_accounts_hold_every_phase_source_direction_and_status():
    seen: dict[str, set[Any]] = {name: set() for name in (*RELATION_FIELDS, *DEAL_FIELDS)}
    for seed in range(8):
        readings = plainly(*random_account(seed, RELATIONS_EACH))
        for row in [*relations_read(readings).values(), *deals_read(readings).values()]:
            for name in row.keys() & seen.keys():
                seen[name].add(row[name])

    phases = {"no_interest", "orienting", "interest", "quote", "order"}
    sources = {"locked", "declared", "deal", "decay", "lead_status", "none"}
    directions = {"recorded", "forward", "backward", "new_cycle", "decay", "resumed", None}
    assert seen["buying_phase"] == {*phases, "unknown"}
    assert seen["deal_phase"] == {*phases, None}
    assert seen["phase_source"] == sources
    assert seen["phase_direction"] == directions
    assert seen["phase_status"] == {"on_track", "at_risk", "stalled", "reverify", None}
    for flag in ("phase_conflict", "deal_decides_phase", "is_stale"):
        assert seen[flag] == {True, False}


def test_plain_reading_tells_example_e6():
    readings = plainly(together(world for _, world, *_ in E6), AS_OF)

    for reading, (name, _, phase, since, _, remarks) in zip(
        readings.relations.values(), E6, strict=True
    ):
        expected = {
            "buying_phase": phase,
            "phase_since": None if since is None else date.fromisoformat(since),
            **{column: value for column, value in remarks.items() if column in RELATION_FIELDS},
        }
        assert (name, {column: getattr(reading, column) for column in expected}) == (name, expected)


def test_plain_reading_tells_example_e11():
    day = date(2026, 5, 1)
    lines = [Transition(day, Phase(old), Phase(new), "deal", way, "S1") for old, new, way in E11]

    exits = read_conversion(lines)

    assert exits[Phase.ORIENTING] == (3, 3)
    assert exits[Phase.INTEREST] == (2, 3)
    assert exits[Phase.QUOTE] == (1, 2)
    assert exits[Phase.NO_INTEREST] == (0, 0)
