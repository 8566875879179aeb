"""Suggested phases of reasons and statuses, and of calls in which somebody answered."""

import pytest

from connector.definition import PropertyDefinition
from mappings.schema import Mapping
from mappings.suggest import suggestion
from mappings.suggestion import Suggestion
from mappings.validation import validated
from mappings.yaml import document_of


def with_options(name: str, options: dict[str, str]) -> PropertyDefinition:
    return PropertyDefinition(
        name=name, label="Reden", value_type="enumeration", field_type="select", options=options
    )


def of_reasons(options: dict[str, str]) -> Suggestion:
    one = with_options("closed_lost_reason", options)
    return suggestion([], properties={"deals": {one.name: one}})


def of_statuses(options: dict[str, str]) -> Suggestion:
    one = with_options("hs_lead_status", options)
    return suggestion([], properties={"companies": {one.name: one}})


def mapped(found: Suggestion) -> Mapping:
    return validated(document_of(found.text, file="s.yaml"), Mapping)


def part(found: Suggestion, key: str) -> list[str]:
    """Lines below a key, to the next blank one."""
    lines = found.text.splitlines()
    start = next(number for number, one in enumerate(lines) if one.startswith(key))
    end = next(
        (number for number, one in enumerate(lines) if number > start and not one), len(lines)
    )
    return lines[start:end]


def test_reasons_of_loss_get_a_phase_by_their_words():
    found = of_reasons({"geen_budget": "Geen budget", "concurrent": "Concurrent", "x": "Overig"})

    assert part(found, "lost_reasons") == [
        "lost_reasons:",
        "  default: no_interest  # every reason without a line",
        "  no_decision: orienting  # default; also a deal that went stale",
        '  geen_budget: orienting  # check: "Geen budget": word "budget"',
        '  concurrent: no_interest  # check: "Concurrent": word "Concurrent"',
        '  # x:   # "Overig": counts as default',
    ]
    assert mapped(found).lost_reasons == {
        "default": "no_interest",
        "no_decision": "orienting",
        "geen_budget": "orienting",
        "concurrent": "no_interest",
    }


def test_reasons_that_are_compared_as_equal_stand_once():
    found = of_reasons({"No decision": "No decision", "DEFAULT": "x", "Te duur": "", "te-duur": ""})

    assert mapped(found).lost_reasons == {
        "default": "no_interest",
        "no_decision": "orienting",
        "te_duur": "no_interest",
    }


def test_free_text_of_a_reason_is_told_and_keeps_the_defaults():
    found = of_reasons({})

    assert '# "Reden" is free text' in found.text
    assert mapped(found).lost_reasons == Mapping().lost_reasons


def test_lead_statuses_are_those_of_the_account():
    found = of_statuses(
        {
            "NEW": "Nieuw",
            "CONNECTED": "Verbonden",
            "afgevallen": "Afgevallen",
            "lopend": "In gesprek",
            "archief": "Archief",
        }
    )

    assert part(found, "lead_status") == [
        "lead_status:",
        '  CONNECTED: orienting  # "Verbonden": default of this status',
        '  afgevallen: no_interest  # check: "Afgevallen": word "Afgevallen"',
        '  lopend: orienting  # check: "In gesprek": word "In gesprek"',
        '  # archief:   # "Archief": does it tell a phase?',
    ]
    assert len(list(found.marked("open"))) == 1
    assert mapped(found).lead_status["afgevallen"] == "no_interest"


def test_statuses_of_which_none_tells_still_load():
    assert mapped(of_statuses({"a": "Archief"})) == mapped(of_statuses({}))
    assert "lead_status: {}" in of_statuses({"a": "Archief"}).text
    assert "lead_status" not in of_statuses({"NEW": "Nieuw"}).text.partition("fields:")[0]


@pytest.mark.parametrize("label", ["Verbonden", "Gesproken met klant", "Spoke to buyer"])
def test_outcome_of_a_call_in_which_somebody_answered_is_added_by_its_id(label):
    found = suggestion([], properties={}, dispositions={"17b": label, "b": "Connected"})

    word = label.split(maxsplit=1)[0]
    assert part(found, "activities") == [
        "activities:",
        "  connected_dispositions:",
        "    - Connected  # default",
        f'    - "17b"  # check: "{label}": word "{word}"',
    ]
    assert mapped(found).activities.connected_dispositions == ("Connected", "17b")


@pytest.mark.parametrize(
    "label", ["Niet bereikt", "Geen gehoor", "Not reached", "Disconnected", "connected", "Busy"]
)
def test_outcome_without_an_answer_or_with_the_default_label_adds_nothing(label):
    found = suggestion([], properties={}, dispositions={"a": label})

    assert "activities" not in found.text
