"""A record as the API gives it: as a body, and, where there are many, straight as JSON text."""

from collections.abc import Callable, Mapping, Sequence

from connector.sandbox.instants import to_text
from connector.sandbox.kinds import ObjectKind
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord, Version
from connector.sandbox.wire import Json, json_string


def record_json(
    portal: Portal,
    kind: ObjectKind,
    record: PortalRecord,
    names: Sequence[str],
    *,
    histories: Sequence[str] = (),
) -> Json:
    """A record with the properties named; one without a value is null."""
    of = record.values.get
    body: Json = {
        "id": record.id,
        "properties": {name: of(name) for name in names},
        "createdAt": of(kind.created),
        "updatedAt": of(kind.modified),
        "archived": record.archived_ms is not None,
        "url": _address(portal, kind) + record.id,
    }
    if record.archived_ms is not None:
        body["archivedAt"] = to_text(record.archived_ms)
    if histories:
        body["propertiesWithHistory"] = {
            name: [_version_json(one) for one in reversed(record.versions_of(name))]
            for name in histories
            if name in portal.properties[kind.name]
        }
    return body


def record_writer(
    portal: Portal, kind: ObjectKind, names: Sequence[str]
) -> Callable[[PortalRecord, Mapping[str, str]], str]:
    """Writer of JSON text that says what `record_json` says, of a record with the values given.

    What all records of an answer have in common is written once.
    """
    shown = ",".join(_escaped(name) + ":%s" for name in names)
    address = _escaped(_address(portal, kind))[:-1]
    pattern = (
        f'{{"id":"%s","properties":{{{shown}}},"createdAt":%s,"updatedAt":%s,'
        f'"archived":%s,"url":{address}%s"}}'
    )
    asked = (*names, kind.created, kind.modified)

    def text(record: PortalRecord, values: Mapping[str, str]) -> str:
        of = values.get
        texts = ["null" if (value := of(name)) is None else json_string(value) for name in asked]
        archived = "false"
        if record.archived_ms is not None:
            archived = f'true,"archivedAt":"{to_text(record.archived_ms)}"'
        return pattern % (record.id, *texts, archived, record.id)

    return text


def _address(portal: Portal, kind: ObjectKind) -> str:
    """Address of a record's page, but for its id."""
    return f"https://app.hubspot.com/contacts/{portal.account_id}/record/{kind.type_id}/"


def _escaped(text: str) -> str:
    """JSON text that stands for itself in a pattern."""
    return json_string(text).replace("%", "%%")


def _version_json(version: Version) -> Json:
    body: Json = {
        "value": version.value,
        "timestamp": to_text(version.at_ms),
        "sourceType": version.source_type,
    }
    if version.source_id is not None:
        body["sourceId"] = version.source_id
        if version.source_id.startswith("userId:"):
            body["updatedByUserId"] = int(version.source_id.removeprefix("userId:"))
    return body
