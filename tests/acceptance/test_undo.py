"""An operator takes a run back: what stood before stands again, and nothing overwrites it."""

import io
import json
import signal
import threading
from collections.abc import Callable

import pytest

from connector.sandbox import Fault
from jobs.describe import DESCRIPTION_KEY
from jobs.wiring import clock
from tests.acceptance.front_door import Ended, run
from tests.acceptance.small_account import AS_OF, phase_of, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

WRITE = "POST batch_update"
MOMENT = ("--as-of", AS_OF.isoformat())
MENDED = "crm: hubspot\n"
WRONG = """crm: hubspot
stages:
  default: {qualifiedtobuy: interest, contractsent: interest, closedwon: order, closedlost: lost}
"""
"""A quote counts as interest, so that 12 companies and 10 deals change."""


def two_runs(shop: Workplace) -> None:
    """A run under the shipped mapping, and one under a wrong one that somebody lets through."""
    run(shop, "sync", *MOMENT)
    shop.mapping.write_text(WRONG)
    assert run(shop, "sync", "--accept-changes", *MOMENT).code == 0


def differing(account, stood: dict[str, dict[str, str]]) -> set[tuple[str, str]]:
    """Record and name of every value of ours that is not as it stood."""
    now = values_of_ours(account)
    return {
        (record, name)
        for record in stood.keys() | now.keys()
        for name in stood[record].keys() | now[record].keys()
        if stood[record].get(name) != now[record].get(name)
    }


def days(shop: Workplace) -> list[list[dict[str, object]]]:
    """Own history whole."""
    with shop.opened() as wiring:
        history = wiring.store.read_own_history()
    return [getattr(history, name).to_dicts() for name in history.__slots__]


def test_wrong_mapping_is_taken_back_and_nothing_is_written_until_resume(shop, account, crm):
    run(shop, "sync", *MOMENT)
    stood = values_of_ours(account)
    shop.mapping.write_text(WRONG)
    run(shop, "sync", "--accept-changes", *MOMENT)
    spoiled = differing(account, stood)
    typed_in = {"csk_next_best_action_text": "Bel mij eerst"}
    account.set_values("companies", "5", typed_in, at=clock())

    undone = run(shop, "undo", "2", "--yes")

    assert len(spoiled) == 64
    assert differing(account, stood) == {("companies 5", "csk_next_best_action_text")}
    assert undone.code == 4
    assert "put back 63 values on 22 records; 0 stood already; 0 records refused" in undone.said
    assert (
        "left as it is: companies 5 csk_next_best_action_text: somebody changed it since"
        in undone.said
    )

    remembered, writes = days(shop), crm.calls[WRITE]
    paused = run(shop, "sync", *MOMENT)
    looked = run(shop, "sync", "--dry-run", *MOMENT)

    assert (paused.code, looked.code) == (4, 0)
    for one in (paused, looked):
        assert "by the undo of run 2 (run 3): look with `toprelatie sync --dry-run`" in one.said
    assert "nothing is kept or written: write-back is paused since" in paused.said
    assert crm.calls[WRITE] == writes
    assert days(shop) == remembered
    with shop.opened() as wiring:  # a pause is no reason to ask what the account is
        assert wiring.store.read_state(DESCRIPTION_KEY) is not None

    shop.mapping.write_text(MENDED)
    resumed = run(shop, "resume")
    mended = run(shop, "sync", *MOMENT)

    assert (resumed.code, mended.code) == (0, 0)
    assert "write-back goes on: the next run writes again" in resumed.said
    assert "written 1 values on 1 records" in mended.said
    assert differing(account, stood) == set()
    assert "write-back is not paused: nothing to resume" in run(shop, "resume").said


def test_wrong_mapping_that_nobody_mended_does_not_pass_again_after_resume(shop, account):
    two_runs(shop)
    assert run(shop, "undo", "2", "--yes").code == 0
    stood = values_of_ours(account)

    run(shop, "resume")
    again = run(shop, "sync", *MOMENT)

    assert again.code == 6
    assert "not known under which settings the CRM got its values" in again.said
    assert values_of_ours(account) == stood


def test_undo_shows_first_and_asks(shop, account, crm, monkeypatch):
    two_runs(shop)
    stood, writes = values_of_ours(account), crm.calls[WRITE]

    shown = run(shop, "undo", "2", "--dry-run", "--format", "json")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = run(shop, "undo", "2")

    found = json.loads(shown.out)
    counts = {(one["object_type"], one["property"]): one["values"] for one in found["to_put_back"]}
    assert (shown.code, found["status"], found["run_id"], found["paused"]) == (
        0,
        "preview",
        None,
        None,
    )
    assert counts["companies", "csk_buying_phase"] == 10
    assert counts["deals", "csk_deal_phase"] == 10
    assert sum(counts.values()) == len(found["values"]) == 64
    assert {
        "object_type": "companies",
        "id": "3",
        "property": "csk_buying_phase",
        "before": "interest",
        "after": "quote",
    } in found["values"]
    assert refused.code == 1
    assert "64 values on 22 records would go back" in refused.said
    assert "Put back 64 values on 22 records and pause write-back? [y/N]" in refused.said
    assert (values_of_ours(account), crm.calls[WRITE]) == (stood, writes)
    assert run(shop, "sync", *MOMENT).code == 0

    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    agreed = run(shop, "undo", "2")
    assert agreed.code == 0
    assert phase_of(account, "3") == "quote"


def test_undo_is_undone_like_any_run(shop, account):
    two_runs(shop)
    spoiled = values_of_ours(account)

    first = run(shop, "undo", "2", "--yes")
    between = values_of_ours(account)
    second = run(shop, "undo", "3", "--yes", "--format", "json")

    assert (first.code, second.code) == (0, 0)
    assert between != spoiled
    assert values_of_ours(account) == spoiled
    assert json.loads(second.out)["written"] == {"records": 22, "values": 64}


def test_run_that_was_killed_while_it_wrote_is_taken_back_whole(shop, account, crm):
    run(shop, "sync", *MOMENT)
    stood = values_of_ours(account)
    shop.mapping.write_text(WRONG)
    # the companies are written, and the answer that would tell so never comes
    slow = Fault("slow", route="POST */companies/batch/update", delay_s=3, moment="during")
    crm.faults.add(slow)
    with shop.start("sync", "--accept-changes", *MOMENT) as process:
        wait_until(lambda: phase_of(account, "3") == "interest" or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    written = differing(account, stood)
    with shop.opened() as wiring:
        known = wiring.store.read_standing("companies")["3"]["buying_phase"]
        killed = wiring.store.read_run(2)

    undone = run(shop, "undo", "2", "--yes")

    assert (process.returncode, known) == (-signal.SIGKILL, "quote")
    assert killed is not None
    assert killed.finished_at is None
    assert len(written) >= 54
    assert undone.code == 0
    assert differing(account, stood) == set()


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came true")


def test_run_that_cannot_be_undone_is_said_and_nothing_is_paused(shop, account):
    run(shop, "sync", *MOMENT)
    run(shop, "sync", "--dry-run", *MOMENT)
    run(shop, "sync", *MOMENT)

    def told(run_id: str) -> tuple[int, str]:
        ended: Ended = run(shop, "undo", run_id, "--yes")
        return ended.code, ended.err.strip()

    assert told("9") == (
        2,
        "undo: run 9 is not among the runs of this account: `toprelatie runs` lists them",
    )
    assert told("2") == (
        2,
        "undo: run 2 was a preview and wrote nothing: there is nothing to undo",
    )
    assert told("3") == (2, "undo: run 3 wrote nothing: there is nothing to undo")
    assert run(shop, "undo", "1", "--format", "xml").code == 2
    assert run(shop, "sync", *MOMENT).code == 0
    assert phase_of(account, "3") == "quote"
