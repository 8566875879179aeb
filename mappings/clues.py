"""What tells that a property of the CRM holds a field of ours: words of its label, and its type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["text", "words", "number", "flag"]

TYPES: Final[Mapping[Kind, frozenset[str]]] = MappingProxyType(
    {
        "text": frozenset({"string"}),
        "words": frozenset({"string", "enumeration"}),
        "number": frozenset({"number"}),
        "flag": frozenset({"bool"}),
    }
)
"""Types of the CRM that a kind of field can be read from."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What tells that a property holds a field.

    Attributes:
        words: whole words of a name or label, Dutch and English, as regular expressions.
        without: what is not measured while the field is not mapped.
        prefers_options: one to choose from is better than one of free text.
    """

    kind: Kind
    words: tuple[str, ...]
    without: str = ""
    prefers_options: bool = False


CLUES: Final[Mapping[str, Mapping[str, Clue]]] = MappingProxyType(
    {
        "company": {
            "segment": Clue(
                "words",
                ("segment", "branche", "sector", "bedrijfstak", "industry", "vertical"),
                "all relations are compared with each other",
            ),
            "employees": Clue(
                "number",
                ("medewerkers", "werknemers", "employees", "fte", "headcount"),
                "potential by employees is not estimated",
            ),
            "annual_revenue": Clue(
                "number",
                ("jaaromzet", "annual ?revenue", "annual turnover"),
                "potential by revenue is not estimated",
            ),
            "tier": Clue(
                "words", ("tier", "klantklasse", "abc"), "potential by tier is not estimated"
            ),
            "cost_to_serve": Clue(
                "number", ("cost to serve", "servicekosten"), "margins are without it"
            ),
            "annual_category_spend": Clue(
                "number", ("besteding", "inkoopbudget", "category spend", "annual spend")
            ),
            "purchase_frequency": Clue(
                "words",
                ("inkoopfrequentie", "bestelfrequentie", "purchase frequency", "order frequency"),
            ),
            "annual_order_volume": Clue(
                "number", ("bestelvolume", "jaarvolume", "order volume", "annual volume")
            ),
            "current_suppliers": Clue(
                "text", ("leveranciers?", "suppliers?", "current vendors?", "incumbents?")
            ),
            "pains": Clue(
                "text", ("pains?", "pain ?points?", "knelpunt(?:en)?", "pijnpunt(?:en)?")
            ),
            "gains": Clue("text", ("gains?", "wensen", "doelstelling(?:en)?", "desired outcomes?")),
        },
        "contact": {
            "job_title": Clue(
                "words",
                ("functie", "functietitel", "job ?title"),
                "right contacts rest on the buying role alone",
            ),
            "left": Clue(
                "flag",
                ("uit dienst", "niet meer werkzaam", "vertrokken", "left company", "has left"),
                "people who left count as contacts",
            ),
        },
        "deal": {
            "margin": Clue(
                "number",
                ("marge", "margin", "brutowinst", "gross profit", "dekkingsbijdrage"),
                "margins are not measured",
            ),
            "lost_reason": Clue(
                "words",
                ("reden verl\\w+", "verlies ?reden", "lost ?reason", "loss ?reason", "afwijsreden"),
                "a lost deal means no interest",
                prefers_options=True,
            ),
        },
    }
)
"""Fields that accounts keep in properties of their own."""

NO_HOLDER = re.compile(
    r"%|percent|procent|\b(?:pct|ratio|nummer|number|id|datum|date)\b", re.IGNORECASE
)
"""What makes a name that of something else: a share, a number of somebody, a day."""
