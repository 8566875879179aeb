"""What the acceptance tests share: a small account on loopback, and the ears at every mouth."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connector.sandbox import Portal, Sandbox
from tests.acceptance.small_account import PRIVATE, small_account
from tests.acceptance.workplace import Workplace

KEPT = ("counts FROM runs", "reason FROM rejections", "refusal FROM outbox", "value FROM state")


@pytest.fixture
def account() -> Portal:
    return small_account()


@pytest.fixture
def crm(account: Portal) -> Iterator[Sandbox]:
    with Sandbox(account, limits=None, routes=()) as sandbox:
        yield sandbox


@pytest.fixture
def place(tmp_path: Path, crm: Sandbox) -> Workplace:
    """Configured, not set up."""
    return Workplace(tmp_path, crm.base_url)


@pytest.fixture
def shop(place: Workplace) -> Workplace:
    """Configured and set up."""
    place.set_up()
    return place


@pytest.fixture
def discreet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Hold that nothing private was said on a screen, in a log, or in the record of a run."""
    yield
    told = capfd.readouterr()
    text = "\n".join([told.out, told.err, *_records_of_runs(tmp_path)])
    assert [word for word in PRIVATE if word in text] == []


def _records_of_runs(folder: Path) -> list[str]:
    kept: list[str] = []
    for path in folder.glob("**/store.db"):
        with closing(sqlite3.connect(path)) as store:
            for what in KEPT:
                kept += [str(row[0]) for row in store.execute(f"SELECT {what}")]
    return kept
