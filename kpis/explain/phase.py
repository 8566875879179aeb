"""Why this phase: the rule that decided, the deals, and how long it may last (spec 3)."""

from dataclasses import replace
from typing import Any

import polars as pl

from kpis.explain.deal import elsewhere
from kpis.explain.node import Case, Node
from kpis.frames import by_id
from kpis.phase.decide import NOTHING


def phase(case: Case) -> Node:
    """Phase with its evidence, progress, past and deals."""
    row = case.row
    rule = row["phase_rule"] or NOTHING
    return Node(
        "kpi2",
        "",
        "3",
        "",
        (
            case.written("buying_phase", case.phrase(f"phase_rule_{rule}")),
            case.written("phase_source"),
            case.written("phase_since", _since_note(case)),
            case.written("days_in_phase", _switch_note(case)),
            case.written("phase_status", _status_note(case)),
            case.written("phase_conflict"),
            _words(case),
            _deals(case),
            case.written("phase_previous"),
            case.written("phase_direction"),
            case.written("phase_history", "", _transitions(case)),
            case.written("recommended_approach"),
        ),
    )


def _since_note(case: Case) -> str:
    since = case.row["phase_since"]
    return case.dated(since) if since else ""


def _switch_note(case: Case) -> str:
    return "" if case.parameters.write_back.days_in_phase else case.phrase("days_off")


def _status_note(case: Case) -> str:
    row = case.row
    if row["phase_norm"] is None:
        return case.phrase("no_threshold")
    hold = row["hold_days"]
    return case.listed(
        case.phrase(
            "threshold",
            days=row["phase_days"],
            norm=row["phase_norm"],
            share=case.parameters.phase.at_risk_from,
        ),
        case.phrase("hold", days=hold) if hold is not None else "",
    )


def _words(case: Case) -> Node:
    """What people said: declaration, lock and lead status, and until when they count."""
    rules = case.parameters.phase
    return Node(
        "said",
        "",
        "3.2",
        case.phrase("said_until", declared=rules.declared_ttl, lead=rules.lead_status_ttl),
        (
            _declaration(case),
            case.fact("phase_locked_until", "3.2"),
            case.given("lead_status", "3.2"),
        ),
    )


def _declaration(case: Case) -> Node:
    """Declared phase; what no person set is no declaration (rule 2)."""
    node = case.given("phase_declared", "3.2")
    given = case.since("phase_declared")
    if not node.value or given.since is None or given.is_by_person:
        return node
    return replace(node, note=case.listed(node.note, case.phrase("not_by_person")))


def _deals(case: Case) -> Node:
    """Every deal of the relation, what it stands for alone, and which one decides."""
    stands = case.work.phases.deals
    rows = (
        case.only(case.work.facts)
        .join(stands, on="deal_id", how="left", maintain_order="left")
        .sort(
            pl.col("deal_decides_phase").fill_null(value=False),
            pl.coalesce("close_at", "created_at"),
            *by_id("deal_id"),
            descending=[True, True, False, False],
            nulls_last=True,
        )
    )
    nodes = [_deal(case, one) for one in rows.iter_rows(named=True)]
    others = elsewhere(case, "3.2", is_won=False)
    left_out = [Node("left_out", str(len(others)), "3.2", "", tuple(others))] if others else []
    return Node("deals", str(len(nodes)), "3.2", "", (*nodes, *left_out))


def _deal(case: Case, deal: dict[str, Any]) -> Node:
    state = "won" if deal["is_won"] else "lost" if deal["is_lost"] else "open"
    if deal["is_credit"]:
        state = "credit"
    alone = deal["deal_phase"]
    note = case.listed(
        case.phrase("decides") if deal["deal_decides_phase"] else "",
        case.phrase(f"deal_{state}"),
        case.label("phase", alone) if alone else case.phrase("deal_no_phase"),
        case.phrase("closes_on", date=deal["close_day"]) if deal["close_day"] else "",
        case.phrase("deal_stale", date=deal["stale_on"]) if deal["is_stale"] else "",
        ", ".join(case.label("deal_warning", one) for one in deal["warnings"]),
    )
    return Node("deal", deal["deal_id"], "3.2", note)


def _transitions(case: Case) -> list[Node]:
    """Last changes of phase, newest first, as far back as `phase_history` reaches."""
    rows = (
        case.only(case.work.phases.transitions).tail(case.parameters.phase.history_lines).reverse()
    )
    return [
        Node(
            "transition",
            one["changed_on"].isoformat(),
            "3.3",
            case.listed(
                f"{_word(case, one['from'])} → {_word(case, one['to'])}",
                case.label("phase_source", one["source"]),
                case.label("direction", one["direction"]) if one["direction"] else "",
            ),
        )
        for one in rows.iter_rows(named=True)
    ]


def _word(case: Case, name: str) -> str:
    return case.label("phase_or_unknown", name)
