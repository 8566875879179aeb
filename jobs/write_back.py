"""Write the differences, batch by batch, and remember what the CRM answered for each record."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from connector.ports import Change, Crm, PermanentCrmError, WriteOutcome
from jobs.exits import StoppedError
from jobs.pull import Progress
from kpis.vocabulary import ObjectType
from store.outbox import Outcome
from store.store import Store

log = structlog.get_logger()


@dataclass(slots=True)
class Written:
    """What became of the changes: records and values written, refused by reason, gone.

    Attributes:
        left_out: object types that may not be written, as `write companies`, with the reason.
    """

    records: int = 0
    values: int = 0
    gone: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def refused_count(self) -> int:
        """Records of which at least one value was refused."""
        return sum(self.refused.values())


def write_changes(
    crm: Crm,
    store: Store,
    changes: Mapping[ObjectType, Sequence[Change]],
    *,
    batch: int,
    stop: threading.Event,
    progress: Progress,
) -> Written:
    """Send all changes; after each batch its outcomes are saved, so that a kill repeats little.

    An object type whose scope is missing is left out; the others are written.

    Raises:
        StoppedError: `stop` was set; what was sent is remembered, the next run sends the rest.
    """
    written = Written()
    for object_type, records in changes.items():
        for start in range(0, len(records), batch):
            part = records[start : start + batch]
            try:
                outcomes = list(crm.write(object_type, part))
            except PermanentCrmError as error:
                if not error.missing_scopes:
                    raise
                written.left_out[f"write {object_type}"] = str(error)
                break
            sent = {change.external_id: change.values for change in part}
            store.save_outcomes(
                object_type, [_to_outcome(one, sent[one.external_id]) for one in outcomes]
            )
            _count(written, part, outcomes)
            progress(f"write {object_type}", start + len(part), len(records))
            if stop.is_set():
                raise StoppedError("the run was asked to stop; the next one writes the rest")
    for reason, count in written.refused.items():
        log.warning("write.refused", reason=reason, records=count)
    for work, reason in written.left_out.items():
        log.warning("write.left_out", work=work, reason=reason)
    return written


def _to_outcome(outcome: WriteOutcome, sent: Mapping[str, str]) -> Outcome:
    """Outcome for the store; a value that was sent and is not in the answer does not stand."""
    stands = {name: outcome.values.get(name, "") for name in sent}
    return Outcome(
        external_id=outcome.external_id,
        status=outcome.status,
        values=stands if outcome.status == "written" else {},
        modified_at=outcome.modified_at,
        reason=outcome.reason,
    )


def _count(written: Written, batch: Sequence[Change], outcomes: Sequence[WriteOutcome]) -> None:
    sizes = {change.external_id: len(change.values) for change in batch}
    for outcome in outcomes:
        match outcome.status:
            case "written":
                written.records += 1
                written.values += sizes[outcome.external_id]
            case "gone":
                written.gone += 1
            case "refused":
                reason = outcome.reason or "no reason given"
                written.refused[reason] = written.refused.get(reason, 0) + 1
