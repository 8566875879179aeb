"""Bring the mirror up to date: what changed, its links, targets, and the histories that rules need.

Object types run side by side, and so do the reads that their pages leave behind. Each page is saved
in one transaction with the position after it and with that work (links and histories to read), so
that a run that ends anywhere is taken up where it stopped. In the end the mirror is counted against
the CRM (`jobs.complete`).
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from connector.pool import ContextPool
from connector.ports import Crm, Description, Page, PermanentCrmError, PulledType
from jobs.backlog import SIDE_BY_SIDE, Backlog, finish
from jobs.complete import Mirrored, complete
from jobs.exits import StoppedError
from jobs.pulled import (
    ACTIVITY_TYPES,
    BATCHES,
    OBJECT_TYPES,
    PULLED_TYPES,
    Progress,
    Pulled,
    TypeCounts,
)
from kpis.vocabulary import ActivityType, ObjectType
from mappings.fields import Fields
from store.store import Store

log = structlog.get_logger()


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
            associations: read all links and splits again and compare all ids: such changes leave
                no trace on a record.

        Raises:
            StoppedError: `stop` was set; what was saved stays.
        """
        types = [kind for kind in PULLED_TYPES if kind in description.capabilities.readable]
        self._restart(types, full=full)
        if associations or full:
            self._mark_what_leaves_no_trace(types, has_splits=description.capabilities.has_splits)
        missing = description.capabilities.missing
        pulled = Pulled(
            counts={}, left_out={one: missing[one] for one in PULLED_TYPES if one in missing}
        )
        with (
            ContextPool(len(types) or 1, thread_name_prefix="pull") as pulling,
            ContextPool(4 * len(types) or 1, thread_name_prefix="follow") as following,
        ):
            futures = {
                pulling.submit(
                    self._pull_type, kind, description, following, compares=full or associations
                ): kind
                for kind in types
            }
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

    def _mark_what_leaves_no_trace(self, types: Sequence[PulledType], *, has_splits: bool) -> None:
        """Have links and splits read again: to change them does not count as changing a record."""
        for kind in types:
            works = [f"links:{to}" for to in LINKED[kind]]
            works += ["splits"] if kind == "deals" and has_splits else []
            self.store.mark_pending(kind, works)

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

    def _pull_type(
        self, kind: PulledType, description: Description, pool: Executor, *, compares: bool
    ) -> TypeCounts:
        counts = TypeCounts()
        backlogs = self._backlogs(kind, description, pool)
        save = partial(self._save_page, kind, counts, description, backlogs)
        mirrored = Mirrored(self.store, kind)
        sweep_before: datetime | None = None
        for page in self.crm.changes(kind, self.store.read_cursor(kind), known=mirrored):
            save(page, cursor=page.cursor)
            counts.total = page.total if page.total is not None else counts.total
            sweep_before = page.sweep_before or sweep_before
            counts.was_full = counts.was_full or page.sweep_before is not None
            self.progress(kind, counts.pulled, counts.total)
            self._check_stop()
        if compares or counts.was_full or kind in OBJECT_TYPES:
            is_thorough = compares and sweep_before is None
            complete(
                self.crm,
                mirrored,
                counts,
                save,
                sweep_before=sweep_before,
                is_thorough=is_thorough,
            )
        finish(backlogs, check_stop=self._check_stop)
        self._count_work(counts, backlogs)
        log.info("pull.done", object_type=kind, pulled=counts.pulled, changed=counts.changed)
        return counts

    def _save_page(
        self,
        kind: PulledType,
        counts: TypeCounts,
        description: Description,
        backlogs: Sequence[Backlog],
        page: Page,
        *,
        cursor: str | None = None,
    ) -> None:
        """Save one page with its position, if it has one, and let follow what it leaves behind."""
        has_history = description.capabilities.has_history
        counts.changed += self.store.save_page(
            kind,
            page.records,
            rejections=page.rejections,
            gone=page.gone,
            cursor=cursor,
            pulled_at=self.clock(),
            pending=[one.work for one in backlogs if one.work != "history" or kind == "deals"],
            history_fields=self._inputs(kind) if has_history else (),
        )
        counts.pulled += len(page.records)
        counts.rejected += len(page.rejections)
        counts.gone += len(page.gone)
        for one in backlogs:
            one.feed(len(page.records))

    def _backlogs(
        self, kind: PulledType, description: Description, pool: Executor
    ) -> list[Backlog]:
        """Kinds of work that records of one type leave behind."""
        able = description.capabilities
        found: dict[str, Callable[[Sequence[str]], object]] = {
            f"links:{to}": partial(self._read_links, kind, to) for to in LINKED[kind]
        }
        if kind in OBJECT_TYPES and able.has_history:
            found["history"] = partial(self._read_history, kind)
        if kind == "deals" and able.has_splits:
            found["splits"] = self._read_splits
        return [
            Backlog(
                self.store,
                kind,
                work,
                BATCHES[work.split(":")[0]],
                do,
                pool,
                partial(self._tell, f"{kind} {work.replace('links:', 'to ')}"),
            )
            for work, do in found.items()
        ]

    def _tell(self, what: str, done: int) -> None:
        self.progress(what, done, None)

    def _count_work(self, counts: TypeCounts, backlogs: Sequence[Backlog]) -> None:
        for one in backlogs:
            match one.work.split(":"):
                case ["links", to]:
                    counts.linked[to] = one.done
                case ["history"]:
                    counts.histories += one.done
                case _:
                    counts.splits += one.done

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

    def _read_links(self, kind: PulledType, to: ObjectType, ids: Sequence[str]) -> None:
        for page in self.crm.links(kind, to, ids):
            self.store.save_links(kind, to, page.from_ids, page.links)

    def _read_splits(self, ids: Sequence[str]) -> None:
        self.store.save_splits(ids, list(self.crm.splits(ids)))

    def _read_history(self, kind: ObjectType, ids: Sequence[str]) -> int:
        names = self._mapped(kind, HISTORY_FIELDS[kind])
        modified = self.store.read_modified(kind, ids)
        for page in self.crm.history(kind, names, ids):
            self.store.save_history(
                kind, page.external_ids, page.changes, fields=names, modified=modified
            )
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
        find = partial(
            self.store.read_contacts_lacking_history,
            contacted_before=self._moment() - self.contact_is_fresh,
            two_way=self.two_way,
            min_call_ms=self.min_call_ms,
            now=self._moment(),
        )
        last = ""
        while rows := find(after_id=last):
            found = [contact for contact, roles, title in rows if self.fills_slot(roles, title)]
            self._read_histories("contacts", found, pulled)
            last = rows[-1][0]

    def _read_histories(self, kind: ObjectType, ids: Sequence[str], pulled: Pulled) -> None:
        """Read the past of these records, some batches side by side."""
        batches = [
            ids[at : at + BATCHES["history"]] for at in range(0, len(ids), BATCHES["history"])
        ]
        with ContextPool(SIDE_BY_SIDE, thread_name_prefix="history") as pool:
            for done in pool.map(partial(self._read_unless_stopped, kind), batches):
                pulled.counts[kind].histories += done
                self.progress(f"{kind} history", pulled.counts[kind].histories, len(ids))

    def _read_unless_stopped(self, kind: ObjectType, ids: Sequence[str]) -> int:
        self._check_stop()
        return self._read_history(kind, ids)

    def _moment(self) -> datetime:
        """Moment whose recent past matters: that of the results, not later than now."""
        now = self.clock()
        return now if self.as_of is None else min(self.as_of, now)

    def _check_stop(self) -> None:
        if self.stop.is_set() or self.failed.is_set():
            raise StoppedError("the run was asked to stop; the next one goes on from here")
