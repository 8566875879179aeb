"""Property definitions of a CRM, and the shapes of what would be done to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kpis.vocabulary import ObjectType


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """A property of the CRM as it stands there or as we want it.

    Attributes:
        options: option value to label, in order; empty where the property has none.
        is_read_only: its value cannot be written.
    """

    name: str
    label: str
    value_type: str
    field_type: str
    group: str | None = None
    description: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    number_hint: str | None = None
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class WordChange:
    """One text of a property that would change: `label`, `description` or `option VALUE`.

    Attributes:
        old: None for an option that does not stand yet.
    """

    what: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class PropertyUpdate:
    """A property of ours with the words that it is to get; nothing else of it changes."""

    wanted: PropertyDefinition
    changes: tuple[WordChange, ...]


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """What set-up would do.

    Attributes:
        groups: object types that still lack our group.
        create: properties to create per object type.
        conflicts: sentences, one per property that exists with another definition.
        unchanged: how many properties already stand as wanted.
        update: properties of ours whose words differ from those wanted.
    """

    groups: tuple[ObjectType, ...]
    create: Mapping[ObjectType, tuple[PropertyDefinition, ...]]
    conflicts: tuple[str, ...]
    unchanged: int
    update: Mapping[ObjectType, tuple[PropertyUpdate, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchivePlan:
    """Which of our properties stand, and could be archived.

    Attributes:
        archive: names with prefix of those that stand as ours, per object type.
        others: sentences on properties that bear a name of ours and are somebody else's.
    """

    archive: Mapping[ObjectType, tuple[str, ...]]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveOutcome:
    """What became of archiving one property.

    Attributes:
        name: with prefix.
        status: `archived`; `gone`: it did not stand any more; `refused` by the CRM for `reason`.
    """

    name: str
    status: Literal["archived", "gone", "refused"]
    reason: str | None = None
