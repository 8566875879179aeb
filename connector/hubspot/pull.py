"""What changed of one object type: everything by list, later changes by search.

A search looks at all that was modified since shortly before the last one ended, for its index lags
behind. What the mirror holds in that very version is passed over, so looking back costs no second
reading; and when as many records were found as the mirror then holds, the first answer was enough.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import structlog

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.ahead import Ends, ahead
from connector.hubspot.calls import Calls, chunks, read_scope
from connector.hubspot.cursor import Full, Position, Since, Waiting, Window, load_position
from connector.hubspot.difference import Range, differences
from connector.hubspot.keyset import ID, Filter, Found, Keyset, at, fits_search
from connector.hubspot.payload import errors_of, missing_ids, next_page, results_of
from connector.hubspot.translate import Build, modified_of
from connector.ports import Known, Page, PermanentCrmError, PulledType
from connector.values import RecordError
from kpis.records import Record, Rejection

log = structlog.get_logger()

BAD_REQUEST = 400
NOT_SEARCHABLE = frozenset({400, 404, 405})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_CURSOR = ""

BOTH_ENDS_FROM = 10_000
"""Records of a type from which on a list is met from its other end by a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Pulls one object type.

    Attributes:
        properties: names asked for with each record.
        build: record out of an id and its values; raises `RecordError`.
        known: what the mirror holds.
        clock: the present moment, by the CRM's clock where that is behind ours.
        pool: reads ahead.
        since: activities before this day are left out; None for all of them, and for objects.
        both_ends_from: see `BOTH_ENDS_FROM`.
    """

    calls: Calls
    object_type: PulledType
    properties: tuple[str, ...]
    build: Build
    known: Known
    clock: Callable[[], datetime]
    pool: Executor
    page_size: int
    overlap_s: int
    lag_s: int
    since: date | None = None
    both_ends_from: int = BOTH_ENDS_FROM

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Yield the pages after `cursor`; everything when it is None or means nothing any more."""
        match load_position(cursor):
            case Waiting(until=until):
                yield from self._changed(until)
            case Window() as window:
                yield from self._window(window)
            case Since() as position if self.since is not None:
                yield from self._from_day(position)
            case Full() as position if self.since is None:
                yield from self._resumed(position)
            case _:
                yield from self._everything()

    def count(self) -> int | None:
        """How many records there are; None of a type that HubSpot lets nobody search."""
        try:
            return self._keyset.count(self._kept)
        except PermanentCrmError as error:
            if error.status not in NOT_SEARCHABLE:
                raise
            log.warning("pull.no_search", object_type=self.object_type, reason=str(error))
            return None

    def records(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield these records, in batches."""
        for batch in chunks(ids, self.page_size):
            found, gone = self._read(batch)
            yield self._page(found, None, gone=gone)

    # everything

    def _everything(self) -> Iterator[Page]:
        if self.since is None:
            total = self.count()
            yield from self._list(Full(started=to_ms(self.clock())), total)
        else:
            yield from self._from_day(None)

    def _resumed(self, position: Full) -> Iterator[Page]:
        """Go on with a list; begin it anew when the CRM does not know the place any more."""
        try:
            yield from self._list(position, self.count())
        except PermanentCrmError as error:
            if error.status != BAD_REQUEST:
                raise
            yield from self._everything()

    def _list(self, position: Full, total: int | None) -> Iterator[Page]:
        if total is not None and total >= self.both_ends_from:
            yield from self._from_both_ends(position, total)
            return
        started = position.started
        for answer in ahead(self._answers(position.after), self.pool):
            after = next_page(answer)
            end = None if after is None else Full(started=started, after=after)
            yield self._full_page(results_of(answer), end, started=started, total=total)

    def _answers(self, after: str | None) -> Iterator[Payload]:
        """Yield the answers of the list from a mark on."""
        return self.calls.pages(
            api.objects(self.object_type),
            {"limit": self.page_size, "properties": ",".join(self.properties)},
            kind="list",
            scope=read_scope(self.object_type),
            after=after,
        )

    def _from_both_ends(self, position: Full, total: int) -> Iterator[Page]:
        """Read the list upwards and a search downwards until they meet.

        The search brings twice as many records a call and has a budget of its own, so the chain of
        pages that wait for one another is less than half as long. HubSpot lists by rising id but
        does not promise it: the first page that does not rise makes the list go to its end.
        """
        started, after, below = position.started, position.after, position.below
        ends = Ends[Payload | Found](self.pool, self._answers(after), self._keyset.falling(below))
        reached, rises, is_over = 0, position.rises, False
        while not is_over:
            side, item = ends.next()
            if isinstance(item, Found):
                payloads = item.payloads
                below = item.ids[-1] if item.ids else below
                is_over = rises and item.is_last
            else:
                payloads = results_of(item)
                ids = _ids_of(payloads)
                rises = rises and all(one < other for one, other in pairwise([reached, *ids]))
                reached, after = max([reached, *ids]), next_page(item)
                is_over = after is None
            is_over = is_over or (rises and below is not None and below <= reached + 1)
            if not is_over:
                ends.ask(side)
            rest = Full(started=started, after=after, below=below, rises=rises)
            end = None if is_over else rest
            found = self._filled(payloads) if isinstance(item, Found) else payloads
            yield self._full_page(found, end, started=started, total=total)

    def _from_day(self, position: Since | None) -> Iterator[Page]:
        """Pull activities from a day on: the list has no filter, the search has."""
        search = self._keyset.rising(self._kept, 0 if position is None else position.last_id)
        started: int | None = None if position is None else position.started
        for found in ahead(search, self.pool):
            started = to_ms(self.clock()) if started is None else started
            last = None if found.is_last else Since(started=started, last_id=found.ids[-1])
            payloads = self._filled(found.payloads)
            yield self._full_page(payloads, last, started=started, total=found.total)

    def _full_page(
        self,
        payloads: Sequence[Payload],
        rest: Position | None,
        *,
        started: int,
        total: int | None,
    ) -> Page:
        """One page of everything; the last one when nothing is left."""
        return self._page(
            payloads,
            rest or Waiting(until=started),
            total=total,
            sweep_before=started if rest is None else None,
        )

    # changes

    def _changed(self, until: int) -> Iterator[Page]:
        """Pull what changed since `until`, by one answer where that is enough.

        It is when the oldest records that it holds are known already, and as many were found in
        all as the mirror holds with these.
        """
        opens = min(until, to_ms(self.clock())) - self.overlap_s * 1000
        found = self._newest(opens)
        if found is None:
            yield from self._everything()
            return
        # the CRM's own time is known now: see `HubSpotAdapter`
        window = Window(opens=opens, until=to_ms(self.clock()) - self.lag_s * 1000)
        fresh = self._fresh(found.payloads)
        if found.is_last or self._is_all(found, fresh, window):
            yield self._page(self._filled(fresh), Waiting(until=window.until))
        else:
            yield from self._window(window)

    def _newest(self, opens: int) -> Found | None:
        """What changed last; None of a type that HubSpot lets nobody search."""
        try:
            return self._keyset.newest(self._within(opens), self._modified)
        except PermanentCrmError as error:
            if error.status not in NOT_SEARCHABLE or self.since is not None:
                raise
            log.warning("pull.no_search", object_type=self.object_type, reason=str(error))
            return None

    def _is_all(self, found: Found, fresh: Sequence[Payload], window: Window) -> bool:
        if not found.payloads or (fresh and fresh[-1] is found.payloads[-1]):
            return False
        opens = _to_instant(window.opens)
        held = self.known.modified([str(one["id"]) for one in fresh])
        stays = self.known.count_modified_since(opens) - sum(at >= opens for at in held.values())
        return stays + len(fresh) == found.total

    def _window(self, window: Window) -> Iterator[Page]:
        search = self._keyset.rising(self._within(window.opens), window.last_id)
        for found in ahead(search, self.pool):
            end = Waiting(until=window.until)
            rest = None if found.is_last else window.model_copy(update={"last_id": found.ids[-1]})
            yield self._page(self._filled(self._fresh(found.payloads)), rest or end)

    def _within(self, opens: int) -> list[Filter]:
        return [at(self._modified, "GTE", opens), *self._kept]

    def _fresh(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Those that the mirror does not hold in this version or a later one."""
        held = self.known.modified([str(payload["id"]) for payload in payloads])
        return [
            payload
            for payload in payloads
            if (before := held.get(str(payload["id"]))) is None
            or (now := modified_of(payload, self._modified)) is None
            or now > before
        ]

    def differences(self, ids: Sequence[int]) -> Iterator[Page]:
        """Yield what became of the records in which a mirror with exactly these ids differs.

        The search finds which; what they are, or that they are gone, each is asked for by its id,
        for the index of the search lags behind.
        """
        total = self.count()
        if total is None:
            return
        keyset = replace(self._keyset, properties=(ID,))
        for found in differences(keyset, self._kept, Range(None, None, ids, total)):
            yield from self.records([str(number) for number in found])

    def all_differences(self, ids: Sequence[int], *, compares_versions: bool) -> Iterator[Page]:
        """Yield the same after comparing all ids, and the versions that the mirror holds.

        A record that changed, was archived before anybody saw it, and was restored later has an old
        modified date: no search for changes finds it any more.
        """
        held, seen = set(ids), set[int]()
        keyset = replace(self._keyset, properties=(self._modified,))
        for found in ahead(keyset.rising(self._kept, 0), self.pool):
            seen.update(found.ids)
            if compares_versions:
                wanted = [str(one["id"]) for one in self._fresh(found.payloads)]
            else:
                wanted = [str(number) for number in found.ids if number not in held]
            yield from self.records(wanted)
        yield from self.records([str(number) for number in ids if number not in seen])

    # parts

    @property
    def _modified(self) -> str:
        return api.modified_property(self.object_type)

    @property
    def _kept(self) -> list[Filter]:
        """What limits the records that are kept at all."""
        if self.since is None:
            return []
        start = datetime(self.since.year, self.since.month, self.since.day, tzinfo=UTC)
        return [at("hs_timestamp", "GTE", to_ms(start))]

    @property
    def _brings_all(self) -> bool:
        """Whether a search can bring the records themselves, and not only their ids."""
        return fits_search(self.properties)

    @property
    def _keyset(self) -> Keyset:
        names = self.properties if self._brings_all else (self._modified,)
        return Keyset(self.calls, self.object_type, 2 * self.page_size, names)

    def _filled(self, payloads: Sequence[Payload]) -> Sequence[Payload]:
        """Records that a search found, with their values; those that are gone by now left out."""
        if self._brings_all:
            return payloads
        ids = [str(payload["id"]) for payload in payloads]
        return [one for batch in chunks(ids, self.page_size) for one in self._read(batch)[0]]

    def _read(self, ids: Sequence[str]) -> tuple[list[Payload], tuple[str, ...]]:
        """Records by id, and the ids that do not exist any more."""
        answer = self.calls.post(
            api.batch(self.object_type, "read"),
            {
                "properties": list(self.properties),
                "inputs": [{"id": external_id} for external_id in ids],
            },
            kind="batch_read",
            scope=read_scope(self.object_type),
        )
        results = results_of(answer)
        answered = {str(result.get("id")) for result in results}
        missing = missing_ids(errors_of(answer))
        gone: list[str] = []
        for external_id in ids:
            if external_id in answered:
                continue
            found = None
            if external_id not in missing:  # an answer may be shorter and say nothing
                found = self.calls.find(self.object_type, external_id, self.properties)
            if found is None:
                gone.append(external_id)
            else:
                results.append(found)
        return results, tuple(gone)

    def _page(
        self,
        payloads: Sequence[Payload],
        position: Position | None,
        *,
        gone: tuple[str, ...] = (),
        total: int | None = None,
        sweep_before: int | None = None,
    ) -> Page:
        """Translate what arrived; a record that cannot be read costs itself alone."""
        records: list[Record] = []
        rejections: list[Rejection] = []
        for payload in payloads:
            try:
                records.append(self.build(payload))
            except RecordError as error:
                external_id = payload.get("id")
                known = str(external_id) if isinstance(external_id, str | int) else None
                rejections.append(Rejection(self.object_type, known, str(error)))
        return Page(
            object_type=self.object_type,
            records=tuple(records),
            rejections=tuple(rejections),
            cursor=NO_CURSOR if position is None else position.dump(),
            total=total,
            sweep_before=None if sweep_before is None else _to_instant(sweep_before),
            gone=gone,
        )


def _ids_of(payloads: Sequence[Payload]) -> list[int]:
    """Ids of a page; one that is no number is rejected with its record."""
    return [int(one) for payload in payloads if (one := str(payload.get("id"))).isdecimal()]


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _to_instant(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)
