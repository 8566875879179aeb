"""Records one by one and in lists: list, get, create, update, archive."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from connector.sandbox.associations import link_inline, links_of_record
from connector.sandbox.kinds import ObjectKind
from connector.sandbox.portal import Portal
from connector.sandbox.record_body import record_json, record_writer
from connector.sandbox.records import PortalRecord
from connector.sandbox.rules import Checked, check_values
from connector.sandbox.wire import ApiError, Json, Reply, Request, json_text, with_results

DEFAULT_PAGE = 10
MAX_PAGE = 100
MAX_PAGE_WITH_HISTORY = 50

READ_SHOWN = ("hs_object_source", "hs_object_source_id", "hs_object_source_label", "lifecyclestage")
"""Properties that come with the answer to a write, beside those that were written."""


def list_records(portal: Portal, request: Request) -> Reply:
    """One page of all records, by id; no filter, no total, no end of 10,000."""
    kind = request.kind()
    histories = request.names("propertiesWithHistory")
    most = MAX_PAGE_WITH_HISTORY if histories else MAX_PAGE
    limit = request.number("limit", DEFAULT_PAGE, most=most)
    after = request.text("after", "0")
    if not after.isdigit():
        raise ApiError(400, "Invalid after: it is no cursor of this list")
    page, next_id = _page(
        portal, kind, int(after), limit=limit, is_archived=request.is_true("archived")
    )
    names = shown_names(portal, kind, [*request.names("properties"), *histories])
    if histories or request.names("associations"):
        texts = [
            json_text(
                record_json(portal, kind, record, names, histories=histories)
                | _associations(portal, kind, record, request)
            )
            for record in page
        ]
    else:
        text_of = record_writer(portal, kind, names)
        texts = [text_of(record, record.values) for record in page]
    link = f"?limit={limit}&after={next_id}"
    more = {} if next_id is None else {"paging": {"next": {"after": next_id, "link": link}}}
    return Reply(HTTPStatus.OK, with_results(texts, **more))


def get_record(portal: Portal, request: Request) -> Reply:
    """One record; an id that was merged away gives the survivor, under the survivor's id."""
    kind = request.kind()
    record = _found(portal, kind, request)
    if (record.archived_ms is not None) != request.is_true("archived"):
        raise not_found()
    histories = request.names("propertiesWithHistory")
    names = shown_names(portal, kind, [*request.names("properties"), *histories])
    body = record_json(portal, kind, record, names, histories=histories)
    return Reply(HTTPStatus.OK, body | _associations(portal, kind, record, request))


def update_record(portal: Portal, request: Request) -> Reply:
    """Set values on one record."""
    kind = request.kind()
    record = _found(portal, kind, request)
    if record.archived_ms is not None:
        raise not_found()
    checked = valid(portal, kind, properties_of(request.json()), request, record.values)
    write(portal, kind, record.id, checked.values, request)
    body = written_json(portal, kind, record, checked.values)
    return Reply(HTTPStatus.OK, body | warnings_of([checked]))


def create_record(portal: Portal, request: Request) -> Reply:
    """Create a record, with the associations that come with it."""
    kind = request.kind()
    body = request.json()
    checked = valid(portal, kind, properties_of(body), request, {})
    record = create(portal, kind, checked.values, body.get("associations"), request)
    answer = written_json(portal, kind, record, checked.values)
    return Reply(HTTPStatus.CREATED, answer | warnings_of([checked]))


def archive_record(portal: Portal, request: Request) -> Reply:
    """Put a record into the recycle bin; one that is not there is no error."""
    archive(portal, request.kind(), request.parts["id"], request)
    return Reply(HTTPStatus.NO_CONTENT)


def archive(portal: Portal, kind: ObjectKind, record_id: str, request: Request) -> None:
    """Archive a record that is live."""
    record = portal.objects[kind.name].get(record_id)
    if record is not None and record.archived_ms is None:
        portal.archive(kind.name, record_id, at=request.at)


def create(
    portal: Portal, kind: ObjectKind, values: Mapping[str, str], links: object, request: Request
) -> PortalRecord:
    """Add a record that a program asked for."""
    email = values.get("email")
    if kind.name == "contacts" and email:
        for known in portal.objects["contacts"].values():
            if known.values.get("email") == email and known.archived_ms is None:
                raise ApiError(
                    HTTPStatus.CONFLICT,
                    f"Contact already exists. Existing ID: {known.id}",
                    category="CONFLICT",
                )
    record = portal.add_record(
        kind.name,
        portal.next_id(kind.name),
        values,
        at=request.at,
        source_type="INTEGRATION",
        source_id=portal.app_id,
    )
    link_inline(portal, kind.name, record.id, links)
    return record


def write(
    portal: Portal, kind: ObjectKind, record_id: str, values: Mapping[str, str], request: Request
) -> None:
    """Set values as the program that this token belongs to."""
    portal.set_values(
        kind.name,
        record_id,
        values,
        at=request.at,
        source_type="INTEGRATION",
        source_id=portal.app_id,
    )


def valid(
    portal: Portal,
    kind: ObjectKind,
    properties: Mapping[str, object],
    request: Request,
    standing: Mapping[str, str],
) -> Checked:
    """Values fit to be written on a record that has the standing ones.

    Raises:
        ApiError: one of them is not.
    """
    checked = check_values(
        portal,
        kind.name,
        properties,
        standing=standing,
        tolerates_dates=request.settings.tolerates_dates,
    )
    if checked.refusals:
        raise values_refused(checked.refusals)
    return checked


def values_refused(refusals: Sequence[Json]) -> ApiError:
    """Refusal of a whole call because of its values."""
    inner = ", ".join(f'{{"isValid":false,"error":"{one["code"]}"}}' for one in refusals)
    return ApiError(400, f"Property values were not valid: [{inner}]", errors=refusals)


def properties_of(body: Json) -> Mapping[str, object]:
    """Properties of an input.

    Raises:
        ApiError: they are no object.
    """
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise ApiError(400, "Invalid input JSON: properties is not an object")
    return properties


def not_found() -> ApiError:
    """Refusal of a single call for a record that is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, "resource not found", category=None)


def shown_names(portal: Portal, kind: ObjectKind, asked: Iterable[str]) -> list[str]:
    """Properties that an answer holds: those asked for that exist, else the default ones."""
    defined = portal.properties[kind.name]
    names = [name for name in asked if name in defined and not defined[name].get("archived")]
    return sorted({*(names or kind.shown), *kind.always})


def written_json(
    portal: Portal, kind: ObjectKind, record: PortalRecord, written: Mapping[str, str]
) -> Json:
    """A record as it comes back from a write: what was written, and what always comes."""
    standing = record.values
    names = {*written, *kind.always, *(name for name in READ_SHOWN if name in standing)}
    body = record_json(portal, kind, record, sorted(names))
    cleared = [name for name, value in written.items() if not value]
    body["properties"] |= dict.fromkeys(cleared, "")
    return body


def warnings_of(checked: Iterable[Checked]) -> Json:
    """Warnings of a write as part of its answer; nothing when there are none."""
    warnings = [warning for one in checked for warning in one.warnings]
    return {"warnings": warnings} if warnings else {}


def _found(portal: Portal, kind: ObjectKind, request: Request) -> PortalRecord:
    key, name = request.parts["id"], request.text("idProperty", "hs_object_id")
    records = portal.objects[kind.name]
    if name != "hs_object_id":
        for record in records.values():
            if record.values.get(name) == key:
                return record
        raise not_found()
    survivor = portal.merged[kind.name].get(key, key)
    if survivor not in records:
        raise not_found()
    return records[survivor]


def _page(
    portal: Portal, kind: ObjectKind, after: int, *, limit: int, is_archived: bool
) -> tuple[list[PortalRecord], str | None]:
    """Records from an id on, and the id that the next page begins with."""
    shelf, records = portal.shelves[kind.name], portal.objects[kind.name]
    ids = (shelf.archived if is_archived else shelf.live).in_order()
    start = bisect_left(ids, after)
    page = [records[str(number)] for number in ids[start : start + limit]]
    return page, str(ids[start + limit]) if start + limit < len(ids) else None


def _associations(portal: Portal, kind: ObjectKind, record: PortalRecord, request: Request) -> Json:
    links = links_of_record(portal, kind, record.id, request)
    return {"associations": links} if links else {}
