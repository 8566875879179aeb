"""Rules 8 and 9: the lead status, and nothing at all (spec 3.2)."""

from datetime import date

import pytest

from tests.unit.kpis.phase.world import World, ago, told

LEADS = {
    "UNQUALIFIED": "no_interest",
    "BAD_TIMING": "no_interest",
    "CONNECTED": "orienting",
    "IN_PROGRESS": "orienting",
    "NEW": "unknown",
    "connected": "unknown",
    None: "unknown",
}


def test_lead_status_gives_the_phase_that_the_mapping_names():
    worlds = (World().sets("lead_status", status, "2026-06-01") for status in LEADS)

    assert told(worlds, "buying_phase") == [(phase,) for phase in LEADS.values()]


@pytest.mark.parametrize(("age", "phase"), [(364, "orienting"), (365, "unknown")])
def test_lead_status_counts_within_365_days_of_being_set(age, phase):
    row = World().sets("lead_status", "CONNECTED", ago(age)).phase()

    assert row["buying_phase"] == phase


def test_lead_status_dates_the_phase_by_the_start_of_its_last_run():
    world = World().sets("lead_status", "CONNECTED", "2026-05-01")
    world.sets("lead_status", "CONNECTED", "2026-06-01", is_by_person=False)

    row = world.phase()

    assert (row["phase_since"], row["phase_source"]) == (date(2026, 5, 1), "lead_status")


def test_lead_status_that_lapses_leaves_the_phase_unknown():
    lines = World().sets("lead_status", "CONNECTED", "2025-05-01").lines()

    assert lines == [
        "2025-05-01 unknown>orienting lead_status recorded",
        "2026-05-01 orienting>unknown none None",
    ]


def test_lead_status_comes_after_every_other_evidence():
    world = World().sets("lead_status", "UNQUALIFIED", "2026-06-20")

    assert world.says("quote", "2025-10-01").phase()["phase_source"] == "declared"
    assert world.deal("1", ("talk", "2026-05-01")).phase()["phase_source"] == "deal"


def test_nothing_recorded_is_unknown_and_blank():
    row = World().phase()

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
        "recommended_approach": "Vraag en leg vast in welke fase de klant zit.",
        "hold_days": None,
        "days_in_phase": None,
        "phase_norm": None,
        "phase_days": None,
        "phase_rule": None,
    }


def test_phase_that_is_no_longer_known_keeps_the_phase_before_and_no_direction():
    world = World().says("quote", "2026-06-01").says(None, "2026-06-10")

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"], row["phase_status"]) == ("unknown", None, None)
    assert (row["phase_previous"], row["phase_direction"]) == ("quote", None)
