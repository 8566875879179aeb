"""Names of suppliers in a text (spec 2.3)."""

from typing import Any

import pytest

from kpis.parameters import Parameters
from kpis.supplier import valid_names


def names(text: str | None, **profile: Any) -> tuple[str, ...]:
    return valid_names(text, Parameters.model_validate({"profile": profile}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ()),
        ("", ()),
        (" ; \n- ", ()),
        ("onbekend", ()),
        ("N.V.T.", ()),
        ("Rexel; Technische Unie; n.v.t.", ("Rexel", "Technische Unie")),
        ("1. Rexel\n2) KPN\n• 3M", ("Rexel", "KPN", "3M")),
        ("Rexel, Technische Unie", ("Rexel, Technische Unie",)),
        ("Rexel/KPN", ("Rexel/KPN",)),
        ("X", ()),
        ("X.", ()),
        ("X1", ("X1",)),
        ("geen idee", ("geen idee",)),
        ("Rexel; REXEL.", ("Rexel",)),
        ("<p>Rexel</p><p>R&amp;D</p>", ("Rexel", "R&D")),
    ],
)
def test_names_are_the_parts_that_name_somebody(
    text: str | None, expected: tuple[str, ...]
) -> None:
    assert names(text) == expected


def test_names_leave_our_own_out_however_they_are_written() -> None:
    assert names("ACME  bv.; Acme BV Noord", own_names=["Acme BV"]) == ("Acme BV Noord",)


def test_names_follow_the_smallest_number_of_characters() -> None:
    assert names("KPN; Ziggo", min_name_characters=4) == ("Ziggo",)
    assert names("X", min_name_characters=1) == ("X",)


def test_names_follow_the_placeholders() -> None:
    parameters = Parameters.model_validate({"pains_gains": {"placeholders": ["Rexel"]}})
    assert valid_names("rexel; onbekend", parameters) == ("onbekend",)
