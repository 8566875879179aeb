"""A folder of CSV exports as a CRM (docs/load-layout.md): read it, and put results beside it.

Values are the CRM's own, under its own property names, so the mapping of that CRM fits. A type
whose file has not changed since the last complete pull yields nothing; else it is read anew.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition, SchemaPlan
from connector.files.account import describe, to_number
from connector.files.archive import archive_properties, plan_archive, values
from connector.files.goal import goals
from connector.files.index import history_index, link_index
from connector.files.probe import count_with, fill
from connector.files.reader import Reader
from connector.files.result import read_results, save_results, writing
from connector.files.settings import FilesSettings
from connector.files.table import digest_of, read_lines, read_table
from connector.ports import (
    Change,
    Description,
    HistoryPage,
    Known,
    LinkPage,
    Page,
    PermanentCrmError,
    PulledType,
    SellerTask,
    WriteOutcome,
)
from connector.probe import Fill, Probe
from connector.record import activity_properties, properties_in_use
from connector.values import AUTOMATIC_SOURCES, to_instant, to_instant_or_none
from kpis.records import Goal, Link, Split, ValueChange
from kpis.vocabulary import ObjectType
from mappings.fields import Fields

PAGE = 1000
PRIMARY = "Primary"

T = TypeVar("T")


class FilesAdapter:
    """One folder; nothing in it is ever changed but the results.

    Args:
        fields: which column holds which field.
        prefix: of the names of our inputs.
        clock: the present moment, taken for records that do not say when they changed.
    """

    def __init__(
        self,
        settings: FilesSettings,
        *,
        fields: Fields,
        prefix: str,
        clock: Callable[[], datetime],
        page_size: int = PAGE,
    ) -> None:
        self._folder = settings.folder
        self._output = settings.results
        self._fields = fields
        self._prefix = prefix
        self._clock = clock
        self._page_size = page_size
        self._reader = Reader(fields, self._output, prefix=prefix, clock=clock)
        self._indexes: dict[str, tuple[object, Any]] = {}

    def identity(self) -> str:
        """The folder; there is no secret."""
        return str(self._folder)

    def describe(
        self,
        *,
        recent: Description | None = None,  # noqa: ARG002 - as the port says
        is_fresh: bool = False,  # noqa: ARG002 - as the port says
    ) -> Description:
        """Describe the account that was exported; the folder is read anew each time."""
        return describe(self._folder)

    def probe(self) -> Probe:
        """Nothing is refused and nothing limited: there is nobody to ask."""
        return Probe()

    def fill(self, object_type: ObjectType, fields: Sequence[str]) -> Fill:
        """Count the lines of a file, and those with a value in each mapped column."""
        group = self._fields.of(object_type)
        columns = {name: column for name in fields if (column := getattr(group, name, None))}
        return fill(self._folder / f"{object_type}.csv", columns)

    def count_deals_in(self, pipeline: str, stage: str) -> int:
        """How many deals of the file stand in that stage."""
        deal = self._fields.deal
        wanted = [(deal.pipeline, pipeline), (deal.stage, stage)]
        return count_with(self._folder / "deals.csv", wanted)

    def asked_properties(self, object_type: PulledType) -> tuple[str, ...]:
        """Columns that records are built from."""
        match object_type:
            case "companies" | "contacts" | "deals":
                return tuple(sorted(properties_in_use(self._fields.of(object_type))))
            case _:
                return tuple(sorted(activity_properties(object_type, self._fields)))

    def changes(
        self,
        object_type: PulledType,
        cursor: str | None,
        *,
        known: Known | None = None,  # noqa: ARG002 - a file is read as a whole
    ) -> Iterator[Page]:
        """Yield the whole file in pages, or nothing when it is the one that was read last."""
        path = self._folder / f"{object_type}.csv"
        digest = digest_of([path])
        position = _position(cursor)
        same = position.get("digest") == digest
        if same and position.get("done"):
            return
        offset = position.get("offset", 0) if same else 0
        started = to_instant(position.get("started")) if same else None
        started = started or self._clock()
        standing = self._reader.standing(object_type)
        rows = islice(read_lines(path, needs=("id",)), offset, None)
        page = list(islice(rows, self._page_size))
        while True:
            offset += len(page)
            following = list(islice(rows, self._page_size))
            mark = {"digest": digest, "offset": offset, "started": started.isoformat()}
            if not following:
                mark = {"digest": digest, "done": True}
            yield self._reader.page(
                object_type,
                page,
                standing,
                cursor=json.dumps(mark),
                sweep_before=None if following else started,
            )
            if not following:
                return
            page = following

    def count(self, object_type: PulledType) -> int | None:  # noqa: ARG002 - as the port says
        """None: a file that was read to its end needs no other proof."""
        return None

    def differences(
        self,
        object_type: PulledType,  # noqa: ARG002 - as the port says
        ids: Sequence[int],  # noqa: ARG002 - as the port says
        *,
        is_thorough: bool = False,  # noqa: ARG002 - as the port says
        known: Known | None = None,  # noqa: ARG002 - as the port says
    ) -> Iterator[Page]:
        """Nothing: only a count could tell that there are any."""
        return iter(())

    def records(self, object_type: PulledType, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the records of the file among these; the others are gone."""
        wanted, standing = set(ids), self._reader.standing(object_type)
        path = self._folder / f"{object_type}.csv"
        rows = [row for row in read_lines(path, needs=("id",)) if row.cells["id"].strip() in wanted]
        page = self._reader.page(object_type, rows, standing, cursor="", sweep_before=None)
        gone = wanted - {row.cells["id"].strip() for row in rows}
        yield replace(page, gone=tuple(sorted(gone)))

    def links(
        self, from_type: PulledType, to_type: ObjectType, ids: Sequence[str]
    ) -> Iterator[LinkPage]:
        """Yield all links of the given records, whichever end the file names first."""
        rows = self._indexed("associations.csv", link_index).get((from_type, to_type), {})
        links = [
            Link(
                one,
                other,
                is_primary=PRIMARY in labels,
                labels=tuple(sorted(labels - {PRIMARY, ""})),
            )
            for one in ids
            for other, labels in rows.get(one, {}).items()
        ]
        yield LinkPage(from_type, to_type, tuple(ids), tuple(links))

    def history(
        self, object_type: ObjectType, fields: Sequence[str], ids: Sequence[str]
    ) -> Iterator[HistoryPage]:
        """Yield the past values that history.csv holds, oldest first."""
        group = self._fields.of(object_type)
        names = {getattr(group, name): name for name in fields if getattr(group, name) is not None}
        rows = self._indexed("history.csv", history_index)
        changes = [
            ValueChange(
                row["id"],
                names[row["property"]],
                row["value"] or None,
                changed_at,
                is_by_person=row.get("source_type", "") not in AUTOMATIC_SOURCES,
            )
            for one in ids
            for row in rows.get((object_type, one), ())
            if row["property"] in names
            and (changed_at := to_instant_or_none(row["timestamp"])) is not None
        ]
        changes.sort(key=lambda change: change.changed_at)
        yield HistoryPage(object_type, tuple(ids), tuple(changes))

    def _indexed(self, name: str, build: Callable[[Path], T]) -> T:
        """Index of a file, built once for as long as the file stays as it is."""
        path = self._folder / name
        stat = path.stat() if path.exists() else None
        mark = (stat.st_mtime_ns, stat.st_size) if stat else None
        known = self._indexes.get(name)
        if known is None or known[0] != mark:
            self._indexes[name] = known = (mark, build(path))
        index: T = known[1]
        return index

    def splits(self, deal_ids: Sequence[str]) -> Iterator[Split]:
        """Yield the splits of the given deals.

        Raises:
            ConfigError: a share is no number.
        """
        wanted = set(deal_ids)
        path = self._folder / "splits.csv"
        for line in read_table(path, needs=("deal_id", "owner_id", "share")):
            row = line.cells
            share = to_number(path, line.number, row, "share")
            if row["deal_id"] in wanted and share is not None:
                yield Split(row["deal_id"], row["owner_id"], share)

    def goals(self) -> Iterator[Goal]:
        """Yield the targets that goals.csv holds.

        Raises:
            ConfigError: an amount or a date cannot be read.
        """
        return goals(self._folder)

    def plan_schema(self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]) -> SchemaPlan:
        """Nothing to create: results need no definitions."""
        return SchemaPlan((), {}, (), unchanged=sum(len(rows) for rows in wanted.values()))

    def ensure_schema(self, plan: SchemaPlan) -> tuple[str, ...]:  # noqa: ARG002 - as the port says
        """Do nothing; see `plan_schema`."""
        return ()

    def plan_archive(
        self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]
    ) -> ArchivePlan:
        """Tell which columns of ours the results hold; the export itself is never changed."""
        return plan_archive(self._folder, self._output, wanted)

    def values(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[Mapping[str, Mapping[str, str]]]:
        """Yield what the results hold of these columns, for every record of the export."""
        return values(self._folder, self._output, object_type, names, prefix=self._prefix)

    def archive_properties(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[ArchiveOutcome]:
        """Take columns out of the results; a file without any column of ours goes."""
        return archive_properties(self._output, object_type, names, prefix=self._prefix)

    def archive_group(self, object_type: ObjectType, name: str) -> bool:  # noqa: ARG002
        """A folder has no groups."""
        return True

    def write(self, object_type: ObjectType, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        """Write results beside the export; a record that is not in it is gone.

        Raises:
            PermanentCrmError: the results cannot be written; what stood is untouched.
        """
        path = self._folder / f"{object_type}.csv"
        present = {line.cells["id"].strip() for line in read_lines(path, needs=("id",))}
        known = read_results(self._output, object_type, prefix=self._prefix)
        standing = {one: values for one, values in known.items() if one in present}
        for change in changes:
            if change.external_id in present:
                values = standing.setdefault(change.external_id, {})
                values.update(change.values)
        with writing(self._output, object_type):
            save_results(self._output, object_type, standing, prefix=self._prefix)
        for change in changes:
            if change.external_id not in present:
                yield WriteOutcome(change.external_id, "gone")
                continue
            stands = standing[change.external_id]
            kept = {name: stands[name] for name in change.values if stands[name]}
            yield WriteOutcome(change.external_id, "written", kept, self._clock())

    def keep_task(self, task: SellerTask, *, known_id: str | None) -> str:  # noqa: ARG002
        """Refuse: a folder has no tasks.

        Raises:
            PermanentCrmError: always.
        """
        raise PermanentCrmError(
            f"files: task for seller {task.owner}: a folder of files holds no tasks: "
            "set seller_metrics.crm_task: false"
        )

    def retries(self) -> Mapping[str, int]:
        """None: a file that cannot be read is told at once."""
        return {}

    def usage(self) -> Mapping[str, int]:
        """No calls: reading a file costs nobody's limits."""
        return {}

    def quota_left(self) -> int | None:
        """None: files have no quota."""
        return None

    def close(self) -> None:
        """Nothing is held open between two calls."""


def _position(cursor: str | None) -> dict[str, Any]:
    """What a cursor says; one of another kind says nothing, so that everything is read anew."""
    try:
        position = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return position if isinstance(position, dict) else {}
