"""Transitions, their directions and owners, and the text of the history (spec 3.3, 7)."""

from datetime import date

import polars as pl
import pytest

from tests.unit.kpis.phase.world import World


def test_transition_tells_from_to_date_source_direction_and_owner():
    world = World().says("interest", "2026-06-01T22:30")

    assert world.phases().transitions.to_dicts() == [
        {
            "relation_id": "1",
            "changed_on": date(2026, 6, 2),
            "changed_at": pl.Series(["2026-06-01T22:30Z"]).str.to_datetime(time_zone="UTC")[0],
            "from": "unknown",
            "to": "interest",
            "source": "declared",
            "direction": "recorded",
            "owner": "S1",
        }
    ]


def test_first_phase_was_unknown_before():
    row = World().says("interest", "2026-06-01").phase()

    assert (row["phase_previous"], row["phase_direction"]) == ("unknown", "recorded")


def test_phase_that_stays_while_its_rule_changes_is_no_transition():
    world = World().says("interest", "2026-06-01").deal("1", ("talk", "2026-06-10"))

    assert world.lines() == ["2026-06-01 unknown>interest declared recorded"]
    assert world.phase()["phase_source"] == "deal"


def test_directions_by_rank():
    world = World().deal(
        "1", ("first", "2026-04-01"), ("offer", "2026-05-01"), ("talk", "2026-06-01")
    )

    assert world.lines()[1:] == [
        "2026-05-01 orienting>quote deal forward",
        "2026-06-01 quote>interest deal backward",
    ]


def test_new_cycle_of_a_declared_order_is_none_without_a_win():
    world = World().says("order", "2026-05-01").deal("1", ("talk", "2026-06-01"))

    assert world.phase()["phase_direction"] == "backward"


def test_new_cycle_that_starts_after_the_hold_is_over_is_by_rank():
    world = World().won("1", "2026-01-01").deal("2", ("talk", "2026-06-01"))

    assert world.phase()["phase_direction"] == "forward"


def test_newer_deal_in_an_open_order_stage_is_no_transition():
    world = World().won("1", "2026-05-15").deal("2", ("signed", "2026-06-01"))

    assert world.lines() == ["2026-05-15 unknown>order deal recorded"]
    assert world.phase()["phase_since"] == date(2026, 6, 1)


def test_decay_is_by_time_alone_and_an_emptied_declaration_is_not():
    world = World().won("1", "2026-01-01").says("order", "2026-02-01").says(None, "2026-05-01")

    assert world.lines()[-1] == "2026-05-01 order>orienting decay backward"


def test_declaration_during_the_hold_that_is_emptied_resumes_the_hold():
    world = World().won("1", "2026-05-15").says("quote", "2026-06-01").says(None, "2026-06-10")

    assert world.phase()["phase_direction"] == "resumed"


def test_hold_of_a_new_win_behind_a_lock_is_forward():
    world = (
        World()
        .company(phase_locked_until=date(2026, 6, 9))
        .says("quote", "2026-05-01")
        .won("1", "2026-05-15")
    )

    assert world.lines()[-1] == "2026-06-10 quote>order deal forward"


def test_win_in_a_new_cycle_is_forward():
    world = World().won("1", "2026-05-01").deal("2", ("talk", "2026-05-10"))
    world.deal("3", ("offer", "2026-05-12"), ("won", "2026-06-01"), closed="2026-06-01")

    # Deal 2 was created before the win of deal 3, so it waits for the end of the hold.
    assert world.phase()["phase_direction"] == "forward"


@pytest.mark.parametrize(("back", "count"), [("2026-06-11T09:59:59", 1), ("2026-06-11T10:00", 3)])
def test_phase_that_is_reversed_within_24_hours_is_dropped(back, count):
    world = World().deal("1", ("talk", "2026-06-01"))
    world.deal("2", ("offer", "2026-06-10T10:00"), ("parked", back))

    assert len(world.lines()) == count


def test_phase_counts_until_it_is_reversed():
    world = World().deal("1", ("talk", "2026-06-01")).deal("2", ("offer", "2026-06-30T10:00"))

    assert len(world.lines()) == 2
    assert world.phase()["buying_phase"] == "quote"


def test_phase_that_comes_and_goes_within_24_hours_leaves_no_trace():
    world = World().deal("1", ("talk", "2026-06-10T10:00"), ("parked", "2026-06-10T15:00"))

    row = world.phase()

    assert (row["phase_previous"], row["phase_direction"], row["phase_history"]) == (None,) * 3


def test_history_is_text_with_the_newest_line_first():
    world = World().says("orienting", "2026-04-01").deal("1", ("offer", "2026-06-10"))

    assert world.phase()["phase_history"] == (
        "2026-06-10 orienting>quote (deal)\n2026-04-01 unknown>orienting (declared)"
    )


def test_history_text_keeps_the_last_lines_only():
    world = World()
    for month in range(1, 13):
        world.says(("interest", "quote")[month % 2], f"2025-{month:02}-10")

    phases = world.phases("2025-12-31")

    lines = phases.relations["phase_history"][0].splitlines()
    assert len(lines) == 10
    assert lines[0] == "2025-12-10 quote>interest (declared)"
    assert lines[-1] == "2025-03-10 interest>quote (declared)"
    assert phases.transitions.height == 12


def _owners(world: World) -> list[str | None]:
    return world.phases().transitions["owner"].to_list()


def test_owner_then_is_the_one_of_the_change():
    world = World().says("interest", "2026-05-01").says("quote", "2026-06-10")
    world.sets("owner", "S2", "2026-04-01").sets("owner", "S1", "2026-06-10")

    assert _owners(world) == ["S2", "S1"]


def test_owner_before_the_first_known_one_is_that_one():
    world = World().says("interest", "2026-03-01")
    world.sets("owner", None, "2026-03-15").sets("owner", "S2", "2026-04-01")

    assert _owners(world) == ["S2"]


def test_owner_without_any_history_is_the_present_one():
    assert _owners(World().company(owner="S9").says("interest", "2026-03-01")) == ["S9"]


def test_owner_is_nobody_while_the_relation_had_none():
    world = World().says("interest", "2026-05-01")
    world.sets("owner", "S2", "2026-03-15").sets("owner", None, "2026-04-01")

    assert _owners(world) == [None]


def test_relations_stand_apart():
    world = World().company("1").company("2").company("3")
    world.says("interest", "2026-06-01", relation_id="1")
    world.says("quote", "2026-06-10", relation_id="3")

    phases = world.phases()

    assert phases.relations["buying_phase"].to_list() == ["interest", "unknown", "quote"]
    assert phases.relations["phase_previous"].to_list() == ["unknown", None, "unknown"]
    assert phases.transitions["relation_id"].to_list() == ["1", "3"]
