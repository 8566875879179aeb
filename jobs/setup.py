"""Create our groups and properties in the CRM: the plan first, then what is missing of it.

Run again, it brings the words of our own properties in line with the configured language and texts.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from connector.definition import PropertyDefinition, SchemaPlan
from connector.ports import Crm, Description, PermanentCrmError
from jobs.basis import COMPUTED_KEY
from jobs.describe import forget_description
from jobs.wiring import Wiring
from kpis.properties import GROUP_NAME, Property, properties_of
from kpis.vocabulary import Language, ObjectType
from kpis.wording import Texts
from mappings.fields import Fields
from store.store import Store

SETUP_KEY = "setup"
DAYS_IN_PHASE = "days_in_phase"

Plan: TypeAlias = SchemaPlan
"""What set-up would do."""


def wanted_properties(
    fields: Fields, objects: Sequence[ObjectType], *, prefix: str, days_in_phase: bool = True
) -> dict[ObjectType, tuple[Property, ...]]:
    """Rows of spec 7 that this account needs.

    An input that the mapping points at the customer's own field, or at none, is not created; nor
    is `days_in_phase`, which changes on every relation every day, unless it was asked for.
    """
    wanted: dict[ObjectType, tuple[Property, ...]] = {}
    for object_type in objects:
        group = fields.of(object_type)
        inputs = [
            row
            for row in properties_of(object_type, "in")
            if getattr(group, row.name) == prefix + row.name
        ]
        outputs = [
            row
            for row in properties_of(object_type, "out")
            if days_in_phase or row.name != DAYS_IN_PHASE
        ]
        if inputs or outputs:
            wanted[object_type] = (*inputs, *outputs)
    return wanted


def to_definition(
    row: Property, texts: Texts, *, prefix: str, language: Language
) -> PropertyDefinition:
    """Definition of one property; the other language's label becomes its description."""
    other: Language = "en" if language == "nl" else "nl"
    label = getattr(texts.properties, row.object_type)[row.name]
    return PropertyDefinition(
        name=prefix + row.name,
        label=label.text(language),
        value_type=row.value_type,
        field_type=row.field_type,
        group=GROUP_NAME,
        description=label.text(other),
        options={one: texts.label(row.option_set or "", one, language) for one in row.options},
        number_hint=_NUMBER_HINTS.get(row.number_format),
    )


_NUMBER_HINTS = {"currency": "currency", "percentage": "percentage"}


def plan_setup(wiring: Wiring, objects: Sequence[ObjectType] | None = None) -> SchemaPlan:
    """Compare what this account needs with what stands; changes nothing.

    Args:
        wiring: the account.
        objects: object types to set up; all that are written back when None.
    """
    write_back = wiring.parameters.write_back
    rows = wanted_properties(
        wiring.mapping.fields,
        wiring.config.write_back.objects if objects is None else objects,
        prefix=write_back.prefix,
        days_in_phase=write_back.days_in_phase,
    )
    wanted: Mapping[ObjectType, Sequence[PropertyDefinition]] = {
        object_type: [
            to_definition(row, wiring.texts, prefix=write_back.prefix, language=write_back.language)
            for row in found
        ]
        for object_type, found in rows.items()
    }
    return wiring.crm.plan_schema(wanted)


def split_by_access(
    objects: Sequence[ObjectType], description: Description
) -> tuple[tuple[ObjectType, ...], dict[ObjectType, str]]:
    """Objects whose properties this key may read, and why it may not read those of the others."""
    reasons = description.capabilities.missing
    left_out = {
        one: reasons.get(f"{one} properties", "its properties cannot be read")
        for one in objects
        if one not in description.properties
    }
    return tuple(one for one in objects if one not in left_out), left_out


def room_faults(plan: SchemaPlan, description: Description) -> list[str]:
    """Sentences on object types that cannot take what the plan would create."""
    return [
        f"{object_type}: {len(rows)} properties to create, room for {room}: "
        "archive custom properties that nobody uses, or raise the account's limit"
        for object_type, rows in plan.create.items()
        if (room := description.property_room.get(object_type)) is not None and room < len(rows)
    ]


def run_setup(
    crm: Crm, store: Store, plan: SchemaPlan, description: Description
) -> tuple[str, ...]:
    """Create and reword what the plan names; remember that this account may be written to.

    Returns sentences on properties whose words the CRM would not change.

    Raises:
        PermanentCrmError: there is no room, or the CRM refused a property.
    """
    if faults := room_faults(plan, description):
        raise PermanentCrmError("set-up: " + "; ".join(faults))
    refused = crm.ensure_schema(plan)
    forget_description(store)
    store.clear_cursors(list(plan.create))  # whatever we knew of them does not stand any more
    if plan.create:
        store.save_state(COMPUTED_KEY, None)  # what was written before does not stand in them
    store.save_state(SETUP_KEY, description.account_id)
    return refused


SCOPES = """\
Least scopes of the key (a run needs those without *, set-up those with *):
  crm.objects.companies.read, .write      companies and the values written back
  crm.objects.contacts.read, .write       contacts, calls, meetings, tasks, notes; DMU roles and the
                                          seller's task
  crm.objects.deals.read, .write          deals: phases, revenue
  crm.objects.owners.read                 who sells
  sales-email-read                        e-mail as contact; without it mail does not count
  crm.schemas.companies.write *, crm.schemas.deals.write *, crm.schemas.contacts.write *
  crm.objects.goals.read                  optional: targets of sellers
  crm.dealsplits.read_write               optional: shared deals
  settings.currencies.read                optional: the account's own exchange rates"""
