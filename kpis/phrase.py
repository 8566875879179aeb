"""Fill the texts of `kpis.wording` row by row."""

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Final

import polars as pl

from kpis.vocabulary import Language

DATE_FORMS: Final[Mapping[Language, str]] = {"nl": "%d-%m-%Y", "en": "%Y-%m-%d"}
"""How a day is written for people."""


def filled(template: str, values: Mapping[str, pl.Expr]) -> pl.Expr:
    """Template with its placeholders filled, row by row; null where one of them is null."""
    parts: list[pl.Expr] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            parts.append(pl.lit(literal))
        if name is not None:
            parts.append(values[name].cast(pl.String))
    return pl.concat_str(parts) if parts else pl.lit("")


def dated(day: pl.Expr, language: Language) -> pl.Expr:
    """Day as it is written in that language; null stays null."""
    return day.dt.strftime(DATE_FORMS[language])


def date_text(day: date, language: Language) -> str:
    """One day as it is written in that language."""
    return day.strftime(DATE_FORMS[language])
