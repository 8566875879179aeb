"""`serve`: the service in the background, its schedule, its pages, its logs and its alerts."""

import logging
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import structlog
import typer
import uvicorn
from structlog.contextvars import bound_contextvars

from console.logs import configure_logs
from console.option import ConfigOption, opened, to_stderr
from console.pages import service_pages
from jobs.exits import ServiceError
from jobs.outcome import Request
from jobs.runs import check_setup
from jobs.service import Service
from jobs.watch.alert import send_trial
from jobs.wiring import Wiring, build_webhook

log = structlog.get_logger()

LogsOption = Annotated[
    Literal["auto", "json", "console"],
    typer.Option("--logs", help="auto, json or console; auto is console on a terminal, else json."),
]
TestAlertOption = Annotated[
    bool, typer.Option("--test-alert", help="Send one message to the webhook of alerts, and end.")
]


def serve(
    *, config: ConfigOption = None, logs: LogsOption = "auto", test_alert: TestAlertOption = False
) -> None:
    """Run the schedule until SIGTERM; the run at hand ends after its page.

    Example: `toprelatie serve --config config.yaml`
    """
    is_json = logs == "json" or (logs == "auto" and not sys.stderr.isatty())
    configure_logs(as_json=is_json, level=logging.INFO)
    with opened(config) as wiring, bound_contextvars(account=wiring.config.account):
        if test_alert:
            _send_trial(wiring)
            return
        _serve(wiring, config)


def _serve(wiring: Wiring, config: Path | None) -> None:
    """Serve until a signal ends it."""
    check_setup(wiring, Request())
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        wiring.stop.set()
        ended.set()

    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, end)
    service = Service(wiring, config)
    pages, thread = _start_pages(wiring, service)
    service.start()
    log.info("service.started")
    # A signal that comes just before a wait is only seen after it: so waits are short.
    while not ended.wait(timeout=1):
        pass
    log.info("service.stopping")
    service.stop()
    pages.should_exit = True
    thread.join(timeout=10)
    service.close()
    log.info("service.stopped")


def _send_trial(wiring: Wiring) -> None:
    """Send one message to the webhook.

    Raises:
        ServiceError: none is named, or the message was not taken.
        ConfigError: its address is missing.
    """
    webhook = build_webhook(wiring.config)
    if webhook is None:
        raise ServiceError(
            f"{wiring.config.account}: alerts go nowhere: set alerts.webhook_file or "
            "alerts.webhook_env"
        )
    send_trial(wiring.config.account, webhook.post, now=wiring.clock())
    to_stderr().print("the webhook took a trial message")


def _start_pages(wiring: Wiring, service: Service) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve the pages in a thread of their own.

    Raises:
        ServiceError: the address cannot be had, most often since another service has it.
    """
    where = wiring.config.service
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        listener = socket.create_server((where.host, where.port), family=family)
    except OSError as error:
        raise ServiceError(
            f"service: {where.host} port {where.port} cannot be had "
            f"({error.strerror or type(error).__name__}): end what uses it, or set service.port"
        ) from None
    app = service_pages(service.health, lambda: service.is_alive, service.metrics)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, log_level="warning", access_log=False, lifespan="off")
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="pages", daemon=True
    )
    thread.start()
    log.info("pages.started", host=where.host, port=where.port)
    return server, thread
