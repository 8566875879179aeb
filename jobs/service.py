"""What the schedule runs, and how trouble in one run is told without ending the service."""

from datetime import timedelta

import structlog

from connector.ports import LaterError
from jobs.config import Schedule
from jobs.exits import KNOWN_ERRORS, StoppedError, sentence_of
from jobs.outcome import Request
from jobs.runs import run_sync
from jobs.wiring import Wiring
from store.errors import LockHeldError

log = structlog.get_logger()

REQUESTS = {
    "sync": Request(),
    "associations": Request(with_associations=True),
    "full": Request(is_full=True),
}
"""What each job of the schedule asks of a run."""


def run_job(wiring: Wiring, name: str) -> None:
    """Take one scheduled run; whatever goes wrong is an event, and the next run is on time."""
    if wiring.stop.is_set():
        return
    try:
        report = run_sync(wiring, REQUESTS[name], lambda _work, _done, _total: None)
    except LockHeldError as error:
        log.warning("job.skipped", job=name, reason=str(error))
    except (LaterError, StoppedError) as error:
        log.warning("job.stopped", job=name, reason=sentence_of(error))
    except KNOWN_ERRORS as error:
        log.error("job.failed", job=name, error=type(error).__name__, reason=sentence_of(error))  # noqa: TRY400 - the text is for the operator, a trace is not
    except Exception:
        log.exception("job.broken", job=name)
    else:
        log.info("job.done", job=name, run=report.run_id, status=report.status)


def stale_after(schedule: Schedule) -> timedelta:
    """Time without a good run after which the service is not ready: a day and a bit."""
    return timedelta(hours=26) if schedule.sync else timedelta(days=8)
