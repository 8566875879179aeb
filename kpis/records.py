"""Records as every CRM delivers them and the mirror keeps them: neutral names, typed values.

A field's name is the neutral name of the mapping file (spec 0.1) or of an input of spec 7; its
annotation is its type in translation, store and frames alike. None always means *not recorded*.
Instants are aware UTC with whole milliseconds; money and numbers are Decimal, bounded at the door
to an absolute value below 10**15 with at most 6 decimals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from kpis.vocabulary import ActivityType, ObjectType

NO_VALUES: Mapping[str, str] = MappingProxyType({})

Options = tuple[str, ...]
"""Values of a field that holds several; sorted, without repeats; empty when none is set."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company: what the CRM says of it, and what people filled in (spec 7, direction `in`).

    Attributes:
        owner_assigned_at: when the present owner was assigned, where the CRM tells.
        standing: values of our own properties that stand in the CRM now, by name without prefix,
            as the CRM writes them; absent means empty.
    """

    external_id: str
    modified_at: datetime
    name: str | None = None
    owner: str | None = None
    owner_assigned_at: datetime | None = None
    type: str | None = None
    segment: str | None = None
    employees: Decimal | None = None
    annual_revenue: Decimal | None = None
    tier: str | None = None
    target_account: bool | None = None
    lead_status: str | None = None
    next_activity_on: datetime | date | None = None
    cost_to_serve: Decimal | None = None
    pains_options: Options = ()
    gains_options: Options = ()
    annual_category_spend: Decimal | None = None
    spend_categories: Options = ()
    purchase_frequency: str | None = None
    annual_order_volume: Decimal | None = None
    order_volume_unit: str | None = None
    current_suppliers: str | None = None
    supplier_situation: str | None = None
    pains: str | None = None
    gains: str | None = None
    phase_declared: str | None = None
    phase_locked_until: date | None = None
    top_relation_override: str | None = None
    top_relation_override_reason: str | None = None
    top_relation_override_until: date | None = None
    profile_confirmed_on: date | None = None
    standing: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact without name, address or number: only whether it can be reached.

    Attributes:
        has_email: an e-mail address with @ and a dot is on record.
        is_bounced: mail to that address came back for good.
        phone_digits: digits of the longest of its phone numbers, 0 when there is none.
        has_left: marked as no longer with the company.
    """

    external_id: str
    modified_at: datetime
    buying_role: Options = ()
    job_title: str | None = None
    has_email: bool = False
    is_bounced: bool = False
    phone_digits: int = 0
    has_left: bool = False
    pains: str | None = None
    gains: str | None = None
    standing: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal. `closed_on` is an instant or a day, as the CRM's own type says (spec 5.1)."""

    external_id: str
    modified_at: datetime
    owner: str | None = None
    owner_assigned_at: datetime | None = None
    pipeline: str | None = None
    stage: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None
    margin: Decimal | None = None
    closed_on: datetime | date | None = None
    created_at: datetime | None = None
    lost_reason: str | None = None
    pains: str | None = None
    gains: str | None = None
    standing: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)


@dataclass(frozen=True, slots=True)
class Activity:
    """A call, meeting, message, task, note or letter: when, by whom, with what outcome; no text.

    Attributes:
        occurred_at: when it happened or is planned; of a task the due date.
        created_at: when it was logged.
        ended_at: end of a meeting.
        duration_ms: length of a call; 0 and None both mean that none was recorded.
        outcome: outcome of a meeting, disposition of a call, status of a task, in the CRM's words.
        direction: direction of a call, e-mail or message, in the CRM's words.
    """

    external_id: str
    activity_type: ActivityType
    modified_at: datetime
    occurred_at: datetime | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None
    owner: str | None = None
    duration_ms: int | None = None
    outcome: str | None = None
    direction: str | None = None


Record = Company | Contact | Deal | Activity


@dataclass(frozen=True, slots=True)
class Link:
    """An association of one record with another.

    Attributes:
        is_primary: it is the primary company of `from_id`.
        labels: the account's own labels of the association; HubSpot's "Primary" is not among them.
    """

    from_id: str
    to_id: str
    is_primary: bool = False
    labels: Options = ()


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One version of one field of one record.

    Attributes:
        field: the neutral name, such as `stage`, `owner` or `phase_declared`.
        value: the value in the CRM's words from `changed_at` on; None when it was emptied.
        is_by_person: set by any source except ourselves, workflows and calculations (spec 0).
    """

    external_id: str
    field: str
    value: str | None
    changed_at: datetime
    is_by_person: bool = True


@dataclass(frozen=True, slots=True)
class Owner:
    """A user of the CRM who can own records; a seller of ours."""

    external_id: str
    name: str
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline. Won and lost come from the CRM's metadata, never from labels."""

    pipeline: str
    stage: str
    pipeline_label: str
    label: str
    display_order: int
    probability: Decimal | None = None
    is_won: bool = False
    is_lost: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """Value of one unit of `currency` in the account's currency from `valid_from` on."""

    currency: str
    valid_from: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """Share of a deal that is credited to one owner, 0 to 1."""

    deal_id: str
    owner: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Goal:
    """Target of one seller over one period, as the CRM keeps it (spec 5.4).

    Attributes:
        goal_type: kind of goal in the CRM's words; None when it does not tell.
        ends_at: end of the period; at local midnight the day before is the last one.
    """

    external_id: str
    owner: str
    starts_at: datetime
    ends_at: datetime
    amount: Decimal
    goal_type: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that could not be read: its id where known, and why. Never a value out of it."""

    object_type: ObjectType | ActivityType
    external_id: str | None
    reason: str
