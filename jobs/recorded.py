"""The record that every run leaves, however it ends: its status, its calls, what it did."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import structlog
from structlog.contextvars import bound_contextvars

from connector.ports import LaterError, TransientCrmError
from jobs.exits import KNOWN_ERRORS, ChangeLimitError, StoppedError
from jobs.wiring import Wiring

log = structlog.get_logger()

IN_ORDER = (StoppedError, LaterError, ChangeLimitError, KeyboardInterrupt, SystemExit)


class Recordable(Protocol):
    """What a run tells of itself while it goes."""

    run_id: int
    status: str
    calls: Mapping[str, int]
    retries: Mapping[str, int]
    notes: list[str]

    @property
    def is_partial(self) -> bool:
        """Whether it came to its end without something."""
        ...


@contextmanager
def recorded(
    wiring: Wiring, report: Recordable, *, kind: str, told: Callable[[], Mapping[str, object]]
) -> Iterator[None]:
    """Give a run its number, name it in every event within, and save its record at the end.

    Args:
        wiring: the account; the caller holds its run lock.
        report: gets number, status, calls, and a note when it fails.
        kind: what kind of run it is.
        told: what the record says of it.
    """
    store, clock, crm = wiring.store, wiring.clock, wiring.crm
    used, retried = Counter(crm.usage()), Counter(crm.retries())
    report.run_id = store.start_run(kind, started_at=clock())
    with bound_contextvars(account=wiring.config.account, run=report.run_id):
        try:
            yield
            report.status = "partial" if report.is_partial else "done"
        except BaseException as error:
            report.status = "stopped" if _is_stop(wiring, error) else "failed"
            known = isinstance(error, KNOWN_ERRORS)
            report.notes.append(str(error) if known else f"unexpected {type(error).__name__}")
            raise
        finally:
            report.calls = Counter(crm.usage()) - used
            report.retries = Counter(crm.retries()) - retried
            store.finish_run(
                report.run_id, finished_at=clock(), status=report.status, counts=told()
            )
            log.info("run.done", run=report.run_id, status=report.status)


def _is_stop(wiring: Wiring, error: BaseException) -> bool:
    """Whether the run ended in good order before its end: asked to, or by a limit.

    A call that waits when the operator stops the run ends as a fault that passes.
    """
    cut_short = wiring.stop.is_set() and isinstance(error, TransientCrmError)
    return isinstance(error, IN_ORDER) or cut_short
