"""Groups of property definitions over the API."""

from http import HTTPStatus

from connector.sandbox.portal import Portal
from connector.sandbox.wire import ApiError, Json, Reply, Request, already_exists


def list_groups(portal: Portal, request: Request) -> Reply:
    """All live groups of an object type."""
    groups = portal.groups[request.kind().name].values()
    return Reply(HTTPStatus.OK, {"results": [one for one in groups if not one["archived"]]})


def get_group(portal: Portal, request: Request) -> Reply:
    """One group."""
    return Reply(HTTPStatus.OK, _group(portal, request))


def create_group(portal: Portal, request: Request) -> Reply:
    """Create a group; the name of an archived one brings that one back."""
    body, groups = request.json(), portal.groups[request.kind().name]
    name = str(body.get("name", ""))
    if not name or not body.get("label"):
        raise ApiError(400, "A property group needs a name and a label")
    if name in groups and not groups[name]["archived"]:
        raise already_exists(name, "PropertyGroups.PROPERTY_GROUP_WITH_NAME_EXISTS")
    groups[name] = {
        "name": name,
        "label": body["label"],
        "displayOrder": body.get("displayOrder", -1),
        "archived": False,
    }
    return Reply(HTTPStatus.CREATED, groups[name])


def update_group(portal: Portal, request: Request) -> Reply:
    """Change the label or the order of a group."""
    group, body = _group(portal, request), request.json()
    group.update({name: body[name] for name in ("label", "displayOrder") if name in body})
    return Reply(HTTPStatus.OK, group)


def archive_group(portal: Portal, request: Request) -> Reply:
    """Archive a group that no live property is in."""
    group = _group(portal, request)
    for one in portal.properties[request.kind().name].values():
        if one["groupName"] == group["name"] and not one.get("archived"):
            raise ApiError(400, f"The group {group['name']} still has properties")
    group["archived"] = True
    return Reply(HTTPStatus.NO_CONTENT)


def _group(portal: Portal, request: Request) -> Json:
    found = portal.groups[request.kind().name].get(request.parts["name"])
    if found is None or found["archived"]:
        raise ApiError(HTTPStatus.NOT_FOUND, "No such group", category="OBJECT_NOT_FOUND")
    return found
