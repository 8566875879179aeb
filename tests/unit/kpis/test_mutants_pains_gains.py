"""Pains and gains: what is boilerplate beside options, and which changes date a text (spec 4)."""

from datetime import date

import pytest

from kpis.frames import Mirror
from kpis.pains_gains import measures_pains_gains
from kpis.parameters import Parameters
from tests.unit.kpis.test_pains_gains import change, judged, relation


def test_option_of_the_same_words_does_not_make_a_text_boilerplate():
    companies = [
        {"relation_id": str(number), "pains_options": ["Te dure voorraad"]} for number in range(5)
    ]

    found = judged(
        *companies,
        {"relation_id": "9", "pains": "Te dure voorraad"},
        sources=["company_text", "company_options"],
    )

    assert relation(found, "9")["pains_count"] == 1
    assert relation(found, "9")["is_boilerplate"] is False


def test_deal_that_is_linked_twice_is_read_once():
    found = judged(
        {"relation_id": "1"},
        deals=[{"deal_id": "7", "pains": "Te dure voorraad"}],
        deal_relations=[("7", "1"), ("7", "1")],
        sources=["deal_text"],
    )

    assert found.items.height == 1


def test_text_that_was_never_filled_has_no_update_when_another_field_was():
    found = judged(
        {"relation_id": "1"},
        company_changes=[
            change("1", "segment", "retail", "2026-06-01T10:00"),
            change("1", "pains", "", "2026-06-02T10:00"),
        ],
    )

    assert relation(found)["pains_gains_updated_on"] is None


def test_change_at_the_very_moment_counts():
    found = judged(
        {"relation_id": "1"},
        company_changes=[change("1", "pains", "Te dure voorraad", "2026-06-30T12:00")],
    )

    assert relation(found)["pains_gains_updated_on"] == date(2026, 6, 30)


def test_text_of_spaces_is_no_text():
    found = judged({"relation_id": "1", "pains": "   "})

    assert relation(found)["pains_gains_updated_on"] is None


@pytest.mark.parametrize(
    ("sources", "readable", "measured"),
    [
        (["company_text"], {"companies"}, True),
        (["company_text"], {"deals", "contacts"}, False),
        (["company_options"], {"companies"}, True),
        (["company_options"], {"deals", "contacts"}, False),
        (["deal_text"], {"deals"}, True),
        (["deal_text"], {"companies", "contacts"}, False),
        (["contact_text"], {"contacts"}, True),
        (["contact_text"], {"companies", "deals"}, False),
        (["company_text", "deal_text"], {"deals"}, True),
    ],
)
def test_pains_and_gains_are_measured_when_one_of_their_places_can_be_read(
    sources, readable, measured
):
    rules = Parameters.model_validate({"pains_gains": {"sources": sources}}).pains_gains

    assert measures_pains_gains(Mirror(readable=frozenset(readable)), rules) is measured
