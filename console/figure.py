"""Figures as a page shows them: label, value, a small chart, and why there is no value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from console.chart import Part, ratio_bar, stacked_bar, swatch
from console.voice import Voice
from kpis.parameters import Parameters
from kpis.vocabulary import PHASES, Phase

Row = Mapping[str, object]

ALL_PHASES: tuple[Phase, ...] = (*PHASES, Phase.UNKNOWN)

_OF_CONTACT = frozenset(
    {
        "kpi1",
        "top_relations_contacted",
        "kpi1_ratio",
        "contact_coverage",
        "team_coverage",
        "focus_share",
        "focus_share_time",
    }
)
_OF_DEALS = frozenset({"attainment", "pace", "margin_ttm", "top_revenue_share"})
_REASONS: Mapping[str, str] = {
    "focus_share": "no_moments",
    "focus_share_time": "no_minutes",
    "target": "no_target",
    "attainment": "no_target",
    "pace": "no_target",
    "margin_ttm": "no_margin",
    "top_revenue_share": "no_revenue",
}
"""Why a value is blank, where nothing more general explains it; else there are no top relations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every figure of one page is made with.

    Attributes:
        today: local day of the results.
    """

    voice: Voice
    parameters: Parameters
    today: date


@dataclass(frozen=True, slots=True)
class Figure:
    """One value: as text (empty: blank), as a chart, and what is to be said of it."""

    label: str
    value: str
    chart: Markup
    note: str


@dataclass(frozen=True, slots=True)
class Legend:
    """One line of the legend of a chart."""

    swatch: Markup
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class PhaseFigure:
    """How many relations stand in each phase."""

    chart: Markup
    legend: Sequence[Legend]


def share_figure(name: str, row: Row, setting: Setting) -> Figure:
    """A share of 0 to 1 or more as a bar, with its target where the method has one."""
    voice, share = setting.voice, row[name]
    label, value = voice.seller_label(name), voice.value(name, share)
    if not isinstance(share, Decimal):
        return Figure(label, "", Markup(), reason_of(name, row, voice))
    target = _target(name, setting.parameters)
    note = "" if target is None else voice.say("target_mark", target=voice.value(name, target))
    chart = ratio_bar(
        share,
        title=voice.say("bar", label=label, value=value),
        description=note,
        marks=() if target is None else (target,),
    )
    return Figure(label, value, chart, note)


def money_figure(name: str, row: Row, voice: Voice) -> Figure:
    """An amount without a chart."""
    amount, label = row[name], voice.seller_label(name)
    if not isinstance(amount, Decimal):
        return Figure(label, "", Markup(), reason_of(name, row, voice))
    return Figure(label, voice.money(amount), Markup(), "")


def phase_figure(counts: Mapping[Phase, int], voice: Voice) -> PhaseFigure:
    """Distribution over the phases in their order, the unknown last."""
    parts = [
        Part(voice.option("phase_or_unknown", phase), counts.get(phase, 0), f"phase-{phase}")
        for phase in ALL_PHASES
    ]
    return PhaseFigure(
        chart=stacked_bar(parts, title=voice.say("top_relations_by_phase")),
        legend=[Legend(swatch(part.style), part.label, part.count) for part in parts],
    )


def reason_of(name: str, row: Row, voice: Voice) -> str:
    """Why the value of that name is blank in a row of sellers or in the totals of the team."""
    if name in _OF_CONTACT and row["kpi1"] is None:
        key = "no_contact_measured"
    elif name.startswith("phase_conversion"):
        key = "no_exits"
    elif row["revenue_ytd"] is None and (name in _OF_DEALS or name.startswith("revenue_")):
        key = "no_deals_measured"
    else:
        key = _REASONS.get(name, "no_top_relations")
    return voice.say(key)


def _target(name: str, parameters: Parameters) -> Decimal | None:
    targets = parameters.scores.targets
    return {"kpi1_ratio": targets.kpi1_ratio, "focus_share": targets.focus}.get(name)
