"""One line an event, for people or for machines, and nobody's data in either."""

import io
import json
import logging
from contextlib import redirect_stderr

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from console.logs import Libraries, configure_logs


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    for one in [one for one in root.handlers if isinstance(one, Libraries)]:
        root.removeHandler(one)


def said(speak, *, as_json=True) -> list[str]:
    out = io.StringIO()
    with redirect_stderr(out):
        configure_logs(as_json=as_json, level=logging.INFO)
        speak()
    return out.getvalue().splitlines()


def fail() -> None:
    try:
        int("Piet Verborgen")
    except ValueError:
        structlog.get_logger().exception("job.broken", job="sync")


def test_event_carries_account_and_run_that_it_belongs_to():
    def speak() -> None:
        with bound_contextvars(account="acme", run=7):
            structlog.get_logger().info("pull.done", object_type="deals", pulled=3)

    (line,) = said(speak)
    event = json.loads(line)

    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "pull.done",
        "level": "info",
        "account": "acme",
        "run": 7,
        "object_type": "deals",
        "pulled": 3,
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_unexpected_fault_is_one_line_with_its_place_and_without_what_it_says(as_json):
    (line,) = said(fail, as_json=as_json)

    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "Piet" not in line


@pytest.mark.parametrize("as_json", [True, False])
def test_text_of_several_lines_stays_one_line(as_json):
    lines = said(
        lambda: structlog.get_logger().error("configuration.faulty", reason="one\ntwo"),
        as_json=as_json,
    )

    assert len(lines) == 1


def test_what_a_library_warns_of_is_an_event_and_what_it_chatters_is_not():
    def speak() -> None:
        configure_logs(as_json=True, level=logging.INFO)  # twice: still one line
        logging.getLogger("apscheduler").warning("missed by %s", "a minute")
        logging.getLogger("apscheduler").info("looking for jobs")

    (line,) = said(speak)

    assert json.loads(line)["event"] == "library.said"
    assert json.loads(line)["library"] == "apscheduler"
    assert json.loads(line)["found"] == "missed by a minute"


def test_fault_that_a_library_logs_loses_its_text():
    def speak() -> None:
        try:
            int("Piet Verborgen")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("exception in the application")

    (line,) = said(speak)

    assert json.loads(line)["error"] == "ValueError"
    assert "Piet" not in line
