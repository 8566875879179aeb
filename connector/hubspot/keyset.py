"""Search by keyset: every page asks for record ids past the last one seen, and never turns a page.

So neither the cap of 10,000 results nor ten thousand equal time stamps can stop it or keep it going
round, as they do a search that moves a time stamp on (reference: pitfalls 3; peers: 2.1).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, read_scope
from connector.hubspot.payload import next_page, number_in, required, results_of
from connector.ports import PermanentCrmError, PulledType

Filter = dict[str, str]

BODY_ROOM = 2_400
"""Characters that names of properties may take: a body of over 3,000 is refused."""

ID = "hs_object_id"


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: records in the order asked for, how many match in all, is it the last."""

    payloads: list[Payload]
    ids: list[int]
    total: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """Searches one object type.

    Attributes:
        limit: how many records an answer may hold, 200 at most.
        properties: names that come with each record.
    """

    calls: Calls
    object_type: PulledType
    limit: int
    properties: Sequence[str]

    def rising(self, filters: Sequence[Filter], above: int) -> Iterator[Found]:
        """Yield the answers for ids above `above` from the lowest on; at least one."""
        while True:
            found = self._ask([*filters, at(ID, "GT", above)], (ID, "ASCENDING"))
            self._check([above, *found.ids])
            yield found
            if found.is_last:
                return
            above = found.ids[-1]

    def falling(self, below: int | None) -> Iterator[Found]:
        """Yield the answers for ids below `below` (None: all) from the highest on; at least one."""
        while True:
            filters = [] if below is None else [at(ID, "LT", below)]
            found = self._ask(filters, (ID, "DESCENDING"))
            self._check([*reversed(found.ids), *([] if below is None else [below])])
            yield found
            if found.is_last:
                return
            below = found.ids[-1]

    def newest(self, filters: Sequence[Filter], modified: str) -> Found:
        """Return the records that match, those first that changed last."""
        return self._ask(filters, (modified, "DESCENDING"))

    def count(self, filters: Sequence[Filter] = ()) -> int:
        """How many records match."""
        return self._ask(filters, (ID, "ASCENDING"), limit=1).total

    def _check(self, rising: Sequence[int]) -> None:
        """Let pass ids that rise.

        Raises:
            PermanentCrmError: they do not, so that going on could lose records.
        """
        if any(later <= earlier for earlier, later in pairwise(rising)):
            raise PermanentCrmError(
                f"hubspot: search over {self.object_type}: ids do not rise near {rising[0]}; "
                "the pull was stopped, for it would lose records"
            )

    def _ask(
        self,
        filters: Sequence[Filter],
        sort: tuple[str, Literal["ASCENDING", "DESCENDING"]],
        *,
        limit: int | None = None,
    ) -> Found:
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": [{"propertyName": sort[0], "direction": sort[1]}],
            "properties": list(self.properties) if limit is None else [ID],
            "limit": limit or self.limit,
        }
        answer = self.calls.post(
            api.search(self.object_type), body, kind="search", scope=read_scope(self.object_type)
        )
        payloads = results_of(answer)
        ids = [required(payload, "id") for payload in payloads]
        if not all(one.isdecimal() for one in ids):
            raise PermanentCrmError(f"hubspot: search over {self.object_type}: an id is no number")
        is_last = not ids or next_page(answer) is None  # a short page may have a next one
        return Found(payloads, [int(one) for one in ids], number_in(answer, "total"), is_last)


def at(name: str, operator: str, value: int) -> Filter:
    """One filter; instants and ids alike are sent as digits."""
    return {"propertyName": name, "operator": operator, "value": str(value)}


def fits_search(properties: Sequence[str]) -> bool:
    """Whether these names leave room for the rest of a search's body."""
    return len(json.dumps(list(properties))) <= BODY_ROOM
