"""Parameters are closed, bounded and carry the defaults of spec 0.1."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kpis.parameters import (
    Contact,
    Horizon,
    Parameters,
    PhaseParameters,
    Scores,
    SellerMetrics,
    SellerWeights,
    TopRelation,
)
from mappings.yaml import document_of

SPEC = Path(__file__).parents[4] / "shared" / "kpi-spec.md"


def index_of_spec() -> Any:
    """The parameters of spec 0.1 with their defaults."""
    if not SPEC.exists():
        pytest.skip("the specification is not at hand beside this checkout")
    chapter = SPEC.read_text(encoding="utf-8").split("### 0.1 ")[1]
    block = chapter.split("```yaml\n")[1].split("```")[0]
    return document_of(block, file="spec").data


def paths(value: object, above: str = "") -> set[str]:
    """Dotted keys of the groups and what they hold."""
    if not isinstance(value, dict) or not value:
        return {above}
    return {path for key, inner in value.items() for path in paths(inner, f"{above}.{key}")}


def test_defaults_equal_the_index_of_spec_0_1():
    given = index_of_spec()

    assert Parameters.model_validate(given) == Parameters()


def test_keys_equal_the_index_of_spec_0_1():
    horizons = ("horizon", "spend_pattern", "order_volume", "current_suppliers", "right_contacts")
    ours = {
        path.rpartition(".")[0] if path.split(".")[-2] in horizons else path
        for path in paths(Parameters().model_dump())
    }

    assert ours == paths(index_of_spec())


def test_parameters_refuse_an_unknown_key():
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Parameters.model_validate({"phase": {"declared_tll": 3}})


def test_parameters_never_change_after_loading():
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Parameters(), "phase", PhaseParameters())  # noqa: B010 - mypy knows it is read-only


def test_horizon_reads_a_pair_and_refuses_a_reversed_one():
    assert Horizon.model_validate([180, 365]) == Horizon(fresh=180, expire=365)
    with pytest.raises(ValidationError, match="larger than the first"):
        Horizon.model_validate([365, 365])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule": "top_n"}, "needs top_n"),
        ({"exit": 1.01}, "must not lie above enter"),
        ({"percentile": [70, 80]}, "entering and then the leaving"),
        ({"rule": "modus"}, "rule"),
    ],
)
def test_top_relation_refuses_what_contradicts_itself(given, message):
    with pytest.raises(ValidationError, match=message):
        TopRelation.model_validate(given)


def test_top_relation_accepts_the_boundaries():
    assert TopRelation.model_validate({"exit": 1, "percentile": [70, 70]}).percentile == (70, 70)


@pytest.mark.parametrize(
    ("section", "given", "message"),
    [
        (Contact, {"zero_from": 1}, "zero_from larger than 1"),
        (Contact, {"due_until": "0.99"}, "due_until must be at least 1"),
        (Scores, {"bands": [34, 67]}, "lowest good score and then the lowest fair one"),
        (Scores, {"bands": [101, 34]}, "less than or equal to 100"),
        (SellerWeights, {"revenue": "25.01"}, "more than a quarter"),
        (SellerWeights, {"focus": 14}, "more than a quarter"),
        (SellerMetrics, {"mode": "self_and_manager"}, "needs works_council_consent"),
    ],
)
def test_sections_refuse_what_contradicts_itself(section, given, message):
    with pytest.raises(ValidationError, match=message):
        section.model_validate(given)


def test_sections_accept_the_boundaries():
    assert Contact.model_validate({"zero_from": "1.01", "due_until": 1}).due_until == 1
    assert Scores.model_validate({"bands": [50, 50]}).bands == (50, 50)
    assert SellerWeights.model_validate({"revenue": 25}).revenue == 25
    consent = {"mode": "self_and_manager", "works_council_consent": "2026-01-01"}
    assert SellerMetrics.model_validate(consent).mode == "self_and_manager"


def test_target_ends_on_the_day_it_starts_or_later():
    one = {"owner": "1", "start": "2026-01-01", "amount": 1}

    found = Parameters.model_validate({"revenue": {"targets": [{**one, "end": "2026-01-01"}]}})
    assert len(found.revenue.targets) == 1
    with pytest.raises(ValidationError, match="ends on 2025-12-31, before it starts"):
        Parameters.model_validate({"revenue": {"targets": [{**one, "end": "2025-12-31"}]}})


def test_task_with_figures_is_refused_where_no_figures_are_made():
    with pytest.raises(ValidationError, match="mode off makes none"):
        Parameters.model_validate({"seller_metrics": {"mode": "off", "crm_task": True}})


def test_index_needs_a_weight():
    with pytest.raises(ValidationError, match="at least one weight"):
        Parameters.model_validate({"top_relation": {"weights": {"revenue": 0, "margin": 0}}})
