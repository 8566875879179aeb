"""Goals and our own history of a random account."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis.frames import MEMBERSHIPS, RELATION_DAYS, REVIEWS, OwnHistory
from tests.reference.account_parameters import random_spans
from tests.reference.account_records import Records
from tests.reference.account_words import IDLE_SELLER, PAIR_SELLER, SELLERS
from tests.unit.kpis.phase.world import frame

BASES = ("rule", "rule", "buffer", "manual", "crm_flag")


def add_goals(records: Records) -> None:
    """Goals of every seller: they may overlap, leave a gap, be of a type or end within a day."""
    for seller in (*SELLERS, PAIR_SELLER, IDLE_SELLER):
        kind = records.one(None, "revenue", "revenue", "margin", "calls")
        for start, after, amount in random_spans(records.dice, records.features):
            ends_at = _start(records, after) - timedelta(seconds=records.one(0, 0, 1))
            records.add(
                "goals",
                goal_id=records.new_id(),
                seller_id=seller,
                goal_type=records.one(kind, kind, kind, "revenue"),
                starts_at=_start(records, start),
                ends_at=ends_at,
                amount=Decimal(amount),
            )


def _start(records: Records, day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=records.zone).astimezone(UTC)


def random_history(records: Records, relations: list[str]) -> OwnHistory:
    """Reviews, memberships and daily scores as the feature `past` says."""
    if records.features.past == "none":
        return OwnHistory()
    for reviewed_on in _review_days(records):
        _add_review(records, reviewed_on)
    for key in relations:
        _add_spells(records, key)
        _add_scores(records, key)
    schemas = {"memberships": MEMBERSHIPS, "reviews": REVIEWS, "relation_days": RELATION_DAYS}
    frames: dict[str, Any] = {
        name: frame(schema, records.rows.get(name, [])) for name, schema in schemas.items()
    }
    return OwnHistory(**frames)


def _review_days(records: Records) -> list[date]:
    today = records.today
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    days = {
        "last month": [before - timedelta(days=90), before],
        "first of the month": [before, first],
        "today": [before, today],
        "today twice": [today],
    }
    return days[records.features.past]


def _add_review(records: Records, reviewed_on: date) -> None:
    for group in ("", "retail", "build"):
        if group and records.happens(0.2):
            continue
        records.add(
            "reviews",
            reviewed_on=reviewed_on,
            group=group,
            mean_revenue=records.one(Decimal(70_000), Decimal(30_000), None),
            mean_margin=records.one(Decimal(15_000), Decimal(15_000), Decimal(-5), None),
            median_index=records.one(Decimal("0.8"), None),
            enter_index=records.one(Decimal("1.2"), None),
            leave_index=Decimal("1.1"),
        )


def _add_spells(records: Records, key: str) -> None:
    """Up to two spells of membership, often one right after the other."""
    if records.happens(0.5):
        return
    known_from = min(row["reviewed_on"] for row in records.rows["reviews"])
    last = (records.today - known_from).days
    first = known_from + timedelta(days=records.dice.randint(0, last))
    rest = (records.today - first).days
    until = first + timedelta(days=records.dice.randint(1, rest)) if rest else None
    until = records.one(None, until)
    basis = records.one(*BASES)
    records.add("memberships", relation_id=key, from_on=first, until_on=until, basis=basis)
    if until is not None and records.happens(0.6):
        again = min(records.today, until + timedelta(days=records.one(0, 0, 1)))
        other = records.one(*(found for found in BASES if found != basis))
        records.add("memberships", relation_id=key, from_on=again, until_on=None, basis=other)


def _add_scores(records: Records, key: str) -> None:
    if records.happens(0.5):
        return
    before = records.today.replace(day=1) - timedelta(days=records.one(1, 20))
    for day, score in ((before, records.one(66, None)), (records.today, 70)):
        records.add("relation_days", relation_id=key, from_on=day, relation_score=score)
