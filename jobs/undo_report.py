"""What an undo did or would do: for people, and for the record of its run."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jobs.cost import least_reads, least_writes
from jobs.difference import Difference
from jobs.exits import Exit
from jobs.pause import Pause
from jobs.write_back import Written
from kpis.vocabulary import ObjectType

CHANGED: Final = "somebody changed it since"
LACKING: Final = "the CRM has no such property of ours any more"
UNREADABLE: Final = "the record cannot be read"

KEPT_VALUES: Final = 1_000
"""Values of which the record of the run names each that was left."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left as it stands, and why; a whole record where no name is given."""

    object_type: ObjectType
    external_id: str
    name: str | None
    reason: str


@dataclass(slots=True)
class UndoReport:
    """What an undo did, or would do.

    Attributes:
        undone_run: the run whose values go back.
        run_id: the run that does it; 0 in a preview.
        status: `preview` where nothing is changed.
        counts: values to put back, by object type and name.
        records: records that carry them.
        found: the same one by one, in a preview alone.
        read: records that were looked up, by type.
        standing: values that stand already as they did before that run.
        gone: records that do not exist any more, by type and id.
        pause: the pause of write-back that it began.
    """

    undone_run: int
    run_id: int = 0
    status: str = "preview"
    counts: Counter[tuple[ObjectType, str]] = field(default_factory=Counter)
    records: int = 0
    found: list[Difference] = field(default_factory=list)
    read: Counter[ObjectType] = field(default_factory=Counter)
    standing: int = 0
    left: list[Left] = field(default_factory=list)
    gone: list[tuple[ObjectType, str]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    written: Written = field(default_factory=Written)
    calls: Mapping[str, int] = field(default_factory=dict)
    retries: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pause: Pause | None = None

    @property
    def is_partial(self) -> bool:
        """Whether something could not be put back."""
        return bool(self.left or self.left_out or self.written.refused)

    @property
    def exit(self) -> Exit:
        """Exit code that this outcome stands for."""
        return Exit.PARTIAL if self.is_partial else Exit.DONE


def summary(report: UndoReport) -> dict[str, object]:
    """Counts of the run as they are kept; no value out of a record."""
    written = report.written
    return {
        "undone_run": report.undone_run,
        "differences": report.counts.total(),
        "written": written.records,
        "values": written.values,
        "standing": report.standing,
        "left": dict(Counter(one.reason for one in report.left)),
        "left_values": [
            [one.object_type, one.external_id, one.name, one.reason]
            for one in report.left[:KEPT_VALUES]
        ],
        "gone": len(report.gone) + written.gone,
        "refused": written.refused,
        "left_out": report.left_out,
        "calls": dict(report.calls),
        "least_calls": {
            "batch_read": least_reads(report.read),
            "write": least_writes(written.sent),
        },
        "retries": dict(report.retries),
        "notes": report.notes,
    }
