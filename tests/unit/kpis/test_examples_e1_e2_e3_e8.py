"""Worked examples E1, E2, E3 and E8 of the specification, under their own numbers."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.frames import (
    CHANGES,
    COMPANIES,
    COMPANY_LINKS,
    DEALS,
    MEMBERSHIPS,
    REVIEWS,
    SPLITS,
    Mirror,
    OwnHistory,
)
from kpis.parameters import Parameters
from kpis.potential import potential
from kpis.revenue import credit_rows, realised_deals, relation_revenue, seller_revenue
from kpis.rounding import money, ratio
from tests.unit.kpis.builders import (
    AS_OF,
    MEANING,
    at,
    candidate,
    candidates,
    decide,
    history_with,
    rows,
    won,
)

PARAMETERS = Parameters()


E1 = candidates(
    candidate("A", 400_000, 80_000),
    candidate("B", 150_000, 45_000),
    candidate("C", 150_000, 34_000),
    candidate("D", 60_000, 12_000),
    candidate(
        "E",
        40_000,
        9_000,
        top_relation_override="always",
        top_relation_override_reason="strategic",
        top_relation_override_until=date(2026, 5, 31),
    ),
    candidate("F", None),
)


def test_e1_rule_and_hysteresis():
    history = history_with("C", "D", reviewed_on=date(2026, 6, 1))

    outcome = decide(at("2026-07-01T12:00"), history, E1)

    assert outcome.is_review
    assert outcome.relations.select(
        "relation_id",
        ratio(pl.col("potential_index")),
        "is_top_relation",
        "top_relation_basis",
        "warnings",
    ).rows() == [
        ("A", Decimal("2.3611"), True, "rule", []),
        ("B", Decimal("1.0938"), True, "rule", []),
        ("C", Decimal("0.9410"), True, "buffer", []),
        ("D", Decimal("0.3542"), False, "none", []),
        ("E", Decimal("0.2500"), False, "none", ["override_expired"]),
        ("F", None, False, "none", []),
    ]


def test_e1_c_stays_out_when_it_was_not_top():
    history = history_with("D", reviewed_on=date(2026, 6, 1))

    outcome = decide(at("2026-07-01T12:00"), history, E1)

    assert outcome.relations.row(2, named=True)["top_relation_basis"] == "none"


def test_e1_d_stays_on_any_day_but_a_review():
    history = history_with("C", "D", reviewed_on=date(2026, 7, 1))

    outcome = decide(at("2026-07-02T12:00"), history, E1)

    assert not outcome.is_review
    assert outcome.relations.row(3, named=True)["top_relation_basis"] == "buffer"


def test_e2_all_potentials_equal():
    equal = candidates(*(candidate(relation, 50_000, 10_000) for relation in "ABCDE"))
    history = history_with("C", reviewed_on=date(2026, 5, 1))

    outcome = decide(AS_OF, history, equal)

    assert outcome.relations.select(
        "relation_id", "potential_index", "top_relation_basis"
    ).rows() == [
        ("A", Decimal(1), "none"),
        ("B", Decimal(1), "none"),
        ("C", Decimal(1), "buffer"),
        ("D", Decimal(1), "none"),
        ("E", Decimal(1), "none"),
    ]
    assert outcome.group_warnings.rows() == [("retail", "no_dispersion")]


E3_PARAMETERS = Parameters.model_validate(
    {
        "potential": {
            "margin_rate": "0.25",
            "reference_price": {"piece": 50},
            "spend_per_employee": {"default": 900},
            "tier_amount": {"tier_1": 100_000},
        }
    }
)


@pytest.mark.parametrize(
    ("company", "deals", "expected"),
    [
        (
            {"annual_category_spend": Decimal(300_000)},
            [("15000", "4500")] * 4,
            (Decimal(150_000), Decimal(45_000), "declared", "high"),
        ),
        (
            {"annual_order_volume": Decimal(1_200), "order_volume_unit": "piece"},
            [("75000", None)],
            (Decimal(75_000), Decimal(18_750), "realised", "medium"),
        ),
        (
            {"employees": Decimal(80)},
            [],
            (Decimal(36_000), Decimal(9_000), "firmographic", "medium"),
        ),
        ({"tier": "tier_1"}, [], (Decimal(100_000), Decimal(25_000), "tier", "low")),
        ({}, [], (None, None, "unknown", None)),
    ],
)
def test_e3_potential(company, deals, expected):
    companies = rows(COMPANIES, {"relation_id": "1", "owner": "S1", **company})
    mirror = Mirror(
        companies=companies,
        deals=rows(
            DEALS,
            *(
                won(str(number), amount, "2026-03-02T10:00", margin=margin and Decimal(margin))
                for number, (amount, margin) in enumerate(deals)
            ),
        ),
        deal_companies=rows(
            COMPANY_LINKS,
            *(
                {"from_id": str(n), "relation_id": "1", "is_primary": True}
                for n in range(len(deals))
            ),
        ),
        company_changes=rows(
            CHANGES,
            {
                "external_id": "1",
                "field": "annual_category_spend",
                "value": "300000",
                "changed_at": at("2026-02-10T09:00"),
            },
        ),
    )
    facts = deal_facts(mirror, MEANING, E3_PARAMETERS, as_of=AS_OF)

    result = potential(
        companies,
        facts,
        relation_revenue(companies, facts, E3_PARAMETERS, as_of=AS_OF),
        mirror,
        E3_PARAMETERS,
        stale_deal_ids=pl.Series([], dtype=pl.String()),
        as_of=AS_OF,
    )

    columns = [f"potential_{name}" for name in ("revenue", "margin", "source", "confidence")]
    assert result.select(columns).rows() == [expected]


E8_DEALS = rows(
    DEALS,
    won("1", "10000", "2026-03-31T22:30", owner="S1"),
    won(
        "2", "12000", "2026-05-04T10:00", owner="S1", currency="USD", exchange_rate=Decimal("0.92")
    ),
    won("3", "-1500", "2026-06-05T10:00", owner="S1"),
    won("4", "20000", "2026-06-15T10:00", owner="S1"),
    won("5", "5000", "2026-07-03T10:00", owner="S1"),
    won("6", "8000", "2026-05-20T10:00", owner="S2"),
    won("7", None, "2026-05-22T10:00", owner="S1"),
    won("8", "30000", "2026-06-30T21:00", owner="S1"),
)
E8_MIRROR = Mirror(
    deals=E8_DEALS,
    deal_companies=rows(
        COMPANY_LINKS,
        *(
            {"from_id": deal, "relation_id": relation, "is_primary": True}
            for deal, relation in zip(
                "12345678", ["T1", "N1", "T1", "T4", "N1", "N1", "N1", "T1"], strict=True
            )
        ),
    ),
    deal_changes=rows(
        CHANGES,
        {"external_id": "6", "field": "owner", "value": "S1", "changed_at": at("2026-04-01T08:00")},
        {"external_id": "6", "field": "owner", "value": "S2", "changed_at": at("2026-06-01T08:00")},
    ),
    splits=rows(
        SPLITS,
        {"deal_id": "4", "owner": "S1", "share": Decimal("0.6")},
        {"deal_id": "4", "owner": "S2", "share": Decimal("0.4")},
    ),
    account_currency="EUR",
)
E8_HISTORY = OwnHistory(
    memberships=rows(
        MEMBERSHIPS,
        {"relation_id": "T1", "from_on": date(2026, 6, 30), "basis": "rule"},
        {"relation_id": "T4", "from_on": date(2026, 6, 30), "basis": "rule"},
    ),
    reviews=rows(REVIEWS, {"reviewed_on": date(2026, 6, 30), "group": ""}),
)


def test_e8_credits_each_deal_as_printed():
    facts = deal_facts(E8_MIRROR, MEANING, PARAMETERS, as_of=AS_OF)

    credited = credit_rows(facts, E8_MIRROR, PARAMETERS, as_of=AS_OF)

    assert credited.select("deal_id", "seller_id", money(pl.col("amount"))).rows() == [
        ("1", "S1", Decimal(10000)),
        ("2", "S1", Decimal(11040)),
        ("3", "S1", Decimal(-1500)),
        ("4", "S1", Decimal(12000)),
        ("4", "S2", Decimal(8000)),
        ("6", "S1", Decimal(8000)),
        ("7", "S1", Decimal(0)),
    ]


def test_e8_sums_the_quarter_as_printed():
    facts = deal_facts(E8_MIRROR, MEANING, PARAMETERS, as_of=AS_OF)
    credited = credit_rows(facts, E8_MIRROR, PARAMETERS, as_of=AS_OF)
    sellers = pl.DataFrame({"seller_id": ["S1", "S2"]})

    result = seller_revenue(sellers, credited, E8_HISTORY, PARAMETERS, as_of=AS_OF)

    quarter = result.filter(pl.col("period") == "qtd").select(
        "seller_id",
        money(pl.col("gross", "credits", "revenue")),
        ratio(pl.col("top_revenue_share")),
    )
    assert quarter.rows() == [
        ("S1", Decimal(41040), Decimal(-1500), Decimal(39540), Decimal("0.5185")),
        ("S2", Decimal(8000), Decimal(0), Decimal(8000), Decimal(1)),
    ]


def test_e8_warns_of_the_missing_amount_and_of_the_future_close_dates():
    facts = deal_facts(E8_MIRROR, MEANING, PARAMETERS, as_of=AS_OF)

    warned = facts.filter(pl.col("warnings").list.len() > 0).select("deal_id", "warnings")

    assert warned.rows() == [
        ("5", ["closed_in_future"]),
        ("7", ["amount_missing"]),
        ("8", ["closed_in_future"]),
    ]


def test_e8_seller_with_only_credits_has_negative_revenue_and_no_share():
    mirror = Mirror(
        deals=rows(DEALS, won("1", "-2000", "2026-06-05T10:00", owner="S1")),
        account_currency="EUR",
    )
    facts = deal_facts(mirror, MEANING, PARAMETERS, as_of=AS_OF)
    credited = credit_rows(facts, mirror, PARAMETERS, as_of=AS_OF)
    sellers = pl.DataFrame({"seller_id": ["S1"]})

    result = seller_revenue(sellers, credited, OwnHistory(), PARAMETERS, as_of=AS_OF)

    assert result.select("revenue", "top_revenue_share").unique().rows() == [(Decimal(-2000), None)]


def test_e8_deals_say_what_they_realised_and_whether_their_relation_was_top():
    facts = deal_facts(E8_MIRROR, MEANING, PARAMETERS, as_of=AS_OF)

    result = realised_deals(facts, E8_HISTORY, as_of=AS_OF)

    assert result.sort("deal_id").rows() == [
        ("1", Decimal(10000), True),
        ("2", Decimal(11040), False),
        ("3", Decimal(-1500), None),
        ("4", Decimal(20000), True),
        ("6", Decimal(8000), False),
        ("7", Decimal(0), False),
    ]
