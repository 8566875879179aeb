"""Tasks for sellers: one open task of ours per seller, kept in place (reference: engagements).

HubSpot takes no key of ours for a task, so ours are known by owner and exact subject. Its search
finds a new task late, and a create that was sent twice makes two. So a create is sent once, and the
caller waits before it asks again (`Crm.keep_task`). What a search finds is read by id before it is
judged, for the index may be behind.

The task has no associations: it is no activity of any relation, and no evidence of anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, check_complete, read_scope
from connector.hubspot.payload import errors_of, is_not_found, object_in, required, results_of
from connector.ports import PermanentCrmError, SellerTask
from connector.values import to_instant_or_none

TASKS = "tasks"
WRITE_SCOPE = "crm.objects.contacts.write"
"""Tasks ride on the scope of the contacts."""

COMPLETED = "COMPLETED"
OWNER, SUBJECT, STATUS, DUE = (
    "hubspot_owner_id",
    "hs_task_subject",
    "hs_task_status",
    "hs_timestamp",
)
BODY = "hs_task_body"
READ = (OWNER, SUBJECT, BODY, STATUS, DUE)
NEWEST = 100
"""So many of a seller's tasks of this subject are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of an account; `once` sends each request a single time."""

    calls: Calls
    once: Calls

    def keep(self, task: SellerTask, *, known_id: str | None) -> str:
        """Make the task stand as given and return its id (see `Crm.keep_task`)."""
        wanted = _properties_of(task)
        known = None if known_id is None else self.calls.find(TASKS, known_id, READ)
        if known is not None:
            kept = self._kept([known], wanted)
            if kept is not None:
                return kept
        return self._kept(self._ours(task), wanted) or self._create(wanted)

    def _kept(self, found: Iterable[Payload], wanted: Mapping[str, str]) -> str | None:
        """Id of the one among these that stands as wanted, or does so now; None: there is none.

        Of several open ones the oldest is ours to keep. A completed one is never changed: the
        newest will do when it says the same, and none is open.
        """
        by_age = sorted(found, key=_age)
        for one in by_age:
            external_id = required(one, "id")
            if not _is_completed(one) and (
                _stands(one, wanted) or self._update(external_id, wanted)
            ):
                return external_id
        completed = [one for one in by_age if _is_completed(one)]
        if completed and _says(completed[-1], wanted):
            return required(completed[-1], "id")
        return None

    def _ours(self, task: SellerTask) -> list[Payload]:
        """Tasks of this owner and this very subject that are not archived, as they stand now."""
        filters = [
            {"propertyName": OWNER, "operator": "EQ", "value": task.owner},
            {"propertyName": SUBJECT, "operator": "EQ", "value": task.subject},
        ]
        body: Payload = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
            "properties": ["hs_object_id"],
            "limit": NEWEST,
        }
        scope = read_scope(TASKS)
        found = results_of(
            self.calls.post(api.search(TASKS), body, kind="task_search", scope=scope)
        )
        if not found:
            return []
        path = api.batch(TASKS, "read")
        inputs = [{"id": required(one, "id")} for one in found]
        payload = self.calls.post(
            path, {"properties": [*READ], "inputs": inputs}, kind="task_read", scope=scope
        )
        check_complete(payload, kind="task", path=path)
        return [one for one in results_of(payload) if _is_of(one, task)]

    def _update(self, external_id: str, wanted: Mapping[str, str]) -> bool:
        """Set the values; False when the task has gone in the meantime. Status is the seller's.

        Raises:
            PermanentCrmError: HubSpot refuses a value.
        """
        values = {name: value for name, value in wanted.items() if name != STATUS}
        payload = self.calls.post(
            api.batch(TASKS, "update"),
            {"inputs": [{"id": external_id, "properties": values}]},
            kind="task",
            scope=WRITE_SCOPE,
        )
        for error in errors_of(payload):
            if not is_not_found(error):
                raise PermanentCrmError(
                    f"hubspot: write, task {external_id}: 207: a value was refused", status=400
                )
        return any(str(one.get("id")) == external_id for one in results_of(payload))

    def _create(self, wanted: Mapping[str, str]) -> str:
        """Create the task; sent once, whatever becomes of the answer."""
        payload = self.once.post(
            api.objects(TASKS), {"properties": {**wanted}}, kind="task", scope=WRITE_SCOPE
        )
        return required(payload, "id")


def _properties_of(task: SellerTask) -> dict[str, str]:
    """The task as HubSpot takes it; a due moment is told in epoch milliseconds."""
    return {
        OWNER: task.owner,
        SUBJECT: task.subject,
        BODY: task.body,
        STATUS: "NOT_STARTED",
        DUE: str(round(task.due_at.timestamp() * 1000)),
    }


def _stands(payload: Payload, wanted: Mapping[str, str]) -> bool:
    """Whether a task says what is wanted and is due when it is; that comes back as ISO."""
    due_at = to_instant_or_none(_text(object_in(payload, "properties"), DUE))
    return _says(payload, wanted) and due_at == to_instant_or_none(wanted[DUE])


def _says(payload: Payload, wanted: Mapping[str, str]) -> bool:
    values = object_in(payload, "properties")
    return all(_text(values, name) == wanted[name].strip() for name in (OWNER, SUBJECT, BODY))


def _is_of(payload: Payload, task: SellerTask) -> bool:
    """Whether it is ours for this seller; a search compares texts more loosely than we do."""
    values = object_in(payload, "properties")
    return _text(values, OWNER) == task.owner and _text(values, SUBJECT) == task.subject


def _is_completed(payload: Payload) -> bool:
    return _text(object_in(payload, "properties"), STATUS) == COMPLETED


def _text(values: Payload, name: str) -> str:
    return str(values.get(name) or "").strip()


def _age(payload: Payload) -> tuple[int, str]:
    """Place by creation, oldest first: ids grow, and are compared as numbers."""
    external_id = required(payload, "id")
    return len(external_id), external_id
