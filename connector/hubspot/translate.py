"""From HubSpot's records to ours: the properties asked for, and the records built from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import cast, get_args

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.ports import PulledType
from connector.record import (
    activity_properties,
    company_reader,
    contact_reader,
    deal_reader,
    picker,
    properties_in_use,
    to_activity,
)
from connector.values import (
    RecordError,
    Values,
    to_instant,
    to_instant_or_none,
)
from kpis.records import NO_VALUES, Record
from kpis.vocabulary import ActivityType, ObjectType
from mappings.fields import Fields

Build = Callable[[Payload], Record]
"""Builds the record out of what arrived; raises `RecordError`."""

TEXT_OR_NOTHING = frozenset({str, NoneType})
ACTIVITY_TYPES = frozenset(get_args(ActivityType))


def modified_of(payload: Payload, name: str) -> datetime | None:
    """Modified time of a record as it arrived, None when it tells none that can be read."""
    values = payload.get("properties")
    text = values.get(name) if isinstance(values, dict) else None
    return to_instant_or_none(text or payload.get("updatedAt"))


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
            if not TEXT_OR_NOTHING.issuperset(map(type, values.values())):
                raise RecordError("has a value that is no text")
            modified_at = to_instant(values.get(modified) or payload.get("updatedAt"))
            if modified_at is None:
                raise RecordError("has no modified date")
            return translate(external_id, modified_at, values)

        return build

    def _translator(self, object_type: PulledType) -> Callable[[str, datetime, Values], Record]:
        fields = self.fields
        match object_type:
            case "companies":
                return self._with_standing(object_type, company_reader(fields.company))
            case "contacts":
                return self._with_standing(object_type, contact_reader(fields.contact))
            case "deals":
                return self._with_standing(object_type, deal_reader(fields.deal))
            case _:
                return lambda one, at, values: to_activity(one, at, values, object_type, fields)

    def _with_standing(
        self, object_type: ObjectType, read: Callable[..., Record]
    ) -> Callable[[str, datetime, Values], Record]:
        standing = self._standing(object_type)
        return lambda one, at, values: read(one, at, values, standing(values))

    def _standing(self, object_type: ObjectType) -> Callable[[Values], Mapping[str, str]]:
        """Return what picks our own values out of a record's; null and "" are not there."""
        names = self.standing.get(object_type, ())
        texts_of = picker([self.prefix + name for name in names])

        def pick(values: Values) -> Mapping[str, str]:
            texts = texts_of(values)
            if not any(texts):
                return NO_VALUES
            return {name: text for name, text in zip(names, texts, strict=True) if text}

        return pick
