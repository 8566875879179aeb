"""Rules 4 and 6: the order hold and its decay (spec 3.2)."""

from datetime import date

import pytest

from tests.unit.kpis.phase.world import World, ago, told


def test_win_holds_the_order_phase_for_90_days_and_lapses_after_365():
    found = told((World().won("1", ago(age)) for age in (0, 89, 90, 364, 365)), "buying_phase")

    assert found == [("order",), ("order",), ("orienting",), ("orienting",), ("no_interest",)]


def test_hold_ends_at_the_start_of_a_local_day_across_the_clock_change():
    world = World().won("1", "2026-01-01")

    assert world.phase("2026-03-31T21:59:59")["buying_phase"] == "order"
    assert world.phase("2026-03-31T22:00")["buying_phase"] == "orienting"
    assert world.phase("2026-03-31T22:00")["phase_since"] == date(2026, 4, 1)


def test_win_belongs_to_the_local_day_of_its_close():
    world = World().deal("1", ("won", "2026-05-01"), closed="2026-05-14T22:30")

    assert world.phase()["phase_since"] == date(2026, 5, 15)


def test_history_of_one_win_goes_from_order_to_no_interest():
    assert World().won("1", "2025-05-01").lines() == [
        "2025-05-01 unknown>order deal recorded",
        "2025-07-30 order>orienting decay decay",
        "2026-05-01 orienting>no_interest decay decay",
    ]


def test_repeat_orders_count_from_the_last_close_date():
    world = World().won("1", "2026-04-15").won("2", "2026-06-01")

    assert world.phase()["phase_since"] == date(2026, 6, 1)
    assert world.lines() == ["2026-04-15 unknown>order deal recorded"]


def _wins(*days: str) -> World:
    world = World()
    for number, day in enumerate(days, start=1):
        world.won(str(number), day)
    return world


def test_hold_stays_90_days_with_two_intervals():
    assert _wins("2025-06-01", "2025-10-01", "2026-02-01").phase()["hold_days"] == 90


def test_hold_follows_the_median_of_three_intervals():
    # 100, 61 and 121 days: one and a half times the median of 100.
    world = _wins("2025-06-01", "2025-09-09", "2025-11-09", "2026-03-10")

    row = world.phase()

    assert (row["hold_days"], row["buying_phase"]) == (150, "order")
    assert world.phase("2026-08-06T21:59")["buying_phase"] == "order"
    assert world.phase("2026-08-06T22:00")["buying_phase"] == "orienting"


def test_hold_is_rounded_up_to_whole_days():
    # 100, 61, 121 and 101 days: the median is 100.5, one and a half times that 150.75.
    world = _wins("2025-03-01", "2025-06-09", "2025-08-09", "2025-12-08", "2026-03-19")

    assert world.phase()["hold_days"] == 151


def test_hold_counts_distinct_days():
    world = _wins("2025-06-01", "2025-06-01", "2025-10-01", "2026-02-01")

    assert world.phase()["hold_days"] == 90


def test_hold_is_never_shorter_than_its_minimum():
    assert _wins("2026-05-01", "2026-05-11", "2026-05-21", "2026-05-31").phase()["hold_days"] == 90


def test_hold_of_an_earlier_win_knows_only_the_wins_up_to_it():
    # The fourth win makes the hold longer, not that of the third one.
    world = _wins("2025-01-01", "2025-05-01", "2025-08-29", "2025-12-27")

    assert world.lines() == [
        "2025-01-01 unknown>order deal recorded",
        "2025-04-01 order>orienting decay decay",
        "2025-05-01 orienting>order deal forward",
        "2025-07-30 order>orienting decay decay",
        "2025-08-29 orienting>order deal forward",
        "2025-11-27 order>orienting decay decay",
        "2025-12-27 orienting>order deal forward",
        "2026-06-25 order>orienting decay decay",
    ]


def test_hold_longer_than_a_year_goes_straight_to_no_interest():
    world = _wins("2022-01-01", "2022-10-28", "2023-08-24", "2024-06-19")

    assert world.phase()["hold_days"] == 450
    assert world.lines()[-1] == "2025-09-12 order>no_interest decay decay"


def test_absurd_hold_factor_stays_within_the_calendar():
    world = _wins("2025-06-01", "2025-09-09", "2025-11-09", "2026-03-10")

    row = world.phase(phase={"hold_interval_factor": "1000000000000"})

    assert row["hold_days"] == 36_500


def test_won_deal_enters_the_history_at_its_close_date():
    world = World().deal("1", ("offer", "2026-04-01"), ("won", "2026-06-20"), closed="2026-05-15")

    assert world.lines() == [
        "2026-04-01 unknown>quote deal recorded",
        "2026-05-15 quote>order deal forward",
    ]


def test_won_deal_is_neither_open_nor_won_before_its_close_date():
    world = World().deal("1", ("offer", "2026-04-01"), ("won", "2026-05-01"), closed="2026-05-15")

    assert world.lines() == [
        "2026-04-01 unknown>quote deal recorded",
        "2026-05-01 quote>unknown none None",
        "2026-05-15 unknown>order deal recorded",
    ]


@pytest.mark.parametrize("closed", [None, "2026-06-30T12:00:00.001"])
def test_won_deal_without_close_date_up_to_as_of_is_no_evidence(closed):
    world = World().deal("1", ("won", "2026-06-01"), closed=closed)

    assert world.phase()["buying_phase"] == "unknown"
    assert world.phases().deals["deal_phase"].to_list() == [None]


def test_win_exactly_at_as_of_counts():
    world = World().deal("1", ("won", "2026-06-01"), closed="2026-06-30T12:00")

    assert world.phase()["buying_phase"] == "order"


def test_won_deal_of_an_unmapped_stage_is_no_evidence():
    world = World().deal("1", ("forgottenwon", "2026-06-01"), closed="2026-06-01")

    assert world.phase()["buying_phase"] == "unknown"


def test_e8_credit_note_is_no_order_and_leaves_the_quote_alone():
    world = (
        World()
        .deal("1", ("offer", "2026-05-20"))
        .deal("d3", ("won", "2026-06-05"), closed="2026-06-05", amount=-1500)
    )

    row = world.phase()

    assert (row["buying_phase"], row["phase_since"]) == ("quote", date(2026, 5, 20))
    assert world.phases().deals.filter(deal_id="d3")["deal_phase"].to_list() == [None]
