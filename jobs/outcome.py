"""What a run is asked to do and what it did: for people, and for the record of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from connector.ports import PulledType
from jobs.configuration import SettingsChange
from jobs.difference import Difference
from jobs.exits import Exit
from jobs.pulled import Pulled
from jobs.write_back import Written
from kpis.vocabulary import ObjectType
from mappings.stages import StageReading

if TYPE_CHECKING:  # a pull never loads Polars
    from jobs.seller.task import TaskReport
    from kpis.compute import Results

STEPS = ("pull", "compute", "write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run is asked to do.

    Attributes:
        is_full: read everything anew.
        with_associations: read all links anew.
        is_dry: compute and compare, but change neither the CRM nor our own history.
        as_of: moment of the results; None takes the clock.
        steps: which of `STEPS` to take.
        accepts_changes: this once, `write_back.change_limit` stops nothing.
    """

    is_full: bool = False
    with_associations: bool = False
    is_dry: bool = False
    as_of: datetime | None = None
    steps: frozenset[str] = frozenset(STEPS)
    accepts_changes: bool = False


@dataclass(slots=True)
class Report:
    """What a run did.

    Attributes:
        retries: answers that were tried again, by what was found; a 429 is a fault of ours.
        notes: sentences for the operator.
        is_incomplete: something that should be written was not tried; the notes say what.
        fingerprint: of the settings that it ran under; empty when it did not come to that.
        settings: what differs from the settings of the last sync.
        standing: records of which values of ours stand in the CRM, by object type compared.
    """

    run_id: int
    as_of: datetime
    status: str = "running"
    pulled: Pulled | None = None
    results: "Results | None" = None
    stages: StageReading | None = None
    found: list[Difference] = field(default_factory=list)
    written: Written | None = None
    tasks: "TaskReport | None" = None
    calls: Mapping[str, int] = field(default_factory=dict)
    retries: Mapping[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_incomplete: bool = False
    fingerprint: str = ""
    settings: SettingsChange = field(default_factory=SettingsChange)
    standing: dict[ObjectType, int] = field(default_factory=dict)

    @property
    def exit(self) -> Exit:
        """Exit code that this outcome stands for."""
        return Exit.PARTIAL if self.status == "partial" else Exit.DONE

    def leave_out(self, note: str) -> None:
        """Note that something that should be written is not."""
        self.notes.append(note)
        self.is_incomplete = True

    @property
    def lacking(self) -> dict[PulledType, int]:
        """Records that the mirror should hold beyond those that it does, by type; usually none."""
        counts = self.pulled.counts if self.pulled else {}
        return {
            kind: one.total - one.held - one.unreadable
            for kind, one in counts.items()
            if one.is_complete is False and one.total is not None and one.held is not None
        }

    @property
    def taken(self) -> list[str]:
        """Steps that it came to, of those of `STEPS`."""
        done = {"pull": self.pulled, "compute": self.results, "write": self.written}
        return [step for step in STEPS if done[step] is not None]

    @property
    def wrote_all(self) -> bool:
        """Whether everything that should be written was, as far as this run knows."""
        not_done = self.written and (self.written.refused or self.written.left_out)
        return not not_done and not self.is_incomplete

    @property
    def is_partial(self) -> bool:
        """Whether the run came to its end without something or somebody."""
        pulled = self.pulled
        rejected = pulled and any(one.rejected for one in pulled.counts.values())
        return bool(rejected or (pulled and pulled.left_out) or not self.wrote_all)


def summary(report: Report) -> dict[str, object]:
    """Counts of a run as they are kept and printed; no value out of a record."""
    pulled = report.pulled
    written = report.written
    return {
        "as_of": report.as_of.isoformat(),
        "steps": report.taken,
        "fingerprint": report.fingerprint,
        "pulled": {kind: one.pulled for kind, one in pulled.counts.items()} if pulled else {},
        "changed": {kind: one.changed for kind, one in pulled.counts.items()} if pulled else {},
        "rejected": {kind: one.rejected for kind, one in pulled.counts.items() if one.rejected}
        if pulled
        else {},
        "complete": {
            kind: {"total": one.total, "held": one.held, "unreadable": one.unreadable}
            for kind, one in (pulled.counts.items() if pulled else ())
            if one.is_complete is not None
        },
        "left_out": {
            **(pulled.left_out if pulled else {}),
            **(written.left_out if written else {}),
        },
        "differences": len(report.found),
        "written": written.records if written else 0,
        "values": written.values if written else 0,
        "gone": written.gone if written else 0,
        "refused": written.refused if written else {},
        "seller_tasks": report.tasks.written if report.tasks else 0,
        "unmapped_stages": [list(one) for one in report.stages.unmapped] if report.stages else [],
        "calls": dict(report.calls),
        "least_calls": dict(report.least),
        "retries": dict(report.retries),
        "notes": report.notes,
    }
