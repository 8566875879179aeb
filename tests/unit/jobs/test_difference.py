"""What would be written: the least set of values, compared by type (spec 7)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from jobs.difference import Difference, differences, same_value, texts, to_changes
from kpis.properties import PROPERTIES

AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
ROWS = {(row.object_type, row.name): row for row in PROPERTIES}
KNOWN = frozenset(row.name for row in PROPERTIES)


def relations(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"relation_id": ["1"], **columns})


def found(frame: pl.DataFrame, standing: dict[str, dict[str, str]], known=KNOWN):
    return list(differences("companies", frame, standing, as_of=AS_OF, known=known))


def money(text: str) -> pl.Series:
    return pl.Series([Decimal(text)], dtype=pl.Decimal(38, 2))


@pytest.mark.parametrize(
    ("name", "left", "right", "same"),
    [
        ("potential_index", "0.5", "0.50", True),
        ("potential_index", "0.5", "0.51", False),
        ("potential_index", "0.5", "n/a", False),
        ("data_warnings", "a;b", "b;a", True),
        ("data_warnings", "a;b", "a", False),
        ("phase_since", "2026-06-10", "2026-06-10T00:00:00Z", True),
        ("phase_since", "2026-06-10", "1781049600000", True),
        ("phase_since", "2026-06-10", "2026-06-11", False),
        ("phase_since", "2026-06-10", "", False),
        ("phase_since", "2026-06-10", "soon", False),
        ("recommended_approach", "a", "a ", True),
        ("recommended_approach", " ", "", True),
        ("recommended_approach", "a", "A", False),
        ("is_top_relation", "true", "false", False),
    ],
)
def test_same_value_compares_by_type(name, left, right, same):
    assert same_value(ROWS["companies", name], left, right) is same


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("revenue_ytd", money("150000.00"), "150000"),
        ("revenue_ytd", money("1500.50"), "1500.5"),
        ("revenue_ytd", money("-0.10"), "-0.1"),
        ("revenue_ytd", money("0.00"), "0"),
        ("days_in_phase", pl.Series([100]), "100"),
        ("is_top_relation", pl.Series([True]), "true"),
        ("is_top_relation", pl.Series([False]), "false"),
        ("phase_since", pl.Series([date(2026, 6, 10)]), "2026-06-10"),
        ("data_warnings", pl.Series([["a", "b"]]), "a;b"),
        ("data_warnings", pl.Series([[]], dtype=pl.List(pl.String)), ""),
        ("buying_phase", pl.Series(["quote"]), "quote"),
        ("phase_previous", pl.Series([None], dtype=pl.String), ""),
    ],
)
def test_texts_are_what_the_crm_takes(name, value, text):
    assert texts(relations(**{name: value}), [ROWS["companies", name]]) == {name: [text]}


def test_differences_are_empty_when_every_value_stands_as_wanted():
    frame = relations(revenue_ytd=money("0.50"), buying_phase=["quote"])

    assert found(frame, {"1": {"revenue_ytd": "0.5", "buying_phase": "quote"}}) == []


def test_differences_stamp_the_calculation_only_beside_a_change():
    frame = relations(buying_phase=["quote"], phase_previous=["interest"])
    standing = {"1": {"buying_phase": "interest", "phase_previous": "interest"}}

    assert found(frame, standing) == [
        Difference("companies", "1", "buying_phase", "interest", "quote"),
        Difference("companies", "1", "calculated_at", "", "2026-06-30T12:00:00Z"),
    ]


def test_differences_clear_what_left_the_universe():
    standing = {"2": {"buying_phase": "quote", "calculated_at": "2026-06-01T00:00:00Z"}}

    assert found(relations(buying_phase=["quote"]).clear(), standing) == [
        Difference("companies", "2", "buying_phase", "quote", ""),
        Difference("companies", "2", "calculated_at", "2026-06-01T00:00:00Z", ""),
    ]


def test_differences_leave_out_what_the_crm_does_not_have():
    frame = relations(buying_phase=["quote"], phase_previous=["interest"])

    assert found(frame, {}, known=frozenset({"phase_previous"})) == [
        Difference("companies", "1", "phase_previous", "", "interest")
    ]


def test_differences_never_touch_what_people_fill_in():
    frame = relations(phase_declared=["quote"], pains=["x"])

    assert found(frame, {"1": {"pains": "y"}}) == []


def test_differences_come_by_record_with_the_lowest_number_first():
    frame = pl.DataFrame({"relation_id": ["10", "9"], "buying_phase": ["quote", "order"]})

    assert [one.external_id for one in found(frame, {}, frozenset({"buying_phase"}))] == ["9", "10"]


def test_changes_gather_the_values_of_one_record():
    rows = [
        Difference("companies", "1", "buying_phase", "", "quote"),
        Difference("companies", "1", "phase_since", "", "2026-06-10"),
        Difference("companies", "2", "buying_phase", "quote", ""),
    ]

    assert [(one.external_id, dict(one.values)) for one in to_changes(rows)] == [
        ("1", {"buying_phase": "quote", "phase_since": "2026-06-10"}),
        ("2", {"buying_phase": ""}),
    ]
