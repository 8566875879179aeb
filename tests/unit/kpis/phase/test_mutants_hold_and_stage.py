"""Holds of more than one win, and stages of which little is known (spec 3.1, 3.2)."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.parameters import Parameters, PhaseParameters
from kpis.phase.hold import hold_days, holds
from kpis.phase.rank import RANK
from kpis.phase.stage import LOST, numbered_deals, stage_runs, standing
from tests.unit.kpis.phase.world import AS_OF, MEANING, World

ZONE = "Europe/Amsterdam"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def wins(*given: tuple[int | None, int, int]) -> pl.DataFrame:
    """Wins of relation, hours after noon of 1 January, and deal."""
    return pl.DataFrame(
        [
            (relation, NOON + timedelta(hours=hour), (NOON + timedelta(hours=hour)).date(), deal)
            for relation, hour, deal in given
        ],
        schema={
            "relation": pl.Int64(),
            "at": pl.Datetime("ms", "UTC"),
            "day": pl.Date(),
            "deal": pl.Int64(),
        },
        orient="row",
    )


def held(*given: tuple[int | None, int, int]) -> list[tuple[int, int]]:
    """Relation and deal of each hold."""
    found = holds(wins(*given), PhaseParameters(), ZONE)
    return found.select("relation", "won_deal").rows()


def test_lowest_deal_counts_of_two_won_at_one_instant():
    assert held((0, 0, 5), (0, 0, 3)) == [(0, 3)]


def test_wins_of_two_relations_at_one_instant_both_count():
    assert held((1, 0, 5), (0, 0, 3)) == [(0, 3), (1, 5)]


def test_win_of_no_known_relation_holds_nobody():
    assert held((None, 0, 3), (0, 0, 5)) == [(0, 5)]


def test_two_wins_of_a_day_are_two_holds_but_no_interval():
    day = 24 * 100
    parameters = PhaseParameters(hold_min_intervals=1)

    found = hold_days(wins((0, 0, 1), (0, day, 2), (0, day + 1, 3), (1, day, 4)), parameters)

    assert found.rows() == [
        (0, date(2026, 1, 1), 90),
        (0, date(2026, 4, 11), 150),
        (1, date(2026, 4, 11), 90),
    ]


@pytest.mark.parametrize(
    ("outcome", "is_won", "is_lost", "expected"),
    [
        ("lost", False, False, LOST),
        ("lost", False, True, LOST),
        ("quote", False, True, LOST),
        ("quote", False, False, 4),
        ("order", True, False, None),
        ("ignore", False, True, None),
        (None, False, True, None),
    ],
)
def test_standing_follows_the_mapping_but_closed_stays_closed(outcome, is_won, is_lost, expected):
    stages = pl.DataFrame(
        {"outcome": [outcome], "is_won": [is_won], "is_lost": [is_lost]},
        schema_overrides={"outcome": pl.String()},
    )

    assert stages.select(standing()).item() == expected


def test_lost_is_no_rank_of_a_phase():
    assert LOST not in RANK.values()


def runs(world: World) -> list[tuple[str, str, str | None, int | None]]:
    """Deal, start, end and standing of each run of stages."""
    mirror, parameters = world.mirror(), Parameters()
    facts = deal_facts(mirror, MEANING, parameters, as_of=AS_OF)
    companies = pl.DataFrame({"relation": [0], "relation_id": ["1"]})
    deals = numbered_deals(facts.reverse(), companies)
    found = stage_runs(deals, mirror, MEANING, parameters.phase, as_of=AS_OF)
    return [
        (
            deals["deal_id"][deal],
            str(start.date()),
            None if until is None else str(until.date()),
            rank,
        )
        for deal, start, until, rank in found.select("deal", "at", "until", "standing").iter_rows()
    ]


def test_last_run_is_the_stage_of_the_facts_and_deals_stand_in_the_order_of_ids():
    world = World().deal("10", ("talk", "2026-05-01"), stage="offer")
    world.deal("9", ("first", "2026-05-02"))

    assert runs(world) == [("9", "2026-05-02", None, 2), ("10", "2026-05-01", None, 4)]


def test_deal_without_versions_stands_among_the_others_in_the_order_of_ids():
    world = (
        World().won("8", "2026-05-03").deal("9", ("first", "2026-05-02"), ("talk", "2026-05-09"))
    )

    assert runs(world) == [
        ("8", "2026-05-03", None, None),
        ("9", "2026-05-02", "2026-05-09", 2),
        ("9", "2026-05-09", None, 3),
    ]


def test_deal_that_nothing_dates_has_no_run():
    world = World().deal("9", ("first", "2026-05-02"), created=None)
    world.deal_changes.clear()

    assert runs(world) == []


@pytest.mark.parametrize("created", ["2026-05-09", "2026-05-10"])
def test_stage_that_ended_before_or_as_the_deal_was_created_never_was(created):
    world = World().deal("9", ("first", "2026-05-02"), ("talk", "2026-05-09"), created=created)

    assert runs(world) == [("9", created, None, 3)]


def test_deal_of_no_known_company_is_numbered_without_a_relation():
    world = World().deal("9", ("first", "2026-05-02"), relation_id=None)
    facts = deal_facts(world.mirror(), MEANING, Parameters(), as_of=AS_OF)
    companies = pl.DataFrame({"relation": [0], "relation_id": ["1"]})

    assert numbered_deals(facts, companies).select("deal_id", "relation").rows() == [("9", None)]
