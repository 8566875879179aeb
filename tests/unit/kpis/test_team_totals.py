"""The whole team as one row: sums, and shares made of those sums."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.seller import CONTACT_COUNTS, COUNTS, MONEY, team_totals

FIRST: dict[str, Any] = {
    **dict.fromkeys(COUNTS, 4),
    "phase_unknown_count": 1,
    "top_relations_contacted": 3,
    "kpi1": 2,
    "moments": 10,
    "top_moments": 5,
    **dict.fromkeys(MONEY, Decimal("10.00")),
}
SECOND: dict[str, Any] = {
    **dict.fromkeys(COUNTS, 6),
    "phase_unknown_count": 2,
    "top_relations_contacted": 1,
    "kpi1": 1,
    "moments": 30,
    "top_moments": 5,
    **dict.fromkeys(MONEY, Decimal("2.50")),
}
KINDS = {
    **dict.fromkeys((*COUNTS, *CONTACT_COUNTS, "moments", "top_moments"), pl.Int64()),
    **dict.fromkeys(MONEY, pl.Decimal(38, 2)),
}


def totals(*sellers: dict[str, Any]) -> dict[str, Any]:
    return team_totals(pl.DataFrame(sellers, schema=KINDS)).row(0, named=True)


def test_counts_and_money_of_the_team_are_sums_and_shares_are_made_of_them():
    team = totals(FIRST, SECOND)

    assert {team[name] for name in COUNTS if name != "phase_unknown_count"} == {10}
    assert (team["top_relations_contacted"], team["kpi1"]) == (4, 3)
    assert (team["contact_coverage"], team["kpi1_ratio"]) == (Decimal("0.4"), Decimal("0.3"))
    assert team["focus_share"] == Decimal("0.25")
    assert team["phase_coverage"] == Decimal("0.7")
    assert {team[name] for name in MONEY} == {Decimal("12.50")}


@pytest.mark.parametrize("name", [*CONTACT_COUNTS, *MONEY])
def test_team_has_the_value_of_those_who_have_one_and_none_when_nobody_has(name):
    assert totals({**FIRST, name: None}, SECOND)[name] == SECOND[name]
    assert totals({**FIRST, name: None}, {**SECOND, name: None})[name] is None


def test_team_without_top_relations_has_no_shares():
    nobody = {**FIRST, **dict.fromkeys((*COUNTS, *CONTACT_COUNTS, "moments", "top_moments"), 0)}

    team = totals(nobody)
    shares = ("contact_coverage", "kpi1_ratio", "focus_share", "phase_coverage")
    assert [team[name] for name in shares] == [None] * 4
