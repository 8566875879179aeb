"""Pages of the running service over HTTP: alive, ready with its reasons, and what is measured."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jobs.watch.health import Health
from jobs.watch.metrics import Metrics

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
}


def service_pages(
    health: Callable[[], Health], is_alive: Callable[[], bool], metrics: Metrics
) -> Starlette:
    """`/healthz` says 503 when no run can begin any more, `/readyz` while it is not ready.

    None of them waits for a run at work or for a database that is away.
    """

    def healthz(_: Request) -> JSONResponse:
        if is_alive():
            return JSONResponse({"status": "ok"}, headers=_HEADERS)
        body = {"status": "not alive", "reasons": ["the thread of the schedule has ended: restart"]}
        return JSONResponse(body, status_code=503, headers=_HEADERS)

    def readyz(_: Request) -> JSONResponse:
        found = health()
        body = {
            "status": "ready" if found.is_ready else "not ready",
            "reasons": found.reasons,
            "notes": found.notes,
        }
        return JSONResponse(body, status_code=200 if found.is_ready else 503, headers=_HEADERS)

    def measured(request: Request) -> Response:
        text, content_type = metrics.exposition(request.headers.get("accept", ""))
        return Response(text, headers={**_HEADERS, "content-type": content_type})

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", measured),
        ]
    )
