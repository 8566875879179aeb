"""Parameters are closed, bounded and carry the defaults of spec 0.1."""

import pytest
from pydantic import ValidationError

from kpis.parameters import Horizon, Parameters, PhaseParameters, TopRelation


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
