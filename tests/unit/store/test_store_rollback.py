"""A store goes back by one version and up again, and keeps what both versions know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from jobs.basis import WRITTEN_KEY
from store.engine import Database
from store.errors import LockHeldError, StoreError
from store.migration import ADDED, HEAD, PREVIOUS, copy_before, migrate, revision_of
from store.rollback import opened_for_rollback
from store.store import Store
from store.table import METADATA
from tests.store_fixtures import ENGINES, address_of, empty_database
from tests.unit.store.former_store import SECOND, fill, former_database, rows_of

ADDED_ROWS: dict[str, list[dict[str, Any]]] = {
    "journal": [
        {"run_id": 9, "object_type": "companies", "external_id": "1", "changes": "{}"},
        {"run_id": 9, "object_type": "companies", "external_id": "2", "changes": "{}"},
    ],
    "configurations": [{"fingerprint": "f", "settings": "{}"}],
    "configuration_days": [],
}


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(address_of(request.param, tmp_path), tmp_path) as found:
        yield found


@pytest.fixture
def filled(address: str) -> str:
    """Address of a store of this version with rows in every table."""
    one = Database(address)
    migrate(one)
    fill(one, {**SECOND, **ADDED_ROWS})
    one.close()
    return address


def roll_back(address: str) -> Path | None:
    with opened_for_rollback(address) as one:
        plan = one.plan(copy_name="copy", pause_key="paused")
        one.carry_out(plan)
    return plan.copy


def shape_of(one: Database) -> dict[str, Any]:
    """Every table with its columns, key and indexes."""
    with one.reading() as connection:
        found = inspect(connection)
        return {
            table: (
                [
                    (column["name"], str(column["type"]), column["nullable"])
                    for column in found.get_columns(table)
                ],
                found.get_pk_constraint(table)["constrained_columns"],
                sorted(
                    (str(one["name"]), tuple(one["column_names"]))
                    for one in found.get_indexes(table)
                ),
            )
            for table in found.get_table_names()
        }


def test_tables_are_those_that_the_release_before_makes(filled, tmp_path):
    roll_back(filled)

    fresh = tmp_path / "fresh"
    fresh.mkdir()
    with (
        empty_database(filled.partition("?")[0], fresh) as other,
        former_database(other, PREVIOUS) as former,
    ):
        expected = shape_of(former)
    back = Database(filled)
    found = shape_of(back)
    with back.reading() as connection:
        assert revision_of(connection) == PREVIOUS
    back.close()
    assert found == expected
    assert {*METADATA.tables, "alembic_version"} - set(found) == set(ADDED)


def test_every_row_of_the_tables_that_stay_is_as_it_was_on_the_way_back_and_up_again(filled):
    def kept() -> dict[str, list[dict[str, Any]]]:
        one = Database(filled)
        found = {name: rows_of(one, name) for name in METADATA.tables if name not in ADDED}
        one.close()
        return found

    before = kept()
    roll_back(filled)
    assert kept() == before
    assert sum(len(rows) for rows in before.values()) > 20

    again = Store.open(filled, account="acme")
    assert again.care.check(thorough=True).revision == HEAD
    assert {name: again.care.check().rows[name] for name in ADDED} == dict.fromkeys(ADDED, 0)
    again.close()
    assert kept() == before


def test_settings_of_the_last_run_that_wrote_are_not_known_after_a_way_back(filled):
    """The earlier release writes too, and notes nowhere under which settings."""
    one = Store.open(filled, account="other")
    one.save_state(WRITTEN_KEY, "{}")
    one.save_state("setup", "1")
    one.close()

    roll_back(filled)

    again = Store.open(filled, account="other")
    assert (again.read_state(WRITTEN_KEY), again.read_state("setup")) == (None, "1")
    again.close()


def test_plan_tells_what_is_lost_and_changes_nothing(filled):
    with opened_for_rollback(filled) as one:
        plan = one.plan(copy_name="copy", pause_key="paused")

    assert plan.lost == {"configuration_days": 0, "configurations": 1, "journal": 2}
    assert (plan.found, plan.target, plan.paused) == (HEAD, PREVIOUS, ())
    assert (plan.copy is None) == (plan.dump is not None) == filled.startswith("postgresql")
    if plan.dump:
        assert plan.dump.startswith("pg_dump --format=custom --file=toprelatie.dump postgresql://")
    else:
        assert not Path(str(plan.copy)).exists()


def test_plan_names_the_accounts_that_are_paused(filled):
    other = Store.open(filled, account="other")
    other.save_state("paused", "since June")
    other.close()

    with opened_for_rollback(filled) as one:
        assert one.plan(copy_name="copy", pause_key="paused").paused == ("other",)


def test_way_back_is_refused_when_it_was_taken_already(filled):
    roll_back(filled)

    with pytest.raises(StoreError, match=f"of revision {PREVIOUS} already: start the release bef"):
        roll_back(filled)


def test_way_back_is_refused_from_another_version_and_from_nothing(address):
    with (
        opened_for_rollback(address) as one,
        pytest.raises(StoreError, match="nothing to bring back"),
    ):
        one.plan(copy_name="copy", pause_key="paused")
    with (
        former_database(address, "v0002"),
        opened_for_rollback(address) as one,
        pytest.raises(StoreError, match=f"of revision v0002, and only from {HEAD} is there"),
    ):
        one.plan(copy_name="copy", pause_key="paused")


@pytest.mark.parametrize("account", ["acme", "other"])
def test_way_back_is_refused_while_a_run_of_any_account_is_at_work(filled, account):
    Store.open(filled, account="other").close()
    at_work = Store.open(filled, account=account)
    with at_work.lock(), pytest.raises(LockHeldError, match="another run is at work"):
        roll_back(filled)

    assert at_work.care.check().revision == HEAD
    at_work.close()


def test_file_that_is_not_there_is_not_made(tmp_path):
    with (
        opened_for_rollback(f"sqlite:///{tmp_path / 'typo.db'}") as one,
        pytest.raises(StoreError, match=r"typo\.db does not exist"),
    ):
        one.plan(copy_name="copy", pause_key="paused")

    assert list(tmp_path.iterdir()) == []


# copies of a file


def test_copy_before_the_way_back_holds_what_is_lost(tmp_path):
    address = f"sqlite:///{tmp_path / 'store.db'}"
    one = Database(address)
    migrate(one)
    fill(one, ADDED_ROWS)
    one.close()

    copy = roll_back(address)
    assert copy == tmp_path / "store.db.before-copy"
    kept = Database(f"sqlite:///{copy}")
    assert len(rows_of(kept, "journal")) == 2
    kept.close()


def test_file_is_copied_before_its_upgrade_and_a_new_one_is_not(tmp_path):
    address = f"sqlite:///{tmp_path / 'store.db'}"
    with former_database(address, PREVIOUS) as former:
        fill(former, SECOND)
        assert not copy_before(former).exists()
        copy_before(former).write_text("of an earlier upgrade")
        copy_before(former).with_name(f"store.db.before-{HEAD}.part").write_text("of a dead one")

    Store.open(address, account="acme").close()
    kept = Database(f"sqlite:///{tmp_path / f'store.db.before-{HEAD}'}")
    with kept.reading() as connection:
        assert revision_of(connection) == PREVIOUS
    assert len(rows_of(kept, "companies")) == 1
    kept.close()
    assert list(tmp_path.glob("*.part")) == []


def test_upgrade_is_not_begun_when_its_copy_cannot_be_made(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 'store.db'}"
    with former_database(address, PREVIOUS):
        pass

    def full(*_: object) -> int:
        raise StoreError("the disk is full")

    monkeypatch.setattr("store.migration.write_copy", full)
    with pytest.raises(StoreError, match="the disk is full"):
        Store.open(address, account="acme")
    one = Database(address)
    with one.reading() as connection:
        assert revision_of(connection) == PREVIOUS
    one.close()


def test_file_that_another_process_writes_is_not_copied(tmp_path):
    address = f"sqlite:///{tmp_path / 'store.db'}?timeout=0"
    with (
        former_database(address, PREVIOUS) as former,
        former.writing(),
        pytest.raises(StoreError, match="another program has been writing for too long"),
    ):
        Store.open(address, account="acme")

    assert not (tmp_path / f"store.db.before-{HEAD}").exists()
