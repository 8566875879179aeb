"""Everything that stands in the way, at once: scopes, stages, fields, properties, room."""

from collections.abc import Mapping
from dataclasses import dataclass

from connector.ports import Description
from jobs.pulled import PULLED_TYPES
from jobs.setup import plan_setup, room_faults, split_by_access
from jobs.wiring import Wiring
from kpis.vocabulary import ObjectType
from mappings.fields import INPUT_NAMES
from mappings.stages import read_stages

KPI_OF: Mapping[str, str] = {
    "companies": "nothing can be computed",
    "contacts": "right contacts (profile) cannot be measured",
    "deals": "realised revenue and deal evidence of the phase are blank",
    "splits": "deals count for their owner at close alone",
    "goals": "target, attainment and pace are blank unless revenue.targets holds them",
    "history": "phases start at the day of the first pull",
    "owners": "sellers have no names, and who has left is not known",
    "stages": "no deal decides a phase or counts as revenue",
    "dispositions": "calls count as conversations by HubSpot's own outcomes alone",
    "room for custom properties": "set-up cannot tell beforehand whether all properties fit",
    "companies properties": "no value can be written to companies",
    "contacts properties": "no value can be written to contacts",
    "deals properties": "no value can be written to deals",
    "rates": "amounts in other currencies need reporting.rates",
}
"""What suffers when something cannot be read; for activities: contact and stale deals."""

ACTIVITY_KPI = "stale deals and contact moments miss this kind of activity"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: an `error` stops writing, a `warning` costs a KPI, an `ok` is fine."""

    level: str
    subject: str
    text: str


def run_check(wiring: Wiring) -> list[Finding]:
    """Compare configuration and mapping with the CRM; changes nothing there and nothing here."""
    description = wiring.crm.describe()
    return [
        _account(description),
        *_missing(description),
        *_stages(wiring, description),
        *_fields(wiring, description),
        *_properties(wiring, description),
    ]


def _account(description: Description) -> Finding:
    people = sum(not owner.is_archived for owner in description.owners)
    return Finding(
        "ok",
        "account",
        f"{description.account_id}, currency {description.currency or 'unknown'}, "
        f"time zone {description.timezone or 'unknown'}, {people} active owners, "
        f"{len(description.stages)} deal stages",
    )


def cost_of(what: str) -> str:
    """What suffers when this cannot be read."""
    return KPI_OF.get(what, ACTIVITY_KPI)


def _missing(description: Description) -> list[Finding]:
    missing = dict(description.capabilities.missing)
    for kind in PULLED_TYPES:
        if kind not in description.capabilities.readable:
            missing.setdefault(kind, "this CRM has none")
    return [
        Finding("warning", f"access to {what}", f"{why}: {cost_of(what)}")
        for what, why in missing.items()
    ]


def _stages(wiring: Wiring, description: Description) -> list[Finding]:
    reading = read_stages(wiring.mapping, description.stages)
    deals = wiring.store.count_deals_by_stage()
    unmapped = [
        Finding(
            "error",
            f"stages.{pipeline}.{stage}",
            f"no line of {wiring.config.mapping.name} names this stage; "
            f"{deals.get((pipeline, stage), 0)} deals in the mirror stand in it and are skipped: "
            "add the line, or ask `toprelatie mapping suggest`",
        )
        for pipeline, stage in reading.unmapped
    ]
    contradictions = [Finding("error", "stages", text) for text in reading.contradictions]
    return [*unmapped, *contradictions] or [
        Finding("ok", "stages", f"all {len(description.stages)} stages are mapped")
    ]


def _fields(wiring: Wiring, description: Description) -> list[Finding]:
    """Fields of the mapping that name a property which the CRM does not have."""
    objects: tuple[ObjectType, ...] = ("companies", "contacts", "deals")
    found: list[Finding] = []
    for object_type in objects:
        stands = description.properties.get(object_type)
        if stands is None or object_type not in description.capabilities.readable:
            continue
        for name, target in wiring.mapping.fields.of(object_type):
            if target is not None and target not in stands and name not in INPUT_NAMES:
                found.append(
                    Finding(
                        "warning",
                        f"fields.{object_type}.{name}",
                        f'the CRM has no property "{target}": name another one, or null',
                    )
                )
    return found


def _properties(wiring: Wiring, description: Description) -> list[Finding]:
    if not description.capabilities.can_write:
        return [
            Finding("warning", "properties", "this CRM cannot be written to: results stay here")
        ]
    objects, _ = split_by_access(wiring.config.write_back.objects, description)
    plan = plan_setup(wiring, objects)
    missing = sum(len(rows) for rows in plan.create.values())
    found = [Finding("error", "properties", text) for text in plan.conflicts]
    found += [Finding("error", "room", text) for text in room_faults(plan, description)]
    if missing:
        found.append(
            Finding("error", "properties", f"{missing} are missing: run `toprelatie setup`")
        )
    return found or [Finding("ok", "properties", f"all {plan.unchanged} stand as wanted")]
