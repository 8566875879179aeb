"""Put back what stood in the CRM before a run, as far as nobody changed it since.

A value goes back only where one of ours still stands: that which the run sent, or one that a later
run put in its place. What a person typed since stays and is named. Every restore compares with
what stands at that moment, so an undo that was cut short is taken again and goes on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from connector.ports import Crm, Description, TransientCrmError
from jobs.basis import PREVIEW
from jobs.describe import describe
from jobs.difference import Difference, same_written
from jobs.exits import StoppedError, UndoError
from jobs.pause import Pause, pause
from jobs.pulled import Progress
from jobs.recorded import recorded
from jobs.undo_report import CHANGED, LACKING, UNREADABLE, Left, UndoReport, summary
from jobs.wiring import Wiring
from jobs.write_back import write_changes
from kpis.properties import properties_of
from kpis.records import Activity
from kpis.vocabulary import ObjectType
from store.journal import Entry
from store.run import Run
from store.store import Store

KIND: Final = "undo"
PAGE: Final = 1000
"""Records that are read, judged and written at a time."""
SHOWN_RUNS: Final = 5


def undo(wiring: Wiring, run_id: int, progress: Progress) -> UndoReport:
    """Pause write-back, then put back what stood before that run; a run of its own.

    Raises:
        UndoError: there is no such run, or nothing of it to put back.
        LockHeldError: another process runs this account.
        ConfigError: the token belongs to another account than the store.
        ConnectorError, StoreError: the undo failed; taken again, it goes on.
        StoppedError: it was cut short by the operator or by a fault that passes.
    """
    store = wiring.store
    with store.lock():
        report = _begin(store, run_id)
        try:
            with recorded(wiring, report, kind=KIND, told=lambda: summary(report)):
                report.pause = Pause(wiring.clock(), by_run=report.run_id, undone_run=run_id)
                pause(store, report.pause)  # first, so that nothing overwrites what goes back
                _put_back(wiring, report, progress)
        except (StoppedError, TransientCrmError) as error:
            raise StoppedError(f"undo: run {run_id}: {error}: undo it again to go on") from error
    return report


def preview_undo(wiring: Wiring, run_id: int, progress: Progress) -> UndoReport:
    """Tell what an undo would do; changes neither the CRM nor what we remember of it.

    Raises:
        UndoError: there is no such run, or nothing of it to put back.
        ConnectorError: the CRM cannot be read.
    """
    report = _begin(wiring.store, run_id)
    for found in _judged(wiring, report, _described(wiring), progress):
        report.found += found
    return report


def _begin(store: Store, run_id: int) -> UndoReport:
    """Report of an undo that has not begun, with what should be known beforehand."""
    run = store.read_run(run_id)
    if run is None:
        raise UndoError(
            f"undo: run {run_id} is not among the runs of this account: `toprelatie runs` lists "
            "them"
        )
    counts = store.count_journal(from_run=run_id)
    if run_id not in counts:
        raise UndoError(f"undo: run {run_id} {_why_nothing(run)}")
    report = UndoReport(undone_run=run_id)
    if tasks := run.counts.get("seller_tasks"):
        report.notes.append(
            f"run {run_id} brought {tasks} tasks of sellers up to date: tasks stay as they are"
        )
    if later := [str(one) for one in counts if one > run_id]:
        more = f" and {len(later) - SHOWN_RUNS} more" if len(later) > SHOWN_RUNS else ""
        report.notes.append(
            f"written since by run {', '.join(later[:SHOWN_RUNS])}{more}: of the same values, "
            f"those before run {run_id} go back; what else they wrote stays"
        )
    return report


def _why_nothing(run: Run) -> str:
    if run.kind == PREVIEW:
        return "was a preview and wrote nothing: there is nothing to undo"
    if written := run.counts.get("written"):
        return (
            f"wrote {written} records, and what stood before is not kept any more (after some "
            "weeks `toprelatie store prune`, at once `store rollback` takes it away): only a copy "
            "of the CRM's own can bring it back"
        )
    return "wrote nothing: there is nothing to undo"


def _described(wiring: Wiring) -> Description:
    description, _ = describe(wiring)
    return description


def _put_back(wiring: Wiring, report: UndoReport, progress: Progress) -> None:
    description = _described(wiring)
    capabilities = description.capabilities
    for found in _judged(wiring, report, description, progress):
        written = write_changes(
            wiring.crm,
            wiring.store,
            found,
            batch=capabilities.write_batch,
            side_by_side=capabilities.side_by_side,
            stop=wiring.stop,
            progress=lambda _work, _done, _total: None,  # told page by page
        )
        report.written.add(written)
        report.left_out |= written.left_out


def _judged(
    wiring: Wiring, report: UndoReport, description: Description, progress: Progress
) -> Iterator[list[Difference]]:
    """Yield what is to go back, page by page; note in the report what is not.

    Raises:
        StoppedError: the operator asked it to stop.
    """
    store, run_id = wiring.store, report.undone_run
    prefix = wiring.parameters.write_back.prefix
    for kind, total in store.count_journal(from_run=run_id)[run_id].items():
        work, done, names = f"{KIND} {kind}", 0, _names(description, kind, prefix)
        if kind not in description.capabilities.readable:
            missing = description.capabilities.missing
            report.left_out[work] = missing.get(kind, "it cannot be read")
            continue
        for entries in _pages(store, kind, run_id):
            if wiring.stop.is_set():
                raise StoppedError("it was asked to stop")
            if f"write {kind}" in report.left_out:
                break
            found = _of_page(wiring, report, kind, entries, names)
            report.counts.update((one.object_type, one.name) for one in found)
            report.records += len({one.external_id for one in found})
            yield found
            done += len(entries)
            progress(work, done, total)


def _names(description: Description, kind: ObjectType, prefix: str) -> frozenset[str]:
    """Names of our values that the CRM has a property for."""
    ours = frozenset(row.name for row in properties_of(kind, "out"))
    if not description.capabilities.needs_properties:
        return ours
    stands = description.properties.get(kind, {})
    return frozenset(name for name in ours if prefix + name in stands)


def _pages(store: Store, kind: ObjectType, run_id: int) -> Iterator[list[Entry]]:
    after = ""
    while page := store.read_journal(
        kind, from_run=run_id, to_run=run_id, after_id=after, limit=PAGE
    ):
        yield page
        after = page[-1].external_id


def _of_page(
    wiring: Wiring,
    report: UndoReport,
    kind: ObjectType,
    entries: Sequence[Entry],
    names: frozenset[str],
) -> list[Difference]:
    """Judge every value of these entries by what stands in the CRM now."""
    ids = [one.external_id for one in entries]
    present = _read(wiring.crm, kind, ids, report)
    ours = _sent_since(wiring.store, kind, ids, report.undone_run)
    found: list[Difference] = []
    for entry in entries:
        stands = present.get(entry.external_id)
        if stands is None:  # noted when it was read
            continue
        for name, (before, _) in sorted(entry.changes.items()):
            key, now = (entry.external_id, name), stands.get(name, "")
            if same_written(kind, name, now, before):
                report.standing += 1
            elif name not in names:
                report.left.append(Left(kind, *key, LACKING))
            elif any(same_written(kind, name, now, one) for one in ours[key]):
                found.append(Difference(kind, *key, before=now, after=before))
            else:
                report.left.append(Left(kind, *key, CHANGED))
    return found


def _read(
    crm: Crm, kind: ObjectType, ids: Sequence[str], report: UndoReport
) -> dict[str, Mapping[str, str]]:
    """Values of ours that stand now, by record; note records without any word on them."""
    present: dict[str, Mapping[str, str]] = {}
    unreadable: set[str] = set()
    report.read[kind] += len(ids)
    for page in crm.records(kind, ids):
        present |= {
            one.external_id: one.standing
            for one in page.records
            if not isinstance(one, Activity)  # never of an object type
        }
        unreadable |= {one.external_id for one in page.rejections if one.external_id}
    for one in ids:
        if one in unreadable:
            report.left.append(Left(kind, one, None, UNREADABLE))
        elif one not in present:  # archived, or merged into another
            report.gone.append((kind, one))
    return present


def _sent_since(
    store: Store, kind: ObjectType, ids: Sequence[str], run_id: int
) -> dict[tuple[str, str], set[str]]:
    """Values that this run and later ones sent, by record and name."""
    sent: dict[tuple[str, str], set[str]] = {}
    for entry in store.read_journal(kind, from_run=run_id, ids=ids):
        for name, (_, after) in entry.changes.items():
            sent.setdefault((entry.external_id, name), set()).add(after)
    return sent
