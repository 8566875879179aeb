"""One run of the main job: pull, compute, write back, under the lock of the account."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from connector.ports import ConfigError, Description, TransientCrmError
from jobs.compute import COMPUTED_KEY, LAST_AS_OF_KEY, compute_results, fingerprint, local_date
from jobs.difference import Difference, differences, to_changes
from jobs.exits import KNOWN_ERRORS, Exit, SetupMissingError, StoppedError
from jobs.pull import Progress, Pulled, Puller, least_calls
from jobs.setup import SETUP_KEY, wanted_properties
from jobs.wiring import Wiring
from jobs.write_back import Written, write_changes
from kpis.compute import Results
from kpis.properties import Property
from kpis.vocabulary import ObjectType
from mappings.schema import IGNORE
from mappings.stages import StageReading

log = structlog.get_logger()

ACCOUNT_KEY = "account_id"
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
    """

    is_full: bool = False
    with_associations: bool = False
    is_dry: bool = False
    as_of: datetime | None = None
    steps: frozenset[str] = frozenset(STEPS)


@dataclass(slots=True)
class Report:
    """What a run did, for people and for the run's record."""

    run_id: int
    as_of: datetime
    status: str = "running"
    pulled: Pulled | None = None
    results: Results | None = None
    stages: StageReading | None = None
    found: list[Difference] = field(default_factory=list)
    written: Written | None = None
    calls: Mapping[str, int] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def exit(self) -> Exit:
        """Exit code that this outcome stands for."""
        return Exit.PARTIAL if self.status == "partial" else Exit.DONE


def run_sync(wiring: Wiring, request: Request, progress: Progress) -> Report:
    """Take the steps asked for, under the lock, and keep a record of the run.

    Raises:
        LockHeldError: another process runs this account.
        SetupMissingError: it would write before set-up was ever run.
        ConfigError: the token belongs to another account than the store.
        ConnectorError, StoreError: the run failed; its record says why.
    """
    store, clock = wiring.store, wiring.clock
    used_before = Counter(wiring.crm.usage())
    with store.lock():
        check_setup(wiring, request)
        report = Report(
            run_id=store.start_run("sync", started_at=clock()), as_of=request.as_of or clock()
        )
        try:
            _take_steps(wiring, request, report, progress)
            report.status = "partial" if _is_partial(report) else "done"
        except BaseException as error:
            report.status = "stopped" if _is_stop(wiring, error) else "failed"
            _note(report, error)
            raise
        finally:
            report.calls = Counter(wiring.crm.usage()) - used_before
            store.finish_run(
                report.run_id, finished_at=clock(), status=report.status, counts=summary(report)
            )
            log.info("run.done", run=report.run_id, status=report.status)
    return report


def check_setup(wiring: Wiring, request: Request) -> None:
    """Let a request pass that may write.

    Raises:
        SetupMissingError: it would write before set-up was ever run.
    """
    writes = "write" in request.steps and wiring.config.write_back.enabled and not request.is_dry
    if writes and wiring.needs_setup and wiring.store.read_state(SETUP_KEY) is None:
        raise SetupMissingError(
            f"{wiring.config.account}: nothing was set up in this CRM yet: "
            "run `toprelatie setup`, or look first with `toprelatie sync --dry-run`"
        )


def _is_stop(wiring: Wiring, error: BaseException) -> bool:
    """Whether the operator ended the run; a call that waits then ends as a fault that passes."""
    asked = isinstance(error, StoppedError | KeyboardInterrupt | SystemExit)
    return asked or (wiring.stop.is_set() and isinstance(error, TransientCrmError))


def _note(report: Report, error: BaseException) -> None:
    known = isinstance(error, KNOWN_ERRORS)
    report.notes.append(str(error) if known else f"unexpected {type(error).__name__}")


def _take_steps(wiring: Wiring, request: Request, report: Report, progress: Progress) -> None:
    description: Description | None = None
    if "pull" in request.steps or "write" in request.steps:
        description = describe(wiring)
    if "pull" in request.steps and description:
        report.pulled = puller(wiring, progress).pull(
            description, full=request.is_full, associations=request.with_associations
        )
        report.least = {**least_calls(report.pulled.counts)}
    if "compute" not in request.steps or _is_unchanged(wiring, request, report):
        return
    report.results, report.stages = compute_results(
        wiring.store, wiring.mapping, wiring.parameters, as_of=report.as_of
    )
    is_past = _is_past(wiring, report)
    if is_past:
        report.notes.append(_past_note(request))
    keeps = not request.is_dry and not is_past
    if keeps:
        wiring.store.save_own_history(report.results.history)
        wiring.store.save_state(LAST_AS_OF_KEY, report.as_of.isoformat())
    if "write" in request.steps and description:
        _compare(wiring, report, description)
        if keeps and wiring.config.write_back.enabled:
            _write(wiring, report, progress, batch=description.capabilities.write_batch)


def describe(wiring: Wiring) -> Description:
    """Ask the CRM what it is and keep what computing needs of it.

    Raises:
        ConfigError: the token opens another account than the one this store mirrors.
    """
    description = wiring.crm.describe()
    known = wiring.store.read_state(ACCOUNT_KEY)
    if known is not None and known != description.account_id:
        raise ConfigError(
            f"{wiring.config.account}: this store mirrors CRM account {known}, but the token opens "
            f"account {description.account_id}: use the right token, or another store"
        )
    wiring.store.save_state(ACCOUNT_KEY, description.account_id)
    wiring.store.save_description(
        owners=description.owners,
        stages=description.stages,
        rates=description.rates,
        currency=description.currency,
        readable=description.capabilities.readable,
    )
    return description


def puller(wiring: Wiring, progress: Progress) -> Puller:
    """Pull of this account."""
    return Puller(
        crm=wiring.crm,
        store=wiring.store,
        fields=wiring.mapping.fields,
        lead_status=tuple(wiring.mapping.lead_status),
        deciding_stages=[
            (pipeline, stage)
            for pipeline, lines in wiring.mapping.stages.items()
            for stage, outcome in lines.items()
            if outcome != IGNORE
        ],
        clock=wiring.clock,
        stop=wiring.stop,
        progress=progress,
    )


def _basis(wiring: Wiring, report: Report) -> str:
    """Digest of mirror, mapping, parameters and local date (design: one run, as data)."""
    return fingerprint(
        str(wiring.store.mirror_version()),
        wiring.fingerprint,
        local_date(report.as_of, wiring.parameters).isoformat(),
    )


def _is_unchanged(wiring: Wiring, request: Request, report: Report) -> bool:
    """Nothing that results rest on has changed since a run that wrote all of them."""
    if request.is_dry or "write" not in request.steps or wiring.store.read_refusals():
        return False
    if wiring.store.read_state(COMPUTED_KEY) != _basis(wiring, report):
        return False
    report.notes.append("nothing changed since the last run: nothing to compute")
    return True


def _is_past(wiring: Wiring, report: Report) -> bool:
    last = wiring.store.read_state(LAST_AS_OF_KEY)
    return last is not None and report.as_of < datetime.fromisoformat(last)


def _past_note(request: Request) -> str:
    if request.as_of is not None:
        return "as-of lies before the last run's: shown, not kept and not written"
    return (
        "the clock stands before the moment of the last run: results are shown, writing is "
        "left out until it has passed: check the clock of this machine"
    )


def _compare(wiring: Wiring, report: Report, description: Description) -> None:
    """Find what differs; a property that the CRM does not have is left out and said.

    Before set-up everything is compared, so that a preview shows what would come.
    """
    assert report.results is not None  # noqa: S101 - computed by the caller
    prefix, objects = wiring.parameters.write_back.prefix, wiring.config.write_back.objects
    wanted = wanted_properties(wiring.mapping.fields, objects, prefix=prefix)
    is_set_up = wiring.store.read_state(SETUP_KEY) is not None
    for object_type in objects:
        frame = report.results.frames.get(object_type)
        if frame is None or object_type not in description.capabilities.readable:
            continue
        names = _written_names(wanted, object_type)
        lacking = _lacking(description, object_type, [prefix + name for name in names])
        if lacking and is_set_up:
            report.notes.append(_lacking_note(description, object_type, lacking))
            names -= {name.removeprefix(prefix) for name in lacking}
        elif lacking:
            report.notes.append(
                f"{object_type}: {len(lacking)} properties are still to be created: "
                "run `toprelatie setup` before the first run that writes"
            )
        report.found += differences(
            object_type,
            frame,
            wiring.store.read_standing(object_type),
            as_of=report.as_of,
            known=names,
        )


def _written_names(
    wanted: Mapping[ObjectType, Sequence[Property]], object_type: ObjectType
) -> frozenset[str]:
    return frozenset(row.name for row in wanted.get(object_type, ()) if row.direction == "out")


def _lacking(
    description: Description, object_type: ObjectType, properties: Sequence[str]
) -> list[str]:
    """Those of the properties that the CRM does not have, as far as it needs them at all."""
    if not description.capabilities.needs_properties:
        return []
    stands = description.properties.get(object_type, {})
    return sorted(name for name in properties if name not in stands)


def _lacking_note(description: Description, object_type: ObjectType, lacking: list[str]) -> str:
    if object_type not in description.properties:
        reason = description.capabilities.missing.get(f"{object_type} properties", "not readable")
        return f"{object_type}: left out, for its properties cannot be read: {reason}"
    return (
        f"{object_type}: the CRM lacks {', '.join(lacking)}: left out; "
        "run `toprelatie setup` to create what is missing"
    )


def _write(wiring: Wiring, report: Report, progress: Progress, *, batch: int) -> None:
    changes = {
        object_type: to_changes([one for one in report.found if one.object_type == object_type])
        for object_type in wiring.config.write_back.objects
    }
    basis = _basis(wiring, report)
    report.written = write_changes(
        wiring.crm,
        wiring.store,
        changes,
        batch=batch,
        stop=wiring.stop,
        progress=progress,
    )
    if not report.written.refused and not _left_out(report):
        wiring.store.save_state(COMPUTED_KEY, basis)


def _left_out(report: Report) -> bool:
    """Whether something that should be written was not tried, or could not be."""
    not_allowed = report.written and report.written.left_out
    return bool(not_allowed) or any("left out" in note for note in report.notes)


def _is_partial(report: Report) -> bool:
    rejected = report.pulled and any(one.rejected for one in report.pulled.counts.values())
    left_out = report.pulled and report.pulled.left_out
    refused = report.written and report.written.refused
    return bool(rejected or left_out or refused or _left_out(report))


def summary(report: Report) -> dict[str, object]:
    """Counts of a run as they are kept and printed; no value out of a record."""
    pulled = report.pulled
    written = report.written
    return {
        "as_of": report.as_of.isoformat(),
        "pulled": {kind: one.pulled for kind, one in pulled.counts.items()} if pulled else {},
        "changed": {kind: one.changed for kind, one in pulled.counts.items()} if pulled else {},
        "rejected": {kind: one.rejected for kind, one in pulled.counts.items() if one.rejected}
        if pulled
        else {},
        "left_out": {
            **(pulled.left_out if pulled else {}),
            **(written.left_out if written else {}),
        },
        "differences": len(report.found),
        "written": written.records if written else 0,
        "values": written.values if written else 0,
        "gone": written.gone if written else 0,
        "refused": written.refused if written else {},
        "unmapped_stages": [list(one) for one in report.stages.unmapped] if report.stages else [],
        "calls": dict(report.calls),
        "least_calls": dict(report.least),
        "notes": report.notes,
    }
