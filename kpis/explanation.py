"""Why a score is what it is, in one line that people can act on (spec 6.4).

The parts are templates of the texts file. Dates, never day counts, so that a line changes only when
something happened.
"""

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from kpis.frames import COUNT
from kpis.parameters import Parameters
from kpis.phrase import dated, filled
from kpis.profile import FACETS
from kpis.rounding import exact
from kpis.vocabulary import Language, Phase
from kpis.wording import Phrase, Texts

ELLIPSIS = "…"


class _Line:
    """Texts of the explanation in one language."""

    def __init__(self, texts: Texts, language: Language) -> None:
        self._phrases: Mapping[str, Phrase] = texts.explanation
        self.texts = texts
        self.language: Language = language

    def __call__(self, key: str, **values: pl.Expr) -> pl.Expr:
        """Phrase of that key with its placeholders filled."""
        return filled(self._phrases[key].text(self.language), values)


def with_explanation(relations: pl.DataFrame, texts: Texts, parameters: Parameters) -> pl.DataFrame:
    """Add `score_explanation`, at most `explanation_max` characters; null where not top.

    Reads the columns of profile, contact, phase, pains and gains, and `relation_score`. Only what
    is shown is written: texts are dear, and few relations are top.
    """
    line = _Line(texts, parameters.write_back.language)
    written = relations.filter("is_top_relation").select(
        "relation_id",
        "relation_score",
        profile=_profile(line, parameters),
        contact=_contact(line),
        phase=_phase(line),
        pains_gains=_pains_gains(line),
    )
    parts = {name: pl.col(name) for name in ("profile", "contact", "phase", "pains_gains")}
    text = pl.coalesce(
        line("relation", score=pl.col("relation_score"), **parts),
        line("relation_without_score", **parts),
    )
    explained = written.select(
        "relation_id", score_explanation=shortened(text, parameters.scores.explanation_max)
    )
    return relations.join(explained, on="relation_id", how="left", maintain_order="left")


def seller_explanation(texts: Texts, parameters: Parameters) -> pl.Expr:
    """Value of `score_explanation` of a seller, whether there is a score or not."""
    line = _Line(texts, parameters.write_back.language)
    language = line.language
    total = pl.col("top_relations_total")
    parts = [
        line("seller_contact", kpi1=pl.col("kpi1"), total=total),
        line("seller_focus", share=percent(pl.col("focus_share"))),
        line("seller_phase", share=percent(pl.col("mean_phase"))),
        line("seller_pains_gains", share=percent(pl.col("mean_pains_gains"))),
        line("seller_pace", share=percent(pl.col("pace"))),
    ]
    reasons = {
        value: phrase.text(language)
        for value, phrase in texts.options["seller_score_reason"].items()
    }
    head = pl.coalesce(
        line("seller", score=pl.col("seller_score")),
        pl.col("seller_score_reason").replace_strict(
            reasons, default=None, return_dtype=pl.String()
        ),
    )
    text = pl.concat_str([head, *parts], separator=" · ", ignore_nulls=True)
    return shortened(text, parameters.scores.explanation_max)


def shortened(text: pl.Expr, most: int) -> pl.Expr:
    """Text of at most so many characters; a cut one says so."""
    return (
        pl.when(text.str.len_chars() > most)
        .then(text.str.slice(0, most - len(ELLIPSIS)) + ELLIPSIS)
        .otherwise(text)
    )


def percent(fraction: pl.Expr) -> pl.Expr:
    """Fraction as whole percents, half away from zero."""
    return (fraction * exact(Decimal(100))).round(0, mode="half_away_from_zero").cast(COUNT)


def _profile(line: _Line, parameters: Parameters) -> pl.Expr:
    """Completeness, and what is missing, half there or too old."""
    known_from = exact(parameters.profile.known_from)

    def gap(facet: str, *, is_missing: pl.Expr, is_partly: pl.Expr | None = None) -> pl.Expr:
        is_old = pl.col(f"{facet}_score") < known_from
        missing = pl.when(is_missing).then(line(f"{facet}_missing"))
        old = pl.when(is_old).then(line(f"{facet}_old"))
        if is_partly is None:
            return pl.coalesce(missing, old)
        return pl.coalesce(missing, pl.when(is_partly).then(line(f"{facet}_partly")), old)

    base = {facet: pl.col(f"{facet}_base") for facet in FACETS}
    no_amount = pl.col("spend_amount_on").is_null()
    gaps = [
        gap(
            "spend_pattern",
            is_missing=base["spend_pattern"] == 0,
            is_partly=no_amount | pl.col("spend_pattern_part_on").is_null(),
        ),
        gap("order_volume", is_missing=base["order_volume"] == 0),
        gap("current_suppliers", is_missing=base["current_suppliers"] == 0),
        pl.when(pl.col("decider_base") == 0).then(line("decider_missing")),
        pl.when(pl.col("insider_base") == 0).then(line("insider_missing")),
        pl.when(
            (pl.col("decider_base") > 0)
            & (pl.col("insider_base") > 0)
            & (pl.col("right_contacts_score") < known_from)
        ).then(line("right_contacts_old")),
    ]
    is_contact = slice(3, 6)
    measured = pl.col("right_contacts_score").is_not_null()
    gaps[is_contact] = [pl.when(measured).then(one) for one in gaps[is_contact]]
    told = pl.concat_str(gaps, separator=", ", ignore_nulls=True)
    share = percent(pl.col("profile_completeness"))
    return (
        pl.when(pl.any_horizontal(one.is_not_null() for one in gaps))
        .then(line("profile_with_gaps", share=share, gaps=told))
        .otherwise(line("profile", share=share))
    )


def _contact(line: _Line) -> pl.Expr:
    norm = pl.col("contact_norm")
    day = dated(pl.col("last_two_way_contact"), line.language)
    return (
        pl.when(norm.is_null())
        .then(line("contact_unmeasured"))
        .when(day.is_null() & (pl.col("contact_status") == "never"))
        .then(line("contact_never", norm=norm))
        .when(day.is_null())
        .then(line("contact_lost", norm=norm))
        .otherwise(line("contact", date=day, norm=norm))
    )


def _phase(line: _Line) -> pl.Expr:
    labels = {
        str(one): line.texts.label("phase_or_unknown", str(one), line.language).lower()
        for one in Phase
    }
    phase = pl.col("buying_phase").replace_strict(labels, return_dtype=pl.String())
    return pl.coalesce(
        line(
            "phase",
            phase=phase,
            date=dated(pl.col("phase_since"), line.language),
            norm=pl.col("phase_norm"),
        ),
        line("phase_unknown"),
    )


def _pains_gains(line: _Line) -> pl.Expr:
    pains, gains = pl.col("pains_count"), pl.col("gains_count")
    counts = {
        name: pl.when(count == 1)
        .then(line(f"{name}_one"))
        .otherwise(line(f"{name}_many", count=count))
        for name, count in (("pains", pains), ("gains", gains))
    }
    day = dated(pl.col("pains_gains_updated_on"), line.language)
    return (
        pl.when(pains.is_null())
        .then(line("pains_gains_unmeasured"))
        .when(pains + gains == 0)
        .then(line("pains_gains_none"))
        .when(day.is_null())
        .then(line("pains_gains", **counts))
        .otherwise(line("pains_gains_dated", **counts, date=day))
    )
