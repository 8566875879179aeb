"""Bars and marks in a terminal."""

import io
from decimal import Decimal

import pytest
from rich.console import Console

from console.bar import Drawing, drawing_of, legible


def console_of(encoding: str) -> Console:
    return Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


DRAWN, PLAIN = Drawing(is_plain=False), Drawing(is_plain=True)


@pytest.mark.parametrize(
    ("share", "drawn", "plain"),
    [
        (None, "     ", "     "),
        ("-0.3", "     ", "....."),
        ("0", "     ", "....."),
        ("0.0124", "     ", "....."),
        ("0.0125", "▏    ", "....."),
        ("0.1", "▌    ", "#...."),
        ("0.6", "███  ", "###.."),
        ("0.61", "███  ", "###.."),
        ("0.63", "███▏ ", "###.."),
        ("1", "█████", "#####"),
        ("1.0001", "████▸", "####>"),
    ],
)
def test_bar_has_a_fixed_width_and_the_length_of_its_share(share, drawn, plain):
    given = None if share is None else Decimal(share)

    assert DRAWN.bar(given) == drawn
    assert PLAIN.bar(given) == plain


@pytest.mark.parametrize(
    ("column", "value", "drawn", "plain"),
    [
        ("contact_status", "ok", "●", "+"),
        ("contact_status", "due", "◐", "~"),
        ("contact_status", "overdue", "○", "-"),
        ("contact_status", "never", "!", "!"),
        ("phase_status", "stalled", "○", "-"),
        ("phase_status", "reverify", "!", "!"),
        ("relation_score_band", "weak", "○", "-"),
        ("contact_status", None, "", ""),
        ("contact_status", "stalled", "", ""),
        ("name", "ok", "", ""),
    ],
)
def test_mark_stands_for_a_status_and_for_nothing_else(column, value, drawn, plain):
    assert DRAWN.mark(column, value) == drawn
    assert PLAIN.mark(column, value) == plain


@pytest.mark.parametrize(
    ("encoding", "is_plain"), [("utf-8", False), ("ascii", True), ("latin-1", True)]
)
def test_drawing_is_plain_when_the_terminal_cannot_encode_it(encoding, is_plain):
    assert drawing_of(console_of(encoding)).is_plain is is_plain


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "Zoë · ✓"), ("latin-1", "Zoë - ?"), ("ascii", "Zo? - ?")]
)
def test_text_is_shown_as_far_as_the_terminal_can(encoding, shown):
    assert legible("Zoë · ✓", console_of(encoding)) == shown
