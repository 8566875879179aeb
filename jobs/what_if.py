"""What another mapping or other parameters would change, told from the mirror alone.

Both sides are computed at one moment from the mirror as it was read once. Our own history is read
and never saved, and the CRM is not asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, get_args

import polars as pl

from jobs.alternative import unseen
from jobs.compute import compute_from
from jobs.wiring import Wiring
from kpis.compute import Results
from kpis.frames import COUNT, TEXT, Schema, by_id
from kpis.vocabulary import OPTION_SETS, Phase

Mode = Literal["off", "self", "self_and_manager"]
"""Who may see figures of single sellers, the strictest first."""

FIELDS: Final = (
    "is_top_relation",
    "top_relation_basis",
    "buying_phase",
    "relation_score",
    "next_best_action",
)
"""Values that are compared, the weightiest first."""

CHANGES: Final[Schema] = {
    "relation_id": TEXT,
    "name": TEXT,
    "seller_id": TEXT,
    "seller": TEXT,  # name of the owner, else the id
    "field": TEXT,  # one of `FIELDS`
    "before": TEXT,  # null: no value, or no relation
    "after": TEXT,
}
"""One row per relation and value that differs, by field and then by relation."""

MOVES: Final[Schema] = {"seller_id": TEXT, "seller": TEXT, "before": COUNT, "after": COUNT}
"""One row per seller whose `seller_score` differs; null: no score."""

_BASES: Final = tuple(one for one in OPTION_SETS["basis"] if one != "none")
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What of the results is compared; all that they rest on is let go.

    Attributes:
        relations: the universe: `relation_id`, `name`, `seller_id`, `seller` and `FIELDS`.
        sellers: `seller_id`, `seller` and `seller_score`.
        is_review: whether relations can leave the top on this day.
    """

    relations: pl.DataFrame
    sellers: pl.DataFrame
    is_review: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of one side.

    Attributes:
        relations: size of the universe.
        mean_relation_score: over those with a score, 2 decimals; None when nobody has one.
        by_basis: top relations by the ground on which they are top.
        by_phase: all relations by phase.
        top_by_phase: top relations by phase.
    """

    relations: int
    top_relations: int
    mean_relation_score: Decimal | None
    by_basis: Mapping[str, int]
    by_phase: Mapping[str, int]
    top_by_phase: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """A stage that no line of the mapping names, with its deals in the mirror."""

    pipeline: str
    stage: str
    deals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would change.

    Attributes:
        changes: frame of `CHANGES`.
        before: totals of what is in force.
        after: totals of what is looked at.
        sellers: frame of `MOVES`; None where figures of single sellers may not be shown.
        sellers_moved: how many scores of sellers differ; None where none are made.
        unmapped: stages in use that the mapping looked at leaves out.
        notes: sentences for the operator.
    """

    changes: pl.DataFrame
    before: Totals
    after: Totals
    sellers: pl.DataFrame | None
    sellers_moved: int | None
    unmapped: tuple[Unmapped, ...] = ()
    notes: tuple[str, ...] = ()


def what_if(wiring: Wiring, other: Wiring, *, as_of: datetime) -> WhatIf:
    """Compare what is in force with what would be; saves nothing and asks no CRM.

    Args:
        wiring: the account as it is configured.
        other: the same account and store, from `jobs.alternative`.
        as_of: moment of both sides, aware UTC.
    """
    # since when activities are known is a matter of what was pulled, not of what is looked at
    mirror = replace(wiring.store.read_mirror(), activities_since=wiring.config.activities.since)
    results, _ = compute_from(wiring, mirror, as_of=as_of)
    before = figures(results, mirror.owners)
    del results  # one side's workings at a time
    results, reading = compute_from(other, mirror, as_of=as_of)
    after = figures(results, mirror.owners)
    deals = wiring.store.count_deals_by_stage()
    notes = (
        *_empty(mirror.companies),
        *unseen(wiring, other),
        *_held(wiring, other, after),
        *reading.contradictions,
    )
    return replace(
        compare(before, after, mode=_strictest(wiring, other)),
        unmapped=tuple(
            Unmapped(pipeline=pipeline, stage=stage, deals=deals.get((pipeline, stage), 0))
            for pipeline, stage in reading.unmapped
        ),
        notes=notes,
    )


def figures(results: Results, owners: pl.DataFrame) -> Figures:
    """What of the results is compared, with the names of owners from a frame of `OWNERS`."""
    names = owners.select("seller_id", seller="name")

    def named(rows: pl.DataFrame) -> pl.DataFrame:
        joined = rows.join(names, on="seller_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col("seller").fill_null(pl.col("seller_id")))

    return Figures(
        relations=named(
            results.relations.select("relation_id", "name", *FIELDS, seller_id="owner")
        ),
        sellers=named(results.sellers.select("seller_id", "seller_score")),
        is_review=results.workings.top.is_review,
    )


def compare(before: Figures, after: Figures, *, mode: Mode) -> WhatIf:
    """What differs between two sides, as far as `seller_metrics.mode` lets it be shown."""
    moves = _moves(before.sellers, after.sellers)
    return WhatIf(
        changes=_changes(before.relations, after.relations),
        before=totals(before.relations),
        after=totals(after.relations),
        sellers=moves if mode == "self_and_manager" else None,
        sellers_moved=None if mode == "off" else len(moves),
    )


def totals(relations: pl.DataFrame) -> Totals:
    """Counts of one side's relations."""
    top = relations.filter("is_top_relation")
    return Totals(
        relations=len(relations),
        top_relations=len(top),
        mean_relation_score=_mean(relations["relation_score"].drop_nulls().to_list()),
        by_basis=_counts(top["top_relation_basis"], _BASES),
        by_phase=_counts(relations["buying_phase"], tuple(Phase)),
        top_by_phase=_counts(top["buying_phase"], tuple(Phase)),
    )


def _mean(scores: list[int]) -> Decimal | None:
    if not scores:
        return None
    return (Decimal(sum(scores)) / len(scores)).quantize(_CENT, rounding=ROUND_HALF_UP)


def _counts(values: pl.Series, known: tuple[str, ...]) -> dict[str, int]:
    found = values.to_list()
    return {str(one): found.count(one) for one in known}


def _changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Frame of `CHANGES`; a relation that only one side knows has values on that side alone."""
    pairs = _pairs(_long(before), _long(after), ["relation_id", "field"], ("name",))
    order = pl.col("field").cast(pl.Enum(FIELDS))
    return pairs.sort(order, *by_id("relation_id")).select(list(CHANGES)).cast(dict(CHANGES))  # type: ignore[arg-type]


def _long(relations: pl.DataFrame) -> pl.DataFrame:
    """One row per relation and field, with its value as text."""
    return relations.with_columns(pl.col(FIELDS).cast(TEXT)).unpivot(
        FIELDS,
        index=["relation_id", "name", "seller_id", "seller"],
        variable_name="field",
        value_name="value",
    )


def _moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Frame of `MOVES`."""
    one, other = (side.rename({"seller_score": "value"}) for side in (before, after))
    pairs = _pairs(one, other, ["seller_id"], ())
    return pairs.sort(by_id("seller_id")).select(list(MOVES)).cast(dict(MOVES))  # type: ignore[arg-type]


def _pairs(
    before: pl.DataFrame, after: pl.DataFrame, key: list[str], described: tuple[str, ...]
) -> pl.DataFrame:
    """Rows of which `value` differs, as `before` and `after`, described by whichever side can."""
    words = ("seller", *described, *({"seller_id"} - set(key)))
    return (
        before.join(after, on=key, how="full", coalesce=True, suffix="_after")
        .filter(pl.col("value").ne_missing(pl.col("value_after")))
        .with_columns(pl.coalesce(name, f"{name}_after").alias(name) for name in words)
        .rename({"value": "before", "value_after": "after"})
    )


def _strictest(*sides: Wiring) -> Mode:
    """Mode that both sides allow: looking at another file opens no door."""
    modes: tuple[Mode, ...] = get_args(Mode)
    return min((side.config.seller_metrics.mode for side in sides), key=modes.index)


def _empty(companies: pl.DataFrame) -> Iterator[str]:
    if companies.is_empty():
        yield "the mirror holds no companies: run `toprelatie sync --only pull` first"


def _held(wiring: Wiring, other: Wiring, after: Figures) -> Iterator[str]:
    """Why fewer relations leave the top than the rule would have it."""
    if wiring.parameters.top_relation != other.parameters.top_relation and not after.is_review:
        yield (
            "top relations enter at once but leave at the monthly review alone, and averages are "
            "those of the last one: who does not meet the rule any more stands under basis buffer"
        )
