"""What the mirror tells a check: how full its fields are, and what comes out as computed now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from connector.probe import Fill
from jobs.compute import compute_from
from jobs.wiring import Wiring
from kpis.compute import Results
from kpis.frames import Mirror, OwnHistory
from kpis.parameters import Parameters
from kpis.top_relation import top_relations
from kpis.universe import universe
from kpis.vocabulary import ObjectType

RULES = ("mean", "median", "percentile", "top_n", "both")
"""Every rule of spec 2.2."""

BASE = "all relations"
"""The group of those who are compared with everybody."""

NO_SOURCE = "unknown"
"""Of those whose potential no source gives."""

_COLUMNS: Mapping[ObjectType, Mapping[str, tuple[str, ...]]] = {
    "companies": {"next_activity_on": ("next_activity_on", "next_activity_at")},
    "contacts": {
        "email": ("has_email",),
        "bounced": ("is_bounced",),
        "left": ("has_left",),
    },
    "deals": {"closed_on": ("closed_on", "closed_at")},
}
"""Columns that tell of a field, where it is not the one of its name."""


def fill_in(mirror: Mirror, object_type: ObjectType, names: Sequence[str]) -> Fill:
    """Count the records of the mirror, and those with a value in each field that it keeps.

    Which of a contact's phones it has is not kept.
    """
    frame = {
        "companies": mirror.companies,
        "contacts": mirror.contacts,
        "deals": mirror.deals,
    }[object_type]
    columns = {name: _COLUMNS[object_type].get(name, (name,)) for name in names}
    known = {name: cells for name, cells in columns.items() if set(cells) <= set(frame.columns)}
    counts = frame.select(
        pl.any_horizontal([_is_filled(frame, one) for one in cells]).sum().alias(name)
        for name, cells in known.items()
    )
    by_field = counts.to_dicts()[0] if known else {}
    return Fill(frame.height, {name: int(count or 0) for name, count in by_field.items()})


def _is_filled(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Whether a cell says something: empty text and an empty list do not, nor does a no."""
    cell = pl.col(column)
    match frame.schema[column]:
        case pl.String():
            said = cell != ""
        case pl.List():
            said = cell.list.len() > 0
        case pl.Boolean() if column.startswith(("has_", "is_")):
            said = cell
        case _:
            said = cell.is_not_null()
    return said.fill_null(value=False)


def results_of(
    wiring: Wiring, mirror: Mirror, *, as_of: datetime
) -> tuple[Results, dict[str, int]]:
    """Compute everything as it stands, and how many would be top under each rule from now on."""
    mirror = replace(mirror, activities_since=wiring.config.activities.since)
    results, _ = compute_from(wiring, mirror, as_of=as_of)
    counts = {
        rule: _count_under(rule, results, mirror, wiring.parameters, as_of=as_of)
        for rule in RULES
        if rule != "top_n" or wiring.parameters.top_relation.top_n
    }
    return results, counts


def _count_under(
    rule: str, results: Results, mirror: Mirror, parameters: Parameters, *, as_of: datetime
) -> int:
    """How many would be top if this rule began today: none is held by what came before."""
    rules = parameters.top_relation.model_copy(update={"rule": rule})
    found = top_relations(
        universe(mirror, parameters),
        results.workings.potentials,
        mirror,
        OwnHistory(),
        parameters.model_copy(update={"top_relation": rules}),
        as_of=as_of,
    )
    return int(found.relations["is_top_relation"].sum())


def counted(results: Results) -> dict[str, dict[str, tuple[int, int]]]:
    """Top relations and relations, by `group` and by `source` of the potential."""
    groups = results.workings.top.relations.select("relation_id", "group")
    rows = results.relations.join(groups, on="relation_id", how="left").select(
        "is_top_relation",
        group=pl.when(pl.col("group") == "").then(pl.lit(BASE)).otherwise("group"),
        source=pl.col("potential_source").fill_null(NO_SOURCE),
    )
    return {
        name: {
            row[name]: (row["top"], row["all"])
            for row in rows.group_by(name)
            .agg(top=pl.col("is_top_relation").sum(), all=pl.len())
            .sort("all", name, descending=[True, False])
            .to_dicts()
        }
        for name in ("group", "source")
    }


def bases_of(results: Results) -> dict[str, int]:
    """Top relations by the ground on which they are."""
    top = results.relations.filter("is_top_relation")
    rows = top.group_by("top_relation_basis").len().sort("top_relation_basis").to_dicts()
    return {str(row["top_relation_basis"]): int(row["len"]) for row in rows}
