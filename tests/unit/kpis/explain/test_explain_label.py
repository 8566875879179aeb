"""An explanation under its labels, and the small forms in which values stand in it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest

from kpis.activity import CONTACT_TYPES
from kpis.explain import Node, labelled
from kpis.explain.node import plain, shown_text, with_decimals
from kpis.parameters import Contact, PainsGainsSource, TopRelation
from kpis.properties import PROPERTIES
from kpis.vocabulary import OPTION_SETS
from kpis.wording import placeholders
from tests.unit.kpis.builders import TEXTS


@pytest.mark.parametrize(
    ("node", "nl", "en"),
    [
        (
            Node("potential_revenue", "1250"),
            ("Potentiële omzet per jaar", "1.250,00"),
            ("Potential revenue per year", "1,250.00"),
        ),
        (
            Node("profile_completeness", "0.625"),
            ("Profielvolledigheid", "62,50 %"),
            ("Profile completeness", "62.50 %"),
        ),
        (Node("is_top_relation", "true"), ("Toprelatie", "Ja"), ("Top relation", "Yes")),
        (Node("has_order", "false"), ("Eigen order", "Nee"), ("Own order", "No")),
        (
            Node("profile_missing", "order_volume;right_contacts"),
            ("Ontbreekt of verouderd in profiel", "Bestelvolume, Juiste contactpersonen"),
            ("Missing or outdated in profile", "Order volume, Right contacts"),
        ),
        (
            Node("spend_categories", "products;own"),
            ("Bestedingscategorieën", "Producten, own"),
            ("Spend categories", "Products, own"),
        ),
        (
            Node("phase_since", "2026-05-20"),
            ("Fase sinds", "20-05-2026"),
            ("Phase since", "2026-05-20"),
        ),
        (Node("decider", "0.5000"), ("Beslisser", "0,5000"), ("Decider", "0.5000")),
        (Node("reach_out", ""), ("Neem contact op", ""), ("Reach out", "")),
        (Node("deal", "1234"), ("Deal", "1234"), ("Deal", "1234")),
        (Node("whatever", "x;y"), ("whatever", "x;y"), ("whatever", "x;y")),
    ],
)
def test_line_is_shown_under_its_label_in_either_language(node, nl, en):
    dutch, english = labelled(node, TEXTS, "nl"), labelled(node, TEXTS, "en")

    assert (dutch.name, dutch.value) == nl
    assert (english.name, english.value) == en


def test_labels_reach_every_line_and_leave_rule_and_note_alone():
    inner = Node("pains_count", "2", "4.2", "why")

    shown = labelled(Node("kpi3", "", "4", "", (inner,)), TEXTS, "en")

    assert shown.children == (Node("Number of pains", "2", "4.2", "why"),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("12.500000"), "12.5"),
        (Decimal("1200.000000"), "1200"),
        (Decimal(1200), "1200"),
        (["b", "a"], "b;a"),
        (date(2026, 6, 1), "2026-06-01"),
        (datetime(2026, 6, 1, 9, tzinfo=UTC), "2026-06-01T09:00:00+00:00"),
        (7, "7"),
    ],
)
def test_value_becomes_one_text_without_a_language(value, text):
    assert plain(value) == text


def test_number_is_rounded_half_away_from_zero():
    assert with_decimals(Decimal("0.00005"), 4) == "0.0001"
    assert with_decimals(Decimal("-1.005"), 2) == "-1.01"
    assert with_decimals(None, 2) == ""


@pytest.mark.parametrize(
    ("text", "nl"),
    [
        ("1234567.50", "1.234.567,50"),
        ("-0.1551", "-0,1551"),
        ("2026-06-30", "30-06-2026"),
        ("20260630", "20260630"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_days_and_numbers_with_decimals_alone_are_rewritten(text, nl):
    assert shown_text(text, "nl") == nl


def test_every_property_of_a_company_has_a_label_of_its_own():
    names = {row.name for row in PROPERTIES if row.object_type == "companies"}

    assert names <= set(TEXTS.properties.companies)


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("basis_{}", OPTION_SETS["basis"]),
        ("phase_rule_{}", range(1, 10)),
        ("channel_{}", CONTACT_TYPES),
        ("rule_{}", get_args(TopRelation.model_fields["rule"].annotation)),
        ("flag_{}", ("always", "only")),
        ("margin_{}", ("own", "segment", "config")),
        ("contacted_by_{}", get_args(Contact.model_fields["by"].annotation)),
        ("item_{}", ("placeholder", "duplicate", "near_duplicate", "other_list", "boilerplate")),
        ("from_{}", set(get_args(PainsGainsSource)) - {"company_text"}),
    ],
)
def test_every_case_has_its_text(form, values):
    assert {form.format(value) for value in values} <= set(TEXTS.explain)


def test_both_languages_of_a_text_hold_the_same_placeholders():
    different = [
        key
        for key, phrase in TEXTS.explain.items()
        if placeholders(phrase.nl) != placeholders(phrase.en)
    ]

    assert different == []
