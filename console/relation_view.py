"""What a page says of relations: the top relations by phase, and one line each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from console.bar import Drawing
from console.chart import ratio_bar
from console.figure import PhaseFigure, Row, phase_figure
from console.voice import Voice
from kpis.parameters import Parameters
from kpis.vocabulary import Phase

HEADINGS = (
    "is_top_relation",
    "buying_phase",
    "phase_status",
    "contact_status",
    "relation_score",
    "next_best_action",
)
"""Columns between the name and the warnings, in their order."""

FULL_SCORE = Decimal(100)
MARKS = Drawing(is_plain=False)


@dataclass(frozen=True, slots=True)
class Status:
    """A word with the mark before it; `style` is its class, empty where there is no word."""

    mark: str
    word: str
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationLine:
    """One relation; every text is ready to be shown, a dot where there is none."""

    name: str
    seller: str
    is_top: bool
    top: str
    top_since: str
    phase: str
    phase_since: str
    phase_status: Status
    contact_status: Status
    last_contact: str
    score: str
    score_chart: Markup
    band: Status
    action: str
    action_text: str
    warnings: Sequence[str]


def phases_of_top(rows: Iterable[Row], voice: Voice) -> PhaseFigure:
    """How many of the top relations among the rows stand in each phase."""
    counts = Counter(Phase(str(row["buying_phase"])) for row in rows if row["is_top_relation"])
    return phase_figure(counts, voice)


def relation_lines(
    rows: Sequence[Row], voice: Voice, parameters: Parameters
) -> Iterator[RelationLine]:
    """Lines in the order of the rows, but top relations first."""
    for row in sorted(rows, key=lambda one: not one["is_top_relation"]):
        yield _line(row, voice, parameters)


def _line(row: Row, voice: Voice, parameters: Parameters) -> RelationLine:
    warnings = row["data_warnings"]
    return RelationLine(
        name=str(row["name"] or row["relation_id"]),
        seller=str(row["seller"]),
        is_top=bool(row["is_top_relation"]),
        top=voice.value("is_top_relation", row["is_top_relation"]),
        top_since=_since("top_relation_since", row, voice),
        phase=voice.value("buying_phase", row["buying_phase"]),
        phase_since=_since("phase_since", row, voice),
        phase_status=_status("phase_status", row, voice),
        contact_status=_status("contact_status", row, voice),
        last_contact=voice.value("last_two_way_contact", row["last_two_way_contact"]),
        score=voice.value("relation_score", row["relation_score"]),
        score_chart=_score_chart(row, voice, parameters),
        band=_status("relation_score_band", row, voice),
        action=voice.value("next_best_action", row["next_best_action"]),
        action_text=str(row["next_best_action_text"] or ""),
        warnings=[voice.value("data_warnings", one) for one in warnings]
        if isinstance(warnings, list)
        else [],
    )


def _since(name: str, row: Row, voice: Voice) -> str:
    day = row[name]
    return "" if day is None else voice.say("since", date=voice.value(name, day))


def _status(name: str, row: Row, voice: Voice) -> Status:
    value = row[name]
    style = "" if value is None else f"status-{value}"
    return Status(MARKS.mark(name, value), voice.value(name, value), style)


def _score_chart(row: Row, voice: Voice, parameters: Parameters) -> Markup:
    """Score of 0 to 100 with a mark at the foot of each band."""
    score = row["relation_score"]
    if not isinstance(score, int):
        return Markup()
    band = voice.value("relation_score_band", row["relation_score_band"])
    return ratio_bar(
        Decimal(score) / FULL_SCORE,
        title=voice.say("bar", label=voice.relation_label("relation_score"), value=score),
        description=band,
        marks=[Decimal(bound) / FULL_SCORE for bound in parameters.scores.bands],
    )
