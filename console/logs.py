"""How events are rendered: for people on a terminal, as JSON lines elsewhere. Same events."""

import logging
import sys

import structlog


def configure_logs(*, as_json: bool, level: int = logging.WARNING) -> None:
    """Send events from that level on to standard error, one line each, with their time in UTC."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # standard error as it is when an event comes, for it may be another than now
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
