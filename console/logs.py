"""How events are rendered: for people on a terminal, as JSON lines elsewhere. Same events."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog


def configure_logs(*, as_json: bool, level: int = logging.WARNING) -> None:
    """Send events from that level on to standard error, one line each, with their time in UTC.

    What libraries say becomes events too.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            trace_without_message,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # standard error as it is when an event comes, for it may be another than now
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, Libraries)]:
        root.removeHandler(old)
    root.addHandler(Libraries(logging.WARNING))


def trace_without_message(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Say of an unexpected fault its kind and where it came up; what it says may be anybody's data.

    The frames stand in a list, so that the event stays one line.
    """
    info = event.pop("exc_info", None)
    fault = sys.exception() if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(fault, BaseException):
        event["error"] = type(fault).__name__
        event["trace"] = [
            f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(fault.__traceback__)
        ]
    return event


class Libraries(logging.Handler):
    """Makes one event of ours of each line that a library logs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one line, without the text of a fault."""
        structlog.get_logger().log(
            record.levelno,
            "library.said",
            library=record.name,
            found=record.getMessage(),
            exc_info=record.exc_info,
        )
