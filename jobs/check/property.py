"""What set-up would still create, whether there is room for it, and what is in the way."""

from collections.abc import Mapping

from connector.definition import SchemaPlan
from jobs.check.finding import Section, Sight
from jobs.setup import plan_setup, room_faults, split_by_access
from kpis.vocabulary import ObjectType


def check_properties(sight: Sight, section: Section) -> None:
    """Hold the properties that stand against those that are wanted."""
    description = sight.description
    if not sight.wiring.needs_setup:
        section.say("ok", "properties", "none are needed: results are files beside the export")
        return
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
            "outdated": plan.reworded,
        },
        "room": {one: description.property_room.get(one) for one in objects},
    }


def _creating(sight: Sight, missing: Mapping[ObjectType, int], section: Section) -> None:
    """Say whether this key may create what is missing; set-up may be given another one."""
    for one, count in missing.items():
        if reason := sight.probe.refused.get(f"create {one} properties"):
            text = f"{reason}: set-up cannot create the {count} that are missing with this key"
            section.say("error", f"access to create {one} properties", text)


def _standing(plan: SchemaPlan, section: Section) -> None:
    """Say of what stands where it differs: a word bothers nobody, an option that lacks does."""
    lacking = {
        f"{kind}.{one.wanted.name}": one.lacking_options
        for kind, found in plan.update.items()
        for one in found
        if one.lacking_options
    }
    for name, options in lacking.items():
        text = f"{name} has no option {', '.join(options)}: the CRM refuses"
        section.say("error", "properties", f"{text} such values until `toprelatie setup` adds them")
    if outdated := plan.reworded - len(lacking):
        text = f"{outdated} have other words than wanted: `toprelatie setup` brings them up to date"
        section.say("hint", "properties", text)
    if not plan.conflicts and not lacking and not any(plan.create.values()):
        how = "" if outdated else " as wanted"
        section.say("ok", "properties", f"all {plan.unchanged + outdated} stand{how}")


def _room(sight: Sight, missing: Mapping[ObjectType, int]) -> str:
    """Room of each type that set-up would create properties for."""
    room = sight.description.property_room
    known = {one: room.get(one) for one in missing}
    return "; ".join(
        f"{one} takes {count}, "
        + ("room unknown" if (free := known[one]) is None else f"room for {free:,}")
        for one, count in missing.items()
    )
