"""Faults of disk and server are said with what to do; afterwards the same store goes on."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kpis.records import Company, Link, ValueChange
from store.errors import StoreError
from store.outbox import Outcome
from store.store import Store
from tests.store_fixtures import PULLED, company

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter, so that rights can be taken away from us too."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


def opened_in(folder: Path) -> Store:
    return Store.open(f"sqlite:///{folder / 'store.db'}", account="acme")


def save(store: Store, name: str) -> int:
    return store.save_page("companies", [company(name=name)], cursor=name, pulled_at=PULLED)


def heavy() -> Sequence[Company]:
    return [company(str(number), pains="x" * 5_000) for number in range(100)]


# the disk


def test_full_disk_is_said_and_the_next_save_goes_on(folder):
    store = opened_in(folder)
    save(store, "one")
    version = store.mirror_version()
    bound_pages(store, 1)

    for _ in range(2):
        with pytest.raises(StoreError, match=r"store\.db: the disk is full: make room, then try"):
            store.save_page("companies", heavy(), cursor="two", pulled_at=PULLED)
    assert (store.read_cursor("companies"), store.count_records("companies")) == ("one", 1)
    assert store.mirror_version() == version

    bound_pages(store, 1_000_000)
    assert store.save_page("companies", heavy(), cursor="two", pulled_at=PULLED) == 100
    assert (store.read_cursor("companies"), store.count_records("companies")) == ("two", 100)
    assert store.care.check(thorough=True).faults == ()
    store.close()


def bound_pages(store: Store, pages: int) -> None:
    """Let the file grow to so many pages, or not at all when it has more."""
    with store._database.outside() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages}")


MANY = [str(number) for number in range(2_000)]
SAVES: Mapping[str, Callable[[Store], object]] = {
    "links": lambda one: one.save_links(
        "deals", "companies", MANY, [Link(id_, "1") for id_ in MANY]
    ),
    "history": lambda one: one.save_history(
        "deals", MANY, [ValueChange(id_, "stage", "quote", PULLED) for id_ in MANY]
    ),
    "outcomes": lambda one: one.save_outcomes(
        "deals", [Outcome(id_, "written", {"deal_phase": "quote"}) for id_ in MANY]
    ),
    "state": lambda one: one.save_state("key", "x" * 50_000),
}


@pytest.mark.parametrize("save_more", SAVES.values(), ids=SAVES.keys())
def test_full_disk_is_said_by_every_way_of_saving(folder, save_more):
    store = opened_in(folder)
    before = store.care.check().rows
    bound_pages(store, 1)

    with pytest.raises(StoreError, match="the disk is full"):
        save_more(store)
    assert store.care.check().rows == before

    bound_pages(store, 1_000_000)
    save_more(store)
    assert store.care.check().rows != before
    store.close()


# rights


@contextmanager
def only_read(folder: Path) -> Iterator[None]:
    """Take the right to write in a folder away, from the superuser as well."""
    is_root = os.geteuid() == 0
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_folder_that_may_only_be_read_is_said_and_the_next_save_goes_on(folder):
    store = opened_in(folder)
    save(store, "one")
    store._database.engine.dispose()  # as if another thread came

    with only_read(folder), pytest.raises(StoreError, match=r"store\.db: it .* rights"):
        save(store, "two")

    assert store.read_cursor("companies") == "one"
    assert save(store, "two") == 1
    assert store.read_cursor("companies") == "two"
    store.close()


def test_store_is_not_made_in_a_folder_that_may_only_be_read(folder):
    with (
        only_read(folder),
        pytest.raises(StoreError, match=r"it cannot be opened: check that path"),
    ):
        opened_in(folder)

    opened_in(folder).close()


def test_copy_is_not_made_in_a_folder_that_may_only_be_read(folder):
    store = opened_in(folder)
    target = folder / "copies"
    target.mkdir()

    with (
        only_read(target),
        pytest.raises(StoreError, match=r"cannot be written \(PermissionError\)"),
    ):
        store.care.backup(target / "copy.db")
    assert store.care.backup(target / "copy.db") > 0
    store.close()


# the server


class Server:
    """A PostgreSQL of our own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        programs = shutil.which("pg_ctl") or (found[-1] if found else None)
        if programs is None:
            pytest.skip("PostgreSQL is not installed here")
        self._programs = Path(programs).resolve().parent
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._data, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._run("initdb", "-U", "test", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = '127.0.0.1'\nport = {self._port}\nfsync = off\n"
                f"unix_socket_directories = '{self._data}'\n"
            )
        self.url = f"postgresql+psycopg://test@127.0.0.1:{self._port}/postgres"

    def _run(self, program: str, *words: str) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self._programs / program), "-D", str(self._data), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", str(self._data / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    one = Server(folder)
    one.start()
    yield one
    one.stop()


@pytest.mark.postgres
def test_server_that_goes_is_said_and_the_same_store_goes_on_when_it_is_back(server):
    store = Store.open(server.url, account="acme")
    save(store, "one")
    server.stop()

    for _ in range(2):
        with pytest.raises(StoreError, match="the server cannot be reached: check its address"):
            save(store, "two")
        with pytest.raises(StoreError, match="the server cannot be reached"):
            store.read_cursor("companies")

    server.start()
    assert store.read_cursor("companies") == "one"
    assert save(store, "two") == 1
    assert store.read_cursor("companies") == "two"

    with pytest.raises(StoreError, match="the server cannot be reached"):
        lose_half_way(store, server)
    assert store.read_mirror().companies["name"].to_list() == ["two"]
    assert save(store, "three") == 1
    store.close()


def lose_half_way(store: Store, server: Server) -> None:
    """Lose the server between two statements of one transaction."""
    with store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE companies SET name = 'half'")
        server.stop()
        server.start()
        connection.exec_driver_sql("UPDATE companies SET name = 'whole'")
