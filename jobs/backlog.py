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
    _may_wait: int = 0
    _last: list[str] = field(default_factory=list)

    def feed(self, records: int) -> None:
        """Take note that a page of so many records was saved; send what is a full batch by now."""
        self._may_wait += records
        if self._may_wait >= self.size:
            self.send(is_last=False)

    def send(self, *, is_last: bool) -> None:
        """Send what is on the list; a batch that is not full only when no more is to come.

        Raises:
            ConnectorError, StoreError: of a batch that failed.
            PermanentCrmError: work was done and is still on the list.
        """
        self._reap()
        most = SIDE_BY_SIDE if is_last else WHILE_PAGES_COME
        if (free := most - len(self.running)) > 0:
            ids = self._next(free * self.size)
            batches = [ids[at : at + self.size] for at in range(0, len(ids), self.size)]
            if batches and len(batches[-1]) < self.size and not is_last:
                batches.pop()
            for batch in batches:
                self._send(batch)
            known = len(ids) if len(ids) < free * self.size else max(len(ids), self._may_wait)
            self._may_wait = known - sum(map(len, batches))

    def _send(self, ids: list[str]) -> None:
        if ids == self._last:
            raise PermanentCrmError(
                f"pull: {self.work} of {len(ids)} {self.kind} was read but not saved"
            )
        self._last = ids
        self.running[self.pool.submit(self.do, ids)] = ids

    def _next(self, most: int) -> list[str]:
        """Ids on the list that nobody works on."""
        taken = {one for ids in self.running.values() for one in ids}
        listed = self.store.read_pending(self.kind, self.work, limit=most + len(taken))
        return [one for one in listed if one not in taken][:most]

    def _reap(self) -> None:
        """Count what is done; raise what went wrong."""
        for future in [one for one in self.running if one.done()]:
            ids = self.running.pop(future)
            future.result()
            self.done += len(ids)
            self.tell(self.done)


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
