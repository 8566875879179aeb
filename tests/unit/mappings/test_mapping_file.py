"""The mapping file: defaults, merging and messages of spec 0.1."""

from pathlib import Path

import pytest

import mappings
from kpis.vocabulary import PHASES, Phase
from mappings.fields import Fields
from mappings.load import load_mapping
from mappings.schema import Mapping
from mappings.texts import SHIPPED as TEXTS_FILE
from mappings.yaml import FileFaultsError

SHIPPED = sorted(set(Path(mappings.__file__).parent.glob("*.yaml")) - {TEXTS_FILE})

NO_PHASE = "is not a buying phase; use one of no_interest, orienting, interest, quote, order"

DEFAULT_PIPELINE = {
    "appointmentscheduled": "orienting",
    "qualifiedtobuy": "interest",
    "presentationscheduled": "interest",
    "decisionmakerboughtin": "quote",
    "contractsent": "quote",
    "closedwon": "order",
    "closedlost": "lost",
}


def loaded(folder: Path, text: str, *, prefix: str = "csk_") -> Mapping:
    file = folder / "m.yaml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file, prefix=prefix)


def reported(folder: Path, text: str) -> list[str]:
    """Faults without the name of the file."""
    with pytest.raises(FileFaultsError) as caught:
        loaded(folder, text)
    return [line.partition("m.yaml:")[2] for line in str(caught.value).splitlines()]


def test_shipped_mapping_of_hubspot_holds_every_default_and_no_other():
    assert load_mapping(Path(mappings.__file__).parent / "hubspot.yaml") == Mapping()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_mapping_loads_and_is_named_by_its_crm(file):
    assert load_mapping(file).crm == file.stem


def test_empty_mapping_is_the_default_of_the_specification(tmp_path):
    mapping = loaded(tmp_path, "")

    assert mapping.stages == {"default": DEFAULT_PIPELINE}
    assert mapping.lost_reasons == {
        "default": "no_interest",
        "no_decision": "orienting",
        "timing": "orienting",
        "budget": "orienting",
    }
    assert mapping.lead_status == {
        "UNQUALIFIED": "no_interest",
        "BAD_TIMING": "no_interest",
        "CONNECTED": "orienting",
        "IN_PROGRESS": "orienting",
    }
    assert mapping.fields == Fields()
    assert mapping.activities.completed_outcomes == ("COMPLETED",)
    assert mapping.activities.connected_dispositions == ("Connected",)
    assert mapping.activities.message_direction is None
    assert mapping.buying_roles["CHAMPION"] == "insider"
    assert len(mapping.job_titles.decider) == 31
    assert len(mapping.job_titles.insider) == 25


def test_stages_are_laid_over_the_default_pipeline_and_others_stand_beside_it(tmp_path):
    mapping = loaded(
        tmp_path, 'stages: {"77": {"1": ignore}, default: {contractsent: interest, "9": lost}}'
    )

    assert mapping.stages == {
        "default": DEFAULT_PIPELINE | {"contractsent": "interest", "9": "lost"},
        "77": {"1": "ignore"},
    }


def test_a_given_list_of_lost_reasons_takes_the_place_of_the_default(tmp_path):
    mapping = loaded(tmp_path, "lost_reasons: {Default: interest, Prijs / kwaliteit: quote}")

    assert mapping.lost_reasons == {"default": "interest", "prijs___kwaliteit": "quote"}


def test_lead_status_is_laid_over_the_default_line_by_line(tmp_path):
    mapping = loaded(tmp_path, "lead_status: {CONNECTED: ignore, NEW: orienting}")

    assert mapping.lead_status == {
        "UNQUALIFIED": "no_interest",
        "BAD_TIMING": "no_interest",
        "IN_PROGRESS": "orienting",
        "NEW": "orienting",
    }
    assert isinstance(mapping.lead_status["NEW"], Phase)


def test_inputs_are_named_by_the_prefix_unless_the_file_places_them(tmp_path):
    mapping = loaded(
        tmp_path,
        "fields: {company: {current_suppliers: own_field, gains: null}, deal: {margin: marge}}",
        prefix="acme_",
    )

    assert mapping.fields.company.pains == "acme_pains"
    assert mapping.fields.company.profile_confirmed_on == "acme_profile_confirmed_on"
    assert mapping.fields.company.current_suppliers == "own_field"
    assert mapping.fields.company.gains is None
    assert mapping.fields.company.owner == "hubspot_owner_id"
    assert mapping.fields.deal.margin == "marge"
    assert mapping.fields.deal.amount == "amount"


def test_inputs_are_named_by_the_prefix_when_the_file_has_no_fields(tmp_path):
    assert loaded(tmp_path, "", prefix="a_").fields.company.pains == "a_pains"


def test_fields_are_found_by_the_object_that_carries_them():
    fields = Fields()

    assert fields.of("companies") is fields.company
    assert fields.of("contacts") is fields.contact
    assert fields.of("deals") is fields.deal


def test_message_direction_is_a_field_to_pull(tmp_path):
    mapping = loaded(tmp_path, "activities: {message_direction: richting}")

    assert mapping.fields.message_direction == "richting"
    assert mapping.activities.completed_outcomes == ("COMPLETED",)


def test_roles_and_lists_take_the_place_of_the_default(tmp_path):
    mapping = loaded(
        tmp_path,
        "buying_roles: {Inkoper: insider}\n"
        "job_titles: {decider: [baas]}\n"
        "activities: {completed_outcomes: []}\n",
    )

    assert mapping.buying_roles == {"Inkoper": "insider"}
    assert mapping.job_titles.decider == ("baas",)
    assert mapping.job_titles.insider[0] == "inkoper"
    assert mapping.activities.completed_outcomes == ()


def test_a_word_that_is_no_phase_is_named_with_line_and_choice(tmp_path):
    assert reported(tmp_path, "stages:\n  default:\n    contractsent: qoute\n") == [
        f'3: stages.default.contractsent: "qoute" {NO_PHASE} (or lost, ignore): did you mean quote?'
    ]
    assert reported(tmp_path, "lost_reasons: {default: lost}") == [
        f'1: lost_reasons.default: "lost" {NO_PHASE}'
    ]


@pytest.mark.parametrize(
    ("label", "phase"),
    [
        ("Offertefase", "quote"),
        ("offerfase", "quote"),
        ("Geen interesse", "no_interest"),
        ("Oriënteren", "orienting"),
        ("Order phase", "order"),
    ],
)
def test_a_label_of_a_phase_is_refused_with_the_word_to_write(tmp_path, label, phase):
    assert reported(tmp_path, f"stages: {{default: {{a: {label}}}}}") == [
        f'1: stages.default.a: "{label}" is a label; write {phase}'
    ]


@pytest.mark.parametrize("word", [*PHASES, "lost", "ignore"])
def test_every_outcome_is_allowed_for_a_stage(tmp_path, word):
    assert loaded(tmp_path, f"stages: {{p: {{s: {word}}}}}").stages["p"] == {"s": word}


def test_unknown_is_no_phase_to_map_to(tmp_path):
    [fault] = reported(tmp_path, "stages: {p: {s: unknown}}")

    assert fault.startswith('1: stages.p.s: "unknown" is not a buying phase; use one of')


def test_every_fault_of_a_file_is_reported_at_once(tmp_path):
    text = """\
crm: HubSpot
stages:
  2148: {contractsent: 3}
  default: [x]
  own:
lost_reasons: {No decision: order, no_decision: order, default: order}
lead_status: [NEW]
fields:
  company: {ownr: x, pains: 7}
  deals: {}
activities: {completed_outcomes: COMPLETED}
buying_roles: {CHAMPION: inside}
job_titles: {decider: [""], boss: [x]}
tiers: {}
"""

    assert reported(tmp_path, text) == [
        "1: crm: \"HubSpot\" must match pattern '^[a-z][a-z0-9_]*$'",
        '3: stages.2148: a key must be text; quote it: "2148"',
        f"3: stages.2148.contractsent: 3 {NO_PHASE} (or lost, ignore)",
        "4: stages.default: a list must be a group of keys",
        "5: stages.own: null must be a group of keys",
        '6: lost_reasons: "No decision" and "no_decision" are the same reason',
        "7: lead_status: a list must be a group of keys",
        "9: fields.company.pains: 7 must be text; quote it",
        "9: fields.company.ownr: unknown key; did you mean owner?",
        "10: fields.deals: unknown key; did you mean deal?",
        '11: activities.completed_outcomes: "COMPLETED" must be a list',
        '12: buying_roles.CHAMPION: "inside" is not allowed; use one of decider, insider',
        '13: job_titles.decider.0: "" must have at least 1 character',
        "13: job_titles.boss: unknown key; use one of decider, insider",
        f"14: tiers: unknown key; use one of {', '.join(Mapping.model_fields)}",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "lost_reasons: {budget: order}",
            "1: lost_reasons: needs the key default, the phase of every reason without a line",
        ),
        (
            "fields:\n  message_direction: x",
            "1: fields: message_direction stands under activities; move it there",
        ),
        ("fields: [x]", "1: fields: a list must be a group of keys"),
        ("fields: {company: x}", '1: fields.company: "x" must be a group of keys'),
        ("stages: x", '1: stages: "x" must be a group of keys'),
        (
            "activities: {completed_outcome: [x]}",
            "1: activities.completed_outcome: unknown key; did you mean completed_outcomes?",
        ),
    ],
)
def test_a_misplaced_part_is_refused(tmp_path, text, expected):
    assert reported(tmp_path, text) == [expected]


def test_mapping_never_changes_after_loading(tmp_path):
    with pytest.raises(ValueError, match="frozen"):
        setattr(loaded(tmp_path, ""), "crm", "other")  # noqa: B010 - mypy knows it is read-only
