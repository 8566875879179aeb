"""When a field last got the value it has now (spec 0, Freshness)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tests.reference.versions import read_runs


class Edits:
    """Instants of the last change of fields, texts compared after trimming."""

    def __init__(self, changes: Iterable[Mapping[str, Any]], as_of: datetime) -> None:
        """Take the versions of one kind of record up to `as_of`."""
        trimmed = [{**row, "value": (row["value"] or "").strip() or None} for row in changes]
        self._found = {
            (name, record_id): runs[-1].start
            for name in sorted({row["field"] for row in trimmed})
            for record_id, runs in read_runs(trimmed, name, as_of).items()
        }

    def at(self, record_id: str, name: str) -> datetime | None:
        """Instant from which the present value stands; null when no version is known."""
        return self._found.get((name, record_id))

    def latest(self, record_id: str, *names: str) -> datetime | None:
        """The latest of several fields."""
        known = [at for name in names if (at := self.at(record_id, name)) is not None]
        return max(known) if known else None
