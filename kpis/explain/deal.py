"""Deals that are linked to a relation but belong to another one, or to none (spec 0, Links)."""

import polars as pl

from kpis.explain.node import Case, Node
from kpis.frames import by_id


def elsewhere(case: Case, rule: str, *, is_won: bool) -> list[Node]:
    """Linked deals that count for another relation, newest first, and why."""
    linked = case.only(case.mirror.deal_companies).select(deal_id="from_id")
    rows = (
        case.work.facts.filter(pl.col("is_won") == is_won)
        .join(linked, on="deal_id", how="semi")
        .filter(pl.col("relation_id").ne_missing(pl.lit(case.relation_id)))
        .sort("close_day", *by_id("deal_id"), descending=[True, False, False], nulls_last=True)
    )
    return [
        Node(
            "deal",
            one["deal_id"],
            rule,
            case.phrase("other_relation", relation=one["relation_id"])
            if one["relation_id"]
            else case.label("deal_warning", "several_companies_without_primary"),
        )
        for one in rows.iter_rows(named=True)
    ]
