"""Property definitions of a CRM, and the shapes of what would be done to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kpis.vocabulary import ObjectType

LABEL, DESCRIPTION, OPTION = "label", "description", "option "


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

    @property
    def lacking_options(self) -> tuple[str, ...]:
        """Values of options that do not stand yet: the CRM refuses them until they do."""
        return tuple(one.what.removeprefix(OPTION) for one in self.changes if one.old is None)

    def keeping_words(self) -> "PropertyUpdate":
        """The same with the words that stand; only options that it lacks are added."""
        wanted = self.wanted
        stand = {one.what: one.old for one in self.changes if one.old is not None}
        return PropertyUpdate(
            replace(
                wanted,
                label=stand.get(LABEL, wanted.label),
                description=stand.get(DESCRIPTION, wanted.description),
                options={
                    value: stand.get(OPTION + value, label)
                    for value, label in wanted.options.items()
                },
            ),
            tuple(one for one in self.changes if one.old is None),
        )


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

    @property
    def reworded(self) -> int:
        """How many properties of ours would get other words, or options that they lack."""
        return sum(map(len, self.update.values()))

    def keeping_words(self) -> "SchemaPlan":
        """The same plan with the words that stand; only options that are lacking are added."""
        update = {
            kind: left
            for kind, found in self.update.items()
            if (left := tuple(one.keeping_words() for one in found if one.lacking_options))
        }
        kept = self.reworded - sum(map(len, update.values()))
        return replace(self, update=update, unchanged=self.unchanged + kept)


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
