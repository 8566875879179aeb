"""Reports from the mirror: computed on the spot, nothing kept and no CRM asked."""

from datetime import date, datetime
from typing import Literal

import polars as pl

from jobs.compute import compute_results
from jobs.wiring import Wiring
from kpis.frames import by_id
from kpis.properties import properties_of
from kpis.revenue import revenue_between
from kpis.rounding import money, quotient, ratio
from kpis.seller import team_totals
from kpis.vocabulary import PHASES, Phase

RELATION_COLUMNS = (
    "relation_id",
    "name",
    "seller_id",
    *(row.name for row in properties_of("companies", "out") if row.name != "calculated_at"),
)
"""What a report tells of a relation: who it is, and the values of spec 7."""


def relation_report(wiring: Wiring, *, as_of: datetime, seller_id: str | None) -> pl.DataFrame:
    """Every relation, highest potential first; of one seller when `seller_id` is given."""
    results, _ = compute_results(wiring, as_of=as_of)
    rows = results.relations.rename({"owner": "seller_id"}).select(RELATION_COLUMNS)
    rows = rows.filter(pl.col("seller_id") == seller_id) if seller_id else rows
    return _with_seller_names(wiring, rows).sort(
        "potential_index", descending=True, nulls_last=True
    )


def seller_report(
    wiring: Wiring, *, as_of: datetime, seller_id: str | None, only_totals: bool
) -> pl.DataFrame:
    """Figures per seller, or one row of the whole team without a seller's id."""
    rows, totals = sellers_and_team(wiring, as_of=as_of)
    if only_totals:
        return totals
    return rows.filter(pl.col("seller_id") == seller_id) if seller_id else rows


def sellers_and_team(wiring: Wiring, *, as_of: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Figures of every seller, and the one row of the whole team."""
    results, _ = compute_results(wiring, as_of=as_of)
    names = ("seller_id", "relations", *wiring.texts.properties.sellers)
    rows = _with_seller_names(wiring, results.sellers.select(names))
    return rows, team_totals(results.sellers)


def phase_report(wiring: Wiring, *, as_of: datetime) -> pl.DataFrame:
    """Top relations by phase: `count`, `share` of all, and how many stand still."""
    results, _ = compute_results(wiring, as_of=as_of)
    top = results.relations.filter("is_top_relation")
    counts = top.group_by("buying_phase").agg(
        count=pl.len().cast(pl.Int64),
        stalled=(pl.col("phase_status") == "stalled").sum().cast(pl.Int64),
    )
    phases = pl.DataFrame({"buying_phase": [str(one) for one in (*PHASES, Phase.UNKNOWN)]})
    return (
        phases.join(counts, on="buying_phase", how="left", maintain_order="left")
        .with_columns(pl.col("count", "stalled").fill_null(0))
        .with_columns(share=ratio(quotient(pl.col("count"), pl.col("count").sum())))
    )


def revenue_report(
    wiring: Wiring, *, start: date, end: date, by: Literal["seller", "relation"], as_of: datetime
) -> pl.DataFrame:
    """Realised revenue between two days, both included, largest first.

    The row without an id holds what is credited to nobody, or to no relation.
    """
    results, _ = compute_results(wiring, as_of=as_of)
    key: Literal["seller_id", "relation_id"] = "seller_id" if by == "seller" else "relation_id"
    rows = revenue_between(
        results.credits, results.history, wiring.parameters, by=key, first=start, last=end
    ).select(
        key,
        amount=money(pl.col("revenue")),
        gross=money(pl.col("gross")),
        credits=money(pl.col("credits")),
        margin=money(pl.col("margin")),
        period=pl.lit(f"{start.isoformat()}/{end.isoformat()}"),
    )
    if by == "seller":
        named = _with_seller_names(wiring, rows)
    else:
        names = wiring.store.read_mirror().companies.select("relation_id", "name")
        named = rows.join(names, on="relation_id", how="left")
    return named.sort(pl.col("amount"), *by_id(key), descending=[True, False, False])


def _with_seller_names(wiring: Wiring, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `seller`, the name of the owner, else the id."""
    owners = {one.external_id: one.name for one in wiring.store.read_owners()}
    return rows.with_columns(
        seller=pl.col("seller_id").replace_strict(owners, default=pl.col("seller_id"))
        if owners
        else pl.col("seller_id")
    )
