"""Realised revenue per relation, seller and period (spec 5.1, 5.3)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.frames import COMPANY_LINKS, DEALS, MEMBERSHIPS, REVIEWS, Mirror, OwnHistory
from kpis.parameters import Parameters
from kpis.revenue import (
    credit_rows,
    realised_deals,
    relation_revenue,
    revenue_between,
    seller_revenue,
)
from kpis.rounding import ratio
from tests.unit.kpis.builders import AS_OF, MEANING, rows, won

RELATIONS = pl.DataFrame({"relation_id": ["7"]})
SELLERS = pl.DataFrame({"seller_id": ["S1", "S2"]})


def mirror_of(*deals: dict[str, Any]) -> Mirror:
    """Deals of relation 7 and seller S1, unless a deal's id starts with 9: those have none."""
    return Mirror(
        deals=rows(DEALS, *({"owner": "S1", **deal} for deal in deals)),
        deal_companies=rows(
            COMPANY_LINKS,
            *(
                {"from_id": deal["deal_id"], "relation_id": "7", "is_primary": True}
                for deal in deals
                if not deal["deal_id"].startswith("9")
            ),
        ),
        account_currency="EUR",
    )


def facts_of(*deals: dict[str, Any]) -> pl.DataFrame:
    return deal_facts(mirror_of(*deals), MEANING, Parameters(), as_of=AS_OF)


def relation_of(*deals: dict[str, Any], **reporting: Any) -> dict[str, Any]:
    parameters = Parameters.model_validate({"reporting": reporting})
    return relation_revenue(RELATIONS, facts_of(*deals), parameters, as_of=AS_OF).row(0, named=True)


def credits_of(*deals: dict[str, Any]) -> pl.DataFrame:
    return credit_rows(facts_of(*deals), mirror_of(*deals), Parameters(), as_of=AS_OF)


def seller_of(
    *deals: dict[str, Any], history: OwnHistory | None = None, period: str = "ttm"
) -> dict[str, Any]:
    result = seller_revenue(
        SELLERS, credits_of(*deals), history or OwnHistory(), Parameters(), as_of=AS_OF
    )
    return result.filter(pl.col("seller_id") == "S1", pl.col("period") == period).row(0, named=True)


def test_relation_without_deals_has_zero_sums_and_blank_rest():
    assert relation_of() == {
        "relation_id": "7",
        "revenue_ytd": Decimal(0),
        "revenue_ttm": Decimal(0),
        "revenue_prev_ttm": Decimal(0),
        "margin_ttm": None,
        "last_won_on": None,
        "revenue_growth": None,
    }


@pytest.mark.parametrize(
    ("closed_at", "ytd", "ttm", "previous"),
    [
        ("2024-06-30T21:59", 0, 0, 0),
        ("2024-06-30T22:00", 0, 0, 1),
        ("2025-06-30T21:59", 0, 0, 1),
        ("2025-06-30T22:00", 0, 1, 0),
        ("2025-12-31T22:59", 0, 1, 0),
        ("2025-12-31T23:00", 1, 1, 0),
        ("2026-06-30T12:00", 1, 1, 0),
        ("2026-06-30T12:00:01", 0, 0, 0),
    ],
)
def test_relation_periods_end_and_begin_at_local_midnight(closed_at, ytd, ttm, previous):
    result = relation_of(won("1", "1", closed_at))

    assert (result["revenue_ytd"], result["revenue_ttm"], result["revenue_prev_ttm"]) == (
        Decimal(ytd),
        Decimal(ttm),
        Decimal(previous),
    )


@pytest.mark.parametrize(("closed_at", "ytd"), [("2026-03-31T21:59", 0), ("2026-03-31T22:00", 1)])
def test_year_to_date_starts_with_the_fiscal_year(closed_at, ytd):
    result = relation_of(won("1", "1", closed_at), fiscal_year_start=4)

    assert result["revenue_ytd"] == Decimal(ytd)


def test_relation_revenue_is_net_of_credit_notes_and_growth_compares_with_the_year_before():
    result = relation_of(
        won("1", "300", "2026-02-01T10:00", margin=Decimal(90)),
        won("2", "-60", "2026-03-01T10:00", margin=Decimal(-20)),
        won("3", "160", "2025-02-01T10:00", margin=Decimal(50)),
    )

    assert result["revenue_ttm"] == Decimal(240)
    assert result["margin_ttm"] == Decimal(70)
    assert result["revenue_growth"] == Decimal("0.5")
    assert result["last_won_on"] == date(2026, 2, 1)


def test_sums_add_deals_up_in_every_period():
    deals = [
        won("1", "3", "2026-06-01T10:00"),
        won("2", "4", "2026-06-02T10:00"),
        won("3", "-1", "2026-06-03T10:00"),
        won("4", "-2", "2026-06-04T10:00"),
        won("5", "10", "2025-02-01T10:00"),
        won("6", "20", "2025-03-01T10:00"),
    ]

    relation, seller = relation_of(*deals), seller_of(*deals)

    assert (relation["revenue_ytd"], relation["revenue_prev_ttm"]) == (Decimal(4), Decimal(30))
    assert (seller["gross"], seller["credits"]) == (Decimal(7), Decimal(-3))


def test_margin_is_blank_when_no_deal_of_the_period_has_one():
    deal = won("1", "3", "2026-06-01T10:00")

    assert relation_of(deal)["margin_ttm"] is None
    assert seller_of(deal)["margin"] is None


def test_last_won_is_a_won_deal_even_without_a_known_rate_and_never_in_the_future():
    result = relation_of(
        won("1", "1", "2026-05-01T10:00"),
        won("2", "1", "2026-06-01T22:30", currency="GBP"),
        won("3", "1", "2026-07-01T10:00"),
    )

    assert result["last_won_on"] == date(2026, 6, 2)
    assert result["revenue_ttm"] == Decimal(1)


def test_deal_of_no_relation_counts_for_its_seller_only():
    deal = won("9", "5", "2026-06-01T10:00")

    assert relation_of(deal)["revenue_ttm"] == Decimal(0)
    assert seller_of(deal)["revenue"] == Decimal(5)


@pytest.mark.parametrize(
    ("closed_at", "periods"),
    [
        ("2026-06-10T10:00", ["mtd", "qtd", "ytd", "ttm"]),
        ("2026-05-31T21:59", ["qtd", "ytd", "ttm"]),
        ("2026-03-31T21:59", ["ytd", "ttm"]),
        ("2025-12-31T22:59", ["ttm"]),
        ("2025-06-30T21:59", []),
    ],
)
def test_seller_revenue_has_a_row_for_each_period(closed_at, periods):
    credited = credits_of(won("1", "1", closed_at))

    result = seller_revenue(SELLERS, credited, OwnHistory(), Parameters(), as_of=AS_OF)

    assert result["period"].to_list() == ["mtd", "mtd", "qtd", "qtd", "ytd", "ytd", "ttm", "ttm"]
    mine = result.filter(pl.col("revenue") == 1)
    assert mine["period"].to_list() == periods
    assert set(mine["seller_id"]) <= {"S1"}


def test_seller_without_deals_has_zero_sums_and_blank_ratios():
    assert seller_of() == {
        "seller_id": "S1",
        "period": "ttm",
        "revenue": Decimal(0),
        "gross": Decimal(0),
        "credits": Decimal(0),
        "margin": None,
        "margin_percentage": None,
        "top_revenue_share": None,
    }


@pytest.mark.parametrize(
    ("covered", "bare", "percentage"),
    [("80", "20", Decimal("0.25")), ("79.99", "20.01", None), ("0", "100", None)],
)
def test_margin_percentage_needs_margins_on_four_fifths_of_the_revenue(covered, bare, percentage):
    result = seller_of(
        won("1", covered, "2026-06-01T10:00", margin=Decimal(covered) / 4),
        won("2", bare, "2026-06-01T10:00"),
    )

    assert result["margin"] == Decimal(covered) / 4
    assert result["margin_percentage"] == percentage


def test_margin_percentage_is_blank_when_revenue_is_not_positive():
    result = seller_of(won("1", "-10", "2026-06-01T10:00", margin=Decimal(-2)))

    assert (result["margin"], result["margin_percentage"]) == (Decimal(-2), None)


def test_margin_percentage_adds_the_covered_deals_up():
    result = seller_of(
        *(won(n, "40", "2026-06-01T10:00", margin=Decimal(10)) for n in ("1", "2")),
        won("3", "20", "2026-06-01T10:00"),
    )

    assert result["margin_percentage"] == Decimal("0.25")


def test_margin_percentage_is_blank_when_net_revenue_is_zero():
    result = seller_of(
        won("1", "10", "2026-06-01T10:00", margin=Decimal(2)), won("2", "-10", "2026-06-01T10:00")
    )

    assert (result["revenue"], result["margin_percentage"]) == (Decimal(0), None)


def history(*spells: tuple[date, date | None], reviewed_on: date | None) -> OwnHistory:
    reviews = [{"reviewed_on": reviewed_on, "group": ""}] if reviewed_on else []
    return OwnHistory(
        memberships=rows(
            MEMBERSHIPS,
            *(
                {"relation_id": "7", "from_on": first, "until_on": until, "basis": "rule"}
                for first, until in spells
            ),
        ),
        reviews=rows(REVIEWS, *reviews),
    )


MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("closed_at", "spells", "reviewed_on", "was_top"),
    [
        # inside and around a spell that ended
        ("2026-04-30T22:00", [(MAY, JUNE)], MAY, True),
        ("2026-05-31T21:59", [(MAY, JUNE)], MAY, True),
        ("2026-05-31T22:00", [(MAY, JUNE)], MAY, False),
        # before our history the present membership stands in
        ("2026-04-30T21:59", [(MAY, JUNE)], MAY, False),
        ("2026-04-30T21:59", [(MAY, None)], MAY, True),
        ("2026-04-30T21:59", [(MAY, None)], None, True),
        # our history says that it was not top, from its first day on
        ("2026-04-30T22:00", [(JUNE, None)], MAY, False),
        ("2026-05-31T21:59", [(JUNE, None)], MAY, False),
        ("2026-05-31T22:00", [(JUNE, None)], MAY, True),
        ("2026-06-10T10:00", [(MAY, date(2026, 5, 9)), (JUNE, None)], MAY, True),
        ("2026-05-10T10:00", [(MAY, date(2026, 5, 9)), (JUNE, None)], MAY, False),
        ("2026-06-10T10:00", [], MAY, False),
        ("2026-06-10T10:00", [], None, False),
    ],
)
def test_membership_at_close_is_that_of_our_history_and_else_the_present_one(
    closed_at, spells, reviewed_on, was_top
):
    deal = won("1", "10", closed_at)
    ours = history(*spells, reviewed_on=reviewed_on)

    assert seller_of(deal, history=ours)["top_revenue_share"] == Decimal(int(was_top))
    assert realised_deals(facts_of(deal), ours, as_of=AS_OF).rows() == [("1", Decimal(10), was_top)]


@pytest.mark.parametrize(
    ("bare", "share"), [("20", Decimal("0.3333")), ("-9.99", Decimal(1000)), ("-10", None)]
)
def test_top_revenue_share_is_blank_unless_net_revenue_is_positive(bare, share):
    result = seller_of(
        won("1", "10", "2026-06-01T10:00"),
        won("9", bare, "2026-06-01T10:00"),
        history=history((MAY, None), reviewed_on=MAY),
    )

    rounded = pl.select(ratio(pl.lit(result["top_revenue_share"], dtype=pl.Decimal(38, 12)))).item()
    assert rounded == share


def test_realised_deal_without_a_relation_was_not_top_and_one_without_a_rate_has_no_amount():
    ours = history((MAY, None), reviewed_on=MAY)
    facts = facts_of(
        won("1", "10", "2026-06-01T10:00", currency="GBP"),
        won("9", "10", "2026-06-01T10:00"),
        won("2", "10", "2026-07-01T10:00"),
    )

    assert sorted(realised_deals(facts, ours, as_of=AS_OF).rows()) == [
        ("1", None, True),
        ("9", Decimal(10), False),
    ]


def test_revenue_between_holds_both_days_and_a_row_for_what_belongs_to_nobody():
    credited = credits_of(
        won("1", "1", "2026-05-31T21:59"),
        won("2", "2", "2026-05-31T22:00"),
        won("3", "4", "2026-06-10T21:59"),
        won("4", "8", "2026-06-10T22:00"),
        won("91", "16", "2026-06-05T10:00", owner=None),
    )
    days = {"first": date(2026, 6, 1), "last": date(2026, 6, 10)}

    by_seller = revenue_between(credited, OwnHistory(), Parameters(), by="seller_id", **days)
    by_relation = revenue_between(credited, OwnHistory(), Parameters(), by="relation_id", **days)

    assert by_seller.select("seller_id", "revenue").rows() == [
        (None, Decimal(16)),
        ("S1", Decimal(6)),
    ]
    assert by_relation.select("relation_id", "revenue").rows() == [
        (None, Decimal(16)),
        ("7", Decimal(6)),
    ]
