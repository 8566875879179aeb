"""Rule 6: lost and stale deals (spec 3.2)."""

from datetime import date

import pytest

from tests.unit.kpis.phase.world import World, ago, midnight, told

REASONS = {
    None: "no_interest",
    "": "no_interest",
    "Price": "no_interest",
    "No decision": "orienting",
    "TIMING": "orienting",
    " TIMING ": "no_interest",
    "Too dear!": "quote",
    "default": "no_interest",
}


def test_lost_deal_gives_the_phase_of_its_normalised_reason():
    worlds = (
        World().deal("1", ("lost", "2026-06-20"), closed="2026-06-20", lost_reason=reason)
        for reason in REASONS
    )

    found = told(worlds, "buying_phase", "phase_source", "phase_since")

    assert found == [(phase, "deal", date(2026, 6, 20)) for phase in REASONS.values()]


def test_lost_deal_counts_at_its_close_date_up_to_as_of_else_at_its_stage_entry():
    worlds = (
        World().deal("1", ("offer", "2026-06-01"), ("lost", "2026-06-20"), closed=closed)
        for closed in ("2026-06-10", None, "2026-07-10", "2026-06-25")
    )

    found = told(worlds, "phase_since")

    assert found == [(date(2026, 6, day),) for day in (10, 20, 20, 25)]


def test_deal_lost_before_its_close_date_is_lost_from_its_stage_entry_on():
    world = World().deal("1", ("offer", "2026-06-01"), ("lost", "2026-06-20"), closed="2026-06-25")

    assert world.lines() == [
        "2026-06-01 unknown>quote deal recorded",
        "2026-06-20 quote>no_interest deal backward",
    ]


def test_lost_and_reopened_deal_is_open_again():
    world = World().deal(
        "1",
        ("talk", "2026-05-01"),
        ("lost", "2026-05-10"),
        ("offer", "2026-06-01"),
        closed="2026-08-01",
    )

    assert world.lines() == [
        "2026-05-01 unknown>interest deal recorded",
        "2026-05-10 interest>no_interest deal backward",
        "2026-06-01 no_interest>quote deal forward",
    ]


def test_open_deal_comes_before_the_latest_lost_one():
    world = (
        World()
        .deal("1", ("talk", "2026-05-01"))
        .deal("2", ("lost", "2026-06-20"), closed="2026-06-20")
    )

    assert world.phase()["buying_phase"] == "interest"


def test_latest_lost_deal_decides_and_the_lowest_id_breaks_ties():
    world = World()
    for deal_id, reason in (("10", None), ("9", "timing"), ("2", None)):
        world.deal(deal_id, ("lost", "2026-06-20"), closed="2026-06-20", lost_reason=reason)
    world.deals[2]["closed_at"] = midnight("2026-06-01")

    phases = world.phases()

    assert phases.relations["buying_phase"].to_list() == ["orienting"]
    assert phases.deals.filter("deal_decides_phase")["deal_id"].to_list() == ["9"]


@pytest.mark.parametrize(
    ("lost", "phase", "deal"),
    [
        ("2026-01-30T22:59", "orienting", "1"),
        ("2026-01-30T23:00", "no_interest", "2"),
        ("2026-01-29", "orienting", "1"),
    ],
)
def test_win_outranks_what_was_lost_on_its_local_day(lost, phase, deal):
    world = World().won("1", "2026-01-30").deal("2", ("lost", lost), closed=lost)

    phases = world.phases()

    assert phases.relations["buying_phase"].to_list() == [phase]
    assert phases.deals.filter("deal_decides_phase")["deal_id"].to_list() == [deal]


def test_deal_lost_during_the_hold_counts_from_its_end():
    world = World().won("1", "2026-03-01").deal("2", ("lost", "2026-04-15"), closed="2026-04-15")

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("no_interest", date(2026, 5, 30))
    assert (row["phase_source"], row["phase_direction"]) == ("deal", "decay")


def test_open_deal_is_stale_after_180_days_without_stage_change_or_activity():
    moved = [World().deal("1", ("offer", ago(age))) for age in (179, 180)]
    touched = [World().deal("1", ("offer", ago(300))).touch("1", ago(age)) for age in (179, 180)]

    found = told(moved + touched, "buying_phase")

    assert found == [("quote",), ("orienting",), ("quote",), ("orienting",)]


def test_deal_goes_stale_at_the_start_of_a_local_day_across_the_clock_change():
    world = World().deal("1", ("offer", "2025-09-30T22:30"))

    assert world.phase("2026-03-29T21:59:59")["buying_phase"] == "quote"
    assert world.phase("2026-03-29T22:00")["buying_phase"] == "orienting"
    assert world.phase("2026-03-29T22:00")["phase_since"] == date(2026, 3, 30)


def test_stage_change_within_one_phase_keeps_a_deal_from_going_stale():
    world = World().deal("1", ("talk", "2025-11-01"), ("demo", "2026-02-01"))

    assert world.phase()["buying_phase"] == "interest"


def test_dropped_stage_change_does_not_keep_a_deal_from_going_stale():
    world = World().deal(
        "1",
        ("talk", "2025-11-01"),
        ("demo", "2026-02-01T10:00"),
        ("talk", "2026-02-01T11:00"),
    )

    assert world.phase()["phase_since"] == date(2026, 4, 30)


def test_later_activity_reopens_a_stale_deal_which_then_counts_from_its_stage_entry():
    world = World().deal("1", ("offer", "2025-11-01")).touch("1", "2026-06-10")

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("quote", date(2025, 11, 1))
    assert world.lines() == [
        "2025-11-01 unknown>quote deal recorded",
        "2026-04-30 quote>orienting deal backward",
        "2026-06-10 orienting>quote deal forward",
    ]


def test_activity_later_than_as_of_does_not_exist_yet():
    world = World().deal("1", ("offer", "2025-11-01")).touch("1", "2026-06-30T12:00:00.001")

    assert world.phase()["buying_phase"] == "orienting"
    assert world.touch("1", "2026-06-30T12:00").phase()["buying_phase"] == "quote"


def test_activity_before_the_stage_entry_does_not_matter():
    world = World().deal("1", ("offer", "2025-12-01"), created="2025-11-01")

    assert world.touch("1", "2025-11-15").phase()["phase_since"] == date(2026, 5, 30)


def test_stale_deal_that_closes_counts_by_its_close():
    world = World().deal(
        "1",
        ("offer", "2025-11-01"),
        ("lost", "2026-06-01"),
        closed="2026-06-01",
        lost_reason="Price",
    )

    assert world.lines() == [
        "2025-11-01 unknown>quote deal recorded",
        "2026-04-30 quote>orienting deal backward",
        "2026-06-01 orienting>no_interest deal backward",
    ]


def test_revival_of_the_latest_stale_deal_leaves_the_earlier_events_standing():
    # Deal 2 goes stale after deal 1 was lost; it revives in an ignored stage.
    world = (
        World()
        .deal("1", ("lost", "2026-03-01"), closed="2026-03-01")
        .deal("2", ("offer", "2025-10-20"), ("parked", "2026-06-01"))
        .deal("3", ("offer", "2025-10-10"), ("parked", "2026-05-01"))
    )

    assert world.lines()[-2:] == [
        "2026-04-18 quote>orienting deal backward",
        "2026-06-01 orienting>no_interest deal backward",
    ]


def test_event_that_ends_first_leaves_the_one_that_outlasts_it():
    # Stale spells: deal 1 from 04-01 to 06-20, deal 2 from 04-11 to 06-01.
    world = (
        World()
        .deal("1", ("offer", "2025-10-03"), ("parked", "2026-06-20"))
        .deal("2", ("offer", "2025-10-13"), ("parked", "2026-06-01"))
    )

    for moment, since in (("2026-05-01", 11), ("2026-06-10", 1)):
        assert world.phase(moment)["phase_since"] == date(2026, 4, since)
    assert world.phase()["buying_phase"] == "unknown"


def test_stale_days_of_zero_leave_no_deal_open():
    row = World().deal("1", ("offer", "2026-06-29")).phase(phase={"stale_deal": 0})

    assert (row["buying_phase"], row["phase_since"]) == ("orienting", date(2026, 6, 29))


def test_new_cycle_that_is_lost_falls_back_into_the_running_hold():
    world = (
        World()
        .won("1", "2026-05-15")
        .deal("2", ("talk", "2026-06-01"), ("lost", "2026-06-20"), closed="2026-06-20")
    )

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("order", date(2026, 5, 15))
    assert (row["phase_direction"], row["phase_previous"]) == ("resumed", "interest")
