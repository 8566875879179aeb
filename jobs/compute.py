"""Compute the KPIs from the mirror: what the mapping means, what we remember, what comes out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType

import polars as pl

from jobs.basis import WORDS_KEY, connected_dispositions, local_date
from jobs.wiring import Wiring
from kpis.compute import Results, compute
from kpis.frames import MEMBERSHIPS, STAGES, Meaning, Mirror, OwnHistory
from kpis.records import Stage
from kpis.vocabulary import OPTION_SETS
from mappings.schema import Mapping as StageMapping
from mappings.stages import StageReading, read_stages

NO_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({})

MEMBER_BASES = frozenset(OPTION_SETS["basis"]) - {"none"}
"""Grounds on which a relation is top."""


def to_meaning(
    mapping: StageMapping,
    stages: tuple[Stage, ...],
    words: Mapping[str, Mapping[str, str]] = NO_WORDS,
) -> tuple[Meaning, StageReading]:
    """What the CRM's words mean, and which stages no line of the mapping names.

    Args:
        mapping: the account's own reading of them.
        stages: stages of the CRM.
        words: from `jobs.basis.words_of`; a disposition may be named by its id or by its label.
    """
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
        completed_outcomes=frozenset(mapping.activities.completed_outcomes),
        connected_dispositions=connected_dispositions(mapping, words),
        buying_roles=mapping.buying_roles,
        job_titles={"decider": mapping.job_titles.decider, "insider": mapping.job_titles.insider},
        option_labels=words.get("options", {}),
    )
    return meaning, reading


def compute_results(wiring: Wiring, *, as_of: datetime) -> tuple[Results, StageReading]:
    """Compute everything from what the store holds; saves nothing."""
    mirror = replace(wiring.store.read_mirror(), activities_since=wiring.config.activities.since)
    return compute_from(wiring, mirror, as_of=as_of)


def compute_from(
    wiring: Wiring, mirror: Mirror, *, as_of: datetime
) -> tuple[Results, StageReading]:
    """Compute everything from this mirror and what we remember; saves nothing."""
    store = wiring.store
    words = json.loads(store.read_state(WORDS_KEY) or "{}")
    meaning, reading = to_meaning(wiring.mapping, store.read_stages(), words)
    history = store.read_own_history(today=local_date(as_of, wiring.parameters))
    if history.memberships.is_empty() and history.reviews.is_empty():
        history = _adopted(store.read_standing("companies"), history)
    results = compute(
        mirror, meaning, wiring.parameters, as_of=as_of, history=history, texts=wiring.texts
    )
    return results, reading


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
