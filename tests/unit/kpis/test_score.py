"""Relation score: components, weights, what is missing, bands (spec 6.1, 6.3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import EXACT, RELATION_DAYS
from kpis.parameters import Contact, Parameters, Scores
from kpis.rounding import ratio
from kpis.score import band_of, contact_component, points, relation_components, relation_scores
from tests.unit.kpis.builders import rows
from tests.unit.kpis.scene import Scene

COMPONENTS = ("profile", "contact", "phase", "pains_gains")


def contact_at(*ages: int | None, norm: int = 14, **rules: Any) -> list[Decimal]:
    """Contact component by the age of the last contact in days, 4 decimals."""
    frame = pl.DataFrame({"age": ages, "norm": norm}, schema_overrides={"age": pl.Int64})
    value = contact_component(pl.col("age"), pl.col("norm"), Contact.model_validate(rules))
    return frame.select(ratio(value)).to_series().to_list()


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_contact_is_full_up_to_the_norm_and_nothing_from_three_times_that():
    found = contact_at(0, 14, 15, 28, 41, 42, 43, None)

    assert found == decimals("1", "1", "0.9643", "0.5", "0.0357", "0", "0", "0")


def test_zero_from_is_a_parameter():
    assert contact_at(21, 28, zero_from=2) == decimals("0.5", "0")
    assert contact_at(28, 34, 35, zero_from="2.5") == decimals("0.3333", "0.0476", "0")


def test_contact_of_a_norm_of_no_days_is_full_today_alone():
    assert contact_at(0, 1, norm=0) == decimals("1", "0")


def components(
    phase: str = "quote", status: str | None = "on_track", half: str | None = None, **given: Any
) -> dict[str, Any]:
    row = {
        "profile_completeness": Decimal("0.25"),
        "contact_age": 0,
        "contact_norm": 14,
        "buying_phase": phase,
        "phase_status": status,
        "pg_score": Decimal("0.75"),
        **given,
    }
    schema = {
        "profile_completeness": EXACT,
        "contact_age": pl.Int64(),
        "contact_norm": pl.Int64(),
        "buying_phase": pl.String(),
        "phase_status": pl.String(),
        "pg_score": EXACT,
    }
    rules = {} if half is None else {"phase_half": half}
    parameters = Parameters.model_validate({"scores": rules})
    frame = relation_components(pl.DataFrame([row], schema=schema), parameters)
    return {name: frame[f"{name}_component"][0] for name in COMPONENTS}


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("no_interest", "on_track", "1"),
        ("quote", "on_track", "1"),
        ("order", "at_risk", "1"),
        ("quote", "stalled", "0.5"),
        ("no_interest", "reverify", "0.5"),
        ("unknown", None, "0"),
    ],
)
def test_phase_counts_when_it_is_known_and_half_when_it_does_not_move(phase, status, expected):
    assert components(phase, status)["phase"] == Decimal(expected)


def test_no_phase_is_worth_more_than_another():
    found = {
        components(phase)["phase"]
        for phase in ("no_interest", "orienting", "interest", "quote", "order")
    }

    assert found == {Decimal(1)}


def test_half_of_a_phase_is_a_parameter():
    assert components(status="stalled", half="0.2")["phase"] == Decimal("0.2")
    assert components(status="on_track", half="0.2")["phase"] == Decimal(1)


def test_profile_and_pains_and_gains_are_taken_as_they_are():
    found = components()

    assert (found["profile"], found["pains_gains"]) == (Decimal("0.25"), Decimal("0.75"))


def test_contact_is_left_out_without_a_norm():
    assert components(contact_norm=None, contact_age=None)["contact"] is None
    assert components(contact_age=None)["contact"] == Decimal(0)


def scored(
    *values: str | None, is_top: bool = True, **rules: Any
) -> tuple[Any, Any, list[str] | None]:
    """Score, band and basis of the components profile, contact, phase, pains and gains."""
    names = [f"{name}_component" for name in COMPONENTS]
    row = {
        name: None if value is None else Decimal(value)
        for name, value in zip(names, values, strict=True)
    }
    frame = pl.DataFrame([row], schema=dict.fromkeys(names, EXACT)).with_columns(
        is_top_relation=is_top
    )
    result = relation_scores(frame, Scores.model_validate(rules)).row(0, named=True)
    return result["relation_score"], result["relation_score_band"], result["score_basis"]


def test_each_component_has_its_weight():
    assert [scored(*("1" if one == at else "0" for one in range(4)))[0] for at in range(4)] == [
        25,
        25,
        20,
        30,
    ]


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_weight_is_a_parameter(name):
    values = ["1" if one == name else "0" for one in COMPONENTS]
    rest = 100 - {"profile": 25, "contact": 25, "phase": 20, "pains_gains": 30}[name]

    assert scored(*values, relation={name: rest})[0] == 50


def test_score_is_rounded_half_away_from_zero():
    assert scored("0.1", "0", "0", "0")[0] == 3  # 2.5
    assert scored("0.0999", "0", "0", "0")[0] == 2  # 2.4975


def test_weight_of_what_cannot_be_measured_goes_to_the_rest():
    assert scored("1", None, "0", "1")[::2] == (73, ["contact"])  # 55 of 75
    assert scored("1", "1", None, "0")[::2] == (63, ["phase"])  # 50 of 80


def test_score_needs_60_percent_of_the_weight():
    assert scored("1", None, "1", "1", relation={"contact": 50})[0] == 100  # 75 of 125
    assert scored("1", None, "1", "1", relation={"contact": 51})[0] is None
    assert scored("1", None, "1", "1", relation={"contact": 51})[2] == ["contact"]


def test_smallest_measurable_share_is_a_parameter():
    assert scored("1", None, "1", "1", min_measurable="0.75")[0] == 100
    assert scored("1", None, "1", "1", min_measurable="0.76")[0] is None


def test_nothing_measured_is_no_score():
    assert scored(None, None, None, None, min_measurable="0") == (None, None, list(COMPONENTS))


def test_relation_that_is_not_top_has_no_score():
    assert scored("1", "1", "1", "1", is_top=False) == (None, None, None)


def test_bands_begin_at_67_and_34():
    frame = pl.DataFrame({"score": [100, 67, 66, 34, 33, 0, None]})

    found = frame.select(band_of(pl.col("score"), Scores())).to_series().to_list()

    assert found == ["good", "good", "attention", "attention", "weak", "weak", None]


def test_bands_are_parameters():
    assert scored("1", "1", "0", "0", bands=[50, 20])[1] == "good"
    assert scored("1", "1", "0", "0", bands=[51, 50])[1] == "attention"
    assert scored("1", "1", "0", "0", bands=[60, 51])[1] == "weak"


def test_points_are_whole():
    frame = pl.DataFrame({"value": ["0.5", "1.499999", "99.5"]}).cast(EXACT)

    assert frame.select(points(pl.col("value"))).to_series().to_list() == [1, 1, 100]


def test_score_of_last_month_is_the_last_one_written_before_this_month():
    scene = Scene(top=("1", "2")).company("1").company("2").company("3")
    known = [
        ("1", date(2026, 4, 10), 40),
        ("1", date(2026, 5, 31), 55),
        ("1", date(2026, 6, 1), 60),
        ("2", date(2026, 6, 2), 70),
    ]
    names = ("relation_id", "from_on", "relation_score")
    days = rows(RELATION_DAYS, *(dict(zip(names, one, strict=True)) for one in known))
    history = replace(scene.history(), relation_days=days)

    found = scene.results(history=history).relations["relation_score_prev_month"].to_list()

    assert found == [55, None, None]
