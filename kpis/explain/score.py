"""Why this score and this action (spec 6)."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from kpis.action import conditions, lowest_facet
from kpis.explain.node import Case, Node, plain, ratio
from kpis.score import NOT_MOVING


def score(case: Case) -> Node:
    """Score with its components, their weights, and what was left out."""
    row, rules = case.row, case.parameters.scores
    note = "" if row["is_top_relation"] else case.phrase("score_top_only")
    good, fair = rules.bands
    least = case.phrase("least_measurable", share=rules.min_measurable)
    return Node(
        "score",
        "",
        "6",
        note,
        (
            case.written("relation_score", _total_note(case), _components(case)),
            case.written("relation_score_band", case.phrase("bands", good=good, fair=fair)),
            case.written("score_basis", least),
            case.written("relation_score_prev_month", case.phrase("prev_month")),
            case.written("score_explanation"),
        ),
    )


def _weights(case: Case) -> Mapping[str, Decimal]:
    return dict(case.parameters.scores.relation)


def _components(case: Case) -> list[Node]:
    nodes = []
    for name, weight in _weights(case).items():
        value: Decimal | None = case.row[f"{name}_component"]
        if value is None:
            note = case.listed(
                case.phrase("weight", weight=plain(weight)), case.phrase("not_measured")
            )
        else:
            points = ratio(value * weight)
            note = case.phrase("weighed", weight=plain(weight), points=points)
        why = _WHY[name](case)
        nodes.append(Node(name, ratio(value), "6.1", case.listed(note, why)))
    return nodes


def _total_note(case: Case) -> str:
    weights = _weights(case)
    known = {
        name: weight
        for name, weight in weights.items()
        if case.row[f"{name}_component"] is not None
    }
    total = sum(
        (case.row[f"{name}_component"] * weight for name, weight in known.items()), Decimal(0)
    )
    return case.phrase("total", points=ratio(total), weight=plain(sum(known.values(), Decimal(0))))


def _why_contact(case: Case) -> str:
    row = case.row
    if row["contact_norm"] is None:
        return case.phrase("contact_unmeasured")
    if row["contact_age"] is None:
        return case.phrase("never")
    zero = case.parameters.contact.zero_from * row["contact_norm"]
    return case.phrase(
        "contact_value", days=row["contact_age"], norm=row["contact_norm"], zero=plain(zero)
    )


def _why_phase(case: Case) -> str:
    row = case.row
    if row["phase_status"] in NOT_MOVING:
        half = case.phrase("phase_half", value=case.parameters.scores.phase_half)
        return case.listed(case.label("phase_status", row["phase_status"]), half)
    return case.label("phase_or_unknown", row["buying_phase"])


_WHY: Mapping[str, Callable[[Case], str]] = {
    "profile": lambda _: "",
    "contact": _why_contact,
    "phase": _why_phase,
    "pains_gains": lambda _: "",
}


def action(case: Case) -> Node:
    """Every condition in order, and the first that applies."""
    tried = conditions(case.parameters, measures_contact=case.work.contacts.is_measurable)
    answers = case.frame.select(**tried).row(0, named=True)
    chosen = case.row["next_best_action"]
    nodes = [
        Node(
            name,
            str(bool(applies)).lower(),
            "6.4",
            case.listed(
                case.phrase("first_applies") if name == chosen else "", _evidence(case, name)
            ),
        )
        for name, applies in answers.items()
    ]
    otherwise = case.phrase("first_applies") if chosen == "maintain" else ""
    nodes.append(Node("maintain", str(chosen == "maintain").lower(), "6.4", otherwise))
    return Node(
        "action",
        "",
        "6.4",
        case.phrase("action_order"),
        (case.written("next_best_action", "", nodes), case.written("next_best_action_text")),
    )


def _evidence(case: Case, name: str) -> str:
    """What the condition looked at, where no other line shows it."""
    row = case.row
    match name:
        case "record_meeting_outcome" if row["meeting_on"]:
            return case.phrase("meeting_on", age=case.dated(row["meeting_on"]))
        case "complete_profile" if row["profile_missing"]:
            lowest = case.frame.select(lowest_facet()).item()
            return case.phrase("lowest", facet=case.label("facet", lowest))
        case "plan_next_step":
            return case.phrase("has_plan" if row["has_plan"] else "no_plan")
        case "find_decider":
            return "" if row["right_contacts_score"] is not None else case.phrase("not_measured")
        case _:
            return ""
