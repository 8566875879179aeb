"""Warnings about groups and sellers (spec 2.1, 2.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import OwnHistory
from tests.unit.kpis.builders import (
    AS_OF,
    Candidates,
    candidate,
    candidates,
    decide,
    history_with,
)

JUNE = date(2026, 6, 1)


def warnings_of(given: Candidates, **rules: Any) -> list[tuple[str, str]]:
    return decide(AS_OF, OwnHistory(), given, **rules).group_warnings.rows()


def skewed(top: int, rest: int, unknown: int = 0) -> Candidates:
    """So many relations far above the mean, below it, and without a potential."""
    values: list[float | None] = [1000] * top + [1] * rest + [None] * unknown
    return candidates(*(candidate(str(n), v, v) for n, v in enumerate(values)))


@pytest.mark.parametrize(
    ("top", "rest", "expected"),
    [
        (1, 19, []),  # 5%
        (1, 20, ["few_top_relations"]),
        (2, 3, []),  # 40%
        (41, 59, ["many_top_relations"]),
    ],
)
def test_share_of_top_relations_is_warned_of_outside_its_bounds(top, rest, expected):
    assert warnings_of(skewed(top, rest)) == [("retail", name) for name in expected]


def test_share_counts_relations_with_a_known_potential_only():
    assert warnings_of(skewed(1, 19, unknown=50)) == []


def test_bounds_of_the_share_are_configured():
    assert warnings_of(skewed(1, 19), warn_share=["0.051", "1"]) == [
        ("retail", "few_top_relations")
    ]


def test_group_without_any_known_potential_has_no_share_to_warn_of():
    assert warnings_of(candidates(candidate("1", None))) == [("", "profit_not_measured")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([10, 10], True), ([10, 10, 10.01], False), ([10], False), ([10, 10, None], True)],
)
def test_no_dispersion_needs_at_least_two_equal_indexes_and_no_other(values, expected):
    given = candidates(*(candidate(str(n), value, 1) for n, value in enumerate(values)))

    assert (("", "no_dispersion") in warnings_of(given)) is expected


def test_group_is_named_and_the_base_is_left_out_when_nobody_uses_it():
    equal = [candidate(str(n), 10, 1) for n in range(5)]

    assert warnings_of(candidates(*equal)) == [
        ("retail", "few_top_relations"),
        ("retail", "no_dispersion"),
    ]
    assert warnings_of(candidates(*equal, candidate("9", 10, 1, segment="x"))) == [
        ("", "few_top_relations"),
        ("", "no_dispersion"),
        ("retail", "few_top_relations"),
        ("retail", "no_dispersion"),
    ]


def test_whole_base_is_judged_over_everybody():
    retail = [candidate(str(n), value, value) for n, value in enumerate([1000, 1, 1, 1, 1])]
    others = [candidate(str(n), 900, 900, segment="x") for n in (8, 9)]

    # by itself "x" would be all top; the base holds 7 relations of which 3 are top
    assert warnings_of(candidates(*retail, *others)) == [("", "many_top_relations")]
    assert warnings_of(candidates(*retail, others[0])) == []


@pytest.mark.parametrize(
    ("margins", "warned"), [((None, None), True), ((None, 5), False), ((0, None), False)]
)
def test_account_is_warned_when_no_relation_has_a_margin(margins, warned):
    given = candidates(*(candidate(str(n), n + 1, m) for n, m in enumerate(margins)))

    assert (("", "profit_not_measured") in warnings_of(given)) is warned


def test_empty_universe_is_reviewed_without_a_warning():
    outcome = decide(AS_OF, OwnHistory(), candidates())

    assert outcome.relations.is_empty()
    assert outcome.group_warnings.is_empty()
    assert outcome.history.reviews["group"].to_list() == [""]


@pytest.mark.parametrize(
    ("manual", "by_rule", "warned"), [(1, 4, []), (1, 3, ["S1"]), (0, 3, []), (1, 0, ["S1"])]
)
def test_seller_is_warned_when_more_than_a_fifth_of_the_top_relations_are_manual(
    manual, by_rule, warned
):
    chosen: dict[str, Any] = {
        "top_relation_override": "always",
        "top_relation_override_reason": "because",
    }
    given = candidates(
        *(candidate(f"1{n}", 1, **chosen) for n in range(manual)),
        *(candidate(f"2{n}", 500) for n in range(by_rule)),
        candidate("3", 1),
        candidate("4", 500, owner="S2"),
    )
    history = history_with(reviewed_on=JUNE, mean_revenue=Decimal(100), mean_margin=None)

    outcome = decide(AS_OF, history, given)

    assert outcome.seller_warnings.rows() == [(seller, "manual_share") for seller in warned]
    assert outcome.relations.filter(pl.col("is_top_relation")).height == manual + by_rule + 1
