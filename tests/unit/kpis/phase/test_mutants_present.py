"""How long a phase lasts and against what norm, on decisions made by hand (spec 3.3)."""

from datetime import date

import polars as pl
import pytest

from kpis.parameters import PhaseParameters
from kpis.phase.decide import DECLARED, LATEST_EVENT, LOCKED, OLD_DECLARATION
from kpis.phase.present import with_status
from kpis.phase.rank import NO_INTEREST, ORIENTING, RANK_TYPE

SINCE, RENEWED, TODAY = date(2026, 1, 1), date(2026, 6, 1), date(2026, 6, 30)


def counted(rank: int, rule: int, renewed_on: date | None) -> int:
    """Days that are held against the norm, of a phase since 1 January."""
    present = pl.DataFrame(
        [(rank, rule, SINCE, renewed_on, None)],
        schema={
            "rank": RANK_TYPE,
            "rule": pl.Int8(),
            "phase_since": pl.Date(),
            "renewed_on": pl.Date(),
            "hold_days": pl.Int64(),
        },
        orient="row",
    )
    days: int = with_status(present, PhaseParameters(), as_of_date=TODAY)["counted_days"].item()
    return days


@pytest.mark.parametrize(
    ("rank", "rule", "renewed_on", "expected"),
    [
        (NO_INTEREST, LOCKED, RENEWED, 29),
        (NO_INTEREST, DECLARED, RENEWED, 29),
        (NO_INTEREST, OLD_DECLARATION, RENEWED, 29),
        (NO_INTEREST, DECLARED, None, 180),
        (NO_INTEREST, LATEST_EVENT, RENEWED, 180),
        (ORIENTING, DECLARED, RENEWED, 180),
    ],
)
def test_days_count_from_the_renewal_only_for_no_interest_by_word(rank, rule, renewed_on, expected):
    assert counted(rank, rule, renewed_on) == expected
