"""The property table, the option sets and their labels against spec 7."""

import re
from pathlib import Path

import pytest

from kpis.properties import PROPERTIES, properties_of
from kpis.vocabulary import OPTION_SETS, PHASES, Phase
from tests.unit.kpis.builders import TEXTS

OBJECTS = {"companies": "company", "deals": "deal", "contacts": "contact"}
SPEC = Path(__file__).parents[4] / "shared" / "kpi-spec.md"

OPTION = re.compile(r"`(\w+)` ([^/]+?) / ([^(]+?)(?: \([^)]*\))?(?:, (?=`|the |and )|$)")
"""A value with its Dutch and English label in the table of option sets."""

SELLER_SETS = {
    "seller_score_reason": "seller_score_reason",
    "score_basis": "seller_component",
    "seller_warnings": "seller_warning",
}
"""Option set by value of sellers."""


def chapter_7() -> str:
    if not SPEC.exists():
        pytest.skip("the specification is not at hand beside this checkout")
    return SPEC.read_text(encoding="utf-8").split("\n## 7. ")[1].split("\n## 8. ")[0]


def rows_of(chapter: str, start: str) -> list[list[str]]:
    """Cells of the table rows whose first cell matches."""
    lines = [line for line in chapter.splitlines() if re.match(rf"\| {start} \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_properties_equal_the_table_of_spec_7():
    expected = [
        (row[0], row[1].strip("`"), row[2], row[3], row[4], row[5], row[6])
        for row in rows_of(chapter_7(), "(?:company|deal|contact)")
    ]

    found = [
        (
            OBJECTS[row.object_type],
            row.name,
            f"{row.value_type}/{row.field_type}",
            row.number_format or row.option_set or "",
            row.direction,
            label.nl,
            label.en,
        )
        for row in PROPERTIES
        for label in (getattr(TEXTS.properties, row.object_type)[row.name],)
    ]
    assert found == expected


def test_texts_label_properties_of_ours_and_no_other():
    for object_type in OBJECTS:
        named = [row.name for row in PROPERTIES if row.object_type == object_type]
        assert list(getattr(TEXTS.properties, object_type)) == named


def test_option_sets_equal_the_table_of_spec_7():
    table = {
        row[0]: row[1]
        for row in rows_of(chapter_7(), r"\w+")
        if row[1].startswith("`") and row[0] not in OBJECTS.values()
    }
    expected = {name: OPTION.findall(cell) for name, cell in table.items()}
    assert len(expected) == 21  # all but `phase_or_unknown`, which refers to `phase`

    found = {
        name: [
            (value, TEXTS.options[name][value].nl, TEXTS.options[name][value].en)
            for value in OPTION_SETS[name]
            if not value.startswith("deal_")
        ]
        for name in expected
    }
    assert found == expected


def test_phase_or_unknown_is_the_five_phases_and_unknown():
    labels = TEXTS.options["phase_or_unknown"]

    assert OPTION_SETS["phase_or_unknown"] == (*OPTION_SETS["phase"], "unknown")
    assert {name: labels[name] for name in OPTION_SETS["phase"]} == TEXTS.options["phase"]
    assert (labels["unknown"].nl, labels["unknown"].en) == ("Onbekend", "Unknown")


def test_company_warnings_repeat_each_deal_warning():
    company = TEXTS.options["company_warning"]

    for value, label in TEXTS.options["deal_warning"].items():
        assert company[f"deal_{value}"].en == f"Deal: {label.en}"
        assert company[f"deal_{value}"].nl == f"Deal: {label.nl}"
    assert OPTION_SETS["company_warning"][6:] == tuple(
        f"deal_{value}" for value in OPTION_SETS["deal_warning"]
    )


def seller_rows() -> list[list[str]]:
    return rows_of(chapter_7(), r"`[a-z0-9_`, ]+`")


def test_values_of_sellers_equal_the_table_of_spec_7():
    names = [name for row in seller_rows() for name in re.findall(r"`(\w+)`", row[0])]

    assert list(TEXTS.properties.sellers) == names


def test_labels_of_sellers_equal_the_table_of_spec_7_where_it_writes_them_out():
    labels = TEXTS.properties.sellers
    checked = 0
    for row in seller_rows():
        names = re.findall(r"`(\w+)`", row[0])
        if len(names) <= 3:  # the cells of longer rows abbreviate
            checked += len(names)
            assert ", ".join(labels[name].nl for name in names) == row[3]
            assert ", ".join(labels[name].en for name in names) == row[4]
    assert checked == 20


def test_option_sets_of_sellers_equal_the_table_of_spec_7():
    table = {row[0].strip("`"): row[2].split(", ") for row in seller_rows()}

    for name, option_set in SELLER_SETS.items():
        assert list(OPTION_SETS[option_set]) == table[name]


def test_every_option_set_that_a_property_names_exists():
    named = {row.option_set for row in PROPERTIES if row.option_set}

    assert named | set(SELLER_SETS.values()) == set(OPTION_SETS)


def test_every_value_of_every_option_set_has_a_label():
    assert {name: tuple(labels) for name, labels in TEXTS.options.items()} == OPTION_SETS


def test_option_values_are_unique_within_a_set():
    for name, options in OPTION_SETS.items():
        assert len(options) == len(set(options)), name


def test_phases_stand_in_rank_order_without_unknown():
    assert PHASES == (Phase.NO_INTEREST, Phase.ORIENTING, Phase.INTEREST, Phase.QUOTE, Phase.ORDER)


def test_properties_of_splits_inputs_from_outputs():
    inputs = properties_of("companies", "in")

    assert len(inputs) == 15
    assert properties_of("deals", "in") == ()
    assert all(row.direction == "in" for row in inputs)
    assert PROPERTIES[0].options == ()
