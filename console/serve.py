"""`serve`: the service in the background, its schedule and its health pages."""

import logging
import signal
import socket
import sys
import threading
from datetime import timedelta
from types import FrameType
from zoneinfo import ZoneInfo

import structlog
import uvicorn

from console.logs import configure_logs
from console.option import ConfigOption, opened
from console.pages import health_pages
from jobs.exits import ServiceError
from jobs.health import read_health
from jobs.outcome import Request
from jobs.runs import check_setup
from jobs.schedule import Scheduler
from jobs.service import run_job, stale_after
from jobs.wiring import Wiring

log = structlog.get_logger()


def serve(*, config: ConfigOption = None) -> None:
    """Run the schedule until SIGTERM; the run at hand ends after its page.

    Example: `toprelatie serve --config config.yaml`
    """
    configure_logs(as_json=not sys.stderr.isatty(), level=logging.INFO)
    with opened(config) as wiring:
        check_setup(wiring, Request())
        ended = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            wiring.stop.set()
            ended.set()

        for stop_signal in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop_signal, end)
        schedule = wiring.config.schedule
        scheduler = Scheduler(
            schedule.expressions(),
            ZoneInfo(schedule.timezone),
            lambda name: run_job(wiring, name),
        )
        pages, thread = _start_pages(wiring)
        scheduler.start()
        log.info("service.started", account=wiring.config.account)
        # A signal that comes just before a wait is only seen after it: so waits are short.
        while not ended.wait(timeout=1):
            pass
        log.info("service.stopping")
        scheduler.stop()
        pages.should_exit = True
        thread.join(timeout=10)
        log.info("service.stopped")


def _start_pages(wiring: Wiring) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve the health pages in a thread of their own.

    Raises:
        ServiceError: the address cannot be had, most often since another service has it.
    """
    service = wiring.config.service
    family = socket.AF_INET6 if ":" in service.host else socket.AF_INET
    try:
        listener = socket.create_server((service.host, service.port), family=family)
    except OSError as error:
        raise ServiceError(
            f"service: {service.host} port {service.port} cannot be had "
            f"({error.strerror or type(error).__name__}): end what uses it, or set service.port"
        ) from None
    limit: timedelta = stale_after(wiring.config.schedule)
    app = health_pages(lambda: read_health(wiring.store, now=wiring.clock(), stale_after=limit))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True
    )
    thread.start()
    log.info("pages.started", host=service.host, port=service.port)
    return server, thread
