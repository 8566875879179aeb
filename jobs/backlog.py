"""Work that saved pages leave behind: links, histories and splits to be read.

The store keeps the list, so a run that ends anywhere leaves nothing forgotten. Batches run side by
side with the pull that feeds them; while more may come, only full ones leave.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field

from connector.ports import PermanentCrmError
from connector.ports import PulledType as Kind
from store.store import Store

SIDE_BY_SIDE = 4
WHILE_PAGES_COME = 2
"""Batches of one kind of work at once, in the end and before: enough to fill the time of an answer,
few enough that the pages, each of which waits for the one before, do not queue behind them."""

AHEAD = 1_000
SELDOM = 500
"""Ids read from the list at once, and records saved before it is read again while pages come: to
read it costs as much as a small batch, and most records leave no history to be read."""

POLL_S = 1.0
"""A signal that comes just before a wait is only seen after it: so waits are short."""


@dataclass(slots=True)
class Backlog:
    """One kind of work on records of one type.

    Attributes:
        work: name of the work in the store.
        size: records that one call takes.
        do: does the work for up to `size` ids and takes them off the list.
        tell: told how many records are done.
        done: records that are done.
    """

    store: Store
    kind: Kind
    work: str
    size: int
    do: Callable[[Sequence[str]], object]
    pool: Executor
    tell: Callable[[int], object]
    done: int = 0
    running: dict[Future[object], list[str]] = field(default_factory=dict)
    _ready: list[str] = field(default_factory=list)
    _unread: int = 0
    _is_drained: bool = False
    _last: list[str] = field(default_factory=list)

    def feed(self, records: int) -> None:
        """Take note that a page of so many records was saved; send what is a full batch by now."""
        self._unread += records
        if records:  # some of them may be on the list for the second time
            self._is_drained, self._last = False, []
        if len(self._ready) >= self.size or self._has_more:
            self.send(is_last=False)

    @property
    def _has_more(self) -> bool:
        """Whether the list may well hold a full batch that was not read."""
        return self._unread >= max(self.size, SELDOM)

    def send(self, *, is_last: bool) -> None:
        """Send what is on the list; a batch that is not full only when no more is to come.

        Raises:
            ConnectorError, StoreError: of a batch that failed.
            PermanentCrmError: work was done and is still on the list.
        """
        self._reap()
        most = SIDE_BY_SIDE if is_last else WHILE_PAGES_COME
        while len(self.running) < most and (batch := self._next(is_last=is_last)):
            self.running[self.pool.submit(self.do, batch)] = batch

    def _next(self, *, is_last: bool) -> list[str]:
        """Ids of the next batch; none when there are too few of them yet."""
        if len(self._ready) < self.size and (self._has_more or (is_last and not self._is_drained)):
            self._read()
        if len(self._ready) < self.size and not is_last:
            return []
        batch, self._ready = self._ready[: self.size], self._ready[self.size :]
        return batch

    def _read(self) -> None:
        """Read more ids that nobody works on."""
        taken = {*self._ready, *(one for ids in self.running.values() for one in ids)}
        most = AHEAD + len(taken)
        listed = self.store.read_pending(self.kind, self.work, limit=most)
        found = [one for one in listed if one not in taken]
        if found and found == self._last:
            raise PermanentCrmError(
                f"pull: {self.work} of {len(found)} {self.kind} was read but not saved"
            )
        self._last = found
        self._ready += found
        self._is_drained = len(listed) < most
        self._unread = 0 if self._is_drained else max(self._unread - len(found), 0)

    def _reap(self) -> None:
        """Count what is done; raise what went wrong."""
        for future in [one for one in self.running if one.done()]:
            ids = self.running.pop(future)
            future.result()
            self.done += len(ids)
            self.tell(self.done)
            if not self.running and not self._ready:
                self._is_drained = False  # look once more whether all of it was saved


def finish(backlogs: Sequence[Backlog], *, check_stop: Callable[[], None]) -> None:
    """Do all that is left of several kinds of work.

    Raises:
        ConnectorError, StoreError: of a batch that failed.
        StoppedError: by `check_stop`.
    """
    while True:
        for one in backlogs:
            one.send(is_last=True)
        running = [future for one in backlogs for future in one.running]
        if not running:
            return
        wait(running, timeout=POLL_S, return_when=FIRST_COMPLETED)
        check_stop()
