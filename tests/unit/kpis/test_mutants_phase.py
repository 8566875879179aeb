"""Flow of phases: counts above one, order of owners and empty cells (spec 3.3)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl

from kpis.phase import conversion, distribution, flow

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
ZONE = "Europe/Amsterdam"


def moves() -> pl.DataFrame:
    """Two moves of owner 10 out of quote, three of owner 9 out of interest."""
    given = [
        ("10", "quote", "order", "forward"),
        ("10", "quote", "interest", "backward"),
        ("9", "interest", "quote", "forward"),
        ("9", "interest", "quote", "forward"),
        ("9", "interest", "orienting", "decay"),
    ]
    return pl.DataFrame(
        given, schema=["owner", "from", "to", "direction"], orient="row"
    ).with_columns(relation_id=pl.lit("1"), changed_on=pl.lit(date(2026, 6, 1)))


def test_distribution_counts_each_relation_of_a_phase_and_each_that_stands_still():
    relations = pl.DataFrame(
        [
            ("9", True, "quote", "stalled"),
            ("9", True, "quote", "stalled"),
            ("9", True, "order", ""),
        ],
        schema=["owner", "is_top_relation", "buying_phase", "phase_status"],
        orient="row",
    )

    row = distribution(relations).row(0, named=True)

    assert (row["phase_quote_count"], row["stalled_count"]) == (2, 2)


def test_conversion_counts_the_exits_of_its_own_phase_in_the_order_of_owners():
    found = conversion(moves(), pl.Series(["1"]), as_of=AS_OF, timezone=ZONE)

    columns = ("phase_conversion_interest", "phase_conversion_interest_n")
    assert found.select("owner", *columns).rows() == [("9", Decimal(1), 2), ("10", None, 0)]
    columns = ("phase_conversion_quote", "phase_conversion_quote_n")
    assert found.select("owner", *columns).rows() == [("9", None, 0), ("10", Decimal("0.5"), 2)]


def test_flow_has_each_cell_of_each_owner_once_in_the_order_of_owners():
    cells = flow(moves(), pl.Series(["1"]), as_of=AS_OF, timezone=ZONE)

    assert cells["owner"].to_list() == ["9"] * 36 + ["10"] * 36
    assert cells["count"].to_list().count(0) == 72 - 4
    assert cells.filter(pl.col("count") == 2).rows() == [("9", "interest", "quote", 2)]
