"""Compare the phase engine with the plain reading on many random relations, by hand.

    python -m tests.reference.compare --relations 5000 --seed 1

It runs account after account, says how many relations differed, and shows the first of them with
all their records. The seed it names rebuilds the account.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from kpis.deal import deal_facts
from kpis.parameters import Parameters
from kpis.phase import PhaseResults
from tests.reference.generator import random_account, random_parameters
from tests.reference.history import Transition
from tests.reference.phases import Readings, read_phases
from tests.unit.kpis.phase.world import MEANING, World

RELATIONS_EACH = 50
"""Relations of one account."""

SHOWN = 3
"""Differing relations that are shown in full."""

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


def differences(world: World, as_of: datetime, **sections: Any) -> dict[str, dict[str, Any]]:
    """What differs, by relation: the fields of it and of its deals, as told and as read."""
    results, readings = world.phases(as_of, **sections), plainly(world, as_of, **sections)
    relation_of = {link["from_id"]: link["relation_id"] for link in world.links}
    found: dict[str, dict[str, Any]] = {}
    for name, value in _differing(relations_told(results), relations_read(readings)):
        found.setdefault(name[0], {})[name[1]] = value
    for name, value in _differing(deals_told(results), deals_read(readings)):
        relation_id = relation_of.get(name[0], "of no relation")
        found.setdefault(relation_id, {})[f"deal {name[0]} {name[1]}"] = value
    return found


def _differing(told: Told, read: Told) -> Iterator[tuple[tuple[str, str], tuple[Any, Any]]]:
    """Record and field that differ, with what the engine tells and what was read."""
    for record_id in {**told, **read}:
        one, other = told.get(record_id, {}), read.get(record_id, {})
        for name in {**one, **other}:
            if one.get(name) != other.get(name):
                yield (record_id, name), (one.get(name), other.get(name))


def records_of(world: World, relation_id: str) -> Iterator[str]:
    """Every record that bears on a relation, a line each."""
    deal_ids = {link["from_id"] for link in world.links if link["relation_id"] == relation_id}
    parts: tuple[tuple[str, Iterable[dict[str, Any]], str, set[str]], ...] = (
        ("company", world.companies, "relation_id", {relation_id}),
        ("contact", world.contact_days, "relation_id", {relation_id}),
        ("version", world.company_changes, "external_id", {relation_id}),
        ("deal", world.deals, "deal_id", deal_ids),
        ("version", world.deal_changes, "external_id", deal_ids),
        ("activity", world.touches, "deal_id", deal_ids),
    )
    for name, rows, key, ids in parts:
        for row in rows:
            if row[key] in ids:
                yield f"  {name} " + " ".join(f"{field}={row[field]}" for field in row)


def shown(world: World, relation_id: str, fields: dict[str, Any]) -> Iterator[str]:
    """A differing relation: what the engine tells, what was read, and all its records."""
    for name, (told, read) in fields.items():
        yield f"  {name}: told {told}"
        yield f"  {name}: read {read}"
    yield from records_of(world, relation_id)


def compare(relations: int, seed: int) -> Iterator[str]:
    """Lines of the comparison; the last one counts."""
    differing = 0
    accounts = -(-relations // RELATIONS_EACH)
    for number in range(seed, seed + accounts):
        world, as_of = random_account(number, RELATIONS_EACH)
        sections = random_parameters(number)
        for relation_id, fields in differences(world, as_of, **sections).items():
            differing += 1
            yield f"seed {number}, relation {relation_id}, as of {as_of}, {sections}"
            if differing <= SHOWN:
                yield from shown(world, relation_id, fields)
    yield f"{differing} of {accounts * RELATIONS_EACH} relations differ"


def main() -> None:
    """Read the two numbers and write the lines."""
    parser = argparse.ArgumentParser(description="Compare the phase with a plain reading of it.")
    parser.add_argument("--relations", type=int, default=1000, help="how many, about")
    parser.add_argument("--seed", type=int, default=1, help="of the first account")
    given = parser.parse_args()
    for line in compare(given.relations, given.seed):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
