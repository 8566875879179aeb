"""A store can be looked at, copied while it is at work, and told to forget."""

import sqlite3
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from kpis import frames
from kpis.frames import OwnHistory
from kpis.records import Link, Rejection, ValueChange
from store import backup as backup_module
from store.errors import StoreError
from store.migration import HEAD
from store.outbox import Outcome
from store.store import Store
from tests.store_fixtures import (
    LATER,
    MODIFIED,
    PULLED,
    account_on,
    address_of,
    company,
    deal,
)

KEEP: dict[str, Any] = {"runs_from": PULLED, "keep_daily_from": date(2026, 6, 1)}


@pytest.fixture
def filled(store: Store) -> Store:
    """Two companies and a deal with everything that can hang on them."""
    store.save_page(
        "companies", [company("1", owner="7"), company("2")], cursor="c", pulled_at=PULLED
    )
    store.save_page(
        "deals", [deal("5", stage="a")], cursor="c", pulled_at=PULLED, pending=["splits"]
    )
    store.save_links("deals", "companies", ["5"], [Link("5", "1")])
    store.save_outcomes("companies", [Outcome("1", "written", {"relation_score": "5"})])
    return store


def test_sound_store_has_no_faults_and_tells_its_size(filled):
    health = filled.care.check(thorough=True)

    assert (health.faults, health.remarks, health.revision) == ((), (), HEAD)
    counts = {name: count for name, count in health.rows.items() if count}
    assert counts == {
        "accounts": 1,
        "companies": 2,
        "cursors": 2,
        "deals": 1,
        "links": 1,
        "outbox": 1,
        "pending": 1,
        "versions": 2,
    }
    assert health.size_bytes > 100_000
    assert (health.wal_bytes is None) == (health.engine == "postgresql")


def test_rows_of_another_account_are_not_counted(filled, tmp_path):
    other = Store.open(str(filled._database.url.render_as_string(hide_password=False)), account="x")
    rows = other.care.check().rows
    other.close()

    assert {name: count for name, count in rows.items() if count} == {"accounts": 1}


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("companies", "1 versions are of records that are gone: run `toprelatie store prune`"),
        ("companies", "1 values written are of records that are gone"),
        ("deals", "1 versions are of records that are gone"),
        ("deals", "1 work left are of records that are gone"),
        ("deals", "1 links are of records that are gone"),
    ],
)
def test_what_hangs_on_a_record_that_is_gone_is_a_fault_until_it_is_pruned(filled, table, fault):
    drop(filled, table)
    version = filled.mirror_version()

    assert any(found.startswith(fault) for found in filled.care.check().faults)
    filled.care.prune(**KEEP)
    assert filled.care.check().faults == ()
    assert filled.mirror_version() == version + 1


def drop(store: Store, table: str) -> None:
    """Lose the records of a table, as only a fault can."""
    with store._database.writing() as connection:
        connection.execute(text(f"DELETE FROM {table} WHERE account = '{store._account}'"))  # noqa: S608


def test_link_to_a_record_that_was_not_read_is_only_remarked(filled):
    filled.save_links("deals", "companies", ["5"], [Link("5", "1"), Link("5", "404")])

    health = filled.care.check()
    assert health.faults == ()
    (remark,) = health.remarks
    assert remark.startswith("1 links point at records that the mirror does not hold: the next")


def test_position_of_a_type_that_nobody_pulls_is_a_fault(filled):
    with filled._database.writing() as connection:
        connection.execute(
            text("INSERT INTO cursors VALUES (:account, 'gadgets', 'x')"),
            {"account": filled._account},
        )

    assert filled.care.check().faults == (
        "the position of gadgets cannot be read: run `toprelatie sync --full`",
    )


def opened_at(folder: Path) -> tuple[Path, Store]:
    path = folder / "store.db"
    return path, Store.open(f"sqlite:///{path}", account="acme")


def test_tables_of_another_revision_are_a_fault(tmp_path):
    _, one = opened_at(tmp_path)
    with one._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v0002'"))

    assert one.care.check().faults == (
        f"its tables are of revision v0002, not {HEAD}: upgrade toprelatie",
    )
    one.close()


def test_damaged_file_is_told(tmp_path):
    path, one = opened_at(tmp_path)
    records = [company(str(number), name="x" * 200) for number in range(500)]
    one.save_page("companies", records, cursor="c", pulled_at=PULLED)
    one.care.shrink()
    one.close()
    spoil(path)

    again = Store.open(f"sqlite:///{path}", account="acme")
    with pytest.raises(
        StoreError, match=r"store\.db: SQLite finds \d+ faults in the file: restore"
    ):
        again.care.check()
    again.close()


def spoil(path: Path) -> None:
    """Overwrite a page of records."""
    with sqlite3.connect(path) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_companies_1'"
        ).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 12)
        file.write(b"\xff" * 400)


# a copy


def test_copy_holds_what_stood_and_can_be_put_back(tmp_path):
    path, one = opened_at(tmp_path)
    one.save_page("companies", [company("1", name="A")], cursor="one", pulled_at=PULLED)
    copy = tmp_path / "copy.db"

    size = one.care.backup(copy)
    one.save_page("companies", [company("1", name="B")], cursor="two", pulled_at=LATER)
    one.close()
    for beside in tmp_path.glob("store.db-*"):
        beside.unlink()
    path.write_bytes(copy.read_bytes())

    _, restored = opened_at(tmp_path)
    assert restored.read_cursor("companies") == "one"
    assert restored.read_mirror().companies["name"].to_list() == ["A"]
    assert restored.care.check(thorough=True).faults == ()
    restored.save_page("companies", [company("1", name="C")], cursor="two", pulled_at=LATER)
    assert restored.read_cursor("companies") == "two"
    restored.close()
    assert size == copy.stat().st_size
    assert copy.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.part")) == []


def test_copy_that_is_made_while_pages_are_saved_holds_whole_pages(tmp_path):
    _, one = opened_at(tmp_path)
    _, other = opened_at(tmp_path)
    is_over = threading.Event()

    def save() -> None:
        page = 0
        while not is_over.is_set() or page < 5:
            records = [company(f"{page}-{number}", owner="7") for number in range(20)]
            one.save_page("companies", records, cursor=str(page), pulled_at=PULLED)
            page += 1

    saver = threading.Thread(target=save)
    saver.start()
    try:
        for number in range(5):
            other.care.backup(tmp_path / f"{number}.db")
    finally:
        is_over.set()
        saver.join()
    one.close()
    other.close()

    for number in range(5):
        copy = Store.open(f"sqlite:///{tmp_path / f'{number}.db'}", account="acme")
        pages = int(copy.read_cursor("companies") or -1) + 1
        assert copy.count_records("companies") == pages * 20
        assert copy.care.check().rows["versions"] == pages * 20
        copy.close()


def test_copy_never_takes_the_place_of_a_file(tmp_path):
    _, one = opened_at(tmp_path)
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(StoreError, match=r"copy\.db exists and is left as it is: name another"):
        one.care.backup(tmp_path / "copy.db")
    with pytest.raises(StoreError, match=r"copy\.db\.part cannot be written \(FileNotFoundError\)"):
        one.care.backup(tmp_path / "nowhere" / "copy.db")
    one.close()
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_copy_that_finds_no_room_leaves_nothing_behind(tmp_path, monkeypatch):
    _, one = opened_at(tmp_path)

    def fill(part: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backup_module, "_read_through", fill)
    with pytest.raises(StoreError, match="the disk is full: make room, then try again"):
        one.care.backup(tmp_path / "copy.db")
    one.close()
    assert list(tmp_path.glob("copy*")) == []


def test_copy_that_cannot_be_read_back_is_told(tmp_path):
    path, one = opened_at(tmp_path)
    records = [company(str(number)) for number in range(500)]
    one.save_page("companies", records, cursor="c", pulled_at=PULLED)
    one.care.shrink()
    one.close()
    spoil(path)

    with pytest.raises(StoreError, match=r"store\.db is damaged and was removed: check the disk"):
        backup_module._read_through(path)


@pytest.mark.postgres
def test_server_is_copied_by_its_own_means(tmp_path):
    address = address_of("postgresql", tmp_path)
    with account_on(address) as name:
        one = Store.open(address, account=name)
        with pytest.raises(
            StoreError, match=r"run `pg_dump --format=custom --file=.*copy"
        ) as caught:
            one.care.backup(tmp_path / "copy")
        one.close()

    assert " postgresql://" in str(caught.value)
    assert not (tmp_path / "copy").exists()


# what is forgotten


def test_runs_of_long_ago_go_with_their_rejections_and_the_newest_stays(store):
    for number in range(4):
        at = PULLED + timedelta(days=number)
        run_id = store.start_run("sync", started_at=at)
        rejections = [Rejection("deals", str(number), "amount is no number")]
        store.save_page("deals", [], rejections=rejections, cursor=None, pulled_at=at)
        store.finish_run(run_id, finished_at=at, status="done", counts={})

    removed = store.care.prune(
        runs_from=PULLED + timedelta(days=2), keep_daily_from=date(2026, 6, 1)
    )

    assert (removed["runs"], removed["rejections"]) == (2, 2)
    assert [run.run_id for run in store.read_runs()] == [4, 3]
    assert store.read_rejections(1) == []
    assert len(store.read_rejections(3)) == 1
    store.care.prune(runs_from=PULLED + timedelta(days=99), keep_daily_from=date(2026, 6, 1))
    assert [run.run_id for run in store.read_runs()] == [4]


def test_dry_prune_counts_the_same_and_removes_nothing(filled):
    run_id = filled.start_run("sync", started_at=PULLED - timedelta(days=1))
    filled.finish_run(run_id, finished_at=PULLED, status="done", counts={})
    filled.start_run("sync", started_at=PULLED)
    drop(filled, "deals")
    before, version = filled.care.check(), filled.mirror_version()

    counted = filled.care.prune(**KEEP, is_dry=True)

    assert filled.care.check().rows == before.rows
    assert filled.mirror_version() == version
    assert filled.care.prune(**KEEP) == counted
    assert {what: count for what, count in counted.items() if count} == {
        "runs": 1,
        "versions of records that are gone": 1,
        "work left of records that are gone": 1,
        "links of records that are gone": 1,
    }


def test_prune_keeps_what_nobody_can_tell_again(filled):
    change = ValueChange("1", "owner", "6", MODIFIED - timedelta(days=3000))
    filled.save_history("companies", ["1"], [change])
    version = filled.mirror_version()

    removed = filled.care.prune(
        runs_from=LATER + timedelta(days=9999), keep_daily_from=date(2050, 1, 1)
    )

    assert set(removed.values()) == {0}
    assert filled.mirror_version() == version
    assert filled.read_mirror().company_changes["value"].to_list() == ["6"]


def test_days_before_the_daily_ones_keep_the_last_of_each_month(store):
    days = pl.DataFrame(
        {"seller_id": ["7"] * 3, "from_on": [date(2025, 1, 9), date(2025, 1, 30), date(2025, 2, 1)]}
    )
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in frames.SELLER_DAYS.items()
        if name not in days.columns
    ]
    rows = days.with_columns(missing).select(list(frames.SELLER_DAYS))
    for day in rows.iter_slices(1):
        store.save_own_history(OwnHistory(seller_days=day), today=day["from_on"][0])

    removed = store.care.prune(runs_from=PULLED, keep_daily_from=date(2026, 6, 1))

    assert removed["days"] == 1
    assert store.read_own_history().seller_days["from_on"].to_list() == [
        date(2025, 1, 30),
        date(2025, 2, 1),
    ]


def test_room_of_what_was_removed_is_given_back(tmp_path):
    _, one = opened_at(tmp_path)
    records = [company(str(number), pains="x" * 2000) for number in range(500)]
    one.save_page("companies", records, cursor="c", pulled_at=PULLED)
    one.remove_records("companies", [record.external_id for record in records])
    one.care.shrink()

    health = one.care.check()
    assert health.size_bytes < 500_000
    assert health.wal_bytes == 0
    one.close()


@pytest.mark.postgres
def test_server_gives_room_back_too(tmp_path):
    address = address_of("postgresql", tmp_path)
    with account_on(address) as name:
        one = Store.open(address, account=name)
        one.care.shrink()
        assert one.care.check().faults == ()
        one.close()
