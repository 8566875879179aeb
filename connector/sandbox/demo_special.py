"""What is rare: a credit note, a deal in dollars, a missing amount, a deal of two companies."""

from collections.abc import Sequence

from connector.sandbox.demo_account import STAGES
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import STORIES
from connector.sandbox.instants import instant_text

Values = dict[str, str]

LEAST_COMPANIES = 8
"""A portal with fewer has no room for what is rare, nor the three buyers that it happens to."""


def add_rare_deals(scene: Scene, companies: Sequence[Company]) -> None:
    """Add the rare deals to companies that order anyway, so that their phase stays as told."""
    buyers = [one for one in companies if STORIES[one.story].is_buying]
    first, second, third = buyers[:3]
    _won(scene, first, {"dealname": f"Creditnota {first.name}", "amount": "-1500"}, days_ago=6)
    dollars = {"amount": "12000", "deal_currency_code": "USD", "hs_exchange_rate": "0.92"}
    _won(scene, second, {"dealname": f"Export line {second.name}"} | dollars, days_ago=210)
    _won(scene, third, {"dealname": f"Spoedlevering {third.name}", "amount": ""}, days_ago=220)
    deal_id = _won(
        scene, first, {"dealname": "Gezamenlijke inkoop", "amount": "9400"}, days_ago=230
    )
    scene.portal.links.remove("deals", deal_id, "companies", first.id)
    for company in (first, second):
        scene.portal.associate("deals", deal_id, "companies", company.id)


def _won(scene: Scene, company: Company, values: Values, *, days_ago: int) -> str:
    """Add a deal that was entered as won at once."""
    deal_id, at = scene.new_id("deals"), scene.at(days_ago)
    scene.portal.add_record(
        "deals",
        deal_id,
        {
            "pipeline": "default",
            "dealstage": STAGES["default"]["won"][0],
            "closedate": instant_text(at),
            "hubspot_owner_id": company.owner_id,
        }
        | values,
        at=at,
    )
    scene.portal.associate("deals", deal_id, "companies", company.id, "Primary")
    company.deal_ids.append(deal_id)
    return deal_id
