"""One run of the main job: pull, compute, write back, under the lock of the account."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from connector.ports import (
    Capabilities,
    Description,
    PermanentCrmError,
)
from jobs.basis import (
    COMPUTED_KEY,
    DAILY_DAYS,
    LAST_AS_OF_KEY,
    PREVIEW,
    SYNC,
    UNDO_DAYS,
    WORDS_KEY,
    connected_dispositions,
    fingerprint,
    local_date,
)
from jobs.change_limit import check_change_limit, note_written
from jobs.comparison import compare
from jobs.configuration import changed_since_sync
from jobs.cost import least_calls, least_writes
from jobs.describe import describe, describe_unknown, forget_description
from jobs.exits import ChangeLimitError, SetupMissingError
from jobs.outcome import Report, Request, summary
from jobs.pause import read_pause
from jobs.pull import Puller
from jobs.pulled import Progress
from jobs.recorded import recorded
from jobs.setup import SETUP_KEY
from jobs.wiring import Wiring
from jobs.write_back import write_changes
from kpis.slot import slot_of_roles, slot_of_title
from kpis.vocabulary import INCOMING_DIRECTIONS, ActivityType, Slot
from mappings.schema import IGNORE, Mapping


def run_sync(wiring: Wiring, request: Request, progress: Progress) -> Report:
    """Take the steps asked for, under the lock, and keep a record of the run.

    Raises:
        LockHeldError: another process runs this account.
        SetupMissingError: it would write before set-up was ever run.
        ConfigError: the token belongs to another account than the store.
        ChangeLimitError: it would change more records than it may.
        ConnectorError, StoreError: the run failed; its record says why.
    """
    store = wiring.store
    with store.lock():
        check_setup(wiring, request)
        report = Report(run_id=0, as_of=request.as_of or wiring.clock())
        kind = PREVIEW if request.is_dry else SYNC
        with recorded(wiring, report, kind=kind, told=lambda: summary(report)):
            _remember_settings(wiring, report)
            try:
                _take_steps(wiring, request, report, progress)
            except (PermanentCrmError, ChangeLimitError):
                forget_description(store)  # what stands in the way may be gone by the next run
                raise
            if report.is_partial and read_pause(store) is None:
                forget_description(store)
    return report


def check_setup(wiring: Wiring, request: Request) -> None:
    """Let a request pass that may write.

    Raises:
        SetupMissingError: it would write before set-up was ever run.
    """
    writes = "write" in request.steps and wiring.config.write_back.enabled and not request.is_dry
    if writes and wiring.needs_setup and wiring.store.read_state(SETUP_KEY) is None:
        raise SetupMissingError(
            f"{wiring.config.account}: nothing is set up in this CRM: "
            "run `toprelatie setup`, or look first with `toprelatie sync --dry-run`"
        )


def _remember_settings(wiring: Wiring, report: Report) -> None:
    """Keep the settings that this run rests on, and find what differs from those of the last."""
    report.fingerprint = wiring.fingerprint
    wiring.store.save_configuration(report.fingerprint, wiring.settings)
    report.settings = changed_since_sync(wiring.store, report.run_id, report.fingerprint)


def _take_steps(wiring: Wiring, request: Request, report: Report, progress: Progress) -> None:
    description: Description | None = None
    if "pull" in request.steps or "write" in request.steps:
        description, is_new = describe(wiring, fresh=request.is_full)
        if "pull" in request.steps:
            pull = puller(wiring, progress, as_of=report.as_of, reads_goals=is_new)
            description = _pull(wiring, request, report, pull, description)
    if "compute" not in request.steps or _is_unchanged(wiring, request, report):
        return
    from jobs.compute import compute_results  # noqa: PLC0415 - loads Polars

    report.results, report.stages = compute_results(wiring, as_of=report.as_of)
    is_past = _is_past(wiring, report)
    if is_past:
        _note_past(report, request)
    _note_tasks(wiring, request, report)
    compare(wiring, report, description if "write" in request.steps else None)
    is_paused = _is_paused(wiring, request, report)
    if not is_past:
        check_change_limit(wiring, replace(request, is_dry=request.is_dry or is_paused), report)
    if request.is_dry or is_past or is_paused:
        return
    _keep_history(wiring, report)
    if "write" in request.steps and description and wiring.config.write_back.enabled:
        _write(wiring, report, progress, description.capabilities)


def _pull(
    wiring: Wiring,
    request: Request,
    report: Report,
    pull: Puller,
    description: Description,
) -> Description:
    """Bring the mirror up to date; return the description, asked for again where it was too old."""
    report.pulled = pull.pull(
        description, full=request.is_full, associations=request.with_associations
    )
    report.least |= least_calls(report.pulled.counts, goals=report.pulled.goals)
    return wiring.crm.describe() if describe_unknown(wiring) else description


def _note_tasks(wiring: Wiring, request: Request, report: Report) -> None:
    """Say in a preview that tasks of sellers would be kept too."""
    assert report.results is not None  # noqa: S101 - computed by the caller
    metrics = wiring.parameters.seller_metrics
    if request.is_dry and metrics.crm_task and wiring.config.write_back.enabled:
        sellers = (report.results.sellers["top_relations_total"] > 0).sum()
        report.notes.append(
            f"seller_metrics.crm_task is on: up to {sellers} sellers would get their digest of the "
            "week as a task too, unless they have it (`toprelatie report digest` shows it)"
        )


def _keep_history(wiring: Wiring, report: Report) -> None:
    """Save our own history of the day; the first run of a day also forgets what is kept no longer.

    Where no figures of sellers are made, none are kept either.
    """
    assert report.results is not None  # noqa: S101 - computed by the caller
    today = local_date(report.as_of, wiring.parameters)
    last = wiring.store.read_state(LAST_AS_OF_KEY)
    history = report.results.history
    if wiring.parameters.seller_metrics.mode == "off":
        history = replace(history, seller_days=history.seller_days.clear())
    wiring.store.save_own_history(history, today=today)
    wiring.store.save_configuration_day(today, report.fingerprint)
    wiring.store.save_state(LAST_AS_OF_KEY, report.as_of.isoformat())
    if last is None or local_date(datetime.fromisoformat(last), wiring.parameters) < today:
        wiring.store.prune_days(keep_daily_from=today - timedelta(days=DAILY_DAYS))
        wiring.store.prune_journal(runs_from=wiring.clock() - timedelta(days=UNDO_DAYS))


def puller(
    wiring: Wiring,
    progress: Progress,
    *,
    as_of: datetime | None = None,
    reads_goals: bool = True,
) -> Puller:
    """Pull of this account, for results at `as_of`; targets change seldom, so they may wait."""
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
        reads_goals=reads_goals and wiring.parameters.revenue.target == "hubspot_goals",
        fills_slot=partial(_fills_slot, wiring.mapping),
        two_way=_two_way(wiring),
        min_call_ms=wiring.parameters.contact.min_call_seconds * 1000,
        as_of=as_of,
        contact_is_fresh=timedelta(days=wiring.parameters.profile.horizons.right_contacts.fresh),
    )


def _two_way(wiring: Wiring) -> dict[ActivityType, frozenset[str]]:
    """Words that make an activity contact in both directions (spec 2.5)."""
    words = json.loads(wiring.store.read_state(WORDS_KEY) or "{}")
    return {
        "meetings": frozenset(wiring.mapping.activities.completed_outcomes),
        "calls": connected_dispositions(wiring.mapping, words),
        "emails": INCOMING_DIRECTIONS,
        "communications": INCOMING_DIRECTIONS,
    }


def _fills_slot(mapping: Mapping, roles: Sequence[str], title: str | None) -> bool:
    """Whether a contact stands in a slot of the buying group, so that it matters since when."""
    titles: dict[Slot, tuple[str, ...]] = {
        "decider": mapping.job_titles.decider,
        "insider": mapping.job_titles.insider,
    }
    by_role = slot_of_roles(roles, mapping.buying_roles)
    return (by_role or slot_of_title(title, titles)) is not None


def _basis(wiring: Wiring, report: Report) -> str:
    """Digest of mirror, mapping, parameters and local date (design: one run, as data)."""
    return fingerprint(
        str(wiring.store.mirror_version()),
        wiring.fingerprint,
        wiring.store.read_state(WORDS_KEY) or "",
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
        report.notes.append(
            "as-of lies before the last run's: counted, not kept and not written; "
            "--dry-run shows the differences"
        )
        return
    report.leave_out(
        "the clock stands before the moment of the last run: results are shown, writing is "
        "left out until it has passed: check the clock of this machine"
    )


def _is_paused(wiring: Wiring, request: Request, report: Report) -> bool:
    """Whether write-back is paused, which is said; what is computed is then as in a preview."""
    paused = read_pause(wiring.store)
    if paused is None:
        return False
    if request.is_dry:
        report.notes.append(paused.sentence)
    else:
        report.leave_out(f"nothing is kept or written: {paused.sentence}")
    return True


def _write(wiring: Wiring, report: Report, progress: Progress, capabilities: Capabilities) -> None:
    basis = _basis(wiring, report)
    report.written = write_changes(
        wiring.crm,
        wiring.store,
        report.found,
        batch=capabilities.write_batch,
        side_by_side=capabilities.side_by_side,
        stop=wiring.stop,
        progress=progress,
    )
    note_written(wiring, report.run_id)
    report.least["write"] = least_writes(report.written.sent)
    _keep_tasks(wiring, report, progress)
    if report.wrote_all:
        wiring.store.save_state(COMPUTED_KEY, basis)


def _keep_tasks(wiring: Wiring, report: Report, progress: Progress) -> None:
    """Keep the task of each seller; one that could not be kept is tried by the next run."""
    from jobs.seller.task import keep_seller_tasks  # noqa: PLC0415 - loads Polars

    assert report.results is not None  # noqa: S101 - computed by the caller
    report.tasks = keep_seller_tasks(
        wiring,
        report.results.sellers,
        report.results.relations,
        as_of=report.as_of,
        progress=progress,
    )
    for what, reason in {**report.tasks.refused, **report.tasks.left_out}.items():
        report.leave_out(f"task of seller {what}: {reason}")
