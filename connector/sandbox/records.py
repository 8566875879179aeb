"""One record of the portal, with every version of its values."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from connector.sandbox.instants import EPOCH, MS, to_text
from connector.sandbox.shelf import Shelf


class Version(NamedTuple):
    """A value from the instant it was set on; "" means that it was cleared."""

    at_ms: int
    value: str
    source_type: str
    source_id: str | None = None


@dataclass(slots=True)
class PortalRecord:
    """A record as it stands, and how it came to stand so.

    Attributes:
        values: the values that are not empty, by property name.
        origin: instant and source of the values that the record was created with. A value that
            never changed has no list of versions of its own: 100,000 records stay small.
        versions: oldest first, for the properties that changed after creation.
        moves: the instants at which the modified date moved, oldest first; never empty.
        shelf: where it stands in the order of its type; told of all that moves it.
        archived_ms: instant at which it went to the recycle bin, None while it is live.
    """

    id: str
    values: dict[str, str]
    origin: Version
    created_ms: int
    moves: list[int]
    shelf: Shelf = field(repr=False, compare=False)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    archived_ms: int | None = None

    def __post_init__(self) -> None:
        self.shelf.put(self.number, self.created_ms, self.moves[-1])

    @property
    def number(self) -> int:
        """Id as a number, which is what lists are sorted by."""
        return int(self.id)

    @property
    def modified_at(self) -> datetime:
        """Instant of the last change."""
        return EPOCH + self.moves[-1] * MS

    def versions_of(self, name: str) -> list[Version]:
        """Versions of one property, oldest first; empty when it never had a value."""
        if name in self.versions:
            return self.versions[name]
        value = self.values.get(name)
        return [] if value is None else [self.origin._replace(value=value)]

    def put(self, name: str, version: Version) -> bool:
        """Add a version and tell whether anything changed; the latest in time is the value.

        A value equal to the one before it is no new version.
        """
        versions = self.versions_of(name)
        at = bisect_right(versions, version.at_ms, key=lambda known: known.at_ms)
        if (versions[at - 1].value if at else "") == version.value:
            return False
        versions.insert(at, version)
        self.versions[name] = versions
        if versions[-1].value:
            self.values[name] = versions[-1].value
        else:
            self.values.pop(name, None)
        return True

    def touch(self, at_ms: int, modified_name: str) -> None:
        """Move the modified date, never backwards."""
        if at_ms > self.moves[-1]:
            if self.archived_ms is None:
                self.shelf.move(self.number, self.moves[-1], at_ms)
            self.moves.append(at_ms)
            self.values[modified_name] = to_text(at_ms)

    def archive(self, at_ms: int) -> None:
        """Go to the recycle bin. The modified date does not move."""
        if self.archived_ms is None:
            self.shelf.take(self.number, self.created_ms, self.moves[-1])
            self.shelf.archived.add(self.number)
        self.archived_ms = at_ms

    def restore(self) -> None:
        """Come back out of the recycle bin; nothing happens to a record that is live."""
        if self.archived_ms is not None:
            self.shelf.archived.remove(self.number)
            self.shelf.put(self.number, self.created_ms, self.moves[-1])
        self.archived_ms = None

    def leave(self) -> None:
        """Be there no more, not even in the recycle bin."""
        if self.archived_ms is None:
            self.shelf.take(self.number, self.created_ms, self.moves[-1])
        else:
            self.shelf.archived.remove(self.number)

    def values_at(self, at_ms: int, modified_name: str) -> dict[str, str] | None:
        """Values as they stood at an instant, None when the record did not exist yet."""
        if self.moves[-1] <= at_ms:
            return self.values
        if self.moves[0] > at_ms:
            return None
        old = dict(self.values)
        for name, value in self._changed_at(at_ms):
            if value:
                old[name] = value
            else:
                old.pop(name, None)
        old[modified_name] = to_text(max(move for move in self.moves if move <= at_ms))
        return old

    def _changed_at(self, at_ms: int) -> Iterator[tuple[str, str]]:
        for name, versions in self.versions.items():
            standing = [version.value for version in versions if version.at_ms <= at_ms]
            yield name, standing[-1] if standing else ""
