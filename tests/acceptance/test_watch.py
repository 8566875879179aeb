"""What whoever keeps the service learns of it: alerts, health, metrics and logs, and nothing else.

Runs are taken as the schedule would take them; only what is due by the clock is waited for.
"""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from connector.sandbox import Fault, Portal, Sandbox
from console.logs import configure_logs
from jobs.pause import Pause, pause, resume
from jobs.service import Service
from jobs.watch.health import Health
from jobs.wiring import clock
from tests.acceptance.front_door import run
from tests.acceptance.receiver import Receiver, receiving
from tests.acceptance.small_account import phase_of
from tests.acceptance.workplace import TOKEN, Workplace

pytestmark = pytest.mark.usefixtures("discreet")

EXTRA = (
    "alerts: {webhook_file: webhook}\n"
    "write_back: {change_limit: null}\n"
    "schedule: {sync: '0 4 * * *', associations: null, full: null}\n"
)
LIMIT = timedelta(hours=26)
RENEWAL = [("new", "New", "0.4", False)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def watched(tmp_path, crm: Sandbox, receiver: Receiver) -> Workplace:
    """Set up, with a webhook."""
    place = Workplace(tmp_path, crm.base_url, extra=EXTRA)
    (tmp_path / "webhook").write_text(receiver.address + "\n")
    place.set_up()
    return place


@contextmanager
def in_service(place: Workplace) -> Iterator[Service]:
    """The service without its schedule: the test says when."""
    with place.opened() as wiring:
        service = Service(wiring, place.config)
        try:
            yield service
        finally:
            service.stop()
            service.close()


Series = dict[tuple[str, tuple[str, ...]], float]


def scraped(service: Service) -> Series:
    """Value by name and labels, the account left out: all series carry it."""
    text, content_type = service.metrics.exposition()
    assert content_type.startswith("text/plain")
    found: Series = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("account") == "acme"
            found[sample.name.removeprefix("toprelatie_"), tuple(labels.values())] = sample.value
    return found


# alerts


def test_failure_is_told_once_over_three_runs_and_once_when_it_is_mended(watched, crm, receiver):
    with in_service(watched) as service:
        crm._api.token = "second-token"
        for _ in range(3):
            service.run("sync")
        failed, told = scraped(service), list(receiver.heard)
        crm._api.token = TOKEN
        service.run("sync")
        mended = scraped(service)

    [message] = told
    assert message["state"] == "firing"
    assert message["cause"] == "run_failed:ConfigError"
    assert message["run_id"] == 1
    assert message["text"].startswith("toprelatie acme: a run failed: hubspot: ")
    assert receiver.said[1:] == [("over", "run_failed:ConfigError")]
    assert failed["runs_total", ("sync", "failed")] == 3
    assert failed["alerts_firing", ("run_failed",)] == 1
    assert mended["runs_total", ("sync", "done")] == 1
    assert mended["alerts_firing", ("run_failed",)] == 0


def test_changed_mapping_is_used_by_the_next_run_and_a_faulty_one_by_none(
    watched, account: Portal, receiver
):
    account.add_pipeline("renewal", "Renewal", RENEWAL)
    account.set_values("deals", "3", {"pipeline": "renewal", "dealstage": "new"}, at=clock())
    with in_service(watched) as service:
        service.run("sync")
        service.run("sync")
        unmapped = list(receiver.said)
        watched.mapping.write_text("crm: hubspot\nstages: {renewal: {new: qoute}}\n")
        service.run("sync")
        faulty, health, told = scraped(service), service.health(), list(receiver.said)
        before = phase_of(account, "3")
        watched.mapping.write_text("crm: hubspot\nstages: {renewal: {new: quote}}\n")
        service.run("sync")
        mended = scraped(service)

    assert unmapped == [("firing", "unmapped_stage:renewal/new")]
    assert told == [*unmapped, ("firing", "configuration")]
    assert "mapping.yaml:2" in receiver.heard[1]["text"]
    assert "qoute" not in receiver.heard[1]["text"]
    assert faulty["configuration_faulty", ()] == 1
    assert faulty["runs_total", ("sync", "done")] == 3
    assert health.is_ready
    assert health.notes == [
        "faults in the configuration: 1: the last good one stays in force: run `toprelatie check`"
    ]
    assert before == "unknown"
    assert phase_of(account, "3") == "quote"
    assert set(receiver.said[2:]) == {
        ("over", "configuration"),
        ("over", "unmapped_stage:renewal/new"),
    }
    assert mended["configuration_faulty", ()] == 0


def test_run_keeps_the_settings_that_it_began_with_though_others_come_into_force(watched, crm):
    with in_service(watched) as service:
        old = service._keeper.wiring
        crm.faults.add(Fault(kind="slow", route="GET */objects/*/companies*", delay_s=0.5))
        at_work = threading.Thread(target=service.run, args=["sync"])
        at_work.start()
        while crm.faults.left():
            at_work.join(0.01)
        watched.mapping.write_text("crm: hubspot\nstages: {default: {contractsent: interest}}\n")
        service.watch()
        new, was_at_work = service._keeper.wiring, at_work.is_alive()
        at_work.join()
        service.run("sync")
        second, first = new.store.read_runs()

    assert was_at_work
    assert old.fingerprint != new.fingerprint
    assert first.counts["fingerprint"] == old.fingerprint
    assert second.counts["fingerprint"] == new.fingerprint


def test_refused_writes_are_told_and_what_is_left_out_instead_afterwards(
    watched, account: Portal, receiver
):
    with in_service(watched) as service:
        service.run("sync")
        del account.properties["companies"]["csk_phase_since"]
        account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())
        service.run("sync")
        refused, partly = scraped(service), service.health()
        service.run("sync")

    assert receiver.said == [
        ("firing", "refused_writes"),
        ("over", "refused_writes"),
        ("firing", "left_out:values"),
    ]
    assert receiver.heard[0]["text"] == (
        "toprelatie acme: records of which the CRM refused values: 12: `toprelatie runs show 2` "
        "names them"
    )
    assert refused["writes_refused_total", ()] == 12
    assert partly == Health(
        is_ready=True, reasons=[], notes=["run 2 partial: records with values refused 12"]
    )


class Wound:
    """The clock, wound forward by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.begin = clock()

    def __call__(self) -> datetime:
        return self.begin + self.ahead


def test_staleness_is_told_between_runs_and_is_over_with_a_run_that_ends_well(watched, receiver):
    wound = Wound()
    with watched.opened() as wiring:
        service = Service(replace(wiring, clock=wound), watched.config)
        wound.ahead = LIMIT
        service.watch()
        before = list(receiver.said)
        wound.ahead = LIMIT + timedelta(milliseconds=1)
        service.watch()
        service.watch()
        service.close()
        service = Service(replace(wiring, clock=wound), watched.config)  # begins anew: not over
        service.watch()
        stale, scrape = list(receiver.said), scraped(service)
        service.run("sync")
        service.close()

    assert before == []
    assert stale == [("firing", "stale")]
    assert scrape["alerts_firing", ("stale",)] == 1
    assert ("last_success_timestamp_seconds", ()) not in scrape
    assert receiver.said == [("firing", "stale"), ("over", "stale")]


def test_pause_of_write_back_is_told_and_named_and_leaves_the_service_ready(watched, receiver):
    with in_service(watched) as service:
        service.run("sync")
        store = service._keeper.wiring.store
        pause(store, Pause(clock(), by_run=2, undone_run=1))
        service.watch()
        health, paused = service.health(), scraped(service)
        resume(store)
        service.watch()
        resumed = scraped(service)

    assert receiver.said == [("firing", "write_back_paused"), ("over", "write_back_paused")]
    assert health.is_ready
    assert "write-back is paused since" in health.notes[0]
    assert paused["write_back_paused", ()] == 1
    assert resumed["write_back_paused", ()] == 0


def test_run_that_ends_with_the_calls_of_the_day_is_no_alert_and_is_named(watched, crm, receiver):
    with in_service(watched) as service:
        service.run("sync")
        crm.faults.add(Fault(kind="429_daily", count=50))
        service.run("sync")
        health, scrape = service.health(), scraped(service)

    assert receiver.said == []
    assert health.is_ready
    assert "run 2 stopped: " in health.notes[0]
    assert scrape["runs_total", ("sync", "stopped")] == 1


def test_webhook_that_is_down_fails_no_run_and_hears_of_it_later(watched, crm, receiver):
    receiver.status = 503
    with in_service(watched) as service:
        crm._api.token = "second-token"
        service.run("sync")
        crm._api.token = TOKEN
        receiver.status = 200
        service.watch()

    assert receiver.said == [("firing", "run_failed:ConfigError")]


def test_trial_of_the_webhook_tells_whether_it_works(watched, receiver):
    taken = run(watched, "serve", "--test-alert")
    receiver.status = 404
    refused = run(watched, "serve", "--test-alert")
    watched.config.write_text(watched.config.read_text().replace("alerts:", "# alerts:"))
    nowhere = run(watched, "serve", "--test-alert")

    assert (taken.code, refused.code, nowhere.code) == (0, 1, 1)
    assert "the webhook took a trial message" in taken.said
    assert "the webhook answered 404" in refused.said
    assert "set alerts.webhook_file or alerts.webhook_env" in nowhere.said
    assert receiver.said == [("over", "trial")]


# metrics and health


def test_metrics_count_the_runs_of_the_service_and_show_those_by_hand(watched):
    with in_service(watched) as service:
        at_first = scraped(service)
        watched.sync()
        by_hand = scraped(service)
        service.run("sync")
        served = scraped(service)

    assert at_first["runs_total", ("sync", "done")] == 0
    assert ("data_age_seconds", ()) not in at_first
    assert by_hand["runs_total", ("sync", "done")] == 0
    assert by_hand["records_lacking", ("companies",)] == 0
    assert 0 <= by_hand["data_age_seconds", ()] < 60
    assert abs(by_hand["last_success_timestamp_seconds", ()] - clock().timestamp()) < 60
    assert served["runs_total", ("sync", "done")] == 1
    assert served["run_duration_seconds_count", ("sync",)] == 1
    assert served["crm_calls_total", ("search",)] > 0
    assert served["crm_retries_total", ("429",)] == 0
    assert served["run_in_progress", ()] == 0
    assert served["store_up", ()] == 1
    assert ("crm_quota_left_calls", ()) not in served  # limits are off here


def test_metrics_count_the_records_of_the_mirror(watched):
    watched.sync()
    with in_service(watched) as service:
        scrape = scraped(service)

    assert scrape["records_held", ("companies",)] == 12
    assert scrape["records_held", ("contacts",)] == 12
    assert scrape["records_held", ("calls",)] == 0


def test_metrics_and_health_answer_while_a_run_is_at_work(watched, crm):
    with in_service(watched) as service:
        crm.faults.add(Fault(kind="slow", route="GET */objects/*/companies*", delay_s=1))
        at_work = threading.Thread(target=service.run, args=["sync"])
        at_work.start()
        while crm.faults.left():
            at_work.join(0.01)
        during = [scraped(service), scraped(service)]
        health, was_at_work = service.health(), at_work.is_alive()
        at_work.join()
        after = scraped(service)

    assert was_at_work
    assert [one["run_in_progress", ()] for one in during] == [1, 1]
    assert health.reasons == ["no run has ended well yet"]
    assert after["run_in_progress", ()] == 0


def test_metrics_and_health_say_that_the_database_is_away_and_do_not_fail(watched):
    with in_service(watched) as service:
        store = service._keeper.wiring.store
        service.health()
        store.close()
        for part in watched.folder.glob("store.db*"):
            part.unlink()
        (watched.folder / "store.db").write_bytes(b"no database at all" * 100)
        scrape, health = scraped(service), service.health()
        service.watch()
        store.close()
        (watched.folder / "store.db").unlink()

    assert scrape["store_up", ()] == 0
    assert scrape["runs_total", ("sync", "done")] == 0
    assert not {name for name, _ in scrape} & {"data_age_seconds", "records_held", "alerts_firing"}
    assert not health.is_ready
    assert "store: " in health.reasons[0]


def test_quota_left_is_what_the_crm_told_less_the_reserve(tmp_path, account: Portal):
    with Sandbox(account, routes=()) as sandbox:
        place = Workplace(tmp_path, sandbox.base_url, extra=EXTRA)
        text = place.config.read_text()
        place.config.write_text(text.replace("{enabled: false}", "{reserve_share: 0.1}"))
        with in_service(place) as service:
            at_first = scraped(service)
            service._keeper.wiring.crm.describe()
            told = scraped(service)

    assert ("crm_quota_left_calls", ()) not in at_first
    assert 562_400 < told["crm_quota_left_calls", ()] < 562_500  # of 625,000


def test_changed_schedule_is_planned_by_the_next_look(watched):
    with in_service(watched) as service:
        service.start()
        before = service._scheduler.next_runs()
        text = watched.config.read_text()
        watched.config.write_text(
            text.replace("sync: '0 4 * * *', associations: null", "associations: '0 5 * * *'")
        )
        service.watch()
        after = service._scheduler.next_runs()
        is_alive = service.is_alive

    assert list(before) == ["sync"]
    assert sorted(after) == ["associations", "sync"]
    assert after["sync"] != before["sync"]
    assert is_alive


# logs


@pytest.fixture
def as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("as_before")
def test_every_event_of_a_run_names_account_and_run_whatever_thread_it_came_from(
    watched, crm, account: Portal, receiver
):
    account.add_pipeline("renewal", "Renewal", RENEWAL)
    crm.faults.add(Fault(kind="503", route="GET */objects/*/deals*", retry_after_s=0))
    out = io.StringIO()
    with redirect_stderr(out), in_service(watched) as service:
        configure_logs(as_json=True, level=logging.INFO)
        service.run("sync")
    sys.stderr.write(out.getvalue())

    events = [json.loads(line) for line in out.getvalue().splitlines()]
    names = [one["event"] for one in events]
    of_run = events[: names.index("run.done") + 1]
    assert {"http.retry", "pull.done", "run.done"} <= {one["event"] for one in of_run}
    assert {(one["account"], one["run"], one["job"]) for one in events} == {("acme", 1, "sync")}
    assert names[names.index("run.done") + 1 :] == ["job.done", "alert.firing", "alert.delivered"]
    assert receiver.said == [("firing", "unmapped_stage:renewal/new")]
