"""Worked examples E4, E5, E9 and E10 of the specification, and the explanation of 6.4.

One account holds them all: S1 owns top relations T1 to T5 and the relation N1; T1 is the relation
of E4, E6b, E7 and E9, and the deals are those of E8.
"""

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from kpis.compute import Results
from kpis.rounding import ratio
from tests.unit.kpis.phase.world import AS_OF, change
from tests.unit.kpis.scene import Scene

PAINS = (
    "- Levertijd te lang (6 weken)\n- levertijd te lang (6 weken).\n- n.v.t.\n- x\n"
    "- Hoge voorraadkosten"
)
GAINS = "Minder storingen; tbd"


def example() -> Scene:
    """The account of E4 to E10, without activities."""
    scene = Scene(top=("T1", "T2", "T3", "T4", "T5"))
    scene.company(
        "T1",
        name="T1",
        annual_category_spend=Decimal(120_000),
        current_suppliers="Rexel; Technische Unie; n.v.t.",
        pains=PAINS,
        gains=GAINS,
    )
    for name, value, days in (
        ("annual_category_spend", "120000", 200),
        ("current_suppliers", "Rexel; Technische Unie; n.v.t.", 405),
        ("pains", PAINS, 200),
        ("gains", GAINS, 200),
    ):
        scene.company_changes.append(change("T1", name, value, AS_OF - timedelta(days=days)))
    scene.person("D1", "T1", role="DECISION_MAKER", set_at="2025-05-01")
    scene.given(
        "T2", 10, pains="Levertijd te lang\nHoge voorraad\nVeel storingen\nTrage facturen"
    ).says("orienting", "2026-06-20", relation_id="T2")
    scene.company("T3")
    scene.given(
        "T4", 10, pains="Levertijd te lang\nHoge voorraad", gains="Minder storingen\nMeer overzicht"
    )
    scene.company("T5").sets("owner", "S2", "2025-01-10", relation_id="T5").sets(
        "owner", "S1", "2026-06-20", relation_id="T5"
    )
    scene.company("N1").company("X1", owner="S3")
    scene.goal("S1", "2025-12-31T23:00", "2026-12-31T23:00", 160_000)
    scene.goal("S1", "2026-03-31T22:00", "2026-06-30T22:00", 45_000)
    with_deals_of_e8(scene)
    scene.deal("20", ("talk", "2026-06-01"), relation_id="T1", created="2026-05-01")
    return scene.deal("21", ("offer2", "2026-05-20"), relation_id="T1", pipeline="second")


def with_deals_of_e8(scene: Scene) -> None:
    """Deals of E8, and one of the first quarter that brings the year to date to 69,540."""

    def won(deal_id: str, relation_id: str, amount: int | None, closed: str, **more: Any) -> None:
        scene.deal(
            deal_id,
            ("won", closed),
            relation_id=relation_id,
            closed=closed,
            amount=None if amount is None else Decimal(amount),
            **more,
        )
        scene.deal_changes.pop()

    won("1", "T1", 10_000, "2026-03-31T22:30")
    won("2", "N1", 12_000, "2026-05-04", currency="USD", exchange_rate=Decimal("0.92"))
    won("3", "T1", -1_500, "2026-06-05")
    won("4", "T4", 20_000, "2026-06-15")
    won("5", "N1", 5_000, "2026-07-03", created="2026-06-01")
    won("6", "N1", 8_000, "2026-05-20", owner="S2")
    won("7", "N1", None, "2026-05-22")
    won("8", "N1", 30_000, "2026-06-30T21:00", created="2026-06-01")
    won("9", "N1", 30_000, "2026-02-10")
    scene.deal_changes.append(change("6", "owner", "S1", "2026-04-01"))
    scene.deal_changes.append(change("6", "owner", "S2", "2026-06-01"))
    for owner, share in (("S1", "0.6"), ("S2", "0.4")):
        scene.splits.append({"deal_id": "4", "owner": owner, "share": Decimal(share)})


def with_activities_of_e5(scene: Scene) -> Scene:
    scene.meeting("2026-06-10", "T1", contact="D1").mail("2026-06-11", "T1")
    scene.mail("2026-06-12", "T2", incoming=False).mail("2026-04-01", "T2")
    scene.call("2026-05-05", "T3", owner="S2")
    scene.call("2026-04-02", "T4", seconds=300)
    scene.meeting("2026-06-25", "T5", outcome="SCHEDULED")
    scene.meeting("2026-06-15", "N1")
    return scene.mail("2026-06-16T09:00", "N1").mail("2026-06-16T15:00", "N1")


@cache
def results() -> Results:
    return with_activities_of_e5(example()).results()


def relation(relation_id: str) -> dict[str, Any]:
    return results().relations.filter(relation_id=relation_id).row(0, named=True)


def seller(seller_id: str) -> dict[str, Any]:
    return results().sellers.filter(seller_id=seller_id).row(0, named=True)


def only(row: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Part of a row that is expected to be something."""
    return {name: row[name] for name in expected}


def test_e4_profile_as_printed():
    facets = results().workings.profiles.relations.filter(relation_id="T1").row(0, named=True)
    scores = {
        "spend_pattern_score": Decimal("0.5"),
        "order_volume_score": Decimal(1),
        "current_suppliers_score": Decimal("0.5"),
        "right_contacts_score": Decimal("0.5"),
        "decider_base": Decimal(1),
        "insider_base": Decimal(0),
    }
    assert only(facets, scores) == scores

    expected = {
        "profile_completeness": Decimal("0.6250"),
        "profile_facets_known": 4,
        "profile_missing": [],
        "top_relation_proven": True,
    }
    assert only(relation("T1"), expected) == expected


def test_e4_relation_with_only_unknown_suppliers_knows_nothing():
    row = Scene().given("1", 10, current_suppliers="onbekend").relation()

    assert (row["profile_completeness"], row["profile_facets_known"]) == (Decimal("0.0000"), 0)


def test_e5_each_activity_counts_as_printed():
    moments = results().workings.contacts.moments
    of_s1 = moments.filter(seller_id="S1").select("relation_id", "day", "channel")

    assert of_s1.sort("relation_id", "day").rows() == [
        ("N1", date(2026, 6, 15), "meetings"),
        ("N1", date(2026, 6, 16), "emails"),
        ("T1", date(2026, 6, 10), "meetings"),
        ("T1", date(2026, 6, 11), "emails"),
        ("T2", date(2026, 4, 1), "emails"),
        ("T4", date(2026, 4, 2), "calls"),
    ]
    assert {
        one: relation(one)["contact_moments_90d"] for one in ("T1", "T2", "T3", "T4", "N1")
    } == {
        "T1": 2,
        "T2": 0,
        "T3": 1,
        "T4": 1,
        "N1": 2,
    }
    assert relation("T5")["next_best_action"] == "record_meeting_outcome"
    assert relation("T5")["data_warnings"] == ["outcome_missing", "owner_unknown"]


def test_e5_contact_handover_and_colleague_as_printed():
    expected = {
        "top_relations_total": 4,
        "top_relations_contacted": 2,
        "contact_coverage": Decimal("0.5000"),
        "team_coverage": Decimal("0.7500"),
        "kpi1": 1,
        "kpi1_ratio": Decimal("0.2500"),
        "focus_share": Decimal("0.6000"),
        "moments": 5,
        "top_moments": 3,
        "seller_warnings": ["low_volume"],
    }
    assert only(seller("S1"), expected) == expected


def test_e5_proves_only_t1():
    proven = results().relations.filter("top_relation_proven")

    assert proven["relation_id"].to_list() == ["T1"]


def test_e8_attainment_of_the_quarter_and_pace_of_the_year_as_printed():
    periods = (
        results().periods.filter(seller_id="S1").rows_by_key("period", named=True, unique=True)
    )

    quarter, year = periods["qtd"], periods["ytd"]
    assert (quarter["revenue"], quarter["target"]) == (Decimal(39_540), Decimal(45_000))
    assert quarter["attainment"] == Decimal("0.8787")
    assert quarter["top_revenue_share"] == Decimal("0.5185")
    assert (year["revenue"], year["target"]) == (Decimal(69_540), Decimal(160_000))
    assert year["pace"] == Decimal("0.8765")
    assert seller("S1")["pace"] == Decimal("0.8765")


def test_e9_relation_score_as_printed():
    row = relation("T1")
    expected = {
        "buying_phase": "quote",
        "phase_since": date(2026, 5, 20),
        "phase_status": "stalled",
        "contact_status": "due",
        "relation_score": 66,
        "relation_score_band": "attention",
        "score_basis": [],
        "next_best_action": "follow_up_quote",
    }
    assert only(row, expected) == expected

    parts = results().relations.filter(relation_id="T1").select(ratio(pl.col("^.*_component$")))
    assert parts.row(0, named=True) == {
        "profile_component": Decimal("0.6250"),
        "contact_component": Decimal("0.8214"),
        "phase_component": Decimal("0.5000"),
        "pains_gains_component": Decimal("0.6689"),
    }


def test_e9_leaves_contact_out_without_activity_scope():
    scene = example()
    scene.readable = frozenset({"companies", "contacts", "deals"})
    scene.contact_changes = [change("D1", "buying_role", "DECISION_MAKER", AS_OF - timedelta(179))]
    row = scene.relation("T1")

    expected = {
        "relation_score": 61,
        "score_basis": ["contact"],
        "contact_status": None,
        "last_two_way_contact": None,
        "contact_moments_90d": None,
    }
    assert only(row, expected) == expected


def test_e10_seller_score_as_printed():
    expected = {
        "seller_score": 61,
        "seller_score_reason": None,
        "score_basis": ["focus"],
    }
    assert only(seller("S1"), expected) == expected

    components = results().sellers.filter(seller_id="S1").select(ratio(pl.col("^.*_component$")))
    assert components.row(0, named=True) == {
        "top_relations_component": Decimal("0.3125"),
        "focus_component": None,
        "phase_component": Decimal("0.6250"),
        "pains_gains_component": Decimal("0.5422"),
        "revenue_component": Decimal("0.8765"),
    }


def test_e10_components_of_each_top_relation_as_printed():
    rows = results().relations.filter("is_in_population")

    assert rows.select(
        "relation_id", ratio(pl.col("phase_component")), ratio(pl.col("pains_gains_component"))
    ).rows() == [
        ("T1", Decimal("0.5"), Decimal("0.6689")),
        ("T2", Decimal(1), Decimal("0.5")),
        ("T3", Decimal(0), Decimal(0)),
        ("T4", Decimal(1), Decimal(1)),
    ]


def test_e10_seller_without_top_relations_has_noughts_blanks_and_a_reason():
    row = seller("S3")

    assert row["seller_score"] is None
    assert row["seller_score_reason"] == "no_top_relations"
    counts = ("top_relations_total", "top_relations_contacted", "kpi1", "stalled_count")
    assert [row[name] for name in counts] == [0, 0, 0, 0]
    assert all(row[name] == 0 for name in row if name.endswith("_count"))
    ratios = (
        "contact_coverage",
        "kpi1_ratio",
        "team_coverage",
        "focus_share",
        "focus_share_time",
        "avg_profile_completeness",
        "pg_coverage",
        "phase_coverage",
        "phase_conversion_quote",
        "top_revenue_share",
        "attainment",
        "pace",
    )
    assert {name: row[name] for name in ratios} == dict.fromkeys(ratios)


def test_explanation_of_6_4_as_printed():
    assert relation("T1")["score_explanation"] == (
        "66/100 · profiel 63% (inkooppatroon deels, 2e contactpersoon ontbreekt)"
        " · laatste tweezijdig contact 11-06-2026 (norm 14 dagen)"
        " · offertefase sinds 20-05-2026 (norm 30 dagen)"
        " · 2 pains, 1 gain (bijgewerkt 12-12-2025)"
    )
