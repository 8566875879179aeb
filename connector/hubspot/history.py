"""Past values of fields, and the splits of deals (reference: records API, deal money)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, check_complete, chunks, read_scope
from connector.hubspot.payload import object_in, objects_in, required, results_of, text_in
from connector.ports import HistoryPage
from connector.values import AUTOMATIC_SOURCES, to_instant_or_none, to_text
from kpis.records import Split, ValueChange
from kpis.vocabulary import ObjectType

APP_SOURCES = frozenset({"INTEGRATION", "API"})
"""Sources of a value that name the app in `sourceId`."""

_CHANGED_AT = attrgetter("changed_at")

SPLIT_SCOPE = "crm.dealsplits.read_write"


def history(
    calls: Calls,
    object_type: ObjectType,
    properties: Mapping[str, str],
    ids: Sequence[str],
    *,
    app_id: str | None,
) -> Iterator[HistoryPage]:
    """Yield the past values of up to 50 records at a time, oldest first for each field.

    `properties` names the CRM's property of each of our fields; writes of the app `app_id` are
    nobody's word (None: the app is unknown, and every app's writes count as a person's).
    """
    for batch in chunks(list(dict.fromkeys(ids)), api.HISTORY_BATCH):
        if not properties:
            yield HistoryPage(object_type, tuple(batch), ())
            continue
        body = {
            "inputs": [{"id": external_id} for external_id in batch],
            "properties": [],
            "propertiesWithHistory": sorted(set(properties.values())),
        }
        path = api.batch(object_type, "read")
        payload = calls.post(path, body, kind="history", scope=read_scope(object_type))
        check_complete(payload, kind="history", path=path)
        changes = [
            change
            for result in results_of(payload)
            for field, name in properties.items()
            for change in _versions(result, field, name, app_id)
        ]
        yield HistoryPage(object_type, tuple(batch), tuple(changes))


def _versions(result: Payload, field: str, name: str, app_id: str | None) -> list[ValueChange]:
    """Versions of one field of one record, oldest first; one that cannot be dated is left out."""
    versions = objects_in(object_in(result, "propertiesWithHistory"), name)
    if not versions:
        return []
    external_id = required(result, "id")
    changes = [
        ValueChange(
            external_id=external_id,
            field=field,
            value=to_text(text_in(version, "value")),
            changed_at=changed_at,
            is_by_person=_is_by_person(version, app_id),
        )
        for version in reversed(versions)  # they come newest first
        if (changed_at := to_instant_or_none(text_in(version, "timestamp"))) is not None
    ]
    changes.sort(key=_CHANGED_AT)  # of equal instants the later stays the later
    return changes


def _is_by_person(version: Mapping[str, Any], app_id: str | None) -> bool:
    """Tell whether somebody set this version (spec 0): not we, a workflow or a calculation."""
    source = str(version.get("sourceType") or "").upper()
    if source in AUTOMATIC_SOURCES:
        return False
    is_ours = app_id is not None and str(version.get("sourceId")) == app_id
    return not (is_ours and source in APP_SOURCES)


def splits(calls: Calls, deal_ids: Sequence[str]) -> Iterator[Split]:
    """Yield the splits of the given deals, shares from 0 to 1."""
    for batch in chunks(list(dict.fromkeys(deal_ids)), api.PAGE):
        body = {"inputs": [{"id": external_id} for external_id in batch]}
        payload = calls.post(api.DEAL_SPLITS, body, kind="splits", scope=SPLIT_SCOPE)
        check_complete(payload, kind="splits", path=api.DEAL_SPLITS)
        for result in results_of(payload):
            for split in objects_in(result, "splits"):
                yield from _to_split(required(result, "id"), object_in(split, "properties"))


def _to_split(deal_id: str, values: Mapping[str, Any]) -> Iterator[Split]:
    """One split; an unreadable one is left out, and the shares do not add up to 1 (spec 5.2)."""
    try:
        share = Decimal(str(values.get("hs_deal_split_percentage")))
    except InvalidOperation:
        return
    owner = values.get("hubspot_owner_id")
    if owner and share.is_finite():
        yield Split(deal_id=deal_id, owner=str(owner), share=share)
