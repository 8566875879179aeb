"""Prove that the mirror holds what the CRM has: count both, and mend where they differ.

What was archived, merged away, erased or restored does not count as changed, so only the numbers
tell. No record leaves the mirror because it was not seen: it is asked for by its id first.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.ports import Crm, Page, PulledType
from jobs.pulled import TypeCounts
from store.store import Store

log = structlog.get_logger()

THOROUGH_UP_TO = 500_000
"""Records of a type up to which a sweep compares all ids: some ten minutes of searches."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the store holds of one type, as a pull asks for it (`connector.ports.Known`)."""

    store: Store
    kind: PulledType

    def count(self) -> int:
        """How many records it holds."""
        return self.store.count_records(self.kind)

    def count_modified_since(self, since: datetime) -> int:
        """How many of them were modified at that instant or later."""
        return self.store.count_modified_since(self.kind, since)

    def modified(self, ids: Collection[str]) -> Mapping[str, datetime]:
        """Modified time of those of the records that it holds."""
        return self.store.read_modified(self.kind, ids) if ids else {}


SavePage = Callable[[Page], object]
"""Saves a page without a position."""


def complete(
    crm: Crm,
    mirrored: Mirrored,
    counts: TypeCounts,
    save: SavePage,
    *,
    sweep_before: datetime | None,
    is_thorough: bool,
) -> None:
    """Compare the mirror with the CRM's number of records and mend it.

    Records that no one can read count there and not here: how many these are is remembered. The
    number may lag behind; then the next run looks again.

    `counts` gets the numbers; its `total` may be known from the pull already. `sweep_before` is set
    after a full pull: what was not seen since is asked for by its id. `is_thorough` compares all
    ids one by one, which finds a record that came back while another went.
    """
    kind, store = mirrored.kind, mirrored.store
    key = f"unreadable:{kind}"
    was_unreadable = counts.unreadable = int(store.read_state(key) or 0)
    if sweep_before is not None:
        _ask_for_unseen(crm, mirrored, counts, save, sweep_before)
        counts.unreadable = counts.rejected
    counts.held = mirrored.count()
    if not counts.is_complete:
        counts.counted += 1
        counts.total = crm.count(kind)
    compares_all = is_thorough and counts.held <= THOROUGH_UP_TO
    if counts.is_complete is False or (compares_all and counts.total is not None):
        _mend(crm, mirrored, counts, save, is_thorough=compares_all)
    if counts.total is not None and counts.unreadable != was_unreadable:
        store.save_state(key, str(counts.unreadable))


def _mend(
    crm: Crm, mirrored: Mirrored, counts: TypeCounts, save: SavePage, *, is_thorough: bool
) -> None:
    """Find the records that differ and save or remove them."""
    kind, rejected = mirrored.kind, counts.rejected
    ids = mirrored.store.read_ids(kind)
    counts.compared += len(ids) if is_thorough else 0
    for page in crm.differences(kind, ids, is_thorough=is_thorough, known=mirrored):
        counts.asked += len(page.records) + len(page.rejections) + len(page.gone)
        save(page)
    counts.unreadable = counts.rejected - rejected
    counts.held = mirrored.count()
    log.info("pull.compared", object_type=kind, total=counts.total, held=counts.held)


def _ask_for_unseen(
    crm: Crm, mirrored: Mirrored, counts: TypeCounts, save: SavePage, before: datetime
) -> None:
    """Ask for the records that a full pull did not bring."""
    kind, store, last = mirrored.kind, mirrored.store, ""
    while ids := store.read_unseen(kind, before, after_id=last):
        counts.asked += len(ids)
        for page in crm.records(kind, ids):
            save(page)
        last = ids[-1]
