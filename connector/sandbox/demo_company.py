"""Companies and contacts of the demo portal."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import count

from connector.sandbox.demo_account import ACTIVE, ARCHIVED
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import STORIES
from connector.sandbox.demo_words import (
    CITIES,
    DECIDER_ROLES,
    DECIDERS,
    FIRST_NAMES,
    INSIDER_ROLES,
    INSIDERS,
    LAST_NAMES,
    NAME_HEADS,
    NAME_TAILS,
    OTHERS,
    SEGMENTS,
)

_BIG_EVERY = 3
"""One in so many companies of a segment spends far more than the others."""

_HANDED_OVER = {13, 41}
_LEFT_BEHIND = {9, 26, 44}
_ROUND = 60
"""What is rare comes once in so many companies."""


class Cast:
    """Gives each next company its name, segment, seller, story and size."""

    def __init__(self, scene: Scene, companies: int) -> None:
        self._scene = scene
        self._segments = list(SEGMENTS)[: max(1, min(len(SEGMENTS), companies // 8))]
        self._names = _names(scene)
        self._stories: list[str] = []
        self._buyers = count()
        self._owned: Counter[tuple[str, bool]] = Counter()

    def next_company(self, number: int) -> Company:
        """Add the record of the next owned company and return what is known of it."""
        story = self._next_story()
        return self.add(number, story=story, owner_id=self._owner_of(number, story))

    def add(self, number: int, *, story: str, owner_id: str, kind: str = "") -> Company:
        """Add a company that somebody or nobody owns; `kind` is its type, "" for the usual one."""
        scene = self._scene
        segment = self._segments[number % len(self._segments)]
        is_big = self._is_big(number)
        spend = 1_000 * scene.random.randint(*((240, 380) if is_big else (25, 95)))
        name, domain = self._name_in(segment)
        born = scene.random.randint(560, 1_500)
        company = Company(scene.new_id("companies"), name, domain, owner_id, story, spend, born)
        first_owner = ARCHIVED if number % _ROUND in _HANDED_OVER and owner_id else owner_id
        told = STORIES[story]
        scene.portal.add_record(
            "companies",
            company.id,
            {
                "name": name,
                "domain": domain,
                "phone": f"+31 {scene.random.randint(10, 79)} {scene.random.randint(1, 9)}00 01 00",
                "city": scene.one_of(CITIES),
                "country": "Nederland",
                "type": kind or ("OTHER" if told.has_ordered else "PROSPECT"),
                "industry": segment,
                "numberofemployees": str(max(4, spend // 2_500)),
                "annualrevenue": str(spend * 60) if scene.chance(0.7) else "",
                "lifecyclestage": "customer" if told.has_ordered else "opportunity",
                "hs_ideal_customer_profile": "tier_1" if is_big else scene.one_of(("", "tier_2")),
                "hs_is_target_account": "true" if is_big and scene.chance(0.4) else "",
                "hubspot_owner_id": first_owner,
            },
            at=scene.at(born),
        )
        if first_owner != owner_id:
            self._set(company, {"hubspot_owner_id": owner_id}, days_ago=12)
        if told.lead_status:
            self._set(company, {"hs_lead_status": told.lead_status}, days_ago=45)
        return company

    def _set(self, company: Company, values: dict[str, str], *, days_ago: int) -> None:
        self._scene.portal.set_values("companies", company.id, values, at=self._scene.at(days_ago))

    def _next_story(self) -> str:
        if not self._stories:
            self._stories = self._scene.random.sample(list(STORIES), len(STORIES))
            # Those that bring in money come first, so that a small portal has them too.
            self._stories.sort(key=lambda name: STORIES[name].is_buying)
        return self._stories.pop()

    def _owner_of(self, number: int, story: str) -> str:
        """Buyers go round; the others to whoever has fewest of that size, a few to who left."""
        if STORIES[story].is_buying:
            owner_id = ACTIVE[next(self._buyers) % len(ACTIVE)]
        elif number % _ROUND in _LEFT_BEHIND:
            return ARCHIVED
        else:
            owner_id = min(ACTIVE, key=lambda one: self._owned[one, self._is_big(number)])
        self._owned[owner_id, self._is_big(number)] += 1
        return owner_id

    def _is_big(self, number: int) -> bool:
        row, column = divmod(number, len(self._segments))
        return (row + column) % _BIG_EVERY == 0

    def _name_in(self, segment: str) -> tuple[str, str]:
        head = next(self._names)
        trade = self._scene.one_of(SEGMENTS[segment])
        return f"{head} {trade}", f"{_slug(head)}-{_slug(trade)}.example"


def _names(scene: Scene) -> Iterator[str]:
    """Names without end; from the second round on, with a town."""
    heads = [head + tail for head in NAME_HEADS for tail in NAME_TAILS]
    scene.random.shuffle(heads)
    yield from heads
    for number in count(1):
        town = CITIES[number % len(CITIES)]
        more = "" if number < len(CITIES) else f" {number // len(CITIES) + 1}"
        yield from (f"{head} {town}{more}" for head in heads)


def add_contacts(scene: Scene, company: Company) -> None:
    """Add the people of a company: one who decides, those who know the work, and others."""
    people: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    people += [(DECIDERS, DECIDER_ROLES)] * scene.chance(0.8)
    people += [(INSIDERS, INSIDER_ROLES)] * scene.random.choice((1, 1, 2))
    people += [(OTHERS, ("", "OTHER"))] * scene.random.choice((0, 1, 1))
    for titles, roles in people:
        contact_id = scene.new_id("contacts")
        first, last = scene.one_of(FIRST_NAMES), scene.one_of(LAST_NAMES)
        login = f"{_slug(first)}.{_slug(last)}@{company.domain}"
        has_mail = scene.chance(0.92)
        is_bounced = has_mail and scene.chance(0.04)
        scene.portal.add_record(
            "contacts",
            contact_id,
            {
                "firstname": first,
                "lastname": last,
                "jobtitle": scene.one_of(titles) if scene.chance(0.95) else "",
                "hs_buying_role": scene.one_of(roles) if scene.chance(0.55) else "",
                "email": login if has_mail else "",
                "mobilephone": f"+31 6 00 {scene.random.randint(100_000, 999_999)}",
                "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER" if is_bounced else "",
                "hubspot_owner_id": company.owner_id,
            },
            at=scene.at(scene.random.randint(20, company.born)),
        )
        scene.portal.associate("contacts", contact_id, "companies", company.id, "Primary")
        company.contact_ids.append(contact_id)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")
