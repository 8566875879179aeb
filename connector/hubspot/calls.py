"""Every call to HubSpot, with the limit and the scope it falls under, and its paging."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from connector.http.client import HttpClient
from connector.http.dialect import Answer, Payload
from connector.http.paging import pages
from connector.hubspot import api
from connector.hubspot.dialect import reason_of
from connector.hubspot.payload import errors_of, is_not_found, next_page
from connector.ports import PermanentCrmError, TransientCrmError
from kpis.vocabulary import ObjectType

Kind = Literal[
    "list",
    "search",
    "batch_read",
    "links",
    "history",
    "splits",
    "write",
    "task",
    "task_search",
    "task_read",
    "metadata",
    "schema",
]

_BUCKETS: dict[str, str] = {
    "search": "search",
    "task_search": "search",
    "links": "associations",
}

NOT_FOUND = 404

SCOPED_BY: dict[str, str] = {
    "companies": "crm.objects.companies",
    "contacts": "crm.objects.contacts",
    "deals": "crm.objects.deals",
}
"""Scopes of the object types without their verb; activities ride on that of the contacts."""

T = TypeVar("T")


def read_scope(object_type: str) -> str:
    """Scope that reading one type takes, in words."""
    scope = f"{SCOPED_BY.get(object_type, SCOPED_BY['contacts'])}.read"
    return f"{scope} and sales-email-read" if object_type == "emails" else scope


def write_scope(object_type: ObjectType) -> str:
    """Scope that writing values takes."""
    return f"{SCOPED_BY[object_type]}.write"


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that the parts of this adapter share; may be used by several threads."""

    http: HttpClient

    def get(
        self,
        path: str,
        *,
        kind: Kind,
        scope: str | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Payload:
        """Read one answer."""
        return self._send("GET", path, kind=kind, scope=scope, params=params).payload

    def post(self, path: str, body: Payload, *, kind: Kind, scope: str | None = None) -> Payload:
        """Send a body and read the answer; 207 is an answer like any other."""
        return self._send("POST", path, kind=kind, scope=scope, body=body).payload

    def patch(self, path: str, body: Payload, *, kind: Kind, scope: str | None = None) -> Payload:
        """Change what a path names and read it as it stands then."""
        return self._send("PATCH", path, kind=kind, scope=scope, body=body).payload

    def delete(self, path: str, *, kind: Kind, scope: str | None = None) -> None:
        """Archive what a path names."""
        self._send("DELETE", path, kind=kind, scope=scope)

    def pages(
        self,
        path: str,
        params: Mapping[str, str | int],
        *,
        kind: Kind,
        scope: str | None = None,
        after: str | None = None,
    ) -> Iterator[Payload]:
        """Yield the pages of a list, from the one that `after` names."""

        def ask(token: str | None) -> Payload:
            mark = {} if token is None else {"after": token}
            return self.get(path, kind=kind, scope=scope, params={**params, **mark})

        return pages(ask, next_page, what=f"hubspot: list of {path}", start=after)

    def find(self, object_type: str, external_id: str, properties: Sequence[str]) -> Payload | None:
        """Read one record that a batch kept silent about; None when it does not exist any more.

        A merged id answers with the survivor, whose id is another: the id asked for is gone.
        """
        try:
            payload = self.get(
                api.record(object_type, external_id),
                kind="batch_read",
                scope=read_scope(object_type),
                params={"properties": ",".join(properties)},
            )
        except PermanentCrmError as error:
            if error.status == NOT_FOUND:
                return None
            raise
        return payload if str(payload.get("id")) == external_id else None

    def _send(
        self,
        method: Literal["GET", "POST", "PATCH", "DELETE"],
        path: str,
        *,
        kind: Kind,
        scope: str | None,
        params: Mapping[str, str | int] | None = None,
        body: Payload | None = None,
    ) -> Answer:
        return self.http.call(
            method,
            path,
            kind=kind,
            bucket=_BUCKETS.get(kind, "general"),
            params=params,
            body=body,
            scope=scope,
        )


def check_complete(payload: Payload, *, kind: Kind, path: str) -> None:
    """Let pass that a record is gone or has nothing; any other error of a 207 hides values.

    Raises:
        TransientCrmError: a part of what was asked for could not be told.
    """
    for error in errors_of(payload):
        if not is_not_found(error):
            found = reason_of(error) or "a part could not be read"
            raise TransientCrmError(f"hubspot: {kind}, POST {path}: 207 {found}")


def chunks(ids: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield them in their order, in lists of at most `size`."""
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])
