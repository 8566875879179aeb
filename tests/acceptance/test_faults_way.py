"""What goes wrong on the way to the CRM and back: a run ends as an undisturbed one, or goes on."""

import threading

import pytest
from structlog.testing import capture_logs

from connector.sandbox import Fault, Limits, Sandbox
from jobs.outcome import Request
from jobs.runs import run_sync
from jobs.service import run_job
from jobs.wiring import clock
from tests.acceptance.front_door import run, take_run
from tests.acceptance.small_account import AS_OF, phase_of, small_account, values_of_ours
from tests.acceptance.workplace import Workplace, silent

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())
WRITE = "POST */companies/batch/update"


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Values of all records after a run on which nothing went wrong."""
    account = small_account()
    with Sandbox(account, limits=None, routes=()) as crm:
        place = Workplace(tmp_path_factory.mktemp("calm"), crm.base_url)
        place.set_up()
        place.sync(as_of=AS_OF)
    return values_of_ours(account)


def hasten(place: Workplace, **settings: float) -> None:
    """Set crm settings of a test that would wait too long."""
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    place.config.write_text(
        place.config.read_text().replace("  lag_s: 0\n", "  lag_s: 0\n" + lines)
    )


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="drop_after", route="POST */batch/read"),
        Fault(kind="truncated", route="POST */associations/*"),
        Fault(kind="502", route=WRITE),
        Fault(kind="477", route=WRITE, retry_after_s=0),
        Fault(kind="401", route="POST */deals/batch/update"),
    ],
    ids=lambda fault: f"{fault.kind} {fault.route}",
)
def test_run_ends_as_an_undisturbed_one(shop, crm, account, calm, fault):
    crm.faults.add(fault)

    ended = run(shop, "sync", *MOMENT)

    assert ended.code == 0
    assert crm.faults.left() == 0
    assert values_of_ours(account) == calm


def test_answer_that_is_too_late_is_asked_for_again(shop, crm, account, calm):
    hasten(shop, timeout_s=0.3)
    crm.faults.add(Fault(kind="slow", route=WRITE, delay_s=0.6))

    assert run(shop, "sync", *MOMENT).code == 0
    assert values_of_ours(account) == calm


def test_wait_that_the_crm_asks_for_is_kept(shop, crm):
    crm.faults.add(Fault(kind="429", route=WRITE, retry_after_s=1))
    started = clock()

    ended = run(shop, "sync", *MOMENT)

    assert ended.code == 0
    assert (clock() - started).total_seconds() >= 1


def test_wait_without_a_length_is_that_of_the_window_and_ends_a_run_without_patience(shop, crm):
    hasten(shop, max_wait_s=2)
    crm.faults.add(Fault(kind="429", route=WRITE))

    ended = run(shop, "sync", *MOMENT)
    next_one = run(shop, "sync", *MOMENT)

    assert ended.code == 1
    assert "hubspot: write, POST /crm/objects/" in ended.said
    assert "429 limit TEN_SECONDLY_ROLLING reached" in ended.said
    assert "the next run goes on from here" in ended.said
    assert next_one.code == 0


def test_spent_day_ends_the_run_at_once_and_says_so(tmp_path, account):
    with Sandbox(account, limits=None, routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url)
        place.set_up()
    with Sandbox(account, limits=Limits(daily=30), routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url)
        ended = run(place, "sync", *MOMENT)

    assert ended.code == 1
    assert "limit DAILY reached" in ended.said


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("truncated", "200 with malformed JSON"),
        ("502", "502"),
    ],
)
def test_fault_that_does_not_pass_fails_the_run_and_the_next_one_ends_the_work(
    shop, crm, calm, kind, told
):
    hasten(shop, max_tries=2)
    crm.faults.add(Fault(kind=kind, route="POST */deals/batch/update", count=2))

    ended = run(shop, "sync", *MOMENT)
    listed = run(shop, "runs")
    healed = run(shop, "sync", *MOMENT)

    assert ended.code == 1
    assert "hubspot: write, POST /crm/objects/2026-09/deals/batch/update" in ended.said
    assert told in ended.said
    assert "the next run goes on from here" in ended.said
    assert "failed" in listed.out
    assert healed.code == 0
    assert values_of_ours(crm.portal) == calm


def test_refusal_of_a_whole_pull_names_the_call(shop, crm):
    crm.faults.add(Fault(kind="401", route="GET */objects/*/companies*", count=50, after=1))

    ended = run(shop, "sync")

    assert ended.code == 3
    assert "hubspot: list, GET /crm/objects/2026-09/companies" in ended.said


# the service goes on


def test_service_takes_its_next_run_after_one_that_failed(shop, crm, account):
    hasten(shop, max_tries=1)
    crm.faults.add(Fault(kind="500", route="GET */objects/*/companies*", after=1))

    with shop.opened() as wiring:
        run_job(wiring, "sync")
        run_job(wiring, "sync")
        statuses = [one.status for one in wiring.store.read_runs()]

    assert statuses == ["done", "failed"]
    assert phase_of(account, "3") is not None


def test_service_tells_of_a_fault_of_ours_and_goes_on(shop, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    with shop.opened() as wiring, capture_logs() as events:
        with monkeypatch.context() as patch:
            patch.setattr("jobs.compute.compute_results", broken)
            run_job(wiring, "sync")
        run_job(wiring, "full")
        runs = wiring.store.read_runs()

    assert [one.status for one in runs] == ["done", "failed"]
    assert runs[1].counts["notes"] == ["unexpected ZeroDivisionError"]
    assert [one["event"] for one in events if one["log_level"] == "error"] == ["job.broken"]


def test_service_takes_no_run_once_it_is_asked_to_stop(shop, crm):
    calls = sum(crm.calls.values())
    with shop.opened() as wiring:
        wiring.stop.set()
        run_job(wiring, "sync")

    assert sum(crm.calls.values()) == calls


def test_stop_during_a_wait_ends_the_run_as_stopped_and_at_once(shop, crm, account, calm):
    crm.faults.add(Fault(kind="429", route=WRITE, retry_after_s=60))
    began = clock()
    with shop.opened() as wiring:
        timer = threading.Timer(1.0, wiring.stop.set)
        timer.start()
        with pytest.raises(Exception, match=r"stopping|asked to stop"):
            run_sync(wiring, Request(as_of=AS_OF), silent)
        timer.join()
        status = wiring.store.read_runs()[0].status

    assert status == "stopped"
    assert (clock() - began).total_seconds() < 10
    assert run(shop, "sync", *MOMENT).code == 0
    assert values_of_ours(account) == calm


def test_stop_between_two_batches_loses_nothing_and_the_next_run_writes_the_rest(
    shop, account, calm, monkeypatch
):
    monkeypatch.setattr("connector.hubspot.description.SIDE_BY_SIDE", 1)
    with shop.opened() as wiring:

        def stop(work: str, _done: int, _total: int | None) -> None:
            if work == "write companies":
                wiring.stop.set()

        with pytest.raises(Exception, match="the next one writes the rest"):
            take_run(wiring, stop, as_of=AS_OF)

    assert phase_of(account, "3") == "quote"
    assert account.values("deals", "3").get("csk_deal_phase") is None
    assert run(shop, "sync", *MOMENT).code == 0
    assert values_of_ours(account) == calm
