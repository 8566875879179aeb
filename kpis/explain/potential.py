"""Why this potential, and why it is or is not a top relation (spec 2.1, 2.2, 2.4)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from kpis.explain.node import Case, Node, money, ratio
from kpis.parameters import PotentialSource
from kpis.potential import pipeline_amounts

AMOUNTS: Mapping[PotentialSource, str] = {
    "declared": "annual_category_spend",
    "volume_price": "annual_order_volume",
}
"""What people filled in, by the source that reads it."""

FACTS: Mapping[PotentialSource, tuple[str, ...]] = {
    "volume_price": ("order_volume_unit",),
    "firmographic": ("segment", "employees", "annual_revenue"),
    "tier": ("tier",),
}
"""What the CRM says of the company, by the source that reads it."""


def potential(case: Case) -> Node:
    """Potential with every source that was tried, the margin and the confidence."""
    row, rules = case.row, case.parameters.potential
    share = case.phrase("attainable_share", share=ratio(rules.attainable_share))
    sources = [_source(case, source) for source in rules.sources]
    is_realised = row["potential_source"] == "realised"
    realised = Node(
        "realised",
        money(row["revenue_ttm"]),
        "2.1",
        case.phrase("realised_wins" if is_realised else "realised_less"),
    )
    return Node(
        "potential",
        "",
        "2.1",
        share,
        (
            case.written("potential_revenue"),
            case.written("potential_source", "", [*sources, realised]),
            case.written("potential_margin", _margin_note(case), _margin_inputs(case)),
            case.written("potential_confidence", _confidence_note(case)),
        ),
    )


def _source(case: Case, source: PotentialSource) -> Node:
    row = case.row
    amount = row[f"{source}_amount"]
    yields = amount is not None and amount > 0
    if row["estimate_source"] == source:
        state = case.phrase("source_chosen")
    else:
        state = case.phrase("source_later" if yields else "source_empty")
    parts = [case.given(AMOUNTS[source], "2.1", is_number=True)] if source in AMOUNTS else []
    parts += [case.fact(name, "2.1") for name in FACTS.get(source, ())]
    parts += _factors(case, source)
    if source == "pipeline":
        parts += _pipeline_deals(case)
    return Node(source, money(amount), "2.1", state, tuple(parts))


def _factors(case: Case, source: PotentialSource) -> list[Node]:
    """Configured amounts that the source multiplies with."""
    given, company = case.parameters.potential, case.company
    factors: dict[str, Decimal | None] = {}
    match source:
        case "volume_price":
            factors = {"reference_price": _of(given.reference_price, company["order_volume_unit"])}
        case "firmographic":
            factors = {
                "spend_per_employee": _of(given.spend_per_employee, company["segment"]),
                "spend_ratio": _of(given.spend_ratio, company["segment"]),
            }
        case "tier":
            factors = {"tier_amount": _of(given.tier_amount, company["tier"])}
        case _:
            pass
    note = case.phrase("from_config")
    return [
        Node(name, "" if value is None else f"{value:f}", "2.1", note)
        for name, value in factors.items()
    ]


def _of(amounts: Mapping[str, Decimal], key: str | None) -> Decimal | None:
    return amounts.get(key or "default", amounts.get("default"))


def _pipeline_deals(case: Case) -> list[Node]:
    """Open deals of the relation, and which of them count, by the rule of the potential itself."""
    is_open = ~pl.col("is_won") & ~pl.col("is_lost")
    open_deals = case.only(case.work.facts).filter(is_open)
    stale = case.work.phases.deals.filter("is_stale")["deal_id"]
    days = case.parameters.potential.pipeline_days
    each = pipeline_amounts(
        open_deals.with_columns(relation_id="deal_id"), stale, days=days, as_of_date=case.today
    )
    counted = set(each["relation_id"])
    nodes = []
    for deal in open_deals.iter_rows(named=True):
        state = case.phrase("counted" if deal["deal_id"] in counted else "not_counted")
        day = deal["close_day"]
        due = case.phrase("due_on", date=day) if day else case.phrase("no_close_date")
        is_stale = case.phrase("deal_stale_short") if deal["deal_id"] in set(stale) else ""
        note = case.listed(state, case.amount(deal["amount"]), due, is_stale)
        nodes.append(Node("deal", deal["deal_id"], "2.1", note))
    return nodes


def _margin_note(case: Case) -> str:
    row = case.row
    if row["margin_rate"] is None:
        return case.phrase("margin_unknown")
    return case.phrase(
        f"margin_{row['margin_rate_from']}",
        rate=ratio(row["margin_rate"]),
        deals=case.parameters.potential.own_margin_min_deals,
    )


def _margin_inputs(case: Case) -> list[Node]:
    cost = case.company["cost_to_serve"]
    return [case.fact("cost_to_serve", "2.1")] if cost is not None else []


def _confidence_note(case: Case) -> str:
    source = case.row["potential_source"]
    if source == "declared":
        given = case.since("annual_category_spend", is_number=True)
        old = case.phrase("declared_low_after", days=case.parameters.potential.declared_low_after)
        return case.listed(case.age_note(given), old)
    return case.label("potential_source", source)


def top_relation(case: Case) -> Node:
    """Whether it is top: index against its group, the rule, what is held, and the override."""
    row = case.row
    index = [
        Node("revenue_index", ratio(row["revenue_index"]), "2.2", _mean(case, "mean_revenue")),
        Node("margin_index", ratio(row["margin_index"]), "2.2", _mean(case, "mean_margin")),
    ]
    return Node(
        "top",
        "",
        "2.2",
        _rule_note(case),
        (
            case.written("is_top_relation", case.phrase(f"basis_{row['top_relation_basis']}")),
            case.written("potential_index", _group_note(case), index),
            case.written("top_relation_basis", _held_note(case)),
            case.written("top_relation_since"),
            _override(case),
            *_flag(case),
            case.written("top_relation_proven", "", _proof(case)),
        ),
    )


def _rule_note(case: Case) -> str:
    """From where a relation enters, and where it leaves at a review, under the rule in use."""
    rules, figures = case.parameters.top_relation, _figures(case)
    values: dict[str, object] = {"enter": rules.enter, "exit": rules.exit}
    match rules.rule:
        case "median":
            values |= {"median": ratio(figures["median_index"])}
        case "percentile":
            values = {name: ratio(figures[f"{name}_index"]) for name in ("enter", "leave")}
        case "top_n":
            most = rules.top_n or 0
            last = case.phrase("no_rank") if case.row["rank"] is None else case.row["rank"]
            values = {"rank": last, "places": most, "stay": rules.top_n_stay * most}
        case _:
            pass
    return case.phrase(f"rule_{rules.rule}", **values)


def _flag(case: Case) -> list[Node]:
    """The CRM's own flag, where it counts."""
    mode = case.parameters.top_relation.crm_flag
    if mode == "ignore":
        return []
    value = str(bool(case.company["target_account"])).lower()
    return [Node("target_account", value, "2.2", case.phrase(f"flag_{mode}"))]


def _figures(case: Case) -> dict[str, Any]:
    """What the review in force froze for the group of the relation; such a row always stands."""
    reviews = case.work.top.history.reviews
    in_force = pl.col("reviewed_on") == pl.col("reviewed_on").max()
    of_group = reviews.filter(in_force & (pl.col("group") == case.row["group"]))
    return of_group.row(0, named=True)


def _group_note(case: Case) -> str:
    name = case.row["group"] or case.phrase("whole_base")
    return case.phrase("group", group=name, date=_figures(case)["reviewed_on"])


def _mean(case: Case, name: str) -> str:
    mean = _figures(case)[name]
    return case.phrase("mean_unknown") if mean is None else case.phrase("mean", amount=money(mean))


def _held_note(case: Case) -> str:
    held = case.row["held"]
    return case.phrase("held", basis=case.label("basis", held)) if held else case.phrase("not_held")


def _override(case: Case) -> Node:
    """The seller's own choice: what was filled in, and whether it counts."""
    warnings = case.row["data_warnings"]
    refused = [one for one in ("override_no_reason", "override_expired") if one in warnings]
    if case.row["override"]:
        state = case.phrase("override_counts", days=case.parameters.top_relation.override_max_days)
    elif refused:
        state = ", ".join(case.label("company_warning", one) for one in refused)
    else:
        state = case.phrase("no_override")
    inputs = (
        case.given("top_relation_override", "2.2"),
        case.fact("top_relation_override_reason", "2.2"),
        case.given("top_relation_override_until", "2.2"),
    )
    return Node("override", case.row["override"] or "", "2.2", state, inputs)


def _proof(case: Case) -> list[Node]:
    """The three conditions of a demonstrable top relation."""
    row, least = case.row, case.parameters.profile.proven_min_facets
    conditions = {
        "is_top": row["is_top_relation"],
        "potential_known": row["potential_revenue"] is not None,
        "facets_enough": row["profile_facets_known"] >= least,
    }
    notes = {"facets_enough": case.phrase("facets_needed", least=least)}
    return [
        Node(name, str(value).lower(), "2.4", notes.get(name, ""))
        for name, value in conditions.items()
    ]
