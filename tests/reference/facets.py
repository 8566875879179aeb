"""Section 2.3 read plainly: the four facets of the profile and the slots of contacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import Clock, faded, mean, youngest
from tests.reference.edits import Edits
from tests.reference.items import normalised, placeholder_words, split
from tests.reference.money import Row, is_order

SLOTS = ("decider", "insider")


@dataclass(frozen=True)
class Person:
    """A contact: reachable or not, and the slot it fills by role and by title."""

    contact_id: str
    is_reachable: bool
    by_role: frozenset[str]
    by_title: str | None
    met_at: datetime | None
    role_set_at: datetime | None
    title_set_at: datetime | None

    @property
    def slots(self) -> tuple[str, ...]:
        """By role, else by title; two roles can fill both slots, a title only one."""
        found = self.by_role or {self.by_title}
        return tuple(slot for slot in SLOTS if slot in found)

    @property
    def slot(self) -> str | None:
        """In both slots decider."""
        return self.slots[0] if self.slots else None

    def share(self, slot: str, parameters: Parameters, clock: Clock, confirmed: int | None) -> Any:
        """How well it fills a slot, faded."""
        horizon = parameters.profile.horizons.right_contacts
        if not self.is_reachable or slot not in self.slots:
            return Fraction(0)
        if slot in self.by_role:
            base, set_at = Fraction(1), self.role_set_at
        else:
            base, set_at = Fraction(parameters.profile.title_only), self.title_set_at
        ages = [None if at is None else clock.age(at) for at in (self.met_at, set_at)]
        return base * faded(horizon, youngest(*ages, confirmed))


def slot_of_title(title: str | None, meaning: Any) -> str | None:
    """Titles match casefolded, on the bounds of words; one that fits both fills decider."""
    folded = (title or "").casefold()
    for slot in SLOTS:
        if any(stands_in(word.casefold(), folded) for word in meaning.job_titles.get(slot, ())):
            return slot
    return None


def stands_in(word: str, text: str) -> bool:
    """Whether the word stands in the text with no letter or digit beside it."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        before = text[start - 1 : start] if start else ""
        if not before.isalnum() and not text[end : end + 1].isalnum():
            return True
        start = text.find(word, start + 1)
    return False


def read_person(
    row: Row, meaning: Any, parameters: Parameters, edits: Edits, met_at: datetime | None
) -> Person:
    """One contact."""
    has_mail = bool(row["has_email"]) and not row["is_bounced"]
    has_phone = (row["phone_digits"] or 0) >= parameters.profile.min_phone_digits
    return Person(
        contact_id=row["contact_id"],
        is_reachable=(has_mail or has_phone) and not row["has_left"],
        by_role=frozenset(
            meaning.buying_roles[role]
            for role in row["buying_role"] or ()
            if role in meaning.buying_roles
        ),
        by_title=slot_of_title(row["job_title"], meaning),
        met_at=met_at,
        role_set_at=edits.at(row["contact_id"], "buying_role"),
        title_set_at=edits.at(row["contact_id"], "job_title"),
    )


@dataclass(frozen=True)
class Reader:
    """Reads the facets of one relation after the other."""

    parameters: Parameters
    clock: Clock
    edits: Edits

    def age(self, company: Row, *names: str) -> int | None:
        at = self.edits.latest(company["relation_id"], *names)
        return None if at is None else self.clock.age(at)

    def facets(
        self, company: Row, facts: list[Row], people: list[Person] | None, confirmed: int | None
    ) -> dict[str, Fraction]:
        """Score of every facet that can be measured; without contacts only three."""
        found = {
            "spend_pattern": self.spend_pattern(company, facts, confirmed),
            "order_volume": self.order_volume(company, facts, confirmed),
            "current_suppliers": self.current_suppliers(company, confirmed),
        }
        if people is not None:
            best = [
                max(
                    (one.share(slot, self.parameters, self.clock, confirmed) for one in people),
                    default=Fraction(0),
                )
                for slot in SLOTS
            ]
            found["right_contacts"] = mean(best) or Fraction(0)
        return found

    def spend_pattern(self, company: Row, facts: list[Row], confirmed: int | None) -> Fraction:
        profile = self.parameters.profile
        horizon, parts = profile.horizons.spend_pattern, profile.spend_parts
        score = Fraction(0)
        if (company["annual_category_spend"] or 0) > 0:
            age = youngest(self.age(company, "annual_category_spend"), confirmed)
            score += Fraction(parts.amount) * faded(horizon, age)
        pattern = Fraction(0)
        if company["spend_categories"] or company["purchase_frequency"]:
            age = youngest(self.age(company, "spend_categories", "purchase_frequency"), confirmed)
            pattern = faded(horizon, age)
        since = self.clock.months_ago(profile.pattern_window_months)
        days = [fact["close_day"] for fact in facts if is_order(fact) and fact["close_day"] > since]
        months = {(day.year, day.month) for day in days}
        if len(days) >= profile.pattern_min_deals and len(months) >= profile.pattern_min_months:
            pattern = faded(horizon, 0)
        return score + Fraction(parts.pattern) * pattern

    def order_volume(self, company: Row, facts: list[Row], confirmed: int | None) -> Fraction:
        profile = self.parameters.profile
        horizon, score = profile.horizons.order_volume, Fraction(0)
        if (company["annual_order_volume"] or 0) > 0:
            score = faded(horizon, youngest(self.age(company, "annual_order_volume"), confirmed))
        if any(
            is_order(fact) and 0 <= self.clock.age(fact["close_day"]) < profile.order_window_days
            for fact in facts
        ):
            score = max(score, faded(horizon, 0))
        return score

    def current_suppliers(self, company: Row, confirmed: int | None) -> Fraction:
        horizon, score = self.parameters.profile.horizons.current_suppliers, Fraction(0)
        if any(self.is_supplier(name) for name in split(company["current_suppliers"])):
            score = faded(horizon, youngest(self.age(company, "current_suppliers"), confirmed))
        if company["supplier_situation"] in {"none", "in_house"}:
            age = youngest(self.age(company, "supplier_situation"), confirmed)
            score = max(score, faded(horizon, age))
        return score

    def is_supplier(self, name: str) -> bool:
        """A name of enough letters or digits that is no placeholder and not our own."""
        profile, text = self.parameters.profile, normalised(name)
        own = {normalised(word) for word in profile.own_names}
        is_long = sum(character.isalnum() for character in text) >= profile.min_name_characters
        return is_long and text not in own | placeholder_words(self.parameters.pains_gains)


def valid_confirmation(
    company: Mapping[str, Any], met: set[Any], parameters: Parameters, clock: Clock
) -> int | None:
    """Age of a confirmation with a contact moment in the days up to it (2.3)."""
    confirmed = company["profile_confirmed_on"]
    if confirmed is None or confirmed > clock.today:
        return None
    days = parameters.profile.confirm_needs_contact_days
    return clock.age(confirmed) if any(0 <= (confirmed - day).days < days for day in met) else None
