"""Links and past values of a folder, by the record that is asked about."""

from collections.abc import Mapping
from pathlib import Path

from connector.files.table import read_table

LinkIndex = dict[tuple[str, str], dict[str, dict[str, set[str]]]]
HistoryIndex = dict[tuple[str, str], list[Mapping[str, str]]]


def link_index(path: Path) -> LinkIndex:
    """Labels by kinds of both ends, by id of the one and of the other, in both directions."""
    index: LinkIndex = {}
    for line in read_table(path, needs=("from_type", "from_id", "to_type", "to_id")):
        row = line.cells
        ends = (row["from_type"], row["from_id"]), (row["to_type"], row["to_id"])
        for (kind, one), (other_kind, other) in (ends, ends[::-1]):
            by_id = index.setdefault((kind, other_kind), {}).setdefault(one, {})
            by_id.setdefault(other, set()).add(row.get("label", ""))
    return index


def history_index(path: Path) -> HistoryIndex:
    """Rows of history.csv by object type and id."""
    index: HistoryIndex = {}
    for line in read_table(path, needs=("object_type", "id", "property", "value", "timestamp")):
        row = line.cells
        index.setdefault((row["object_type"], row["id"]), []).append(row)
    return index
