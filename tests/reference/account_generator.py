"""Random accounts for all chapters, on the edges of their rules; one seed, one account."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kpis.frames import Mirror, OwnHistory
from kpis.parameters import Parameters
from tests.reference.account_dealings import add_activity, add_deal
from tests.reference.account_features import ACTIVITIES, Features, random_features
from tests.reference.account_parameters import random_parameters
from tests.reference.account_past import add_goals, random_history
from tests.reference.account_people import add_company, add_contact
from tests.reference.account_records import Records
from tests.reference.account_words import IDLE_SELLER, PAIR_SELLER, SELLERS, STRAY


@dataclass(frozen=True)
class RandomAccount:
    """An account, its own history, its parameters and the instant of its reading."""

    features: Features
    mirror: Mirror
    history: OwnHistory
    parameters: Parameters
    as_of: datetime


def random_account(seed: int, relations: int) -> RandomAccount:
    """An account of so many companies."""
    features = random_features(seed)
    records = Records(features)
    for number, seller in enumerate((*SELLERS, PAIR_SELLER, IDLE_SELLER)):
        name = f"Seller {seller}"
        records.add("owners", seller_id=seller, name=name, is_archived=number == 2)
    for currency, rate in (("CHF", "1.05"), ("EUR", "1.02"), ("USD", "0.8")):
        day = date(features.as_of.year - 1, 1, 1)
        records.add("rates", currency=currency, valid_from=day, rate=Decimal(rate))
    keys = [str(number) for number in range(1, relations + 1)]
    for place, key in enumerate(keys):
        _add_relation(records, key, keys, is_of_pair=place < 2)
    add_goals(records)
    history = random_history(records, keys)
    return RandomAccount(
        features, records.mirror(), history, random_parameters(features), features.as_of
    )


def _add_relation(records: Records, key: str, keys: list[str], *, is_of_pair: bool) -> None:
    """A company with contacts, deals and activities; some of them belong to several companies."""
    is_silent = records.happens(0.15)
    add_company(records, key, is_silent=is_silent, is_of_pair=is_of_pair)
    contacts, deals = [], []
    if records.holds("contacts"):
        count = records.one(0, 1, 2, 3)
        contacts = [add_contact(records, _about(records, key, keys)) for _ in range(count)]
    if records.holds("deals") and not is_silent:
        count = records.one(0, 0, 1, 3, 5)
        deals = [add_deal(records, _about(records, key, keys)) for _ in range(count)]
    if ACTIVITIES & records.features.types:
        for _ in range(records.one(0, 1, 4, 9)):
            add_activity(records, key, contacts, deals)


def _about(records: Records, key: str, keys: list[str]) -> list[str]:
    """The company, sometimes with another one or with one that does not exist."""
    if records.features.has_stray_links and records.happens(0.15):
        return records.one([key, STRAY], [STRAY], [STRAY, key])  # type: ignore[no-any-return]
    other = records.one(*keys)
    return [key, other] if records.happens(0.15) and other != key else [key]
