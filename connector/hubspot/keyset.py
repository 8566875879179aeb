"""Search by keyset: every page asks for record ids above the last one seen, and never turns a page.

So neither the cap of 10,000 results nor ten thousand equal time stamps can stop it or keep it going
round, as they do a search that moves a time stamp on (reference: pitfalls 3; peers: 2.1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from connector.hubspot import api
from connector.hubspot.calls import Calls, chunks, read_scope
from connector.hubspot.payload import next_page, number_in, required, results_of
from connector.ports import PermanentCrmError, PulledType

Filter = dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: ids in rising order, how many matched from its start on, is it the last."""

    ids: list[str]
    total: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """Searches one object type for ids; `limit` is how many an answer may hold, 200 at most."""

    calls: Calls
    object_type: PulledType
    limit: int

    def search(self, filters: Sequence[Filter], last_id: int) -> Iterator[Found]:
        """Yield the answers for ids above `last_id`; at least one, the last with `is_last`.

        Raises:
            PermanentCrmError: ids do not rise, so that going on could lose records.
        """
        while True:
            found = self._ask([*filters, at("hs_object_id", "GT", last_id)], self.limit)
            numbers = [last_id, *map(int, found.ids)]
            if any(later <= earlier for earlier, later in pairwise(numbers)):
                raise PermanentCrmError(
                    f"hubspot: search over {self.object_type}: ids do not rise after {last_id}; "
                    "the pull was stopped, for it would lose records"
                )
            yield found
            if found.is_last:
                return
            last_id = numbers[-1]

    def count(self) -> int:
        """How many records there are in all."""
        return self._ask([], 1).total

    def _ask(self, filters: Sequence[Filter], limit: int) -> Found:
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": limit,
        }
        answer = self.calls.post(
            api.search(self.object_type), body, kind="search", scope=read_scope(self.object_type)
        )
        ids = [required(result, "id") for result in results_of(answer)]
        if not all(one.isdecimal() for one in ids):
            raise PermanentCrmError(f"hubspot: search over {self.object_type}: an id is no number")
        is_last = not ids or next_page(answer) is None  # a short page may have a next one
        return Found(ids, total=number_in(answer, "total"), is_last=is_last)


def at(name: str, operator: str, value: int) -> Filter:
    """One filter; instants and ids alike are sent as digits."""
    return {"propertyName": name, "operator": operator, "value": str(value)}


def batches(search: Iterator[Found], size: int) -> Iterator[tuple[list[str], int, bool]]:
    """Yield the ids in lists of at most `size`, the first total, and whether a list is the last."""
    total: int | None = None
    for found in search:
        total = found.total if total is None else total
        lists = list(chunks(found.ids, size)) or [[]]
        for number, ids in enumerate(lists, start=1):
            yield ids, total, found.is_last and number == len(lists)
