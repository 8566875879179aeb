"""Revenue: sums of more than one deal, their order, and owners at close (spec 5.2, 5.3)."""

from datetime import date
from decimal import Decimal

import polars as pl

from kpis.deal import deal_facts
from kpis.frames import COMPANY_LINKS, DEALS, Mirror, OwnHistory
from kpis.parameters import Parameters
from kpis.revenue import credit_rows, owner_at_close, relation_revenue, revenue_between
from tests.unit.kpis.builders import AS_OF, MEANING, rows, won

PARAMETERS = Parameters()
DEALS_OF = Mirror(
    deals=rows(
        DEALS,
        won("1", "100", "2026-02-01T10:00", owner="10"),
        won("2", "250", "2026-03-01T10:00", owner="9"),
        won("3", "1", "2026-08-01T10:00", owner="9"),
    ),
    deal_companies=rows(
        COMPANY_LINKS,
        *({"from_id": deal, "relation_id": "7", "is_primary": True} for deal in ("1", "2", "3")),
    ),
    account_currency="EUR",
)


def facts() -> pl.DataFrame:
    return deal_facts(DEALS_OF, MEANING, PARAMETERS, as_of=AS_OF)


def test_revenue_of_the_year_adds_all_deals_of_the_relation():
    relations = pl.DataFrame({"relation_id": ["7"]})

    row = relation_revenue(relations, facts(), PARAMETERS, as_of=AS_OF).row(0, named=True)

    assert row["revenue_ytd"] == Decimal(350)


def test_only_realised_deals_have_an_owner_at_close():
    owners = owner_at_close(facts(), DEALS_OF, PARAMETERS, as_of=AS_OF)

    assert owners.rows() == [("1", "10"), ("2", "9")]


def test_revenue_between_two_days_stands_in_the_order_of_ids():
    credited = credit_rows(facts(), DEALS_OF, PARAMETERS, as_of=AS_OF)

    between = revenue_between(
        credited,
        OwnHistory(),
        PARAMETERS,
        by="seller_id",
        first=date(2026, 1, 1),
        last=date(2026, 6, 30),
    )

    assert between["seller_id"].to_list() == ["9", "10"]
