"""What goes wrong: faults on the way, changes in the middle of a run, and sudden death."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from threading import Lock
from typing import get_args

from sqlalchemy import Connection

from connector.sandbox import Fault
from connector.sandbox.faults import FaultKind, Faults
from store.engine import Database
from store.store import Store
from tests.soak.clock import FakeClock

RARE = {"slow": 0, "403": 1, "429_daily": 1}
"""Weights out of ten: a late answer costs real time; without a right a run may do little."""

FAULT_KINDS: dict[FaultKind, int] = {kind: RARE.get(kind, 10) for kind in get_args(FaultKind)}
ROUTES = (
    "*",
    "*",
    "POST */search",
    "POST */batch/read",
    "POST */batch/update",
    "GET */objects/*",
    "POST */associations/*",
    "GET *",
)


class KilledError(BaseException):
    """The process is no more: nothing that it would still do can happen."""


class Heart:
    """Counts what a run does, and stops it for good at one of its beats.

    A beat is a call of the CRM or a step of the store. After the last one no call reaches the CRM
    and no transaction is committed, as when a process was killed.
    """

    def __init__(self, faults: Callable[[], Faults]) -> None:
        self._faults = faults
        self._lock = Lock()
        self._left: int | None = None
        self.is_dead = False

    def revive(self, *, beats: int | None) -> None:
        """Begin a new life; None is one without an end."""
        self.is_dead, self._left = False, beats

    def beat(self) -> None:
        """Live on, or die."""
        with self._lock:
            if self._left is None:
                return
            self._left -= 1
            if self._left == 0:
                self.is_dead = True
                self._faults().clear()
                self._faults().add(Fault(kind="drop_before", count=10**9))

    def check(self) -> None:
        """Raise when dead.

        Raises:
            KilledError: the last beat is over.
        """
        self.beat()
        if self.is_dead:
            raise KilledError


class MortalDatabase(Database):
    """A database whose process can die before, within and after each transaction."""

    def __init__(self, url: str, heart: Heart) -> None:
        super().__init__(url)
        self._heart = heart

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a transaction, unless dead; dying within it undoes it."""
        self._heart.check()
        with super().writing() as connection:
            yield connection
            self._heart.check()
        self._heart.check()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a transaction, unless dead."""
        self._heart.check()
        with super().reading() as connection:
            yield connection


def make_mortal(store: Store, heart: Heart) -> None:
    """Give a store a database that can die."""
    url = store._database.url.render_as_string(hide_password=False)
    store._database.close()
    store._database = MortalDatabase(url, heart)


class Intruder:
    """Time as the CRM reads it at every call; at some calls something happens just before it."""

    def __init__(self, clock: FakeClock, heart: Heart, deed: Callable[[], object]) -> None:
        self._clock = clock
        self._heart = heart
        self._deed = deed
        self._calls = 0
        self._due: list[int] = []
        self.errors: list[Exception] = []
        self.count = 0

    def plan(self, dice: Random, *, most: int, within: int) -> None:
        """Choose at which of the next calls something happens."""
        self._calls = 0
        self._due = sorted(dice.randrange(within) for _ in range(dice.randint(0, most)))

    def clear(self) -> None:
        """Nothing happens any more."""
        self._due = []

    def __call__(self) -> datetime:
        """Tell the time of a call."""
        self._calls += 1
        while self._due and self._due[0] < self._calls and not self._heart.is_dead:
            self._due.pop(0)
            self.count += 1
            try:
                self._deed()
            except Exception as error:  # noqa: BLE001 - a fault of the soak, told at its end
                self.errors.append(error)
        self._heart.beat()
        return self._clock.tick()


def draw_faults(dice: Random, faults: Faults) -> None:
    """Add up to three faults, some of which outlast all tries of a call."""
    for _ in range(dice.choice((0, 0, 1, 1, 2, 3))):
        kind = dice.choices(list(FAULT_KINDS), list(FAULT_KINDS.values()))[0]
        faults.add(
            Fault(
                kind=kind,
                route=dice.choice(ROUTES),
                count=dice.choice((1, 1, 1, 2, 3, 8)),
                after=dice.choice((0, 0, 1, 2, 5, 20)),
                retry_after_s=dice.choice((None, 0, 1)) if kind in {"429", "477", "503"} else None,
            )
        )
