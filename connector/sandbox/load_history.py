"""Past values out of `history.csv`, held until the record that they belong to is made."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connector.sandbox.kinds import FILED
from connector.sandbox.load_table import Line, read_lines

BEFORE_ALL = datetime(2020, 1, 1, tzinfo=UTC)
"""Creation of records that tell nothing of theirs."""

_SOURCE = "CRM_UI"
_NEEDS = ("object_type", "id", "property", "value", "timestamp")

Past = dict[str, list["Change"]]
"""Changes of one record by property, oldest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value from an instant on, and the line that tells it."""

    name: str
    value: str
    at: datetime
    source_type: str
    line: Line


class History:
    """The whole file, by record."""

    def __init__(self, path: Path) -> None:
        self._past: defaultdict[tuple[str, str], Past] = defaultdict(dict)
        for line in read_lines(path, _NEEDS, ("source_type",)):
            key = line.one_of("object_type", FILED), line.needed("id")
            name = line.needed("property")
            changes = self._past[key].setdefault(name, [])
            source = line.text("source_type") or _SOURCE
            change = Change(name, line.text("value"), line.instant("timestamp"), source, line)
            if changes and change.at < changes[-1].at:
                raise line.fault("timestamp", "the order in which it happened, oldest first")
            changes.append(change)

    def take(self, object_type: str, record_id: str, present: dict[str, str]) -> Past:
        """Changes of one record, once.

        Raises:
            LoadError: the last change of a property is not to the value that it has.
        """
        past = self._past.pop((object_type, record_id), {})
        for name, changes in past.items():
            if present.get(name, changes[-1].value) != changes[-1].value:
                line = changes[-1].line
                raise line.fault("property", f"the value of {object_type}.csv in its last line")
        return past

    def check_used(self) -> None:
        """Refuse changes of records that no file has."""
        for (object_type, _), past in self._past.items():
            line = next(iter(past.values()))[0].line
            raise line.fault("id", f"an id that {object_type}.csv has")
