"""What the phase tells of a relation, a change and a deal, whole (spec 3, 7)."""

from datetime import date
from typing import Any

import pytest

from kpis.deal import deal_facts
from kpis.parameters import Parameters
from kpis.phase import relation_phases
from tests.unit.kpis.phase.world import AS_OF, MEANING, World, ago, at, told


def test_relation_of_which_nothing_is_known_has_no_phase_and_no_history():
    row = World().phase()

    assert row.pop("recommended_approach").startswith("Vraag en leg vast")
    assert row == {
        "relation_id": "1",
        "buying_phase": "unknown",
        "phase_since": None,
        "phase_previous": None,
        "phase_source": "none",
        "phase_direction": None,
        "phase_status": None,
        "phase_conflict": False,
        "phase_history": None,
        "hold_days": None,
        "days_in_phase": None,
        "phase_norm": None,
        "phase_rule": None,
        "phase_days": None,
    }


def test_relation_tells_its_phase_how_it_came_to_it_and_by_which_rule():
    world = World().deal("1", ("first", "2026-05-01"), ("offer", "2026-06-20"))

    row = world.phase(phase={"approach": {"quote": "Bel."}})

    assert row == {
        "relation_id": "1",
        "buying_phase": "quote",
        "phase_since": date(2026, 6, 20),
        "phase_previous": "orienting",
        "phase_source": "deal",
        "phase_direction": "forward",
        "phase_status": "on_track",
        "phase_conflict": False,
        "phase_history": row["phase_history"],
        "recommended_approach": "Bel.",
        "hold_days": None,
        "days_in_phase": 10,
        "phase_norm": 30,
        "phase_rule": 5,
        "phase_days": 10,
    }
    assert len(row["phase_history"].splitlines()) == 2


def test_change_of_phase_tells_when_from_and_to_what_by_what_and_whose_it_was():
    moves = World().deal("1", ("offer", "2026-06-20")).phases().transitions

    assert moves.to_dicts() == [
        {
            "relation_id": "1",
            "changed_on": date(2026, 6, 20),
            "changed_at": at("2026-06-20"),
            "from": "unknown",
            "to": "quote",
            "source": "deal",
            "direction": "recorded",
            "owner": "S1",
        }
    ]


def test_deal_tells_whether_it_decides_and_whether_it_is_stale():
    world = World().company("1").company("2")
    world.deal("1", ("offer", "2026-06-20")).deal("2", ("talk", "2026-06-20"))
    world.deal("3", ("offer", ago(200)), relation_id="2")

    assert world.phases().deals.rows() == [
        ("1", "quote", True, False, None),
        ("2", "interest", False, False, None),
        ("3", "orienting", True, True, date(2026, 6, 10)),
    ]


def test_rule_that_decides_is_told_by_its_number():
    locked = World().company(phase_locked_until=date(2026, 12, 31)).says("quote", ago(10))
    worlds = [
        locked,
        World().says("quote", ago(10)),
        World().won("1", ago(50)).deal("2", ("talk", ago(20))),
        World().won("1", ago(50)),
        World().deal("1", ("talk", ago(20))),
        World().won("1", ago(200)),
        World().says("quote", ago(200)),
        World().sets("lead_status", "CONNECTED", ago(10)),
        World().says("quote", ago(20)).says(None, ago(10)),
    ]

    assert told(worlds, "phase_rule") == [(1,), (2,), (3,), (4,), (5,), (6,), (7,), (8,), (9,)]


@pytest.mark.parametrize(("knows_contacts", "expected"), [(True, 29), (False, 150)])
def test_confirmation_renews_no_interest_only_where_contact_moments_are_known(
    knows_contacts, expected
):
    world = World().company(profile_confirmed_on=date(2026, 6, 1)).met("2026-05-20")
    world.says("no_interest", ago(150))

    assert phase_days(world, knows_contacts=knows_contacts) == expected


def phase_days(world: World, *, knows_contacts: bool) -> int:
    """Days that the phase of the one relation is held against its norm."""
    if knows_contacts:
        found: dict[str, Any] = world.phase()
    else:
        mirror = world.mirror()
        facts = deal_facts(mirror, MEANING, Parameters(), as_of=AS_OF)
        phases = relation_phases(facts, mirror, MEANING, Parameters(), as_of=AS_OF)
        found = phases.relations.row(0, named=True)
    days: int = found["phase_days"]
    return days
