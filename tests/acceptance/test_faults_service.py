"""The running service: what keeps it from starting, and how it ends with a run at hand."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from connector.sandbox import Fault
from tests.acceptance.front_door import run
from tests.acceptance.small_account import phase_of
from tests.acceptance.workplace import ROOT, Workplace

pytestmark = pytest.mark.usefixtures("discreet")

AT_ONCE = """\
import sys
from jobs import schedule
fired = set()
def at_once(self, previous, now):
    return None if previous or id(self) in fired else fired.add(id(self)) or now
schedule.WallClockTrigger.get_next_fire_time = at_once
from console.cli import main
main()
"""
"""The command line with a schedule whose time has come: cron expressions know no seconds."""
SLOW_PAGE = Fault(kind="slow", route="GET */objects/*/deals*", after=1, delay_s=1.5)
"""The page of deals; the first call of its kind only asks whether deals may be read at all."""
ALL_LISTS = 20  # each of ten types is tried once and then listed
WAIT_S = 20


@pytest.fixture
def served(shop: Workplace) -> Workplace:
    """Place of work whose service has a port of its own and a sync alone on its schedule."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shop.config.write_text(
        shop.config.read_text()
        + f"service: {{port: {port}}}\n"
        + "schedule: {sync: '0 3 * * *', associations: null, full: null}\n"
    )
    return shop


Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin(served: Workplace) -> Iterator[Begin]:
    """Start a command in a process of its own; what is left of it ends with the test."""
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str, at_once: bool = False) -> subprocess.Popen[str]:
        command = served.command(*words)
        if at_once:
            command = [command[0], "-c", AT_ONCE, *command[3:]]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.communicate()


def answer(place: Workplace, path: str) -> tuple[int, dict[str, object]]:
    """What a health page says; 0 while nobody answers."""
    line = next(one for one in place.config.read_text().splitlines() if "port:" in one)
    port = line.split("port: ")[1].strip("} ")
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
    except OSError:
        return 0, {}


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again; a test that waits in vain fails."""
    ends = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.03)  # noqa: TID251 - another process needs its time


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask a process to end; its exit code and what it said."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT_S)
    sys.stderr.write(out + err)
    return process.returncode, err


def test_service_that_is_asked_to_end_ends_after_the_page_and_the_next_run_goes_on(
    served, begin, crm, account
):
    crm.faults.add(SLOW_PAGE)
    service = begin("serve", at_once=True)
    wait_until(lambda: crm.calls["GET list"] >= ALL_LISTS - 1)
    second = run(served, "sync")
    code, said = end(service)
    with served.opened() as wiring:
        [stopped] = wiring.store.read_runs()

    assert second.code == 5
    assert code == 0
    assert stopped.status == "stopped"
    assert '"event": "service.stopped"' in said
    assert run(served, "sync").code == 0
    assert phase_of(account, "3") is not None


def test_second_service_on_the_same_port_ends_with_what_to_do(served, begin):
    first = begin("serve")
    wait_until(lambda: answer(served, "/healthz")[0] == 200)

    second = run(served, "serve")

    assert second.code == 1
    assert "cannot be had" in second.said
    assert "end what uses it, or set service.port" in second.said
    assert end(first)[0] == 0


def test_service_before_set_up_ends_before_anything_ran(place):
    ended = run(place, "serve")

    assert ended.code == 3
    assert "run `toprelatie setup`" in ended.said


def test_service_whose_last_run_failed_says_so(served, begin, crm):
    crm._api.token = "second-token"
    run(served, "sync")
    begin("serve")
    wait_until(lambda: answer(served, "/healthz")[0] == 200)

    status, told = answer(served, "/readyz")

    assert status == 503
    assert "no run has ended well yet" in str(told["reasons"])
    assert "run 1 failed: hubspot: metadata, GET" in str(told["reasons"])
