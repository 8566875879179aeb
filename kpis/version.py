"""Versions of a field as runs of equal values, without what was soon undone (spec 0, 3.3).

Frames carry a numeric key (`deal` or `relation`), `at`, the instant from which `value` holds, and
are sorted by both.
"""

from datetime import UTC, datetime

import polars as pl

from kpis.frames import INSTANT

BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)
"""Start of what holds before the first version."""

MS_PER_HOUR = 3_600_000


def versions_of(
    changes: pl.DataFrame, field: str, records: pl.DataFrame, *, as_of: datetime
) -> pl.DataFrame:
    """Versions of one field up to `as_of`: key, `at`, `value` (null: empty), `is_by_person`.

    Values are trimmed. A version that only our mirror saw counts when it is later than all that
    the CRM's own history tells of the record. Of versions with one instant the last in order of
    value counts.

    Args:
        changes: frame of `CHANGES`.
        field: neutral name.
        records: two columns, the key and the `external_id` it stands for.
        as_of: later versions do not exist yet.
    """
    key = records.columns[0]
    dated = (
        changes.filter((pl.col("field") == field) & (pl.col("changed_at") <= as_of))
        .join(records, on="external_id")
        .select(
            key,
            pl.col("changed_at").alias("at"),
            pl.col("value").str.strip_chars().replace("", None),
            pl.col("is_by_person").fill_null(value=True),
            pl.col("is_seen").fill_null(value=False),
        )
    )
    told = dated.filter(~pl.col("is_seen"))
    seen = (
        dated.filter("is_seen")
        .join(told.group_by(key).agg(told_until=pl.col("at").max()), on=key, how="left")
        .filter((pl.col("at") > pl.col("told_until")).fill_null(value=True))
        .select(dated.columns)
    )
    ordered = pl.concat([told, seen]).drop("is_seen").sort(key, "at", "value", "is_by_person")
    return ordered.filter(
        (
            (pl.col(key) != pl.col(key).shift(-1)) | (pl.col("at") != pl.col("at").shift(-1))
        ).fill_null(value=True)
    )


def value_runs(versions: pl.DataFrame, key: str) -> pl.DataFrame:
    """First version of each run of equal values."""
    return versions.filter(
        (pl.col(key) != pl.col(key).shift(1)).fill_null(value=True)
        | pl.col("value").ne_missing(pl.col("value").shift(1))
    )


def with_base(versions: pl.DataFrame, key: str, value: int | None) -> pl.DataFrame:
    """Put a version from `BEFORE_ALL` on before the first one of each record."""
    base = versions.select(pl.col(key).unique(maintain_order=True)).with_columns(
        at=pl.lit(BEFORE_ALL, dtype=INSTANT),
        value=pl.lit(value, dtype=versions.schema["value"]),
    )
    return pl.concat([base, versions], how="diagonal").sort(key, maintain_order=True)


def without_base(versions: pl.DataFrame) -> pl.DataFrame:
    """Take the versions of `with_base` away again."""
    return versions.filter(pl.col("at") > BEFORE_ALL)


def without_reversals(runs: pl.DataFrame, key: str, *, hours: int) -> pl.DataFrame:
    """Runs without changes that were reversed in less than so many elapsed hours (3.3).

    When a value gives way to another and comes back in time, the other is dropped and the value
    has been there all along. Reversals are taken in order of time, each after the ones before it
    were dropped.
    """
    limit = pl.duration(hours=hours)
    has_before = (pl.col(key) == pl.col(key).shift(1)).fill_null(value=False)
    comes_back = pl.col("value").shift(1).eq_missing(pl.col("value").shift(-1))
    is_quick = pl.col("at").diff() < limit
    # Only what follows within the limit can reverse, so longer pauses part the runs into blocks.
    numbered = runs.with_row_index("row").with_columns(
        block=(~(has_before & is_quick)).cum_sum(),
        before=pl.col("value").shift(1),
        has_before=has_before,
        is_reversed=has_before & comes_back & is_quick.shift(-1),
    )
    blocks = numbered.join(
        numbered.filter("is_reversed").select("block").unique(),
        on="block",
        how="semi",
        maintain_order="left",
    )
    dropped = _reversed_rows(blocks, limit_ms=hours * MS_PER_HOUR)
    return (
        runs.with_row_index("row")
        .join(dropped, on="row", how="anti", maintain_order="left")
        .drop("row")
    )


def _reversed_rows(blocks: pl.DataFrame, *, limit_ms: int) -> pl.DataFrame:
    """Rows to drop. A change can only be judged once those before it are, so this walks.

    It walks over the few blocks in which anything comes back at all, not over all records.
    """
    dropped: list[int] = []
    present = None
    standing: list[tuple[object, int, int]] = []
    columns = ("block", "row", pl.col("at").dt.epoch("ms"), "value", "before", "has_before")
    for block, row, at, value, before, has_before in blocks.select(columns).iter_rows():
        if block != present:
            present = block
            standing = [(before, at, row)] if has_before else []
        if len(standing) > 1 and standing[-2][0] == value and at - standing[-1][1] < limit_ms:
            dropped += (standing.pop()[2], row)
        else:
            standing.append((value, at, row))
    return pl.DataFrame({"row": dropped}, schema={"row": pl.get_index_type()})
