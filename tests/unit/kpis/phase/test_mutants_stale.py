"""Stale parts of spells and what is left between them, at their bounds (spec 3.2, Stale)."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from kpis.phase.stale import stale_spells, still_open

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANT = pl.Datetime("ms", "UTC")

Part = tuple[int, float, float | None]
"""Spell or deal, start and end (null: it lasts) in days."""


def instant(day: float | None) -> datetime | None:
    return None if day is None else START + timedelta(days=day)


def spells(*given: Part) -> pl.DataFrame:
    return pl.DataFrame(
        [(spell, 0, 0, instant(start), instant(end)) for spell, start, end in given],
        schema={
            "spell": pl.UInt32(),
            "deal": pl.Int64(),
            "relation": pl.Int64(),
            "at": INSTANT,
            "until": INSTANT,
        },
        orient="row",
    )


def parts(found: pl.DataFrame) -> list[tuple[float, float | None]]:
    """Start and end in days."""
    return [
        ((start - START) / timedelta(days=1), end and (end - START) / timedelta(days=1))
        for start, end in found.select("at", "until").iter_rows()
    ]


def stale(spell: Part, *touched: float) -> list[tuple[float, float | None]]:
    """Stale parts of a spell, as of day 100, when 10 days is stale."""
    touches = pl.DataFrame(
        {"deal": [0] * len(touched), "at": [instant(day) for day in touched]},
        schema={"deal": pl.Int64(), "at": INSTANT},
    )
    return parts(
        stale_spells(
            spells(spell),
            touches,
            days=10,
            timezone="UTC",
            as_of=START + timedelta(days=100),
        )
    )


@pytest.mark.parametrize(
    ("spell", "touched", "expected"),
    [
        ((0, 0.5, 20), (), [(10, 20)]),
        ((0, 0.5, 10), (), []),
        ((0, 0.5, 20), (5,), [(15, 20)]),
        ((0, 0.5, 20), (25,), [(10, 20)]),
        ((0, 0.5, 20), (0.25,), [(10, 20)]),
        ((0, 0.5, None), (30.5, 15.5), [(10, 15.5), (25, 30.5), (40, None)]),
        ((0, 90, None), (), [(100, None)]),
        ((0, 91, None), (), []),
    ],
)
def test_spell_is_stale_from_10_days_after_its_last_touch_until_the_next(spell, touched, expected):
    assert stale(spell, *touched) == expected


def test_touch_counts_for_the_spell_in_which_it_falls_in_whatever_order_touches_stand():
    touches = pl.DataFrame(
        {"deal": [0, 0], "at": [instant(35), instant(5)]},
        schema={"deal": pl.Int64(), "at": INSTANT},
    )

    found = stale_spells(
        spells((0, 0, 20), (1, 30, 50)), touches, days=10, timezone="UTC", as_of=START
    )

    assert parts(found) == [(15, 20), (45, 50)]


def test_deal_that_came_late_on_a_day_is_stale_as_soon_as_the_clock_went_forward():
    came = datetime(2026, 3, 20, 22, 59, tzinfo=UTC)
    stale_from = datetime(2026, 3, 29, 22, tzinfo=UTC)
    spell = spells((0, 0, None)).with_columns(at=pl.lit(came, dtype=INSTANT))
    touches = pl.DataFrame(schema={"deal": pl.Int64(), "at": INSTANT})

    found = stale_spells(spell, touches, days=10, timezone="Europe/Amsterdam", as_of=stale_from)

    assert found["at"].to_list() == [stale_from]


def test_what_is_left_open_stands_in_the_order_of_spells_whatever_that_of_the_stale_parts():
    given = spells((0, 0, None), (1, 5, 30))
    broken = spells((1, 15, 30), (0, 40, None), (0, 10, 20))

    found = still_open(given, broken)

    assert parts(found) == [(0, 10), (20, 40), (5, 15)]


def test_spell_that_is_not_stale_is_left_as_it_is():
    assert parts(still_open(spells((0, 0, 8), (1, 8, None)), spells((1, 18, None)))) == [
        (0, 8),
        (8, 18),
    ]


def test_parts_of_two_spells_stand_in_the_order_of_spell_and_time():
    given = spells((0, 0, None), (1, 1, None))

    found = still_open(given, spells((0, 10, 20), (1, 12, 22)))

    assert parts(found) == [(0, 10), (20, None), (1, 12), (22, None)]
