"""KPI 2: the phase of the buying process of every relation (spec 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from kpis.calendar import day_of
from kpis.frames import Meaning, Mirror, empty
from kpis.parameters import Parameters, PhaseParameters
from kpis.phase.decide import decisions
from kpis.phase.declaration import (
    CONTACT_DAYS,
    confirmations,
    declarations,
    lead_statuses,
    locks,
)
from kpis.phase.history import changes_of_phase, in_words, last_of, with_owner_then
from kpis.phase.hold import holds
from kpis.phase.present import approach_of, present_of, with_status
from kpis.phase.rank import UNKNOWN, phase_of
from kpis.phase.spell import Evidence, deal_evidence, deal_phase, with_closing
from kpis.phase.stage import numbered_deals
from kpis.phase.timeline import Lines, after_word, in_cycles, latest_lost, moments_of, most_advanced
from kpis.vocabulary import Phase

RELATION_COLUMNS = (
    "relation_id",
    "buying_phase",
    "phase_since",
    "phase_previous",
    "phase_source",
    "phase_direction",
    "phase_status",
    "phase_conflict",
    "phase_history",
    "recommended_approach",
    "hold_days",
    "days_in_phase",
    "phase_norm",
    "phase_rule",
    "phase_days",
)
TRANSITION_COLUMNS = (
    "relation_id",
    "changed_on",
    "changed_at",
    "from",
    "to",
    "source",
    "direction",
    "owner",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResults:
    """What chapter 3 tells. Identifiers of phases, sources and directions are those of spec 7.

    Attributes:
        relations: one row per company of the mirror: `relation_id`, `buying_phase`, `phase_since`
            (null: unknown), `phase_previous` and `phase_direction` (null: no phase before),
            `phase_source`, `phase_status` (null: unknown), `phase_conflict`, `phase_history`
            (null: empty), `recommended_approach` (null: no text), `hold_days` (null: never won),
            `days_in_phase`, `phase_norm` (days after which the phase counts as stalled),
            `phase_rule` (number of the rule of 3.2; null: nothing was ever known), `phase_days`
            (held against the norm: as `days_in_phase`, or since it was renewed).
        transitions: one row per change of phase, in order of time per relation: `relation_id`,
            `changed_on`, `changed_at`, `from`, `to`, `source`, `direction`, `owner` (null: nobody).
        deals: one row per deal of the facts: `deal_id`, `deal_phase` (null: blank),
            `deal_decides_phase`, `is_stale`, `stale_on` (null: not stale).
    """

    relations: pl.DataFrame
    transitions: pl.DataFrame
    deals: pl.DataFrame


def relation_phases(
    facts: pl.DataFrame,
    mirror: Mirror,
    meaning: Meaning,
    parameters: Parameters,
    *,
    as_of: datetime,
    contact_days: pl.DataFrame | None = None,
    approach: Mapping[Phase, str] | None = None,
) -> PhaseResults:
    """Phase, history and progress of every company of the mirror, and what each deal stands for.

    Args:
        facts: frame of `DEAL_FACTS`.
        mirror: companies, changes of companies and deals, activities of deals.
        meaning: what stages, lost reasons and lead statuses mean.
        parameters: sections `phase`, `profile` and `reporting`.
        as_of: moment of the result.
        contact_days: frame of `CONTACT_DAYS`; without it no confirmation of a profile counts.
        approach: recommended approach by phase; `phase.approach` goes before it.
    """
    timezone = parameters.reporting.timezone
    companies = mirror.companies.with_row_index("relation")
    deals = with_closing(
        numbered_deals(facts, companies.select("relation", "relation_id")), meaning, as_of=as_of
    )
    evidence = deal_evidence(deals, mirror, meaning, parameters, as_of=as_of)
    confirmed = confirmations(
        companies,
        empty(CONTACT_DAYS) if contact_days is None else contact_days,
        within_days=parameters.profile.confirm_needs_contact_days,
        as_of_date=day_of(as_of, timezone),
    )
    won = holds(evidence.won, parameters.phase, timezone)
    parts = in_cycles(evidence.open, deals, won)
    declared = declarations(
        mirror, companies, confirmed, parameters.phase, timezone=timezone, as_of=as_of
    )
    lines = Lines(
        open=most_advanced(parts, as_of=as_of),
        later=most_advanced(after_word(parts, declared), as_of=as_of),
        holds=won,
        lost=latest_lost(evidence.lost),
        declared=declared,
        leads=lead_statuses(
            mirror, companies, meaning, parameters.phase, timezone=timezone, as_of=as_of
        ),
        locks=locks(companies, timezone),
    )
    decided = decisions(moments_of(lines, as_of=as_of))
    changes = with_owner_then(
        changes_of_phase(decided, parameters.phase), mirror, companies, as_of=as_of
    )
    present = with_status(
        present_of(decided, parts, timezone),
        parameters.phase,
        as_of_date=day_of(as_of, timezone),
    )
    moves = in_words(changes, companies, timezone)
    return PhaseResults(
        relations=_relations(
            companies,
            present,
            moves,
            parameters.phase,
            {**(approach or {}), **parameters.phase.approach},
        ),
        transitions=moves.select(TRANSITION_COLUMNS),
        deals=_deals(deals, evidence, present, meaning),
    )


def _relations(
    companies: pl.DataFrame,
    present: pl.DataFrame,
    moves: pl.DataFrame,
    parameters: PhaseParameters,
    approach: Mapping[Phase, str],
) -> pl.DataFrame:
    rank = pl.col("rank").fill_null(UNKNOWN)
    return (
        companies.select("relation", "relation_id")
        .join(present, on="relation", how="left", maintain_order="left")
        .join(
            last_of(moves, lines=parameters.history_lines),
            on="relation",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            buying_phase=phase_of(rank),
            phase_source=pl.col("source").fill_null("none"),
            phase_conflict=pl.col("phase_conflict").fill_null(value=False),
            recommended_approach=approach_of(rank, approach),
            phase_norm="threshold",
            phase_rule="rule",
            phase_days="counted_days",
        )
        .select(RELATION_COLUMNS)
    )


def _deals(
    deals: pl.DataFrame, evidence: Evidence, present: pl.DataFrame, meaning: Meaning
) -> pl.DataFrame:
    deciding = present.select(deal="deciding_deal", deal_decides_phase=pl.lit(value=True))
    return (
        deals.join(evidence.stale, on="deal", how="left", maintain_order="left")
        .join(deciding, on="deal", how="left", maintain_order="left")
        .with_columns(is_stale=pl.col("stale_on").is_not_null())
        .with_columns(
            deal_phase=phase_of(deal_phase(meaning)),
            deal_decides_phase=pl.col("deal_decides_phase").fill_null(value=False),
        )
        .select("deal_id", "deal_phase", "deal_decides_phase", "is_stale", "stale_on")
    )
