"""The command line in this process: what was typed, how it ended, and what it said."""

import io
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest import mock

from console.cli import main
from jobs.outcome import Report, Request
from jobs.pulled import Progress
from jobs.runs import run_sync
from jobs.wiring import Wiring
from tests.acceptance.workplace import Workplace, silent

RESULTS = frozenset({"report", "--dry-run"})
"""Words that ask for results: names and amounts are what they are to print."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, its results, and its remarks."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All of it on one line, as a person would search it."""
        return " ".join((self.out + " " + self.err).replace("│", " ").split())


def run(place: Workplace, *words: str) -> Ended:
    """Run one command of a place of work to its end."""
    return typed(*words, "--config", str(place.config))


def typed(*words: str) -> Ended:
    """Run one command to its end; it leaves the signals of this process as they were."""
    out, err = io.StringIO(), io.StringIO()
    handlers = [(one, signal.getsignal(one)) for one in STOP_SIGNALS]
    argv = mock.patch.object(sys, "argv", ["toprelatie", *words])
    try:
        with argv, redirect_stdout(out), redirect_stderr(err):
            code = _exit_code()
    finally:
        for one, handler in handlers:
            signal.signal(one, handler)
    sys.stderr.write(err.getvalue() + ("" if RESULTS.intersection(words) else out.getvalue()))
    return Ended(code, out.getvalue(), err.getvalue())


def take_run(wiring: Wiring, progress: Progress = silent, **request: Any) -> Report:
    """Take one run over an account that is open already, and look over its shoulder."""
    return run_sync(wiring, Request(**request), progress)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    raise AssertionError("a command ends with an exit code")
