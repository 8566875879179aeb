"""The least number of calls that a run could have taken for its work (design: connector)."""

from collections.abc import Mapping

from connector.ports import PulledType
from jobs.pulled import BATCHES, TypeCounts
from kpis.vocabulary import ObjectType

LISTED, FOUND, READ, WRITTEN = 100, 200, 100, 100
"""Records that a page of a list, an answer of a search, a batch read and a batch write hold."""


def least_calls(
    counts: Mapping[PulledType, TypeCounts], *, goals: int | None = None
) -> dict[str, int]:
    """Least number of calls that the work of a pull takes, by kind.

    A full pull lists its records and asks once how many there are; a later one searches. `goals` is
    the number of targets that were read; None when they were not asked for.
    """
    least = {"list": 0, "search": 0, "batch_read": 0, "links": 0, "history": 0, "splits": 0}
    for one in counts.values():
        if one.was_full:
            least["list"] += max(1, _pages(one.pulled + one.rejected, LISTED))
            least["search"] += 1
        else:
            least["search"] += max(1, _pages(one.pulled, FOUND))
        least["search"] += one.counted + _pages(one.compared, FOUND)
        least["batch_read"] += _pages(one.asked, READ)
        for kind, done in (
            *(("links", linked) for linked in one.linked.values()),
            ("history", one.histories),
            ("splits", one.splits),
        ):
            least[kind] += _pages(done, BATCHES[kind])
    least["list"] += 0 if goals is None else max(1, _pages(goals, LISTED))
    return least


def least_reads(read: Mapping[ObjectType, int]) -> int:
    """Least number of calls that read so many records of each type by their ids."""
    return sum(_pages(count, READ) for count in read.values())


def least_writes(sent: Mapping[ObjectType, int]) -> int:
    """Least number of calls that write values to so many records of each type."""
    return sum(_pages(count, WRITTEN) for count in sent.values())


def _pages(records: int, size: int) -> int:
    return -(-records // size)
