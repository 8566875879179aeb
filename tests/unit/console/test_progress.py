"""Progress as bars on a terminal and as lines elsewhere; logs as JSON or for people."""

import io
import json
import logging

import pytest
import structlog
from rich.console import Console

from console.logs import configure_logs
from console.option import PIPE_WIDTH, to_stderr, to_stdout
from console.progress import shown_progress


def test_lines_come_at_the_start_and_then_every_five_thousand():
    console = Console(file=io.StringIO(), width=80)

    with shown_progress(console) as report:
        for done in (100, 5_099, 5_100, 10_099, 10_100):
            report("deals", done, 20_000)
        report("calls", 7, None)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "deals: 100 of 20000",
        "deals: 5100 of 20000",
        "deals: 10100 of 20000",
        "calls: 7",
    ]


def test_bars_show_each_kind_of_work_on_a_terminal_and_leave_nothing_behind():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)

    with shown_progress(console) as report:
        report("deals", 1, 10)
        report("deals", 10, 10)
        report("calls", 7, None)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "deals" in text
    assert "10/10" in text
    assert "7/?" in text


@pytest.fixture
def plain_logs():
    yield
    structlog.reset_defaults()


def test_logs_are_json_lines_with_level_and_time(plain_logs, capsys):
    configure_logs(as_json=True, level=logging.INFO)

    structlog.get_logger().info("pull.page", saved=100)
    structlog.get_logger().debug("pull.detail")

    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "pull.page", "level": "info", "saved": 100}


def test_logs_are_sentences_for_people_and_warnings_alone_by_default(plain_logs, capsys):
    configure_logs(as_json=False)

    structlog.get_logger().info("pull.page")
    structlog.get_logger().warning("pull.left_out", object_type="deals")

    told = capsys.readouterr()
    assert told.out == ""
    assert "pull.left_out" in told.err
    assert "object_type=deals" in told.err
    assert "pull.page" not in told.err


def test_results_are_wide_enough_for_a_table_where_no_terminal_tells_its_width(capsys):
    to_stdout().print("x" * (PIPE_WIDTH - 1))
    to_stderr().print("y" * 500)

    told = capsys.readouterr()
    assert told.out == "x" * (PIPE_WIDTH - 1) + "\n"
    assert told.err == "y" * 500 + "\n"
