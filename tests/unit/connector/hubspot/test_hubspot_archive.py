"""Archiving our properties: what is ours, what HubSpot refuses, and the group."""

from dataclasses import replace

import pytest

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition
from connector.ports import PermanentCrmError

PROPERTIES = "/crm/properties/2026-09/companies"
RECORDS = "/crm/objects/2026-09/companies"
SCORE = PropertyDefinition(
    name="csk_relation_score",
    label="Relatiescore",
    value_type="number",
    field_type="number",
    group="consultative_selling",
)
PAINS = replace(SCORE, name="csk_pains", value_type="string", field_type="textarea")


def standing(one: PropertyDefinition) -> dict[str, object]:
    return {
        "name": one.name,
        "label": "whatever an admin made of it",
        "type": one.value_type,
        "fieldType": one.field_type,
        "groupName": one.group,
        "options": [],
        "modificationMetadata": {"readOnlyValue": one.is_read_only},
    }


def test_plan_holds_what_stands_as_ours_whatever_its_label(replay, adapter):
    replay.lay("GET", PROPERTIES, {"results": [standing(PAINS)]})

    assert adapter().plan_archive({"companies": [SCORE, PAINS]}) == ArchivePlan(
        {"companies": ("csk_pains",)}
    )


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"group": "companyinformation"}, "as number/number in group companyinformation"),
        ({"group": None}, "as number/number in group none"),
        ({"value_type": "string", "field_type": "text"}, "as string/text in group consultative"),
        ({"is_read_only": True}, "as number/number in group consultative_selling"),
    ],
)
def test_plan_leaves_what_is_somebody_elses_and_says_how_it_stands(replay, adapter, other, says):
    replay.lay("GET", PROPERTIES, {"results": [standing(replace(SCORE, **other))]})

    plan = adapter().plan_archive({"companies": [SCORE]})

    assert plan.archive == {}
    assert len(plan.others) == 1
    assert f"companies.csk_relation_score stands {says}" in plan.others[0]


def test_values_are_texts_and_an_empty_one_is_left_out(replay, adapter):
    replay.lay(
        "GET",
        RECORDS,
        {
            "results": [
                {"id": "1", "properties": {"csk_pains": "=1", "csk_relation_score": None}},
                {"id": "2", "properties": {"csk_pains": "", "name": "never asked for"}},
            ],
            "paging": {"next": {"after": "2"}},
        },
    )
    replay.lay("GET", RECORDS, {"results": [{"id": "3", "properties": {}}]})

    pages = list(adapter().values("companies", ["csk_pains", "csk_relation_score"]))

    assert pages == [{"1": {"csk_pains": "=1"}, "2": {}}, {"3": {}}]
    assert replay.asked[0].query["properties"] == "csk_pains,csk_relation_score"


@pytest.mark.parametrize("status", [400, 409])
def test_property_that_is_refused_is_told_with_the_reason_and_the_next_one_goes(
    replay, adapter, status
):
    error = {"category": "VALIDATION_ERROR", "subCategory": "CANNOT_DELETE_PROPERTY_IN_USE"}
    replay.lay("DELETE", f"{PROPERTIES}/csk_relation_score", error, status=status)
    replay.lay("DELETE", f"{PROPERTIES}/csk_pains", {}, status=204)

    refused, archived = adapter().archive_properties("companies", [SCORE.name, PAINS.name])

    assert (refused.name, refused.status) == ("csk_relation_score", "refused")
    assert "CANNOT_DELETE_PROPERTY_IN_USE" in refused.reason
    assert archived == ArchiveOutcome("csk_pains", "archived")


def test_archiving_ends_when_the_scope_is_missing(replay, adapter):
    replay.lay("DELETE", f"{PROPERTIES}/csk_pains", {}, status=403)

    with pytest.raises(PermanentCrmError, match=r"crm\.schemas\.companies\.write"):
        list(adapter().archive_properties("companies", [PAINS.name, SCORE.name]))

    assert len(replay.asked) == 1


def test_group_with_any_property_in_it_is_left(replay, adapter):
    replay.lay("GET", PROPERTIES, {"results": [standing(replace(SCORE, name="an_admins_own"))]})

    assert adapter().archive_group("companies", "consultative_selling") is False
    assert {one.method for one in replay.asked} == {"GET"}


@pytest.mark.parametrize(("status", "is_gone"), [(204, True), (404, True), (400, False)])
def test_group_without_properties_is_archived(replay, adapter, status, is_gone):
    replay.lay("GET", PROPERTIES, {"results": [standing(replace(SCORE, group="other"))]})
    replay.lay("DELETE", f"{PROPERTIES}/groups/consultative_selling", {}, status=status)

    assert adapter().archive_group("companies", "consultative_selling") is is_gone


def test_group_that_may_not_be_archived_for_want_of_a_scope_is_a_fault(replay, adapter):
    replay.lay("GET", PROPERTIES, {"results": []})
    replay.lay("DELETE", f"{PROPERTIES}/groups/consultative_selling", {}, status=403)

    with pytest.raises(PermanentCrmError, match="403"):
        adapter().archive_group("companies", "consultative_selling")
