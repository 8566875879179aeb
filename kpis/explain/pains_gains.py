"""Why so many pains and gains: every item, counted or not (spec 4)."""

from decimal import Decimal
from typing import Any

from kpis.explain.node import Case, Node, given_since, ratio

TEXTS = {"company_text": ("pains", "gains"), "company_options": ("pains_options", "gains_options")}
"""Fields of the company by source; texts on deals and contacts have no field here."""


def pains_gains(case: Case) -> Node:
    """Counts with their items, freshness with its day, and the score."""
    row, rules = case.row, case.parameters.pains_gains
    items = [_item(case, one) for one in _items(case)]
    complete = case.phrase(
        "complete", pains=rules.min_pains, gains=rules.min_gains, total=rules.min_total
    )
    return Node(
        "kpi3",
        "",
        "4",
        "",
        (
            case.written("pains_count", "", [one for one in items if one.name == "pain"]),
            case.written("gains_count", "", [one for one in items if one.name == "gain"]),
            case.written("pains_gains_complete", complete),
            case.written("pains_gains_updated_on", _updated_note(case), _fields(case)),
            _specific(case),
            Node("pg_score", ratio(row["pg_score"]), "4.2", _score_note(case)),
        ),
    )


def _items(case: Case) -> list[dict[str, Any]]:
    return case.only(case.work.pains_gains.items).to_dicts()


def _item(case: Case, one: dict[str, Any]) -> Node:
    state = "counted" if one["is_counted"] else f"item_{one['reason']}"
    note = case.listed(
        case.phrase(state),
        case.phrase("specific" if one["is_specific"] else "not_specific")
        if one["is_counted"]
        else "",
        case.phrase(f"from_{one['source']}") if one["source"] != "company_text" else "",
    )
    return Node(one["kind"], one["text"], "4.2", note)


def _updated_note(case: Case) -> str:
    day = case.row["pains_gains_updated_on"]
    return case.dated(day) if day else case.phrase("never_filled")


def _fields(case: Case) -> list[Node]:
    """When each text of the company was last changed, and how we know; items show what it says."""
    fields = [
        name
        for source in case.parameters.pains_gains.sources
        for name in TEXTS.get(source, ())
        if case.company[name]
    ]
    return [
        Node(
            name,
            "",
            "4.2",
            case.age_note(
                given_since(
                    case.mirror.company_changes,
                    case.relation_id,
                    name,
                    as_of=case.as_of,
                    timezone=case.parameters.reporting.timezone,
                )
            ),
        )
        for name in fields
    ]


def _specific(case: Case) -> Node:
    """Quality rate: shown, never scored."""
    counted = [one for one in _items(case) if one["is_counted"]]
    specific = sum(one["is_specific"] for one in counted)
    share = ratio(Decimal(specific) / len(counted)) if counted else ""
    return Node("specific_share", share, "4.2", case.phrase("specific_rule"))


def _score_note(case: Case) -> str:
    rules = case.parameters.pains_gains
    fresh = case.row["pg_freshness"]
    if fresh is None:
        return case.phrase("never_filled")
    updated, confirmed = case.row["pains_gains_updated_on"], case.confirmed_on()
    latest = max(day for day in (updated, confirmed) if day)
    return case.listed(
        case.phrase("pg_freshness", freshness=ratio(fresh)),
        case.re_dated(latest),
        case.phrase("pg_points", cap=rules.cap_each, most=2 * rules.cap_each),
        case.phrase("horizon", fresh=rules.horizon.fresh, expire=rules.horizon.expire),
    )
