"""The mapping is held against the stages that the CRM has."""

from typing import Any

import pytest

from kpis.records import Stage
from mappings.schema import Mapping
from mappings.stages import read_stages


def stage(pipeline: str, name: str, label: str = "", **more: Any) -> Stage:
    return Stage(pipeline, name, "Sales", label or name, 0, **more)


def mapping(**stages: dict[str, str]) -> Mapping:
    return Mapping.model_validate({"stages": stages})


DEFAULT = (
    stage("default", "appointmentscheduled"),
    stage("default", "contractsent", "Contract sent"),
    stage("default", "closedwon", is_won=True),
    stage("default", "closedlost", is_lost=True),
)


def test_reading_finds_nothing_wrong_with_the_default_of_the_crm():
    reading = read_stages(Mapping(), DEFAULT)

    assert reading.unmapped == ()
    assert reading.contradictions == ()


def test_reading_gives_the_outcome_of_every_line_also_of_stages_that_were_deleted():
    outcomes = read_stages(mapping(other={"1": "ignore"}), DEFAULT).outcomes

    assert outcomes[("other", "1")] == "ignore"
    assert outcomes[("default", "qualifiedtobuy")] == "interest"
    assert len(outcomes) == 8


def test_reading_names_stages_without_a_line_but_not_archived_ones():
    stages = (*DEFAULT, stage("2", "x"), stage("default", "x"), stage("2", "y", is_archived=True))

    assert read_stages(Mapping(), stages).unmapped == (("2", "x"), ("default", "x"))


@pytest.mark.parametrize("outcome", ["interest", "lost"])
def test_a_won_stage_that_is_no_order_contradicts(outcome):
    reading = read_stages(mapping(default={"closedwon": outcome}), DEFAULT)

    assert reading.contradictions == (
        f"stages.default.closedwon: the stage is won in the CRM, not {outcome}; write order",
    )


def test_a_lost_stage_that_is_not_lost_contradicts():
    reading = read_stages(mapping(default={"closedlost": "no_interest"}), DEFAULT)

    assert reading.contradictions == (
        "stages.default.closedlost: the stage is lost in the CRM, not no_interest; write lost",
    )


def test_a_won_or_lost_stage_can_be_ignored():
    reading = read_stages(mapping(default={"closedlost": "ignore", "closedwon": "ignore"}), DEFAULT)

    assert reading.contradictions == ()


def test_a_line_for_a_stage_that_the_crm_lacks_names_the_nearest_by_id_or_by_label():
    lines = {"contractsnt": "quote", "Contract sent": "quote", "zzz": "quote"}

    lacks = "the CRM has no such stage"
    assert read_stages(mapping(default=lines), DEFAULT).contradictions == (
        f'stages.default.contractsnt: {lacks}; did you mean contractsent ("Contract sent")?',
        f'stages.default.Contract sent: {lacks}; did you mean contractsent ("Contract sent")?',
        f"stages.default.zzz: {lacks}; use one of {', '.join(one.stage for one in DEFAULT)}",
    )


def test_lines_for_a_pipeline_that_the_crm_lacks_are_one_fault():
    lines = {"a": "quote", "b": "quote"}

    assert read_stages(mapping(defualt=lines), DEFAULT).contradictions == (
        'stages.defualt: the CRM has no such pipeline; did you mean default ("Sales")?',
    )


def test_default_lines_are_nobodys_mistake_when_the_crm_has_no_default_pipeline():
    stages = (stage("2", "x"),)

    assert read_stages(mapping(**{"2": {"x": "quote"}}), stages).contradictions == ()
    assert read_stages(mapping(default={"own": "quote"}), stages).contradictions == (
        "stages.default: the CRM has no such pipeline; use one of 2",
    )


def test_nothing_contradicts_a_mapping_while_no_stages_are_known():
    assert read_stages(mapping(other={"1": "quote"}), ()).contradictions == ()
