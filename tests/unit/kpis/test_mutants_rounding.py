"""Numbers: the percentile between two values, the size of a product, decimals (spec 0, 2.2)."""

from decimal import Decimal

import polars as pl
import pytest

from kpis.frames import EXACT
from kpis.rounding import money, percentile, product


def of(values: list[int | None], percent: int) -> Decimal:
    frame = pl.DataFrame({"value": values}, schema={"value": EXACT})
    found: Decimal = frame.select(percentile(pl.col("value"), percent)).item()
    return found


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 75, 7),
        ([30, None, 10, 20], 25, 15),
        ([0, 100], 99, 99),
        ([0, 100, 200, 300], 67, 201),
        ([0, 100, 200, 300, 400], 25, 100),
        (list(range(100)), 50, Decimal("49.5")),
    ],
)
def test_percentile_lies_between_the_two_values_that_surround_it(values, percent, expected):
    assert of(values, percent) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (10**12 - 1, 10**12, Decimal(10**24 - 10**12)),
        (10**12, 10**12, None),
        (-(10**13), 10**13, None),
        (-(10**14), 10**14, None),
        (-3, 4, Decimal(-12)),
    ],
)
def test_product_of_absurd_size_is_unknown_on_both_sides_of_zero(left, right, expected):
    factors = pl.DataFrame({"left": [left], "right": [right]})

    assert factors.select(product(pl.col("left"), pl.col("right"))).item() == expected


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1.005", "1.01"), ("1.0049", "1.00"), ("-1.005", "-1.01"), ("0.25", "0.25")],
)
def test_money_is_shown_in_cents_half_away_from_zero(amount, shown):
    found = pl.DataFrame({"amount": [Decimal(amount)]}).select(money(pl.col("amount")))

    assert found.dtypes == [pl.Decimal(38, 2)]
    assert str(found.item()) == shown
