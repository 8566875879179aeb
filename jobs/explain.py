"""Explain one relation from the mirror: computed on the spot, nothing kept and no CRM asked."""

from dataclasses import replace
from datetime import datetime

import polars as pl

from jobs.compute import compute_from
from jobs.wiring import Wiring
from kpis.explain import Node, explain
from kpis.frames import Mirror
from kpis.parameters import Parameters


class NoRelationError(Exception):
    """That id has nothing to explain: it is unknown, or outside the universe."""


def explain_relation(wiring: Wiring, relation_id: str, as_of: datetime) -> Node:
    """Every value of one relation with what it rests on.

    Raises:
        NoRelationError: the id is unknown, or no relation, and why.
    """
    mirror = replace(wiring.store.read_mirror(), activities_since=wiring.config.activities.since)
    why = why_outside(mirror, wiring.parameters, relation_id)
    if why is not None:
        raise NoRelationError(f"{wiring.config.account}: company {relation_id} {why}")
    results, _ = compute_from(wiring, mirror, as_of=as_of)
    return explain(results, mirror, wiring.parameters, wiring.texts, relation_id, as_of=as_of)


def why_outside(mirror: Mirror, parameters: Parameters, relation_id: str) -> str | None:
    """Why a company is no relation of the universe (spec 0), and what to do; None when it is."""
    found = mirror.companies.filter(pl.col("relation_id") == relation_id)
    if found.is_empty():
        return (
            "is not in the mirror: archived, merged into another, or never pulled: "
            "look for it in the CRM, then run `toprelatie sync`"
        )
    company = found.row(0, named=True)
    if relation_id in parameters.universe.own_company_ids:
        return "is our own: take it out of universe.own_company_ids to have it counted"
    if company["type"] in parameters.universe.exclude_types:
        return (
            f"is of type {company['type']}, which universe.exclude_types leaves out: "
            "change its type in the CRM, or the list"
        )
    if company["owner"] is None:
        return "has no owner, so it is no relation: give it one in the CRM"
    return None
