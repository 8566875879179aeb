"""Links between records as the API reads and writes them."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from connector.sandbox.kinds import BY_WORD, ObjectKind
from connector.sandbox.links import HUBSPOT_IDS, PLAIN_IDS, PRIMARY_IDS, Links
from connector.sandbox.portal import Portal
from connector.sandbox.wire import (
    ApiError,
    Json,
    Reply,
    Request,
    batch_reply,
    json_text,
    part_error,
    with_results,
)

MAX_READ = 1_000
MAX_WRITE = 2_000
NO_LINKS = "crm.associations.NO_ASSOCIATIONS_FOUND"


def read_links(portal: Portal, request: Request) -> Reply:
    """Links of up to 1,000 records; those without any are errors, and the answer then a 207."""
    from_kind, to_kind = _pair(request)
    writer = _Writer(portal, request, from_kind, to_kind)
    results, errors = [], []
    for one in request.inputs(MAX_READ):
        from_id = str(one.get("id"))
        to, after = writer.page(from_id, one.get("after"))
        if not to:
            errors.append(_no_links(from_kind, from_id, to_kind))
            continue
        paging = f',"paging":{json_text(_paging(after))}' if after is not None else ""
        results.append(f'{{"from":{{"id":"{from_id}"}},"to":[{",".join(to)}]{paging}}}')
    return batch_reply(request, results, errors)


def list_links(portal: Portal, request: Request) -> Reply:
    """Links of one record."""
    writer = _Writer(portal, request, request.kind(), request.kind("to"))
    to, after = writer.page(request.parts["id"], request.text("after") or None)
    more = {} if after is None else {"paging": _paging(after)}
    return Reply(HTTPStatus.OK, with_results(to, **more))


def create_links(portal: Portal, request: Request) -> Reply:
    """Link pairs of records with the labels given."""
    from_kind, to_kind = _pair(request)
    results = []
    for one in request.inputs(MAX_WRITE):
        from_id, to_id = _ends(portal, one, from_kind, to_kind)
        labels = _link(portal, (from_kind.name, from_id, to_kind.name, to_id), _type_ids(one))
        results.append(
            {
                "fromObjectTypeId": from_kind.type_id,
                "fromObjectId": _id_json(request, from_id),
                "toObjectTypeId": to_kind.type_id,
                "toObjectId": _id_json(request, to_id),
                "labels": labels,
            }
        )
    return batch_reply(request, results, (), HTTPStatus.CREATED)


def create_default_links(portal: Portal, request: Request) -> Reply:
    """Link pairs of records without a label."""
    from_kind, to_kind = _pair(request)
    results = []
    for one in request.inputs(MAX_WRITE):
        from_id, to_id = _ends(portal, one, from_kind, to_kind)
        results += _link_plainly(portal, (from_kind.name, from_id, to_kind.name, to_id))
    return batch_reply(request, results)


def create_default_link(portal: Portal, request: Request) -> Reply:
    """Link two records without a label; twice is once."""
    from_kind, to_kind = request.kind(), request.kind("to")
    pair = {"from": {"id": request.parts["id"]}, "to": {"id": request.parts["to_id"]}}
    from_id, to_id = _ends(portal, pair, from_kind, to_kind)
    ends = from_kind.name, from_id, to_kind.name, to_id
    return batch_reply(request, _link_plainly(portal, ends))


def archive_links(portal: Portal, request: Request) -> Reply:
    """Take links away, with all their labels."""
    from_kind, to_kind = _pair(request)
    for one in request.inputs(MAX_WRITE):
        to = one.get("to")
        for target in to if isinstance(to, list) else [to]:
            portal.links.remove(
                from_kind.name, _id_of(one.get("from")), to_kind.name, _id_of(target)
            )
    return Reply(HTTPStatus.NO_CONTENT)


def list_labels(portal: Portal, request: Request) -> Reply:
    """All type ids between two object types, with their labels."""
    from_kind, to_kind = _pair(request)
    types = portal.links.types(from_kind.name, to_kind.name)
    return Reply(
        HTTPStatus.OK,
        {"results": [_type_json(type_id, label) for type_id, label in types]},
    )


def link_inline(portal: Portal, from_type: str, from_id: str, links: object) -> None:
    """Make the links that came with a new record: the type id alone tells the other type."""
    for one in links if isinstance(links, list) else ():
        for type_id in _type_ids(one):
            to_type = _target(portal.links, from_type, type_id)
            _link(portal, (from_type, from_id, to_type, _id_of(one.get("to"))), [type_id])


def links_of_record(portal: Portal, kind: ObjectKind, record_id: str, request: Request) -> Json:
    """Links that a list or a single get was asked for; a type without links is absent."""
    found: Json = {}
    for word in request.names("associations"):
        if word not in BY_WORD:
            raise ApiError(400, f"Unable to infer object type from: {word}")
        to_kind = BY_WORD[word]
        entries = [
            {"id": to_id, "type": name}
            for to_id, type_ids in _live(portal, kind, record_id, to_kind)
            for name in _type_names(kind, to_kind, type_ids)
        ]
        if entries:
            found[to_kind.name] = {"results": entries}
    return found


def _type_names(kind: ObjectKind, to_kind: ObjectKind, type_ids: Sequence[int]) -> list[str]:
    """Names of a link: where a primary link can exist, the plain one is called unlabeled."""
    name = f"{kind.singular}_to_{to_kind.singular}"
    primary = PRIMARY_IDS.get((kind.name, to_kind.name))
    if primary is None:
        return [name]
    return [name, f"{name}_unlabeled"] if primary in type_ids else [f"{name}_unlabeled"]


def _live(
    portal: Portal, kind: ObjectKind, record_id: str, to_kind: ObjectKind
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Links to records that are not in the recycle bin; none from one that is."""
    record = portal.objects[kind.name].get(record_id)
    if record is None or record.archived_ms is not None:
        return
    others = portal.objects[to_kind.name]
    for to_id, type_ids in portal.links.of(kind.name, record_id, to_kind.name).items():
        if others[to_id].archived_ms is None:
            yield to_id, type_ids


class _Writer:
    """Writes the links between two types as JSON text, the types of a link once per answer."""

    def __init__(
        self, portal: Portal, request: Request, kind: ObjectKind, to_kind: ObjectKind
    ) -> None:
        self._portal = portal
        self._kind, self._to_kind = kind, to_kind
        self._page_size = request.settings.link_page_size
        # Ids of linked records: text in dated versions, a number in version 4.
        self._quote = '"' if request.is_dated else ""
        self._types: dict[tuple[int, ...], str] = {}

    def page(self, record_id: str, after: str | None) -> tuple[list[str], str | None]:
        """One page of a record's links, and the cursor of the next."""
        links = list(_live(self._portal, self._kind, record_id, self._to_kind))
        start = int(after) if after else 0
        end = start + self._page_size
        texts = [self._text(to_id, type_ids) for to_id, type_ids in links[start:end]]
        return texts, str(end) if end < len(links) else None

    def _text(self, to_id: str, type_ids: tuple[int, ...]) -> str:
        types = self._types.get(type_ids)
        if types is None:
            types = self._types[type_ids] = json_text(
                [_type_json(type_id, self._label_of(type_id)) for type_id in type_ids]
            )
        quote = self._quote
        return f'{{"toObjectId":{quote}{to_id}{quote},"associationTypes":{types}}}'

    def _label_of(self, type_id: int) -> str | None:
        return self._portal.links.label_of(self._kind.name, self._to_kind.name, type_id)


def _paging(after: str) -> Json:
    return {"next": {"after": after, "link": f"?after={after}"}}


def _link(portal: Portal, ends: tuple[str, str, str, str], type_ids: Sequence[int]) -> list[str]:
    """Link two records; labels given take the place of those that stood. Returns the labels."""
    from_type, from_id, to_type, to_id = ends
    try:
        labels = [portal.links.label_of(from_type, to_type, type_id) for type_id in type_ids]
        if any(labels):
            portal.links.remove(from_type, from_id, to_type, to_id)
        for label in labels or [None]:
            portal.associate(from_type, from_id, to_type, to_id, label)
    except KeyError:
        raise ApiError(
            400, "One or more associations are invalid: no such record or type"
        ) from None
    return [label for label in labels if label]


def _link_plainly(portal: Portal, ends: tuple[str, str, str, str]) -> list[Json]:
    from_type, from_id, to_type, to_id = ends
    _link(portal, ends, ())
    spec = _spec(PLAIN_IDS[from_type, to_type])
    return [{"from": {"id": from_id}, "to": {"id": to_id}, "associationSpec": spec}]


def _ends(portal: Portal, one: Json, from_kind: ObjectKind, to_kind: ObjectKind) -> tuple[str, str]:
    ids = _id_of(one.get("from")), _id_of(one.get("to"))
    for kind, record_id in zip((from_kind, to_kind), ids, strict=True):
        if record_id not in portal.objects[kind.name]:
            raise ApiError(
                400,
                f"{kind.singular.upper()}={record_id} is not valid",
                category="VALIDATION_ERROR",
            )
    return ids


def _id_of(end: object) -> str:
    if not isinstance(end, dict) or "id" not in end:
        raise ApiError(400, "Invalid input JSON: an end of an association needs an id")
    return str(end["id"])


def _type_ids(one: Json) -> list[int]:
    ids = []
    for given in one.get("types") or []:
        type_id = given.get("associationTypeId") if isinstance(given, dict) else None
        if not isinstance(type_id, int):
            raise ApiError(400, "Invalid input JSON: types need an associationTypeId each")
        ids.append(type_id)
    return ids


def _pair(request: Request) -> tuple[ObjectKind, ObjectKind]:
    return request.kind("from"), request.kind("to")


def _target(links: Links, from_type: str, type_id: int) -> str:
    for kind in BY_WORD.values():
        if (from_type, kind.name) in PLAIN_IDS:
            known = [one for one, _ in links.types(from_type, kind.name)]
            if type_id in known:
                return kind.name
    raise ApiError(400, f"No association type {type_id} from {from_type}")


def _category(type_id: int) -> str:
    return "HUBSPOT_DEFINED" if type_id in HUBSPOT_IDS else "USER_DEFINED"


def _type_json(type_id: int, label: str | None) -> Json:
    return {"category": _category(type_id), "typeId": type_id, "label": label}


def _spec(type_id: int) -> Json:
    return {"associationCategory": _category(type_id), "associationTypeId": type_id}


def _id_json(request: Request, record_id: str) -> str | int:
    """Ids of linked records: text in dated versions, a number in version 4."""
    return record_id if request.is_dated else int(record_id)


def _no_links(from_kind: ObjectKind, from_id: str, to_kind: ObjectKind) -> Json:
    return part_error(
        "OBJECT_NOT_FOUND",
        f"No {to_kind.singular} is associated with {from_kind.singular} {from_id}.",
        {"fromObjectId": [from_id]},
        subCategory=NO_LINKS,
    )
