"""What a pull takes and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args

from connector.ports import PulledType
from kpis.vocabulary import ActivityType, ObjectType

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
ACTIVITY_TYPES: tuple[ActivityType, ...] = get_args(ActivityType)
PULLED_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *ACTIVITY_TYPES)

BATCHES = {"links": 1000, "history": 50, "splits": 100}
"""Records that one call of each kind of work takes."""

Progress = Callable[[str, int, int | None], None]
"""Called with a kind of work, how many are done, and how many there are (None: unknown)."""


@dataclass(slots=True)
class TypeCounts:
    """What one object type took: records and the reads they needed.

    Attributes:
        total: how many records the CRM has; None when it was not asked or does not tell.
        held: how many of them the mirror holds, where that was compared.
        unreadable: how many of them no record of ours can be made of.
        asked: records that were asked for by their id, since they were not seen.
        compared: records of the mirror whose ids were compared one by one.
        counted: how often the CRM was asked for a number of records.
    """

    pulled: int = 0
    changed: int = 0
    rejected: int = 0
    gone: int = 0
    total: int | None = None
    held: int | None = None
    unreadable: int = 0
    asked: int = 0
    compared: int = 0
    counted: int = 0
    was_full: bool = False
    linked: dict[str, int] = field(default_factory=dict)
    histories: int = 0
    splits: int = 0

    @property
    def is_complete(self) -> bool | None:
        """Whether the mirror holds all that the CRM has and we can read; None: not compared."""
        if self.total is None or self.held is None:
            return None
        return self.total == self.held + self.unreadable


@dataclass(slots=True)
class Pulled:
    """What a pull did.

    Attributes:
        left_out: what could not be read, and why.
        goals: targets of sellers that were read; None when they were not asked for.
    """

    counts: dict[PulledType, TypeCounts]
    left_out: dict[str, str]
    goals: int | None = None
