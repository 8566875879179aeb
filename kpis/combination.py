"""Lists of what applies, row by row."""

from collections.abc import Mapping

import polars as pl


def applying(conditions: Mapping[str, pl.Expr]) -> pl.Expr:
    """Sorted names of the conditions that are true; null counts as not true.

    The list of each combination is made once and looked up by its number, one bit per condition:
    making and cleaning a list on every row takes many times as long.
    """
    names = sorted(conditions)
    bits = [
        conditions[name].fill_null(value=False).cast(pl.UInt32()) * 2**place
        for place, name in enumerate(names)
    ]
    lists = [
        [name for place, name in enumerate(names) if number >> place & 1]
        for number in range(2 ** len(names))
    ]
    return pl.lit(pl.Series(lists, dtype=pl.List(pl.String()))).gather(pl.sum_horizontal(bits))
