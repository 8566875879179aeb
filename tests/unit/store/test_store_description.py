"""The account as the CRM describes it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpis.records import Owner, Rate, Stage
from tests.store_fixtures import PULLED, deal

OPEN = Stage("default", "10", "Sales", "Open", 0, Decimal("0.20"))
WON = Stage("default", "9", "Sales", "Won", 1, Decimal("1.0"), is_won=True)
LOST = Stage("default", "2", "Sales", "Lost", 2, None, is_lost=True)

DESCRIPTION: dict[str, Any] = {
    "owners": [Owner("7", "Piet"), Owner("8", "Anna", is_archived=True)],
    "stages": [OPEN, WON],
    "rates": [Rate("USD", date(2026, 1, 1), Decimal("0.92"))],
    "currency": "EUR",
    "readable": frozenset({"companies", "calls"}),
}


def test_description_is_read_back_as_it_was_saved(store):
    store.save_description(**DESCRIPTION)

    mirror = store.read_mirror()
    assert store.read_owners() == (Owner("7", "Piet"), Owner("8", "Anna", is_archived=True))
    assert store.read_stages() == (OPEN, WON)
    assert mirror.owners.rows() == [("7", "Piet", False), ("8", "Anna", True)]
    assert mirror.rates.rows() == [("USD", date(2026, 1, 1), Decimal("0.92"))]
    assert mirror.account_currency == "EUR"
    assert mirror.readable == {"companies", "calls"}


def test_description_that_says_nothing_new_makes_compute_rest(store):
    store.save_description(**DESCRIPTION)
    version = store.mirror_version()

    store.save_description(**DESCRIPTION)

    assert store.mirror_version() == version


@pytest.mark.parametrize(
    "news",
    [
        {"owners": [Owner("7", "Piet")]},
        {"owners": [Owner("7", "Pieter"), Owner("8", "Anna", is_archived=True)]},
        {"stages": [OPEN, WON, LOST]},
        {"rates": []},
        {"currency": None},
        {"readable": frozenset({"companies"})},
    ],
)
def test_description_that_differs_makes_compute_run(store, news):
    store.save_description(**DESCRIPTION)
    version = store.mirror_version()

    store.save_description(**{**DESCRIPTION, **news})

    assert store.mirror_version() == version + 1


def test_stage_that_the_crm_deleted_stays_as_archived(store):
    store.save_description(**{**DESCRIPTION, "stages": [OPEN, LOST]})
    store.save_description(**{**DESCRIPTION, "stages": [WON]})

    assert [(stage.stage, stage.is_archived) for stage in store.read_stages()] == [
        ("10", True),
        ("9", False),
        ("2", True),
    ]
    assert store.read_stages()[2].probability is None


def test_owner_that_the_crm_no_longer_names_goes(store):
    store.save_description(**DESCRIPTION)
    store.save_description(**{**DESCRIPTION, "owners": []})

    assert store.read_owners() == ()


def test_account_never_described_is_read_with_the_defaults(store):
    mirror = store.read_mirror()

    assert mirror.account_currency is None
    assert mirror.readable == {"companies", "contacts", "deals"}


def test_deals_are_counted_by_stage(store):
    deals = [
        deal("1", pipeline="p", stage="a"),
        deal("2", pipeline="p", stage="a"),
        deal("3", pipeline="q", stage="a"),
        deal("4", pipeline="p"),
    ]
    store.save_page("deals", deals, cursor="c", pulled_at=PULLED)

    assert store.count_deals_by_stage() == {("p", "a"): 2, ("q", "a"): 1}
