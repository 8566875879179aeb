"""What the acceptance tests share: a small account on loopback, and the ears at every mouth."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connector.sandbox import Portal, Sandbox
from tests.acceptance.portal_copy import kept, made
from tests.acceptance.small_account import PRIVATE, small_account
from tests.acceptance.workplace import Workplace

BASE_URL, FOLDER = "<base url>", "<folder>"
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
def shop(place: Workplace, crm: Sandbox, account: Portal) -> Workplace:
    """Configured and set up, as the first test with such an account set it up."""
    config = place.config.read_text().replace(crm.base_url, BASE_URL)
    portal, store = _set_up(
        kept(account), place.mapping.read_text(), config.replace(str(place.folder), FOLDER)
    )
    vars(account).update(vars(made(portal)))
    (place.folder / "store.db").write_bytes(store)
    return place


@cache
def _set_up(account: bytes, mapping: str, config: str) -> tuple[bytes, bytes]:
    """What set-up makes of an account, and of an empty store."""
    assert BASE_URL in config
    portal = made(account)
    with TemporaryDirectory() as folder, Sandbox(portal, limits=None, routes=()) as crm:
        place = Workplace(Path(folder), crm.base_url, mapping=mapping)
        place.config.write_text(config.replace(BASE_URL, crm.base_url).replace(FOLDER, folder))
        place.set_up()
        return kept(portal), (place.folder / "store.db").read_bytes()


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
