"""Deals and activities of a random account."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reference.account_features import ACTIVITIES
from tests.reference.account_records import Records
from tests.reference.account_words import SELLERS, STRAY

STAGES = (*["won"] * 5, "lost", "lost", "first", "talk", "offer", "offer", "parked", "signed")
OPEN_STAGES = {"first", "talk", "offer", "parked", "signed"}
OUTCOMES = {
    "meetings": ("COMPLETED", "COMPLETED", "SCHEDULED", "CANCELED", "NO_SHOW", None),
    "tasks": ("COMPLETED", "COMPLETED", "SCHEDULED", "CANCELED", "NO_SHOW", None),
    "calls": ("Connected", "Connected", "No answer", None),
}


def add_deal(records: Records, relations: list[str]) -> str:
    """A deal of these companies."""
    key, stage, owner = records.new_id(), records.one(*STAGES), records.one(*SELLERS)
    closed = records.moment()
    if stage in OPEN_STAGES:
        closed = records.as_of + timedelta(days=records.one(-1, 0, 5, 364, 365))
    entered = min(closed, records.moment())
    created = entered - timedelta(days=records.one(0, 10))
    _versions(records, key, stage, owner, entered=entered, created=created)
    amount, currency = _money(records)
    records.add(
        "deals",
        deal_id=key,
        owner=records.one(owner, owner, owner, None),
        owner_assigned_at=created if records.features.has_assigned_at else None,
        pipeline=records.one(*["default"] * 9, "second"),
        stage=records.one(*[stage] * 12, "forgottenwon", None),
        amount=amount,
        currency=currency,
        exchange_rate=Decimal("0.92") if currency == "USD" and records.happens(0.5) else None,
        margin=records.one(None, Decimal(3_000), Decimal("4500.555"), Decimal(-100)),
        created_at=created,
        lost_reason=records.one(None, "timing", "Too dear!", "Competitor"),
        **_texts(records, key),
        **_close(records, closed),
    )
    records.link("deal_companies", key, relations)
    if records.happens(0.1):
        shares = records.one(((6, "1"), (4, "2")), ((5, "1"), (4, "2")), ((10, "21"),))
        for share, seller in shares:
            records.add("splits", deal_id=key, owner=seller, share=Decimal(share) / 10)
    return key


def _versions(
    records: Records, key: str, stage: str, owner: str, *, entered: datetime, created: datetime
) -> None:
    records.change("deal_changes", key, "stage", stage, changed_at=entered)
    if records.happens(0.85):
        first = records.one(*SELLERS, None)
        records.change("deal_changes", key, "owner", first, changed_at=created)
        records.change("deal_changes", key, "owner", owner, is_seen=records.happens(0.1))


def _money(records: Records) -> tuple[Decimal | None, str | None]:
    amount = records.one(10_000, 20_000, -1_500, None, 35_000)
    currency = records.one(None, "EUR", "USD", "CHF", "GBP")
    return None if amount is None else Decimal(amount), currency


def _texts(records: Records, key: str) -> dict[str, Any]:
    values = {
        "pains": records.one(None, "Deal duurt te lang", records.text()),
        "gains": records.one(None, None, "Deal levert sneller"),
    }
    return {
        name: records.filled("deal_changes", key, name, value) for name, value in values.items()
    }


def _close(records: Records, closed: datetime) -> dict[str, Any]:
    if records.happens(0.05):
        return {}
    if records.happens(0.05):
        closed = records.as_of + timedelta(days=records.one(1, 2))
    if records.happens(0.5):
        return {"closed_at": closed}
    return {"closed_on": records.local_day(closed)}


def add_activity(records: Records, company: str, contacts: list[str], deals: list[str]) -> None:
    """An activity of some readable type about some of these records."""
    kinds = sorted(ACTIVITIES & records.features.types)
    main = [kind for kind in ("meetings", "calls", "emails") if kind in kinds]
    kind, key = records.one(*kinds, *main), records.new_id()
    at = records.moment(recent=records.happens(0.8))
    if kind in {"meetings", "tasks", "calls"} and records.happens(0.08):
        at = records.as_of + timedelta(days=3)
    occurred_at = None if records.happens(0.02) else at
    length = records.one(None, 0, 30, 60, 300, -5)
    logged = min(records.as_of, at + timedelta(days=records.one(0, 0, 7, 8)))
    has_direction = kind in {"emails", "communications"}
    records.add(
        "activities",
        activity_id=key,
        activity_type=kind,
        occurred_at=occurred_at,
        created_at=None if records.happens(0.05) else logged,
        ended_at=at + timedelta(minutes=length)
        if kind == "meetings" and length is not None
        else None,
        owner=records.one(*SELLERS, *SELLERS, "21", "99", None),
        duration_ms=records.one(None, 0, 59_999, 60_000, 300_000) if kind == "calls" else None,
        outcome=records.one(*OUTCOMES.get(kind, (None,))),
        direction=records.one("INCOMING_EMAIL", "EMAIL", "INBOUND", None)
        if has_direction
        else None,
    )
    links = _links(records, company, contacts, deals)
    for object_type, external_id in links:
        about = {"object_type": object_type, "external_id": external_id}
        records.add("activity_links", activity_type=kind, activity_id=key, **about)
        if object_type == "deals" and occurred_at is not None and external_id != STRAY:
            records.add("deal_touches", deal_id=external_id, occurred_at=at)


def _links(
    records: Records, company: str, contacts: list[str], deals: list[str]
) -> list[tuple[str, str]]:
    links = [("companies", company)] if records.happens(0.5) else []
    links += [("contacts", contact) for contact in contacts if records.happens(0.4)]
    links += [("deals", deal) for deal in deals if records.happens(0.3)]
    if records.features.has_stray_links and records.happens(0.2):
        links.append((records.one("companies", "contacts", "deals"), STRAY))
    return links
