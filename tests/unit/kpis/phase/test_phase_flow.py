"""Distribution, flow and conversion per seller (spec 3.3)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from kpis.phase import conversion, distribution, flow

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
ZONE = "Europe/Amsterdam"
EMPTY_MOVES = {
    "relation_id": pl.String,
    "changed_on": pl.Date,
    "owner": pl.String,
    "from": pl.String,
    "to": pl.String,
    "direction": pl.String,
}


def moves(*rows: tuple[str, str, str | None, str, str, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={**EMPTY_MOVES, "changed_on": pl.String}, orient="row")
    return frame.with_columns(pl.col("changed_on").str.to_date())


def test_distribution_counts_the_top_relations_of_each_owner():
    relations = pl.DataFrame(
        [
            ("10", True, "quote", "stalled"),
            ("10", True, "no_interest", "reverify"),
            ("10", True, "unknown", None),
            ("10", False, "order", "stalled"),
            ("9", True, "interest", "on_track"),
            (None, True, "interest", "on_track"),
        ],
        schema=["owner", "is_top_relation", "buying_phase", "phase_status"],
        orient="row",
    )

    first, second = distribution(relations).to_dicts()

    assert (first["owner"], first["phase_interest_count"]) == ("9", 1)
    assert first["phase_coverage"] == Decimal(1)
    assert second == {
        "owner": "10",
        "phase_unknown_count": 1,
        "phase_no_interest_count": 1,
        "phase_orienting_count": 0,
        "phase_interest_count": 0,
        "phase_quote_count": 1,
        "phase_order_count": 0,
        "stalled_count": 1,
        "phase_coverage": Decimal("0.666666666667"),
    }


@pytest.mark.parametrize(
    ("day", "count"),
    [("2025-06-30", 0), ("2025-07-01", 1), ("2026-06-30", 1), ("2026-07-01", 0)],
)
def test_flow_counts_the_trailing_year(day, count):
    given = moves(("1", day, "S1", "interest", "quote", "forward"))

    cells = flow(given, pl.Series(["1"]), as_of=AS_OF, timezone=ZONE)

    assert cells["count"].sum() == count


def test_flow_counts_relations_that_are_top_now_for_the_owner_then():
    given = moves(
        ("1", "2026-05-01", "S2", "interest", "quote", "forward"),
        ("1", "2026-06-01", "S10", "quote", "unknown", None),
        ("2", "2026-05-01", "S2", "interest", "quote", "forward"),
        ("1", "2026-06-10", None, "unknown", "quote", "recorded"),
    )

    cells = flow(given, pl.Series(["1"]), as_of=AS_OF, timezone=ZONE)

    assert cells.filter(pl.col("count") > 0).rows() == [
        ("S2", "interest", "quote", 1),
        ("S10", "quote", "unknown", 1),
    ]
    assert cells.height == 72


def test_conversion_leaves_out_what_is_no_exit_by_rank():
    given = moves(
        ("1", "2026-05-01", "S1", "interest", "order", "resumed"),
        ("1", "2026-05-02", "S1", "orienting", "no_interest", "decay"),
        ("1", "2026-05-03", "S1", "quote", "unknown", None),
        ("1", "2026-05-04", "S1", "order", "interest", "new_cycle"),
        ("1", "2026-05-05", "S1", "no_interest", "quote", "forward"),
    )

    (row,) = conversion(given, pl.Series(["1"]), as_of=AS_OF, timezone=ZONE).to_dicts()

    assert row == {
        "owner": "S1",
        "phase_conversion_no_interest": Decimal(1),
        "phase_conversion_no_interest_n": 1,
        "phase_conversion_orienting": None,
        "phase_conversion_orienting_n": 0,
        "phase_conversion_interest": None,
        "phase_conversion_interest_n": 0,
        "phase_conversion_quote": None,
        "phase_conversion_quote_n": 0,
    }


def test_flow_of_nobody_is_empty():
    nothing = pl.DataFrame(schema=EMPTY_MOVES)

    assert flow(nothing, pl.Series([], dtype=pl.String), as_of=AS_OF, timezone=ZONE).is_empty()
    assert conversion(
        nothing, pl.Series([], dtype=pl.String), as_of=AS_OF, timezone=ZONE
    ).is_empty()


def test_year_ends_on_the_local_day():
    given = moves(("1", str(date(2026, 7, 1)), "S1", "interest", "quote", "forward"))
    late = datetime(2026, 6, 30, 22, tzinfo=UTC)

    assert flow(given, pl.Series(["1"]), as_of=late, timezone=ZONE)["count"].sum() == 1
