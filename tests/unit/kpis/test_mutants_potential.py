"""Potential: the smallest amounts, and where a margin rate comes from (spec 2.1)."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.parameters import Parameters
from kpis.potential import potential
from tests.unit.kpis.phase.world import AS_OF, MEANING, World, ago

CENT = Decimal("0.01")


def found(world: World, **parameters: Any) -> list[dict[str, Any]]:
    """Potential of the relations, in their order."""
    mirror, method = world.mirror(), Parameters.model_validate({"potential": parameters})
    return potential(
        mirror.companies,
        deal_facts(mirror, MEANING, method, as_of=AS_OF),
        mirror.companies.select("relation_id", revenue_ttm=pl.lit(Decimal(0))),
        mirror,
        method,
        stale_deal_ids=pl.Series(dtype=pl.String()),
        as_of=AS_OF,
    ).to_dicts()


def sold(world: World, relation_id: str, *amounts: str) -> World:
    """Won deals of these amounts, each with a margin of 4."""
    for number, amount in enumerate(amounts):
        world.won(
            f"{relation_id}{number}",
            ago(30),
            relation_id=relation_id,
            amount=Decimal(amount),
            margin=Decimal(4),
        )
    return world


def test_smallest_amount_of_a_source_is_a_potential():
    (row,) = found(World().company("1", annual_category_spend=CENT), attainable_share=1)

    assert (row["potential_revenue"], row["potential_source"]) == (CENT, "declared")


@pytest.mark.parametrize(
    ("employees", "revenue"), [(Decimal("0.01"), Decimal("0.01")), (Decimal(0), Decimal(50))]
)
def test_employees_go_before_revenue_when_they_yield_anything(employees, revenue):
    world = World().company("1", employees=employees, annual_revenue=Decimal(100))

    (row,) = found(
        world,
        attainable_share=1,
        spend_per_employee={"default": 1},
        spend_ratio={"default": "0.5"},
    )

    assert (row["potential_revenue"], row["potential_source"]) == (revenue, "firmographic")


def test_margin_rate_tells_where_it_comes_from():
    world = World().company("1", segment="retail").company("2", segment="retail").company("3")

    rows = found(sold(world, "1", "10", "10", "10"), margin_rate="0.1")

    assert [(row["margin_rate"], row["margin_rate_from"]) for row in rows] == [
        (Decimal("0.4"), "own"),
        (Decimal("0.4"), "segment"),
        (Decimal("0.1"), "config"),
    ]
    without = found(World().company("1"))
    assert [(row["margin_rate"], row["margin_rate_from"]) for row in without] == [(None, None)]


@pytest.mark.parametrize("credit", ["-30", "-30.5", "-31", "-32"])
def test_credits_as_large_as_the_orders_make_no_margin_rate(credit):
    (row,) = found(sold(World().company("1"), "1", "10", "10", "10", credit))

    assert (row["margin_rate"], row["margin_rate_from"]) == (None, None)
