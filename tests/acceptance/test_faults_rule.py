"""Rules of the account's own admin, and runs that meet each other."""

import threading

from jobs.wiring import clock
from store.errors import LockHeldError
from tests.acceptance.small_account import AS_OF, phase_of


def test_rule_of_the_account_costs_its_record_alone_until_it_is_met(shop, account):
    account.required_when["companies", "csk_buying_phase", "interest"] = "domain"
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    first = shop.sync()
    again = shop.sync()

    assert first.status == again.status == "partial"
    assert first.written.refused_count == again.written.refused_count == 1
    assert "domain" in next(iter(first.written.refused))
    assert phase_of(account, "4") == "orienting"
    account.required_when.clear()
    assert shop.sync().status == "done"
    assert phase_of(account, "3") == "interest"


def test_runs_of_one_process_exclude_each_other(shop):
    seen: list[str] = []

    def run() -> None:
        try:
            shop.sync(as_of=AS_OF)
            seen.append("done")
        except LockHeldError:
            seen.append("locked")

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "done" in seen
    assert set(seen) <= {"done", "locked"}
