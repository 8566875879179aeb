"""Which companies are relations at all (spec 0)."""

from typing import Any

import polars as pl
import pytest

from kpis.frames import COMPANIES, OWNERS, Mirror
from kpis.parameters import Parameters
from kpis.universe import universe
from tests.unit.kpis.builders import rows

SELLERS = rows(
    OWNERS,
    {"seller_id": "S1", "is_archived": False},
    {"seller_id": "S2", "is_archived": True},
)


def universe_of(*companies: dict[str, Any], **section: Any) -> pl.DataFrame:
    mirror = Mirror(companies=rows(COMPANIES, *companies), owners=SELLERS)
    return universe(mirror, Parameters.model_validate({"universe": section}))


@pytest.mark.parametrize(
    ("company", "is_in"),
    [
        ({"owner": "S1"}, True),
        ({"owner": None}, False),
        ({"owner": "S1", "type": "PROSPECT"}, True),
        ({"owner": "S1", "type": "PARTNER"}, False),
        ({"owner": "S1", "type": "RESELLER"}, False),
        ({"owner": "S1", "type": "VENDOR"}, False),
    ],
)
def test_universe_holds_owned_companies_of_no_excluded_type(company, is_in):
    assert (universe_of({"relation_id": "1", **company}).height == 1) is is_in


def test_universe_leaves_our_own_companies_out():
    companies = [{"relation_id": "1", "owner": "S1"}, {"relation_id": "2", "owner": "S1"}]

    assert universe_of(*companies, own_company_ids=["2"])["relation_id"].to_list() == ["1"]


def test_universe_excludes_what_is_configured_and_nothing_else():
    companies = [
        {"relation_id": "1", "owner": "S1", "type": "PARTNER"},
        {"relation_id": "2", "owner": "S1", "type": "COMPETITOR"},
    ]

    kept = universe_of(*companies, exclude_types=["COMPETITOR"])

    assert kept["relation_id"].to_list() == ["1"]
    assert universe_of(*companies, exclude_types=[]).height == 2


@pytest.mark.parametrize(
    ("owner", "warning"), [("S1", None), ("S2", "owner_archived"), ("S3", "owner_unknown")]
)
def test_owner_who_is_archived_or_unknown_still_owns_with_a_warning(owner, warning):
    assert universe_of({"relation_id": "1", "owner": owner})["owner_warning"].to_list() == [warning]


def test_universe_stands_in_the_order_of_ids():
    companies = [{"relation_id": str(n), "owner": "S1"} for n in (10, 9, 100)]

    assert universe_of(*companies)["relation_id"].to_list() == ["9", "10", "100"]
