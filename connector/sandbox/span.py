"""Searches by id and by modified date, answered from the shelf without a look at every record."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from heapq import nlargest, nsmallest
from operator import itemgetter
from typing import Any, NamedTuple

from connector.sandbox.filters import ID, Filter, Seen
from connector.sandbox.kinds import ObjectKind
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord

CREATION = ""
"""The order without a sort rule: by creation, oldest first."""

_FROM = frozenset({"GTE", "EQ", "BETWEEN"})
_TO = frozenset({"LTE", "EQ", "BETWEEN"})


class Wanted(NamedTuple):
    """The part of all matches that an answer holds, and the order that they are in.

    Attributes:
        order: property to sort by; equal values go by id, in the same direction.
        start: position of the first.
        stop: position after the last.
    """

    order: str
    is_descending: bool
    start: int
    stop: int


def is_spanned(kind: ObjectKind, groups: Sequence[Sequence[Filter]], wanted: Wanted) -> bool:
    """Whether `spanned` can answer a search: one group at most, in an order that a shelf has."""
    return len(groups) <= 1 and wanted.order in {CREATION, ID, kind.modified}


def spanned(
    portal: Portal, kind: ObjectKind, filters: Sequence[Filter], wanted: Wanted
) -> tuple[int, list[PortalRecord]]:
    """How many live records match all filters, and those of them that are wanted.

    Bounds on the id and on the modified date cut a piece out of a sorted list. Where nothing else
    is asked for, its length is the number found; else the records in the piece are tested.
    """
    shelf, records = portal.shelves[kind.name], portal.objects[kind.name]
    by_id = [one for one in filters if one.name == ID and one.operands]
    by_modified = [one for one in filters if one.name == kind.modified and one.operands]
    others = [one.test for one in filters if one not in by_id and one not in by_modified]
    moves = _cut(shelf.modified.in_order(), by_modified, itemgetter(0))
    ids = shelf.modified_within(moves.span) if by_modified else shelf.live.in_order()
    lines = {ID: _cut(ids, by_id)}
    if not by_id:
        lines[kind.modified] = moves
    if not by_id and not by_modified:
        lines[CREATION] = _cut(shelf.created.in_order(), ())
    if not others and wanted.order in lines:
        line = lines[wanted.order]
        return len(line.span), [records[str(one)] for one in line.page(wanted)]
    numbers = lines[ID].piece()
    if others:
        numbers = [one for one in numbers if _passes(records[str(one)], others)]
    chosen = (nlargest if wanted.is_descending else nsmallest)(
        wanted.stop, numbers, _rank(kind, records, wanted.order)
    )
    return len(numbers), [records[str(one)] for one in chosen[wanted.start :]]


class _Line(NamedTuple):
    """A piece of a sorted list of ids, or of pairs of an instant and an id."""

    keys: list[Any]
    span: range

    def page(self, wanted: Wanted) -> list[int]:
        """Ids in the wanted part of the piece."""
        walk = self.span[::-1] if wanted.is_descending else self.span
        found = [self.keys[position] for position in walk[wanted.start : wanted.stop]]
        return [key if isinstance(key, int) else key[1] for key in found]

    def piece(self) -> list[Any]:
        return self.keys[self.span.start : self.span.stop]


def _cut(
    keys: list[Any], bounds: Sequence[Filter], key: Callable[[Any], Any] | None = None
) -> _Line:
    low, high = 0, len(keys)
    for one in bounds:
        least, most = one.operands[0], one.operands[-1]
        if one.operator in _FROM:
            low = max(low, bisect_left(keys, least, key=key))
        if one.operator == "GT":
            low = max(low, bisect_right(keys, least, key=key))
        if one.operator in _TO:
            high = min(high, bisect_right(keys, most, key=key))
        if one.operator == "LT":
            high = min(high, bisect_left(keys, most, key=key))
    return _Line(keys, range(low, max(low, high)))


def _passes(record: PortalRecord, tests: Sequence[Callable[[Seen], bool]]) -> bool:
    seen = Seen(record, record.values, record.moves[-1])
    return all(test(seen) for test in tests)


def _rank(
    kind: ObjectKind, records: dict[str, PortalRecord], order: str
) -> Callable[[int], tuple[int, int]] | None:
    if order == ID:
        return None
    if order == kind.modified:
        return lambda one: (records[str(one)].moves[-1], one)
    return lambda one: (records[str(one)].created_ms, one)
