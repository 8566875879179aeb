"""The service in a process of its own: its pages, its logs, its end; and a run that is stopped."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector.sandbox import Fault, Sandbox
from jobs.config import Alerts
from jobs.service import run_job, stale_after
from jobs.watch.glance import read_glance
from jobs.watch.health import Health, health_of
from jobs.wiring import clock
from store.errors import StoreError
from store.store import Store
from tests.acceptance.front_door import run
from tests.acceptance.small_account import AS_OF, phase_of
from tests.acceptance.workplace import Workplace

PATIENCE_S = 20.0
SLOW = "schedule: {sync: 0 4 1 1 *, associations: null, full: null}\n"
"""A schedule that leaves the runs to the tests."""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path, crm: Sandbox, port: int) -> Workplace:
    place = Workplace(tmp_path, crm.base_url, extra=f"service: {{port: {port}}}\n{SLOW}")
    place.set_up()
    return place


@contextmanager
def serving(place: Workplace, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start the service, wait for its pages, and never leave it behind."""
    with place.start("serve") as process:
        try:
            _await_pages(process, port)
            yield process
        finally:
            process.kill()


def page(port: int, path: str) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def measures(port: int) -> str:
    """What is scraped."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        return answer.read().decode()
    finally:
        connection.close()


def _await_pages(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            assert page(port, "/healthz") == (200, {"status": "ok"})
        except ConnectionRefusedError:
            _wait(process, 0.05)
        else:
            return
    raise AssertionError("the service shows no pages")


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    """Let some time pass in which the process must live on."""
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(seconds)


def test_service_is_alive_at_once_and_ready_after_a_run_that_ended_well(served, port):
    with serving(served, port):
        before = page(port, "/readyz")
        done = served.run("sync")
        after = page(port, "/readyz")

    nothing = {"reasons": ["no run has ended well yet"], "notes": []}
    assert before == (503, {"status": "not ready", **nothing})
    assert done.returncode == 0, done.stderr
    assert after == (200, {"status": "ready", "reasons": [], "notes": []})


def test_service_serves_its_pages_beside_its_schedule_in_one_process(served, port):
    seen: list[tuple[int, dict[str, Any]]] = []
    measured: list[str] = []

    def look_and_end() -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and len(seen) < 2:
            with suppress(ConnectionRefusedError):
                seen.extend(page(port, path) for path in ("/healthz", "/readyz"))
                measured.append(measures(port))
                os.kill(os.getpid(), signal.SIGTERM)  # its handler stands before its pages do

    looker = threading.Thread(target=look_and_end)
    looker.start()
    ended = run(served, "serve")
    looker.join()

    assert ended.code == 0
    assert [status for status, _ in seen] == [200, 503]
    assert 'toprelatie_store_up{account="acme"} 1.0' in measured[0].splitlines()


def test_service_ends_on_sigterm_and_logs_one_json_object_a_line(served, port):
    with serving(served, port) as process:
        process.send_signal(signal.SIGTERM)
        out, logged = process.communicate(timeout=5)

    events = [json.loads(line) for line in logged.splitlines()]
    assert process.returncode == 0
    assert out == ""
    assert [one["event"] for one in events] == [
        "pages.started",
        "schedule.next",
        "service.started",
        "service.stopping",
        "service.stopped",
    ]
    assert all(one["timestamp"].endswith("Z") for one in events)


def test_sigterm_in_the_middle_of_a_run_ends_it_after_its_page_and_the_next_one_goes_on(
    served, crm, account
):
    crm.faults.add(Fault(kind="slow", route="GET */objects/*/companies*", delay_s=1.5))
    with served.start("sync", "--as-of", AS_OF.isoformat()) as process:
        while crm.faults.left():
            _wait(process, 0.02)
        _wait(process, 0.2)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)

    assert process.returncode == 1
    assert "asked to stop; the next one goes on from here" in " ".join(said.split())
    assert crm.calls["POST batch_update"] == 0
    with served.opened() as wiring:
        assert wiring.store.read_runs()[0].status == "stopped"
        assert wiring.store.read_cursor("companies") is not None
    assert served.sync(as_of=AS_OF).status == "done"
    assert phase_of(account, "1") == "order"


# health


def read_health(store: Store, *, now: datetime, stale_after: timedelta) -> Health:
    return health_of(lambda: read_glance(store), now=now, stale_after=stale_after)


def test_health_is_bad_before_the_first_run_and_good_after_it(served):
    with served.opened() as wiring:
        limit = timedelta(hours=26)
        before = read_health(wiring.store, now=clock(), stale_after=limit)
        run_job(wiring, "sync")
        ended = wiring.store.read_runs()[0].finished_at
        assert ended is not None
        fresh = read_health(wiring.store, now=ended + limit, stale_after=limit)
        stale = read_health(
            wiring.store, now=ended + limit + timedelta(milliseconds=1), stale_after=limit
        )

    assert (before.is_ready, before.reasons) == (False, ["no run has ended well yet"])
    assert (fresh.is_ready, fresh.reasons) == (True, [])
    assert not stale.is_ready
    assert stale.reasons == [f"the last run that ended well was at {ended.isoformat()}"]


@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        ("failed", ["no run has ended well yet", "run 1 failed: the disk is full"]),
        ("stopped", ["no run has ended well yet", "run 1 stopped: the disk is full"]),
        ("partial", []),
    ],
)
def test_health_tells_why_the_last_run_did_not_end_well(served, status, reasons):
    with served.opened() as wiring:
        run_id = wiring.store.start_run("sync", started_at=clock())
        wiring.store.finish_run(
            run_id, finished_at=clock(), status=status, counts={"notes": ["the disk is full"]}
        )
        found = read_health(wiring.store, now=clock(), stale_after=timedelta(hours=1))

    assert (found.is_ready, found.reasons) == (not reasons, reasons)


def test_health_does_not_count_a_run_that_is_still_at_work(served):
    with served.opened() as wiring:
        wiring.store.start_run("sync", started_at=clock())
        found = read_health(wiring.store, now=clock(), stale_after=timedelta(hours=1))

    assert not found.is_ready


def test_health_is_bad_when_the_store_does_not_answer(served, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("store: no answer")

    with served.opened() as wiring:
        monkeypatch.setattr("store.store.Store.read_runs", refuse)
        found = read_health(wiring.store, now=clock(), stale_after=timedelta(hours=1))

    assert (found.is_ready, found.reasons) == (False, ["store: no answer"])


def test_service_without_a_frequent_job_stays_ready_for_a_week(served):
    with served.opened() as wiring:
        config = wiring.config
    weekly = config.model_copy(
        update={"schedule": config.schedule.model_copy(update={"sync": None})}
    )
    by_hand = weekly.model_copy(update={"alerts": Alerts(stale_after_hours=26)})

    assert stale_after(config) == timedelta(hours=26)
    assert stale_after(weekly) == timedelta(days=8)
    assert stale_after(by_hand) == timedelta(hours=26)


# scheduled runs


@pytest.fixture
def all_levels():
    """Events of every level, whatever a command before has set."""
    structlog.reset_defaults()


def test_job_says_that_it_is_done(served, all_levels):
    with served.opened() as wiring, capture_logs() as events:
        run_job(wiring, "sync")

    assert {
        "event": "job.done",
        "log_level": "info",
        "job": "sync",
        "run": 1,
        "status": "done",
    } in (events)


def test_job_that_finds_the_lock_held_says_that_it_is_left_out(served):
    with (
        served.opened() as other,
        other.store.lock(),
        served.opened() as wiring,
        capture_logs() as events,
    ):
        run_job(wiring, "sync")

    (event,) = events
    assert (event["event"], event["log_level"], event["job"]) == ("job.skipped", "warning", "sync")
    assert "acme" in event["reason"]


def test_job_that_fails_says_why_and_names_no_secret(served):
    served.token.write_text("pat-eu1-very-secret")
    with served.opened() as wiring, capture_logs() as events:
        run_job(wiring, "full")

    (event,) = [one for one in events if one["event"] == "job.failed"]
    assert (event["job"], event["error"], event["log_level"]) == ("full", "ConfigError", "error")
    assert "401" in event["reason"]
    assert "very-secret" not in str(events)
