"""The property table and option sets against spec 7."""

import re
from pathlib import Path

import pytest

from kpis.properties import PROPERTIES, properties_of
from kpis.vocabulary import OPTION_SETS, PHASES, Phase

OBJECTS = {"companies": "company", "deals": "deal", "contacts": "contact"}
SPEC = Path(__file__).parents[4] / "shared" / "kpi-spec.md"


def spec_rows() -> list[list[str]]:
    if not SPEC.exists():
        pytest.skip("the specification is not at hand beside this checkout")
    chapter = SPEC.read_text(encoding="utf-8").split("\n## 7. ")[1].split("\n## 8. ")[0]
    lines = [
        line for line in chapter.splitlines() if re.match(r"\| (company|deal|contact) \|", line)
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_properties_equal_the_table_of_spec_7():
    expected = [
        (row[0], row[1].strip("`"), row[2], row[3], row[4], row[5], row[6]) for row in spec_rows()
    ]

    found = [
        (
            OBJECTS[row.object_type],
            row.name,
            f"{row.value_type}/{row.field_type}",
            row.number_format or row.option_set or "",
            row.direction,
            row.nl,
            row.en,
        )
        for row in PROPERTIES
    ]
    assert found == expected


def test_every_option_set_that_a_property_names_exists():
    named = {row.option_set for row in PROPERTIES if row.option_set}

    assert named <= set(OPTION_SETS)


def test_option_values_are_unique_within_a_set():
    for name, options in OPTION_SETS.items():
        values = [option.value for option in options]
        assert len(values) == len(set(values)), name


def test_company_warnings_repeat_each_deal_warning():
    company = {option.value: option for option in OPTION_SETS["company_warning"]}

    for option in OPTION_SETS["deal_warning"]:
        assert company[f"deal_{option.value}"].en == f"Deal: {option.en}"
        assert company[f"deal_{option.value}"].nl == f"Deal: {option.nl}"


def test_labels_follow_the_language():
    row = next(row for row in PROPERTIES if row.name == "buying_phase")

    assert row.label("nl") == "Fase koopproces"
    assert row.label("en") == "Buying phase"
    assert [option.label("nl") for option in row.options][-1] == "Onbekend"
    assert [option.label("en") for option in row.options][-1] == "Unknown"


def test_phases_stand_in_rank_order_without_unknown():
    assert PHASES == (Phase.NO_INTEREST, Phase.ORIENTING, Phase.INTEREST, Phase.QUOTE, Phase.ORDER)


def test_properties_of_splits_inputs_from_outputs():
    inputs = properties_of("companies", "in")

    assert len(inputs) == 15
    assert properties_of("deals", "in") == ()
    assert all(row.direction == "in" for row in inputs)
    assert PROPERTIES[0].options == ()
