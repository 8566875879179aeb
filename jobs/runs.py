"""One run of the main job: pull, compute, write back, under the lock of the account."""

from collections import Counter
from datetime import datetime

import structlog

from connector.ports import ConfigError, Description, TransientCrmError
from jobs.comparison import compare
from jobs.compute import COMPUTED_KEY, LAST_AS_OF_KEY, compute_results, fingerprint, local_date
from jobs.difference import to_changes
from jobs.exits import KNOWN_ERRORS, SetupMissingError, StoppedError
from jobs.outcome import Report, Request, summary
from jobs.pull import Progress, Puller, least_calls
from jobs.setup import SETUP_KEY
from jobs.wiring import Wiring
from jobs.write_back import write_changes
from mappings.schema import IGNORE

log = structlog.get_logger()

ACCOUNT_KEY = "account_id"


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
            report.status = "partial" if report.is_partial else "done"
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
        _note_past(report, request)
    keeps = not request.is_dry and not is_past
    if keeps:
        wiring.store.save_own_history(report.results.history)
        wiring.store.save_state(LAST_AS_OF_KEY, report.as_of.isoformat())
    if "write" in request.steps and description:
        compare(wiring, report, description)
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


def _note_past(report: Report, request: Request) -> None:
    if request.as_of is not None:
        report.notes.append("as-of lies before the last run's: shown, not kept and not written")
        return
    report.leave_out(
        "the clock stands before the moment of the last run: results are shown, writing is "
        "left out until it has passed: check the clock of this machine"
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
    if report.wrote_all:
        wiring.store.save_state(COMPUTED_KEY, basis)
