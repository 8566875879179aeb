"""Targets of the demo's sellers: one is far behind, one is past the target, some have quarters."""

from collections import defaultdict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from connector.sandbox.demo_account import ACTIVE
from connector.sandbox.demo_scene import Scene
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord

ATTAINMENTS = (Decimal("0.5"), Decimal("0.72"), Decimal("0.94"), Decimal("1.2"))
"""Revenue of this year as a share of its target, by active seller."""

_PLANS = ("yearly quarterly", "quarterly", "yearly", "yearly quarterly")
_QUARTERS = (Decimal("0.24"), Decimal("0.26"), Decimal("0.2"), Decimal("0.3"))
_NO_REVENUE = Decimal(60_000)
_LEAST = 100


def add_goals(scene: Scene) -> None:
    """Give each active seller a target for this year, as a whole or by quarter; and the team one.

    Like HubSpot's own, periods run from midnight UTC to the midnight UTC after their last day.
    """
    revenue = _revenue(scene.portal, scene.today.year)
    total = 0
    for seller, attainment, plan in zip(ACTIVE, ATTAINMENTS, _PLANS, strict=True):
        hundreds = round((revenue[seller] or _NO_REVENUE) / attainment / _LEAST)
        target = _LEAST * max(1, hundreds)
        total += target
        if "yearly" in plan:
            _add(scene, seller, target, 1, 13)
        if "quarterly" in plan:
            ends = [round(target * share) for share in accumulate(_QUARTERS)]
            for number, (before, end) in enumerate(pairwise((0, *ends))):
                _add(scene, seller, end - before, 3 * number + 1, 3 * number + 4)
    _add(scene, "", total, 1, 13)


def _add(scene: Scene, seller: str, amount: int, first: int, after: int) -> None:
    """Add one target from the first day of a month to that of another; 13 is next January."""
    year = scene.today.year
    scene.portal.add_goal(
        scene.new_id("goal_targets"),
        seller,
        str(amount),
        _midnight(year, first),
        _midnight(year, after),
        at=scene.at(scene.days_of_year + 14),
        name=f"Omzet {year}",
        milestone="yearly" if after - first > 3 else "quarterly",  # noqa: PLR2004 - months
    )


def _midnight(year: int, month: int) -> datetime:
    day = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    return datetime.combine(day, time(), UTC)


def _revenue(portal: Portal, year: int) -> defaultdict[str, Decimal]:
    """Won amounts of the year by seller, in the account's currency."""
    revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
    zone = ZoneInfo(portal.timezone)
    for deal in portal.objects["deals"].values():
        if deal.values["hs_is_closed_won"] != "true" or "amount" not in deal.values:
            continue
        if datetime.fromisoformat(deal.values["closedate"]).astimezone(zone).year == year:
            amount = Decimal(deal.values["amount"])
            amount *= Decimal(deal.values.get("hs_exchange_rate", "1"))
            for seller, share in _shares(portal, deal):
                revenue[seller] += amount * share
    return revenue


def _shares(portal: Portal, deal: PortalRecord) -> list[tuple[str, Decimal]]:
    splits = portal.splits.get(deal.id)
    if splits:
        return [(seller, Decimal(share)) for seller, share in splits]
    return [(deal.values.get("hubspot_owner_id", ""), Decimal(1))]
