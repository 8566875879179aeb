"""From HubSpot's records to ours: the properties asked for, and the records built from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.ports import PulledType
from connector.values import (
    RecordError,
    Values,
    activity_properties,
    properties_in_use,
    to_activity,
    to_company,
    to_contact,
    to_deal,
    to_instant,
)
from kpis.records import NO_VALUES, Record
from kpis.vocabulary import ActivityType, ObjectType
from mappings.fields import Fields

Build = Callable[[Payload], Record]
"""Builds the record out of what arrived; raises `RecordError`."""

ACTIVITY_TYPES = frozenset(get_args(ActivityType))


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Translates the records of one account.

    Attributes:
        standing: names without prefix of our properties that are read back, per object type.
    """

    fields: Fields
    prefix: str
    standing: Mapping[ObjectType, Sequence[str]]

    def asked(self, object_type: PulledType) -> tuple[str, ...]:
        """Names of the properties asked for with each record, sorted."""
        names = {api.modified_property(object_type)}
        if object_type in ACTIVITY_TYPES:
            names |= activity_properties(cast("ActivityType", object_type), self.fields)
        else:
            kind = cast("ObjectType", object_type)
            names |= properties_in_use(self.fields.of(kind))
            names |= {self.prefix + name for name in self.standing.get(kind, ())}
        return tuple(sorted(names))

    def builder(self, object_type: PulledType) -> Build:
        """Return what builds the records of one type; made once, for there are many."""
        modified = api.modified_property(object_type)
        translate = self._translator(object_type)

        def build(payload: Payload) -> Record:
            external_id, values = payload.get("id"), payload.get("properties")
            if not isinstance(external_id, str) or not external_id.isdecimal():
                raise RecordError("has no id of digits")
            if not isinstance(values, dict):
                raise RecordError("has no properties")
            if any(value is not None and type(value) is not str for value in values.values()):
                raise RecordError("has a value that is no text")
            modified_at = to_instant(values.get(modified) or payload.get("updatedAt"))
            if modified_at is None:
                raise RecordError("has no modified date")
            return translate(external_id, modified_at, values)

        return build

    def _translator(self, object_type: PulledType) -> Callable[[str, datetime, Values], Record]:
        fields = self.fields
        if object_type == "companies":
            standing = self._standing("companies")
            return lambda one, at, values: to_company(
                one, at, values, fields.company, standing(values)
            )
        if object_type == "contacts":
            standing = self._standing("contacts")
            return lambda one, at, values: to_contact(
                one, at, values, fields.contact, standing(values)
            )
        if object_type == "deals":
            standing = self._standing("deals")
            return lambda one, at, values: to_deal(one, at, values, fields.deal, standing(values))
        return lambda one, at, values: to_activity(one, at, values, object_type, fields)

    def _standing(self, object_type: ObjectType) -> Callable[[Values], Mapping[str, str]]:
        """Return what picks our own values out of a record's; null and "" are not there."""
        names = [(name, self.prefix + name) for name in self.standing.get(object_type, ())]

        def pick(values: Values) -> Mapping[str, str]:
            found = {name: text for name, target in names if (text := values.get(target))}
            return found or NO_VALUES

        return pick
