"""Exact division, and rounding at output (spec 0, Numbers).

Everything between is exact to 12 decimals; a quotient is the nearest one, ties to even.
"""

from decimal import Decimal

import polars as pl

from kpis.frames import EXACT

MONEY_DECIMALS = 2
RATIO_DECIMALS = 4
PRODUCT_LIMIT = 1e24


def exact(value: Decimal) -> pl.Expr:
    """Literal with 12 decimals."""
    return pl.lit(value, dtype=EXACT)


def quotient(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Exact quotient; null when the denominator is 0 or either is null."""
    divisor = denominator.cast(EXACT)
    return numerator.cast(EXACT) / pl.when(divisor != 0).then(divisor)


def product(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Exact product; null when either is null or the product is absurdly large.

    Polars stops at an overflow, and one mistyped record must not stop a run.
    """
    size = (left.cast(pl.Float64()) * right.cast(pl.Float64())).abs()
    return left.cast(EXACT) * pl.when(size < PRODUCT_LIMIT).then(right.cast(EXACT))


def mean(values: pl.Expr) -> pl.Expr:
    """Exact mean of the known values; null when there is none."""
    return quotient(values.sum(), values.count())


def percentile(values: pl.Expr, percent: int) -> pl.Expr:
    """Exact percentile of the known values by linear interpolation; null when there is none.

    Polars' own quantile goes through floats.
    """
    ordered = values.drop_nulls().sort()
    hundredths = (values.count().cast(pl.Int64()) - 1) * percent
    below = ordered.get(hundredths // 100, null_on_oob=True)
    above = ordered.get((hundredths + 99) // 100, null_on_oob=True)
    return below + (above - below) * (hundredths % 100).cast(EXACT) / 100


def money(amount: pl.Expr) -> pl.Expr:
    """Amount as it is shown: 2 decimals, half away from zero."""
    return _rounded(amount, MONEY_DECIMALS)


def ratio(fraction: pl.Expr) -> pl.Expr:
    """Ratio or percentage as it is shown: a fraction with 4 decimals, half away from zero."""
    return _rounded(fraction, RATIO_DECIMALS)


def _rounded(value: pl.Expr, decimals: int) -> pl.Expr:
    """Value with so many decimals, and no more of them in its type."""
    rounded = value.cast(EXACT).round(decimals, mode="half_away_from_zero")
    return rounded.cast(pl.Decimal(38, decimals))
