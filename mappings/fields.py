"""Which property of the CRM holds each field of ours (spec 0.1, `fields`).

Attribute names are the neutral names of `kpis.records`; None means *not mapped*: what rests on the
field is then not measurable, which is not the same as empty. The inputs of spec 7 default to the
prefix plus their name; an input that names another property points at the customer's own field.
"""

from pydantic import BaseModel, ConfigDict

from kpis.vocabulary import ObjectType

INPUT_NAMES: tuple[str, ...] = (
    "annual_category_spend",
    "spend_categories",
    "purchase_frequency",
    "annual_order_volume",
    "order_volume_unit",
    "current_suppliers",
    "supplier_situation",
    "pains",
    "gains",
    "phase_declared",
    "phase_locked_until",
    "top_relation_override",
    "top_relation_override_reason",
    "top_relation_override_until",
    "profile_confirmed_on",
)
"""Names of the inputs that companies carry, in the order of spec 7."""


class FieldGroup(BaseModel):
    """Base of the fields of one object: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CompanyFields(FieldGroup):
    """Properties of a company. An input left out gets the prefix plus its name."""

    name: str = "name"
    owner: str | None = "hubspot_owner_id"
    type: str | None = "type"
    segment: str | None = "industry"
    employees: str | None = "numberofemployees"
    annual_revenue: str | None = "annualrevenue"
    tier: str | None = "hs_ideal_customer_profile"
    target_account: str | None = "hs_is_target_account"
    lead_status: str | None = "hs_lead_status"
    next_activity_on: str | None = "notes_next_activity_date"
    cost_to_serve: str | None = None
    pains_options: str | None = None
    gains_options: str | None = None
    annual_category_spend: str | None = "csk_annual_category_spend"
    spend_categories: str | None = "csk_spend_categories"
    purchase_frequency: str | None = "csk_purchase_frequency"
    annual_order_volume: str | None = "csk_annual_order_volume"
    order_volume_unit: str | None = "csk_order_volume_unit"
    current_suppliers: str | None = "csk_current_suppliers"
    supplier_situation: str | None = "csk_supplier_situation"
    pains: str | None = "csk_pains"
    gains: str | None = "csk_gains"
    phase_declared: str | None = "csk_phase_declared"
    phase_locked_until: str | None = "csk_phase_locked_until"
    top_relation_override: str | None = "csk_top_relation_override"
    top_relation_override_reason: str | None = "csk_top_relation_override_reason"
    top_relation_override_until: str | None = "csk_top_relation_override_until"
    profile_confirmed_on: str | None = "csk_profile_confirmed_on"


class ContactFields(FieldGroup):
    """Properties of a contact; of `email` and the phones only their usability is kept."""

    buying_role: str | None = "hs_buying_role"
    job_title: str | None = "jobtitle"
    email: str | None = "email"
    phone: str | None = "phone"
    mobile_phone: str | None = "mobilephone"
    bounced: str | None = "hs_email_hard_bounce_reason_enum"
    left: str | None = None
    pains: str | None = None
    gains: str | None = None


class DealFields(FieldGroup):
    """Properties of a deal."""

    owner: str | None = "hubspot_owner_id"
    pipeline: str | None = "pipeline"
    stage: str | None = "dealstage"
    amount: str | None = "amount"
    currency: str | None = "deal_currency_code"
    exchange_rate: str | None = "hs_exchange_rate"
    margin: str | None = None
    closed_on: str | None = "closedate"
    created_at: str | None = "createdate"
    lost_reason: str | None = "closed_lost_reason"
    pains: str | None = None
    gains: str | None = None


class Fields(FieldGroup):
    """All fields in use. `message_direction` is the property of communications that tells it."""

    company: CompanyFields = CompanyFields()
    contact: ContactFields = ContactFields()
    deal: DealFields = DealFields()
    message_direction: str | None = None

    def of(self, object_type: ObjectType) -> FieldGroup:
        """Fields of one object type."""
        return {"companies": self.company, "contacts": self.contact, "deals": self.deal}[
            object_type
        ]
