"""Where evidence begins and ends, and what time alone moves (spec 0, 3.2, 3.3)."""

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.kpis.phase.world import World


@pytest.mark.parametrize(("stage", "amount"), [("won", Decimal(-5)), ("forgottenwon", Decimal(5))])
def test_closed_deal_that_is_no_evidence_ends_its_stages_at_its_close_date(stage, amount):
    world = World().deal(
        "1", ("talk", "2026-03-01"), (stage, "2026-05-01"), closed="2026-04-01", amount=amount
    )

    assert world.lines() == [
        "2026-03-01 unknown>interest deal recorded",
        "2026-04-01 interest>unknown none None",
    ]


def test_stage_counts_from_the_creation_when_a_version_is_older():
    world = World().deal("1", ("talk", "2026-01-10"), created="2026-03-01")

    assert world.lines() == ["2026-03-01 unknown>interest deal recorded"]
    assert str(world.phase()["phase_since"]) == "2026-03-01"


def test_stage_that_ended_before_the_creation_counts_for_nothing():
    world = World().deal("1", ("offer", "2026-01-10"), ("talk", "2026-02-20"), created="2026-03-01")

    assert world.lines() == ["2026-03-01 unknown>interest deal recorded"]


def test_deal_created_after_a_win_begins_a_cycle_then_when_its_stage_is_older():
    world = World().deal("1", ("talk", "2026-01-10"), created="2026-03-01").won("2", "2026-02-01")

    assert world.lines() == [
        "2026-02-01 unknown>order deal recorded",
        "2026-03-01 order>interest deal new_cycle",
    ]


def test_new_win_without_a_hold_is_no_passing_of_time():
    world = World().won("1", "2025-01-01").won("2", "2026-03-01")

    assert world.lines(phase={"order_hold": 0}) == [
        "2025-01-01 unknown>orienting decay recorded",
        "2026-01-01 orienting>no_interest decay decay",
        "2026-03-01 no_interest>orienting decay forward",
    ]


def test_end_of_a_hold_is_the_passing_of_time_when_an_earlier_word_comes_up():
    world = (
        World().deal("1", ("talk", "2026-01-05")).says("quote", "2026-01-10").won("2", "2026-02-01")
    )

    assert world.lines() == [
        "2026-01-05 unknown>interest deal recorded",
        "2026-01-10 interest>quote declared forward",
        "2026-02-01 quote>order deal forward",
        "2026-05-02 order>quote declared decay",
    ]


def masked_word(*, said: str = "2026-01-10", phase: str = "quote") -> World:
    """A word while an older deal is open, then a win with a hold up to 05-02."""
    return World().deal("1", ("talk", "2026-01-05")).says(phase, said).won("2", "2026-02-01")


def test_word_that_a_hold_masked_counts_from_the_end_of_that_hold():
    row = masked_word().phase("2026-06-01")

    assert (row["buying_phase"], row["phase_source"]) == ("quote", "declared")
    assert str(row["phase_since"]) == "2026-05-02"
    assert row["phase_status"] == "at_risk"  # 30 of 30 days, not 142


@pytest.mark.parametrize(
    ("said", "since"),
    [("2026-01-31T22:59:59.999", "2026-05-02"), ("2026-01-31T23:00", "2026-02-01")],
)
def test_word_of_the_instant_of_the_win_is_not_masked(said, since):
    row = masked_word(said=said).phase("2026-06-01")

    assert (row["buying_phase"], str(row["phase_since"])) == ("quote", since)


def test_renewal_before_a_hold_counts_no_days_of_that_hold():
    world = masked_word(phase="no_interest").company(profile_confirmed_on=date(2026, 1, 20))
    world.met("2026-01-20")

    row = world.phase("2026-06-01", phase={"stalled_days": {"no_interest": 31}})

    assert str(row["phase_since"]) == "2026-05-02"
    assert row["phase_status"] == "at_risk"  # 30 of 31 days; 132 since the renewal
