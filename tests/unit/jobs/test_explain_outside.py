"""Why a company has nothing to explain: in the order in which the universe leaves companies out."""

import pytest

from jobs.explain import why_outside
from kpis.frames import COMPANIES, Mirror
from kpis.parameters import Parameters
from kpis.universe import universe
from tests.unit.kpis.builders import rows

PARAMETERS = Parameters.model_validate({"universe": {"own_company_ids": ["2", "5"]}})
MIRROR = Mirror(
    companies=rows(
        COMPANIES,
        {"relation_id": "1", "owner": "S1"},
        {"relation_id": "2", "owner": "S1"},
        {"relation_id": "3", "owner": "S1", "type": "PARTNER"},
        {"relation_id": "4"},
        {"relation_id": "5", "type": "PARTNER"},
        {"relation_id": "6", "owner": "S1", "type": "PROSPECT"},
    )
)


@pytest.mark.parametrize("relation_id", ["1", "6"])
def test_relation_of_the_universe_has_no_reason_to_be_outside(relation_id):
    assert why_outside(MIRROR, PARAMETERS, relation_id) is None


@pytest.mark.parametrize(
    ("relation_id", "start"),
    [
        ("2", "is our own: take it out of universe.own_company_ids"),
        ("3", "is of type PARTNER, which universe.exclude_types leaves out"),
        ("4", "has no owner, so it is no relation"),
        ("5", "is our own: take it out of universe.own_company_ids"),
        ("7", "is not in the mirror: archived, merged into another, or never pulled"),
    ],
)
def test_company_outside_is_told_why(relation_id, start):
    assert str(why_outside(MIRROR, PARAMETERS, relation_id)).startswith(start)


def test_reasons_leave_out_what_the_universe_leaves_out():
    inside = [
        one
        for one in MIRROR.companies["relation_id"]
        if why_outside(MIRROR, PARAMETERS, one) is None
    ]

    assert universe(MIRROR, PARAMETERS)["relation_id"].to_list() == inside
