"""Read ahead: the next page is on its way while the one at hand is saved."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Generic, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], pool: Executor) -> Iterator[T]:
    """Yield the items of another iterator, of which one is always asked for already.

    Whoever stops early leaves at most one call that nobody reads.
    """
    following = pool.submit(next, items, None)
    while (item := following.result()) is not None:
        following = pool.submit(next, items, None)
        yield item


class Ends(Generic[T]):
    """Several iterators, each with one item on its way; any may be there first."""

    def __init__(self, pool: Executor, *sides: Iterator[T]) -> None:
        self._pool = pool
        self._coming: dict[Future[T | None], Iterator[T]] = {}
        for side in sides:
            self.ask(side)

    def ask(self, side: Iterator[T]) -> None:
        """Have the next item of one side made."""
        self._coming[self._pool.submit(next, side, None)] = side

    def next(self) -> tuple[Iterator[T], T]:
        """Return the item that is there first, and its side; a side at its end is let go."""
        while True:
            done, _ = wait(self._coming, return_when=FIRST_COMPLETED)
            future = next(iter(done))
            side = self._coming.pop(future)
            if (item := future.result()) is not None:
                return side, item
