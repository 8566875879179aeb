"""Whether the service does what it is there for, read from its own records."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from store.errors import StoreError
from store.store import Store

FINISHED_WELL = frozenset({"done", "partial"})


@dataclass(frozen=True, slots=True)
class Health:
    """Ready, or why not: one sentence per reason."""

    is_ready: bool
    reasons: list[str]


def read_health(store: Store, *, now: datetime, stale_after: timedelta) -> Health:
    """Ready when the store answers and a run ended well within `stale_after`."""
    try:
        runs = store.read_runs(limit=50)
    except StoreError as error:
        return Health(is_ready=False, reasons=[str(error)])
    well = [run for run in runs if run.status in FINISHED_WELL and run.finished_at is not None]
    if not well:
        return Health(is_ready=False, reasons=["no run has ended well yet"])
    last = max(run.finished_at for run in well if run.finished_at is not None)
    if now - last > stale_after:
        return Health(
            is_ready=False, reasons=[f"the last run that ended well was at {last.isoformat()}"]
        )
    return Health(is_ready=True, reasons=[])
