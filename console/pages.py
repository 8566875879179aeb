"""Health of the running service over HTTP: alive, and ready with the reason when it is not."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from jobs.health import Health

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
}


def health_pages(health: Callable[[], Health]) -> Starlette:
    """`/healthz` answers while the process lives; `/readyz` says 503 and why it is not ready."""

    def healthz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    def readyz(_: Request) -> JSONResponse:
        found = health()
        body = {"status": "ready" if found.is_ready else "not ready", "reasons": found.reasons}
        return JSONResponse(body, status_code=200 if found.is_ready else 503, headers=_HEADERS)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz)])
