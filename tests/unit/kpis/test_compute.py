"""The chapters put together: what is blank, what is switched, and how results are gathered."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.compute import MONEY_COLUMNS, REVENUE_COLUMNS, Results, compute
from kpis.frames import COMPANIES, COMPANY_LINKS, DEALS, Mirror, OwnHistory
from kpis.parameters import Parameters
from kpis.properties import PROPERTIES
from tests.unit.kpis.builders import AS_OF, MEANING, TEXTS, rows, won
from tests.unit.kpis.scene import READABLE, Scene


def world(**more: Any) -> Mirror:
    """Relations 9 and 10 of seller S1, and 11 of S2; the first two have given an order."""
    return Mirror(
        companies=rows(
            COMPANIES,
            {"relation_id": "10", "name": "Tien", "owner": "S1"},
            {"relation_id": "9", "name": "Negen", "owner": "S1"},
            {"relation_id": "11", "name": "Elf", "owner": "S2"},
        ),
        deals=rows(
            DEALS,
            won("2", "1000.005", "2026-06-02T09:00:00", owner="S1"),
            won("1", None, "2026-05-02T09:00:00", owner="S1"),
        ),
        deal_companies=rows(
            COMPANY_LINKS,
            {"from_id": "2", "relation_id": "10", "is_primary": True},
            {"from_id": "1", "relation_id": "9", "is_primary": True},
        ),
        account_currency="EUR",
        **more,
    )


def results(mirror: Mirror | None = None, **parameters: Any) -> Results:
    return compute(
        mirror or world(),
        MEANING,
        Parameters.model_validate(parameters),
        as_of=AS_OF,
        history=OwnHistory(),
        texts=TEXTS,
    )


def of(frame: pl.DataFrame, column: str) -> dict[str, Any]:
    return dict(zip(frame[frame.columns[0]], frame[column], strict=True))


def test_relations_and_deals_stand_in_the_order_of_their_ids():
    found = results()

    assert found.relations["relation_id"].to_list() == ["9", "10", "11"]
    assert found.deals["deal_id"].to_list() == ["1", "2"]
    assert found.sellers["seller_id"].to_list() == ["S1", "S2"]
    assert set(found.frames) == {"companies", "deals", "contacts"}


def test_order_of_the_rows_changes_nothing():
    mirror = world()
    turned = world()
    object.__setattr__(turned, "companies", mirror.companies.reverse())
    object.__setattr__(turned, "deals", mirror.deals.reverse())

    one, other = results(mirror), results(turned)

    assert one.relations.equals(other.relations)
    assert one.deals.equals(other.deals)
    assert one.sellers.equals(other.sellers)


def test_money_is_rounded_half_up_at_output_alone():
    found = results()

    revenue = of(found.relations, "revenue_ttm")
    assert revenue == {"9": Decimal("0.00"), "10": Decimal("1000.01"), "11": Decimal("0.00")}
    assert {str(found.relations.schema[name]) for name in MONEY_COLUMNS} == {
        "Decimal(precision=38, scale=2)"
    }


def test_revenue_is_blank_when_deals_cannot_be_read():
    found = results(world(readable=frozenset({"companies", "contacts"})))

    for name in REVENUE_COLUMNS:
        assert found.relations[name].null_count() == 3, name
    for name in ("revenue", "gross", "credits"):
        assert found.periods[name].null_count() == found.periods.height, name
    for name in ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm", "margin_ttm"):
        assert found.sellers[name].null_count() == found.sellers.height, name
    assert found.deals.is_empty()
    assert found.relations["buying_phase"].to_list() == ["unknown"] * 3


def test_revenue_of_a_relation_without_deals_is_nought_when_deals_can_be_read():
    assert of(results().relations, "revenue_ytd")["11"] == Decimal("0.00")


@pytest.mark.parametrize(("switch", "expected"), [(False, [None] * 3), (True, [59, 28, None])])
def test_days_in_phase_are_given_when_they_are_switched_on(switch, expected):
    found = results(write_back={"days_in_phase": switch})

    assert found.relations["days_in_phase"].to_list() == expected


def test_warnings_of_deals_stand_on_their_relation_once_and_sorted():
    warnings = of(results().relations, "data_warnings")

    assert [one for one in warnings["9"] if one.startswith("deal_")] == ["deal_amount_missing"]
    assert not any(one.startswith("deal_") for one in warnings["10"])
    assert all(list(one) == sorted(set(one)) for one in warnings.values())


def test_yes_or_no_of_a_deal_is_yes_or_blank():
    deals = results().deals

    for name in ("deal_decides_phase", "deal_top_relation_at_close"):
        assert set(deals[name]) <= {True, None}
    assert True in deals["deal_decides_phase"].to_list()


def test_realised_amount_and_last_day_follow_the_won_deal():
    found = results()

    assert of(found.deals, "deal_realised_amount")["2"] == Decimal("1000.01")
    assert of(found.relations, "last_won_on")["10"] == date(2026, 6, 2)


def test_every_property_that_we_write_is_a_column_of_its_frame():
    found = results()

    for row in PROPERTIES:
        if row.direction == "out" and row.name != "calculated_at":
            assert row.name in found.frames[row.object_type].columns, row.name


def test_empty_mirror_gives_empty_results():
    found = results(Mirror())

    assert found.relations.is_empty()
    assert found.deals.is_empty()
    assert found.sellers.is_empty()


@pytest.mark.parametrize(
    ("sources", "is_blank"),
    [
        (["deal_text"], True),
        (["deal_text", "contact_text"], False),  # contacts can be read
        (["company_text"], False),
    ],
)
def test_pains_and_gains_are_blank_when_none_of_their_places_can_be_read(sources, is_blank):
    scene = Scene(top=("1",), readable=READABLE - {"deals"})
    found = scene.given("1", 10, owner="S1").results(pains_gains={"sources": sources})
    row = found.relations.row(0, named=True)
    seller = found.sellers.row(0, named=True)

    assert (row["pains_count"] is None) is is_blank
    assert (row["pains_gains_complete"] is None) is is_blank
    assert ("pains_gains" in row["score_basis"]) is is_blank
    assert ("niet meetbaar" in row["score_explanation"].rsplit(" · ", 1)[-1]) is is_blank
    assert (seller["pg_coverage"] is None) is is_blank
