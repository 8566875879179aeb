"""Figures of sellers: counts, sums and warnings of their top relations."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.compute import compute
from kpis.frames import CHANGES, COMPANIES, Mirror, OwnHistory
from kpis.parameters import Parameters
from kpis.seller import team_totals
from kpis.vocabulary import Phase
from tests.unit.kpis.builders import AS_OF, MEANING, TEXTS, at, history_with, rows

REVIEWED = at("2026-06-01T12:00:00").date()


def figures(*companies: dict[str, Any], declared: dict[str, str] | None = None) -> pl.DataFrame:
    """Figures of the sellers of these companies, all of which are top."""
    declared = declared or {}
    mirror = Mirror(
        companies=rows(
            COMPANIES,
            *({**one, "phase_declared": declared.get(one["relation_id"])} for one in companies),
        ),
        company_changes=rows(
            CHANGES,
            *(
                {
                    "external_id": one,
                    "field": "phase_declared",
                    "value": phase,
                    "changed_at": at("2026-06-10T09:00:00"),
                    "is_by_person": True,
                    "is_seen": False,
                }
                for one, phase in declared.items()
            ),
        ),
        account_currency="EUR",
    )
    history: OwnHistory = history_with(
        *(one["relation_id"] for one in companies), reviewed_on=REVIEWED
    )
    return compute(mirror, MEANING, Parameters(), as_of=AS_OF, history=history, texts=TEXTS).sellers


def relations(count: int, owner: str = "S1") -> list[dict[str, Any]]:
    return [{"relation_id": f"{owner[1:]}{one}", "owner": owner} for one in range(count)]


def row(frame: pl.DataFrame, seller_id: str) -> dict[str, Any]:
    return frame.filter(seller_id=seller_id).row(0, named=True)


def test_phases_of_top_relations_are_counted_and_their_share_known():
    found = row(
        figures(*relations(4), declared={"10": "quote", "11": "orienting", "12": "quote"}), "S1"
    )

    assert found["relations"] == found["top_relations_total"] == 4
    assert (found["phase_quote_count"], found["phase_orienting_count"]) == (2, 1)
    assert found["phase_unknown_count"] == 1
    assert found["phase_coverage"] == Decimal("0.75")


def test_seller_of_no_top_relation_has_noughts_and_no_share():
    mirror = Mirror(companies=rows(COMPANIES, *relations(1)), account_currency="EUR")
    sellers = compute(
        mirror, MEANING, Parameters(), as_of=AS_OF, history=OwnHistory(), texts=TEXTS
    ).sellers

    found = row(sellers, "S1")
    assert found["relations"] == 1
    assert found["top_relations_total"] == 0
    assert found["phase_coverage"] is None
    assert found["phase_order_count"] == found["stalled_count"] == 0


@pytest.mark.parametrize(("quiet", "warned"), [(4, False), (5, True)])
def test_many_top_relations_declared_without_interest_are_a_warning(quiet, warned):
    declared = {f"1{one}": "no_interest" for one in range(quiet)}
    found = row(figures(*relations(10), *relations(1, "S2"), declared=declared), "S1")

    assert ("no_interest_share" in found["seller_warnings"]) is warned


def test_warnings_of_a_seller_without_any_are_an_empty_list():
    mirror = Mirror(companies=rows(COMPANIES, *relations(1)), account_currency="EUR")
    sellers = compute(
        mirror, MEANING, Parameters(), as_of=AS_OF, history=OwnHistory(), texts=TEXTS
    ).sellers

    assert sellers["seller_warnings"].to_list() == [[]]


def test_team_totals_are_sums_and_shares_made_of_sums():
    sellers = figures(
        *relations(3), *relations(1, "S2"), declared={"10": "quote", "20": "orienting"}
    )

    totals = team_totals(sellers).row(0, named=True)

    assert totals["relations"] == totals["top_relations_total"] == 4
    assert totals["phase_quote_count"] == totals["phase_orienting_count"] == 1
    assert totals["phase_coverage"] == Decimal("0.5")
    assert "seller_id" not in totals


def test_team_without_sellers_has_noughts_and_no_share():
    totals = team_totals(figures()).row(0, named=True)

    assert all(totals[f"phase_{one}_count"] == 0 for one in Phase)
    assert totals["phase_coverage"] is None
