"""Records out of the lines of a folder, a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from pathlib import Path

from connector.files.result import Standing, read_results
from connector.files.table import Line
from connector.ports import Page, PulledType
from connector.record import to_activity, to_company, to_contact, to_deal
from connector.values import RecordError, to_instant_or_none
from kpis.records import Record, Rejection
from mappings.fields import Fields

MODIFIED = ("hs_lastmodifieddate", "lastmodifieddate")


@dataclass(frozen=True, slots=True)
class Reader:
    """What it takes to make a record of a line.

    Attributes:
        fields: which column holds which field.
        output: folder of the results.
        prefix: of the names of our properties.
        clock: the present moment, taken for records that do not say when they changed.
    """

    fields: Fields
    output: Path
    _: KW_ONLY
    prefix: str
    clock: Callable[[], datetime]

    def standing(self, object_type: PulledType) -> Standing:
        """Values of ours that earlier runs wrote beside this file."""
        match object_type:
            case "companies" | "contacts" | "deals":
                return read_results(self.output, object_type, prefix=self.prefix)
            case _:
                return {}

    def page(
        self,
        object_type: PulledType,
        lines: Sequence[Line],
        standing: Standing,
        *,
        cursor: str,
        sweep_before: datetime | None,
    ) -> Page:
        """Page of these lines; one that cannot be read becomes a rejection."""
        records: list[Record] = []
        rejections: list[Rejection] = []
        for line in lines:
            try:
                records.append(self._record(object_type, line, standing))
            except RecordError as error:
                external_id = line.cells["id"].strip() or None
                rejections.append(Rejection(object_type, external_id, str(error)))
        return Page(
            object_type=object_type,
            records=tuple(records),
            rejections=tuple(rejections),
            cursor=cursor,
            sweep_before=sweep_before,
        )

    def _record(self, object_type: PulledType, line: Line, standing: Standing) -> Record:
        if line.is_too_long:
            raise RecordError(f"line {line.number} has more cells than columns")
        row = line.cells
        external_id = row["id"].strip()
        if not external_id:
            raise RecordError("id is empty")
        modified_at = _modified(row) or self.clock()
        stands = standing.get(external_id, {})
        match object_type:
            case "companies":
                return to_company(external_id, modified_at, row, self.fields.company, stands)
            case "contacts":
                return to_contact(external_id, modified_at, row, self.fields.contact, stands)
            case "deals":
                return to_deal(external_id, modified_at, row, self.fields.deal, stands)
            case _:
                return to_activity(external_id, modified_at, row, object_type, self.fields)


def _modified(row: Mapping[str, str]) -> datetime | None:
    return next((found for name in MODIFIED if (found := to_instant_or_none(row.get(name)))), None)
