"""A store that is lost comes back from its copy, as docs/deploy.md says, and goes on from there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import Portal, Sandbox
from jobs.wiring import clock
from tests.acceptance.front_door import run, take_run
from tests.acceptance.small_account import small_account, to_iso, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

WRITE = "POST batch_update"
TODAY = clock() + timedelta(hours=1)
"""Moment of the results: after every edit that is made here."""
YESTERDAY = TODAY - timedelta(days=1)


def lose(place: Workplace) -> None:
    """What a broken disk leaves: nothing."""
    for path in place.folder.glob("store.db*"):
        path.unlink()


def restore(place: Workplace, copy: Path) -> None:
    """The steps of the docs, on a stopped service."""
    shutil.copy(copy, place.folder / "store.db")
    for end in ("-wal", "-shm"):
        (place.folder / f"store.db{end}").unlink(missing_ok=True)
    assert run(place, "store", "check", "--thorough").code == 0


def history_of(place: Workplace) -> dict[str, list[Any]]:
    """Our own history, which no pull brings back."""
    with place.opened() as wiring:
        history = wiring.store.read_own_history()
    return {
        name: sorted(getattr(history, name).rows(), key=str)
        for name in ("memberships", "reviews", "relation_days", "seller_days")
    }


def win(account: Portal, deal: str) -> None:
    """Let a quote become an order."""
    won = {"dealstage": "closedwon", "closedate": to_iso(TODAY - timedelta(hours=2))}
    account.set_values("deals", deal, won, at=clock())


def test_copy_made_while_a_run_writes_brings_all_back_and_the_next_run_writes_nothing(
    shop, crm, account, tmp_path
):
    copy = tmp_path / "copy.db"
    shop.sync(as_of=TODAY)
    win(account, "3")
    moments: list[str] = []

    def back_up(work: str, _done: int, _total: int | None) -> None:
        moments.append(work)
        if work == "write companies" and not copy.exists():
            with shop.opened() as other:
                other.store.care.backup(copy)

    with shop.opened() as wiring:
        take_run(wiring, back_up, as_of=TODAY)
    stood, history, writes = values_of_ours(account), history_of(shop), crm.calls[WRITE]
    assert copy.exists(), moments
    lose(shop)
    restore(shop, copy)

    after = shop.sync(as_of=TODAY)
    assert after.status == "done"
    assert crm.calls[WRITE] == writes
    assert values_of_ours(account) == stood
    assert stood["companies 3"]["csk_buying_phase"] == "order"
    assert history_of(shop) == history


@contextmanager
def world(folder: Path) -> Iterator[tuple[Workplace, Portal, Sandbox]]:
    """An account that is set up, the same each time."""
    folder.mkdir()
    portal = small_account()
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        place = Workplace(folder, sandbox.base_url)
        place.set_up()
        yield place, portal, sandbox


def live_on(place: Workplace, account: Portal, *, loses_store: bool) -> Iterator[str]:
    """Two days of an account; the store may be lost on the second, with a copy of the first."""
    copy = place.folder / "copy.db"
    place.sync(as_of=YESTERDAY)
    assert run(place, "store", "backup", str(copy)).code == 0
    win(account, "3")
    account.archive("companies", "7", at=clock())
    typed = {"csk_pains": "lange levertijd bij spoed", "csk_gains": "vaste prijs per kwartaal"}
    account.set_values("companies", "5", typed, at=clock())
    place.sync(as_of=TODAY)
    yield "today"
    if loses_store:
        lose(place)
        restore(place, copy)
        place.sync(as_of=TODAY)
        yield "restored"
    win(account, "4")
    place.sync(as_of=TODAY)
    yield "later"


def test_copy_of_yesterday_catches_up_and_writes_nothing_wrong(tmp_path):
    undisturbed: dict[str, Any] = {}
    with world(tmp_path / "calm") as (place, account, _):
        for moment in live_on(place, account, loses_store=False):
            undisturbed[moment] = values_of_ours(account)
        expected = history_of(place)

    with world(tmp_path / "lost") as (place, account, crm):
        writes = {}
        for moment in live_on(place, account, loses_store=True):
            stands = undisturbed["today" if moment == "restored" else moment]
            assert values_of_ours(account) == stands, moment
            writes[moment] = crm.calls[WRITE]
        found = history_of(place)
        with place.opened() as wiring:
            companies = wiring.store.read_mirror().companies["relation_id"].to_list()

    assert undisturbed["today"]["companies 3"]["csk_buying_phase"] == "order"
    assert undisturbed["later"]["companies 4"]["csk_buying_phase"] == "order"
    assert undisturbed["later"]["companies 5"]["csk_pains"] == "lange levertijd bij spoed"
    assert writes["restored"] == writes["today"]
    assert writes["later"] > writes["restored"]
    assert found == expected
    assert "7" not in companies
