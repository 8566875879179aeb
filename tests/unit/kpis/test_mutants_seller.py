"""Figures of sellers: who is one, what is counted, how it is rounded (spec 3.3, 5, 6.2, 6.5)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.compute import Results
from kpis.frames import EXACT
from kpis.seller import rounded_periods, team_totals
from tests.unit.kpis.phase.world import ago, at
from tests.unit.kpis.scene import Scene


def row(results: Results, seller_id: str = "S1") -> dict[str, Any]:
    return results.sellers.filter(seller_id=seller_id).row(0, named=True)


def revenue(results: Results) -> list[tuple[Any, ...]]:
    """Seller, period and net revenue in the order of the periods."""
    return results.periods.select("seller_id", "period", "revenue").rows()


def quiet(*, top: int, silent: int, phase: str = "no_interest") -> Scene:
    """So many top relations of S1, the first of which are declared to be in the phase."""
    ids = [str(number) for number in range(1, top + 1)]
    scene = Scene(top=tuple(ids))
    for relation_id in ids:
        scene.company(relation_id)
    for relation_id in ids[:silent]:
        scene.companies[int(relation_id) - 1]["phase_declared"] = phase
        scene.says(phase, "2026-06-10", relation_id=relation_id)
    return scene


def test_sellers_are_owners_and_those_credited_with_a_deal_each_once_by_id():
    scene = Scene().company("1", owner="10").company("2", owner="9").company("3", owner="9")
    scene.won("1", ago(1), owner="11", amount=Decimal(5))
    scene.won("2", ago(1), owner=None, amount=Decimal(7))
    scene.deal_changes.clear()

    results = scene.results()

    assert revenue(results) == [
        (seller, period, amount)
        for period in ("mtd", "qtd", "ytd", "ttm")
        for seller, amount in (("9", 0), ("10", 0), ("11", 5))
    ]
    assert results.sellers.select("seller_id", "relations").rows() == [
        ("9", 2),
        ("10", 1),
        ("11", 0),
    ]


def test_seller_without_relations_has_noughts_and_no_means():
    scene = Scene().company("1").won("1", ago(1), owner="S2", amount=Decimal(5))

    found = row(scene.results(), "S2")

    assert (found["relations"], found["top_relations_total"]) == (0, 0)
    assert (found["top_relations_contacted"], found["kpi1"]) == (0, 0)
    assert (found["phase_component"], found["pains_gains_component"]) == (None, None)
    assert found["revenue_mtd"] == 5


def test_exits_of_every_phase_below_order_are_nought_when_nothing_moved():
    found = row(Scene().company("1").results())

    names = ("no_interest", "orienting", "interest", "quote")
    assert [found[f"phase_conversion_{name}_n"] for name in names] == [0, 0, 0, 0]
    assert [found[f"phase_conversion_{name}"] for name in names] == [None] * 4


def moving(*, top: tuple[str, ...]) -> Scene:
    """Relation 1 of S1, declared in interest and then in quote."""
    scene = Scene(top=top).company("1", phase_declared="quote").company("2", owner="S2")
    return scene.says("interest", "2026-05-01").says("quote", "2026-06-10")


@pytest.mark.parametrize(("top", "exits"), [(("1",), 1), ((), 0)])
def test_conversion_is_of_relations_that_are_top(top, exits):
    assert row(moving(top=top).results())["phase_conversion_interest_n"] == exits


def test_seller_whose_only_top_relation_was_just_handed_over_has_its_conversions():
    assigned = datetime(2026, 6, 20, tzinfo=UTC)
    scene = Scene(top=("1",)).company(
        "1", owner="S2", owner_assigned_at=assigned, phase_declared="quote"
    )
    scene.sets("owner", "S1", "2026-01-01").sets("owner", "S2", assigned)
    scene.says("interest", "2026-05-01").says("quote", "2026-06-25")

    found = row(scene.results(), "S2")

    assert found["top_relations_total"] == 0
    assert (found["phase_conversion_interest"], found["phase_conversion_interest_n"]) == (1, 1)


@pytest.mark.parametrize(
    ("top", "silent", "warned"), [(5, 2, False), (5, 3, True), (4, 2, True), (2, 1, True)]
)
def test_no_interest_is_warned_of_above_two_fifths_of_the_top_relations(top, silent, warned):
    found = row(quiet(top=top, silent=silent).results())

    assert ("no_interest_share" in found["seller_warnings"]) is warned


def test_no_interest_of_relations_that_are_not_top_is_not_warned_of():
    scene = replace(quiet(top=2, silent=2), top=())

    assert "no_interest_share" not in row(scene.results())["seller_warnings"]


def test_other_relations_do_not_lower_the_share_without_interest():
    scene = quiet(top=2, silent=1).company("3").company("4")

    assert "no_interest_share" in row(scene.results())["seller_warnings"]


def test_locked_no_interest_is_warned_of_as_well():
    scene = quiet(top=2, silent=2)
    for company in scene.companies:
        company["phase_locked_until"] = date(2026, 12, 31)

    results = scene.results()

    assert results.relations["phase_source"].to_list() == ["locked", "locked"]
    assert "no_interest_share" in row(results)["seller_warnings"]


def test_another_phase_declared_is_not_warned_of():
    found = row(quiet(top=2, silent=2, phase="quote").results())

    assert "no_interest_share" not in found["seller_warnings"]


def test_no_interest_that_was_not_declared_is_not_warned_of():
    scene = Scene(top=("1",)).company("1").won("1", "2024-05-01", amount=Decimal(5))

    results = scene.results()

    assert results.relations["buying_phase"].to_list() == ["no_interest"]
    assert "no_interest_share" not in row(results)["seller_warnings"]


def test_warnings_of_a_seller_stand_in_the_order_of_their_names():
    scene = quiet(top=2, silent=2).meeting(ago(20), created_at=at(ago(3)))

    found = row(scene.results(contact={"min_moments": 10}))

    assert found["seller_warnings"] == ["late_logging", "low_volume", "no_interest_share"]


@pytest.mark.parametrize(("least", "component"), [(1, 1), (2, None)])
def test_focus_counts_in_the_score_unless_the_volume_is_low(least, component):
    scene = Scene(top=("1",)).company("1").meeting(ago(3))

    found = row(scene.results(contact={"min_moments": least}))

    assert found["focus_component"] == component


def test_periods_are_shown_with_cents_and_four_decimals():
    amounts = ("revenue", "gross", "credits", "margin", "target")
    shares = ("margin_percentage", "top_revenue_share", "attainment", "pace")
    values = dict.fromkeys(amounts, "10.126") | dict.fromkeys(shares, "0.12346")
    frame = pl.DataFrame({name: [value] for name, value in values.items()}).cast(EXACT)

    found = rounded_periods(frame).row(0, named=True)

    assert [found[name] for name in amounts] == [Decimal("10.13")] * 5
    assert [found[name] for name in shares] == [Decimal("0.1235")] * 4


def test_amounts_of_sellers_are_shown_with_cents():
    scene = Scene().company("1")
    scene.won("1", ago(0), amount=Decimal("10.126"), margin=Decimal("4.126"))

    found = row(scene.results())

    assert found["margin_ttm"] == Decimal("4.13")
    for period in ("mtd", "qtd", "ytd", "ttm"):
        assert found[f"revenue_{period}"] == Decimal("10.13")


def test_team_has_the_sum_of_every_amount():
    scene = Scene().company("1")
    for number, owner in enumerate(("S1", "S2")):
        scene.won(str(number), ago(0), owner=owner, amount=Decimal(10), margin=Decimal(4))

    team = team_totals(scene.results().sellers).row(0, named=True)

    names = ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm", "margin_ttm")
    assert [team[name] for name in names] == [20, 20, 20, 20, 8]
