"""Clocks that are wrong, days whose calls are spent, rules of the account, and runs that meet."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from connector.http.limits import Limits as OwnLimits
from connector.ports import LaterError
from connector.sandbox import Limits, Sandbox
from jobs.service import run_job
from jobs.wiring import Wiring
from jobs.wiring import clock as present
from tests.acceptance.fault_cells import Clock, patient
from tests.acceptance.front_door import take_run
from tests.acceptance.small_account import AS_OF, phase_of, small_account, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
DAILY = 1000
PULL = frozenset({"pull"})


class Twins:
    """An account with a clock of its own, and a place of work with another."""

    def __init__(self) -> None:
        self.account = small_account()
        self.theirs, self.ours = Clock(AS_OF), Clock(AS_OF)
        self.place: Workplace

    def pass_time(self, span: timedelta) -> None:
        """Let both clocks go on."""
        self.theirs.now += span
        self.ours.now += span

    @contextmanager
    def opened(self) -> Iterator[Wiring]:
        with self.place.opened() as wiring:
            yield replace(wiring, clock=self.ours)

    def run(self, **request):
        """Take one run by our clock."""
        with self.opened() as wiring:
            return take_run(wiring, **request)

    def is_mirrored(self, company: str) -> bool:
        """Whether the mirror holds what was declared of a company, or not one that is gone."""
        with self.opened() as wiring:
            held = wiring.store.read_mirror().companies
        rows = held.filter(held["relation_id"] == company).to_dicts()
        live = self.account.objects["companies"][company].archived_ms is None
        declared = self.account.values("companies", company).get("csk_phase_declared")
        return [row["phase_declared"] for row in rows] == ([declared] if live else [])

    def declare(self, company: str) -> None:
        """Let a salesperson change a company, now by the account's clock."""
        values = {"csk_phase_declared": "interest"}
        self.account.set_values("companies", company, values, at=self.theirs.now)


@pytest.fixture
def twins(tmp_path, monkeypatch) -> Iterator[Twins]:
    made = Twins()
    monkeypatch.setattr("jobs.wiring.clock", made.ours)
    with Sandbox(made.account, clock=made.theirs, limits=None, routes=()) as crm:
        made.place = Workplace(tmp_path, crm.base_url)
        made.place.set_up()
        yield made


# clocks


def test_clock_that_is_set_back_between_runs_costs_no_change(twins):
    twins.run()
    twins.pass_time(10 * HOUR)
    twins.declare("3")
    twins.ours.now -= 3 * DAY
    twins.run(steps=PULL)
    found_behind = twins.is_mirrored("3")

    twins.pass_time(HOUR)
    twins.declare("4")
    twins.account.archive("companies", "5", at=twins.theirs.now)
    twins.run(steps=PULL, is_full=True)
    found_in_full = twins.is_mirrored("4"), twins.is_mirrored("5")
    twins.declare("6")
    twins.pass_time(HOUR)
    twins.ours.now += 3 * DAY
    mended = twins.run()

    assert found_behind
    assert found_in_full == (True, True)
    assert twins.is_mirrored("6")
    assert mended.status == "done"
    assert phase_of(twins.account, "6") == "interest"


def test_clock_that_ran_a_day_ahead_and_is_mended_costs_no_change(twins):
    twins.ours.now += DAY
    twins.run()
    twins.pass_time(2 * HOUR)
    twins.declare("3")
    twins.pass_time(HOUR)
    twins.run()
    found_ahead = twins.is_mirrored("3")
    twins.declare("4")
    twins.ours.now -= DAY
    twins.pass_time(2 * HOUR)

    behind = twins.run()
    found_after = twins.is_mirrored("4")
    written_then = phase_of(twins.account, "4")
    twins.pass_time(DAY)
    later = twins.run()

    assert found_ahead
    assert found_after
    assert behind.status == "partial"  # its own history has days that are still to come
    assert "check the clock of this machine" in behind.notes[-1]
    assert written_then != "interest"
    assert later.status == "done"
    assert phase_of(twins.account, "4") == "interest"


# the calls of the day


def test_day_that_is_nearly_spent_stops_the_run_and_the_next_day_goes_on(tmp_path, monkeypatch):
    clock = Clock(AS_OF)
    account, calm = small_account(), small_account()
    for one, folder in ((calm, tmp_path / "calm"), (account, tmp_path)):
        folder.mkdir(exist_ok=True)
        with Sandbox(one, clock=clock, limits=None, routes=()) as crm:
            place = Workplace(folder, crm.base_url)
            place.set_up()
            if one is calm:
                place.sync(as_of=AS_OF)
    # 30 calls are left over what is kept for other apps: too few for a run
    limits = Limits(100_000, 100_000, 100_000, daily=DAILY, daily_used=DAILY * 9 // 10 - 30)
    monkeypatch.setattr("jobs.wiring.clock", clock)
    monkeypatch.setattr("connector.http.client.Timer", partial(patient, clock))
    monkeypatch.setattr("connector.hubspot.adapter.Limits", partial(OwnLimits, clock=clock.seconds))
    with Sandbox(account, clock=clock, limits=limits, routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url)
        place.config.write_text(
            place.config.read_text().replace("{enabled: false}", "{enabled: true}")
        )
        with place.opened() as opened, pytest.raises(LaterError, match="calls of this day"):
            take_run(replace(opened, clock=clock), as_of=AS_OF)
        used = sum(crm.calls.values())
        with place.opened() as opened:
            [stopped] = opened.store.read_runs()
        clock.sleep(DAY.total_seconds())
        crm._api.limits = crm._api._meter._limits = replace(limits, daily_used=0)
        with place.opened() as opened:
            report = take_run(replace(opened, clock=clock), as_of=AS_OF)

    assert stopped.status == "stopped"
    assert used == 30
    assert report.status == "done"
    assert values_of_ours(account) == values_of_ours(calm)


# rules of the account, and two services


def test_rule_of_the_account_is_named_in_the_record_of_the_run(shop, account):
    account.require("companies", "domain", when_property="csk_buying_phase", when_value="interest")
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=present())

    report = shop.sync()
    with shop.opened() as wiring:
        [run] = wiring.store.read_runs()

    assert report.status == "partial"
    [(reason, records)] = run.counts["refused"].items()
    assert records == 1
    assert "MISSING_CONDITIONAL_REQUIRED_PROPERTY" in reason
    assert "property domain" in reason
    assert [one for one in map(str, range(1, 13)) if not phase_of(account, one)] == ["3"]


def test_second_service_on_one_account_leaves_its_run_to_the_first(shop, account, crm):
    held, go_on = threading.Event(), threading.Event()

    def wait(work: str, _done: int, _total: int | None) -> None:
        if work == "companies":
            held.set()
            go_on.wait(20)

    def first() -> None:
        with shop.opened() as wiring:
            take_run(wiring, wait, as_of=AS_OF)

    service = threading.Thread(target=first)
    service.start()
    assert held.wait(20)
    calls = sum(crm.calls.values())
    began = time.monotonic()
    with shop.opened() as second, capture_logs() as events:
        run_job(second, "sync")
        took_s = time.monotonic() - began
        used = sum(second.crm.usage().values())
        go_on.set()
        service.join()
        run_job(second, "sync")
        statuses = [one.status for one in second.store.read_runs()]

    assert calls > 0
    assert took_s < 15
    assert used == 0
    assert statuses == ["done", "done"]
    assert "job.skipped" in {one["event"] for one in events}
    assert all(phase_of(account, str(one)) for one in range(1, 13))
