"""What the pages of the service answer, and with which status."""

import json
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.pages import service_pages
from jobs.watch.health import Health
from jobs.watch.metrics import Metrics

READY = Health(is_ready=True, reasons=[], notes=["write-back is paused"])
NOT_READY = Health(is_ready=False, reasons=["no run has ended well yet"])


def answer(
    path: str, *, health: Health = READY, is_alive: bool = True, accept: str = ""
) -> Response:
    app = service_pages(lambda: health, lambda: is_alive, Metrics("acme", ("sync",)))
    routes = {one.path: one for one in app.routes if isinstance(one, Route)}
    headers = [(b"accept", accept.encode())]
    found = routes[path].endpoint(Request({"type": "http", "headers": headers}))
    assert isinstance(found, Response)
    assert found.headers["cache-control"] == "no-store"
    return found


def body(found: Response) -> Any:
    return json.loads(bytes(found.body))


@pytest.mark.parametrize(
    ("is_alive", "status", "told"),
    [
        (True, 200, {"status": "ok"}),
        (
            False,
            503,
            {
                "status": "not alive",
                "reasons": ["the thread of the schedule has ended: restart"],
            },
        ),
    ],
)
def test_healthz_says_whether_runs_can_begin(is_alive, status, told):
    found = answer("/healthz", is_alive=is_alive)

    assert (found.status_code, body(found)) == (status, told)


def test_readyz_is_200_with_notes_and_503_with_reasons():
    ready, not_ready = answer("/readyz"), answer("/readyz", health=NOT_READY)

    assert (ready.status_code, not_ready.status_code) == (200, 503)
    assert body(ready) == {"status": "ready", "reasons": [], "notes": ["write-back is paused"]}
    assert body(not_ready) == {
        "status": "not ready",
        "reasons": ["no run has ended well yet"],
        "notes": [],
    }


def test_metrics_come_in_the_form_that_is_asked_for():
    plain = answer("/metrics")
    open_metrics = answer("/metrics", accept="application/openmetrics-text; version=1.0.0")

    assert plain.headers["content-type"].startswith("text/plain; version=")
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert b"toprelatie_build_info" in bytes(plain.body)
