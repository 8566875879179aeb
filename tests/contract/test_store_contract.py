"""What every store must hold, on SQLite and on PostgreSQL alike."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import create_engine, text

from kpis.records import Company, Link, Rejection, ValueChange
from store.errors import LockHeldError, StoreError
from store.migration import HEAD
from store.store import Store
from tests.store_fixtures import (
    ENGINES,
    LATER,
    MODIFIED,
    PULLED,
    account_on,
    address_of,
    company,
    deal,
    empty_database,
)

ROOT = Path(__file__).parents[2]
PAGE = 20

SAVING = f"""
import sys
from tests.store_fixtures import PULLED, company
from store.store import Store

store = Store.open(sys.argv[1], account=sys.argv[2])
for page in range(10_000):
    records = [company(f"{{page}}-{{n}}", owner="7") for n in range({PAGE})]
    store.save_page("companies", records, cursor=str(page), pulled_at=PULLED, pending=["history"])
    print(page, flush=True)
"""

HOLDING = """
import sys, threading
from store.store import Store

store = Store.open(sys.argv[1], account=sys.argv[2])
with store.lock():
    print("held", flush=True)
    threading.Event().wait(60)
"""


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return address_of(request.param, tmp_path)


@pytest.fixture
def account(address: str) -> Iterator[str]:
    with account_on(address) as name:
        yield name


@pytest.fixture
def store(address: str, account: str) -> Iterator[Store]:
    one = Store.open(address, account=account)
    yield one
    one.close()


@contextmanager
def process(script: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run a script beside us; it is killed at the end, if it still lives."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        yield child, child.stdout
    finally:
        child.kill()
        child.wait(timeout=10)
        child.stdout.close()


def state(store: Store) -> tuple[object, ...]:
    """Everything that a pull can have changed, in a form that compares."""
    mirror = store.read_mirror()
    frames = (mirror.companies, mirror.company_changes, mirror.deals, mirror.deal_companies)
    return (
        *(sorted(map(repr, frame.rows())) for frame in frames),
        store.read_cursor("companies"),
        store.read_pending("companies", "history"),
        store.read_rejections(),
        store.mirror_version(),
    )


def test_amounts_and_instants_come_back_exactly(store):
    deals = [
        deal("1", amount=Decimal("0.1"), closed_on=MODIFIED),
        deal("2", amount=Decimal("-999999999999999.999999"), created_at=LATER),
    ]

    store.save_page("deals", deals, cursor="c", pulled_at=PULLED)

    frame = store.read_mirror().deals.sort("deal_id").select("amount", "closed_at", "created_at")
    assert frame.rows() == [
        (Decimal("0.1"), MODIFIED, None),
        (Decimal("-999999999999999.999999"), None, LATER),
    ]


def test_saving_twice_equals_saving_once(store):
    def save() -> None:
        records = [company("1", owner="7", standing={"relation_score": "5"}), company("2")]
        store.save_page(
            "companies",
            records,
            rejections=[Rejection("companies", "3", "amount is no number")],
            cursor="c",
            pulled_at=PULLED,
            pending=["history"],
        )
        store.save_history("companies", ["1"], [ValueChange("1", "owner", "7", MODIFIED)])
        store.save_links("deals", "companies", ["5"], [Link("5", "1", is_primary=True)])

    save()
    once = state(store)
    save()

    assert state(store) == once


@pytest.mark.parametrize("size", [1, 3, 7])
def test_size_of_pages_changes_nothing_of_what_was_pulled(store, size):
    records = [company(str(number), owner=str(number % 3)) for number in range(7)]

    for start in range(0, len(records), size):
        page: Sequence[Company] = records[start : start + size]
        store.save_page("companies", page, cursor="c", pulled_at=PULLED, pending=["history"])

    assert store.read_mirror().companies.height == 7
    assert store.read_mirror().company_changes.height == 7
    assert store.read_pending("companies", "history") == [str(number) for number in range(7)]


def test_page_that_cannot_be_saved_leaves_everything_as_it_stood(store):
    store.save_page("companies", [company("1")], cursor="one", pulled_at=PULLED)
    before = state(store)
    records = [company("2", owner="7", standing={"relation_score": "5"})]

    with pytest.raises(StoreError, match="it refused a statement of ours"):
        store.save_page("companies", records, cursor=object(), pulled_at=PULLED)

    assert state(store) == before


def test_process_killed_while_saving_leaves_exactly_its_committed_pages(store, address, account):
    with process(SAVING, address, account) as (child, output):
        while int(output.readline()) < 5:
            pass
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=10)
        told = [int(line) for line in output]

    last = int(store.read_cursor("companies") or -1)
    saved = {f"{page}-{n}" for page in range(last + 1) for n in range(PAGE)}
    assert max(told, default=5) <= last <= max(told, default=5) + 1
    mirror = store.read_mirror()
    assert set(mirror.companies["relation_id"]) == saved
    assert set(mirror.company_changes["external_id"]) == saved
    assert set(store.read_pending("companies", "history", limit=1_000_000)) == saved
    assert store.mirror_version() == last + 1


def test_another_process_holds_the_lock_until_it_dies(store, address, account):
    with process(HOLDING, address, account) as (child, output):
        assert output.readline() == "held\n"
        with pytest.raises(LockHeldError, match=f"{account}: .*process {child.pid} on "):
            store.lock().__enter__()
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=10)

        wait_until(lambda: is_free(store))


def is_free(store: Store) -> bool:
    try:
        with store.lock():
            return True
    except LockHeldError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """A server notices a moment later that its client is dead."""
    for _ in range(100):
        if condition():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came true")


def test_lock_is_held_once_even_within_a_process_and_freed_after_a_fault(store, address, account):
    second = Store.open(address, account=account)
    with store.lock(), pytest.raises(LockHeldError, match=f"process {os.getpid()} on "):
        second.lock().__enter__()
    with pytest.raises(ZeroDivisionError), second.lock():
        raise ZeroDivisionError
    with store.lock():
        assert not is_free(second)
    second.close()


def test_lock_of_one_account_leaves_another_free(store, address):
    with account_on(address) as other:
        second = Store.open(address, account=other)
        with store.lock():
            assert is_free(second)
        second.close()


def test_lock_file_that_cannot_be_written_is_said(tmp_path):
    one = Store.open(address_of("sqlite", tmp_path), account="a/b")
    (tmp_path / "store.db.a%2Fb.lock").mkdir()

    with pytest.raises(StoreError, match=r"a%2Fb\.lock: the lock file cannot be written.*rights"):
        one.lock().__enter__()
    one.close()


def test_accounts_in_one_database_never_see_each_other(store, address):
    store.save_page("companies", [company("1", name="A")], cursor="c", pulled_at=PULLED)
    with account_on(address) as other:
        second = Store.open(address, account=other)
        assert second.read_mirror().companies.is_empty()
        assert second.read_cursor("companies") is None

        second.save_page("companies", [company("1", name="B")], cursor="d", pulled_at=PULLED)
        second.remove_records("companies", ["1"])
        second.close()

    assert store.read_mirror().companies["name"].to_list() == ["A"]
    assert store.read_cursor("companies") == "c"


def test_what_a_run_wrote_over_comes_back_as_it_was(store, address):
    texts = {
        "recommended_approach": ("Bel \u0000 'zo' \U0001f600", ""),
        "buying_phase": ("", "quote"),
    }
    run_id = store.start_run("sync", started_at=PULLED)
    store.save_journal("companies", {str(number): texts for number in range(300)})
    with account_on(address) as other:
        second = Store.open(address, account=other)
        second.start_run("sync", started_at=PULLED)
        second.save_journal("companies", {"1": {"buying_phase": ("x", "y")}})
        second.close()

        entries = store.read_journal("companies", from_run=run_id, to_run=run_id)

    assert {one.external_id: one.changes for one in entries} == {
        str(number): texts for number in range(300)
    }


def test_threads_may_save_side_by_side(store):
    def save(number: int) -> None:
        records = [deal(f"{number}-{n}", stage="a") for n in range(5)]
        store.save_page("deals", records, cursor=str(number), pulled_at=PULLED)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(save, range(24)))

    assert store.mirror_version() == 24
    assert store.read_mirror().deals.height == 120


def test_stores_opened_at_once_migrate_an_empty_database_once(address, tmp_path):
    with empty_database(address, tmp_path) as empty, ThreadPoolExecutor(max_workers=4) as pool:
        stores = list(pool.map(lambda _: Store.open(empty, account="acme"), range(4)))

        assert [one.mirror_version() for one in stores] == [0, 0, 0, 0]
        for one in stores:
            one.close()


def test_store_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    address = address_of("sqlite", tmp_path)
    Store.open(address, account="acme").close()
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))

    with pytest.raises(
        StoreError, match=f"revision v9999, which is newer .* up to {HEAD}.*upgrade"
    ):
        Store.open(address, account="acme")

    with engine.begin() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    assert found == "v9999"


def test_other_writer_that_never_ends_is_said(address, account):
    is_sqlite = address.startswith("sqlite")
    more = "?timeout=0.05" if is_sqlite else "?options=-clock_timeout%3D50"
    one = Store.open(address + more, account=account)
    engine = create_engine(address)
    with engine.connect() as other:
        if is_sqlite:
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            other.exec_driver_sql("LOCK TABLE companies IN EXCLUSIVE MODE")
        with pytest.raises(StoreError, match=r"another program .* for too long: end it"):
            one.save_page("companies", [company()], cursor="c", pulled_at=PULLED)
        other.rollback()

    one.save_page("companies", [company()], cursor="c", pulled_at=PULLED)
    assert one.read_cursor("companies") == "c"
    one.close()
    engine.dispose()


@pytest.mark.postgres
def test_server_that_ends_our_session_is_said_and_the_next_call_finds_it_again(tmp_path):
    address = address_of("postgresql", tmp_path)
    with account_on(address) as name:
        one = Store.open(address, account=name)
        with (
            pytest.raises(StoreError, match=r"the server was stopped while we worked.*57P01"),
            one._database.writing() as connection,
        ):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        assert one.read_cursor("deals") is None
        one.close()


# what runs and days rest on


def test_configuration_is_kept_once_and_comes_back_whole(store):
    settings = {"top_relation.exit": "0.85", "stages.default.contractsent": "quote"}

    store.save_configuration("a", settings)
    store.save_configuration("a", {"other": "words"})

    assert store.read_configuration("a") == settings
    assert store.read_configuration("b") is None


def test_configuration_day_is_kept_only_where_it_differs_from_the_one_before(store):
    for day, fingerprint in [(1, "a"), (2, "a"), (4, "b"), (5, "b"), (6, "a")]:
        store.save_configuration_day(date(2026, 6, day), fingerprint)

    assert store.read_configuration_days() == [
        (date(2026, 6, 1), "a"),
        (date(2026, 6, 4), "b"),
        (date(2026, 6, 6), "a"),
    ]


def test_last_run_of_a_day_says_under_which_configuration_it_was_computed(store):
    store.save_configuration_day(date(2026, 6, 1), "a")
    store.save_configuration_day(date(2026, 6, 2), "b")
    store.save_configuration_day(date(2026, 6, 2), "c")
    after = store.read_configuration_days()
    store.save_configuration_day(date(2026, 6, 2), "a")

    assert after == [(date(2026, 6, 1), "a"), (date(2026, 6, 2), "c")]
    assert store.read_configuration_days() == [(date(2026, 6, 1), "a")]


def test_configurations_of_accounts_in_one_database_are_kept_apart(store, address):
    store.save_configuration("a", {"x": "1"})
    store.save_configuration_day(date(2026, 6, 1), "a")

    with account_on(address) as other:
        beside = Store.open(address, account=other)
        assert beside.read_configuration("a") is None
        assert beside.read_configuration_days() == []
        beside.close()


def test_run_is_read_by_its_number_and_by_what_came_before_it(store):
    for kind, counts in [
        ("sync", {"fingerprint": "a"}),
        ("preview", {"fingerprint": "b"}),
        ("sync", {}),
        ("sync", {"fingerprint": "c"}),
        ("sync", {"fingerprint": "d"}),
    ]:
        run_id = store.start_run(kind, started_at=PULLED)
        status = "stopped" if counts == {"fingerprint": "c"} else "done"
        store.finish_run(run_id, finished_at=LATER, status=status, counts=counts)

    assert store.read_run(2).kind == "preview"
    assert store.read_run(9) is None
    assert store.read_run_before(5, kind="sync", statuses=["done"]).run_id == 1
    assert store.read_run_before(5, kind="sync", statuses=["done", "stopped"]).run_id == 4
    assert store.read_run_before(1, kind="sync", statuses=["done"]) is None


def test_first_run_under_a_configuration_is_that_of_the_day_or_later(store):
    for fingerprint, started_at in [("a", PULLED), ("b", PULLED), ("b", LATER), ("a", LATER)]:
        run_id = store.start_run("sync", started_at=started_at)
        counts = {"fingerprint": fingerprint}
        store.finish_run(run_id, finished_at=LATER, status="done", counts=counts)

    assert store.first_run_under("b", kind="sync", since=PULLED) == 2
    assert store.first_run_under("a", kind="sync", since=LATER) == 4
    assert store.first_run_under("c", kind="sync", since=PULLED) is None
