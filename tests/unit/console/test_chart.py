"""Small charts: what is drawn, and that it is said in words too."""

import re
from collections.abc import Sequence
from decimal import Decimal

import pytest

from console.chart import Part, ratio_bar, sparkline, stacked_bar, swatch

QUOTE, ORDER, NOBODY = Part("Quote", 3, "quote"), Part("Order", 1, "order"), Part("No", 0, "no")


def widths(chart: str, style: str) -> list[float]:
    return [float(one) for one in re.findall(rf'class="{style}"[^>]* width="([\d.]+)"', chart)]


def test_stacked_bar_gives_each_part_its_share_of_the_width_in_order():
    chart = stacked_bar([QUOTE, ORDER], title="Phases")

    assert widths(chart, "quote") == [390]
    assert widths(chart, "order") == [130]
    assert chart.index('class="quote"') < chart.index('class="order"')


def test_stacked_bar_leaves_out_a_part_without_size_but_still_names_it():
    chart = stacked_bar([QUOTE, NOBODY], title="Phases")

    assert 'class="no"' not in chart
    assert "<desc>Quote 3, No 0</desc>" in chart


def test_stacked_bar_of_nothing_is_an_empty_frame():
    chart = stacked_bar([NOBODY], title="Phases")

    assert "<text" not in chart
    assert widths(chart, "frame") == [519]


@pytest.mark.parametrize(("small", "is_told"), [(5, True), (4, False)])
def test_stacked_bar_writes_a_count_only_where_it_fits(small, is_told):
    chart = stacked_bar([Part("Few", small, "few"), Part("Many", 100, "many")], title="Phases")

    assert (f">{small}</text>" in chart) is is_told


@pytest.mark.parametrize(
    ("share", "filled"),
    [("-0.5", 0.0), ("0", 0.0), ("0.5", 89.0), ("1", 178.0), ("1.0001", 178.0)],
)
def test_ratio_bar_is_filled_between_nothing_and_all(share, filled):
    assert widths(ratio_bar(Decimal(share), title="Share"), "fill") == [filled]


@pytest.mark.parametrize(("share", "has_arrow"), [("1", False), ("1.0001", True)])
def test_ratio_bar_ends_in_an_arrow_only_above_all(share, has_arrow):
    assert ('class="more"' in ratio_bar(Decimal(share), title="Share")) is has_arrow


def test_ratio_bar_draws_a_mark_at_each_target_and_keeps_it_inside():
    chart = ratio_bar(Decimal(0), title="Share", marks=[Decimal("0.5"), Decimal(2)])

    assert re.findall(r'class="mark" d="M([\d.]+) ', chart) == ["90.0", "179.0"]


def test_chart_is_a_picture_with_a_name_and_a_description():
    chart = ratio_bar(Decimal(0), title="Coverage: 0 %", description="target 80 %")

    assert chart.startswith('<svg class="bar" role="img"')
    assert "<title>Coverage: 0 %</title><desc>target 80 %</desc>" in chart


def test_chart_escapes_the_words_it_is_given():
    chart = stacked_bar([Part("<script>", 1, "x")], title="a < b & c")

    assert "<script>" not in chart
    assert "<title>a &lt; b &amp; c</title>" in chart
    assert "&lt;script&gt; 1" in chart


def course(chart: str) -> list[str]:
    return re.findall(r'class="course" d="([^"]+)"', chart)


def line(values: Sequence[Decimal | int | None], span: int = 10) -> str:
    return sparkline(values, title="Score", description="up", span=span)


def test_sparkline_runs_from_left_to_right_and_up_with_the_value():
    chart = line([0, 10, 20])

    assert course(chart) == ["M4.0 26.0 L75.0 15.0 L146.0 4.0"]
    assert '<circle class="last" cx="146.0" cy="4.0"' in chart


def test_sparkline_of_equal_values_runs_level():
    assert course(line([7, 7])) == ["M4.0 15.0 L146.0 15.0"]


def test_sparkline_draws_a_ripple_as_a_ripple():
    assert course(line([0, 1], span=10)) == ["M4.0 16.1 L146.0 13.9"]


def test_sparkline_is_broken_where_nothing_is_known():
    chart = line([0, 10, None, 10, 10, None])

    assert len(course(chart)) == 2
    assert "last" not in chart


def test_sparkline_shows_a_value_between_two_unknown_ones_as_a_dot():
    chart = line([0, 10, None, 10, None, 5, 5])

    assert chart.count('class="lone"') == 1


def test_sparkline_of_unknown_values_is_empty():
    chart = line([None, None])

    assert "<path" not in chart
    assert "<circle" not in chart


def test_sparkline_of_one_value_is_a_dot():
    assert '<circle class="last" cx="4.0" cy="15.0"' in line([Decimal("0.5")])


def test_swatch_is_hidden_from_those_who_listen():
    assert 'aria-hidden="true"' in swatch("quote")
    assert 'class="quote"' in swatch("quote")
