"""The fault matrix as a table: every kind of fault, every kind of call, every moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, get_args

from connector.sandbox import Fault
from connector.sandbox.faults import Moment

Door = Literal["described", "changes", "full", "write"]
"""Runs that are hit: over a description that changed, over records that did, over all; writing."""
TRIES = 6
"""Attempts for one call; so often a fault that lasts hits, over as many runs as it takes."""
SLOW_S = 0.5
"""A slow answer is late by this much: more than the client waits."""


@dataclass(frozen=True, slots=True)
class Target:
    """The call that is hit: the one after `after` others on this route, in a run of this kind."""

    door: Door
    route: str
    after: int = 0


CALLS: Mapping[str, Target] = {
    "account": Target("described", "GET /account-info/*/details"),
    "owners": Target("described", "GET /crm/owners/*", after=1),
    "pipelines": Target("described", "GET /crm/pipelines/*"),
    "properties": Target("described", "GET /crm/properties/*/deals*"),
    "access": Target("described", "GET /crm/objects/*/contacts*"),
    "goals": Target("described", "GET /crm/objects/*/goal_targets*", after=1),
    "list": Target("full", "GET /crm/objects/*/companies*", after=1),
    "list_next": Target("full", "GET /crm/objects/*/companies*", after=2),
    "search": Target("changes", "POST /crm/objects/*/companies/search"),
    "count": Target("changes", "POST /crm/objects/*/companies/search", after=1),
    "keyset": Target("changes", "POST /crm/objects/*/deals/search", after=2),
    "difference": Target("changes", "POST /crm/objects/*/contacts/search", after=2),
    "batch_read": Target("changes", "POST /crm/objects/*/contacts/batch/read"),
    "links": Target("changes", "POST /crm/associations/*/deals/companies/batch/read"),
    "history": Target("changes", "POST /crm/objects/*/deals/batch/read"),
    "splits": Target("changes", "POST /deal-splits/*"),
    "write": Target("write", "POST /crm/objects/*/companies/batch/update"),
    "task_get": Target("write", "GET /crm/objects/*/tasks/*"),
    "task_search": Target("write", "POST /crm/objects/*/tasks/search"),
    "task_read": Target("write", "POST /crm/objects/*/tasks/batch/read"),
    "task_create": Target("write", "POST /crm/objects/*/tasks"),
    "task_update": Target("write", "POST /crm/objects/*/tasks/batch/update"),
}
"""Every kind of call that a run makes."""

FAULTS: Mapping[str, Fault] = {
    "429_rolling": Fault("429"),
    "429_secondly": Fault("429_secondly"),
    "429_daily": Fault("429_daily"),
    "500": Fault("500"),
    "502": Fault("502"),
    "503": Fault("503"),
    "504": Fault("504"),
    "524": Fault("524"),
    "423": Fault("423"),
    "477": Fault("477", retry_after_s=7),
    "401": Fault("401"),
    "drop": Fault("drop"),
    "truncated": Fault("truncated"),
    "garbage": Fault("garbage"),
    "empty": Fault("empty"),
    "slow": Fault("slow", delay_s=SLOW_S),
}
MOMENTS: tuple[Moment, ...] = get_args(Moment)


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault on one kind of call at one moment; `lasts` outlives the patience of a run."""

    fault: str
    call: str
    moment: Moment
    lasts: bool = False

    def __str__(self) -> str:
        return f"{self.fault}-{self.call}-{'lasting' if self.lasts else self.moment}"

    @property
    def is_ridden_out(self) -> bool:
        """Whether the run itself overcomes the fault: a day is spent, and a create is sent once."""
        if self.lasts or self.fault == "429_daily":
            return False
        is_refused = self.fault == "401" and self.moment == "before"
        return self.call != "task_create" or is_refused

    @property
    def coming(self) -> Fault:
        """The fault for the look-alike."""
        target = CALLS[self.call]
        return replace(
            FAULTS[self.fault],
            route=target.route,
            after=target.after,
            moment=self.moment,
            count=TRIES if self.lasts else 1,
        )


NO_FAULTS = {("401", "task_create", "during")}
"""A 401 says that nothing was done, so what it answers may be sent again; a CRM that had made the
task all the same would get a second one."""

CELLS = [Cell(*one) for one in product(FAULTS, CALLS, MOMENTS) if one not in NO_FAULTS]

LASTING = [Cell(fault, call, "before", lasts=True) for fault, call in product(FAULTS, CALLS)]
"""A fault that hits every attempt of a run: the run fails, and one of the next does the work."""

WRITES = frozenset({"write", "task_create", "task_update"})
"""Calls that change the CRM, so that it matters whether the work was done before the fault."""


def chosen() -> list[Cell]:
    """Cells that stand for all: each fault on each call, at moments that take turns.

    So each two of fault, call and moment meet. Calls that write are hit at every moment, and each
    kind of call by a fault that lasts.
    """
    faults, calls = list(FAULTS), list(CALLS)

    def turn(cell: Cell) -> int:
        return faults.index(cell.fault) + calls.index(cell.call)

    single = [
        cell
        for cell in CELLS
        if cell.call in WRITES or MOMENTS[turn(cell) % len(MOMENTS)] == cell.moment
    ]
    return single + [cell for cell in LASTING if turn(cell) % len(FAULTS) == 0]
