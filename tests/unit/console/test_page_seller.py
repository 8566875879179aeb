"""Portraits of the team and of sellers."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import pytest

from console.figure import Figure, Setting
from console.seller_view import Portrait, TrendFigure, seller_portrait, team_portrait
from console.trend import Past
from tests.unit.console.page_rows import Outline, report, seller, setting, totals

ENGLISH, DUTCH = setting(), setting("nl")
NO_PAST = Past()
LAST_MONTH: dict[str, object] = {
    "seller_id": "1",
    "from_on": date(2026, 5, 1),
    "top_relations_total": 8,
    "kpi1": 3,
    "kpi1_ratio": Decimal("0.375"),
    "contact_coverage": None,
    "focus_share": Decimal("0.5999"),
    "avg_profile_completeness": Decimal("0.625"),
    "pg_coverage": Decimal("0.4"),
    "phase_coverage": Decimal("0.875"),
    "pace": None,
    "seller_score": 58,
}


def portrait(voice: Setting = ENGLISH, past: Past = NO_PAST, **values: object) -> Portrait:
    return seller_portrait(seller(**values), past, voice)


def noted(figures: Iterable[Figure]) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.note) for one in figures}


def trends(
    past: Sequence[dict[str, object]] = (LAST_MONTH,), voice: Setting = ENGLISH, **values: object
) -> dict[str, TrendFigure]:
    shown = portrait(voice, Past(past), **values).trend
    return {one.label: one for one in shown}


def test_headline_is_the_first_kpi_with_the_contacted_beside_it():
    one = portrait()

    assert one.headline == "2 of 8"
    assert one.told == "top relations demonstrable and contacted; contacted: 4"


def test_headline_is_blank_with_the_reason_where_contact_is_not_measurable():
    one = portrait(kpi1=None, top_relations_contacted=None)

    assert (one.headline, one.told) == ("", "contact not measurable")


def test_warnings_and_what_was_left_out_are_labelled():
    one = portrait()

    assert one.warnings == ["Few contact moments"]
    assert one.left_out == "Left out: Focus"


def test_nothing_is_said_of_what_was_left_out_when_all_counts():
    assert portrait(score_basis=[]).left_out == ""


def test_conversions_show_how_many_exits_they_rest_on():
    flow = noted(portrait().flow)

    assert flow["Conversion from interest"] == ("66.7 % (n = 3)", "")
    assert flow["Conversion from no interest"] == ("", "no exits")


def test_score_stands_with_its_explanation():
    one = portrait()

    assert one.score is not None
    assert one.score.value == "61 of 100"
    assert one.explanation == "61/100 · 2 of 8"


def test_score_is_blank_with_the_reason_where_there_is_none():
    one = portrait(seller_score=None, seller_score_reason="too_few_top_relations")

    assert one.score is not None
    assert (one.score.value, one.score.chart) == ("", "")
    assert one.score.note == "Too few top relations"


def test_revenue_of_the_year_is_set_against_target_and_calendar():
    first = portrait().revenue[0]

    assert first.label == "Attainment"
    assert "target EUR 160,000.00, pace" in first.note
    assert "elapsed part of the year" in first.note
    assert first.chart.count('class="mark"') == 1
    assert 'class="mark" d="M89.3 ' in first.chart  # 181 of 365 days


def test_revenue_without_target_says_so():
    one = portrait(target=None, attainment=None, pace=None)

    assert (one.revenue[0].value, one.revenue[0].note) == ("", "no target known")


def test_team_has_sums_and_shares_but_no_score_target_or_trend():
    team = team_portrait(totals(), ENGLISH)

    assert team.name == "The team"
    assert team.stalled == "Stalled: 2"
    assert [one.label for one in team.focus] == ["KPI 1 ratio", "Coverage", "Focus share"]
    assert noted(team.revenue)["Revenue YTD"] == ("EUR 69,540.00", "")
    assert noted(team.revenue)["Margin TTM"] == ("", "no margin recorded")
    assert team.score is None
    assert (team.explanation, team.left_out) == ("", "")
    assert list(team.trend) == []
    assert list(team.warnings) == []


def test_trend_tells_now_last_month_and_the_difference():
    shown = trends()

    score, ratio = shown["Seller score"], shown["KPI 1 ratio"]
    assert (score.now, score.last_month, score.difference) == ("61", "58", "+3")
    assert (ratio.now, ratio.last_month) == ("25.0 %", "37.5 %")
    assert ratio.difference == "-12.5 points"
    assert shown["Demonstrable and contacted"].difference == "-1"


@pytest.mark.parametrize(
    ("before", "difference"),
    [("0.6", "0 points"), ("0.5999", "0 points"), ("0.5994", "+0.1 points")],
)
def test_difference_that_rounds_to_nothing_has_no_sign(before, difference):
    past = (LAST_MONTH | {"focus_share": Decimal(before)},)

    assert trends(past)["Focus share"].difference == difference


def test_difference_is_written_as_the_language_does():
    assert trends(voice=DUTCH)["KPI 1-ratio"].difference == "-12,5 procentpunt"


def test_count_that_stayed_differs_by_nothing():
    assert trends()["Top relations"].difference == "0"


def test_trend_says_what_was_not_measured_then_or_is_not_measurable_now():
    shown = trends(seller_score=None, seller_score_reason="not_measurable", pace=None)

    assert (shown["Coverage"].last_month, shown["Coverage"].difference) == ("not measured yet", "")
    assert shown["Seller score"].now == "Not measurable"
    assert shown["Seller score"].difference == ""
    assert shown["Pace"].now == "no target known"


def test_course_is_drawn_and_described():
    course = trends()["Seller score"].course

    assert "<title>Seller score: 13 weeks</title>" in course
    assert "<desc>2026-05-05: 58; 2026-06-30: 61; lowest 58, highest 61</desc>" in course


def test_course_of_one_value_is_none():
    assert trends(past=())["Seller score"].course == ""
    text = Outline(report().sellers(None, [seller()], [])).text
    assert "no course yet" in text
