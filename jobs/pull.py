"""Bring the mirror up to date: what changed, its links, targets, and the histories that rules need.

Object types run side by side. Each page is saved in one transaction with the position after it and
with the work that it leaves behind (links and histories to read), so that a run that ends anywhere
is taken up where it stopped.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

import structlog

from connector.ports import Crm, Description, PermanentCrmError, PulledType
from jobs.exits import StoppedError
from kpis.vocabulary import ActivityType, ObjectType
from mappings.fields import Fields
from store.store import Store

log = structlog.get_logger()

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
ACTIVITY_TYPES: tuple[ActivityType, ...] = get_args(ActivityType)
PULLED_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *ACTIVITY_TYPES)

LINKED: Mapping[PulledType, tuple[ObjectType, ...]] = {
    "companies": (),
    "contacts": ("companies",),
    "deals": ("companies",),
    **dict.fromkeys(ACTIVITY_TYPES, OBJECT_TYPES),
}
"""Which links of each type are read."""

HISTORY_FIELDS: Mapping[ObjectType, tuple[str, ...]] = {
    "companies": (
        "phase_declared",
        "lead_status",
        "top_relation_override",
        "top_relation_override_until",
        "annual_category_spend",
        "spend_categories",
        "purchase_frequency",
        "annual_order_volume",
        "current_suppliers",
        "supplier_situation",
        "pains",
        "gains",
        "pains_options",
        "gains_options",
        "owner",
    ),
    "contacts": ("buying_role", "job_title", "pains", "gains"),
    "deals": ("stage", "owner", "pains", "gains"),
}
"""Fields whose past some rule of the method needs; one that is not mapped has none."""

INPUTS_WITH_HISTORY: Mapping[PulledType, frozenset[str]] = {
    "companies": frozenset(HISTORY_FIELDS["companies"]) - {"owner", "lead_status"},
    "contacts": frozenset({"pains", "gains"}),
}
"""A record is read with its history when one of these is filled and its value is new to us."""

RECENT_ASSIGNMENT = timedelta(days=30)
"""A company's former owner matters this long (spec 2.5, handover)."""

CONTACT_IS_FRESH = timedelta(days=180)
"""A contact spoken with more recently needs no date of the role or title (spec 2.3)."""

FillsSlot = Callable[[Sequence[str], str | None], bool]
"""Whether buying roles and a job title put a contact in a slot of the buying group."""

Progress = Callable[[str, int, int | None], None]
"""Called with a kind of work, how many are done, and how many there are (None: unknown)."""


@dataclass(slots=True)
class TypeCounts:
    """What one object type took: records and the reads they needed."""

    pulled: int = 0
    changed: int = 0
    rejected: int = 0
    total: int | None = None
    was_full: bool = False
    linked: dict[str, int] = field(default_factory=dict)
    histories: int = 0
    splits: int = 0


@dataclass(slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        left_out: what could not be read, and why.
        goals: targets of sellers that were read; None when they were not asked for.
    """

    counts: dict[PulledType, TypeCounts]
    left_out: dict[str, str]
    goals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Puller:
    """Everything that a pull needs.

    Attributes:
        lead_status: values of the lead status that decide a phase.
        deciding_stages: pipelines and stages whose deals decide a phase, so that it need not.
        stop: ends the pull after the page at hand.
        reads_goals: the targets of sellers come from the CRM.
        fills_slot: tells which contacts the method dates; None dates none.
        contact_is_fresh: age of the last contact up to which a contact need not be dated.
        two_way: words that make an activity contact in both directions, by its kind.
        min_call_ms: a call that is known to be shorter is none.
        as_of: moment of the results that the pull is for; None takes the clock.
        failed: set when one type has failed, so that the others end too; `stop` would end the
            whole service.
    """

    crm: Crm
    store: Store
    fields: Fields
    lead_status: Collection[str]
    deciding_stages: Collection[tuple[str, str]]
    clock: Callable[[], datetime]
    stop: threading.Event
    progress: Progress
    reads_goals: bool = False
    fills_slot: FillsSlot | None = None
    contact_is_fresh: timedelta = CONTACT_IS_FRESH
    two_way: Mapping[ActivityType, Collection[str]] = field(default_factory=dict)
    min_call_ms: int = 0
    as_of: datetime | None = None
    failed: threading.Event = field(default_factory=threading.Event)

    def pull(self, description: Description, *, full: bool, associations: bool) -> Pulled:
        """Pull every readable type.

        Args:
            description: the account, as the CRM describes it now.
            full: read everything, whatever the positions of earlier runs say.
            associations: read all links again; a changed link leaves no trace on its records.

        Raises:
            StoppedError: `stop` was set; what was saved stays.
        """
        types = [kind for kind in PULLED_TYPES if kind in description.capabilities.readable]
        self._restart(types, full=full)
        if associations and not full:
            for kind in types:
                self.store.mark_pending(kind, [f"links:{to}" for to in LINKED[kind]])
        missing = description.capabilities.missing
        pulled = Pulled(
            counts={}, left_out={one: missing[one] for one in PULLED_TYPES if one in missing}
        )
        with ThreadPoolExecutor(max_workers=len(types) or 1, thread_name_prefix="pull") as pool:
            futures = {pool.submit(self._pull_type, kind, description): kind for kind in types}
            self._gather(futures, pulled)
        pulled.counts = {kind: pulled.counts[kind] for kind in types if kind in pulled.counts}
        self._read_goals(description, pulled)
        if description.capabilities.has_history:
            self._read_companies_that_decide(pulled)
            self._read_contacts_that_fill(pulled)
        return pulled

    def _restart(self, types: Sequence[PulledType], *, full: bool) -> None:
        """Forget the position of a type that must be read anew."""
        for kind in types:
            asked = json.dumps(self.crm.asked_properties(kind))
            key = f"asked:{kind}"
            if full or self.store.read_state(key) != asked:
                self.store.clear_cursors([kind])
                self.store.save_state(key, asked)

    def _gather(self, futures: Mapping[Future[TypeCounts], PulledType], pulled: Pulled) -> None:
        """Wait for all types; the first fault that is not a missing scope ends them all."""
        done: set[Future[TypeCounts]] = set()
        rest = set(futures)
        while rest and not any(self._is_fatal(future) for future in done):
            # A signal that comes just before a wait is only seen after it: so waits are short.
            more, rest = wait(rest, timeout=1, return_when=FIRST_EXCEPTION)
            done |= more
        if rest:
            self.failed.set()
            done |= wait(rest).done
        fatal = [future for future in done if self._is_fatal(future)]
        for future in sorted(fatal, key=lambda one: isinstance(one.exception(), StoppedError)):
            future.result()
        for future in done:
            error = future.exception()
            if error is None:
                pulled.counts[futures[future]] = future.result()
            else:
                pulled.left_out[futures[future]] = str(error)
                log.warning("pull.left_out", object_type=futures[future], reason=str(error))

    @staticmethod
    def _is_fatal(future: Future[TypeCounts]) -> bool:
        error = future.exception()
        missing_scope = isinstance(error, PermanentCrmError) and bool(error.missing_scopes)
        return error is not None and not missing_scope

    def _pull_type(self, kind: PulledType, description: Description) -> TypeCounts:
        counts = TypeCounts()
        has_history = description.capabilities.has_history
        pending = [f"links:{to}" for to in LINKED[kind]]
        if kind == "deals":
            pending += ["history"] if has_history else []
            pending += ["splits"] if description.capabilities.has_splits else []
        for page in self.crm.changes(kind, self.store.read_cursor(kind)):
            counts.changed += self.store.save_page(
                kind,
                page.records,
                rejections=page.rejections,
                gone=page.gone,
                cursor=page.cursor,
                pulled_at=self.clock(),
                pending=pending,
                history_fields=self._inputs(kind) if has_history else (),
                sweep_before=page.sweep_before,
            )
            counts.pulled += len(page.records)
            counts.rejected += len(page.rejections)
            counts.total = page.total if page.total is not None else counts.total
            counts.was_full = counts.was_full or page.sweep_before is not None
            self.progress(kind, counts.pulled, counts.total)
            self._check_stop()
        self._follow_up(kind, counts)
        log.info("pull.done", object_type=kind, pulled=counts.pulled, changed=counts.changed)
        return counts

    def _inputs(self, kind: PulledType) -> list[str]:
        """Inputs of one type that are mapped."""
        match kind:
            case "companies" | "contacts" | "deals":
                return self._mapped(kind, sorted(INPUTS_WITH_HISTORY.get(kind, ())))
            case _:
                return []

    def _mapped(self, kind: ObjectType, names: Sequence[str]) -> list[str]:
        group = self.fields.of(kind)
        return [name for name in names if getattr(group, name) is not None]

    def _follow_up(self, kind: PulledType, counts: TypeCounts) -> None:
        """Read the links, histories and splits that saved pages left behind."""
        for to in LINKED[kind]:
            done = 0
            for ids in self._pending(kind, f"links:{to}"):
                for page in self.crm.links(kind, to, ids):
                    self.store.save_links(kind, to, page.from_ids, page.links)
                done += len(ids)
                self.progress(f"{kind} to {to}", done, None)
            counts.linked[to] = done
        if kind in OBJECT_TYPES:
            for ids in self._pending(kind, "history"):
                counts.histories += self._read_history(kind, ids)
                self.progress(f"{kind} history", counts.histories, None)
        for ids in self._pending(kind, "splits") if kind == "deals" else ():
            self.store.save_splits(ids, list(self.crm.splits(ids)))
            counts.splits += len(ids)

    def _pending(self, kind: PulledType, work: str) -> Iterator[list[str]]:
        """Yield ids with that work left; saving its result must take it off the list."""
        last: list[str] = []
        while ids := self.store.read_pending(kind, work, limit=1000):
            if ids == last:
                raise PermanentCrmError(f"pull: {work} of {len(ids)} {kind} was read but not saved")
            yield ids
            last = ids
            self._check_stop()

    def _read_history(self, kind: ObjectType, ids: Sequence[str]) -> int:
        names = self._mapped(kind, HISTORY_FIELDS[kind])
        for page in self.crm.history(kind, names, ids):
            self.store.save_history(kind, page.external_ids, page.changes, fields=names)
        return len(ids)

    def _read_goals(self, description: Description, pulled: Pulled) -> None:
        """Read the targets of sellers, all of them; a refusal costs the targets alone.

        Many accounts have no goals, so a key that may not read them is told by `check` alone.
        """
        if not self.reads_goals or not description.capabilities.has_goals:
            return
        try:
            goals = list(self.crm.goals())
        except PermanentCrmError as error:
            pulled.left_out["goals"] = str(error)
            log.warning("pull.left_out", object_type="goals", reason=str(error))
            return
        self.store.save_goals(goals)
        pulled.goals = len(goals)
        self._check_stop()

    def _read_companies_that_decide(self, pulled: Pulled) -> None:
        """Read the past of companies whose lead status or recent owner a rule rests on."""
        if "companies" not in pulled.counts:
            return
        ids = self.store.read_companies_lacking_history(
            lead_status=self.lead_status,
            deciding_stages=self.deciding_stages,
            assigned_since=self._moment() - RECENT_ASSIGNMENT,
        )
        self._read_histories("companies", ids, pulled)

    def _read_contacts_that_fill(self, pulled: Pulled) -> None:
        """Read the past of contacts in a slot whose last contact is too old to settle it."""
        if "contacts" not in pulled.counts or self.fills_slot is None:
            return
        rows = self.store.read_contacts_lacking_history(
            contacted_before=self._moment() - self.contact_is_fresh,
            two_way=self.two_way,
            min_call_ms=self.min_call_ms,
            now=self._moment(),
        )
        ids = [contact_id for contact_id, roles, title in rows if self.fills_slot(roles, title)]
        self._read_histories("contacts", ids, pulled)

    def _read_histories(self, kind: ObjectType, ids: Sequence[str], pulled: Pulled) -> None:
        for start in range(0, len(ids), 1000):
            pulled.counts[kind].histories += self._read_history(kind, ids[start : start + 1000])
            self.progress(f"{kind} history", pulled.counts[kind].histories, None)
            self._check_stop()

    def _moment(self) -> datetime:
        """Moment whose recent past matters: that of the results, not later than now."""
        now = self.clock()
        return now if self.as_of is None else min(self.as_of, now)

    def _check_stop(self) -> None:
        if self.stop.is_set() or self.failed.is_set():
            raise StoppedError("the run was asked to stop; the next one goes on from here")


def least_calls(
    counts: Mapping[PulledType, TypeCounts], *, goals: int | None = None
) -> dict[str, int]:
    """Least number of calls that the work of a pull takes, by kind (design: connector).

    `goals` is the number of targets that were read; None when they were not asked for.
    """
    least = {"list": 0, "search": 0, "batch_read": 0, "links": 0, "history": 0, "splits": 0}
    for one in counts.values():
        if one.was_full:
            least["list"] += max(1, _pages(one.pulled + one.rejected, 100))
        else:
            least["search"] += max(1, _pages(one.pulled, 200))
            least["batch_read"] += _pages(one.pulled, 100)
        least["links"] += sum(_pages(done, 1000) for done in one.linked.values())
        least["history"] += _pages(one.histories, 50)
        least["splits"] += _pages(one.splits, 100)
    least["list"] += 0 if goals is None else max(1, _pages(goals, 100))
    return least


def _pages(records: int, size: int) -> int:
    return -(-records // size)
