"""The phase of random accounts against a plain reading of chapter 3 that shares no code with it."""

from datetime import date, datetime
from typing import Any

import pytest

from kpis.deal import deal_facts
from kpis.parameters import Parameters
from kpis.phase import PhaseResults
from kpis.vocabulary import Phase
from tests.reference.generator import random_account, random_parameters
from tests.reference.history import Transition
from tests.reference.phases import Readings, read_conversion, read_phases
from tests.unit.kpis.phase.world import AS_OF, MEANING, World, together
from tests.unit.kpis.test_examples_e6_e11 import E6, E11

RELATIONS_EACH = 100
SEEDS = range(12)

RELATION_FIELDS = (
    "buying_phase",
    "phase_since",
    "phase_previous",
    "phase_source",
    "phase_direction",
    "phase_status",
    "phase_conflict",
)
DEAL_FIELDS = ("deal_phase", "deal_decides_phase", "is_stale")
LINE_FIELDS = ("changed_on", "from", "to", "source", "direction", "owner")

Told = dict[str, dict[str, Any]]


def plainly(world: World, as_of: datetime, **sections: Any) -> Readings:
    """The plain reading of a world."""
    mirror, parameters = world.mirror(), Parameters.model_validate(sections)
    return read_phases(
        deal_facts(mirror, MEANING, parameters, as_of=as_of).to_dicts(),
        mirror,
        MEANING,
        parameters,
        as_of=as_of,
        contact_days=[(met["relation_id"], met["day"]) for met in world.contact_days],
    )


def line_of(line: Transition) -> tuple[Any, ...]:
    return (
        line.changed_on,
        line.from_phase,
        line.to_phase,
        line.source,
        line.direction,
        line.owner,
    )


def relations_read(readings: Readings) -> Told:
    return {
        relation_id: {
            **{name: getattr(reading, name) for name in RELATION_FIELDS},
            "transitions": [line_of(line) for line in reading.transitions],
        }
        for relation_id, reading in readings.relations.items()
    }


def relations_told(results: PhaseResults) -> Told:
    told: Told = {
        row["relation_id"]: {**{name: row[name] for name in RELATION_FIELDS}, "transitions": []}
        for row in results.relations.iter_rows(named=True)
    }
    for row in results.transitions.iter_rows(named=True):
        told[row["relation_id"]]["transitions"].append(tuple(row[name] for name in LINE_FIELDS))
    return told


def deals_read(readings: Readings) -> Told:
    return {
        deal_id: {name: getattr(reading, name) for name in DEAL_FIELDS}
        for deal_id, reading in readings.deals.items()
    }


def deals_told(results: PhaseResults) -> Told:
    rows = results.deals.iter_rows(named=True)
    return {row["deal_id"]: {name: row[name] for name in DEAL_FIELDS} for row in rows}


def differing(told: Told, read: Told) -> dict[str, tuple[Any, Any]]:
    """What differs, by record: told by the engine and read plainly."""
    return {
        record_id: (told.get(record_id), read.get(record_id))
        for record_id in {**told, **read}
        if told.get(record_id) != read.get(record_id)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_phase_equals_the_plain_reading_on_a_random_account(seed):
    world, as_of = random_account(seed, RELATIONS_EACH)
    sections = random_parameters(seed)

    results = world.phases(as_of, **sections)
    readings = plainly(world, as_of, **sections)

    assert len(readings.relations) == RELATIONS_EACH
    assert differing(relations_told(results), relations_read(readings)) == {}
    assert differing(deals_told(results), deals_read(readings)) == {}


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
