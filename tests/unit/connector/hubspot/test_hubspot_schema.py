"""Set-up: what is planned, what conflicts, what is created and read back."""

from typing import Any

import pytest

from connector.definition import PropertyDefinition, PropertyUpdate, SchemaPlan, WordChange
from connector.ports import PermanentCrmError

PROPERTIES = "/crm/properties/2026-09/companies"
BATCH = f"{PROPERTIES}/batch/create"
GROUPS = f"{PROPERTIES}/groups"
LIMITS = "/crm/limits/2026-09/custom-properties"

SCORE = PropertyDefinition(
    name="csk_relation_score",
    label="Relatiescore",
    value_type="number",
    field_type="number",
    group="consultative_selling",
    description="Relation score",
    number_hint="percentage",
)
PHASE = PropertyDefinition(
    name="csk_buying_phase",
    label="Fase",
    value_type="enumeration",
    field_type="select",
    group="consultative_selling",
    options={"orienting": "Oriënteren", "order": "Orderfase"},
)


def standing(definition: PropertyDefinition, **other: object) -> dict[str, Any]:
    """The definition as the CRM tells it, with something else about it."""
    return {
        "name": definition.name,
        "label": definition.label,
        "type": definition.value_type,
        "fieldType": definition.field_type,
        "groupName": definition.group,
        "description": definition.description,
        "options": [
            {"value": value, "label": label} for value, label in definition.options.items()
        ],
        "modificationMetadata": {"readOnlyValue": False},
        **other,
    }


def lay(replay, *definitions: dict[str, Any], group: bool = True) -> None:
    replay.lay("GET", PROPERTIES, {"results": list(definitions)})
    names = ["companyinformation", *(["consultative_selling"] if group else [])]
    replay.lay("GET", GROUPS, {"results": [{"name": one} for one in names]})


def test_plan_names_the_group_and_the_properties_that_are_missing(replay, adapter):
    lay(replay, standing(SCORE), group=False)

    plan = adapter().plan_schema({"companies": [SCORE, PHASE]})

    assert plan == SchemaPlan(
        groups=("companies",), create={"companies": (PHASE,)}, conflicts=(), unchanged=1
    )


def test_plan_leaves_out_the_group_that_stands(replay, adapter):
    lay(replay)

    plan = adapter().plan_schema({"companies": [PHASE]})

    assert plan.groups == ()
    assert plan.create == {"companies": (PHASE,)}


def test_plan_is_empty_when_all_stands(replay, adapter):
    lay(replay, standing(SCORE), standing(PHASE))

    assert adapter().plan_schema({"companies": [SCORE, PHASE]}) == SchemaPlan(
        groups=(), create={}, conflicts=(), unchanged=2
    )


@pytest.mark.parametrize(
    ("definition", "other", "says"),
    [
        (SCORE, {"type": "string", "fieldType": "text"}, "stands as string/text and is wanted"),
        (PHASE, {"fieldType": "radio"}, "as enumeration/radio and is wanted as enumeration/sel"),
        (
            PHASE,
            {"groupName": "other", "options": [{"value": "order", "label": "x"}]},
            "options without orienting",
        ),
        (SCORE, {"calculated": True}, "stands as read-only"),
        (SCORE, {"modificationMetadata": {"readOnlyValue": True}}, "stands as read-only"),
    ],
)
def test_property_of_another_make_is_a_conflict_and_never_altered(
    replay, adapter, definition, other, says
):
    lay(replay, standing(definition, **other))

    plan = adapter().plan_schema({"companies": [definition]})

    assert len(plan.conflicts) == 1
    assert plan.conflicts[0].startswith(f"hubspot: companies.{definition.name} stands")
    assert says in plan.conflicts[0]
    assert (plan.create, plan.unchanged) == ({}, 0)
    assert {one.method for one in replay.asked} == {"GET"}


def test_words_of_a_property_in_another_group_are_the_admins_to_choose(replay, adapter):
    lay(replay, standing(PHASE, label="Fase van de klant", groupName="companyinformation"))

    plan = adapter().plan_schema({"companies": [PHASE]})

    assert (plan.conflicts, plan.update, plan.unchanged) == ((), {}, 1)


OWN = {"value": "own", "label": "Eigen", "displayOrder": 4, "hidden": True}
OTHER_WORDS = {
    "label": "Fase van de klant",
    "options": [{"value": "order", "label": "Klant", "displayOrder": 2, "hidden": True}, OWN],
}


def test_plan_names_the_words_of_ours_that_differ_and_no_option_of_an_admin(replay, adapter):
    lay(replay, standing(PHASE, **OTHER_WORDS), standing(SCORE, description=" Relation  score"))

    plan = adapter().plan_schema({"companies": [PHASE, SCORE]})

    changes = (
        WordChange("label", "Fase van de klant", "Fase"),
        WordChange("option orienting", None, "Oriënteren"),
        WordChange("option order", "Klant", "Orderfase"),
    )
    assert plan.update == {"companies": (PropertyUpdate(PHASE, changes),)}
    assert (plan.create, plan.conflicts, plan.unchanged) == ({}, (), 1)


def test_update_sends_what_differs_and_every_option_that_stands_by_then(replay, adapter):
    lay(replay, standing(PHASE, **OTHER_WORDS))
    replay.lay("PATCH", f"{PROPERTIES}/csk_buying_phase", {})
    plan = adapter().plan_schema({"companies": [PHASE]})

    assert adapter().ensure_schema(plan) == ()

    (sent,) = [one.body for one in replay.asked if one.method == "PATCH"]
    assert sent == {
        "label": "Fase",
        "options": [
            {"value": "order", "label": "Orderfase", "displayOrder": 2, "hidden": True},
            OWN,
            {"value": "orienting", "label": "Oriënteren", "displayOrder": 5, "hidden": False},
        ],
    }


def test_update_sends_no_options_when_the_label_alone_differs(replay, adapter):
    lay(replay, standing(PHASE, label="Phase"))
    replay.lay("PATCH", f"{PROPERTIES}/csk_buying_phase", {})

    adapter().ensure_schema(adapter().plan_schema({"companies": [PHASE]}))

    assert [one.body for one in replay.asked if one.method == "PATCH"] == [{"label": "Fase"}]


def test_words_that_the_crm_refuses_are_told_and_the_others_are_set(replay, adapter):
    lay(replay, standing(PHASE, label="Phase"), standing(SCORE, label="Score"))
    replay.lay("PATCH", f"{PROPERTIES}/csk_buying_phase", {}, status=400)
    replay.lay("PATCH", f"{PROPERTIES}/csk_relation_score", {})
    plan = adapter().plan_schema({"companies": [PHASE, SCORE]})

    (refused,) = adapter().ensure_schema(plan)

    assert refused.startswith("companies.csk_buying_phase keeps its words: hubspot: schema, PATCH")
    assert [one.body for one in replay.asked if one.method == "PATCH"][1] == {
        "label": "Relatiescore"
    }


def test_words_end_the_set_up_when_the_scope_is_missing(replay, adapter):
    lay(replay, standing(PHASE, label="Phase"))
    replay.lay("PATCH", f"{PROPERTIES}/csk_buying_phase", {}, status=403)
    plan = adapter().plan_schema({"companies": [PHASE]})

    with pytest.raises(PermanentCrmError, match=r"crm\.schemas\.companies\.write"):
        adapter().ensure_schema(plan)


def plan_of(*definitions: PropertyDefinition, group: bool = True) -> SchemaPlan:
    return SchemaPlan(
        groups=("companies",) if group else (),
        create={"companies": definitions},
        conflicts=(),
        unchanged=0,
    )


def lay_creation(
    replay, *standing_after: dict[str, Any], room: int = 10, status: int = 201
) -> None:
    by_type = [{"objectTypeId": "0-2", "limit": room, "usage": 0}]
    replay.lay("GET", LIMITS, {"byObjectType": by_type})
    replay.lay("POST", GROUPS, {}, status=status)
    replay.lay("POST", BATCH, {"results": list(standing_after)}, status=status)
    replay.lay("POST", PROPERTIES, {}, status=status)
    replay.lay("GET", PROPERTIES, {"results": list(standing_after)})


def test_group_is_created_before_the_properties_in_it(replay, adapter):
    lay_creation(replay, standing(SCORE), standing(PHASE))

    adapter().ensure_schema(plan_of(SCORE, PHASE))

    sent = [(one.path, one.body) for one in replay.asked if one.method == "POST"]
    assert sent == [
        (
            GROUPS,
            {
                "name": "consultative_selling",
                "label": "Consultative selling",
                "displayOrder": -1,
            },
        ),
        (
            BATCH,
            {
                "inputs": [
                    {
                        "name": "csk_relation_score",
                        "label": "Relatiescore",
                        "type": "number",
                        "fieldType": "number",
                        "groupName": "consultative_selling",
                        "description": "Relation score",
                        "formField": False,
                        "hasUniqueValue": False,
                        "numberDisplayHint": "percentage",
                        "showCurrencySymbol": False,
                    },
                    {
                        "name": "csk_buying_phase",
                        "label": "Fase",
                        "type": "enumeration",
                        "fieldType": "select",
                        "groupName": "consultative_selling",
                        "description": "",
                        "formField": False,
                        "hasUniqueValue": False,
                        "options": [
                            {
                                "value": "orienting",
                                "label": "Oriënteren",
                                "displayOrder": 0,
                                "hidden": False,
                            },
                            {
                                "value": "order",
                                "label": "Orderfase",
                                "displayOrder": 1,
                                "hidden": False,
                            },
                        ],
                    },
                ]
            },
        ),
    ]


def test_property_that_a_batch_leaves_out_is_created_alone(replay, adapter):
    lay_creation(replay, standing(SCORE), standing(PHASE))
    replay.answers["POST", BATCH] = [(207, {"results": [standing(SCORE)], "numErrors": 1})]

    adapter().ensure_schema(plan_of(SCORE, PHASE, group=False))

    sent = [(one.path, one.body) for one in replay.asked if one.method == "POST"]
    assert [path for path, _ in sent] == [BATCH, PROPERTIES]
    assert sent[1][1]["name"] == "csk_buying_phase"


def test_set_up_ends_when_its_scope_is_missing(replay, adapter):
    lay_creation(replay, standing(SCORE), status=403)

    with pytest.raises(PermanentCrmError, match=r"crm\.schemas\.companies\.write"):
        adapter().ensure_schema(plan_of(SCORE, group=False))


def test_property_that_exists_by_now_is_left_as_it_stands(replay, adapter):
    lay_creation(replay, standing(SCORE), status=409)

    adapter().ensure_schema(plan_of(SCORE))


def test_archived_name_that_came_back_with_another_make_is_a_fault(replay, adapter):
    """The CRM answers 201 and restores what stood before."""
    lay_creation(replay, standing(SCORE, type="string", fieldType="text"))

    with pytest.raises(PermanentCrmError, match="stands as string/text and is wanted as number"):
        adapter().ensure_schema(plan_of(SCORE))


def test_property_that_does_not_stand_after_its_creation_is_a_fault(replay, adapter):
    lay_creation(replay)

    with pytest.raises(PermanentCrmError, match="csk_relation_score was created and does not"):
        adapter().ensure_schema(plan_of(SCORE))


def test_refused_property_stops_the_set_up(replay, adapter):
    lay_creation(replay, status=400)

    with pytest.raises(PermanentCrmError, match="400"):
        adapter().ensure_schema(plan_of(SCORE))


@pytest.mark.parametrize(("room", "is_enough"), [(2, True), (1, False)])
def test_set_up_begins_only_when_there_is_room_for_all(replay, adapter, room, is_enough):
    lay_creation(replay, standing(SCORE), standing(PHASE), room=room)

    if is_enough:
        adapter().ensure_schema(plan_of(SCORE, PHASE))
    else:
        with pytest.raises(PermanentCrmError, match="can take 1 more"):
            adapter().ensure_schema(plan_of(SCORE, PHASE))

    assert any(one.method == "POST" for one in replay.asked) is is_enough


def test_set_up_goes_on_when_the_room_may_not_be_read(replay, adapter):
    lay_creation(replay, standing(SCORE))
    replay.answers["GET", LIMITS] = [(403, {"category": "MISSING_SCOPES"})]

    adapter().ensure_schema(plan_of(SCORE, group=False))

    assert [one.path for one in replay.asked if one.method == "POST"] == [BATCH]


def test_empty_plan_asks_nothing(replay, adapter):
    adapter().ensure_schema(SchemaPlan(groups=(), create={}, conflicts=(), unchanged=3))

    assert replay.asked == []
