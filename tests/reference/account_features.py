"""What one random account is like: one independent draw per feature from the seed.

A draw rests on the seed and the name of the feature alone, so that a new feature leaves the others
as they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo


class Dice(Random):
    """Random choices that repeat with their seed; made-up data, no secret."""

    def one(self, *values: Any) -> Any:
        """One of these values."""
        return self.choice(values)

    def happens(self, share: float) -> bool:
        """Whether something happens that does so in this share of the cases."""
        return self.random() < share


ACTIVITIES = frozenset(
    {"calls", "meetings", "emails", "communications", "tasks", "notes", "postal_mail"}
)
OBJECTS = frozenset({"companies", "contacts", "deals"})

MOMENTS = {
    "plain": "2026-06-30T12:00:00Z",
    "first instant of a day": "2026-03-29T22:00:00Z",
    "before the clocks go forward": "2026-03-29T00:59:59.999Z",
    "as the clocks go forward": "2026-03-29T01:00:00Z",
    "before the clocks go back": "2026-10-25T00:30:00Z",
    "after the clocks went back": "2026-10-25T01:30:00Z",
    "last instant of the year": "2025-12-31T22:59:59.999Z",
    "first instant of the year": "2025-12-31T23:00:00Z",
    "end of a month": "2026-04-30T21:59:59.999Z",
    "first of a month": "2026-07-01T06:00:00Z",
    "29 February": "2024-02-29T12:00:00Z",
    "year after 29 February": "2025-02-28T22:30:00Z",
    "31 March": "2026-03-31T10:00:00Z",
}

READABLE = {
    "everything": OBJECTS | ACTIVITIES,
    "all but deals": OBJECTS - {"deals"} | ACTIVITIES,
    "all but contacts": OBJECTS - {"contacts"} | ACTIVITIES,
    "no activities": OBJECTS,
    "messages only": OBJECTS | {"emails", "communications"},
    "all but meetings": OBJECTS | ACTIVITIES - {"meetings"},
    "notes only": OBJECTS | {"notes"},
    "companies only": frozenset({"companies"}),
}

CHOICES: dict[str, Sequence[Any]] = {
    "moment": tuple(MOMENTS),
    "timezone": ("Europe/Amsterdam",) * 4 + ("America/New_York", "Pacific/Auckland"),
    "fiscal_year_start": (1, 1, 2, 4, 10, 12),
    "readable": ("everything",) * 6 + tuple(READABLE),
    "account_currency": ("EUR", "EUR", "USD", "CHF", None),
    "reporting_currency": ("EUR", "EUR", "EUR", "USD"),
    "rule": ("mean", "median", "percentile", "top_n", "both"),
    "crm_flag": ("ignore", "ignore", "always", "only"),
    "group_by": ("segment", "segment", "none"),
    "min_group": (5, 1, 3, 9),
    "index_weights": ((0.5, 0.5), (0.5, 0.5), (1, 0), (0, 1), (3, 1)),
    "bars": ((1, "0.85"), ("1.2", "1.2"), ("0.8", "0.5")),
    "percentile": ((80, 70), (50, 50), (99, 1)),
    "by": ("owner", "anyone"),
    "window_days": (90, 60, 0, 365),
    "sources": (
        ("company_text",),
        ("company_text", "company_options", "deal_text", "contact_text"),
        ("company_options",),
        ("deal_text",),
        ("contact_text",),
        ("deal_text", "contact_text"),
        ("contact_text", "company_text"),
    ),
    "pains_gains": (
        {},
        {"min_letters": 0, "cap_each": 1, "min_total": 2},
        {"same_item_overlap": "0", "min_pains": 0},
        {"same_item_overlap": "0.5", "boilerplate": {"min_relations": 2, "share": "0.1"}},
        {"placeholders": [], "horizon": [0, 1], "min_gains": 2},
    ),
    "target": ("hubspot_goals", "hubspot_goals", "config"),
    "goal_types": ((), (), ("revenue",), ("revenue", "margin")),
    "past": ("none", "last month", "first of the month", "today", "today twice"),
    "potential_sources": (
        ("declared", "volume_price", "firmographic", "pipeline", "tier"),
        ("pipeline", "tier", "declared"),
        ("tier", "pipeline", "firmographic", "volume_price", "declared"),
        (),
    ),
    "margin_rate": ("0.25", "0.25", None, "-0.1", "0"),
    "relation_weights": (None, None, (0, 25, 20, 0), (1, 100, 1, 1), (0, 0, 0, 0), (1, 0, 2, 3)),
    "seller_weights": (None, None, (1, 0, 1, 1, 0), (0, 60, 10, 10, 20), (20, 0, 0, 0, 0)),
    "scores": (
        {},
        {"min_measurable": "1", "bands": [50, 50]},
        {"min_top_relations": 0, "phase_half": "0.25", "min_measurable": "0"},
        {"targets": {"kpi1_ratio": "0.10", "focus": "2"}, "bands": [90, 10]},
    ),
    "profile": (
        {},
        {"known_from": "1", "proven_min_facets": 4},
        {"known_from": "0", "confirm_needs_contact_days": 0},
        {"own_names": ["Eigen BV"], "title_only": "0.8", "pattern_min_deals": 2},
        {"spend_parts": {"amount": "0.3", "pattern": "0.3"}, "order_window_days": 30},
        {"min_phone_digits": 10, "pattern_window_months": 1, "min_name_characters": 4},
    ),
    "contact": (
        {},
        {"min_moments": 2, "handover_grace_days": 90},
        {"min_call_seconds": 0, "late_days": 0, "missing_outcome_days": 0},
        {"due_until": 1, "zero_from": "1.5", "max_meeting_minutes": 30, "min_moments": 0},
        {"norm_days": {"order": 0, "quote": 1, "unknown": 7}, "warn_late_share": "0"},
    ),
    "phase": (
        {},
        {},
        {"declared_ttl": 30, "order_hold": 5, "lapse": 20, "stale_deal": 10, "lead_status_ttl": 40},
        {"stalled_days": {"no_interest": 0, "orienting": 1, "interest": 90, "quote": 180}},
        {"order_hold": 0, "history_lines": 1, "warn_no_interest_share": "0"},
        {"reversal_hours": 0, "at_risk_from": "0", "hold_min_intervals": 1},
    ),
    "days_in_phase": (False, True),
    "own_companies": ((), ("5",)),
    "exclude_types": (("PARTNER", "RESELLER", "VENDOR"), (), ("CUSTOMER",)),
    "warn_manual_share": ("0.20", "0", "1"),
    "override_max_days": (365, 10),
    "has_stray_links": (False, True),
    "has_assigned_at": (False, True),
    "has_lead_status": (False, True, True),
}


@dataclass(frozen=True)
class Features:
    """The features of one account, by the names of `CHOICES`."""

    seed: int
    moment: str
    timezone: str
    fiscal_year_start: int
    readable: str
    account_currency: str | None
    reporting_currency: str
    rule: str
    crm_flag: str
    group_by: str
    min_group: int
    index_weights: tuple[Any, Any]
    bars: tuple[Any, Any]
    percentile: tuple[int, int]
    by: str
    window_days: int
    sources: tuple[str, ...]
    pains_gains: dict[str, Any]
    target: str
    goal_types: tuple[str, ...]
    past: str
    potential_sources: tuple[str, ...]
    margin_rate: str | None
    relation_weights: tuple[int, ...] | None
    seller_weights: tuple[int, ...] | None
    scores: dict[str, Any]
    profile: dict[str, Any]
    contact: dict[str, Any]
    phase: dict[str, Any]
    days_in_phase: bool
    own_companies: tuple[str, ...]
    exclude_types: tuple[str, ...]
    warn_manual_share: str
    override_max_days: int
    has_stray_links: bool
    has_assigned_at: bool
    has_lead_status: bool

    @property
    def as_of(self) -> datetime:
        """Instant of the reading."""
        return datetime.fromisoformat(MOMENTS[self.moment]).astimezone(UTC)

    @property
    def zone(self) -> ZoneInfo:
        """Zone of the reports."""
        return ZoneInfo(self.timezone)

    @property
    def types(self) -> frozenset[str]:
        """Types that can be read."""
        return READABLE[self.readable]

    @property
    def fiscal_year(self) -> int:
        """Calendar year in which the fiscal year of the reading begins."""
        today = self.as_of.astimezone(self.zone)
        return today.year if today.month >= self.fiscal_year_start else today.year - 1


def random_features(seed: int) -> Features:
    """The features of a seed."""
    names = [field.name for field in fields(Features) if field.name != "seed"]
    drawn: dict[str, Any] = {
        name: Dice(f"{name} of {seed}").choice(CHOICES[name]) for name in names
    }
    return Features(seed=seed, **drawn)
