"""Frames as tables for people and as CSV or JSON for machines."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from rich.console import Console

from console.table import print_frame, to_cell, to_csv
from kpis.vocabulary import Language
from mappings.texts import load_texts

TEXTS = load_texts()

FRAME = pl.DataFrame(
    {
        "name": ["=Bakker", None],
        "potential_revenue": [Decimal("1234567.50"), Decimal("-5.00")],
        "buying_phase": ["quote", "unknown"],
        "data_warnings": [["a", "b"], []],
        "phase_since": [date(2026, 6, 2), None],
        "hidden": [1, 2],
    },
    schema_overrides={"potential_revenue": pl.Decimal(18, 2)},
)
LABELS = {
    "name": "Relatie",
    "potential_revenue": "Potentieel",
    "buying_phase": "Fase",
    "absent": "Nergens",
}


def printed(output: str, *, language: Language = "nl") -> str:
    console = Console(file=io.StringIO(), width=100)
    print_frame(
        console,
        FRAME,
        title="Cijfers",
        labels=LABELS,
        output=output,
        texts=TEXTS,
        language=language,
    )
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_table_shows_labelled_columns_in_the_words_of_the_language():
    dutch, english = printed("table"), printed("table", language="en")

    assert "Cijfers" in dutch
    assert "Relatie" in dutch
    assert "1.234.567,50" in dutch
    assert "1,234,567.50" in english
    assert "Offerte" in dutch
    assert "Quote" in english
    assert "hidden" not in dutch
    assert "Nergens" not in dutch
    assert "·" in dutch


def test_json_holds_every_column_with_exact_numbers():
    rows = json.loads(printed("json"))

    assert rows[0] == {
        "name": "=Bakker",
        "potential_revenue": "1234567.50",
        "buying_phase": "quote",
        "data_warnings": ["a", "b"],
        "phase_since": "2026-06-02",
        "hidden": 1,
    }
    assert rows[1]["name"] is None


def test_csv_holds_every_column_and_no_formula():
    head, first, second = printed("csv").splitlines()

    assert head == "name,potential_revenue,buying_phase,data_warnings,phase_since,hidden"
    assert first.startswith("'=Bakker,1234567.50,quote,")
    assert second.startswith(",-5.00,unknown,")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+316", "'+316"),
        ("-x", "'-x"),
        ("-1.2.3", "'-1.2.3"),
        ("@a", "'@a"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("a=1", "a=1"),
        (None, '""'),
        (Decimal("-1E+3"), "-1000"),
        (datetime(2026, 6, 2, 8, tzinfo=UTC), "2026-06-02T08:00:00+00:00"),
        (True, "true"),
        (["b", "a"], "b;a"),
    ],
)
def test_cell_of_csv_starts_no_formula_and_keeps_numbers(value, cell):
    assert to_csv(["x"], [[value]]) == f"x\n{cell}\n"


@pytest.mark.parametrize("start", ["\t", "\r"])
def test_cell_that_starts_with_a_control_character_is_marked(start):
    assert "'" + start in to_csv(["x"], [[start + "=1"]])


@pytest.mark.parametrize(
    ("name", "value", "dutch", "english"),
    [
        ("x", None, "·", "·"),
        ("x", [], "·", "·"),
        ("x", ["a", "b"], "a, b", "a, b"),
        ("x", 12, "12", "12"),
        ("x", True, "true", "true"),
        ("x", date(2026, 6, 2), "02-06-2026", "2026-06-02"),
        ("x", Decimal("1234.5"), "1.234,50", "1,234.50"),
        ("x", Decimal("-0.005"), "-0,00", "-0.00"),
        ("focus_share_time", Decimal("0.125"), "12,5 %", "12.5 %"),
        ("avg_profile_completeness", Decimal("0.125"), "12,5 %", "12.5 %"),
        ("attainment", Decimal("1.25"), "125,0 %", "125.0 %"),
        ("pace", Decimal("0.125"), "12,5 %", "12.5 %"),
        ("share", Decimal("0.125"), "12,5 %", "12.5 %"),
        ("share_of_potential", Decimal("1.5"), "150,0 %", "150.0 %"),
        ("phase_coverage", Decimal(1), "100,0 %", "100.0 %"),
        ("phase_conversion_quote_order", Decimal("0.3333"), "33,3 %", "33.3 %"),
        ("buying_phase", "no_interest", "Geen interesse", "No interest"),
        ("is_top_relation", True, "Ja", "Yes"),
        ("is_top_relation", "false", "Nee", "No"),
        ("buying_phase", "nonsense", "nonsense", "nonsense"),
    ],
)
def test_value_is_shown_as_people_of_the_language_read_it(name, value, dutch, english):
    assert to_cell(name, value, TEXTS, "nl") == dutch
    assert to_cell(name, value, TEXTS, "en") == english


STATUS = pl.DataFrame(
    {
        "seller": ["Anna [/b]", "Bob"],
        "kpi1_ratio": [Decimal("0.6"), None],
        "contact_status": ["due", None],
        "relation_score": [66, None],
        "relation_score_band": ["attention", None],
    },
    schema_overrides={"kpi1_ratio": pl.Decimal(18, 4)},
)


def drawn(output: str = "table", *, width: int = 100, encoding: str = "utf-8") -> str:
    stream = io.BytesIO()
    console = Console(file=io.TextIOWrapper(stream, encoding=encoding), width=width)
    labels = {name: name for name in STATUS.columns if name != "relation_score_band"}
    print_frame(
        console, STATUS, title="·", labels=labels, output=output, texts=TEXTS, language="nl"
    )
    console.file.flush()
    return stream.getvalue().decode(encoding)


def test_table_draws_a_bar_beside_a_share_and_a_mark_before_a_status():
    anna, bob = drawn().splitlines()[4:6]

    assert "███    60,0 %" in anna
    assert "◐ Aan de beurt" in anna
    assert "◐ 66" in anna
    assert bob.split() == ["Bob", "·", "·", "·"]


def test_table_leaves_bars_out_where_there_is_no_room():
    assert "███" in drawn(width=59)
    assert "███" not in drawn(width=58)
    assert "60,0 %" in drawn(width=58)


def test_table_is_plain_on_a_terminal_that_can_encode_no_more():
    anna, bob = drawn(encoding="ascii").splitlines()[4:6]

    assert "###..  60,0 %" in anna
    assert "~ Aan de beurt" in anna
    assert bob.replace("|", " ").split() == ["Bob", "-", "-", "-"]


def test_plain_table_is_cut_without_a_sign_that_cannot_be_encoded():
    assert drawn(encoding="ascii", width=40).isascii()


def test_table_shows_a_name_as_it_is_written():
    assert "Anna [/b]" in drawn()


@pytest.mark.parametrize("output", ["csv", "json"])
def test_machines_get_neither_bars_nor_marks(output):
    assert drawn(output).isascii()
