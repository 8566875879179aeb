"""Time lines of the evidence at their very instants, on days made by hand (spec 3.2)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from kpis.phase.rank import RANK_TYPE
from kpis.phase.timeline import (
    Lines,
    after_word,
    in_cycles,
    latest_lost,
    moments_of,
    most_advanced,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("ms", "UTC")
OTHERS = {"rank": RANK_TYPE, "is_new": pl.Boolean()}
INSTANTS = (
    "at",
    "until",
    "created_at",
    "won_at",
    "lost_at",
    "word_at",
    "entry_at",
    "hold_ends_at",
    "lapses_at",
    "word_ends_at",
    "lead_ends_at",
    "lock_ends_at",
)


def instant(day: int | None) -> datetime | None:
    return None if day is None else START + timedelta(days=day)


def rows(names: str, *given: Sequence[Any]) -> pl.DataFrame:
    """Frame of columns; days of 2026 stand for instants."""
    columns = names.split()
    schema = {
        name: INSTANT if name in INSTANTS else OTHERS.get(name, pl.Int64()) for name in columns
    }
    return pl.DataFrame(
        [
            [
                instant(value) if name in INSTANTS else value
                for name, value in zip(columns, row, strict=True)
            ]
            for row in given
        ],
        schema=schema,
        orient="row",
    )


def days(found: pl.DataFrame, names: str) -> list[tuple[Any, ...]]:
    """Rows of columns, with instants as days of 2026."""
    return [
        tuple((one - START).days if isinstance(one, datetime) else one for one in row)
        for row in found.select(names.split()).iter_rows()
    ]


def cycles(
    created: int | None, wins: Sequence[int], *spells: tuple[int, int | None]
) -> list[tuple[int, int | None, bool]]:
    """Parts of the spells of one deal: start, end, and whether it is of the new cycle."""
    found = in_cycles(
        rows("deal relation at until", *((0, 0, *spell) for spell in spells)),
        rows("deal relation created_at", (0, 0, created)),
        rows("relation at won_at", *((0, day, day) for day in wins)),
    )
    return [(start, end, is_new) for start, end, is_new in days(found, "at until is_new")]


@pytest.mark.parametrize(
    ("created", "wins", "spell", "expected"),
    [
        (11, (), (11, None), [(11, None, False)]),
        (5, (10,), (5, None), [(5, None, False)]),
        (10, (10,), (10, None), [(10, None, False)]),
        (11, (10,), (11, None), [(11, None, True)]),
        (11, (10,), (11, 15), [(11, 15, True)]),
        (11, (10, 20), (11, None), [(11, 20, True), (20, None, False)]),
        (11, (10, 20, 30), (11, None), [(11, 20, True), (20, None, False)]),
        (11, (10, 20), (11, 15), [(11, 15, True)]),
        (11, (10, 20), (11, 20), [(11, 20, True)]),
        (11, (10, 20), (11, 21), [(11, 20, True), (20, 21, False)]),
        (11, (10, 20), (19, None), [(19, 20, True), (20, None, False)]),
        (11, (10, 20), (20, None), [(20, None, False)]),
        (11, (10, 20), (25, 30), [(25, 30, False)]),
        (20, (10, 20), (20, None), [(20, None, False)]),
        (None, (10,), (11, None), [(11, None, False)]),
    ],
)
def test_deal_is_of_the_new_cycle_from_after_a_win_until_the_next(created, wins, spell, expected):
    assert cycles(created, wins, spell) == expected


def test_win_of_another_relation_makes_no_cycle_and_a_deal_of_none_is_left_out():
    found = in_cycles(
        rows("deal relation at until", (0, 0, 11, None), (1, 1, 12, None), (2, None, 13, None)),
        rows("deal relation created_at", (1, 1, 12), (2, None, 13), (0, 0, 11)),
        rows("relation at won_at", (0, 20, 20), (1, 10, 10)),
    )

    assert days(found, "deal at is_new") == [(1, 12, True), (0, 11, False)]


def test_cycle_of_each_deal_follows_its_own_creation_in_whatever_order_deals_stand():
    found = in_cycles(
        rows("deal relation at until", *((deal, 0, 30, None) for deal in range(4))),
        rows("deal relation created_at", (0, 0, 25), (1, 0, None), (2, 0, 11), (3, 0, 9)),
        rows("relation at won_at", (0, 10, 10), (0, 20, 20)),
    )

    assert days(found.sort("deal"), "deal is_new") == [
        (0, True),
        (1, False),
        (2, False),
        (3, False),
    ]


def later(
    words: Sequence[tuple[int, int, int | None]], *parts: tuple[int, int, int | None, int]
) -> list[tuple[Any, ...]]:
    """Relation, start and end of the parts that entered their stage after the word."""
    found = after_word(
        rows("relation at until entry_at", *parts), rows("relation at word_at", *words)
    )
    return days(found, "relation at until")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ((0, 4, None, 4), []),
        ((0, 5, None, 5), []),
        ((0, 6, None, 5), []),
        ((0, 6, None, 6), [(0, 6, 9)]),
        ((0, 6, 8, 6), [(0, 6, 8)]),
        ((0, 6, 10, 6), [(0, 6, 9)]),
        ((0, 9, None, 9), [(0, 9, None)]),
        ((1, 6, None, 6), []),
        ((2, 6, None, 6), [(2, 6, None)]),
    ],
)
def test_deal_is_later_than_the_word_that_stands_until_the_next_word(part, expected):
    assert later([(0, 5, 5), (0, 9, 8), (2, 1, 1)], part) == expected


def test_later_deals_are_found_in_whatever_order_they_stand():
    words = [(0, 5, 5), (0, 9, 9)]

    assert later(words, (0, 10, None, 10), (0, 6, 7, 6)) == [(0, 6, 7), (0, 10, None)]


Part = tuple[int, int, int | None, int, bool]


def advanced(*parts: Part) -> list[tuple[Any, ...]]:
    """Relation, instant, and highest rank of the new and of the old cycle, as of day 50."""
    found = most_advanced(rows("relation at until rank is_new", *parts), as_of=instant(50) or START)
    return days(found, "relation at new_rank old_rank")


def test_every_rank_is_told_as_it_comes_and_as_it_goes():
    ladder = [(0, rank, 20 - rank, rank, False) for rank in (1, 2, 3, 4, 5)]

    assert advanced(*ladder) == [
        (0, 1, None, 1),
        (0, 2, None, 2),
        (0, 3, None, 3),
        (0, 4, None, 4),
        (0, 5, None, 5),
        (0, 15, None, 4),
        (0, 16, None, 3),
        (0, 17, None, 2),
        (0, 18, None, 1),
        (0, 19, None, None),
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(0, 50, None, 4, False)], [(0, 50, None, 4)]),
        ([(0, 51, None, 4, False)], []),
        ([(0, 1, 5, 4, False), (0, 3, 8, 4, False)], [(0, 1, None, 4), (0, 8, None, None)]),
        ([(0, 1, 5, 2, False), (0, 5, None, 4, False)], [(0, 1, None, 2), (0, 5, None, 4)]),
        ([(0, 5, None, 2, False), (0, 1, 5, 2, False)], [(0, 1, None, 2)]),
        ([(0, 1, 5, 3, True), (0, 5, None, 3, False)], [(0, 1, 3, None), (0, 5, None, 3)]),
        ([(0, 1, None, 3, True), (0, 2, None, 4, False)], [(0, 1, 3, None), (0, 2, 3, 4)]),
        ([(0, 1, None, 3, True), (1, 1, None, 3, True)], [(0, 1, 3, None), (1, 1, 3, None)]),
        (
            [(0, 1, 5, 3, True), (1, 5, None, 2, True)],
            [(0, 1, 3, None), (0, 5, None, None), (1, 5, 2, None)],
        ),
    ],
)
def test_highest_rank_of_each_cycle_is_told_where_it_changes(parts, expected):
    assert advanced(*parts) == expected


Loss = tuple[int | None, int, int | None, int]
"""Relation, start, end, and deal."""


def lost(*given: Loss) -> list[tuple[Any, ...]]:
    """Relation, instant, and start and deal of the loss that stands then."""
    spells = rows("relation at until deal", *given).with_columns(rank=pl.lit(1, dtype=RANK_TYPE))
    return days(latest_lost(spells), "relation at lost_at lost_deal")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([(0, 1, None, 7)], [(0, 1, 1, 7)]),
        ([(0, 1, 5, 7)], [(0, 1, 1, 7), (0, 5, None, None)]),
        ([(None, 1, 5, 7)], []),
        ([(0, 1, None, 5), (0, 1, None, 3)], [(0, 1, 1, 3)]),
        ([(0, 1, None, 3), (0, 1, None, 5)], [(0, 1, 1, 3)]),
        ([(0, 1, None, 3), (1, 1, None, 5)], [(0, 1, 1, 3), (1, 1, 1, 5)]),
        (
            [(0, 1, 5, 3), (1, 2, 5, 5)],
            [(0, 1, 1, 3), (0, 5, None, None), (1, 2, 2, 5), (1, 5, None, None)],
        ),
        ([(1, 2, None, 5), (0, 1, 5, 3)], [(0, 1, 1, 3), (0, 5, None, None), (1, 2, 2, 5)]),
        ([(0, 1, None, 3), (1, 2, 5, 5)], [(0, 1, 1, 3), (1, 2, 2, 5), (1, 5, None, None)]),
        ([(0, 1, None, 3), (0, 3, 5, 4)], [(0, 1, 1, 3), (0, 3, 3, 4), (0, 5, 1, 3)]),
        ([(0, 1, 4, 3), (0, 2, 6, 4)], [(0, 1, 1, 3), (0, 2, 2, 4), (0, 6, None, None)]),
        ([(0, 1, 4, 3), (0, 4, 6, 4)], [(0, 1, 1, 3), (0, 4, 4, 4), (0, 6, None, None)]),
        ([(0, 1, 4, 3), (0, 5, None, 4)], [(0, 1, 1, 3), (0, 4, None, None), (0, 5, 5, 4)]),
        ([(0, 1, 5, 3), (0, 2, 5, 4)], [(0, 1, 1, 3), (0, 2, 2, 4), (0, 5, None, None)]),
    ],
)
def test_latest_loss_stands_until_its_deal_is_revived_then_the_one_before(losses, expected):
    assert lost(*losses) == expected


def test_loss_that_outlasts_many_stands_again_after_each_of_them():
    losses = [(0, 1, 20, 1), (0, 2, 10, 2), (0, 3, 4, 3), (0, 5, 6, 4), (0, 7, 8, 5)]

    assert lost(*losses) == [
        (0, 1, 1, 1),
        (0, 2, 2, 2),
        (0, 3, 3, 3),
        (0, 4, 2, 2),
        (0, 5, 5, 4),
        (0, 6, 2, 2),
        (0, 7, 7, 5),
        (0, 8, 2, 2),
        (0, 10, 1, 1),
        (0, 20, None, None),
    ]


def test_loss_ends_for_good_where_only_shorter_ones_ran_beside_it():
    losses = [(0, 1, 9, 1), (0, 2, 3, 2), (0, 4, 5, 3), (0, 6, 12, 4)]

    assert lost(*losses) == [
        (0, 1, 1, 1),
        (0, 2, 2, 2),
        (0, 3, 1, 1),
        (0, 4, 4, 3),
        (0, 5, 1, 1),
        (0, 6, 6, 4),
        (0, 12, None, None),
    ]


def lines() -> Lines:
    """One line of each kind for relation 0; no two of their instants fall together."""
    return Lines(
        open=rows("relation at new_rank old_rank", (0, 1, None, 4)),
        later=rows("relation at new_rank old_rank", (0, 2, None, 3)),
        holds=rows("relation at hold_ends_at lapses_at", (0, 3, 13, 23)),
        lost=rows("relation at lost_at", (0, 4, 4)),
        declared=rows("relation at declared_rank word_ends_at", (0, 15, 3, 25), (0, 5, 2, 16)),
        leads=rows("relation at lead_rank lead_ends_at", (0, 6, 2, 26)),
        locks=rows("relation lock_ends_at", (0, 27)),
    )


def test_all_that_begins_or_ends_is_a_moment_in_order_of_time():
    found = moments_of(lines(), as_of=instant(26) or START)

    assert found["at"].to_list() == [
        instant(day) for day in (1, 2, 3, 4, 5, 6, 13, 15, 16, 23, 25, 26)
    ]


def test_moment_tells_what_stands_then_and_null_of_what_is_still_to_come():
    found = moments_of(lines(), as_of=instant(27) or START)

    names = "at old_rank old_later hold_ends_at lost_at declared_rank lead_rank lock_ends_at"
    told = {row[0]: row[1:] for row in days(found, names)}
    assert told[1] == (4, None, None, None, None, None, 27)
    assert told[5] == (4, 3, 13, 4, 2, None, 27)
    assert told[15] == (4, 3, 13, 4, 3, 2, 27)
    assert told[27] == (4, 3, 13, 4, 3, 2, 27)


def test_instant_that_two_things_share_is_one_moment_of_each_relation():
    given = Lines(
        open=rows("relation at new_rank old_rank", (1, 1, None, 4), (0, 1, None, 3)),
        later=rows("relation at new_rank old_rank", (1, 1, None, 4)),
        holds=rows("relation at hold_ends_at lapses_at"),
        lost=rows("relation at lost_at"),
        declared=rows("relation at declared_rank word_ends_at"),
        leads=rows("relation at lead_rank lead_ends_at"),
        locks=rows("relation lock_ends_at"),
    )

    found = moments_of(given, as_of=instant(9) or START)

    assert days(found, "relation at old_rank old_later") == [(0, 1, 3, None), (1, 1, 4, 4)]
