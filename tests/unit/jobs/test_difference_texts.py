"""How each kind of value is put into the words of the CRM."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from jobs.difference import texts, written_properties
from kpis.properties import properties_of


def test_every_written_property_has_its_text():
    frame = pl.DataFrame(
        {
            "potential_revenue": pl.Series([Decimal("1200.50"), None, Decimal(100)]),
            "is_top_relation": [True, False, None],
            "phase_since": [date(2026, 6, 2), None, None],
            "calculated_at": pl.Series(
                [datetime(2026, 6, 2, 9, 5, tzinfo=UTC), None, None],
                dtype=pl.Datetime("ms", "UTC"),
            ),
            "data_warnings": [["amount_missing", "no_owner"], [], None],
            "buying_phase": ["quote", None, "order"],
            "no property of ours": [1, 2, 3],
        }
    )

    rows = written_properties("companies", frame)

    assert texts(frame, rows) == {
        "potential_revenue": ["1200.5", "", "100"],
        "is_top_relation": ["true", "false", ""],
        "phase_since": ["2026-06-02", "", ""],
        "calculated_at": ["2026-06-02T09:05:00.000Z", "", ""],
        "data_warnings": ["amount_missing;no_owner", "", ""],
        "buying_phase": ["quote", "", "order"],
    }


@pytest.mark.parametrize("number", ["0", "100", "-20", "1000000"])
def test_whole_numbers_keep_their_zeros(number):
    frame = pl.DataFrame({"potential_revenue": pl.Series([Decimal(number)])})
    row = next(one for one in properties_of("companies", "out") if one.name == "potential_revenue")

    assert texts(frame, [row]) == {"potential_revenue": [number]}
