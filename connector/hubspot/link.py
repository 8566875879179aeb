"""Associations of records with records of another type (reference: associations)."""

from collections.abc import Iterator, Sequence

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, check_complete, chunks, read_scope
from connector.hubspot.payload import (
    next_page,
    object_in,
    objects_in,
    required,
    results_of,
    text_in,
)
from connector.ports import LinkPage, PermanentCrmError, PulledType
from kpis.records import Link
from kpis.vocabulary import ObjectType

PRIMARY_LABEL = "Primary"
PRIMARY_TYPE_IDS = frozenset({1, 5})
"""HubSpot's own types contact to primary company and deal to primary company."""

_MAX_INNER_PAGES = 1000


def links(
    calls: Calls, from_type: PulledType, to_type: ObjectType, ids: Sequence[str]
) -> Iterator[LinkPage]:
    """Yield the links of up to 1,000 records at a time, all inner pages included.

    A record without links is answered as an error of its own, with 207: that is no fault.
    """
    path = api.association_batch(from_type, to_type)
    scope = f"{read_scope(from_type)} and {read_scope(to_type)}"
    for batch in chunks(list(dict.fromkeys(ids)), api.ASSOCIATION_BATCH):
        found: dict[tuple[str, str], Link] = {}
        inputs: list[Payload] = [{"id": external_id} for external_id in batch]
        for _ in range(_MAX_INNER_PAGES):
            payload = calls.post(path, {"inputs": inputs}, kind="links", scope=scope)
            check_complete(payload, kind="links", path=path)
            results = results_of(payload)
            for link in _links_in(results):
                found[link.from_id, link.to_id] = _merged(
                    found.get((link.from_id, link.to_id)), link
                )
            inputs = _unfinished(results, inputs)
            if not inputs:
                break
        else:
            raise PermanentCrmError(f"hubspot: links {from_type} to {to_type}: no end of pages")
        yield LinkPage(from_type, to_type, tuple(batch), tuple(found.values()))


def _unfinished(results: Sequence[Payload], asked: Sequence[Payload]) -> list[Payload]:
    """Inputs for the records whose links did not fit the page."""
    inputs = [
        {"id": required(object_in(result, "from"), "id"), "after": after}
        for result in results
        if (after := next_page(result)) is not None
    ]
    if any(one in asked for one in inputs):
        raise PermanentCrmError("hubspot: links: the same next page was named twice")
    return inputs


def _links_in(results: Sequence[Payload]) -> Iterator[Link]:
    for result in results:
        from_id = required(object_in(result, "from"), "id")
        for target in objects_in(result, "to"):
            yield _to_link(from_id, target)


def _to_link(from_id: str, target: Payload) -> Link:
    types = objects_in(target, "associationTypes")
    labels = {label for one in types if (label := text_in(one, "label"))}
    is_primary = PRIMARY_LABEL in labels or any(
        one.get("category") == "HUBSPOT_DEFINED" and one.get("typeId") in PRIMARY_TYPE_IDS
        for one in types
    )
    return Link(
        from_id=from_id,
        to_id=required(target, "toObjectId"),
        is_primary=is_primary,
        labels=tuple(sorted(labels - {PRIMARY_LABEL})),
    )


def _merged(earlier: Link | None, link: Link) -> Link:
    """One link out of two answers about the same pair."""
    if earlier is None:
        return link
    return Link(
        from_id=link.from_id,
        to_id=link.to_id,
        is_primary=earlier.is_primary or link.is_primary,
        labels=tuple(sorted({*earlier.labels, *link.labels})),
    )
