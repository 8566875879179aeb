"""What the demo account has before its first record: sellers, pipelines, rates, properties."""

from dataclasses import dataclass

from connector.sandbox.portal import Portal

PROJECT = "718204455"
"""Id of the second pipeline, for projects."""

GROUP = "consultative_selling"
GROUP_LABEL = "Consultative selling"


@dataclass(frozen=True, slots=True)
class Seller:
    """A person who owns companies."""

    id: str
    first_name: str
    last_name: str
    is_archived: bool = False


SELLERS = (
    Seller("71203301", "Sanne", "Verhoeven"),
    Seller("71203302", "Daan", "Hoekstra"),
    Seller("71203303", "Fatima", "El Amrani"),
    Seller("71203304", "Joost", "van der Wal"),
    Seller("71203305", "Marijke", "Postma", is_archived=True),
)
ACTIVE = tuple(one.id for one in SELLERS if not one.is_archived)
ARCHIVED = SELLERS[-1].id
REPEATER = SELLERS[2].id
"""The seller who writes the same pain on many relations."""

STAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "default": {
        "first": ("appointmentscheduled",),
        "need": ("qualifiedtobuy", "presentationscheduled"),
        "quote": ("decisionmakerboughtin", "contractsent"),
        "won": ("closedwon",),
        "lost": ("closedlost",),
    },
    PROJECT: {
        "first": ("1042201871",),
        "need": ("1042201872",),
        "quote": ("1042201873",),
        "won": ("1042201874",),
        "lost": ("1042201875",),
    },
}
"""Stages by pipeline and by the step of a sale that they stand for."""

_PIPELINES = {
    ("default", "Verkooppijplijn"): [
        ("appointmentscheduled", "Afspraak gepland", "0.2", False),
        ("qualifiedtobuy", "Behoefte bevestigd", "0.4", False),
        ("presentationscheduled", "Presentatie gepland", "0.6", False),
        ("decisionmakerboughtin", "Beslisser akkoord met offerte", "0.8", False),
        ("contractsent", "Contract verstuurd", "0.9", False),
        ("closedwon", "Gewonnen", "1.0", True),
        ("closedlost", "Verloren", "0.0", True),
    ],
    (PROJECT, "Projecten"): [
        ("1042201871", "Oriëntatie", "0.1", False),
        ("1042201872", "Behoefte helder", "0.3", False),
        ("1042201873", "Offerte uitgebracht", "0.6", False),
        ("1042201874", "Order", "1.0", True),
        ("1042201875", "Verloren", "0.0", True),
    ],
}

_PHASES = "no_interest=Geen interesse;orienting=Oriënteren;interest=Interesse;quote=Offertefase;\
order=Orderfase"
_INPUTS = f"""
annual_category_spend|number|number|Jaarlijkse besteding in onze categorie|Annual category spend|
spend_categories|enumeration|checkbox|Bestedingscategorieën|Spend categories|products=Producten;\
services=Diensten;maintenance=Onderhoud;other=Overig
purchase_frequency|enumeration|select|Inkoopfrequentie|Purchase frequency|weekly=Wekelijks;\
monthly=Maandelijks;quarterly=Per kwartaal;yearly=Jaarlijks;irregular=Onregelmatig
annual_order_volume|number|number|Bestelvolume per jaar|Annual order volume|
order_volume_unit|enumeration|select|Eenheid bestelvolume|Order volume unit|piece=Stuk;\
order=Order;hour=Uur;kg=Kilogram;tonne=Ton;litre=Liter;metre=Meter;licence=Licentie
current_suppliers|string|textarea|Huidige leveranciers|Current suppliers|
supplier_situation|enumeration|select|Leverancierssituatie|Supplier situation|known=Bekend;\
none=Geen leverancier;in_house=In eigen beheer
pains|string|textarea|Pains (één per regel)|Pains (one per line)|
gains|string|textarea|Gains (één per regel)|Gains (one per line)|
phase_declared|enumeration|select|Fase volgens verkoper|Declared phase|{_PHASES}
phase_locked_until|date|date|Fase vast tot en met|Phase locked until|
top_relation_override|enumeration|select|Toprelatie handmatig|Top relation override|\
auto=Automatisch;always=Altijd;never=Nooit
top_relation_override_reason|string|text|Reden Toprelatie handmatig|Top relation override reason|
top_relation_override_until|date|date|Toprelatie handmatig tot en met|Top relation override until|
profile_confirmed_on|date|date|Profiel bevestigd op|Profile confirmed on|
"""
_MONEY = {"annual_category_spend"}

INPUT_NAMES = tuple("csk_" + line.split("|")[0] for line in _INPUTS.strip().splitlines())
"""Properties of a company that its seller fills, in the order of the card."""


def add_account(portal: Portal) -> None:
    """Give a portal its sellers, pipelines, rates and the properties that sellers fill."""
    for seller in SELLERS:
        login = f"{seller.first_name}.{seller.last_name}".lower().replace(" ", "")
        portal.add_owner(
            seller.id,
            seller.first_name,
            seller.last_name,
            f"{login}@noordstroom.example",
            user_id=str(int(seller.id) - 60_000_000),
            archived=seller.is_archived,
        )
    for (pipeline_id, label), stages in _PIPELINES.items():
        portal.add_pipeline(pipeline_id, label, stages)
    portal.add_rate("USD", "2020-01-01T00:00:00Z", "0.92")
    _add_inputs(portal)


def _add_inputs(portal: Portal) -> None:
    """Define the inputs as set-up would, so that it finds them standing (spec 7)."""
    portal.groups["companies"][GROUP] = {
        "name": GROUP,
        "label": GROUP_LABEL,
        "displayOrder": -1,
        "archived": False,
    }
    for line in _INPUTS.strip().splitlines():
        name, value_type, field_type, label, english, options = line.split("|")
        money = {"numberDisplayHint": "currency", "showCurrencySymbol": True}
        portal.add_property(
            "companies",
            f"csk_{name}",
            label,
            value_type,
            field_type,
            options=dict(pair.split("=", 1) for pair in options.split(";") if pair),
            group=GROUP,
            description=english,
            **(money if name in _MONEY else {}),
        )
