"""Property definitions and their groups over the API."""

import re
from http import HTTPStatus

from connector.sandbox.definitions import definition
from connector.sandbox.instants import to_text
from connector.sandbox.kinds import KINDS, ObjectKind
from connector.sandbox.portal import Portal
from connector.sandbox.wire import (
    ApiError,
    Json,
    Reply,
    Request,
    already_exists,
    batch_reply,
    part_error,
)

NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
REQUIRED = ("name", "label", "type", "fieldType", "groupName")
FIELD_TYPES = {
    "number": {"number"},
    "string": {"text", "textarea", "html", "phonenumber", "file"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "bool": {"booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
}
CHANGEABLE = {
    "label",
    "description",
    "groupName",
    "displayOrder",
    "hidden",
    "formField",
    "options",
    "type",
    "fieldType",
}
MAX_INPUTS = 100


def list_properties(portal: Portal, request: Request) -> Reply:
    """All definitions of an object type, live or archived."""
    kind, is_archived = request.kind(), request.is_true("archived")
    found = [
        one
        for one in portal.properties[kind.name].values()
        if bool(one.get("archived")) == is_archived
    ]
    return Reply(HTTPStatus.OK, {"results": found})


def get_property(portal: Portal, request: Request) -> Reply:
    """One definition."""
    return Reply(HTTPStatus.OK, _standing(portal, request.kind(), request.parts["name"]))


def create_property(portal: Portal, request: Request) -> Reply:
    """Define a property; the name of an archived one brings that one back as it was."""
    return Reply(HTTPStatus.CREATED, _create(portal, request.kind(), request.json(), request))


def create_properties(portal: Portal, request: Request) -> Reply:
    """Define many properties; those that cannot be are told beside the others, in a 207."""
    results, errors = [], []
    for one in request.inputs(MAX_INPUTS):
        try:
            results.append(_create(portal, request.kind(), one, request))
        except ApiError as refused:
            errors.append(
                part_error(
                    str(refused.body.get("category")),
                    str(refused.body["message"]),
                    {"name": [str(one.get("name"))]},
                    **{k: refused.body[k] for k in ("subCategory",) if k in refused.body},
                )
            )
    return batch_reply(request, results, errors, HTTPStatus.CREATED)


def read_properties(portal: Portal, request: Request) -> Reply:
    """Definitions by name."""
    kind = request.kind()
    is_archived = request.json().get("archived") is True
    results, missing = [], []
    for one in request.inputs(MAX_INPUTS):
        found = portal.properties[kind.name].get(str(one.get("name")))
        if found is None or bool(found.get("archived")) != is_archived:
            missing.append(str(one.get("name")))
        else:
            results.append(found)
    errors = [
        part_error("OBJECT_NOT_FOUND", "Could not get some properties", {"name": missing})
    ] * bool(missing)
    return batch_reply(request, results, errors)


def update_property(portal: Portal, request: Request) -> Reply:
    """Change a definition of the account's own; options given replace the whole list."""
    kind, body = request.kind(), request.json()
    found = _standing(portal, kind, request.parts["name"])
    if found["modificationMetadata"]["readOnlyDefinition"] and body.keys() - {"options"}:
        raise ApiError(400, f"The definition of {found['name']} is read only")
    unknown = body.keys() - CHANGEABLE
    if unknown:
        raise ApiError(400, f"Cannot be changed: {', '.join(sorted(unknown))}")
    if not str(body.get("label", found["label"])).strip():
        raise ApiError(400, "A label cannot be empty")
    _require_types({**found, **body})
    if "groupName" in body:
        _require_group(portal, kind, str(body["groupName"]))
    changes = {name: body[name] for name in CHANGEABLE & body.keys()}
    if "options" in changes:
        changes["options"] = _options(body)
    found.update(changes, updatedAt=to_text(request.at_ms))
    return Reply(HTTPStatus.OK, found)


def archive_property(portal: Portal, request: Request) -> Reply:
    """Archive a definition: its values are seen no more; they come back with it within 90 days."""
    kind = request.kind()
    found = _standing(portal, kind, request.parts["name"])
    if not found["modificationMetadata"]["archivable"]:
        raise ApiError(400, f"{found['name']} is HubSpot's own and cannot be archived")
    if user := portal.in_use.get((kind.name, found["name"])):
        raise ApiError(
            400,
            f"{found['name']} is used by {user}",
            sub_category="CANNOT_DELETE_PROPERTY_IN_USE",
            context={"propertyName": [found["name"]]},
        )
    found.update(archived=True, archivedAt=to_text(request.at_ms))
    return Reply(HTTPStatus.NO_CONTENT)


def archive_properties(portal: Portal, request: Request) -> Reply:
    """Archive many definitions; answers 204 whatever their state."""
    kind = request.kind()
    known = portal.properties[kind.name]
    for one in request.inputs(MAX_INPUTS):
        found = known.get(str(one.get("name")))
        is_free = (kind.name, str(one.get("name"))) not in portal.in_use
        if found is not None and is_free and found["modificationMetadata"]["archivable"]:
            found.update(archived=True, archivedAt=to_text(request.at_ms))
    return Reply(HTTPStatus.NO_CONTENT)


def custom_property_limits(portal: Portal, _: Request) -> Reply:
    """Room for the account's own properties, per object type and in all."""
    by_type = [
        {
            "objectTypeId": kind.type_id,
            "objectTypeLabel": kind.name.capitalize(),
            "limit": portal.property_limit,
            "usage": own_properties(portal, kind),
        }
        for kind in KINDS.values()
    ]
    return Reply(
        HTTPStatus.OK,
        {
            "overallLimit": portal.property_limit * len(KINDS),
            "overallUsage": sum(own_properties(portal, kind) for kind in KINDS.values()),
            "byObjectType": by_type,
        },
    )


def own_properties(portal: Portal, kind: ObjectKind) -> int:
    """How many live properties of the account's own an object type has."""
    return sum(
        not one["hubspotDefined"] and not one.get("archived")
        for one in portal.properties[kind.name].values()
    )


def _create(portal: Portal, kind: ObjectKind, body: Json, request: Request) -> Json:
    known = portal.properties[kind.name]
    _require_sound(portal, kind, body)
    name = str(body["name"])
    if name in known and not known[name].get("archived"):
        raise already_exists(name, "Properties.PROPERTY_WITH_NAME_EXISTS")
    if own_properties(portal, kind) >= portal.property_limit:
        raise ApiError(400, f"The limit of {portal.property_limit} custom properties is reached")
    if name in known:
        known[name].pop("archivedAt", None)
        known[name].update(archived=False, updatedAt=to_text(request.at_ms))
        return known[name]
    extra = {one: body[one] for one in body.keys() - {*REQUIRED, "options"}}
    known[name] = definition(
        name,
        body["label"],
        body["type"],
        body["fieldType"],
        options={},
        group=body["groupName"],
        at=to_text(request.at_ms),
        **extra,
    ) | {"options": _options(body), "archived": False, "createdUserId": None}
    return known[name]


def _require_sound(portal: Portal, kind: ObjectKind, body: Json) -> None:
    missing = [one for one in REQUIRED if not body.get(one)]
    if missing:
        raise ApiError(
            400,
            "Invalid input: required properties are missing",
            errors=[
                {"message": f"{one} is required", "code": "MISSING_FIELD", "in": one}
                for one in missing
            ],
        )
    if not NAME.fullmatch(str(body["name"])):
        raise ApiError(400, "A property name is lower case letters, digits and _, 100 at most")
    _require_types(body)
    _require_group(portal, kind, str(body["groupName"]))


def _require_types(body: Json) -> None:
    """Refuse a field type that its type does not have; HubSpot's own calculations have theirs."""
    field_type = str(body["fieldType"])
    if field_type.startswith("calculation"):
        return
    if field_type not in FIELD_TYPES.get(str(body["type"]), ()):
        raise ApiError(400, f"{body['type']} has no field type {field_type}")


def _require_group(portal: Portal, kind: ObjectKind, name: str) -> None:
    group = portal.groups[kind.name].get(name)
    if group is None or group["archived"]:
        raise ApiError(
            400, f"The property group {name} does not exist", context={"groupName": [name]}
        )


def _options(body: Json) -> list[Json]:
    """Options of a definition; a bool has two of its own."""
    given = body.get("options") or []
    if body.get("type") == "bool" and not given:
        given = [{"label": "True", "value": "true"}, {"label": "False", "value": "false"}]
    values = [option.get("value") for option in given]
    if len(set(values)) != len(values) or None in values:
        raise ApiError(400, "Options need values that differ")
    return [
        {
            "label": option.get("label", option["value"]),
            "value": option["value"],
            "description": option.get("description", ""),
            "displayOrder": option.get("displayOrder", order),
            "hidden": option.get("hidden", False),
        }
        for order, option in enumerate(given)
    ]


def _standing(portal: Portal, kind: ObjectKind, name: str) -> Json:
    found = portal.properties[kind.name].get(name)
    if found is None or found.get("archived"):
        raise ApiError(
            HTTPStatus.NOT_FOUND, f"No property {name} exists", category="OBJECT_NOT_FOUND"
        )
    return found
