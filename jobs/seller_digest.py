"""What a seller's task in the CRM says: own figures, own relations to act on, nobody else's.

No ranking and no comparison (spec 0, people data; 6.4, who sees what). Dates, never day counts, so
that the text changes only when something happened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html import escape

import polars as pl

from jobs.basis import fingerprint
from kpis.frames import by_id
from kpis.vocabulary import Language
from kpis.wording import Texts

FIGURES = (
    "kpi1",
    "kpi1_ratio",
    "contact_coverage",
    "phase_no_interest_count",
    "phase_orienting_count",
    "phase_interest_count",
    "phase_quote_count",
    "phase_order_count",
    "phase_unknown_count",
    "pg_coverage",
    "revenue_ytd",
    "attainment",
)
"""Headline figures in their order; the score follows, with its explanation."""

MOST_ACTIONS = 5
NO_ACTION = "maintain"

_PERCENTAGES = frozenset({"kpi1_ratio", "contact_coverage", "pg_coverage", "attainment"})
_AMOUNTS = frozenset({"revenue_ytd"})
_DATE_FORMS: Mapping[Language, str] = {"nl": "%d-%m-%Y", "en": "%Y-%m-%d"}
_TO_DUTCH = str.maketrans(",.", ".,")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told to one seller.

    Attributes:
        figures: the seller's row of results.
        actions: the seller's top relations to act on, the most promising first.
    """

    seller_id: str
    figures: Row
    actions: Sequence[Row]


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

    def say(self, name: str) -> str:
        """One fixed sentence."""
        return self.texts.digest[name].text(self.language)

    def label(self, name: str) -> str:
        """Label of a seller value (spec 7)."""
        return self.texts.properties.sellers[name].text(self.language)


def seller_digests(sellers: pl.DataFrame, relations: pl.DataFrame) -> Iterator[Digest]:
    """Yield what is told to each seller who owns a top relation, by seller.

    Args:
        sellers: one row each, with the values of spec 7 and `seller_id`.
        relations: the universe with the values of spec 7, `relation_id`, `name` and `owner`.
    """
    top = relations.filter(pl.col("is_top_relation") & pl.col("owner").is_not_null())
    ordered = top.filter(pl.col("next_best_action") != NO_ACTION).sort(
        pl.col("potential_index"),
        *by_id("relation_id"),
        descending=[True, False, False],
        nulls_last=True,
    )
    to_do = ordered.group_by("owner", maintain_order=True).head(MOST_ACTIONS)
    owners = set(top["owner"])
    for row in sellers.sort(by_id("seller_id")).to_dicts():
        if row["seller_id"] in owners:
            own = to_do.filter(pl.col("owner") == row["seller_id"])
            yield Digest(row["seller_id"], row, own.to_dicts())


def content_of(digest: Digest, wording: Wording) -> str:
    """Digest of all that the text rests on: equal when the text would be, but for its date."""
    return fingerprint(wording.say("subject"), *_parts(digest, wording))


def body_of(digest: Digest, wording: Wording, *, updated_on: date) -> str:
    """Text of the task as simple HTML.

    Args:
        digest: what to tell.
        wording: how to tell it.
        updated_on: day since when it says this.
    """
    day = updated_on.strftime(_DATE_FORMS[wording.language])
    updated = wording.say("updated").format(date=day)
    return "".join([*_parts(digest, wording), f"<p>{escape(updated)}</p>"])


def _parts(digest: Digest, wording: Wording) -> list[str]:
    """Everything that is told, without the day."""

    def paragraph(name: str) -> str:
        return f"<p>{escape(wording.say(name))}</p>"

    to_do = [_action(row, wording) for row in digest.actions]
    return [
        paragraph("intro"),
        paragraph("figures"),
        _list("ul", _figures(digest.figures, wording)),
        paragraph("actions" if to_do else "no_actions"),
        _list("ol", to_do) if to_do else "",
        paragraph("notice"),
    ]


def _list(tag: str, lines: Sequence[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{line}</li>' for line in lines)}</{tag}>"


def _figures(row: Row, wording: Wording) -> list[str]:
    """Label and value of each figure that is known; a blank one is left out (spec 0)."""
    lines = [
        f"{escape(wording.label(name))}: {escape(_shown(name, row[name], wording))}"
        for name in FIGURES
        if row.get(name) is not None
    ]
    label = escape(wording.label("seller_score"))
    score, reason = row.get("seller_score"), row.get("seller_score_reason")
    if score is not None:
        lines.append(f"{label}: {score}/100")
    elif reason is not None:
        lines.append(f"{label}: {escape(wording.say(f'score_{reason}'))}")
    if row.get("score_explanation"):
        explained = wording.label("score_explanation")
        lines.append(f"{escape(explained)}: {escape(str(row['score_explanation']))}")
    return lines


def _shown(name: str, value: object, wording: Wording) -> str:
    """A figure as people read it: whole per cents, amounts with their currency."""
    if name in _PERCENTAGES:
        percent = (Decimal(str(value)) * 100).quantize(Decimal(1), ROUND_HALF_UP)
        return f"{percent}%"
    if name in _AMOUNTS:
        amount = f"{Decimal(str(value)):,.2f}"
        dutch = amount.translate(_TO_DUTCH)
        return f"{wording.currency} {dutch if wording.language == 'nl' else amount}"
    return str(value)


def _action(row: Row, wording: Wording) -> str:
    action = wording.texts.label("action", str(row["next_best_action"]), wording.language)
    why = row["next_best_action_text"]
    told = f"{action}. {why}" if why else action
    return f"<strong>{escape(str(row['name'] or row['relation_id']))}</strong>: {escape(told)}"
