"""What changed at the relations of sellers since the week before the present one began.

A digest is made by the first run of a local week (Monday to Sunday), so it looks back on the week
that has just ended: at what stood on the Sunday before that week, against today.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from kpis.calendar import year_of
from kpis.frames import OwnHistory, by_id
from kpis.snapshot import state_before
from store.store import Store

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)

CLEAR_CHANGE = 10
"""Points by which a score has clearly risen or fallen."""

_NAMES = ("is_top_relation", "buying_phase", "pains_gains_complete", "relation_score")
_OF_THE_YEAR = ("revenue_ytd", "pace")


@dataclass(frozen=True, slots=True)
class Past:
    """What stood before the time that is told of.

    Attributes:
        day: last local day on which it stood.
        relations: last rows of `RELATION_DAYS` up to that day, one per relation.
        sellers: the same of `SELLER_DAYS`.
    """

    day: date
    relations: pl.DataFrame
    sellers: pl.DataFrame


def week_of(day: date) -> str:
    """ISO week of a local day as `2026-W48`; later weeks sort behind earlier ones."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def sunday_before_last_week(today: date) -> date:
    """Last day of the week before the last one."""
    return today - timedelta(days=today.weekday()) - WEEK - DAY


def read_past(store: Store, today: date, *, fiscal_year_start: int) -> Past | None:
    """What stood before last week; of the account's first days when it has no older ones.

    None while there is nothing but days of this week.
    """
    history = store.read_own_history(today=sunday_before_last_week(today))
    return past_of(history, today, fiscal_year_start=fiscal_year_start)


def past_of(history: OwnHistory, today: date, *, fiscal_year_start: int) -> Past | None:
    """What stood before last week according to this history (see `read_past`).

    Figures of the year to date are blank where that was another fiscal year.
    """
    first = history.relation_days["from_on"].min()
    monday = today - timedelta(days=today.weekday())
    if not isinstance(first, date) or first >= monday:
        return None
    day = max(first, sunday_before_last_week(today))
    sellers = state_before(history.seller_days, day + DAY)
    if year_of(day, fiscal_year_start) != year_of(today, fiscal_year_start):
        sellers = sellers.with_columns(pl.lit(None).alias(name) for name in _OF_THE_YEAR)
    return Past(day, state_before(history.relation_days, day + DAY), sellers)


def changed_relations(relations: pl.DataFrame, past: Past) -> pl.DataFrame:
    """Relations that are or were top and of which something changed, most important first.

    First those that became top, then those that are so no longer, then other phases, pains and
    gains, and scores; within each the highest potential first. Of a relation that is top no longer
    nothing else is told.

    Columns beyond those of `relations`: the values of then as `..._before`, null where nobody
    measured, and the flags `entered`, `left`, `moved`, `pains_gains_changed` and `score_changed`.
    """
    before = past.relations.select("relation_id", pl.col(_NAMES).name.suffix("_before"))
    top, was_top = (
        pl.col("is_top_relation"),
        pl.col("is_top_relation_before").fill_null(value=False),
    )
    flags = {
        "entered": top & ~was_top,
        "left": was_top & ~top,
        "moved": top & _differs("buying_phase"),
        "pains_gains_changed": top & _differs("pains_gains_complete"),
        "score_changed": top
        & ((pl.col("relation_score") - pl.col("relation_score_before")).abs() >= CLEAR_CHANGE),
    }
    ranks = [pl.when(name).then(rank) for rank, name in enumerate(flags)]
    return (
        relations.filter(pl.col("owner").is_not_null())
        .join(before, on="relation_id", how="left", maintain_order="left")
        .with_columns(**{name: flag.fill_null(value=False) for name, flag in flags.items()})
        .filter(pl.any_horizontal(*flags))
        .sort(
            pl.coalesce(ranks),
            "potential_index",
            *by_id("relation_id"),
            descending=[False, True, False, False],
            nulls_last=True,
        )
    )


def _differs(name: str) -> pl.Expr:
    """Whether a value is another one than then; false where either is unknown."""
    return pl.col(name) != pl.col(f"{name}_before")
