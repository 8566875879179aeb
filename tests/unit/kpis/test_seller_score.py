"""Seller score: components, targets, weights and the reason when there is none (spec 6.2, 6.3)."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import EXACT
from kpis.parameters import Scores
from kpis.rounding import ratio
from kpis.score import seller_components, seller_scores
from tests.unit.kpis.phase.world import ago
from tests.unit.kpis.scene import Scene

COMPONENTS = ("top_relations", "focus", "phase", "pains_gains", "revenue")
GIVEN = {
    "kpi1_ratio": "0",
    "focus_share": "0",
    "mean_phase": "0",
    "mean_pains_gains": "0",
    "pace": "0",
}


def scored(total: int = 3, *, low: bool = False, given: Any = None, **rules: Any) -> dict[str, Any]:
    """Row of one seller of whom all is 0 but what is given."""
    values = {**GIVEN, **(given or {})}
    frame = pl.DataFrame(
        [{name: None if one is None else Decimal(one) for name, one in values.items()}],
        schema=dict.fromkeys(GIVEN, EXACT),
    ).with_columns(is_low_volume=low, top_relations_total=total)
    scores = Scores.model_validate(rules)
    row = seller_scores(seller_components(frame, scores), scores)
    return row.with_columns(ratio(pl.col("^.*_component$"))).row(0, named=True)


def component(name: str, given: dict[str, Any], **more: Any) -> Any:
    return scored(given=given, **more)[f"{name}_component"]


def test_kpi_1_is_full_from_four_fifths():
    found = [component("top_relations", {"kpi1_ratio": one}) for one in ("0", "0.4", "0.8", "1")]

    assert found == [0, Decimal("0.5"), 1, 1]


def test_focus_is_full_from_three_fifths():
    found = [component("focus", {"focus_share": one}) for one in ("0", "0.3", "0.6", "1")]

    assert found == [0, Decimal("0.5"), 1, 1]


def test_targets_of_both_are_parameters():
    assert component("top_relations", {"kpi1_ratio": "0.25"}, targets={"kpi1_ratio": "0.5"}) == (
        Decimal("0.5")
    )
    assert component("focus", {"focus_share": "0.25"}, targets={"focus": "0.5"}) == Decimal("0.5")


def test_focus_is_left_out_when_the_volume_is_low():
    row = scored(given={"focus_share": "1"}, low=True)

    assert (row["focus_component"], row["score_basis"]) == (None, ["focus"])


def test_revenue_is_the_pace_from_nought_to_one():
    found = [component("revenue", {"pace": one}) for one in ("-0.4", "0", "0.7", "1", "1.3")]

    assert found == [0, 0, Decimal("0.7"), 1, 1]


def test_revenue_is_left_out_without_a_target():
    row = scored(given={"pace": None})

    assert (row["revenue_component"], row["score_basis"]) == (None, ["revenue"])


def test_means_of_phase_and_pains_and_gains_are_taken_as_they_are():
    row = scored(given={"mean_phase": "0.4", "mean_pains_gains": "0.9"})

    assert (row["phase_component"], row["pains_gains_component"]) == (
        Decimal("0.4"),
        Decimal("0.9"),
    )


FULL = dict(zip(COMPONENTS, GIVEN, strict=True))


def test_each_component_has_its_weight():
    found = [scored(given={FULL[name]: "1"})["seller_score"] for name in COMPONENTS]

    assert found == [20, 15, 20, 20, 25]


@pytest.mark.parametrize("name", ["top_relations", "focus", "phase", "pains_gains"])
def test_each_weight_is_a_parameter(name):
    weights = dict(zip(COMPONENTS, (20, 15, 20, 20, 25), strict=True))
    row = scored(given={FULL[name]: "1"}, seller={name: 100 - weights[name]})

    assert row["seller_score"] == 50


def test_weight_of_revenue_is_a_parameter():
    assert scored(given={"pace": "1"}, seller={"revenue": 0})["seller_score"] == 0
    assert scored(given={"pace": "1"}, seller={"revenue": "18.75"})["seller_score"] == 20


@pytest.mark.parametrize(
    ("total", "score", "reason"),
    [
        (0, None, "no_top_relations"),
        (1, None, "too_few_top_relations"),
        (2, None, "too_few_top_relations"),
        (3, 20, None),
    ],
)
def test_score_needs_three_top_relations(total, score, reason):
    row = scored(total, given={"kpi1_ratio": "1"})

    assert (row["seller_score"], row["seller_score_reason"]) == (score, reason)


def test_smallest_number_of_top_relations_is_a_parameter():
    assert scored(2, min_top_relations=2)["seller_score_reason"] is None
    assert scored(3, min_top_relations=4)["seller_score_reason"] == "too_few_top_relations"
    assert scored(0, min_top_relations=0)["seller_score_reason"] == "no_top_relations"


def test_score_needs_60_percent_of_the_weight():
    row = scored(given={"kpi1_ratio": None, "focus_share": None}, low=True)  # 65 of 100
    assert (row["seller_score"], row["seller_score_reason"]) == (0, None)

    row = scored(given={"focus_share": None, "pace": None}, low=True)  # 60 of 100
    assert (row["seller_score"], row["seller_score_reason"]) == (0, None)

    row = scored(given={"kpi1_ratio": None, "pace": None})  # 55 of 100
    assert (row["seller_score"], row["seller_score_reason"]) == (None, "not_measurable")
    assert row["score_basis"] == ["top_relations", "revenue"]


def test_smallest_measurable_share_is_a_parameter():
    assert scored(low=True, min_measurable="0.85")["seller_score"] == 0
    assert scored(low=True, min_measurable="0.86")["seller_score_reason"] == "not_measurable"


def test_unmeasured_focus_and_contact_are_no_full_marks():
    row = scored(given={"kpi1_ratio": None, "focus_share": None})

    assert row["top_relations_component"] is None
    assert row["focus_component"] is None


def test_means_are_taken_over_the_population_alone():
    scene = Scene(top=("1", "2", "3")).company("1").company("2").company("3").company("4")
    for one in ("1", "2", "4"):
        scene.says("interest", ago(3), relation_id=one)
    scene.sets("owner", "S2", ago(100), relation_id="2").sets(
        "owner", "S1", ago(5), relation_id="2"
    )

    row = scene.seller()

    assert row["top_relations_total"] == 2
    assert row["mean_phase"] == Decimal("0.5")
    assert (row["phase_interest_count"], row["phase_unknown_count"]) == (1, 1)
    assert row["phase_coverage"] == Decimal("0.5")


def test_seller_without_activities_has_no_contact_figures_but_a_score():
    scene = Scene(top=("1", "2", "3"), readable=frozenset({"companies", "contacts", "deals"}))
    for one in scene.top:
        scene.company(one)
    scene.goal("S1", "2025-12-31T23:00", "2026-12-31T23:00", 1_000)

    row = scene.seller()

    names = ("top_relations_contacted", "kpi1", "contact_coverage", "kpi1_ratio", "team_coverage")
    assert [row[name] for name in (*names, "focus_share", "focus_share_time")] == [None] * 7
    assert row["score_basis"] == ["top_relations", "focus"]
    assert (row["seller_score"], row["seller_warnings"]) == (0, [])
