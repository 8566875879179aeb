"""A suggested mapping says why for each line, guesses only with `check`, and always loads."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.records import Stage
from mappings.schema import Mapping
from mappings.stages import read_stages
from mappings.suggest import suggest
from mappings.validation import validated
from mappings.yaml import document_of


def stage(label: str, probability: str | None = None, *, name: str = "1", **more: Any) -> Stage:
    chance = None if probability is None else Decimal(probability)
    return Stage("77", name, "Verkoop", label, 0, chance, **more)


def line(label: str, probability: str | None = None, **more: Any) -> str:
    """Suggested line of a pipeline with this one stage."""
    return suggest([stage(label, probability, **more)]).splitlines()[-1]


def test_suggestion_of_a_whole_account():
    stages = [
        Stage("77", "closed", "Renewals #2", "Gewonnen", 9, Decimal("1.0"), is_won=True),
        Stage("77", "no", "Renewals #2", 'Wacht "even"', 1),
        Stage("default", "12345", "Verkoop", "Offerte uitgebracht", 1, Decimal("0.6")),
        Stage("default", "closedlost", "Verkoop", "Verloren", 3, Decimal("0.0"), is_lost=True),
        Stage("default", "appointmentscheduled", "Verkoop", "Kennismaking", 0, Decimal("0.2")),
        Stage("default", "old", "Verkoop", "Offerte", 2, is_archived=True),
    ]

    assert suggest(stages) == (
        "# What the words of the CRM mean. A suggestion out of its pipelines: read every line, "
        "above all\n"
        '# those with "check", and fill in those that were left open. What does not stand here '
        "keeps its\n"
        "# default.\n"
        "crm: hubspot\n"
        "\n"
        "# pipeline id -> stage id -> no_interest, orienting, interest, quote, order | lost | "
        "ignore\n"
        "stages:\n"
        '  default:  # "Verkoop"\n'
        '    appointmentscheduled: orienting  # "Kennismaking": word "Kennismaking"\n'
        '    "12345": quote  # "Offerte uitgebracht": word "Offerte"\n'
        '    closedlost: lost  # "Verloren": lost in the CRM\n'
        '  "77":  # "Renewals #2"\n'
        '    # "no":   # "Wacht "even"": neither label nor probability tells: which phase?\n'
        '    closed: order  # "Gewonnen": won in the CRM\n'
    )


@pytest.mark.parametrize(
    ("label", "phase", "word"),
    [
        ("Eerste gesprek", "orienting", "gesprek"),
        ("Oriëntatie", "orienting", "Oriëntatie"),
        ("Appointment scheduled", "orienting", "Appointment"),
        ("New lead", "orienting", "New"),
        ("Gekwalificeerd", "interest", "Gekwalificeerd"),
        ("Qualified to buy", "interest", "Qualified"),
        ("Presentation scheduled", "interest", "Presentation"),
        ("DEMO GEPLAND", "interest", "DEMO"),
        ("Decision maker bought-in", "quote", "Decision"),
        ("Contract sent", "quote", "Contract"),
        ("Offerfase", "quote", "Offerfase"),
        ("Onderhandeling", "quote", "Onderhandeling"),
    ],
)
def test_a_word_of_the_label_explains_a_stage(label, phase, word):
    assert line(label, "0.5") == f'    "1": {phase}  # "{label}": word "{word}"'


def test_a_label_with_words_of_two_phases_is_to_be_checked():
    assert line("Offerte na demo") == (
        '    "1": quote  # "Offerte na demo": check: word "Offerte", but "demo" stands there too'
    )
    assert line("Geen interesse") == (
        '    "1": no_interest  # "Geen interesse": check: word "Geen interesse", but "interesse" '
        "stands there too"
    )


@pytest.mark.parametrize(
    ("probability", "phase"),
    [
        ("0.0", "orienting"),
        ("0.30", "orienting"),
        ("0.31", "interest"),
        ("0.7", "interest"),
        ("0.71", "quote"),
        ("1.0", "quote"),
    ],
)
def test_a_probability_alone_is_to_be_checked(probability, phase):
    assert line("Stap", probability) == (
        f'    "1": {phase}  # "Stap": check: only by its probability {probability}'
    )


def test_won_and_lost_come_from_the_crm_and_not_from_the_label():
    assert line("Offerte", "1.0", is_won=True) == '    "1": order  # "Offerte": won in the CRM'
    assert line("Offerte", "0.0", is_lost=True) == '    "1": lost  # "Offerte": lost in the CRM'
    assert line("Closed lost", "0.8") == (
        '    # "1":   # "Closed lost": "Closed" it says, but the CRM counts it as open: '
        "which phase?"
    )


def test_the_default_of_a_stage_counts_when_its_label_tells_nothing():
    renamed = Stage("default", "contractsent", "Verkoop", "Stap 4", 0, Decimal("0.1"))

    assert suggest([renamed]).splitlines()[-1] == (
        '    contractsent: quote  # "Stap 4": check: default of this stage, its label tells nothing'
    )


def test_a_suggestion_is_for_the_crm_that_is_named():
    assert "\ncrm: files\n" in suggest([], crm="files")


def test_nothing_but_the_defaults_is_suggested_without_pipelines():
    assert validated(document_of(suggest([]), file="s.yaml"), Mapping) == Mapping()


def test_a_pipeline_without_any_answer_still_loads():
    mapping = validated(document_of(suggest([stage("Stap")]), file="s.yaml"), Mapping)

    assert mapping.stages["77"] == {}


texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
ids = texts | st.sampled_from(
    ["no", "Null", "012", "1e3", "~", "<<", "a: b", "#", "\x7f", '"', "\\"]
)


@st.composite
def any_stage(draw: st.DrawFn) -> Stage:
    return Stage(
        draw(ids | st.just("default")),
        draw(ids),
        draw(texts),
        draw(texts | st.sampled_from(["Offerte", "Closed lost", "New demo"])),
        draw(st.integers(0, 9)),
        draw(st.none() | st.decimals("0", "1", places=2)),
        is_won=draw(st.booleans()),
        is_lost=draw(st.booleans()),
        is_archived=draw(st.booleans()),
    )


@given(st.lists(any_stage(), max_size=8, unique_by=lambda one: (one.pipeline, one.stage)))
def test_any_pipelines_give_a_file_that_loads_and_leaves_open_only_what_it_asks(stages):
    text = suggest(stages)

    mapping = validated(document_of(text, file="s.yaml"), Mapping)

    asked = len(re.findall(r"which phase\?$", text, re.MULTILINE))
    unmapped = read_stages(mapping, stages).unmapped
    assert len(unmapped) == asked
