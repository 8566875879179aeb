"""Frames for tests: rows name only what matters, the rest is null."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from kpis.frames import (
    CHANGES,
    COMPANIES,
    EXACT,
    MEMBERSHIPS,
    REVIEWS,
    STAGES,
    TEXT,
    Meaning,
    Mirror,
    OwnHistory,
    Schema,
)
from kpis.parameters import Parameters
from kpis.top_relation import TopRelations, top_relations
from mappings.texts import load_texts

AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
"""14:00 in Amsterdam, the moment of the worked examples."""

TEXTS = load_texts()
"""The texts as they are shipped."""

MEANING = Meaning(
    stages=pl.DataFrame(
        [
            ("default", "appointmentscheduled", False, False, "orienting"),
            ("default", "qualifiedtobuy", False, False, "interest"),
            ("default", "contractsent", False, False, "quote"),
            ("default", "closedwon", True, False, "order"),
            ("default", "closedlost", False, True, "lost"),
            ("default", "parked", False, False, "ignore"),
            ("default", "forgotten", False, False, None),
            ("default", "forgottenwon", True, False, None),
        ],
        schema=STAGES,
        orient="row",
    )
)


def rows(schema: Schema, *given: Mapping[str, Any]) -> pl.DataFrame:
    """Frame of a schema; a key that it does not have is an error."""
    for row in given:
        if unknown := row.keys() - schema.keys():
            raise KeyError(f"rows: no such columns: {sorted(unknown)}")
    return pl.DataFrame(
        [{**dict.fromkeys(schema), **row} for row in given], schema=schema, orient="row"
    )


def at(text: str) -> datetime:
    """Aware UTC instant of an ISO text without zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def won(deal_id: str, amount: str | None, closed_at: str, **more: Any) -> dict[str, Any]:
    """A won deal of the default pipeline."""
    return {
        "deal_id": deal_id,
        "pipeline": "default",
        "stage": "closedwon",
        "amount": None if amount is None else Decimal(amount),
        "closed_at": at(closed_at),
        **more,
    }


@dataclass(frozen=True)
class Candidates:
    """Relations of one universe with their potentials."""

    relations: pl.DataFrame
    potentials: pl.DataFrame


def candidate(
    relation_id: str, revenue: float | None, margin: float | None = None, **more: Any
) -> dict[str, Any]:
    """One relation with its potential, of seller S1 in the segment retail unless said otherwise."""
    return {
        "relation_id": relation_id,
        "owner": "S1",
        "segment": "retail",
        "potential_revenue": None if revenue is None else Decimal(str(revenue)),
        "potential_margin": None if margin is None else Decimal(str(margin)),
        **more,
    }


def candidates(*given: Mapping[str, Any]) -> Candidates:
    """Universe of the given candidates."""
    potential = {
        "relation_id": TEXT,
        "potential_revenue": EXACT,
        "potential_margin": EXACT,
    }
    company = ({k: v for k, v in row.items() if not k.startswith("potential_")} for row in given)
    return Candidates(
        rows(COMPANIES, *company).with_columns(owner_warning=pl.lit(None, dtype=pl.String())),
        rows(potential, *({k: row[k] for k in potential} for row in given)),
    )


def decide(
    as_of: datetime,
    history: OwnHistory,
    given: Candidates,
    *,
    changes: pl.DataFrame | None = None,
    **rules: Any,
) -> TopRelations:
    """Top relations under the given keys of section `top_relation`."""
    return top_relations(
        given.relations,
        given.potentials,
        Mirror(company_changes=rows(CHANGES) if changes is None else changes),
        history,
        Parameters.model_validate({"top_relation": rules}),
        as_of=as_of,
    )


def history_with(
    *members: str, reviewed_on: date, basis: str = "rule", **figures: Any
) -> OwnHistory:
    """History in which the members are top since a review that froze retail and the whole base.

    Means of 160,000 and 36,000 unless other figures are given.
    """
    frozen = {"mean_revenue": Decimal(160_000), "mean_margin": Decimal(36_000), **figures}
    return OwnHistory(
        memberships=rows(
            MEMBERSHIPS,
            *({"relation_id": m, "from_on": reviewed_on, "basis": basis} for m in members),
        ),
        reviews=rows(
            REVIEWS,
            *({"reviewed_on": reviewed_on, "group": g, **frozen} for g in ("", "retail")),
        ),
    )
