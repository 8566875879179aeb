"""Every default of spec 0.1, and both sides of every bound."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from kpis.parameters import (
    Contact,
    Horizon,
    Parameters,
    Scores,
    SellerMetrics,
    SellerWeights,
)

WORDS = (
    "nvt|n.v.t.|n/a|geen|niets|nihil|onbekend|unknown|none|tbd|tbc|ntb|todo|volgt|later|test|idem|"
    "ja|nee|yes|no|pain|pains|gain|gains|asdf|qwerty|lorem ipsum|zie notitie|zie notities|"
    "zie boven|see notes|weet niet|nog invullen|nog te bepalen"
)

DEFAULTS: dict[str, dict[str, Any]] = {
    "reporting": {
        "timezone": "Europe/Amsterdam",
        "currency": "EUR",
        "fiscal_year_start": 1,
        "rates": {},
    },
    "write_back": {"prefix": "csk_", "language": "nl", "days_in_phase": False},
    "universe": {"exclude_types": ["PARTNER", "RESELLER", "VENDOR"], "own_company_ids": []},
    "top_relation": {
        "rule": "mean",
        "weights": {"revenue": "0.5", "margin": "0.5"},
        "group_by": "segment",
        "min_group": 5,
        "enter": "1.00",
        "exit": "0.85",
        "percentile": [80, 70],
        "top_n": None,
        "top_n_stay": "1.25",
        "review": "monthly",
        "warn_share": ["0.05", "0.40"],
        "warn_manual_share": "0.20",
        "override_max_days": 365,
        "crm_flag": "ignore",
    },
    "potential": {
        "sources": ["declared", "volume_price", "firmographic", "pipeline", "tier"],
        "attainable_share": "0.50",
        "declared_low_after": 730,
        "pipeline_days": 365,
        "own_margin_min_deals": 3,
        "margin_rate": None,
        "spend_per_employee": {},
        "spend_ratio": {},
        "reference_price": {},
        "tier_amount": {},
    },
    "profile": {
        "known_from": "0.5",
        "proven_min_facets": 2,
        "horizons": {
            "spend_pattern": {"fresh": 365, "expire": 730},
            "order_volume": {"fresh": 365, "expire": 730},
            "current_suppliers": {"fresh": 270, "expire": 540},
            "right_contacts": {"fresh": 180, "expire": 365},
        },
        "spend_parts": {"amount": "0.5", "pattern": "0.5"},
        "pattern_min_deals": 3,
        "pattern_min_months": 2,
        "pattern_window_months": 24,
        "order_window_days": 365,
        "own_names": [],
        "min_name_characters": 2,
        "title_only": "0.5",
        "min_phone_digits": 6,
        "confirm_needs_contact_days": 30,
    },
    "contact": {
        "window_days": 90,
        "by": "owner",
        "min_call_seconds": 60,
        "handover_grace_days": 30,
        "min_moments": 10,
        "missing_outcome_days": 14,
        "norm_days": {
            "no_interest": 120,
            "orienting": 60,
            "interest": 30,
            "quote": 14,
            "order": 60,
            "unknown": 60,
        },
        "due_until": "2",
        "zero_from": "3",
        "max_meeting_minutes": 240,
        "default_meeting_minutes": 60,
        "message_minutes": 10,
        "late_days": 7,
        "warn_late_share": "0.50",
    },
    "phase": {
        "declared_ttl": 180,
        "order_hold": 90,
        "hold_interval_factor": "1.5",
        "hold_min_intervals": 3,
        "lapse": 365,
        "stale_deal": 180,
        "lead_status_ttl": 365,
        "reversal_hours": 24,
        "stalled_days": {"no_interest": 180, "orienting": 120, "interest": 60, "quote": 30},
        "at_risk_from": "0.80",
        "warn_no_interest_share": "0.40",
        "history_lines": 10,
        "approach": {},
    },
    "pains_gains": {
        "sources": ["company_text"],
        "horizon": {"fresh": 180, "expire": 365},
        "min_pains": 1,
        "min_gains": 1,
        "min_total": 3,
        "cap_each": 2,
        "min_letters": 5,
        "same_item_overlap": "0.80",
        "specific_min_words": 3,
        "boilerplate": {"min_relations": 5, "share": "0.20"},
        "placeholders": WORDS.split("|"),
    },
    "revenue": {
        "target": "hubspot_goals",
        "goal_types": [],
        "targets": [],
        "margin_min_coverage": "0.80",
    },
    "scores": {
        "relation": {"profile": "25", "contact": "25", "phase": "20", "pains_gains": "30"},
        "seller": {
            "top_relations": "20",
            "focus": "15",
            "phase": "20",
            "pains_gains": "20",
            "revenue": "25",
        },
        "targets": {"kpi1_ratio": "0.80", "focus": "0.60"},
        "phase_half": "0.5",
        "min_measurable": "0.60",
        "min_top_relations": 3,
        "bands": [67, 34],
        "explanation_max": 500,
    },
    "seller_metrics": {"mode": "self", "works_council_consent": None, "crm_task": False},
}


@pytest.mark.parametrize("section", sorted(Parameters.model_fields))
def test_section_has_the_defaults_of_the_specification(section):
    assert json.loads(Parameters().model_dump_json())[section] == DEFAULTS[section]


T = 1_000_000_000_000
"""A million millions, the largest amount."""

BOUNDS = [
    ("reporting.fiscal_year_start", 1, 12, 1),
    ("top_relation.weights.revenue", 0, 1000, "0.01"),
    ("top_relation.min_group", 1, 1_000_000, 1),
    ("top_relation.top_n", 1, 1_000_000, 1),
    ("top_relation.top_n_stay", 1, 100, "0.01"),
    ("top_relation.warn_manual_share", 0, 1, "0.01"),
    ("potential.declared_low_after", 0, 36_500, 1),
    ("potential.own_margin_min_deals", 0, 1_000_000, 1),
    ("potential.margin_rate", -1, 1, "0.01"),
    ("profile.proven_min_facets", 0, 4, 1),
    ("profile.pattern_window_months", 1, 1_200, 1),
    ("profile.min_name_characters", 1, 100, 1),
    ("profile.min_phone_digits", 1, 30, 1),
    ("phase.hold_min_intervals", 1, 1_000, 1),
    ("phase.reversal_hours", 0, 8_760, 1),
    ("phase.history_lines", 1, 100, 1),
    ("pains_gains.cap_each", 1, 1_000, 1),
    ("pains_gains.boilerplate.min_relations", 1, 1_000_000, 1),
    ("scores.explanation_max", 100, 65_000, 1),
]


def read(path: str, value: Any) -> Any:
    """The value as it was read under a dotted name."""
    names = path.split(".")
    given: Any = str(value)
    for name in reversed(names):
        given = {name: given}
    found: Any = Parameters.model_validate(given)
    for name in names:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(("path", "lowest", "highest", "step"), BOUNDS)
def test_number_is_accepted_at_its_bounds_and_refused_beyond_them(path, lowest, highest, step):
    assert read(path, lowest) == lowest
    assert read(path, highest) == highest
    for beyond in (lowest - Decimal(step), highest + Decimal(step)):
        with pytest.raises(ValidationError, match="equal"):
            read(path, beyond)


@pytest.mark.parametrize("position", [0, 1])
def test_percentiles_lie_from_1_to_99(position):
    def given(value: int) -> list[int]:
        return [value, 1] if position == 0 else [99, value]

    for value in (1, 99):
        found = Parameters.model_validate({"top_relation": {"percentile": given(value)}})
        assert found.top_relation.percentile[position] == value
    for value in (0, 100):
        with pytest.raises(ValidationError, match="than or equal to"):
            Parameters.model_validate({"top_relation": {"percentile": given(value)}})


def test_bands_lie_from_0_to_100_and_may_be_equal():
    for bands in ([100, 0], [100, 100], [0, 0]):
        assert Scores.model_validate({"bands": bands}).bands == tuple(bands)
    for bands in ([101, 34], [100, -1], [-1, -1], [101, 101]):
        with pytest.raises(ValidationError, match="than or equal to"):
            Scores.model_validate({"bands": bands})
    with pytest.raises(ValidationError, match="lowest good score"):
        Scores.model_validate({"bands": [33, 34]})


def test_factor_is_more_than_zero_and_at_most_a_million_millions():
    assert read("phase.hold_interval_factor", "0.001") > 0
    assert read("phase.hold_interval_factor", T) == T
    with pytest.raises(ValidationError, match="greater than 0"):
        read("phase.hold_interval_factor", 0)
    with pytest.raises(ValidationError, match="less than or equal"):
        read("phase.hold_interval_factor", T + 1)


def test_amount_may_be_zero_and_is_at_most_a_million_millions():
    for amount in ("0", str(T)):
        found = Parameters.model_validate({"potential": {"tier_amount": {"a": amount}}})
        assert found.potential.tier_amount["a"] == Decimal(amount)
    for amount in ("-0.01", str(T + 1)):
        with pytest.raises(ValidationError, match="than or equal to"):
            Parameters.model_validate({"potential": {"tier_amount": {"a": amount}}})


def test_seller_weights_let_the_result_weigh_a_quarter_and_no_more():
    assert SellerWeights.model_validate({"revenue": 25}).revenue == 25
    with pytest.raises(ValidationError, match="more than a quarter"):
        SellerWeights.model_validate({"revenue": "25.01"})


@pytest.mark.parametrize("name", ["top_relations", "focus", "phase", "pains_gains"])
def test_every_other_weight_of_a_seller_counts_in_the_quarter_of_the_result(name):
    with pytest.raises(ValidationError, match="more than a quarter"):
        SellerWeights.model_validate({name: 0})
    assert SellerWeights.model_validate({name: 100, "revenue": 40}).revenue == 40


def test_contact_is_due_from_the_norm_at_the_earliest_and_zero_later_than_the_norm():
    assert Contact.model_validate({"due_until": 1, "zero_from": "1.01"}).due_until == 1
    for given in ({"due_until": "0.99"}, {"zero_from": 1}):
        with pytest.raises(ValidationError, match="due_until must be at least 1"):
            Contact.model_validate(given)


def test_horizon_needs_a_later_end():
    assert Horizon.model_validate([364, 365]).expire == 365
    with pytest.raises(ValidationError, match="larger than the first"):
        Horizon.model_validate([366, 365])


def test_manager_mode_needs_a_date_of_consent_and_no_other_mode_does():
    with pytest.raises(ValidationError, match="needs works_council_consent"):
        SellerMetrics.model_validate({"mode": "self_and_manager"})
    given = {"mode": "self_and_manager", "works_council_consent": "2026-01-05"}
    assert SellerMetrics.model_validate(given).mode == "self_and_manager"
    assert SellerMetrics.model_validate({"mode": "off"}).mode == "off"


@pytest.mark.parametrize(
    ("path", "value"),
    [("reporting.currency", "EURO"), ("reporting.currency", "EU"), ("write_back.prefix", "1k_")],
)
def test_currency_has_three_capitals_and_a_prefix_starts_with_a_letter(path, value):
    with pytest.raises(ValidationError, match="pattern"):
        read(path, value)
