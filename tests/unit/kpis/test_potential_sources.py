"""Where the potential comes from and how sure it is (spec 2.1)."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.frames import CHANGES, COMPANIES, COMPANY_LINKS, DEALS, Mirror
from kpis.parameters import Parameters
from kpis.potential import potential
from tests.unit.kpis.builders import AS_OF, MEANING, at, rows, won

KEYED = {
    "reference_price": {"piece": 10, "default": 2},
    "spend_per_employee": {"retail": 100, "default": 50},
    "spend_ratio": {"retail": "0.1"},
    "tier_amount": {"tier_1": 1000},
}
EVERYTHING = {
    "annual_category_spend": Decimal(200),
    "annual_order_volume": Decimal(30),
    "order_volume_unit": "piece",
    "employees": Decimal(4),
    "segment": "retail",
    "tier": "tier_1",
}


def potential_of(
    company: dict[str, Any],
    *deals: dict[str, Any],
    ttm: str = "0",
    changes: list[dict[str, Any]] | None = None,
    stale: list[str] | None = None,
    **parameters: Any,
) -> dict[str, Any]:
    companies = rows(COMPANIES, {"relation_id": "7", "owner": "S1", **company})
    mirror = Mirror(
        companies=companies,
        deals=rows(DEALS, *deals),
        deal_companies=rows(
            COMPANY_LINKS,
            *({"from_id": d["deal_id"], "relation_id": "7", "is_primary": True} for d in deals),
        ),
        company_changes=rows(CHANGES, *(changes or [])),
        account_currency="EUR",
    )
    method = Parameters.model_validate({"potential": {**KEYED, **parameters}})
    return potential(
        companies,
        deal_facts(mirror, MEANING, method, as_of=AS_OF),
        pl.DataFrame({"relation_id": ["7"], "revenue_ttm": [Decimal(ttm)]}),
        mirror,
        method,
        stale_deal_ids=pl.Series(stale or [], dtype=pl.String()),
        as_of=AS_OF,
    ).row(0, named=True)


def found(result: dict[str, Any]) -> tuple[Any, Any, Any]:
    return (
        result["potential_revenue"],
        result["potential_source"],
        result["potential_confidence"],
    )


def open_deal(deal_id: str, amount: str, closes_at: str, **more: Any) -> dict[str, Any]:
    return {**won(deal_id, amount, closes_at), "stage": "qualifiedtobuy", **more}


IN_JULY = open_deal("1", "70", "2026-07-10T10:00")


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ([], (Decimal(100), "declared", "high")),
        (["annual_category_spend"], (Decimal(150), "volume_price", "medium")),
        (
            ["annual_category_spend", "annual_order_volume"],
            (Decimal(200), "firmographic", "medium"),
        ),
        (
            ["annual_category_spend", "annual_order_volume", "employees"],
            (Decimal(70), "pipeline", "low"),
        ),
    ],
)
def test_first_source_with_a_value_decides(without, expected):
    company = {key: value for key, value in EVERYTHING.items() if key not in without}

    assert found(potential_of(company, IN_JULY)) == expected


def test_tier_comes_last_and_nothing_at_all_is_unknown():
    assert found(potential_of({"tier": "tier_1"})) == (Decimal(1000), "tier", "low")
    assert found(potential_of({"tier": "tier_2"})) == (None, "unknown", None)


@pytest.mark.parametrize("spend", [Decimal(0), Decimal(-5)])
def test_source_that_yields_nothing_above_zero_gives_way(spend):
    company = {"annual_category_spend": spend, "tier": "tier_1"}

    assert found(potential_of(company)) == (Decimal(1000), "tier", "low")


def test_order_of_sources_is_configured_and_a_source_can_be_left_out():
    assert potential_of(EVERYTHING, sources=["tier", "declared"])["potential_source"] == "tier"
    assert found(potential_of({"tier": "tier_1"}, sources=["declared"])) == (None, "unknown", None)
    assert found(potential_of(EVERYTHING, sources=[])) == (None, "unknown", None)


@pytest.mark.parametrize(
    ("unit", "revenue"), [("piece", Decimal(15)), ("kg", Decimal(3)), (None, Decimal(3))]
)
def test_volume_takes_the_price_of_its_unit_and_else_the_default(unit, revenue):
    company = {"annual_order_volume": Decimal(3), "order_volume_unit": unit}

    assert found(potential_of(company)) == (revenue, "volume_price", "medium")


def test_volume_without_a_price_yields_nothing():
    company = {"annual_order_volume": Decimal(3), "order_volume_unit": "kg"}

    assert potential_of(company, reference_price={"piece": 10})["potential_source"] == "unknown"


@pytest.mark.parametrize(
    ("company", "revenue"),
    [
        ({"employees": Decimal(4), "segment": "retail"}, Decimal(200)),
        ({"employees": Decimal(4), "segment": "farming"}, Decimal(100)),
        ({"employees": Decimal(4)}, Decimal(100)),
        ({"annual_revenue": Decimal(600), "segment": "retail"}, Decimal(30)),
        (
            {"annual_revenue": Decimal(600), "segment": "retail", "employees": Decimal(0)},
            Decimal(30),
        ),
        (
            {"annual_revenue": Decimal(600), "segment": "retail", "employees": Decimal(4)},
            Decimal(200),
        ),
        ({"annual_revenue": Decimal(600), "segment": "farming"}, None),
    ],
)
def test_firmographic_takes_employees_and_else_revenue(company, revenue):
    assert potential_of(company)["potential_revenue"] == revenue


@pytest.mark.parametrize(
    ("closes_at", "counts"),
    [
        ("2026-06-29T21:59", False),
        ("2026-06-29T22:00", True),  # earlier today
        ("2027-06-29T21:59", True),  # 364 days ahead
        ("2027-06-29T22:00", False),
    ],
)
def test_pipeline_reaches_from_today_up_to_364_days_ahead(closes_at, counts):
    result = potential_of({}, open_deal("1", "70", closes_at))

    assert result["potential_revenue"] == (Decimal(70) if counts else None)


@pytest.mark.parametrize(
    ("deal", "counts"),
    [
        (IN_JULY, True),
        ({**IN_JULY, "stage": "forgotten"}, True),
        ({**IN_JULY, "stage": "parked"}, True),
        ({**IN_JULY, "stage": "closedwon"}, False),
        ({**IN_JULY, "stage": "closedlost"}, False),
        ({**IN_JULY, "closed_at": None}, False),
        ({**IN_JULY, "currency": "GBP"}, False),
    ],
)
def test_pipeline_counts_open_deals_in_any_stage_that_has_a_close_date_and_a_rate(deal, counts):
    assert potential_of({}, deal)["potential_revenue"] == (Decimal(70) if counts else None)


def test_pipeline_leaves_stale_deals_out_and_sums_the_others():
    deals = [
        IN_JULY,
        open_deal("2", "5", "2026-08-01T10:00"),
        open_deal("3", "1", "2026-08-01T10:00"),
    ]

    assert potential_of({}, *deals, stale=["1"])["potential_revenue"] == Decimal(6)


@pytest.mark.parametrize(
    ("ttm", "expected"),
    [
        ("99.99", (Decimal(100), "declared", "high")),
        ("100", (Decimal(100), "declared", "high")),
        ("100.01", (Decimal("100.01"), "realised", "medium")),
    ],
)
def test_realised_revenue_wins_only_when_it_is_larger(ttm, expected):
    assert found(potential_of({"annual_category_spend": Decimal(200)}, ttm=ttm)) == expected


@pytest.mark.parametrize(
    ("ttm", "expected"),
    [
        ("0.01", (Decimal("0.01"), "realised", "medium")),
        ("0", (None, "unknown", None)),
        ("-5", (None, "unknown", None)),
    ],
)
def test_realised_revenue_is_the_potential_when_it_is_all_there_is(ttm, expected):
    assert found(potential_of({}, ttm=ttm)) == expected


def set_to(value: str | None, changed_at: str) -> dict[str, Any]:
    return {
        "external_id": "7",
        "field": "annual_category_spend",
        "value": value,
        "changed_at": at(changed_at),
    }


@pytest.mark.parametrize(
    ("changes", "confidence"),
    [
        ([("200", "2024-06-29T22:00")], "high"),  # 730 days
        ([("200", "2024-06-29T21:59")], "low"),  # 731 days
        ([("200", "2024-01-01T10:00"), ("200.00", "2026-01-01T10:00")], "low"),
        ([("200", "2024-01-01T10:00"), (" 200 ", "2026-01-01T10:00")], "low"),
        (
            [("200", "2024-01-01T10:00"), ("201", "2025-01-01T10:00"), ("200", "2026-01-01T10:00")],
            "high",
        ),
        (
            [("200", "2024-01-01T10:00"), (None, "2025-01-01T10:00"), ("200", "2026-01-01T10:00")],
            "high",
        ),
        (
            [("200", "2024-01-01T10:00"), ("", "2025-01-01T10:00"), ("200", "2026-01-01T10:00")],
            "high",
        ),
        ([("200", "2024-01-01T10:00"), ("300", "2026-07-01T10:00")], "low"),  # later than as_of
        ([], "high"),
    ],
)
def test_declared_is_less_sure_when_its_value_is_older_than_730_days(changes, confidence):
    given = [set_to(value, changed_at) for value, changed_at in reversed(changes)]

    result = potential_of({"annual_category_spend": Decimal(200)}, changes=given)

    assert result["potential_confidence"] == confidence


def test_age_of_a_declared_amount_does_not_touch_another_source():
    old = [set_to("200", "2020-01-01T10:00")]

    assert potential_of({"tier": "tier_1"}, changes=old)["potential_confidence"] == "low"
    assert potential_of({}, ttm="5", changes=old)["potential_confidence"] == "medium"


def margin_deals(count: int, **more: Any) -> list[dict[str, Any]]:
    return [won(str(n), "10", "2026-02-01T10:00", margin=Decimal(4), **more) for n in range(count)]


DECLARED = {"annual_category_spend": Decimal(2000)}


@pytest.mark.parametrize(
    ("deals", "margin"),
    [
        (margin_deals(3), Decimal(400)),
        (margin_deals(2), Decimal(100)),  # the configured rate
        # a credit note counts in the amounts and is no third deal
        ([*margin_deals(2), won("9", "-10", "2026-02-01T10:00", margin=Decimal(-4))], Decimal(100)),
        ([*margin_deals(3), won("9", "-10", "2026-02-01T10:00", margin=Decimal(-7))], Decimal(250)),
        # a deal without a margin counts in neither
        ([*margin_deals(3), won("9", "1000", "2026-02-01T10:00")], Decimal(400)),
        # TTM only
        ([*margin_deals(2), won("9", "10", "2025-06-30T22:00", margin=Decimal(4))], Decimal(400)),
        ([*margin_deals(2), won("9", "10", "2025-06-30T21:59", margin=Decimal(4))], Decimal(100)),
        (
            [*margin_deals(2), won("9", "10", "2026-06-30T12:00:01", margin=Decimal(4))],
            Decimal(100),
        ),
    ],
)
def test_margin_rate_is_the_relations_own_from_three_won_deals_on(deals, margin):
    result = potential_of(DECLARED, *deals, margin_rate="0.1")

    assert result["potential_margin"] == margin


def test_margin_is_unknown_without_a_rate_and_without_a_potential():
    assert potential_of(DECLARED)["potential_margin"] is None
    assert potential_of({}, margin_rate="0.1")["potential_margin"] is None


def test_margin_rate_of_deals_that_sum_to_nothing_gives_way_to_the_configured_one():
    deals = [*margin_deals(3), won("9", "-30", "2026-02-01T10:00", margin=Decimal(-1))]

    assert potential_of(DECLARED, *deals, margin_rate="0.1")["potential_margin"] == Decimal(100)


def test_cost_to_serve_is_taken_off_the_margin_and_may_exceed_it():
    company = {**DECLARED, "cost_to_serve": Decimal(150)}

    assert potential_of(company, margin_rate="0.1")["potential_margin"] == Decimal(-50)


def test_relation_without_own_margins_takes_the_rate_of_its_segment():
    companies = rows(
        COMPANIES,
        *(
            {"relation_id": relation, "segment": segment, "annual_category_spend": Decimal(2000)}
            for relation, segment in [
                ("1", "retail"),
                ("2", "retail"),
                ("3", "farming"),
                ("4", None),
            ]
        ),
    )
    deals = [
        won(deal, "10", "2026-02-01T10:00", margin=Decimal(4)) for deal in ("11", "12", "21", "41")
    ]
    mirror = Mirror(
        deals=rows(DEALS, *deals),
        deal_companies=rows(
            COMPANY_LINKS,
            *(
                {"from_id": deal, "relation_id": deal[0], "is_primary": True}
                for deal in ("11", "12", "21", "41")
            ),
        ),
        account_currency="EUR",
    )
    method = Parameters()

    result = potential(
        companies,
        deal_facts(mirror, MEANING, method, as_of=AS_OF),
        companies.select("relation_id", revenue_ttm=pl.lit(0)),
        mirror,
        method,
        stale_deal_ids=pl.Series(dtype=pl.String()),
        as_of=AS_OF,
    )

    assert result.sort("relation_id")["potential_margin"].to_list() == [
        Decimal(400),
        Decimal(400),
        None,
        None,
    ]


def test_absurd_margin_rate_leaves_the_margin_unknown_instead_of_stopping_the_run():
    deals = [
        won(str(n), "0.000001", "2026-02-01T10:00", margin=Decimal(10) ** 15 - 1) for n in range(3)
    ]

    company = {"annual_category_spend": Decimal(20_000)}

    assert potential_of(company, *deals)["potential_margin"] is None


def test_credits_above_the_orders_make_no_margin_rate():
    company = {"annual_category_spend": Decimal(20_000)}
    deals = [won(str(n), "10", "2026-02-01T10:00", margin=Decimal(4)) for n in range(3)]

    def margin(credit: str) -> Decimal | None:
        returned = won("9", credit, "2026-03-01T10:00", margin=Decimal(-4))
        found: Decimal | None = potential_of(company, *deals, returned)["potential_margin"]
        return found

    assert margin("-29") == Decimal(80_000)  # 8 of the 1 that is left, times 10,000
    assert margin("-30") is None
    assert margin("-31") is None
