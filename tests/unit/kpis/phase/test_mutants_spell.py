"""What of a deal is evidence, and from when to when, at its bounds (spec 3.2)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.frames import Meaning
from kpis.parameters import Parameters
from kpis.phase.rank import RANK_TYPE
from kpis.phase.spell import Evidence, deal_evidence, with_closing
from kpis.phase.stage import LOST, numbered_deals
from kpis.vocabulary import Phase
from tests.unit.kpis.phase.world import AS_OF, MEANING, World, ago, at

CLOSED = datetime(2026, 6, 1, 10, tzinfo=UTC)
WON = {"is_won": True, "outcome": "order"}
LOSS = {"is_lost": True, "outcome": "lost", "standing": LOST}


def closing(**given: Any) -> dict[str, Any]:
    """The closing of one deal; it is an open one in the phase quote unless said otherwise."""
    row = {
        "lost_reason": None,
        "close_at": CLOSED,
        "outcome": "quote",
        "is_won": False,
        "is_lost": False,
        "is_credit": False,
        "standing": None,
        **given,
    }
    schema = {
        "lost_reason": pl.String(),
        "close_at": pl.Datetime("ms", "UTC"),
        "outcome": pl.String(),
        "is_won": pl.Boolean(),
        "is_lost": pl.Boolean(),
        "is_credit": pl.Boolean(),
        "standing": RANK_TYPE,
    }
    return with_closing(pl.DataFrame([row], schema=schema), MEANING, as_of=AS_OF).row(0, named=True)


@pytest.mark.parametrize(
    ("given", "is_won", "is_lost", "closed_at"),
    [
        (WON, True, False, CLOSED),
        ({**WON, "close_at": AS_OF}, True, False, AS_OF),
        ({**WON, "close_at": datetime(2026, 6, 30, 12, 0, 1, tzinfo=UTC)}, False, False, None),
        ({**WON, "close_at": None}, False, False, None),
        ({**WON, "outcome": "ignore"}, False, False, CLOSED),
        ({**WON, "outcome": None}, False, False, CLOSED),
        ({**WON, "is_credit": True}, False, False, CLOSED),
        (LOSS, False, True, CLOSED),
        ({**LOSS, "is_lost": False}, False, True, CLOSED),
        ({**LOSS, "close_at": None}, False, True, None),
        ({"is_lost": True, "outcome": "ignore"}, False, False, CLOSED),
        ({"standing": 4}, False, False, None),
    ],
)
def test_deal_is_won_or_lost_now_by_its_stage_and_closed_by_its_date(
    given, is_won, is_lost, closed_at
):
    found = closing(**given)

    assert (found["is_won_now"], found["is_lost_now"], found["closed_at"]) == (
        is_won,
        is_lost,
        closed_at,
    )


@pytest.mark.parametrize(
    ("reason", "expected"), [(None, 1), ("Something else", 1), ("Timing", 2), ("Too dear!", 4)]
)
def test_phase_of_a_loss_follows_its_reason_and_is_the_default_without_one(reason, expected):
    assert closing(**LOSS, lost_reason=reason)["lost_rank"] == expected


def evidence(world: World, meaning: Meaning = MEANING) -> Evidence:
    """Spells of all deals of a world."""
    mirror, parameters = world.mirror(), Parameters()
    facts = deal_facts(mirror, meaning, parameters, as_of=AS_OF)
    companies = mirror.companies.with_row_index("relation").select("relation", "relation_id")
    deals = with_closing(numbered_deals(facts, companies), meaning, as_of=AS_OF)
    return deal_evidence(deals, mirror, meaning, parameters, as_of=AS_OF)


def test_deal_that_enters_its_lost_stage_as_it_closes_is_lost_once_and_for_good():
    world = World().deal("1", ("offer", "2026-05-01"), ("lost", "2026-06-01"), closed="2026-06-01")

    assert evidence(world).lost.select("at", "until").rows() == [(at("2026-06-01"), None)]


def test_closed_deal_whose_won_stage_has_no_phase_is_no_loss_and_neither_is_an_open_one():
    world = World().deal("1", ("forgottenwon", "2026-06-01"), closed="2026-06-01")
    world.deal("2", ("offer", "2026-06-01"))

    assert evidence(world).lost.height == 0


def test_phase_of_the_second_deal_dates_from_its_first_stage_with_that_phase():
    world = World().deal("1", ("first", "2026-04-01"))
    world.deal("2", ("talk", "2026-05-01"), ("demo", "2026-06-01"))

    assert world.phase()["phase_since"] == date(2026, 5, 1)


def test_loss_whose_reason_stands_for_no_phase_is_no_evidence():
    world = World().deal("1", ("lost", "2026-06-01"), closed="2026-06-01")
    meaning = replace(MEANING, lost_reasons={"timing": Phase.ORIENTING})

    assert evidence(world, meaning).lost.height == 0


def test_deal_is_stale_though_an_activity_is_planned():
    world = World().deal("1", ("offer", ago(200))).touch("1", "2026-07-01")

    assert evidence(world).stale["deal"].to_list() == [0]
