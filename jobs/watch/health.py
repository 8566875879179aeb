"""Whether the service does what it is there for, read from its own records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.basis import FINISHED_WELL
from jobs.watch.glance import Glance
from store.errors import StoreError
from store.run import Run


@dataclass(frozen=True, slots=True)
class Health:
    """Ready, or why not.

    Attributes:
        reasons: why it is not ready, one sentence each; empty when it is.
        notes: what whoever keeps it should know although it is ready.
    """

    is_ready: bool
    reasons: list[str]
    notes: list[str] = field(default_factory=list)


def health_of(
    glance: Callable[[], Glance],
    *,
    now: datetime,
    stale_after: timedelta,
    notes: Sequence[str] = (),
) -> Health:
    """Ready when the store answers and a run ended well within `stale_after`.

    Args:
        glance: reads it; may raise `StoreError`.
        now: the present moment.
        stale_after: age up to which the last run that ended well makes the service ready.
        notes: what is known beside the store.
    """
    try:
        found = glance()
    except StoreError as error:
        return Health(is_ready=False, reasons=[str(error)], notes=[*notes])
    said = [*notes, *([found.pause] if found.pause else [])]
    trouble = _trouble(found.last)
    if not is_stale(found, now=now, stale_after=stale_after):
        return Health(is_ready=True, reasons=[], notes=[*trouble, *_partly(found.last), *said])
    last = found.last_good
    reason = "no run has ended well yet"
    if last is not None and last.finished_at is not None:
        reason = f"the last run that ended well was at {last.finished_at.isoformat()}"
    return Health(is_ready=False, reasons=[reason, *trouble], notes=said)


def is_stale(glance: Glance, *, now: datetime, stale_after: timedelta) -> bool:
    """Whether no run has ended well within that time."""
    last = glance.last_good
    return last is None or last.finished_at is None or now - last.finished_at > stale_after


def _trouble(run: Run | None) -> list[str]:
    """What the last run says about itself when it did not end well."""
    if run is None or run.status in {None, *FINISHED_WELL}:
        return []
    return [f"run {run.run_id} {run.status}: {note}" for note in run.counts.get("notes", ())]


def _partly(run: Run | None) -> list[str]:
    """What the last run left undone when it came to its end."""
    if run is None or run.status != "partial":
        return []
    counts = run.counts
    parts = {
        "records that cannot be read": sum(counts.get("rejected", {}).values()),
        "records with values refused": sum(counts.get("refused", {}).values()),
        "kinds of work left out": len(counts.get("left_out", {})),
    }
    told = ", ".join(f"{what} {count}" for what, count in parts.items() if count)
    return [f"run {run.run_id} partial: {told or 'something was left out'}"]
