"""Whether the service does what it is there for, read from its own records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.errors import StoreError
from store.run import Run
from store.store import Store

FINISHED_WELL = frozenset({"done", "partial"})
WINDOW = 2_000
"""Runs looked at: more than any schedule takes within the time that a run stays good."""


@dataclass(frozen=True, slots=True)
class Health:
    """Ready, or why not: one sentence per reason."""

    is_ready: bool
    reasons: list[str]


def read_health(store: Store, *, now: datetime, stale_after: timedelta) -> Health:
    """Ready when the store answers and a run ended well within `stale_after`."""
    try:
        runs = store.read_runs(limit=WINDOW)
    except StoreError as error:
        return Health(is_ready=False, reasons=[str(error)])
    well = [run for run in runs if run.status in FINISHED_WELL and run.finished_at is not None]
    last = max((run.finished_at for run in well if run.finished_at is not None), default=None)
    if last is not None and now - last <= stale_after:
        return Health(is_ready=True, reasons=[])
    reason = "no run has ended well yet"
    if last is not None:
        reason = f"the last run that ended well was at {last.isoformat()}"
    return Health(is_ready=False, reasons=[reason, *_trouble(runs[:1])])


def _trouble(last_runs: Sequence[Run]) -> list[str]:
    """What the last run says about itself when it did not end well."""
    return [
        f"run {run.run_id} {run.status}: {note}"
        for run in last_runs
        if run.status not in {None, *FINISHED_WELL}
        for note in run.counts.get("notes", ())
    ]
