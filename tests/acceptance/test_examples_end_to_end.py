"""The worked examples of spec 8, from records of the CRM to property values on its records.

They enter the look-alike CRM as an admin and sellers would enter them and leave as values that a
salesperson reads there. Those that describe one seller stand in `test_examples_of_one_seller.py`.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.sandbox import Sandbox
from tests.acceptance.examples import (
    INTEREST,
    LOST,
    ORIENTING,
    QUOTE,
    WON,
    Example,
    portal_of_examples,
)
from tests.acceptance.workplace import instant


@pytest.fixture
def example(tmp_path):
    """Build an example; its CRM lives until the end of the test."""
    portal = portal_of_examples()
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        yield lambda extra="", mapping="": Example(tmp_path, sandbox, portal, extra, mapping)


def test_e1_rule_and_hysteresis_on_the_records_of_the_crm(example):
    case = example(
        extra="potential: {margin_rate: 0.5}\n",
        mapping="crm: hubspot\nfields: {company: {cost_to_serve: costs}}\n",
    )
    case.portal.add_property("companies", "costs", "Costs", "number", "number")
    rows = [
        # id, revenue, margin, was top
        ("11", 400_000, 80_000, False),
        ("12", 150_000, 45_000, False),
        ("13", 150_000, 34_000, True),
        ("14", 60_000, 12_000, True),
        ("15", 40_000, 9_000, False),
    ]
    for company_id, revenue, margin, was_top in rows:
        case.company(company_id, industry="METAL", costs=str(revenue // 2 - margin))
        case.fill(company_id, "2026-06-01T09:00", annual_category_spend=str(revenue * 2))
        if was_top:
            case.fill(
                company_id,
                "2026-05-01T09:00",
                is_top_relation="true",
                top_relation_since="2026-04-01",
                top_relation_basis="rule",
            )
    case.company("16", industry="METAL")
    case.fill(
        "15",
        "2026-02-01T09:00",
        top_relation_override="always",
        top_relation_override_reason="new plant",
        top_relation_override_until="2026-05-31",
    )

    case.run(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))

    names = ("potential_index", "is_top_relation", "top_relation_basis", "top_relation_since")
    assert {one: case.values(one, *names) for one in ("11", "12", "13", "14", "15", "16")} == {
        "11": ("2.3611", "true", "rule", "2026-07-01"),
        "12": ("1.0938", "true", "rule", "2026-07-01"),
        "13": ("0.941", "true", "buffer", "2026-04-01"),
        "14": ("0.3542", "false", "none", ""),
        "15": ("0.25", "false", "none", ""),
        "16": ("", "false", "none", ""),
    }
    assert case.values("11", "potential_revenue", "potential_margin") == ("400000", "80000")
    assert case.values("15", "data_warnings") == ("override_expired",)
    assert case.values("16", "potential_revenue", "potential_source") == ("", "unknown")


def test_e2_equal_potentials_let_nobody_in_and_keep_a_member(example):
    case = example(extra="potential: {margin_rate: 0.2}\n")
    for company_id in ("11", "12", "13", "14", "15"):
        case.company(company_id, industry="METAL")
        case.fill(company_id, "2026-06-01T09:00", annual_category_spend="100000")
    case.fill(
        "13",
        "2026-06-01T09:00",
        is_top_relation="true",
        top_relation_since="2026-04-01",
        top_relation_basis="rule",
    )

    report = case.run()

    assert {case.values(one, "potential_index") for one in ("11", "13", "15")} == {("1",)}
    assert [case.values(one, "is_top_relation") for one in ("11", "12", "13", "14", "15")] == [
        ("false",),
        ("false",),
        ("true",),
        ("false",),
        ("false",),
    ]
    assert report.results is not None
    assert "no_dispersion" in report.results.group_warnings["warning"].to_list()


def test_e3_potential_by_source_on_the_records_of_the_crm(example):
    case = example(
        extra=(
            "potential:\n"
            "  margin_rate: 0.25\n"
            "  reference_price: {piece: 50}\n"
            "  spend_per_employee: {default: 900}\n"
            "  tier_amount: {tier_1: 200000}\n"
            "  attainable_share: 0.5\n"
        ),
        mapping="crm: hubspot\nfields: {deal: {margin: profit}}\n",
    )
    case.portal.add_property("deals", "profit", "Profit", "number", "number")
    case.company("11")
    case.fill("11", "2026-02-10T09:00", annual_category_spend="300000")
    for number in range(4):
        day = f"2026-0{number + 1}-15T09:00:00Z"
        case.deal(
            f"11{number}",
            "11",
            (QUOTE, "2025-12-01T09:00"),
            (WON, day),
            amount="15000",
            profit="4500",
        )
    case.company("12")
    case.fill("12", "2026-02-10T09:00", annual_order_volume="1200", order_volume_unit="piece")
    case.deal(
        "121", "12", (QUOTE, "2025-12-01T09:00"), (WON, "2026-03-01T09:00:00Z"), amount="75000"
    )
    case.company("13", numberofemployees="80")
    case.company("14", hs_ideal_customer_profile="tier_1")
    case.company("15")

    case.run()

    names = ("potential_revenue", "potential_margin", "potential_source", "potential_confidence")
    assert {one: case.values(one, *names) for one in ("11", "12", "13", "14", "15")} == {
        "11": ("150000", "45000", "declared", "high"),
        "12": ("75000", "18750", "realised", "medium"),
        "13": ("36000", "9000", "firmographic", "medium"),
        "14": ("200000", "50000", "tier", "low"),
        "15": ("", "", "unknown", ""),
    }


def build_e6(case) -> None:
    """Relations a to m under the ids 11 to 23."""
    for number in range(11, 24):
        case.company(str(number))
    case.deal("121", "12", (INTEREST, "2026-06-01T10:00"))
    case.deal("122", "12", (QUOTE, "2026-05-20T10:00"))
    case.deal("131", "13", (QUOTE, "2026-05-01T10:00"), (WON, "2026-05-15T10:00:00Z"))
    case.deal("141", "14", (QUOTE, "2026-05-01T10:00"), (WON, "2026-05-15T10:00:00Z"))
    case.deal("142", "14", (INTEREST, "2026-06-05T10:00"))
    case.deal("151", "15", (QUOTE, "2026-05-01T10:00"), (WON, "2026-05-15T10:00:00Z"))
    case.deal(
        "152",
        "15",
        (QUOTE, "2026-04-01T10:00"),
        (LOST, "2026-06-20T10:00:00Z"),
        closed_lost_reason="Competitor",
    )
    case.deal("161", "16", (QUOTE, "2025-11-01T10:00"), (WON, "2025-12-01T10:00:00Z"))
    case.deal(
        "162",
        "16",
        (QUOTE, "2026-04-01T10:00"),
        (LOST, "2026-06-20T10:00:00Z"),
        closed_lost_reason="No decision",
    )
    case.deal("171", "17", (QUOTE, "2025-11-01T10:00"), (WON, "2025-12-01T10:00:00Z"))
    case.deal("181", "18", (QUOTE, "2025-04-01T10:00"), (WON, "2025-05-01T10:00:00Z"))
    case.deal("191", "19", (QUOTE, "2025-11-15T10:00"))
    case.deal("201", "20", (INTEREST, "2026-06-01T10:00"))
    case.fill("20", "2026-06-15T10:00", phase_declared="no_interest")
    case.deal("211", "21", (INTEREST, "2026-01-02T10:00"), (QUOTE, "2026-06-10T10:00"))
    case.fill("21", "2026-01-05T10:00", phase_declared="interest")
    case.deal("221", "22", (QUOTE, "2026-06-10T10:00"))
    case.fill("22", "2026-04-01T10:00", phase_declared="orienting", phase_locked_until="2026-12-31")
    case.fill("23", "2025-12-01T10:00", phase_declared="interest")


def test_e6_phase_of_each_situation_on_the_records_of_the_crm(example):
    case = example()
    build_e6(case)

    case.run()

    names = ("buying_phase", "phase_since", "phase_status", "phase_conflict")
    assert {chr(86 + one): case.values(str(one), *names) for one in range(11, 24)} == {
        "a": ("unknown", "", "", "false"),
        "b": ("quote", "2026-05-20", "stalled", "false"),
        "c": ("order", "2026-05-15", "on_track", "false"),
        "d": ("interest", "2026-06-05", "on_track", "false"),
        "e": ("order", "2026-05-15", "on_track", "false"),
        "f": ("orienting", "2026-06-20", "on_track", "false"),
        "g": ("orienting", "2026-03-01", "stalled", "false"),
        "h": ("no_interest", "2026-05-01", "on_track", "false"),
        "i": ("orienting", "2026-05-14", "on_track", "false"),
        "j": ("no_interest", "2026-06-15", "on_track", "true"),
        "k": ("quote", "2026-06-10", "on_track", "false"),
        "l": ("orienting", "2026-04-01", "on_track", "true"),
        "m": ("interest", "2025-12-01", "reverify", "false"),
    }
    assert case.values("14", "phase_direction") == ("new_cycle",)
    assert case.values("17", "phase_source") == ("decay",)
    assert case.values("122", "deal_decides_phase", object_type="deals") == ("true",)
    assert case.values("121", "deal_decides_phase", object_type="deals") == ("",)


def test_e8_revenue_of_a_quarter_on_the_records_of_the_crm(example):
    case = example(
        extra="seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
    )
    portal = case.portal
    for company_id in ("11", "14", "21"):  # T1, T4 and N1
        case.company(company_id)
    for top in ("11", "14"):
        case.fill(
            top,
            "2026-03-01T09:00",
            top_relation_override="always",
            top_relation_override_reason="plan",
        )
    case.fill(
        "21",
        "2026-03-01T09:00",
        top_relation_override="never",
        top_relation_override_reason="no plan",
    )
    begun = (QUOTE, "2026-03-01T09:00")
    case.deal("1", "11", begun, (WON, "2026-03-31T22:30:00Z"), amount="10000")
    case.deal(
        "2",
        "21",
        begun,
        (WON, "2026-05-01T10:00:00Z"),
        amount="12000",
        deal_currency_code="USD",
        hs_exchange_rate="0.92",
    )
    case.deal("3", "11", begun, (WON, "2026-06-05T10:00:00Z"), amount="-1500")
    case.deal("4", "14", begun, (WON, "2026-06-15T10:00:00Z"), amount="20000")
    portal.add_split("4", "1", "0.6")
    portal.add_split("4", "2", "0.4")
    case.deal(
        "5",
        "21",
        begun,
        (WON, "2026-06-29T10:00:00Z"),
        amount="5000",
        closedate="2026-07-03T10:00:00Z",
    )
    case.deal("6", "21", begun, (WON, "2026-05-20T10:00:00Z"), amount="8000")
    portal.set_values("deals", "6", {"hubspot_owner_id": "2"}, at=instant("2026-06-01T10:00"))
    case.deal("7", "21", begun, (WON, "2026-05-22T10:00:00Z"))
    case.deal("8", "21", begun, (WON, "2026-06-30T21:00:00Z"), amount="30000")

    report = case.run()

    results = report.results
    assert results is not None
    quarter = {row["seller_id"]: row for row in results.periods.filter(period="qtd").to_dicts()}
    assert quarter["1"]["revenue"] == Decimal("39540.00")
    assert quarter["1"]["gross"] == Decimal("41040.00")
    assert quarter["1"]["credits"] == Decimal("-1500.00")
    assert quarter["1"]["top_revenue_share"] == Decimal("0.5185")
    assert quarter["2"]["revenue"] == Decimal("8000.00")
    amounts = {
        one: case.values(one, "deal_realised_amount", object_type="deals")[0] for one in "12345678"
    }
    assert amounts == {
        "1": "10000",
        "2": "11040",
        "3": "-1500",
        "4": "20000",
        "5": "",
        "6": "8000",
        "7": "0",
        "8": "",
    }
    assert case.values("7", "deal_warnings", object_type="deals") == ("amount_missing",)
    assert case.values("5", "deal_warnings", object_type="deals") == ("closed_in_future",)
    assert case.values("4", "deal_top_relation_at_close", object_type="deals") == ("true",)
    assert case.values("2", "deal_top_relation_at_close", object_type="deals") == ("",)


def test_e11_flow_over_the_trailing_year_on_the_records_of_the_crm(example):
    case = example(
        extra="seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
    )
    for company_id in ("11", "12", "13", "14"):
        case.company(company_id)
        case.fill(
            company_id,
            "2025-08-01T09:00",
            top_relation_override="always",
            top_relation_override_reason="plan",
        )
    case.deal(
        "1",
        "11",
        (ORIENTING, "2026-01-05T10:00"),
        (INTEREST, "2026-01-12T10:00"),
        (QUOTE, "2026-01-20T10:00"),
        (WON, "2026-02-02T10:00:00Z"),
    )
    case.deal(
        "2",
        "12",
        (ORIENTING, "2026-04-01T10:00"),
        (INTEREST, "2026-04-20T10:00"),
        (QUOTE, "2026-05-10T10:00"),
        (INTEREST, "2026-06-01T10:00"),
    )
    case.deal(
        "3",
        "13",
        (ORIENTING, "2026-04-01T10:00"),
        (INTEREST, "2026-04-20T10:00"),
        (LOST, "2026-05-10T10:00:00Z"),
        closed_lost_reason="Competitor",
    )
    case.deal("4", "14", (WON, "2026-04-15T10:00:00Z"), closedate="2026-04-15T10:00:00Z")
    case.deal(
        "5",
        "14",
        (INTEREST, "2026-05-01T10:00"),
        (LOST, "2026-05-20T10:00:00Z"),
        closed_lost_reason="Competitor",
    )

    report = case.run()

    assert report.results is not None
    seller = report.results.sellers.filter(seller_id="1").to_dicts()[0]
    assert seller["phase_conversion_orienting"] == Decimal("1.0000")
    assert seller["phase_conversion_orienting_n"] == 3
    assert seller["phase_conversion_interest"] == Decimal("0.6667")
    assert seller["phase_conversion_interest_n"] == 3
    assert seller["phase_conversion_quote"] == Decimal("0.5000")
    assert seller["phase_conversion_quote_n"] == 2
    assert seller["phase_conversion_no_interest"] is None
    flow = {(row["from"], row["to"]): row["count"] for row in report.results.flow.to_dicts()}
    assert flow["order", "orienting"] == 1
    assert flow["interest", "order"] == 1
    moves = report.results.transitions.select("from", "to", "direction").rows()
    assert ("order", "orienting", "decay") in moves
    assert ("interest", "order", "resumed") in moves
