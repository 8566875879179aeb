"""What a test or a rehearsal does to the look-alike from outside, over HTTP and without a token."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from connector.sandbox.api import Api
from connector.sandbox.faults import Fault
from connector.sandbox.wire import Json

PREFIX = "/_sandbox"

_Handler = Callable[[Api, Request, Json], Response]


def control_routes(api: Api) -> list[Route]:
    """Routes below `/_sandbox`."""
    return [
        Route(f"{PREFIX}/{path}", _Endpoint(api, handler), methods=[method])
        for method, path, handler in (
            ("POST", "faults", _add_fault),
            ("DELETE", "faults", _clear_faults),
            ("GET", "calls", _calls),
            ("POST", "records/{type}/{id}", _set_values),
            ("POST", "archive/{type}/{id}", _archive),
            ("POST", "restore/{type}/{id}", _restore),
            ("POST", "purge/{type}/{id}", _purge),
            ("POST", "merge/{type}", _merge),
            ("GET", "values/{type}", _values),
            ("POST", "rules/{type}", _require),
            ("DELETE", "rules", _clear_rules),
            ("POST", "scopes", _set_scopes),
        )
    ]


class _Endpoint:
    """A handler with the API it works on; what it cannot do is a 400 with the reason."""

    def __init__(self, api: Api, handler: _Handler) -> None:
        self._api = api
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.json() if await request.body() else {}
        try:
            response = self._handler(self._api, request, body)
        except (KeyError, TypeError, ValueError) as fault:
            response = JSONResponse({"message": str(fault)}, status_code=400)
        await response(scope, receive, send)


def _add_fault(api: Api, _: Request, body: Json) -> Response:
    """Fields as those of `Fault`."""
    api.faults.add(Fault(**{one.name: body[one.name] for one in fields(Fault) if one.name in body}))
    return Response(status_code=201)


def _clear_faults(api: Api, _: Request, _body: Json) -> Response:
    api.faults.clear()
    return Response(status_code=204)


def _calls(api: Api, request: Request, _: Json) -> Response:
    """Counts by `METHOD name`; `?by=type` adds the object type."""
    by_type = request.query_params.get("by") == "type"
    return JSONResponse(dict(api.calls_by_type if by_type else api.calls))


def _set_values(api: Api, request: Request, body: Json) -> Response:
    """A person edits values, now or at the instant given."""
    object_type, record_id = request.path_params["type"], request.path_params["id"]
    api.portal.set_values(object_type, record_id, body["properties"], at=_at(api, body))
    return JSONResponse(api.portal.values(object_type, record_id))


def _archive(api: Api, request: Request, body: Json) -> Response:
    api.portal.archive(request.path_params["type"], request.path_params["id"], at=_at(api, body))
    return Response(status_code=204)


def _restore(api: Api, request: Request, _: Json) -> Response:
    api.portal.restore(request.path_params["type"], request.path_params["id"])
    return Response(status_code=204)


def _purge(api: Api, request: Request, _: Json) -> Response:
    api.portal.purge(request.path_params["type"], request.path_params["id"])
    return Response(status_code=204)


def _merge(api: Api, request: Request, body: Json) -> Response:
    """Merge `loser` into `winner`, under `new_id` where one is given."""
    survivor = api.portal.merge(
        request.path_params["type"],
        body["winner"],
        body["loser"],
        at=_at(api, body),
        new_id=body.get("new_id"),
    )
    return JSONResponse({"id": survivor})


def _values(api: Api, request: Request, _: Json) -> Response:
    """Values of all live records by id, for the names that begin with `?prefix=`."""
    prefix = request.query_params.get("prefix", "")
    with api.portal.lock:
        records = api.portal.objects[request.path_params["type"]].items()
        return JSONResponse(
            {
                record_id: {
                    name: value for name, value in record.values.items() if name.startswith(prefix)
                }
                for record_id, record in records
                if record.archived_ms is None
            }
        )


def _require(api: Api, request: Request, body: Json) -> Response:
    """Make the property `name` required where `when_property` is `when_value`."""
    with api.portal.lock:
        api.portal.require(
            request.path_params["type"],
            body["name"],
            when_property=body["when_property"],
            when_value=body["when_value"],
        )
    return Response(status_code=201)


def _clear_rules(api: Api, _: Request, _body: Json) -> Response:
    with api.portal.lock:
        api.portal.required_when.clear()
    return Response(status_code=204)


def _set_scopes(api: Api, _: Request, body: Json) -> Response:
    """An admin takes scopes from the key (`revoke`) or gives them to it (`grant`)."""
    api.scopes = api.scopes.difference(body.get("revoke", ())).union(body.get("grant", ()))
    return JSONResponse({"scopes": sorted(api.scopes)})


def _at(api: Api, body: Json) -> datetime:
    given = body.get("at")
    return datetime.fromisoformat(given) if given else api.clock()
