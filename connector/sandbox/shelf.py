"""The records of one type in the orders that lists and searches walk, and count, without a look."""

from bisect import bisect_left, insort
from typing import Generic, TypeVar

Key = TypeVar("Key", int, tuple[int, int])

FEW = 256
"""Up to so many changes are put in place one by one; over that, sorting all is cheaper."""


class Ordered(Generic[Key]):
    """Keys in ascending order, put in order when they are asked for and not before.

    Attributes:
        changes: how often it was changed.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._keys: list[Key] = []
        self._pending: dict[Key, bool] = {}

    def add(self, key: Key) -> None:
        """Add a key that is not there."""
        self.changes += 1
        if not self._pending and (not self._keys or self._keys[-1] < key):
            self._keys.append(key)
        else:
            self._pending[key] = True

    def remove(self, key: Key) -> None:
        """Take away a key that is there."""
        self.changes += 1
        self._pending[key] = False

    def in_order(self) -> list[Key]:
        """All keys, ascending: not to be changed, and good until the next change."""
        if len(self._pending) > FEW:
            self._sort()
        else:
            for key, stands in self._pending.items():
                self._place(key, stands=stands)
        self._pending.clear()
        return self._keys

    def _sort(self) -> None:
        pending = self._pending
        keys = [key for key in self._keys if key not in pending]
        keys += [key for key, stands in pending.items() if stands]
        keys.sort()
        self._keys = keys

    def _place(self, key: Key, *, stands: bool) -> None:
        at = bisect_left(self._keys, key)
        is_there = at < len(self._keys) and self._keys[at] == key
        if stands and not is_there:
            insort(self._keys, key)
        elif is_there and not stands:
            del self._keys[at]


class Shelf:
    """Where the records of one type stand.

    Attributes:
        live: ids of the records that are not in the recycle bin.
        archived: ids of those that are.
        modified: (instant of the last change in epoch milliseconds, id) of the live ones.
        created: (instant of the creation, id) of the live ones.
    """

    def __init__(self) -> None:
        self.live: Ordered[int] = Ordered()
        self.archived: Ordered[int] = Ordered()
        self.modified: Ordered[tuple[int, int]] = Ordered()
        self.created: Ordered[tuple[int, int]] = Ordered()
        self._window: tuple[tuple[int, range], list[int]] | None = None

    def modified_within(self, span: range) -> list[int]:
        """Ids at these positions of `modified`, ascending: not to be changed.

        The last such list is kept while no record moves: whoever walks through all that changed
        since a moment asks for it once per page.
        """
        key = self.modified.changes, span
        if self._window is None or self._window[0] != key:
            pairs = self.modified.in_order()[span.start : span.stop]
            self._window = key, sorted([number for _, number in pairs])
        return self._window[1]

    def put(self, number: int, created_ms: int, modified_ms: int) -> None:
        """Put a live record on the shelf."""
        self.live.add(number)
        created = (created_ms, number)
        self.created.add(created)
        # Most records never change: one pair then stands in both orders.
        self.modified.add(created if created_ms == modified_ms else (modified_ms, number))

    def take(self, number: int, created_ms: int, modified_ms: int) -> None:
        """Take a live record away."""
        self.live.remove(number)
        self.created.remove((created_ms, number))
        self.modified.remove((modified_ms, number))

    def move(self, number: int, before_ms: int, modified_ms: int) -> None:
        """Change the instant of the last change of a live record."""
        self.modified.remove((before_ms, number))
        self.modified.add((modified_ms, number))
