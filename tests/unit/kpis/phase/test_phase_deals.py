"""What each deal stands for, whether it decides, whether it is stale (spec 3.2)."""

from datetime import date
from typing import Any

import pytest

from tests.unit.kpis.phase.world import World, ago

ALONE: list[tuple[str, dict[str, Any], str | None]] = [
    ("offer", {}, "quote"),
    ("signed", {}, "order"),
    ("lost", {"closed": "2026-06-01"}, "no_interest"),
    ("lost", {"closed": "2026-08-01", "lost_reason": "timing"}, "orienting"),
    ("lost", {}, "no_interest"),
    ("won", {"closed": "2026-06-01"}, "order"),
    ("won", {"closed": "2026-08-01"}, None),
    ("won", {}, None),
    ("won", {"closed": "2026-06-01", "amount": -1}, None),
    ("won", {"closed": "2026-06-01", "amount": 0}, "order"),
    ("parked", {}, None),
    ("forgotten", {}, None),
    ("forgottenwon", {"closed": "2026-06-01"}, None),
]


def test_deal_phase_is_what_the_deal_alone_stands_for():
    world = World().says("interest", "2026-06-20")
    for number, (stage, values, _) in enumerate(ALONE, start=10):
        world.deal(str(number), (stage, "2026-06-01"), **values)

    assert world.phases().deals["deal_phase"].to_list() == [phase for _, _, phase in ALONE]


def test_deal_without_a_company_stands_for_its_phase_all_the_same():
    world = World().deal("1", ("offer", "2026-06-01"), relation_id=None)

    assert world.phases().deals.select("deal_phase", "deal_decides_phase").rows() == [
        ("quote", False)
    ]


@pytest.mark.parametrize(
    ("age", "row"),
    [(179, ("quote", False, None)), (180, ("orienting", True, date(2026, 6, 30)))],
)
def test_stale_deal_tells_since_when_and_stands_for_no_decision(age, row):
    deals = World().deal("1", ("offer", ago(age)), relation_id=None).phases().deals

    assert deals.select("deal_phase", "is_stale", "stale_on").rows() == [row]


def test_deal_that_is_not_open_in_a_phase_is_not_stale():
    world = World()
    for stage in ("won", "lost", "parked"):
        world.deal(stage, (stage, ago(400)), closed=ago(400))

    assert world.phases().deals["is_stale"].to_list() == [False, False, False]


def test_reviving_deal_is_not_stale():
    deals = World().deal("1", ("offer", ago(400))).touch("1", ago(10)).phases().deals

    assert deals.select("is_stale", "stale_on").rows() == [(False, None)]


def _deciding(world: World) -> list[str]:
    return world.phases().deals.filter("deal_decides_phase")["deal_id"].to_list()


def test_last_win_decides_during_the_hold_and_decay():
    assert _deciding(World().won("1", ago(80)).won("2", ago(50))) == ["2"]
    assert _deciding(World().won("1", ago(180)).won("2", ago(150))) == ["2"]
    assert _deciding(World().won("10", ago(50)).won("9", ago(50))) == ["9"]


def test_stale_deal_decides_as_the_latest_event():
    assert _deciding(World().deal("1", ("offer", ago(200)))) == ["1"]


def test_deal_of_the_new_cycle_decides():
    world = World().won("1", "2026-05-15").deal("2", ("talk", "2026-06-05"))
    world.deal("3", ("talk", "2026-06-20"), created="2026-05-01")

    assert _deciding(world) == ["2"]


def test_no_deal_decides_when_declaration_or_lead_status_does():
    assert _deciding(World().says("quote", ago(3)).won("1", ago(50))) == []
    world = World().sets("lead_status", "CONNECTED", ago(5)).deal("1", ("parked", ago(50)))
    assert _deciding(world) == []


def test_deals_of_several_relations_decide_each_for_their_own():
    world = World().company("1").company("2")
    world.deal("1", ("offer", ago(5))).deal("2", ("talk", ago(3)), relation_id="2")

    assert _deciding(world) == ["1", "2"]
