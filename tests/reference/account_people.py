"""Companies and contacts of a random account."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.reference.account_records import Records
from tests.reference.account_words import (
    FAR,
    GAIN_OPTIONS,
    LEAD_STATUSES,
    PAIN_OPTIONS,
    PAIR_SELLER,
    SELLERS,
    SUPPLIERS,
    TITLES,
)

FLAGS = (False, True)


def add_company(records: Records, key: str, *, is_silent: bool, is_of_pair: bool) -> None:
    """A company; a silent one says nothing of its phase."""
    one = records.one
    owner = PAIR_SELLER if is_of_pair else one(*SELLERS, *SELLERS, "99", None)
    assigned_at = _owners(records, key, owner)
    records.add(
        "companies",
        relation_id=key,
        name=f"R{key}",
        owner=owner,
        owner_assigned_at=assigned_at,
        type=None if is_of_pair else one(None, None, None, None, None, "CUSTOMER", "PARTNER"),
        segment=one("retail", "retail", "build", "care", None),
        employees=one(None, Decimal(80), Decimal(0)),
        annual_revenue=one(None, Decimal(1_000_000)),
        tier=one(None, "tier_1", "tier_2"),
        target_account=one(None, *FLAGS),
        cost_to_serve=one(None, None, Decimal(1_000), Decimal(60_000)),
        profile_confirmed_on=one(
            None, None, records.day(recent=True), records.day(), records.today, FAR
        ),
        **_next_activity(records),
        **_profile(records, key),
        **_insight(records, key),
        **({} if is_silent else _phase(records, key)),
        **_override(records, key, is_of_pair=is_of_pair),
    )


def _owners(records: Records, key: str, owner: str | None) -> Any:
    """Versions of the owner; when the present one was assigned, where the CRM tells."""
    at = None
    if owner is not None and records.happens(0.4):
        at = records.moment(recent=True)
        other = records.one(*SELLERS, None)
        records.change("company_changes", key, "owner", other, changed_at=at - timedelta(days=50))
        seen = records.happens(0.2)
        records.change("company_changes", key, "owner", owner, changed_at=at, is_seen=seen)
    if not records.features.has_assigned_at or owner is None:
        return None
    return at or records.one(None, records.moment(recent=True))


def _next_activity(records: Records) -> dict[str, Any]:
    days = timedelta(days=records.one(-1, 0, 1))
    kind = records.one(None, None, "day", "instant")
    if kind == "day":
        return {"next_activity_on": records.today + days}
    if kind == "instant":
        return {"next_activity_at": records.as_of + days}
    return {}


def _profile(records: Records, key: str) -> dict[str, Any]:
    one = records.one
    values = {
        "annual_category_spend": one(None, Decimal(0), Decimal(120_000), Decimal(300_000)),
        "spend_categories": one(None, None, ["products"]),
        "purchase_frequency": one(None, None, "monthly"),
        "annual_order_volume": one(None, None, Decimal(1_200)),
        "current_suppliers": one(None, *SUPPLIERS),
        "supplier_situation": one(None, None, "known", "none", "in_house"),
    }
    found = {
        name: records.filled("company_changes", key, name, value) for name, value in values.items()
    }
    return {**found, "order_volume_unit": one(None, "piece", "kg")}


def _insight(records: Records, key: str) -> dict[str, Any]:
    values = {
        "pains_options": records.one(None, *PAIN_OPTIONS),
        "gains_options": records.one(None, *GAIN_OPTIONS),
        "pains": records.text(),
        "gains": records.text(),
    }
    return {
        name: records.filled("company_changes", key, name, value) for name, value in values.items()
    }


def _phase(records: Records, key: str) -> dict[str, Any]:
    found = {}
    declared = records.one(None, None, "no_interest", "orienting", "interest", "quote", "order")
    found["phase_declared"] = records.filled("company_changes", key, "phase_declared", declared)
    if declared is None and records.happens(0.3):
        _add_withdrawn_word(records, key)
    if records.features.has_lead_status and records.happens(0.6):
        status = records.one(*LEAD_STATUSES)
        found["lead_status"] = records.filled("company_changes", key, "lead_status", status)
    ends = records.one(None, None, None, records.today, records.today - timedelta(days=1), FAR)
    return {**found, "phase_locked_until": ends}


def _add_withdrawn_word(records: Records, key: str) -> None:
    """A phase that was declared and emptied again lately, so that older evidence comes back."""
    for value, days in ((records.one("interest", "quote"), 10), (None, 5)):
        at = records.as_of - timedelta(days=days)
        records.change("company_changes", key, "phase_declared", value, changed_at=at)


def _override(records: Records, key: str, *, is_of_pair: bool) -> dict[str, Any]:
    if is_of_pair:
        reason = "strategisch"
        return {"top_relation_override": "always", "top_relation_override_reason": reason}
    choice = records.one(None, None, None, None, "auto", "always", "never")
    ends = records.one(None, records.today, records.day(), FAR)
    fill = {"top_relation_override": choice, "top_relation_override_until": ends}
    return {
        "top_relation_override_reason": records.one("strategisch", "strategisch", None, " "),
        **{
            name: records.filled("company_changes", key, name, value)
            for name, value in fill.items()
        },
    }


def add_contact(records: Records, relations: list[str]) -> str:
    """A contact of these companies."""
    key = records.new_id()
    roles = records.one(
        None, None, ["DECISION_MAKER"], ["CHAMPION"], ["OTHER"], ["CHAMPION", "DECISION_MAKER"]
    )
    values = {
        "buying_role": roles,
        "job_title": records.one(None, *TITLES),
        "pains": records.one(None, None, "Contact wil langere garantie", records.text()),
        "gains": records.one(None, None, "Contact wil een vast aanspreekpunt"),
    }
    records.add(
        "contacts",
        contact_id=key,
        has_email=records.happens(0.7),
        is_bounced=records.happens(0.15),
        phone_digits=records.one(0, 5, 6, 10),
        has_left=records.happens(0.1),
        **{name: records.filled("contact_changes", key, name, v) for name, v in values.items()},
    )
    records.link("contact_companies", key, relations)
    return key
