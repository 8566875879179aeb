"""Rules 3 and 5: open deals and the most advanced phase (spec 3.2)."""

from datetime import date

import pytest

from tests.unit.kpis.phase.world import World, told


def test_most_advanced_phase_of_several_deals_decides():
    world = (
        World()
        .deal("1", ("offer", "2026-05-01"))
        .deal("2", ("talk", "2026-06-01"))
        .deal("3", ("first", "2026-06-20"))
    )

    assert world.phase()["buying_phase"] == "quote"


def test_phase_dates_from_the_earliest_entry_among_the_deals_in_it():
    world = World().deal("1", ("offer", "2026-06-10")).deal("2", ("offer", "2026-05-20"))

    assert world.phase()["phase_since"] == date(2026, 5, 20)


def test_contiguous_stages_with_one_phase_keep_the_earliest_entry():
    world = World().deal(
        "1", ("first", "2026-04-01"), ("talk", "2026-05-01"), ("demo", "2026-06-01")
    )

    assert world.phase()["phase_since"] == date(2026, 5, 1)


def test_stages_with_another_meaning_between_start_the_phase_anew():
    worlds = (
        World().deal("1", ("talk", "2026-05-01"), (between, "2026-05-10"), ("demo", "2026-06-01"))
        for between in ("offer", "parked", "forgotten", "lost")
    )

    assert told(worlds, "phase_since") == [(date(2026, 6, 1),)] * 4


def test_deal_that_entered_last_decides_and_the_lowest_id_breaks_ties():
    world = (
        World()
        .deal("10", ("offer", "2026-06-10"))
        .deal("9", ("offer", "2026-06-10"))
        .deal("2", ("offer", "2026-05-20"))
    )

    deals = world.phases().deals

    assert deals.filter("deal_decides_phase")["deal_id"].to_list() == ["9"]


def test_open_deal_can_stand_in_every_phase():
    for stage, phase in (("dead", "no_interest"), ("signed", "order")):
        row = World().deal("1", (stage, "2026-06-01")).phase()

        assert (row["buying_phase"], row["phase_source"]) == (phase, "deal")


def test_deals_of_ignored_and_unmapped_stages_are_no_evidence():
    world = World().deal("1", ("parked", "2026-06-01")).deal("2", ("forgotten", "2026-06-01"))

    assert world.phase()["buying_phase"] == "unknown"


def test_deal_without_a_company_is_no_evidence():
    world = World().deal("1", ("offer", "2026-06-01"), relation_id=None)
    world.deal("2", ("offer", "2026-06-01"), relation_id="77")

    assert world.phase()["buying_phase"] == "unknown"


def test_deal_without_history_stands_in_its_stage_since_it_was_created():
    world = World().deal("1", ("offer", "2026-06-10"), created="2026-06-01")
    world.deal_changes.clear()

    assert world.phase()["phase_since"] == date(2026, 6, 1)


def test_deal_that_nothing_dates_is_no_evidence():
    world = World().deal("1", ("offer", "2026-06-10"), created=None)
    world.deal_changes.clear()

    assert world.phase()["buying_phase"] == "unknown"
    assert world.phases().deals["deal_phase"].to_list() == ["quote"]


def test_past_stage_is_looked_up_in_the_pipeline_of_the_deal_first():
    world = World().deal("1", ("offer", "2026-05-01"), ("shared", "2026-06-01"), pipeline="second")

    assert world.lines() == [
        "2026-05-01 unknown>orienting deal recorded",
        "2026-06-01 orienting>interest deal forward",
    ]


def test_past_stage_of_another_pipeline_counts_when_only_one_pipeline_has_it():
    world = World().deal("1", ("first", "2026-05-01"), ("offer2", "2026-06-01"), pipeline="second")

    assert world.lines()[0] == "2026-05-01 unknown>orienting deal recorded"


def test_past_stage_that_several_other_pipelines_have_is_no_evidence():
    world = World().deal("1", ("shared", "2026-05-01"), ("offer", "2026-06-01"))

    assert world.lines() == ["2026-06-01 unknown>quote deal recorded"]


def test_new_cycle_needs_a_deal_created_after_the_last_win():
    created = ("2026-05-14T21:59:59.999", "2026-05-14T22:00", "2026-05-14T22:00:00.001")
    worlds = (
        World().won("1", "2026-05-15").deal("2", ("talk", "2026-06-05"), created=moment)
        for moment in created
    )

    found = told(worlds, "buying_phase", "phase_direction")

    assert found == [("order", "recorded"), ("order", "recorded"), ("interest", "new_cycle")]


def test_deal_without_a_known_creation_belongs_to_the_old_cycle():
    world = World().won("1", "2026-05-15").deal("2", ("talk", "2026-06-05"), created=None)

    assert world.phase()["buying_phase"] == "order"


def test_next_win_makes_a_deal_of_the_new_cycle_an_old_one():
    world = World().won("1", "2026-04-15").deal("2", ("talk", "2026-05-01")).won("3", "2026-06-01")

    assert world.lines() == [
        "2026-04-15 unknown>order deal recorded",
        "2026-05-01 order>interest deal new_cycle",
        "2026-06-01 interest>order deal forward",
    ]


def test_old_deal_waits_for_the_end_of_the_hold_and_dates_from_it():
    world = (
        World().deal("1", ("talk", "2026-02-01")).touch("1", "2026-06-01").won("2", "2026-03-01")
    )

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("interest", date(2026, 5, 30))
    assert row["phase_direction"] == "decay"


def test_old_deal_that_moves_after_the_hold_dates_from_its_move():
    world = (
        World().deal("1", ("talk", "2026-02-01"), ("offer", "2026-06-10")).won("2", "2026-03-01")
    )

    assert world.phase()["phase_since"] == date(2026, 6, 10)


def test_stage_entered_later_than_as_of_does_not_exist_yet():
    world = World().deal("1", ("talk", "2026-06-01"), ("offer", "2026-06-30T12:00:00.001"))

    assert world.phase()["buying_phase"] == "interest"
    assert world.phase("2026-06-30T12:00:00.001")["buying_phase"] == "quote"


def test_stage_that_is_left_again_within_24_hours_never_was():
    worlds = (
        World().deal("1", ("talk", "2026-06-01"), ("offer", "2026-06-10T10:00"), ("talk", back))
        for back in ("2026-06-11T09:59:59.999", "2026-06-11T10:00")
    )

    assert told(worlds, "phase_since") == [(date(2026, 6, 1),), (date(2026, 6, 11),)]


def test_stage_counts_until_it_is_reversed():
    world = World().deal("1", ("talk", "2026-06-01"), ("offer", "2026-06-30T10:00"))

    assert world.phase()["buying_phase"] == "quote"


@pytest.mark.parametrize(
    ("changed", "back", "since"),
    [
        ("2026-03-28T11:00", "2026-03-29T10:00", 1),  # noon to noon is 23 hours in spring
        ("2025-10-25T10:00", "2025-10-26T11:00", 26),  # and 25 hours in autumn
    ],
)
def test_24_hours_are_elapsed_hours_when_the_clock_changes(changed, back, since):
    start = f"{changed[:8]}01"
    world = World().deal("1", ("talk", start), ("offer", changed), ("talk", back))

    assert world.phase("2026-03-30")["phase_since"].day == since


def test_several_reversals_are_taken_in_order_of_time():
    world = World().deal(
        "1",
        ("talk", "2026-06-01"),
        ("offer", "2026-06-10T01:00"),
        ("first", "2026-06-10T02:00"),
        ("offer", "2026-06-10T03:00"),
        ("talk", "2026-06-10T04:00"),
        ("offer", "2026-06-10T05:00"),
        ("talk", "2026-06-12T05:00"),
        ("first", "2026-06-12T06:00"),
        ("talk", "2026-06-12T07:00"),
    )

    assert world.lines() == [
        "2026-06-01 unknown>interest deal recorded",
        "2026-06-10 interest>quote deal forward",
        "2026-06-12 quote>interest deal backward",
    ]


def test_reversal_of_zero_hours_drops_nothing():
    world = World().deal(
        "1", ("talk", "2026-06-01"), ("offer", "2026-06-10T10:00"), ("talk", "2026-06-10T10:01")
    )

    assert world.phase(phase={"reversal_hours": 0})["phase_since"] == date(2026, 6, 10)
