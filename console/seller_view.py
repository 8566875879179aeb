"""What a page says of the team and of single sellers, one after another and never ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from console.chart import ratio_bar, sparkline
from console.figure import (
    ALL_PHASES,
    Figure,
    PhaseFigure,
    Row,
    Setting,
    money_figure,
    phase_figure,
    reason_of,
    share_figure,
)
from console.trend import Number, Past, Trend, number
from console.voice import Voice
from kpis.calendar import year_of
from kpis.rounding import RATIO_DECIMALS
from kpis.seller import CONVERSIONS

FOCUS = ("kpi1_ratio", "contact_coverage", "team_coverage", "focus_share", "focus_share_time")
INSIGHT = ("pg_coverage", "avg_profile_completeness")
PHASES_KNOWN = ("phase_coverage",)
AMOUNTS = ("revenue_mtd", "revenue_qtd", "revenue_ytd", "revenue_ttm", "margin_ttm")
TREND = (
    "top_relations_total",
    "kpi1",
    "kpi1_ratio",
    "contact_coverage",
    "focus_share",
    "avg_profile_completeness",
    "pg_coverage",
    "phase_coverage",
    "pace",
    "seller_score",
)
SPANS = {"seller_score": 20, "top_relations_total": 5, "kpi1": 5}
"""Least height of a course, in units of the value."""

SHARE_SPAN = Decimal("0.2")
FULL_SCORE = Decimal(100)
LEAST_COURSE = 2
"""Known values of which a course is made."""


@dataclass(frozen=True, slots=True)
class TrendFigure:
    """One line of the table of trends; every text is ready to be shown."""

    label: str
    now: str
    last_month: str
    difference: str
    course: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """The team, or one seller.

    Attributes:
        headline: KPI 1 of all, or why there is none.
        told: what the headline counts; empty without one.
        stalled: how many relations stand still.
        flow: how many phases are known, and how many moves went forward.
        score: None for the team, which has none.
        explanation: why the score is what it is.
        left_out: components that could not be measured; empty: none.
        trend: empty for the team.
    """

    name: str
    headline: str
    told: str
    warnings: Sequence[str]
    focus: Sequence[Figure]
    phases: PhaseFigure
    stalled: str
    flow: Sequence[Figure]
    insight: Sequence[Figure]
    revenue: Sequence[Figure]
    score: Figure | None
    explanation: str
    left_out: str
    trend: Sequence[TrendFigure]


def team_portrait(totals: Row, setting: Setting) -> Portrait:
    """Portrait of the whole team: sums, and shares made of those sums."""
    return _portrait(setting.voice.say("team"), totals, setting, past=None)


def seller_portrait(row: Row, past: Past, setting: Setting) -> Portrait:
    """Portrait of one seller with the trend of the values."""
    return _portrait(str(row["seller"]), row, setting, past=past)


def _portrait(name: str, row: Row, setting: Setting, *, past: Past | None) -> Portrait:
    voice = setting.voice
    headline, told = _headline(row, voice)
    return Portrait(
        name=name,
        headline=headline,
        told=told,
        warnings=_options("seller_warning", row.get("seller_warnings"), voice),
        focus=_shares(FOCUS, row, setting),
        phases=_phases(row, voice),
        stalled=voice.say("stalled", count=row["stalled_count"]),
        flow=[
            *_shares(PHASES_KNOWN, row, setting),
            *(_conversion(name, row, voice) for name in CONVERSIONS if name in row),
        ],
        insight=_shares(INSIGHT, row, setting),
        revenue=_revenue(row, setting),
        score=_score(row, voice) if "seller_score" in row else None,
        explanation=str(row.get("score_explanation") or ""),
        left_out=_left_out(row, voice),
        trend=[] if past is None else _trends(row, past, setting),
    )


def _headline(row: Row, voice: Voice) -> tuple[str, str]:
    if row["kpi1"] is None:
        return "", reason_of("kpi1", row, voice)
    total, contacted = row["top_relations_total"], row["top_relations_contacted"]
    return (
        voice.say("kpi1_of_total", kpi1=row["kpi1"], total=total),
        voice.say("kpi1_told", contacted=contacted),
    )


def _shares(names: Sequence[str], row: Row, setting: Setting) -> list[Figure]:
    return [share_figure(name, row, setting) for name in names if name in row]


def _options(option_set: str, values: object, voice: Voice) -> list[str]:
    chosen = values if isinstance(values, list) else []
    return [voice.option(option_set, value) for value in chosen]


def _phases(row: Row, voice: Voice) -> PhaseFigure:
    counts = {phase: number(row[f"phase_{phase}_count"]) for phase in ALL_PHASES}
    return phase_figure({phase: int(count or 0) for phase, count in counts.items()}, voice)


def _conversion(name: str, row: Row, voice: Voice) -> Figure:
    label, share = voice.seller_label(name), row[name]
    if share is None:
        return Figure(label, "", Markup(), reason_of(name, row, voice))
    text = voice.say("exits", share=voice.value(name, share), count=row[f"{name}_n"])
    return Figure(label, text, Markup(), "")


def _revenue(row: Row, setting: Setting) -> list[Figure]:
    amounts = [money_figure(name, row, setting.voice) for name in AMOUNTS]
    shares = _shares(("top_revenue_share",), row, setting)
    progress = [_progress(row, setting)] if "attainment" in row else []
    return [*progress, *amounts, *shares]


def _progress(row: Row, setting: Setting) -> Figure:
    """Revenue of the year against its target, with a mark where the year itself stands."""
    voice, share, target = setting.voice, row["attainment"], row["target"]
    label = voice.seller_label("attainment")
    if not isinstance(share, Decimal) or not isinstance(target, Decimal):
        return Figure(label, "", Markup(), reason_of("attainment", row, voice))
    year = year_of(setting.today, setting.parameters.reporting.fiscal_year_start)
    days = (setting.today - year.start).days + 1
    elapsed = round(Decimal(days) / Decimal(year.days), RATIO_DECIMALS)
    value = voice.value("attainment", share)
    note = voice.say(
        "of_target",
        target=voice.money(target),
        pace=voice.value("pace", row["pace"]),
        elapsed=voice.value("attainment", elapsed),
    )
    title = voice.say("bar", label=label, value=value)
    chart = ratio_bar(share, title=title, description=note, marks=(elapsed,))
    return Figure(label, value, chart, note)


def _score(row: Row, voice: Voice) -> Figure:
    label, score = voice.seller_label("seller_score"), number(row["seller_score"])
    if score is None:
        reason = voice.option("seller_score_reason", str(row["seller_score_reason"]))
        return Figure(label, "", Markup(), reason)
    value = voice.say("points", score=score)
    title = voice.say("bar", label=label, value=value)
    return Figure(label, value, ratio_bar(Decimal(score) / FULL_SCORE, title=title), "")


def _left_out(row: Row, voice: Voice) -> str:
    names = _options("seller_component", row.get("score_basis"), voice)
    return voice.say("left_out", names=", ".join(names)) if names else ""


def _trends(row: Row, past: Past, setting: Setting) -> list[TrendFigure]:
    return [
        _trend(name, past.trend(name, row[name], today=setting.today), row, setting.voice)
        for name in TREND
    ]


def _trend(name: str, trend: Trend, row: Row, voice: Voice) -> TrendFigure:
    then = trend.last_month
    return TrendFigure(
        label=voice.seller_label(name),
        now=_reason_now(name, row, voice) if trend.now is None else voice.value(name, trend.now),
        last_month=voice.say("no_value_then") if then is None else voice.value(name, then),
        difference=_difference(trend, voice),
        course=_course(name, trend, voice),
    )


def _reason_now(name: str, row: Row, voice: Voice) -> str:
    if name == "seller_score":
        return voice.option("seller_score_reason", str(row["seller_score_reason"]))
    return reason_of(name, row, voice)


def _difference(trend: Trend, voice: Voice) -> str:
    """Change since last month with its sign; empty where one of the two is unknown."""
    if trend.now is None or trend.last_month is None:
        return ""
    change = trend.now - trend.last_month
    if isinstance(change, int):
        return f"{change:+d}" if change else "0"
    points = round(change * 100, 1)
    text = f"{points:+f}" if points else "0"
    spoken = text.replace(".", ",") if voice.language == "nl" else text
    return voice.say("percent_points", difference=spoken)


def _course(name: str, trend: Trend, voice: Voice) -> Markup:
    """Picture of thirteen weeks; empty as long as there is no course to see."""
    known = [
        (day, value)
        for day, value in zip(trend.days, trend.weeks, strict=True)
        if value is not None
    ]
    if len(known) < LEAST_COURSE:
        return Markup()
    (first_day, first), (last_day, last) = known[0], known[-1]
    values: list[Number] = [value for _, value in known]
    described = voice.say(
        "course",
        first_date=voice.value("day", first_day),
        first=voice.value(name, first),
        last_date=voice.value("day", last_day),
        last=voice.value(name, last),
        low=voice.value(name, min(values)),
        high=voice.value(name, max(values)),
    )
    title = voice.say("bar", label=voice.seller_label(name), value=voice.say("weeks"))
    span = SPANS.get(name, SHARE_SPAN)
    return sparkline(trend.weeks, title=title, description=described, span=span)
