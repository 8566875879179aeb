"""Cases of contact that are rarer in the demo: what looks like contact and is none; old news."""

from collections.abc import Sequence

from connector.sandbox.demo_activity import add_activity
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import STORIES
from connector.sandbox.demo_words import (
    DECIDER_ROLES,
    DIRT,
    GAINS,
    INSIDER_ROLES,
    OTHERS,
    PAINS,
)

_CASES = ("calls_short", "calls_untimed", "meetings_off", "mail_forwarded")
_EVERY = 3
"""One in so many companies in touch has one of the cases."""


def add_cases(scene: Scene, companies: Sequence[Company]) -> None:
    """Add them to companies that are in touch anyway, so that their phase stays as told."""
    in_touch = [one for one in companies if STORIES[one.story].talks]
    for number, company in enumerate(in_touch[::_EVERY]):
        what = _CASES[number % len(_CASES)]
        add_activity(scene, company, what, scene.random.randint(2, 60), deal_id=None)
    for company in companies:
        _date_people(scene, company)
    for company in companies[1::_EVERY]:
        _add_old_texts(scene, company)


def _date_people(scene: Scene, company: Company) -> None:
    """Some contacts got another title or their role later on, some of them long ago."""
    portal = scene.portal
    for contact_id in company.contact_ids:
        record = portal.objects["contacts"][contact_id]
        made = (scene.today - record.modified_at.astimezone(scene.zone).date()).days
        days_ago = scene.random.randint(5, 420)
        if days_ago >= made or record.values.get("jobtitle") in OTHERS:
            continue
        if scene.chance(0.25):
            role = scene.one_of((*DECIDER_ROLES, *INSIDER_ROLES))
            portal.set_values(
                "contacts", contact_id, {"hs_buying_role": role}, at=scene.at(days_ago)
            )
        elif scene.chance(0.15) and record.values.get("jobtitle"):
            title = f"Senior {record.values['jobtitle'].lower()}"
            portal.set_values("contacts", contact_id, {"jobtitle": title}, at=scene.at(days_ago))


def _add_old_texts(scene: Scene, company: Company) -> None:
    """Pains and gains of more than a year ago, or words that say nothing, where there were none."""
    values = scene.portal.values("companies", company.id)
    if "csk_pains" in values or "csk_gains" in values:
        return
    is_dirt = scene.chance(0.4)
    texts = {
        "csk_pains": scene.one_of(DIRT) if is_dirt else "\n".join(scene.some_of(PAINS, 2, 3)),
        "csk_gains": "" if is_dirt else "\n".join(scene.some_of(GAINS, 1, 2)),
    }
    days_ago = scene.random.randint(370, 540)
    scene.portal.set_values(
        "companies",
        company.id,
        texts,
        at=scene.at(days_ago),
        source_id=f"userId:{company.owner_id}",
    )
