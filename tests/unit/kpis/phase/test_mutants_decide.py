"""The nine rules at their very bounds, on moments made by hand (spec 3.2)."""

import polars as pl
import pytest

from kpis.phase.decide import decisions

RANKS = (
    "new_rank",
    "new_later",
    "old_rank",
    "old_later",
    "lost_rank",
    "declared_rank",
    "lead_rank",
)
INSTANTS = (
    "at",
    "won_at",
    "lost_at",
    "day_ends_at",
    "hold_ends_at",
    "lapses_at",
    "word_at",
    "word_ends_at",
    "lock_ends_at",
    "lead_ends_at",
)

WIN = {"won_at": 10, "day_ends_at": 20, "hold_ends_at": 30, "lapses_at": 100}
LOSS = {"lost_rank": 3}
WORD = {"declared_rank": 4, "word_at": 10, "word_ends_at": 100}


def decided(**given: int) -> tuple[str, int]:
    """Source and rank of one moment; instants are numbers, what is not given is null."""
    moments = pl.DataFrame(
        [dict.fromkeys((*RANKS, *INSTANTS)) | given],
        schema=dict.fromkeys(RANKS, pl.Int8()) | dict.fromkeys(INSTANTS, pl.Int64()),
    )
    found: tuple[str, int] = decisions(moments).select("source", "rank").row(0)
    return found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"at": 29, **WIN}, ("deal", 5)),
        ({"at": 30, **WIN}, ("decay", 2)),
        ({"at": 99, **WIN}, ("decay", 2)),
        ({"at": 100, **WIN}, ("decay", 1)),
        ({"at": 50, **WIN, **LOSS, "lost_at": 19}, ("decay", 2)),
        ({"at": 50, **WIN, **LOSS, "lost_at": 20}, ("deal", 3)),
        ({"at": 50, **LOSS, "lost_at": 20}, ("deal", 3)),
    ],
)
def test_win_holds_then_fades_and_a_loss_after_its_day_is_the_latest_event(given, expected):
    assert decided(**given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({**WIN, "hold_ends_at": 90}, ("declared", 4)),
        ({**WIN, "hold_ends_at": 90, "won_at": 11}, ("deal", 5)),
        ({**LOSS, "lost_at": 10}, ("declared", 4)),
        ({**LOSS, "lost_at": 11}, ("deal", 3)),
        ({**WIN, "new_rank": 3, "new_later": 2}, ("declared", 4)),
        ({**WIN, "new_rank": 3, "new_later": 3}, ("deal", 3)),
        ({**WIN, "new_rank": 3}, ("declared", 4)),
        ({"old_rank": 3, "old_later": 2}, ("declared", 4)),
        ({"old_rank": 3, "old_later": 3}, ("deal", 3)),
    ],
)
def test_word_gives_way_only_to_what_is_later(given, expected):
    assert decided(at=50, **WORD, **given) == expected


@pytest.mark.parametrize(("at", "expected"), [(99, ("declared", 4)), (100, ("deal", 3))])
def test_word_stands_before_deals_until_it_ends(at, expected):
    assert decided(at=at, **WORD, old_rank=3, old_later=2) == expected


@pytest.mark.parametrize(("at", "expected"), [(69, ("locked", 4)), (70, ("deal", 3))])
def test_locked_word_stands_before_what_is_later_until_the_lock_ends(at, expected):
    assert decided(at=at, **WORD, lock_ends_at=70, old_rank=3, old_later=3) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"lead_rank": 2, "lead_ends_at": 51}, ("lead_status", 2)),
        ({"lead_rank": 2, "lead_ends_at": 50}, ("none", 0)),
        ({"lead_ends_at": 51}, ("none", 0)),
    ],
)
def test_lead_status_counts_until_it_ends_and_nothing_is_unknown(given, expected):
    assert decided(at=50, **given) == expected
