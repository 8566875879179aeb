"""The same explanation for people: identifiers under their labels, days and numbers as written."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kpis.explain.node import Node, shown_text, with_decimals
from kpis.properties import PROPERTIES
from kpis.vocabulary import Language
from kpis.wording import Phrase, Texts

NAMED_BY_OPTION = ("facet", "slot", "action", "relation_component", "potential_source")
"""Option sets whose values are lines of an explanation."""

OPTION_SETS: Mapping[str, str] = {
    row.name: row.option_set
    for row in PROPERTIES
    if row.object_type == "companies" and row.option_set
} | {"override": "override"}
"""Option set by the name of a line."""

MONEY = frozenset(
    row.name
    for row in PROPERTIES
    if row.object_type == "companies" and row.number_format == "currency"
) | {"annual_revenue", "cost_to_serve", "reference_price", "spend_per_employee", "tier_amount"}

PERCENTAGES = frozenset(
    row.name
    for row in PROPERTIES
    if row.object_type == "companies" and row.number_format == "percentage"
)


def labelled(node: Node, texts: Texts, language: Language) -> Node:
    """The node and all below it with labels in place of identifiers; blank values stay blank."""
    names = _names(texts)
    name = names[node.name].text(language) if node.name in names else node.name
    return replace(
        node,
        name=name,
        value=_value(node, texts, language),
        children=tuple(labelled(one, texts, language) for one in node.children),
    )


def _names(texts: Texts) -> dict[str, Phrase]:
    """Labels of lines: of properties first, then of this section, then of options."""
    options: dict[str, Phrase] = {}
    for name in NAMED_BY_OPTION:
        options |= texts.options[name]
    return {**options, **texts.explain, **texts.properties.companies}


def _value(node: Node, texts: Texts, language: Language) -> str:
    labels = texts.options.get(OPTION_SETS.get(node.name, ""), {})
    if labels and node.value:
        parts = node.value.split(";")
        return ", ".join(labels[one].text(language) if one in labels else one for one in parts)
    if node.value in ("true", "false"):
        return texts.label("yes_no", node.value, language)
    if node.name in MONEY and node.value:
        return shown_text(with_decimals(Decimal(node.value), 2), language)
    if node.name in PERCENTAGES and node.value:
        return shown_text(with_decimals(Decimal(node.value) * 100, 2), language) + " %"
    return shown_text(node.value, language)
