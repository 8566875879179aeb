"""Frames in and out of the method: every column with its type, unit and the meaning of null.

The store reads a `Mirror` and an `OwnHistory`; `compute` turns them into results. Money and
numbers are `MONEY` (exact, 6 decimals) on the way in and are cast to `EXACT` before a division.
Instants are UTC with whole milliseconds. Ids are text in the CRM's own words; where the
specification breaks ties on the lowest id, ids are ordered by length and then by text, which for
digits is numeric order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from kpis.vocabulary import INCOMING_DIRECTIONS, ActivityType, ObjectType, Phase, Slot

TEXT = pl.String()
MONEY = pl.Decimal(38, 6)
EXACT = pl.Decimal(38, 12)
INSTANT = pl.Datetime("ms", "UTC")
DAY = pl.Date()
FLAG = pl.Boolean()
OPTIONS = pl.List(pl.String())
COUNT = pl.Int64()

Schema = dict[str, pl.DataType]

COMPANIES: Schema = {
    "relation_id": TEXT,
    "name": TEXT,
    "owner": TEXT,  # null: nobody owns it, so it lies outside the universe
    "owner_assigned_at": INSTANT,  # null: unknown
    "type": TEXT,
    "segment": TEXT,
    "employees": MONEY,
    "annual_revenue": MONEY,
    "tier": TEXT,
    "target_account": FLAG,
    "lead_status": TEXT,
    "next_activity_at": INSTANT,  # set where the CRM gives an instant
    "next_activity_on": DAY,  # set where the CRM gives a day
    "cost_to_serve": MONEY,  # reporting currency, a year
    "pains_options": OPTIONS,
    "gains_options": OPTIONS,
    "annual_category_spend": MONEY,  # reporting currency, a year
    "spend_categories": OPTIONS,
    "purchase_frequency": TEXT,
    "annual_order_volume": MONEY,  # in `order_volume_unit`, a year
    "order_volume_unit": TEXT,
    "current_suppliers": TEXT,
    "supplier_situation": TEXT,
    "pains": TEXT,
    "gains": TEXT,
    "phase_declared": TEXT,
    "phase_locked_until": DAY,
    "top_relation_override": TEXT,
    "top_relation_override_reason": TEXT,
    "top_relation_override_until": DAY,
    "profile_confirmed_on": DAY,
}
"""Active companies, one row each; null means not recorded unless said otherwise."""

CONTACTS: Schema = {
    "contact_id": TEXT,
    "buying_role": OPTIONS,
    "job_title": TEXT,
    "has_email": FLAG,
    "is_bounced": FLAG,
    "phone_digits": COUNT,
    "has_left": FLAG,
    "pains": TEXT,
    "gains": TEXT,
}
"""Active contacts, one row each."""

DEALS: Schema = {
    "deal_id": TEXT,
    "owner": TEXT,
    "owner_assigned_at": INSTANT,  # null: unknown
    "pipeline": TEXT,
    "stage": TEXT,
    "amount": MONEY,  # in `currency`
    "currency": TEXT,  # null: the account's currency
    "exchange_rate": MONEY,  # frozen on the deal; value of one unit in the account's currency
    "margin": MONEY,  # in `currency`; null: not recorded
    "closed_at": INSTANT,  # set where the CRM gives an instant
    "closed_on": DAY,  # set where the CRM gives a day; at most one of the two is set
    "created_at": INSTANT,
    "lost_reason": TEXT,
    "pains": TEXT,
    "gains": TEXT,
}
"""Active deals, one row each, whether open, won or lost."""

ACTIVITIES: Schema = {
    "activity_id": TEXT,
    "activity_type": TEXT,
    "occurred_at": INSTANT,  # of a task the due date; may lie in the future
    "created_at": INSTANT,
    "ended_at": INSTANT,
    "owner": TEXT,
    "duration_ms": COUNT,
    "outcome": TEXT,
    "direction": TEXT,
}
"""Activities, one row each. An id is unique within its type."""

ACTIVITY_LINKS: Schema = {
    "activity_type": TEXT,
    "activity_id": TEXT,
    "object_type": TEXT,  # companies, contacts or deals
    "external_id": TEXT,  # of that record
}
"""Links of activities to the records they are about."""

COMPANY_LINKS: Schema = {
    "from_id": TEXT,
    "relation_id": TEXT,
    "is_primary": FLAG,
}
"""Links of deals or contacts to companies; a record may have several, at most one primary."""

DEAL_TOUCHES: Schema = {
    "deal_id": TEXT,
    "occurred_at": INSTANT,
}
"""Times of all activities of any kind linked to a deal."""

CHANGES: Schema = {
    "external_id": TEXT,
    "field": TEXT,  # neutral name: stage, owner, phase_declared, lead_status, ...
    "value": TEXT,  # in the CRM's words; null: emptied
    "changed_at": INSTANT,
    "is_by_person": FLAG,  # any source except ourselves, workflows and calculations
    "is_seen": FLAG,  # true: not from the CRM's history but from when our mirror first saw it
}
"""Known versions of fields of companies or of deals, each from `changed_at` on."""

OWNERS: Schema = {
    "seller_id": TEXT,
    "name": TEXT,
    "is_archived": FLAG,
}

STAGES: Schema = {
    "pipeline": TEXT,
    "stage": TEXT,
    "is_won": FLAG,  # by the CRM's metadata, never by label or mapping
    "is_lost": FLAG,
    "outcome": TEXT,  # a phase, `lost` or `ignore`; null: no line of the mapping names the stage
}
"""Every stage that the CRM or the mapping knows, deleted ones included."""

RATES: Schema = {
    "currency": TEXT,
    "valid_from": DAY,
    "rate": MONEY,  # value of one unit in the account's currency
}

SPLITS: Schema = {
    "deal_id": TEXT,
    "owner": TEXT,
    "share": MONEY,  # 0 to 1
}

MEMBERSHIPS: Schema = {
    "relation_id": TEXT,
    "from_on": DAY,  # first local day with this basis
    "until_on": DAY,  # first local day on which it no longer holds; null: it holds
    "basis": TEXT,  # rule, buffer, manual, crm_flag
}
"""Spells of top membership, one row per relation and unbroken basis (spec 2.2)."""

REVIEWS: Schema = {
    "reviewed_on": DAY,
    "group": TEXT,  # a segment; empty text: the whole base
    "mean_revenue": EXACT,  # null: nobody has a value
    "mean_margin": EXACT,
    "median_index": EXACT,
    "enter_index": EXACT,  # the upper percentile
    "leave_index": EXACT,  # the lower percentile
}
"""What each review froze, one row per review and group (spec 2.2)."""

GOALS: Schema = {
    "goal_id": TEXT,
    "seller_id": TEXT,
    "goal_type": TEXT,  # null: the CRM does not tell
    "starts_at": INSTANT,
    "ends_at": INSTANT,  # at local midnight: the day before is the last one
    "amount": MONEY,  # reporting currency
}
"""Targets of sellers as the CRM keeps them (spec 5.4)."""

RELATION_DAYS: Schema = {
    "relation_id": TEXT,
    "from_on": DAY,  # first local day on which the values below held
    "is_top_relation": FLAG,  # false with nulls beside it: left the universe
    "top_relation_basis": TEXT,
    "buying_phase": TEXT,
    "phase_status": TEXT,
    "relation_score": COUNT,
    "profile_completeness": EXACT,
    "contact_status": TEXT,
    "pains_gains_complete": FLAG,
    "next_best_action": TEXT,
}
"""Daily snapshot per relation, a row only where a value differs from the row before."""

SELLER_DAYS: Schema = {
    "seller_id": TEXT,
    "from_on": DAY,
    "top_relations_total": COUNT,
    "top_relations_contacted": COUNT,
    "kpi1": COUNT,
    "contact_coverage": EXACT,
    "kpi1_ratio": EXACT,
    "team_coverage": EXACT,
    "focus_share": EXACT,
    "avg_profile_completeness": EXACT,
    "pg_coverage": EXACT,
    "phase_coverage": EXACT,
    "stalled_count": COUNT,
    "revenue_ytd": EXACT,
    "pace": EXACT,
    "seller_score": COUNT,
}
"""Daily snapshot per seller, a row only where a value differs from the row before."""

DEAL_FACTS: Schema = {
    "deal_id": TEXT,
    "relation_id": TEXT,  # null: no company, or several without a primary one
    "owner": TEXT,  # present owner
    "pipeline": TEXT,
    "stage": TEXT,
    "outcome": TEXT,  # a phase, `lost` or `ignore`; null: unmapped or no stage
    "is_won": FLAG,  # by pipeline metadata
    "is_lost": FLAG,
    "is_credit": FLAG,  # won with a negative amount
    "lost_reason": TEXT,
    "created_at": INSTANT,
    "close_at": INSTANT,  # a day counts from its local start; null: no close date
    "close_day": DAY,  # local day of the close date
    "currency": TEXT,
    "rate": EXACT,  # to the reporting currency; null: none known
    "amount": EXACT,  # reporting currency; 0 when empty, null when the rate is unknown
    "margin": EXACT,  # reporting currency; null: not recorded or rate unknown
    "warnings": OPTIONS,  # values of `deal_warning`, sorted
}
"""One row per deal of the mirror: what all chapters need to know of it (spec 0, 3.2, 5.1)."""


def empty(schema: Schema) -> pl.DataFrame:
    """Frame of that schema without rows."""
    return pl.DataFrame(schema=schema)


def by_id(column: str) -> list[pl.Expr]:
    """Sort keys that put ids in the order of the specification: numbers by value, then text."""
    return [pl.col(column).str.len_chars(), pl.col(column)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """What the CRM says, as the store holds it.

    Attributes:
        account_currency: the account's own currency (ISO 4217); None when the CRM does not tell.
        readable: types that the CRM lets us read; what rests on another type is not measurable.
        activities_since: first day of which activities were asked for; None: of all time.
    """

    companies: pl.DataFrame = field(default_factory=lambda: empty(COMPANIES))
    contacts: pl.DataFrame = field(default_factory=lambda: empty(CONTACTS))
    deals: pl.DataFrame = field(default_factory=lambda: empty(DEALS))
    deal_companies: pl.DataFrame = field(default_factory=lambda: empty(COMPANY_LINKS))
    contact_companies: pl.DataFrame = field(default_factory=lambda: empty(COMPANY_LINKS))
    activities: pl.DataFrame = field(default_factory=lambda: empty(ACTIVITIES))
    activity_links: pl.DataFrame = field(default_factory=lambda: empty(ACTIVITY_LINKS))
    deal_touches: pl.DataFrame = field(default_factory=lambda: empty(DEAL_TOUCHES))
    company_changes: pl.DataFrame = field(default_factory=lambda: empty(CHANGES))
    contact_changes: pl.DataFrame = field(default_factory=lambda: empty(CHANGES))
    deal_changes: pl.DataFrame = field(default_factory=lambda: empty(CHANGES))
    goals: pl.DataFrame = field(default_factory=lambda: empty(GOALS))
    owners: pl.DataFrame = field(default_factory=lambda: empty(OWNERS))
    rates: pl.DataFrame = field(default_factory=lambda: empty(RATES))
    splits: pl.DataFrame = field(default_factory=lambda: empty(SPLITS))
    account_currency: str | None = None
    readable: frozenset[ObjectType | ActivityType] = frozenset({"companies", "contacts", "deals"})
    activities_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHistory:
    """What we remember of earlier runs; the CRM cannot tell it (spec 0).

    Attributes:
        relation_days: what `compute` reads: the last row of each relation before this month and
            all rows since; what it gives back: the rows of `as_of_date` alone, which take the
            place of those that stand for that day.
        seller_days: read whole; given back like `relation_days`.
    """

    memberships: pl.DataFrame = field(default_factory=lambda: empty(MEMBERSHIPS))
    reviews: pl.DataFrame = field(default_factory=lambda: empty(REVIEWS))
    relation_days: pl.DataFrame = field(default_factory=lambda: empty(RELATION_DAYS))
    seller_days: pl.DataFrame = field(default_factory=lambda: empty(SELLER_DAYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What the CRM's words mean, as the mapping says.

    Attributes:
        stages: frame of `STAGES`.
        lost_reasons: phase by normalised reason (spec 3.2 rule 6), with the key `default`.
        lead_status: phase by lead status.
        completed_outcomes: outcomes of a meeting that took place, and of a task that is done.
        missing_outcomes: outcomes of a meeting that say no more than that it was planned.
        cancelled_outcomes: outcomes of what was called off.
        connected_dispositions: outcomes of a call that reached somebody; ids and labels, as they
            stand in the mirror.
        incoming_directions: directions of an e-mail or message from the customer.
        buying_roles: slot by buying role.
        job_titles: titles by slot, in the order in which slots are tried.
        option_labels: label by value of pains and gains that people tick.
    """

    stages: pl.DataFrame = field(default_factory=lambda: empty(STAGES))
    lost_reasons: Mapping[str, Phase] = field(default_factory=dict)
    lead_status: Mapping[str, Phase] = field(default_factory=dict)
    completed_outcomes: frozenset[str] = frozenset({"COMPLETED"})
    missing_outcomes: frozenset[str] = frozenset({"SCHEDULED"})
    cancelled_outcomes: frozenset[str] = frozenset({"CANCELED", "CANCELLED"})
    connected_dispositions: frozenset[str] = frozenset({"Connected"})
    incoming_directions: frozenset[str] = INCOMING_DIRECTIONS
    buying_roles: Mapping[str, Slot] = field(default_factory=dict)
    job_titles: Mapping[Slot, tuple[str, ...]] = field(default_factory=dict)
    option_labels: Mapping[str, str] = field(default_factory=dict)
