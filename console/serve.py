"""`serve`: the service in the background, its schedule and its health pages."""

import logging
import signal
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
from jobs.health import read_health
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
        ended.wait()
        log.info("service.stopping")
        scheduler.stop()
        pages.should_exit = True
        thread.join(timeout=10)
        log.info("service.stopped")


def _start_pages(wiring: Wiring) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve the health pages in a thread of their own."""
    service = wiring.config.service
    limit: timedelta = stale_after(wiring.config.schedule)
    app = health_pages(lambda: read_health(wiring.store, now=wiring.clock(), stale_after=limit))
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=service.host, port=service.port, log_level="warning", lifespan="off"
        )
    )
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    log.info("pages.started", host=service.host, port=service.port)
    return server, thread
