"""The steps of an admin: labels as they stand in the CRM."""

import pytest

from jobs.placing import CARD, COLUMNS, INPUT_CARD, admin_steps
from kpis.properties import PROPERTIES
from kpis.vocabulary import Language
from mappings.fields import INPUT_NAMES
from mappings.texts import load_texts

COMPANY = {row.name for row in PROPERTIES if row.object_type == "companies"}


def steps(language: Language, inputs: tuple[str, ...] = INPUT_NAMES) -> str:
    return " ".join(admin_steps(load_texts(), language, inputs).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["Fase koopproces, Fase sinds", '"Toprelatie" is any of "Ja"', "DMU-rol"]),
        ("en", ["Buying phase, Phase since", '"Top relation" is any of "Yes"', "DMU slot"]),
    ],
)
def test_steps_name_properties_and_options_by_their_labels(language, words):
    told = steps(language)

    assert [word for word in words if word not in told] == []


def test_steps_in_english_hold_no_dutch_label():
    assert [word for word in ("Fase", "Toprelatie", "Ja", "Koopfase") if word in steps("en")] == []


def test_inputs_that_are_the_customers_own_fields_are_left_out():
    told = steps("en", ("pains",))

    assert "a second property list below it: Pains (one per line). Save." in told
    assert "Declared phase" not in told


def test_step_for_inputs_is_left_out_when_none_is_ours():
    assert "second property list" not in steps("en", ())


def test_names_of_cards_and_columns_are_properties_of_a_company():
    assert [one for one in (*CARD, *COLUMNS, *INPUT_CARD) if one not in COMPANY] == []
