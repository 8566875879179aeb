"""Figures of a page: targets, reasons for blanks, phases."""

from decimal import Decimal

import pytest

from console.figure import money_figure, phase_figure, reason_of, share_figure
from kpis.vocabulary import Phase
from tests.unit.console.page_rows import seller, setting, totals

ENGLISH = setting()


def test_share_with_a_target_shows_both_in_words_and_as_a_mark():
    figure = share_figure("kpi1_ratio", seller(), ENGLISH)

    assert (figure.label, figure.value, figure.note) == ("KPI 1 ratio", "25.0 %", "target 80.0 %")
    assert "<title>KPI 1 ratio: 25.0 %</title><desc>target 80.0 %</desc>" in figure.chart
    assert figure.chart.count('class="mark"') == 1


def test_focus_has_the_target_of_focus():
    assert share_figure("focus_share", seller(), ENGLISH).note == "target 60.0 %"


def test_share_without_a_target_has_no_mark():
    figure = share_figure("pg_coverage", seller(), ENGLISH)

    assert figure.note == ""
    assert 'class="mark"' not in figure.chart


def test_share_that_is_zero_is_shown_as_zero():
    assert share_figure("pg_coverage", seller(pg_coverage=Decimal(0)), ENGLISH).value == "0.0 %"


def test_share_that_is_unknown_is_blank_with_its_reason():
    figure = share_figure("focus_share_time", seller(), ENGLISH)

    assert (figure.value, figure.chart, figure.note) == ("", "", "no contact time")


def test_amount_has_its_currency():
    assert money_figure("revenue_ytd", seller(), ENGLISH.voice).value == "EUR 69,540.00"


def test_amount_that_is_unknown_is_blank_with_its_reason():
    figure = money_figure("margin_ttm", totals(), ENGLISH.voice)

    assert (figure.value, figure.note) == ("", "no margin recorded")


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("kpi1", seller(kpi1=None), "contact not measurable"),
        ("focus_share", seller(kpi1=None), "contact not measurable"),
        ("focus_share_time", seller(kpi1=None), "contact not measurable"),
        ("focus_share", seller(), "no contact moments"),
        ("kpi1_ratio", seller(kpi1=0), "no top relations"),
        ("pg_coverage", seller(kpi1=None), "no top relations"),
        ("pace", seller(), "no target known"),
        ("pace", seller(revenue_ytd=None), "revenue not measurable"),
        ("revenue_mtd", seller(revenue_ytd=None), "revenue not measurable"),
        ("target", seller(revenue_ytd=None), "no target known"),
        ("top_revenue_share", seller(), "no revenue"),
        ("margin_ttm", seller(revenue_ytd=None), "revenue not measurable"),
        ("phase_conversion_quote", seller(), "no exits"),
    ],
)
def test_blank_says_why(name, row, reason):
    assert reason_of(name, row, ENGLISH.voice) == reason


def test_phases_stand_in_their_order_with_counts_and_the_unknown_last():
    figure = phase_figure({Phase.QUOTE: 3, Phase.UNKNOWN: 1}, ENGLISH.voice)

    assert [(line.label, line.count) for line in figure.legend] == [
        ("No interest", 0),
        ("Orienting", 0),
        ("Interest", 0),
        ("Quote phase", 3),
        ("Order phase", 0),
        ("Unknown", 1),
    ]
    assert "Quote phase 3" in figure.chart
