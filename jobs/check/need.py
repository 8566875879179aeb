"""Which fields the KPIs of an account rest on, and what kind of value each field must hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpis.parameters import Parameters
from kpis.vocabulary import ObjectType


@dataclass(frozen=True, slots=True)
class Need:
    """A KPI, or a part of one, that needs a value in one of these fields.

    Attributes:
        fields: any of them will do.
        cost: what happens without.
    """

    object_type: ObjectType
    fields: tuple[str, ...]
    kpi: str
    cost: str


_NUMBER = frozenset({"number"})
_DAY = frozenset({"date", "datetime"})
_FLAG = frozenset({"bool", "enumeration"})
_OPTIONS = frozenset({"enumeration"})

TYPES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "employees",
            "annual_revenue",
            "cost_to_serve",
            "annual_category_spend",
            "annual_order_volume",
            "amount",
            "exchange_rate",
            "margin",
        ),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            "next_activity_on",
            "closed_on",
            "created_at",
            "phase_locked_until",
            "top_relation_override_until",
            "profile_confirmed_on",
        ),
        _DAY,
    ),
    "target_account": _FLAG,
    "pains_options": _OPTIONS,
    "gains_options": _OPTIONS,
}
"""Types of property that a field can be read from; any other field takes text of any kind."""

_ALWAYS = (
    Need("companies", ("owner",), "all KPIs", "a company without owner is no relation"),
    Need("companies", ("lead_status",), "buying phase: by lead status", "no phase follows"),
    Need(
        "companies",
        ("next_activity_on",),
        "planned next activity",
        "the next best action may ask for one that is planned",
    ),
    Need(
        "companies",
        ("annual_category_spend", "spend_categories", "purchase_frequency"),
        "profile: spend pattern",
        "only won deals show it",
    ),
    Need("companies", ("annual_order_volume",), "profile: order volume", "only won deals show it"),
    Need(
        "companies",
        ("current_suppliers", "supplier_situation"),
        "profile: current suppliers",
        "the facet stays unknown",
    ),
    Need(
        "companies",
        ("phase_declared",),
        "buying phase: declared by sellers",
        "deals and the lead status alone decide it",
    ),
    Need(
        "contacts",
        ("buying_role", "job_title"),
        "profile: right contacts",
        "no contact is known to decide or to know the matter",
    ),
    Need(
        "contacts",
        ("email", "phone", "mobile_phone"),
        "profile: right contacts",
        "no contact can be reached",
    ),
    Need("deals", ("stage",), "buying phase: by deals", "no deal decides a phase"),
    Need("deals", ("amount",), "realised revenue", "every deal counts as 0"),
    Need("deals", ("closed_on",), "realised revenue", "no deal falls into a period"),
    Need("deals", ("owner",), "realised revenue: by seller", "deals are credited to nobody"),
    Need(
        "deals",
        ("lost_reason",),
        "buying phase: after a lost deal",
        "all lost deals take the phase of lost_reasons.default",
    ),
    Need("deals", ("margin",), "margin", "margins are blank"),
)


def needs_of(parameters: Parameters) -> Iterator[Need]:
    """Needs of the KPIs as these parameters have them."""
    yield from _ALWAYS
    yield from _needs_of_potential(parameters)
    rules = parameters.top_relation
    if rules.group_by == "segment":
        yield Need(
            "companies",
            ("segment",),
            "top relations: within a segment",
            "all are compared with the whole base",
        )
    if rules.crm_flag != "ignore":
        yield Need(
            "companies", ("target_account",), "top relations: by the CRM's flag", "nobody has it"
        )
    yield from _needs_of_pains_gains(parameters)


def _needs_of_potential(parameters: Parameters) -> Iterator[Need]:
    """Sources of the potential that have what they reckon with (spec 2.1)."""
    potential = parameters.potential
    sources = {
        "declared": (("annual_category_spend",), True),
        "volume_price": (("annual_order_volume",), bool(potential.reference_price)),
        "tier": (("tier",), bool(potential.tier_amount)),
    }
    for source, (fields, is_used) in sources.items():
        if source in potential.sources and is_used:
            yield Need("companies", fields, f"potential: {source}", "the next source is taken")
    if "firmographic" in potential.sources:
        reckoned = {
            "employees": potential.spend_per_employee,
            "annual_revenue": potential.spend_ratio,
        }
        given = tuple(name for name, amounts in reckoned.items() if amounts)
        if given:
            yield Need("companies", given, "potential: firmographic", "the next source is taken")


def _needs_of_pains_gains(parameters: Parameters) -> Iterator[Need]:
    places: Mapping[str, tuple[ObjectType, str]] = {
        "company_text": ("companies", "{}"),
        "company_options": ("companies", "{}_options"),
        "deal_text": ("deals", "{}"),
        "contact_text": ("contacts", "{}"),
    }
    for source in parameters.pains_gains.sources:
        object_type, form = places[source]
        for what in ("pains", "gains"):
            yield Need(
                object_type, (form.format(what),), f"{what}: {source}", "none is known there"
            )
