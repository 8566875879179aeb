"""Reasons of loss are compared by their letters and digits."""

import pytest

from kpis.reason import normalised_reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No decision", "no_decision"),
        ("Prijs/kwaliteit", "prijs_kwaliteit"),
        ("Te duur!", "te_duur_"),
        ("STRASSE 9", "strasse_9"),
        ("Straße 9", "strasse_9"),
        ("coördinatie", "coördinatie"),
        ("", ""),
    ],
)
def test_normalised_reason_keeps_letters_and_digits(text, expected):
    assert normalised_reason(text) == expected
