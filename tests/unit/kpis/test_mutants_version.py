"""Versions: what our mirror saw, what is told twice, and what was soon undone (spec 0, 3.3)."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from kpis.frames import CHANGES
from kpis.version import value_runs, versions_of, with_base, without_reversals
from tests.unit.kpis.builders import AS_OF, at, rows

START = at("2026-06-01T10:00")
RECORDS = pl.DataFrame({"relation": [0, 1], "external_id": ["7", "8"]})


def change(day: int, value: str | None, external_id: str = "7", *, is_seen: bool | None = None):
    return {
        "external_id": external_id,
        "field": "owner",
        "value": value,
        "changed_at": START + timedelta(days=day),
        "is_seen": is_seen,
    }


def told(*changes) -> list[tuple[int, int, str | None]]:
    """Record, day and value of each version."""
    versions = versions_of(rows(CHANGES, *changes), "owner", RECORDS, as_of=AS_OF)
    return [
        (relation, (instant - START).days, value)
        for relation, instant, value in versions.select("relation", "at", "value").iter_rows()
    ]


def hours(*given: tuple[int, float, str | None]) -> pl.DataFrame:
    """Runs of record, hour and value."""
    return pl.DataFrame(
        [(relation, START + timedelta(hours=hour), value) for relation, hour, value in given],
        schema={"relation": pl.Int64(), "at": pl.Datetime("ms", "UTC"), "value": pl.String()},
        orient="row",
    )


def left(*given: tuple[int, float, str | None]) -> list[tuple[int, datetime, str | None]]:
    return without_reversals(hours(*given), "relation", hours=24).rows()


def test_version_of_which_the_source_is_unknown_was_made_by_a_person():
    versions = versions_of(rows(CHANGES, change(1, "A")), "owner", RECORDS, as_of=AS_OF)

    assert versions["is_by_person"].to_list() == [True]


@pytest.mark.parametrize(("seen_on", "is_kept"), [(0, False), (2, False), (3, False), (4, True)])
def test_what_only_our_mirror_saw_counts_after_all_that_the_history_tells(seen_on, is_kept):
    seen = change(seen_on, "Z", is_seen=True)

    assert told(change(1, "A"), change(3, "B"), seen) == [
        (0, 1, "A"),
        (0, 3, "B"),
        *([(0, 4, "Z")] if is_kept else []),
    ]


def test_what_our_mirror_saw_of_one_record_does_not_wait_for_the_history_of_another():
    assert told(change(3, "A"), change(1, "B", "8", is_seen=True)) == [(0, 3, "A"), (1, 1, "B")]


def test_versions_stand_in_order_of_record_and_time():
    assert told(change(2, "C", "8"), change(2, "B"), change(1, "A")) == [
        (0, 1, "A"),
        (0, 2, "B"),
        (1, 2, "C"),
    ]


def test_last_of_the_versions_of_one_instant_counts_for_each_record():
    assert told(change(1, "B"), change(1, "A"), change(1, "C", "8")) == [(0, 1, "B"), (1, 1, "C")]
    assert told(change(1, "B"), change(1, "A"), change(2, "C")) == [(0, 1, "B"), (0, 2, "C")]


def test_runs_of_two_records_do_not_continue_each_other_not_even_without_a_value():
    runs = hours((0, 0, None), (1, 1, None), (1, 2, "A"), (2, 3, "A"))

    assert value_runs(runs, "relation").rows() == runs.rows()


def test_record_of_several_versions_has_one_base():
    based = with_base(hours((0, 0, "A"), (0, 1, "B")), "relation", None)

    assert based["value"].to_list() == [None, "A", "B"]


def test_first_value_is_no_change_that_emptying_could_reverse():
    assert left((0, 0, "A"), (0, 1, None)) == hours((0, 0, "A"), (0, 1, None)).rows()


def test_value_before_a_longer_pause_is_what_a_change_comes_back_to():
    assert left((0, -90, "A"), (0, 0, "B"), (0, 1, "A")) == hours((0, -90, "A")).rows()


@pytest.mark.parametrize(("hour", "is_reversed"), [(24 - 1 / 3_600_000, True), (24, False)])
def test_change_that_outlived_its_own_reversal_is_undone_within_less_than_24_hours(
    hour, is_reversed
):
    given = (0, -90, "X"), (0, 0, "A"), (0, 1, "B"), (0, 2, "A"), (0, hour, "X")

    kept = given[:1] if is_reversed else (*given[:2], given[4])
    assert left(*given) == hours(*kept).rows()


def test_change_of_one_record_does_not_come_back_to_the_value_of_another():
    given = (0, 0, "A"), (1, 1, "B"), (1, 2, "C"), (1, 3, "B"), (1, 4, "A")

    assert left(*given) == hours(given[0], given[1], given[4]).rows()
