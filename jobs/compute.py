"""Compute the KPIs from the mirror: what the mapping means, what we remember, what comes out."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from kpis.compute import Results, compute
from kpis.frames import MEMBERSHIPS, STAGES, Meaning, OwnHistory
from kpis.parameters import Parameters
from kpis.records import Stage
from kpis.vocabulary import OPTION_SETS
from mappings.schema import Mapping as StageMapping
from mappings.stages import StageReading, read_stages
from store.store import Store

LAST_AS_OF_KEY = "last_as_of"
COMPUTED_KEY = "computed"

MEMBER_BASES = frozenset(one.value for one in OPTION_SETS["basis"]) - {"none"}
"""Grounds on which a relation is top."""


def local_date(as_of: datetime, parameters: Parameters) -> date:
    """Day of `as_of` in the reporting time zone."""
    return as_of.astimezone(ZoneInfo(parameters.reporting.timezone)).date()


def to_meaning(mapping: StageMapping, stages: tuple[Stage, ...]) -> tuple[Meaning, StageReading]:
    """What the CRM's words mean, and which stages no line of the mapping names."""
    reading = read_stages(mapping, stages)
    known = {(stage.pipeline, stage.stage): stage for stage in stages}
    rows = [
        {
            "pipeline": pipeline,
            "stage": stage,
            "is_won": one.is_won if (one := known.get((pipeline, stage))) else False,
            "is_lost": one.is_lost if one else False,
            "outcome": reading.outcomes.get((pipeline, stage)),
        }
        for pipeline, stage in sorted({*known, *reading.outcomes})
    ]
    meaning = Meaning(
        stages=pl.DataFrame(rows, schema=STAGES),
        lost_reasons=mapping.lost_reasons,
        lead_status=mapping.lead_status,
    )
    return meaning, reading


def compute_results(
    store: Store, mapping: StageMapping, parameters: Parameters, *, as_of: datetime
) -> tuple[Results, StageReading]:
    """Compute everything from what the store holds; saves nothing."""
    meaning, reading = to_meaning(mapping, store.read_stages())
    mirror = store.read_mirror()
    history = store.read_own_history()
    if history.memberships.is_empty() and history.reviews.is_empty():
        history = _adopted(store.read_standing("companies"), history)
    return compute(mirror, meaning, parameters, as_of=as_of, history=history), reading


def _adopted(standing: Mapping[str, Mapping[str, str]], history: OwnHistory) -> OwnHistory:
    """Take over memberships that an earlier store of ours wrote into the CRM (design: store)."""
    rows = [
        {
            "relation_id": relation_id,
            "from_on": date.fromisoformat(values["top_relation_since"][:10]),
            "until_on": None,
            "basis": values.get("top_relation_basis"),
        }
        for relation_id, values in standing.items()
        if values.get("is_top_relation") == "true"
        and values.get("top_relation_basis") in MEMBER_BASES
        and values.get("top_relation_since")
    ]
    return replace(history, memberships=pl.DataFrame(rows, schema=MEMBERSHIPS))


def fingerprint(*parts: str) -> str:
    """Digest of everything that results rest on; equal digests give equal results."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
