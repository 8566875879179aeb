"""A seller's digest in words: as simple HTML for the task in the CRM, or as plain lines.

Dates, never day counts (spec 6.4). Nothing is told twice: the score carries no explanation here,
for the figures above it are what it is made of.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html import escape

from jobs.seller.digest import Digest, Row
from kpis.vocabulary import PHASES, Language, Phase
from kpis.wording import Texts

LONGEST_NAME = 80
"""Characters of a relation's name that are told; a CRM takes names that would drown the rest."""

_SENTENCE_END = re.compile(r"(?<=\w[\w)][.!?])\s+(?=[A-Z])")
"""End of a sentence: two signs of a word before it, so that `n.v.t. Dan` is none."""

_DATE_FORMS: Mapping[Language, str] = {"nl": "%d-%m-%Y", "en": "%Y-%m-%d"}
_TO_DUTCH = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Wording:
    """How it is told.

    Attributes:
        texts: labels, and the fixed sentences of the section `digest`.
        currency: the one that amounts are reported in (ISO 4217).
    """

    texts: Texts
    language: Language
    currency: str

    def say(self, name: str, **values: object) -> str:
        """One fixed sentence."""
        return self.texts.digest[name].text(self.language).format(**values)

    def label(self, name: str) -> str:
        """Label of a seller value (spec 7)."""
        return self.texts.properties.sellers[name].text(self.language)

    def option(self, option_set: str, value: object) -> str:
        """Label of a value within a sentence."""
        return _small(self.texts.label(option_set, str(value), self.language))

    def day(self, day: date) -> str:
        """Day as people write it."""
        return day.strftime(_DATE_FORMS[self.language])


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the relation it is about, None when it is about none, and what is said."""

    relation: str | None
    text: str

    @property
    def plain(self) -> str:
        """The line as plain text."""
        return self.text if self.relation is None else f"{self.relation}: {self.text}"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a digest: `changes`, `actions` or `figures`, with its heading and lines."""

    name: str
    heading: str
    lines: Sequence[Line]


def parts_of(digest: Digest, wording: Wording) -> list[Part]:
    """What is told, in its order."""
    parts = [] if digest.since is None else [_changes(digest, digest.since, wording)]
    to_do = [Line(_name(row), _action(row, wording)) for row in digest.actions]
    return [
        *parts,
        Part("actions", wording.say("actions" if to_do else "no_actions"), to_do),
        Part(
            "figures",
            wording.say("figures"),
            [Line(None, one) for one in _figures(digest, wording)],
        ),
    ]


def opening(today: date, wording: Wording) -> str:
    """First line: which week it is, and whose digest."""
    return f"{wording.say('week', week=today.isocalendar().week)} {wording.say('intro')}"


def closing(today: date, wording: Wording) -> Iterator[str]:
    """Last lines: what it is not meant for, and the day on which it was made."""
    yield wording.say("notice")
    yield wording.say("updated", date=wording.day(today))


def body_of(digest: Digest, wording: Wording, *, today: date) -> str:
    """Text of the task as simple HTML.

    Args:
        digest: what to tell.
        wording: how to tell it.
        today: local day of the results.
    """
    parts = [_html_of(part) for part in parts_of(digest, wording)]
    ends = [_paragraph(one) for one in closing(today, wording)]
    return "".join([_paragraph(opening(today, wording)), *parts, *ends])


def plain_of(digest: Digest, wording: Wording, *, today: date) -> str:
    """The same as plain text."""
    lines = [opening(today, wording)]
    for part in parts_of(digest, wording):
        is_list = part.name == "actions"
        lines += ["", part.heading]
        lines += [
            f"{f'{number}.' if is_list else '-'} {line.plain}"
            for number, line in enumerate(part.lines, 1)
        ]
    return "\n".join([*lines, "", *closing(today, wording)])


def _html_of(part: Part) -> str:
    heading = f"<p><strong>{escape(part.heading)}</strong></p>"
    if not part.lines:
        return _paragraph(part.heading)
    tag = "ol" if part.name == "actions" else "ul"
    lines = "".join(f"<li>{_html_line(line)}</li>" for line in part.lines)
    return f"{heading}<{tag}>{lines}</{tag}>"


def _html_line(line: Line) -> str:
    text = escape(line.text)
    return text if line.relation is None else f"<strong>{escape(line.relation)}</strong>: {text}"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _changes(digest: Digest, since: date, wording: Wording) -> Part:
    shown, total = len(digest.changes), digest.changes_total
    heading = "changes" if shown == total else "changes_some"
    if not shown:
        heading = "no_changes"
    lines = [Line(_name(row), "; ".join(_changed(row, wording))) for row in digest.changes]
    day = wording.day(since)
    return Part("changes", wording.say(heading, date=day, shown=shown, total=total), lines)


def _changed(row: Row, wording: Wording) -> Iterator[str]:
    """What became other of one relation."""
    if row["left"]:
        yield wording.say("ceased_top")
    if row["entered"]:
        yield wording.say("became_top")
    if row["moved"]:
        before, now = (
            wording.option("phase_or_unknown", row[name])
            for name in ("buying_phase_before", "buying_phase")
        )
        yield wording.say("phase_changed", before=before, now=now)
    if row["pains_gains_changed"]:
        is_complete = row["pains_gains_complete"]
        yield wording.say("pains_gains_complete" if is_complete else "pains_gains_incomplete")
    if row["score_changed"]:
        scores = {"before": row["relation_score_before"], "now": row["relation_score"]}
        yield wording.say("score_changed", **scores)


def _action(row: Row, wording: Wording) -> str:
    """What to do and why: the first sentence of the text on the record, where all of it stands.

    The label alone, which says the same in short, where there is no text.
    """
    label = wording.texts.label("action", str(row["next_best_action"]), wording.language)
    return _SENTENCE_END.split(str(row["next_best_action_text"] or label), 1)[0]


def _name(row: Row) -> str:
    """Name of a relation, else its id."""
    name = " ".join(str(row["name"] or row["relation_id"]).split())
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


Shown = Callable[[Row, Wording], str | None]


def _figures(digest: Digest, wording: Wording) -> list[str]:
    """A line per KPI and one for the score; what is not known is left out (spec 0)."""
    lines = []
    for figures in _LINES:
        told = [_told(digest, label, shown, wording) for label, shown in figures]
        lines.append("; ".join(one for one in told if one))
    return [line[0].upper() + line[1:] for line in lines if line]


def _told(digest: Digest, label: str, shown: Shown, wording: Wording) -> str | None:
    """Label and value of one figure, with what it was where that was other."""
    now = shown(digest.figures, wording)
    if now is None:
        return None
    own = wording.texts.digest
    text = f"{wording.say(label) if label in own else _small(wording.label(label))}: {now}"
    before = shown(digest.figures_before, wording) if digest.figures_before else None
    return text if before in (None, now) else f"{text} {wording.say('was', before=before)}"


def _small(text: str) -> str:
    """Label within a sentence: its first letter small, unless a name of capitals begins it."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _whole(value: object, times: int = 1) -> int:
    """Whole number nearest to so many times a value, half away from zero."""
    return int((Decimal(str(value)) * times).quantize(Decimal(1), ROUND_HALF_UP))


def _kpi1(row: Row, wording: Wording) -> str | None:
    if row.get("kpi1") is None:
        return None
    return wording.say("kpi1_of_total", kpi1=row["kpi1"], total=row["top_relations_total"])


def _percentage(name: str) -> Shown:
    def shown(row: Row, _wording: Wording) -> str | None:
        value = row.get(name)
        return None if value is None else f"{_whole(value, 100)}%"

    return shown


def _amount(row: Row, wording: Wording) -> str | None:
    if row.get("revenue_ytd") is None:
        return None
    amount = f"{_whole(row['revenue_ytd']):,}"
    return (
        f"{wording.currency} {amount.translate(_TO_DUTCH) if wording.language == 'nl' else amount}"
    )


def _phases(row: Row, wording: Wording) -> str | None:
    """How many top relations stand in each phase, of those in which any do."""
    counts = {phase: row.get(f"phase_{phase}_count") for phase in (*PHASES, Phase.UNKNOWN)}
    told = [
        f"{wording.option('phase_or_unknown', phase)} {count}"
        for phase, count in counts.items()
        if count
    ]
    return ", ".join(told) or None


def _stalled(row: Row, _wording: Wording) -> str | None:
    count = row.get("stalled_count")
    return None if count is None else str(count)


def _score(row: Row, wording: Wording) -> str | None:
    """Score, or why there is none."""
    score, reason = row.get("seller_score"), row.get("seller_score_reason")
    if score is not None:
        return f"{score}/100"
    return wording.say(f"score_{reason}") if reason is not None else None


_LINES: Sequence[Sequence[tuple[str, Shown]]] = (
    (("kpi1", _kpi1), ("focus_share", _percentage("focus_share"))),
    (("phases", _phases), ("stalled", _stalled)),
    (("pg_coverage", _percentage("pg_coverage")),),
    (("revenue_ytd", _amount), ("pace", _percentage("pace"))),
    (("seller_score", _score),),
)
"""Figures by line: a label of the section `digest` or of spec 7, and how its value is shown."""
