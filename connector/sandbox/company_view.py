"""Reads records for people: labels for values, names for ids, whatever prefix the account uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.sandbox.definitions import Json, definition
from connector.sandbox.demo_account import GROUP, INPUT_NAMES
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord
from connector.sandbox.spoken import Spoken

_PHASE = "buying_phase"
_DEFAULT_PREFIX = "csk_"
INPUTS = tuple(name.removeprefix(_DEFAULT_PREFIX) for name in INPUT_NAMES)
"""Properties that people fill, without prefix."""

_TONES = {
    "phase_status": {"on_track": "good", "at_risk": "warn", "stalled": "bad", "reverify": "warn"},
    "relation_score_band": {"good": "good", "attention": "warn", "weak": "bad"},
    "contact_status": {"ok": "good", "due": "warn", "overdue": "bad", "never": "bad"},
}
EMPTY: Json = definition("", "", "string", "text", options={}, group="", at="")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as a reader sees it; `tone` is good, warn, bad or nothing."""

    label: str
    text: str
    tone: str = ""


class Reader:
    """Reads records of one portal, at one moment, for people.

    The properties of the method are found by the group that set-up puts them in, whatever their
    prefix; a property that does not stand has an empty label and is left out.
    """

    def __init__(self, portal: Portal, now: datetime) -> None:
        self.portal = portal
        self.now = now
        self.spoken = Spoken(portal.language, ZoneInfo(portal.timezone))
        self.prefix = _prefix_of(portal)
        self._sellers = {
            one["id"]: f"{one['firstName']} {one['lastName']}".strip() for one in portal.owners
        }
        self._stages = {
            (pipeline["id"], stage["id"]): (pipeline["label"], stage["label"])
            for pipeline in portal.deal_pipelines
            for stage in pipeline["stages"]
        }

    def value(self, record: PortalRecord, name: str) -> str:
        """Value of a property of the method, by its name without prefix."""
        return record.values.get(self.prefix + name, "")

    def of_method(self, object_type: str, record: PortalRecord, name: str) -> Shown:
        """A property of the method with its label, by its name without prefix."""
        tone = _TONES.get(name, {}).get(self.value(record, name), "")
        found = self.of(object_type, record, self.prefix + name)
        return Shown(found.label, found.text, tone)

    def of(self, object_type: str, record: PortalRecord, name: str) -> Shown:
        """Any property with its label."""
        about = self.portal.properties[object_type].get(name, EMPTY)
        value = record.values.get(name, "")
        text = self.spoken.shown(about, value, currency=self.portal.currency)
        return Shown(about["label"], text)

    def labelled(self, object_type: str, name: str, value: str) -> Shown:
        """A value of a property of the method, whoever has it."""
        about = self.portal.properties[object_type].get(self.prefix + name, EMPTY)
        text = self.spoken.shown(about, value, currency=self.portal.currency)
        return Shown(about["label"], text)

    def phases(self) -> dict[str, str]:
        """Labels of the phases by value, in their order; none before set-up."""
        return dict(self.spoken.labels_of(self._definition(_PHASE)))

    def warnings(self, record: PortalRecord) -> list[str]:
        """Labels of the warnings about a company's data."""
        labels = self.spoken.labels_of(self._definition("data_warnings"))
        found = self.value(record, "data_warnings").split(";")
        return [labels.get(one, one) for one in found if one]

    def seller(self, record: PortalRecord) -> str:
        """Name of the owner; "" without one."""
        owner_id = record.values.get("hubspot_owner_id", "")
        return self._sellers.get(owner_id, owner_id)

    def linked(self, company_id: str, object_type: str) -> Iterator[PortalRecord]:
        """Live records that are linked to a company."""
        for record_id in self.portal.links.of("companies", company_id, object_type):
            record = self.portal.objects[object_type].get(record_id)
            if record is not None and record.archived_ms is None:
                yield record

    def stage(self, record: PortalRecord) -> tuple[str, str]:
        """Labels of a deal's pipeline and stage; ids where the account has no such stage."""
        key = record.values.get("pipeline", ""), record.values.get("dealstage", "")
        return self._stages.get(key, key)

    def _definition(self, name: str) -> Json:
        return self.portal.properties["companies"].get(self.prefix + name, EMPTY)


def _prefix_of(portal: Portal) -> str:
    for name, one in portal.properties["companies"].items():
        if one["groupName"] == GROUP and name.endswith(_PHASE):
            return name.removesuffix(_PHASE)
    return _DEFAULT_PREFIX
