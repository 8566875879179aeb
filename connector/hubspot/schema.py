"""Property groups and properties: what stands, what is wanted, and creating what is missing.

Of what stands only the words of our own properties are ever altered (`words`): a property of
another make, or one in another group, is a person's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from connector.definition import PropertyDefinition, PropertyUpdate, SchemaPlan
from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, chunks
from connector.hubspot.payload import object_in, objects_in, required, results_of, text_in
from connector.hubspot.words import is_ours, word_changes, words_payload
from connector.ports import PermanentCrmError
from kpis.vocabulary import ObjectType

BAD_REQUEST = 400
CONFLICT = 409

Wanted = Mapping[ObjectType, Sequence[PropertyDefinition]]


def read_definitions(calls: Calls, object_type: ObjectType) -> dict[str, PropertyDefinition]:
    """Properties of one type by name."""
    payloads = _read_payloads(calls, object_type)
    return {name: to_definition(payload) for name, payload in payloads.items()}


def _read_payloads(calls: Calls, object_type: ObjectType) -> dict[str, Payload]:
    """Properties of one type by name, as the CRM tells them."""
    payload = calls.get(
        api.properties(object_type), kind="metadata", scope=f"crm.schemas.{object_type}.read"
    )
    return {required(one, "name"): one for one in results_of(payload)}


def property_room(calls: Calls) -> dict[ObjectType, int | None]:
    """How many custom properties each type can still take; None where the CRM does not tell."""
    payload = calls.get(api.PROPERTY_LIMITS, kind="metadata")
    left_in_all = _difference(payload, "overallLimit", "overallUsage")
    room: dict[ObjectType, int | None] = dict.fromkeys(get_args(ObjectType), left_in_all)
    for part in objects_in(payload, "byObjectType"):
        object_type = api.TYPE_IDS.get(str(part.get("objectTypeId")))
        left = _difference(part, "limit", "usage")
        if object_type is not None and left is not None:
            room[object_type] = left if left_in_all is None else min(left, left_in_all)
    return room


def plan_schema(calls: Calls, wanted: Wanted) -> SchemaPlan:
    """Compare what is wanted with what stands; changes nothing."""
    groups: list[ObjectType] = []
    create: dict[ObjectType, tuple[PropertyDefinition, ...]] = {}
    update: dict[ObjectType, tuple[PropertyUpdate, ...]] = {}
    conflicts: list[str] = []
    unchanged = 0
    for object_type, definitions in wanted.items():
        standing = read_definitions(calls, object_type)
        missing = tuple(one for one in definitions if one.name not in standing)
        faults = _conflicts(object_type, definitions, standing)
        conflicts += faults
        updates = _updates(definitions, standing)
        if updates:
            update[object_type] = updates
        unchanged += len(definitions) - len(missing) - len(faults) - len(updates)
        if missing:
            create[object_type] = missing
            if {one.group for one in missing} - _group_names(calls, object_type) - {None}:
                groups.append(object_type)
    return SchemaPlan(
        groups=tuple(groups),
        create=create,
        conflicts=tuple(conflicts),
        unchanged=unchanged,
        update=update,
    )


def ensure_schema(calls: Calls, plan: SchemaPlan) -> tuple[str, ...]:
    """Create what the plan names, read it back, and set the words of ours that differ.

    Returns sentences on properties whose words HubSpot would not change.

    Raises:
        PermanentCrmError: no room, a scope is missing, or a name that was archived came back with
            the definition that it had before.
    """
    _check_room(calls, plan)
    for object_type, definitions in plan.create.items():
        if object_type in plan.groups:
            for name in dict.fromkeys(one.group for one in definitions if one.group):
                label = name.replace("_", " ").capitalize()
                body = {"name": name, "label": label, "displayOrder": -1}
                _create(calls, api.property_groups(object_type), body, object_type)
        _create_properties(calls, object_type, definitions)
    faults: list[str] = []
    refused: list[str] = []
    for object_type in dict.fromkeys((*plan.create, *plan.update)):
        created = plan.create.get(object_type, ())
        updated = [one.wanted for one in plan.update.get(object_type, ())]
        standing = _read_payloads(calls, object_type)
        faults += _faults_after(object_type, created, standing)
        refused += _set_words(calls, object_type, (*created, *updated), standing)
    if faults:
        raise PermanentCrmError("; ".join(faults))
    return tuple(refused)


def _check_room(calls: Calls, plan: SchemaPlan) -> None:
    """Refuse before the first property what would end half-way."""
    if not plan.create:
        return
    try:
        room = property_room(calls)
    except PermanentCrmError:
        return  # this key may not read the limits; the CRM itself refuses what does not fit
    for object_type, definitions in plan.create.items():
        left = room[object_type]
        if left is not None and left < len(definitions):
            raise PermanentCrmError(
                f"hubspot: {object_type} can take {left} more custom properties and "
                f"{len(definitions)} are wanted: archive some that nobody uses"
            )


def _create_properties(
    calls: Calls, object_type: ObjectType, definitions: Sequence[PropertyDefinition]
) -> None:
    """Create properties in batches; one that a batch leaves out is created alone, to hear why."""
    created: set[str | None] = set()
    path, scope = api.properties(object_type), f"crm.schemas.{object_type}.write"
    for batch in chunks(definitions, api.PAGE):
        body = {"inputs": [to_payload(one) for one in batch]}
        try:
            payload = calls.post(f"{path}/batch/create", body, kind="schema", scope=scope)
        except PermanentCrmError as error:
            if error.status not in {CONFLICT, BAD_REQUEST}:
                raise
        else:
            created |= {text_in(one, "name") for one in results_of(payload)}
    for definition in definitions:
        if definition.name not in created:
            _create(calls, path, to_payload(definition), object_type)


def _create(calls: Calls, path: str, body: Payload, object_type: ObjectType) -> None:
    """Create a group or property; one that exists by now is left as it stands."""
    try:
        calls.post(path, body, kind="schema", scope=f"crm.schemas.{object_type}.write")
    except PermanentCrmError as error:
        if error.status != CONFLICT:
            raise


def _faults_after(
    object_type: ObjectType,
    definitions: Sequence[PropertyDefinition],
    payloads: Mapping[str, Payload],
) -> list[str]:
    standing = {name: to_definition(payload) for name, payload in payloads.items()}
    missing = [one.name for one in definitions if one.name not in standing]
    faults = [f"hubspot: {object_type}.{name} was created and does not stand" for name in missing]
    return faults + _conflicts(object_type, definitions, standing)


def _updates(
    definitions: Sequence[PropertyDefinition], standing: Mapping[str, PropertyDefinition]
) -> tuple[PropertyUpdate, ...]:
    """Properties of ours that stand with other words than those wanted."""
    found = (
        PropertyUpdate(one, word_changes(standing[one.name], one))
        for one in definitions
        if one.name in standing and is_ours(standing[one.name], one)
    )
    return tuple(one for one in found if one.changes)


def _set_words(
    calls: Calls,
    object_type: ObjectType,
    definitions: Sequence[PropertyDefinition],
    payloads: Mapping[str, Payload],
) -> list[str]:
    """Set the words of ours that differ; a name that was archived came back with its old ones.

    The options sent are those that stand at this moment, for the list is replaced as a whole.
    """
    standing = {name: to_definition(payload) for name, payload in payloads.items()}
    refused: list[str] = []
    for update in _updates(definitions, standing):
        name = update.wanted.name
        try:
            calls.patch(
                api.property_of(object_type, name),
                words_payload(payloads[name], update),
                kind="schema",
                scope=f"crm.schemas.{object_type}.write",
            )
        except PermanentCrmError as error:
            if error.status != BAD_REQUEST:
                raise
            refused.append(f"{object_type}.{name} keeps its words: {error}")
    return refused


def _group_names(calls: Calls, object_type: ObjectType) -> set[str | None]:
    payload = calls.get(
        api.property_groups(object_type),
        kind="metadata",
        scope=f"crm.schemas.{object_type}.read",
    )
    return {required(one, "name") for one in results_of(payload)}


def _conflicts(
    object_type: ObjectType,
    definitions: Sequence[PropertyDefinition],
    standing: Mapping[str, PropertyDefinition],
) -> list[str]:
    """Sentences on properties that stand with another make, one each."""
    return [
        f"hubspot: {object_type}.{one.name} stands as {found} and is wanted as {sought}: "
        "rename or remove it, or choose another prefix"
        for one in definitions
        if one.name in standing
        for found, sought in _differences(standing[one.name], one)[:1]
    ]


def _differences(found: PropertyDefinition, wanted: PropertyDefinition) -> list[tuple[str, str]]:
    """What stands and what is wanted where they differ. Words and further options may differ.

    Options that a property of ours lacks are words of it, and are added.
    """
    differences: list[tuple[str, str]] = []
    makes = [f"{one.value_type}/{one.field_type}" for one in (found, wanted)]
    if makes[0] != makes[1]:
        differences.append((makes[0], makes[1]))
    lacking = [value for value in wanted.options if value not in found.options]
    if lacking and not is_ours(found, wanted):
        differences.append((f"options without {', '.join(lacking)}", "options with them"))
    if found.is_read_only:
        differences.append(("read-only", "writable"))
    return differences


def to_definition(payload: Payload) -> PropertyDefinition:
    """Definition of a property as the CRM tells it."""
    metadata = object_in(payload, "modificationMetadata")
    return PropertyDefinition(
        name=required(payload, "name"),
        label=text_in(payload, "label") or "",
        value_type=text_in(payload, "type") or "",
        field_type=text_in(payload, "fieldType") or "",
        group=text_in(payload, "groupName"),
        description=text_in(payload, "description") or "",
        options=options_of(payload),
        number_hint=text_in(payload, "numberDisplayHint"),
        is_read_only=bool(payload.get("calculated") or metadata.get("readOnlyValue")),
    )


def options_of(payload: Payload) -> dict[str, str]:
    """Label by value of a property's options, in their order."""
    return {
        str(option.get("value")): str(option.get("label"))
        for option in objects_in(payload, "options")
    }


def to_payload(definition: PropertyDefinition) -> Payload:
    """Definition as the CRM takes it."""
    payload: Payload = {
        "name": definition.name,
        "label": definition.label,
        "type": definition.value_type,
        "fieldType": definition.field_type,
        "groupName": definition.group,
        "description": definition.description,
        "formField": False,
        "hasUniqueValue": False,
    }
    if definition.options:
        payload["options"] = [
            {"value": value, "label": label, "displayOrder": order, "hidden": False}
            for order, (value, label) in enumerate(definition.options.items())
        ]
    if definition.number_hint:
        payload["numberDisplayHint"] = definition.number_hint
        payload["showCurrencySymbol"] = definition.number_hint == "currency"
    return payload


def _difference(payload: Mapping[str, Any], limit: str, usage: str) -> int | None:
    most, used = payload.get(limit), payload.get(usage)
    return most - used if isinstance(most, int) and isinstance(used, int) else None
