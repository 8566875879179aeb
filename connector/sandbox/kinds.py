"""The object types of the look-alike and what differs from one to the other."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """One object type.

    Attributes:
        name: plural name, as in paths.
        type_id: HubSpot's numeric id of the type, accepted wherever the name is.
        singular: name of one record, accepted as well.
        created: property that holds the creation instant.
        modified: property that holds the instant of the last change. Contacts have a name of
            their own; a search by the other name finds nothing and says nothing.
        shown: properties that come when none are asked for, beside those that always come.
        scope: the `crm.objects.<scope>` pair that opens the type; activities ride on contacts.
    """

    name: str
    type_id: str
    singular: str
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    shown: tuple[str, ...] = ()
    scope: str = "contacts"

    @property
    def always(self) -> tuple[str, ...]:
        """Properties that come with every record."""
        return (self.created, self.modified, "hs_object_id")


GOALS = "goal_targets"

KINDS: dict[str, ObjectKind] = {
    kind.name: kind
    for kind in (
        ObjectKind(
            "contacts",
            "0-1",
            "contact",
            created="createdate",
            modified="lastmodifieddate",
            shown=("email", "firstname", "lastname"),
        ),
        ObjectKind(
            "companies",
            "0-2",
            "company",
            created="createdate",
            shown=("domain", "name"),
            scope="companies",
        ),
        ObjectKind(
            "deals",
            "0-3",
            "deal",
            created="createdate",
            shown=("amount", "closedate", "dealname", "dealstage", "pipeline"),
            scope="deals",
        ),
        ObjectKind("communications", "0-18", "communication"),
        ObjectKind("tasks", "0-27", "task"),
        ObjectKind("notes", "0-46", "note"),
        ObjectKind("meetings", "0-47", "meeting"),
        ObjectKind("calls", "0-48", "call"),
        ObjectKind("emails", "0-49", "email"),
        ObjectKind("postal_mail", "0-116", "postal_mail"),
        ObjectKind(GOALS, "0-74", "goal_target", scope="goals"),
    )
}

FILED = tuple(name for name in KINDS if name != GOALS)
"""Types that the files of a load folder speak of by their name."""

BY_WORD: dict[str, ObjectKind] = {
    word: kind for kind in KINDS.values() for word in (kind.name, kind.type_id, kind.singular)
}
"""Kind by every word that a path may use for it: plural, singular or type id."""
