"""The words of the method: phases and option sets (spec 1 and 7).

Values are identifiers and never change; what people read stands in the texts file.
"""

from enum import StrEnum
from typing import Literal

Language = Literal["nl", "en"]
"""Languages in which labels and texts exist."""

ObjectType = Literal["companies", "contacts", "deals"]
"""CRM objects that carry properties of ours, as the CRM and the store name them."""

ActivityType = Literal[
    "calls", "meetings", "emails", "communications", "tasks", "notes", "postal_mail"
]
"""Kinds of activity that a CRM records."""


Slot = Literal["decider", "insider"]
"""Part of the buying group that a contact can fill (spec 2.3)."""


INCOMING_DIRECTIONS = frozenset({"INCOMING_EMAIL", "INBOUND"})
"""Directions of an e-mail or message that comes from the customer."""


class Phase(StrEnum):
    """Phase of the buying process, in rank order; `unknown` stands outside the ranks (spec 1)."""

    UNKNOWN = "unknown"
    NO_INTEREST = "no_interest"
    ORIENTING = "orienting"
    INTEREST = "interest"
    QUOTE = "quote"
    ORDER = "order"


PHASES: tuple[Phase, ...] = tuple(phase for phase in Phase if phase is not Phase.UNKNOWN)
"""The five phases by rank, lowest first."""


OPTION_SETS: dict[str, tuple[str, ...]] = {
    "yes_no": (
        "true",
        "false",
    ),
    "spend_category": (
        "products",
        "services",
        "maintenance",
        "other",
    ),
    "frequency": (
        "weekly",
        "monthly",
        "quarterly",
        "yearly",
        "irregular",
    ),
    "unit": (
        "piece",
        "order",
        "hour",
        "kg",
        "tonne",
        "litre",
        "metre",
        "licence",
    ),
    "supplier_situation": (
        "known",
        "none",
        "in_house",
    ),
    "override": (
        "auto",
        "always",
        "never",
    ),
    "phase": (
        "no_interest",
        "orienting",
        "interest",
        "quote",
        "order",
    ),
    "phase_or_unknown": (
        "no_interest",
        "orienting",
        "interest",
        "quote",
        "order",
        "unknown",
    ),
    "basis": (
        "rule",
        "buffer",
        "manual",
        "crm_flag",
        "none",
    ),
    "potential_source": (
        "declared",
        "volume_price",
        "firmographic",
        "pipeline",
        "tier",
        "realised",
        "unknown",
    ),
    "confidence": (
        "high",
        "medium",
        "low",
    ),
    "facet": (
        "spend_pattern",
        "order_volume",
        "current_suppliers",
        "right_contacts",
    ),
    "contact_status": (
        "ok",
        "due",
        "overdue",
        "never",
    ),
    "phase_source": (
        "locked",
        "declared",
        "deal",
        "decay",
        "lead_status",
        "none",
    ),
    "direction": (
        "forward",
        "backward",
        "new_cycle",
        "decay",
        "resumed",
        "recorded",
    ),
    "phase_status": (
        "on_track",
        "at_risk",
        "stalled",
        "reverify",
    ),
    "relation_component": (
        "profile",
        "contact",
        "phase",
        "pains_gains",
    ),
    "action": (
        "record_meeting_outcome",
        "follow_up_quote",
        "reach_out",
        "find_decider",
        "record_phase",
        "record_pains_gains",
        "complete_profile",
        "estimate_potential",
        "reverify_phase",
        "plan_next_step",
        "maintain",
    ),
    "band": (
        "good",
        "attention",
        "weak",
    ),
    "slot": (
        "decider",
        "insider",
    ),
    "deal_warning": (
        "amount_missing",
        "exchange_rate_missing",
        "splits_invalid",
        "several_companies_without_primary",
        "stage_unknown",
        "stage_unmapped",
        "close_date_missing",
        "closed_in_future",
    ),
    "company_warning": (
        "outcome_missing",
        "boilerplate",
        "owner_archived",
        "owner_unknown",
        "override_no_reason",
        "override_expired",
        "deal_amount_missing",
        "deal_exchange_rate_missing",
        "deal_splits_invalid",
        "deal_several_companies_without_primary",
        "deal_stage_unknown",
        "deal_stage_unmapped",
        "deal_close_date_missing",
        "deal_closed_in_future",
    ),
    "seller_score_reason": ("no_top_relations", "too_few_top_relations", "not_measurable"),
    "seller_component": ("top_relations", "focus", "phase", "pains_gains", "revenue"),
    "seller_warning": ("low_volume", "manual_share", "no_interest_share", "late_logging"),
}
"""Values of every option set of spec 7 by name, in the order of its table."""
