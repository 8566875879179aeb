"""One record of the portal, with every version of its values."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from connector.sandbox.instants import EPOCH, MS, to_text


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
        archived_ms: instant at which it went to the recycle bin, None while it is live.
    """

    id: str
    values: dict[str, str]
    origin: Version
    created_ms: int
    moves: list[int]
    versions: dict[str, list[Version]] = field(default_factory=dict)
    archived_ms: int | None = None

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
        versions = list(self.versions_of(name))
        before = [known for known in versions if known.at_ms <= version.at_ms]
        if (before[-1].value if before else "") == version.value:
            return False
        insort(versions, version, key=lambda known: known.at_ms)
        self.versions[name] = versions
        if versions[-1].value:
            self.values[name] = versions[-1].value
        else:
            self.values.pop(name, None)
        return True

    def touch(self, at_ms: int, modified_name: str) -> None:
        """Move the modified date, never backwards."""
        if at_ms > self.moves[-1]:
            self.moves.append(at_ms)
            self.values[modified_name] = to_text(at_ms)

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
