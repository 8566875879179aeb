"""What changed of one object type: everything by list, later changes by search.

A search looks through a fixed window of modified dates: it begins before the last one ended, since
the index lags, and ends short of now. The window closes with its last page; what comes in between
belongs to the next one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, read_scope
from connector.hubspot.cursor import Full, Position, Since, Waiting, Window, load_position
from connector.hubspot.keyset import Filter, Found, Keyset, at, batches
from connector.hubspot.payload import errors_of, missing_ids, next_page, results_of
from connector.hubspot.translate import Build
from connector.ports import Page, PermanentCrmError, PulledType
from connector.values import RecordError
from kpis.records import Record, Rejection

BAD_REQUEST = 400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LIST_FROM = 1000
"""From so many changes on it is worth asking whether a list of everything costs less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Pulls one object type.

    Attributes:
        properties: names asked for with each record.
        build: record out of an id and its values; raises `RecordError`.
        since: activities before this day are left out; None for all of them, and for objects.
        list_from: so many changes make it worth asking whether a list costs less; our own mass
            write comes back as one.
    """

    calls: Calls
    object_type: PulledType
    properties: tuple[str, ...]
    build: Build
    clock: Callable[[], datetime]
    page_size: int
    overlap_s: int
    lag_s: int
    since: date | None = None
    list_from: int = LIST_FROM

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Yield the pages after `cursor`; everything when it is None or means nothing any more."""
        match load_position(cursor):
            case Waiting(until=until):
                yield from self._changed(until)
            case Window() as window:
                search = self._keyset.search(self._within(window), window.last_id)
                yield from self._window(window, search)
            case Since() as position if self.since is not None:
                yield from self._from_day(position, self.since)
            case Full() as position if self.since is None:
                yield from self._resumed(position)
            case _:
                yield from self._everything()

    def _everything(self) -> Iterator[Page]:
        started = to_ms(self.clock())
        if self.since is None:
            yield from self._list(Full(started=started))
        else:
            yield from self._from_day(Since(started=started), self.since)

    def _resumed(self, position: Full) -> Iterator[Page]:
        """Go on with a list; begin it anew when the CRM does not know the place any more."""
        pages = self._list(position)
        try:
            first = next(pages)
        except PermanentCrmError as error:
            if error.status != BAD_REQUEST:
                raise
            yield from self._everything()
            return
        yield first
        yield from pages

    def _list(self, position: Full) -> Iterator[Page]:
        started = position.started
        answers = self.calls.pages(
            api.objects(self.object_type),
            {"limit": self.page_size, "properties": ",".join(self.properties)},
            kind="list",
            scope=read_scope(self.object_type),
            after=position.after,
        )
        for answer in answers:
            after = next_page(answer)
            if after is None:
                end = Waiting(until=started)
                yield self._page(results_of(answer), end, sweep_before=started)
            else:
                yield self._page(results_of(answer), Full(started=started, after=after))

    def _from_day(self, position: Since, since: date) -> Iterator[Page]:
        """Pull activities from a day on: the list has no filter, the search has."""
        started = position.started
        start = datetime(since.year, since.month, since.day, tzinfo=UTC)
        search = self._keyset.search([at("hs_timestamp", "GTE", to_ms(start))], position.last_id)
        for ids, total, is_last in batches(search, self.page_size):
            if is_last:
                end = Waiting(until=started)
                yield self._read_page(ids, end, total=total, sweep_before=started)
            else:
                cursor = Since(started=started, last_id=int(ids[-1]))
                yield self._read_page(ids, cursor, total=total)

    def _changed(self, until: int) -> Iterator[Page]:
        """Pull what changed since `until`."""
        window = Window(
            opens=until - self.overlap_s * 1000, until=to_ms(self.clock()) - self.lag_s * 1000
        )
        if window.until <= window.opens:
            yield self._page([], Waiting(until=until))
            return
        search = self._keyset.search(self._within(window), 0)
        first = next(search)
        if first.total >= self.list_from and self._is_list_cheaper(first.total):
            yield from self._everything()
        else:
            yield from self._window(window, chain([first], search))

    def _window(self, window: Window, search: Iterator[Found]) -> Iterator[Page]:
        for ids, total, is_last in batches(search, self.page_size):
            cursor = (
                Waiting(until=window.until)
                if is_last
                else Window(opens=window.opens, until=window.until, last_id=int(ids[-1]))
            )
            yield self._read_page(ids, cursor, total=total)

    def _within(self, window: Window) -> list[Filter]:
        name = api.modified_property(self.object_type)
        return [at(name, "GTE", window.opens), at(name, "LTE", window.until)]

    def _is_list_cheaper(self, changed: int) -> bool:
        """Compare calls: a search and two batch reads for 200 changes, a list page for 100."""
        return self.since is None and 3 * changed > 2 * self._keyset.count()

    @property
    def _keyset(self) -> Keyset:
        return Keyset(self.calls, self.object_type, limit=2 * self.page_size)

    def _read_page(
        self, ids: Sequence[str], cursor: Position, *, total: int, sweep_before: int | None = None
    ) -> Page:
        """Read the records that a search found; one that is gone by now is told as such."""
        found, gone = self._read(ids) if ids else ([], ())
        return self._page(found, cursor, gone=gone, total=total, sweep_before=sweep_before)

    def _read(self, ids: Sequence[str]) -> tuple[list[Payload], tuple[str, ...]]:
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
        cursor: Position,
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
            cursor=cursor.dump(),
            total=total,
            sweep_before=None if sweep_before is None else _to_instant(sweep_before),
            gone=gone,
        )


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _to_instant(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)
