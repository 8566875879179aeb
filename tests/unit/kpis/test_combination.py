"""Lists of what applies."""

import polars as pl
import pytest

from kpis.combination import applying


@pytest.mark.parametrize(
    ("late", "missing", "expected"),
    [
        (False, False, []),
        (None, None, []),
        (True, False, ["late"]),
        (None, True, ["absent"]),
        (True, True, ["absent", "late"]),
    ],
)
def test_names_of_true_conditions_stand_sorted(late, missing, expected):
    frame = pl.DataFrame(
        {"late": [late], "missing": [missing]},
        schema_overrides=dict.fromkeys(("late", "missing"), pl.Boolean()),
    )

    found = frame.select(told=applying({"late": pl.col("late"), "absent": pl.col("missing")}))

    assert found["told"].to_list() == [expected]


def test_each_row_has_its_own_list_and_a_frame_without_rows_has_none() -> None:
    frame = pl.DataFrame({"number": [3, 0, 1]})
    conditions = {"odd": pl.col("number") % 2 == 1, "large": pl.col("number") > 2}

    found = frame.select("number", told=applying(conditions))
    nothing = frame.clear().select(told=applying(conditions))

    assert found.rows() == [(3, ["large", "odd"]), (0, []), (1, ["odd"])]
    assert nothing["told"].to_list() == []
    assert nothing.schema == {"told": pl.List(pl.String())}
