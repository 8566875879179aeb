"""Several processes that call one account never exceed its limits together."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.http import loopback
from tests.integration.http.caller import CALLS, MARGIN_S, RESERVE_SHARE, SECONDS
from tests.integration.http.loopback import Server, serving

ROOT = Path(__file__).parents[3]
OURS = round(CALLS * (1 - RESERVE_SHARE))


@contextmanager
def caller(server: Server, folder: Path, count: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.integration.http.caller"]
    with subprocess.Popen(
        [*command, server.base_url, str(folder), str(count)], cwd=ROOT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def most_in_a_window(server: Server) -> int:
    """Return the most calls that arrived in any stretch of the window's length."""
    arrivals = sorted(server.arrivals)
    return max(sum(0 <= each - first <= SECONDS for each in arrivals) for first in arrivals)


def wait_for(server: Server, count: int) -> None:
    ends = time.monotonic() + 20
    while len(server.arrivals) < count:
        assert time.monotonic() < ends
        server.ended.wait(0.02)


def test_two_processes_together_stay_within_one_window_and_leave_the_reserve(tmp_path):
    with (
        serving(loopback.answers) as server,
        caller(server, tmp_path, 30) as one,
        caller(server, tmp_path, 30) as other,
    ):
        assert [one.wait(30), other.wait(30)] == [0, 0]

    arrivals = sorted(server.arrivals)
    assert len(arrivals) == 60
    assert most_in_a_window(server) <= OURS
    assert arrivals[-1] - arrivals[0] < 3 * (60 / OURS - 1) * (SECONDS + MARGIN_S)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_process_that_dies_holds_up_nobody(tmp_path):
    with (
        serving(loopback.answers) as server,
        caller(server, tmp_path, 10_000) as one,
        caller(server, tmp_path, 20) as other,
    ):
        wait_for(server, 10)
        one.kill()
        assert other.wait(30) == 0

    assert most_in_a_window(server) <= CALLS
