"""One task per seller in the CRM, told anew each week, kept in place and never doubled.

The first run of a local week tells each seller; what could not be told then is tried again by the
next. During the week nothing is rewritten, so a seller who has completed the task is left alone.

What we remember per seller is the task's id and the week that it tells of. Before anything is sent
the moment is saved, and after the answer the outcome. A run that dies in between, or loses the
answer to a create, therefore leaves that moment behind: the next run waits until the CRM's search
must show a task that was made then, looks for it, and makes one only when there is none.

The subject is the same in every week, for by owner and subject the CRM finds our task again when
the store was lost; the week stands in the text.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import structlog

from connector.ports import Description, PermanentCrmError, SellerTask
from jobs.basis import SELLER_TASK_KEY, local_date
from jobs.exits import StoppedError
from jobs.pulled import Progress
from jobs.seller.digest import Digest, recipients, seller_digests
from jobs.seller.text import Wording, body_of
from jobs.seller.week import Past, read_past, week_of
from jobs.wiring import Wiring
from store.store import Store

log = structlog.get_logger()

WORK = "seller tasks"

WEEK_KEY = "digest"
"""Key of the week in what is kept. The release before this one kept a digest of the text under it,
and knows no other keys: brought back to it, it takes the week for another text and writes its own.
"""
_WEEK = re.compile(r"\d{4}-W\d{2}")

SETTLED = timedelta(hours=1)
"""So long after a create a search may fail to find it: HubSpot speaks of moments, others who have
read it for years wait an hour, and a late text is better than a second task."""

FRIDAY = 4
DUE_TIME = time(17)

FORBIDDEN, NOT_FOUND = 403, 404


@dataclass(slots=True)
class TaskReport:
    """What became of the tasks.

    Attributes:
        written: tasks that were made to tell of this week.
        unchanged: tasks about which nothing was asked, for this week was told already.
        refused: reason by seller.
        left_out: what was not tried, with the reason: all of them, or a single seller's.
    """

    written: int = 0
    unchanged: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every task stands as it should; else a later run has something to do."""
        return not self.refused and not self.left_out


@dataclass(frozen=True, slots=True)
class _Memory:
    """What is remembered of one seller's task.

    Attributes:
        id: the CRM's id of the task, None before there is one.
        week: ISO week that was told last (`2026-W48`), None before any was.
        sent_at: moment in ISO form of a request whose outcome we do not know, None when known.
    """

    id: str | None = None
    week: str | None = None
    sent_at: str | None = None

    def is_unsettled(self, now: datetime) -> bool:
        """Whether a task may have been made so lately that a search does not show it yet."""
        return self.sent_at is not None and abs(now - _instant(self.sent_at)) < SETTLED

    def has_told(self, week: str) -> bool:
        """Whether that week was told, or a later one."""
        return self.sent_at is None and self.week is not None and self.week >= week


def keep_seller_tasks(
    wiring: Wiring,
    results_sellers: pl.DataFrame,
    results_relations: pl.DataFrame,
    *,
    as_of: datetime,
    progress: Progress,
) -> TaskReport:
    """Keep the task of each seller who owns a top relation and is active in the CRM.

    Nothing happens while `seller_metrics` is off or wants no tasks. Both other modes are the same
    here: a task holds figures of its own seller alone. The CRM decides who else may open a task of
    somebody, so the switch is off by default.

    A seller who was told this week is not asked about, so a task that was completed or deleted
    comes back in the next week. A seller who has left, or has no top relation any more, keeps the
    open task as it stands.

    Args:
        wiring: the account; the caller holds its run lock, in a run that may write.
        results_sellers: values of spec 7 by `seller_id`.
        results_relations: the universe with the values of spec 7.
        as_of: moment of the results.
        progress: told after each seller.

    Raises:
        StoppedError: the operator ended the run.
        TransientCrmError: the CRM does not answer; the next run goes on from here.
        PermanentCrmError: the CRM does not answer as a CRM does.
    """
    report, metrics = TaskReport(), wiring.parameters.seller_metrics
    if metrics.mode == "off" or not metrics.crm_task:
        return report
    description = wiring.crm.describe()
    if reason := _obstacle(description):
        report.left_out[WORK] = reason
        return report
    today = local_date(as_of, wiring.parameters)
    active = {owner.external_id for owner in description.owners if not owner.is_archived}
    sellers = [one for one in recipients(results_sellers, results_relations) if one in active]
    week = week_of(today)
    due = [one for one in sellers if not _read(wiring.store, one).has_told(week)]
    report.unchanged = len(sellers) - len(due)
    if not due:
        return report
    past = read_past_of(wiring, today)
    keeper = _Keeper(wiring, wording_of(wiring), report, today)
    digests = seller_digests(results_sellers, results_relations, past, due)
    for number, digest in enumerate(digests, 1):
        if not keeper.keep(digest):
            break
        progress(WORK, number, len(due))
        if wiring.stop.is_set():
            raise StoppedError("the run was asked to stop; the next one writes the rest")
    for what, reason in {**report.refused, **report.left_out}.items():
        log.warning("seller_task.not_written", work=what, reason=reason)
    return report


def wording_of(wiring: Wiring) -> Wording:
    """How digests of this account are worded."""
    parameters = wiring.parameters
    return Wording(wiring.texts, parameters.write_back.language, parameters.reporting.currency)


def read_past_of(wiring: Wiring, today: date) -> Past | None:
    """What stood in this account before the time that is told of."""
    start = wiring.parameters.reporting.fiscal_year_start
    return read_past(wiring.store, today, fiscal_year_start=start)


def _obstacle(description: Description) -> str | None:
    """Why no task can be kept at all; None when they can."""
    can = description.capabilities
    if not can.has_tasks:
        return can.missing.get("tasks", "this CRM holds no tasks")
    return can.missing.get("owners") if not description.owners else None


@dataclass(frozen=True, slots=True)
class _Keeper:
    wiring: Wiring
    wording: Wording
    report: TaskReport
    today: date

    def keep(self, digest: Digest) -> bool:
        """Keep one seller's task; False when no other need be tried either."""
        store, seller_id = self.wiring.store, digest.seller_id
        known, now = _read(store, seller_id), self.wiring.clock()
        if known.is_unsettled(now):
            self.report.left_out[f"task of seller {seller_id}"] = (
                "the last run did not learn what became of it: left for a run "
                f"{SETTLED.seconds // 60} minutes after that one"
            )
            return True
        _save(store, seller_id, _Memory(known.id, known.week, now.isoformat()))
        try:
            external_id = self.wiring.crm.keep_task(self._task(digest), known_id=known.id)
        except PermanentCrmError as error:
            is_scope = bool(error.missing_scopes) or error.status == FORBIDDEN
            if not is_scope and not _is_refusal(error):
                raise
            _save(store, seller_id, known)  # refused: nothing was made
            where, what = self.report.refused, seller_id
            if is_scope:
                where, what = self.report.left_out, WORK
            where[what] = str(error)
            return not is_scope
        _save(store, seller_id, _Memory(external_id, week_of(self.today)))
        self.report.written += 1
        return True

    def _task(self, digest: Digest) -> SellerTask:
        zone = ZoneInfo(self.wiring.parameters.reporting.timezone)
        return SellerTask(
            owner=digest.seller_id,
            subject=self.wording.say("subject"),
            body=body_of(digest, self.wording, today=self.today),
            due_at=datetime.combine(due_on(self.today), DUE_TIME, zone),
        )


def due_on(today: date) -> date:
    """Friday of this week; in the weekend that of the next."""
    return today + timedelta(days=(FRIDAY - today.weekday()) % 7)


def _is_refusal(error: PermanentCrmError) -> bool:
    """Whether the CRM understood the request and turned it down."""
    status = error.status or 0
    return 400 <= status < 500 and status != NOT_FOUND  # noqa: PLR2004 - the class of refusals


def _read(store: Store, seller_id: str) -> _Memory:
    text = store.read_state(SELLER_TASK_KEY + seller_id)
    if text is None:
        return _Memory()
    kept = json.loads(text)
    week = kept[WEEK_KEY]
    is_week = week is not None and _WEEK.fullmatch(week)
    return _Memory(kept["id"], week if is_week else None, kept["sent_at"])


def _save(store: Store, seller_id: str, memory: _Memory) -> None:
    kept = {"id": memory.id, WEEK_KEY: memory.week, "sent_at": memory.sent_at}
    text = None if memory == _Memory() else json.dumps(kept)
    store.save_state(SELLER_TASK_KEY + seller_id, text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
