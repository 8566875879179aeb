"""Where HubSpot and a mirror hold other records, found by counting ranges of ids.

A record that was archived, merged away, erased or restored leaves no trace that a search for
changes could see; only the number of records tells. One difference among n records costs some
log2(n / 200) searches, so it can be looked for in every run; even many cost no more than n / 100.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connector.hubspot.keyset import ID, Filter, Keyset, at

HIGHEST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Range:
    """Ids from `low` to `high` (None: open) that the mirror holds, and how many HubSpot has."""

    low: int | None
    high: int | None
    ids: Sequence[int]
    count: int

    @property
    def filters(self) -> list[Filter]:
        """What a search for the range asks for."""
        lower = [] if self.low is None else [at(ID, "GTE", self.low)]
        return lower if self.high is None else [*lower, at(ID, "LTE", self.high)]


def differences(keyset: Keyset, kept: Sequence[Filter], whole: Range) -> Iterator[list[int]]:
    """Yield ids in which a mirror differs that holds exactly those of a range.

    Ranges are halved while their numbers differ; where they agree, the records are taken to agree.
    `kept` limits the records that are kept at all.
    """
    ranges = [whole]
    while ranges:
        one = ranges.pop()
        if one.count == len(one.ids):
            continue
        if one.count == 0:
            yield list(one.ids)
        elif one.count <= keyset.limit:
            yield from compared(keyset, kept, one)
        else:
            ranges += _halves(keyset, kept, one)


def compared(keyset: Keyset, kept: Sequence[Filter], one: Range) -> Iterator[list[int]]:
    """Read all ids of a range and yield those that are only on one side."""
    held, seen = set(one.ids), set[int]()
    for found in keyset.rising([*one.filters, *kept], (one.low or 1) - 1):
        seen.update(found.ids)
        if lacking := [number for number in found.ids if number not in held]:
            yield lacking
    if gone := sorted(held - seen):
        yield gone


def _halves(keyset: Keyset, kept: Sequence[Filter], one: Range) -> list[Range]:
    """Part a range in the middle of the ids that are held there, else of the numbers."""
    ids = one.ids
    low, high = one.low or 0, one.high or max([HIGHEST_ID, *ids[-1:]])
    middle = ids[len(ids) // 2] - 1 if len(ids) > 1 else (low + high) // 2
    cut = bisect_right(ids, middle)
    lower = Range(one.low, middle, ids[:cut], 0)
    count = keyset.count([*lower.filters, *kept])
    return [
        replace(lower, count=count),
        Range(middle + 1, one.high, ids[cut:], one.count - count),
    ]
