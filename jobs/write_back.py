"""Write the differences in batches and remember what the CRM answered for each record.

Before a batch leaves, the journal notes what it will write over what, so that even a run that is
killed can be undone.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import dataclass, field

import structlog

from connector.pool import ContextPool
from connector.ports import Change, Crm, PermanentCrmError, WriteOutcome
from jobs.difference import Difference, same_written, to_changes
from jobs.exits import StoppedError
from jobs.pulled import Progress
from kpis.vocabulary import ObjectType
from store.journal import Changes
from store.outbox import Outcome
from store.store import Store

log = structlog.get_logger()


@dataclass(slots=True)
class Written:
    """What became of the changes: records and values written, refused by reason, gone.

    Attributes:
        sent: records that were sent, by object type.
        left_out: object types that may not be written, as `write companies`, with the reason.
    """

    records: int = 0
    values: int = 0
    gone: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    sent: Counter[ObjectType] = field(default_factory=Counter)

    @property
    def refused_count(self) -> int:
        """Records of which at least one value was refused."""
        return sum(self.refused.values())

    def add(self, other: "Written") -> None:
        """Count what another piece of the same work did."""
        self.records += other.records
        self.values += other.values
        self.gone += other.gone
        self.refused = dict(Counter(self.refused) + Counter(other.refused))
        self.left_out |= other.left_out
        self.sent += other.sent


def write_changes(
    crm: Crm,
    store: Store,
    found: Sequence[Difference],
    *,
    batch: int,
    side_by_side: int,
    stop: threading.Event,
    progress: Progress,
) -> Written:
    """Send all differences; after each batch its outcomes are saved: a kill repeats little.

    Up to `side_by_side` batches are under way at once; what was sent is saved, whatever becomes of
    the others. An object type whose scope is missing is left out; the others are written.

    Raises:
        StoppedError: `stop` was set; what was sent is remembered, the next run sends the rest.
    """
    records = _by_record(found)
    writing = _Writing(crm, store, stop, progress, {kind: len(of) for kind, of in records.items()})
    batches = (
        (kind, [one for record in of[start : start + batch] for one in record])
        for kind, of in records.items()
        for start in range(0, len(of), batch)
    )
    with ContextPool(side_by_side, thread_name_prefix="write") as pool:
        try:
            _gather([pool.submit(writing.write, kind, part) for kind, part in batches])
        finally:
            writing.is_over.set()  # what has not left by now does not leave any more
    written = writing.written
    for reason, count in written.refused.items():
        log.warning("write.refused", reason=reason, records=count)
    for work, reason in written.left_out.items():
        log.warning("write.left_out", work=work, reason=reason)
    return written


def _by_record(found: Sequence[Difference]) -> dict[ObjectType, list[list[Difference]]]:
    records: dict[ObjectType, dict[str, list[Difference]]] = {}
    for one in found:
        records.setdefault(one.object_type, {}).setdefault(one.external_id, []).append(one)
    return {kind: list(of.values()) for kind, of in records.items()}


def _gather(futures: Sequence[Future[None]]) -> None:
    """Wait for all batches, up to the first fault."""
    rest: set[Future[None]] = set(futures)
    while rest:
        # A signal that comes just before a wait is only seen after it: so waits are short.
        done, rest = wait(rest, timeout=1, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()


@dataclass(frozen=True, slots=True)
class _Writing:
    """Writes batches from several threads and counts what became of them.

    Attributes:
        total: records to write by type.
        is_over: set when no further batch may leave.
    """

    crm: Crm
    store: Store
    stop: threading.Event
    progress: Progress
    total: Mapping[ObjectType, int]
    written: Written = field(default_factory=Written)
    is_over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, kind: ObjectType, found: Sequence[Difference]) -> None:
        """Write the differences of one batch of records and save what became of it."""
        try:
            self._write(kind, found)
        except BaseException:
            self.is_over.set()  # at once, before this thread takes the next batch
            raise

    def _write(self, kind: ObjectType, found: Sequence[Difference]) -> None:
        work = f"write {kind}"
        if self.stop.is_set():
            raise StoppedError("the run was asked to stop; the next one writes the rest")
        if self.is_over.is_set() or work in self.written.left_out:
            return
        batch, noted = to_changes(found), _to_journal(found)
        self.store.save_journal(kind, noted)
        try:
            outcomes = list(self.crm.write(kind, batch))
        except PermanentCrmError as error:
            if not error.missing_scopes:
                raise
            with self.lock:
                self.written.left_out[work] = str(error)
            return
        values = {change.external_id: change.values for change in batch}
        answers = [_to_outcome(one, values[one.external_id]) for one in outcomes]
        self.store.save_outcomes(kind, answers)
        self.store.save_journal(kind, dict(_as_it_stands(kind, noted, answers)))
        with self.lock:
            _count(self.written, batch, outcomes)
            self.written.sent[kind] += len(batch)
            self.progress(work, self.written.sent[kind], self.total[kind])


def _to_journal(found: Sequence[Difference]) -> dict[str, Changes]:
    changes: dict[str, dict[str, tuple[str, str]]] = {}
    for one in found:
        changes.setdefault(one.external_id, {})[one.name] = (one.before, one.after)
    return dict(changes)


def _as_it_stands(
    kind: ObjectType, noted: Mapping[str, Changes], answers: Sequence[Outcome]
) -> Iterator[tuple[str, Changes]]:
    """Entries of records of which the CRM made another value of one that was sent; few, if any.

    Without it, nobody could tell such a value of ours from one that a person put there.
    """
    for answer in answers:
        changes = noted[answer.external_id]
        other = {
            name: (changes[name][0], stands)
            for name, stands in answer.values.items()
            if not same_written(kind, name, changes[name][1], stands)
        }
        if other:
            yield answer.external_id, {**changes, **other}


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
