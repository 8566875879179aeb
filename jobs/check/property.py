"""What set-up would still create, whether there is room for it, and what is in the way."""

from collections.abc import Mapping

from connector.definition import SchemaPlan
from jobs.check.finding import Section, Sight
from jobs.setup import plan_setup, room_faults, split_by_access
from kpis.vocabulary import ObjectType


def check_properties(sight: Sight, section: Section) -> None:
    """Hold the properties that stand against those that are wanted."""
    description = sight.description
    if not description.capabilities.can_write:
        text = "this CRM cannot be written to: results stay here"
        section.say("warning", "properties", text)
        return
    objects, _ = split_by_access(sight.wiring.config.write_back.objects, description)
    plan = plan_setup(sight.wiring, objects)
    missing = {one: len(rows) for one, rows in plan.create.items() if rows}
    for text in plan.conflicts:
        section.say("error", "properties", text)
    for text in room_faults(plan, description):
        section.say("error", "room", text)
    if missing:
        text = f"{sum(missing.values())} are missing: run `toprelatie setup`"
        section.say("error", "properties", f"{text} ({_room(sight, missing)})")
        _creating(sight, missing, section)
    _standing(plan, section)
    section.figures |= {
        "properties": {
            "missing": missing,
            "conflicts": list(plan.conflicts),
            "standing": plan.unchanged,
            "outdated": _outdated(plan),
        },
        "room": {one: description.property_room.get(one) for one in objects},
    }


def _outdated(plan: SchemaPlan) -> int:
    """Properties of ours that stand with other words than those wanted."""
    return sum(len(rows) for rows in plan.update.values())


def _creating(sight: Sight, missing: Mapping[ObjectType, int], section: Section) -> None:
    """Say whether this key may create what is missing; set-up may be given another one."""
    for one, count in missing.items():
        if reason := sight.probe.refused.get(f"create {one} properties"):
            text = f"{reason}: set-up cannot create the {count} that are missing with this key"
            section.say("error", f"access to create {one} properties", text)


def _standing(plan: SchemaPlan, section: Section) -> None:
    if outdated := _outdated(plan):
        text = f"{outdated} have other words than wanted: `toprelatie setup` brings them up to date"
        section.say("hint", "properties", text)
    if not plan.conflicts and not any(plan.create.values()):
        section.say("ok", "properties", f"all {plan.unchanged + outdated} stand as wanted")


def _room(sight: Sight, missing: Mapping[ObjectType, int]) -> str:
    """Room of each type that set-up would create properties for."""
    room = sight.description.property_room
    known = {one: room.get(one) for one in missing}
    return "; ".join(
        f"{one} takes {count}, "
        + ("room unknown" if (free := known[one]) is None else f"room for {free:,}")
        for one, count in missing.items()
    )
