"""The demo portal: an invented Dutch supplier of drive technology and the companies it sells to.

It is the same for the same arguments. Nothing in it is dated later than `today`, but for what is
planned: expected closes, appointments, tasks and end dates.
"""

from datetime import date
from pathlib import Path
from random import Random

from connector.sandbox.demo_account import ACTIVE, add_account
from connector.sandbox.demo_activity import add_activities
from connector.sandbox.demo_case import add_cases
from connector.sandbox.demo_company import Cast, add_contacts
from connector.sandbox.demo_deal import add_deals
from connector.sandbox.demo_goal import add_goals
from connector.sandbox.demo_input import add_inputs
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_special import LEAST_COMPANIES, add_rare_deals
from connector.sandbox.portal import Portal

DEMO_MAPPING = Path(__file__).with_name("demo_mapping.yaml")
"""Mapping file that fits the demo portal."""

OWN_NAME = "Noordstroom Aandrijftechniek"
_UNOWNED_EVERY = 25


def demo_portal(*, today: date, companies: int = 60, seed: int = 5469) -> Portal:
    """Build the demo portal.

    Args:
        today: local day on which the portal is looked at.
        companies: number of companies, >= 1; about three contacts, two deals and six activities
            come with each. From `LEAST_COMPANIES` on, some of them are no relations: our own
            company, a partner, and some that nobody owns.
        seed: another one gives another portal of the same kind.
    """
    portal = Portal(additional_currencies=["USD"])
    add_account(portal)
    scene = Scene(portal, Random(seed), today)  # noqa: S311 - made-up data, no secret
    others = 2 + companies // _UNOWNED_EVERY if companies >= LEAST_COMPANIES else 0
    cast = Cast(scene, companies)
    owned = [_add_relation(scene, cast, number) for number in range(companies - others)]
    if others:
        add_rare_deals(scene, owned)
        _add_others(scene, cast, range(companies - others, companies))
    scene.random = Random(seed + 1)  # noqa: S311 - dice of their own, which leave the rest as it is
    add_cases(scene, owned)
    add_goals(scene)
    return portal


def _add_relation(scene: Scene, cast: Cast, number: int) -> Company:
    company = cast.next_company(number)
    add_contacts(scene, company)
    add_deals(scene, company)
    add_activities(scene, company)
    add_inputs(scene, company, number)
    return company


def _add_others(scene: Scene, cast: Cast, numbers: range) -> None:
    """Add companies that are no relations: the own one, a partner, and those without an owner."""
    own, partner, *unowned = numbers
    company = cast.add(own, story="unknown", owner_id="", kind="OTHER")
    values = {"name": OWN_NAME, "domain": "noordstroom.example"}
    scene.portal.set_values("companies", company.id, values, at=scene.at(company.born))
    company = cast.add(partner, story="ordered", owner_id=ACTIVE[0], kind="PARTNER")
    add_contacts(scene, company)
    add_deals(scene, company)
    for number in unowned:
        add_contacts(scene, cast.add(number, story="unknown_lead", owner_id=""))
