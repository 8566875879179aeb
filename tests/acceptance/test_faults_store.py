"""What the machine can do to the store: a full disk, other writers, damage; nothing is lost."""

import resource
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from jobs.wiring import clock
from tests.acceptance.front_door import run
from tests.acceptance.small_account import AS_OF, BEGIN, phase_of, values_of_ours
from tests.acceptance.workplace import ROOT

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())


def test_disk_that_fills_up_in_mid_run_is_told_and_the_next_run_goes_on(shop, account):
    run(shop, "sync", *MOMENT)
    store = shop.folder / "store.db"
    for number in range(100, 500):
        values = {"name": "x" * 200, "hubspot_owner_id": "1"}
        account.add_record("companies", str(number), values, at=clock())
    limit = store.stat().st_size + 20_000

    def fill_disk() -> None:
        """No file of the process grows beyond this: what it then meets is that of a full disk."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    full = subprocess.run(
        shop.command("sync"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=fill_disk,
    )
    sys.stderr.write(full.stderr)
    healed = run(shop, "sync")

    assert full.returncode == 1
    assert f"store: {store}: the disk" in full.stderr
    assert "Traceback" not in full.stderr
    assert healed.code == 0
    assert phase_of(account, "499") == "unknown"


def test_store_that_another_program_locks_is_told_and_loses_nothing(shop, account):
    run(shop, "sync", *MOMENT)
    text = shop.config.read_text()
    shop.config.write_text(text.replace("store.db", "store.db?timeout=0.2"))
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    with closing(sqlite3.connect(shop.folder / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        locked = run(shop, "sync")
        other.execute("ROLLBACK")
    healed = run(shop, "sync")

    assert locked.code == 1
    assert "another program has been writing for too long: end it, then try again" in locked.said
    assert healed.code == 0
    assert phase_of(account, "3") == "interest"


def test_store_that_is_damaged_is_told(shop):
    (shop.folder / "store.db").write_text("Dear sir, " * 1000)
    for rest in shop.folder.glob("store.db-*"):
        rest.unlink()

    ended = run(shop, "sync")

    assert ended.code == 1
    assert "the file is no SQLite database: name another one, or restore a copy" in ended.said
    (shop.folder / "store.db").unlink()


def test_store_in_a_folder_that_is_not_there_is_told(shop):
    text = shop.config.read_text()
    shop.config.write_text(text.replace("/store.db", "/nowhere/store.db"))

    ended = run(shop, "sync")

    assert ended.code == 1
    assert f"the folder {shop.folder}/nowhere does not exist: create it" in ended.said


def test_store_that_is_lost_is_built_anew_and_finds_everything_as_it_stands(shop, account):
    """Memberships and standing values are taken from the CRM: nothing is written twice."""
    run(shop, "sync", *MOMENT)
    stood = values_of_ours(account)
    for one in shop.folder.glob("store.db*"):
        one.unlink()
    run(shop, "setup", "--yes")

    anew = run(shop, "sync", *MOMENT)

    assert anew.code == 0
    assert values_of_ours(account) == stood
    assert "written 0 values on 0 records" in anew.said


def test_run_of_another_process_is_told_with_its_number(shop):
    with shop.opened() as wiring, wiring.store.lock():
        ended = run(shop, "sync")

    assert ended.code == 5
    assert "store: acme: another run is at work (process " in ended.said
    assert "wait for it to end, or stop it" in ended.said
    with shop.opened() as wiring:
        assert wiring.store.read_runs() == []


def test_token_of_another_account_is_refused_before_anything_is_mixed(shop, crm, account):
    run(shop, "sync", *MOMENT)
    account.account_id = "999"
    crm._api.token = "second-token"
    shop.token.write_text("second-token")
    account.add_record("companies", "77", {"name": "Geheim 77"}, at=BEGIN)

    ended = run(shop, "sync")

    assert ended.code == 3
    assert "mirrors CRM account 1234567, but the token opens account 999" in ended.said
    with shop.opened() as wiring:
        assert "77" not in set(wiring.store.read_mirror().companies["relation_id"])
