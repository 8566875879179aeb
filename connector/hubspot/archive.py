"""Take our properties out of the CRM: what stands as ours, its values, and archiving it.

An archived property leaves every list, card and record with its values. Its name can be created
again; HubSpot keeps the old definition for 90 days (reference: properties).
"""

from collections.abc import Iterator, Mapping, Sequence

from connector.definition import ArchiveOutcome, ArchivePlan
from connector.hubspot import api
from connector.hubspot.calls import NOT_FOUND, Calls, read_scope
from connector.hubspot.payload import object_in, required, results_of
from connector.hubspot.schema import BAD_REQUEST, CONFLICT, Wanted, read_definitions
from connector.hubspot.words import is_ours
from connector.ports import PermanentCrmError
from kpis.vocabulary import ObjectType


def plan_archive(calls: Calls, wanted: Wanted) -> ArchivePlan:
    """Tell which of the wanted properties stand as ours; changes nothing."""
    archive: dict[ObjectType, tuple[str, ...]] = {}
    others: list[str] = []
    for object_type, definitions in wanted.items():
        standing = read_definitions(calls, object_type)
        present = [one for one in definitions if one.name in standing]
        ours = tuple(one.name for one in present if is_ours(standing[one.name], one))
        if ours:
            archive[object_type] = ours
        others += [
            f"hubspot: {object_type}.{one.name} stands as {found.value_type}/{found.field_type} in "
            f"group {found.group or 'none'}: not made by set-up, or changed since"
            for one in present
            if one.name not in ours
            for found in [standing[one.name]]
        ]
    return ArchivePlan(archive, tuple(others))


def values(
    calls: Calls, object_type: ObjectType, names: Sequence[str], *, page_size: int
) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """Yield the values of the properties on all live records, a page at a time."""
    pages = calls.pages(
        api.objects(object_type),
        {"limit": page_size, "properties": ",".join(names)},
        kind="list",
        scope=read_scope(object_type),
    )
    for page in pages:
        yield {
            required(record, "id"): {
                name: str(found[name]) for name in names if found.get(name) not in {None, ""}
            }
            for record in results_of(page)
            for found in [object_in(record, "properties")]
        }


def archive_properties(
    calls: Calls, object_type: ObjectType, names: Sequence[str]
) -> Iterator[ArchiveOutcome]:
    """Archive one property after the other: a batch answers alike whatever became of it."""
    for name in names:
        try:
            _delete(calls, object_type, api.property_of(object_type, name))
        except PermanentCrmError as error:
            if error.status == NOT_FOUND:
                yield ArchiveOutcome(name, "gone")
            elif error.status in {BAD_REQUEST, CONFLICT}:
                yield ArchiveOutcome(name, "refused", str(error))
            else:
                raise
        else:
            yield ArchiveOutcome(name, "archived")


def archive_group(calls: Calls, object_type: ObjectType, name: str) -> bool:
    """Archive a group that no property is in; tell whether it stands no more."""
    if any(one.group == name for one in read_definitions(calls, object_type).values()):
        return False
    try:
        _delete(calls, object_type, api.property_group(object_type, name))
    except PermanentCrmError as error:
        if error.status not in {NOT_FOUND, BAD_REQUEST}:
            raise
        return error.status == NOT_FOUND
    return True


def _delete(calls: Calls, object_type: ObjectType, path: str) -> None:
    calls.delete(path, kind="schema", scope=f"crm.schemas.{object_type}.write")
