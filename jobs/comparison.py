"""Results against what stands in the CRM, object by object, as far as it can be written."""

from collections.abc import Mapping, Sequence

from connector.ports import Description
from jobs.difference import differences
from jobs.outcome import Report
from jobs.setup import DAYS_IN_PHASE, SETUP_KEY, wanted_properties
from jobs.wiring import Wiring
from kpis.properties import Property, properties_of
from kpis.vocabulary import ObjectType


def compare(wiring: Wiring, report: Report, description: Description | None) -> None:
    """Find what differs; a property that the CRM does not have is left out and said.

    Before set-up everything is compared, so that a preview shows what would come; so it is by a
    run that asks the CRM nothing, which has no description.
    """
    assert report.results is not None  # noqa: S101 - computed by the caller
    prefix, objects = wiring.parameters.write_back.prefix, wiring.config.write_back.objects
    wanted = wanted_properties(
        wiring.mapping.fields,
        objects,
        prefix=prefix,
        days_in_phase=_writes_days(wiring, description),
    )
    is_set_up = wiring.store.read_state(SETUP_KEY) is not None
    for object_type in objects:
        frame = report.results.frames.get(object_type)
        if frame is None or (description and object_type not in description.capabilities.readable):
            continue
        names = _written_names(wanted, object_type)
        if description:
            names = _known_names(
                report, description, object_type, names, prefix=prefix, is_set_up=is_set_up
            )
            names -= _names_of_another_make(report, description, object_type, prefix=prefix)
        standing = wiring.store.read_standing(object_type)
        report.standing[object_type] = len(standing)
        report.found += differences(object_type, frame, standing, as_of=report.as_of, known=names)


def _known_names(
    report: Report,
    description: Description,
    object_type: ObjectType,
    names: frozenset[str],
    *,
    prefix: str,
    is_set_up: bool,
) -> frozenset[str]:
    """Those of the names that the CRM has; before set-up, all of them."""
    lacking = _lacking(description, object_type, [prefix + name for name in names])
    if lacking and is_set_up:
        report.leave_out(_lacking_note(description, object_type, lacking))
        return names - {name.removeprefix(prefix) for name in lacking}
    if lacking:
        report.notes.append(
            f"{object_type}: {len(lacking)} properties are still to be created: "
            "run `toprelatie setup` before the first run that writes"
        )
    return names


def _names_of_another_make(
    report: Report, description: Description, object_type: ObjectType, *, prefix: str
) -> frozenset[str]:
    """Names under which somebody else keeps a property of another type: nothing is written there.

    The CRM would refuse such a value, and with it all others of the record.
    """
    if not description.capabilities.needs_properties:
        return frozenset()
    stands = description.properties.get(object_type, {})
    found = {
        row.name: f"{prefix}{row.name} stands as {one.value_type} and is wanted as {row.value_type}"
        for row in properties_of(object_type, "out")
        if (one := stands.get(prefix + row.name)) and one.value_type != row.value_type
    }
    for sentence in found.values():
        report.leave_out(
            f"{object_type}: {sentence}: left out; rename or remove that property, then run "
            "`toprelatie setup`"
        )
    return frozenset(found)


def _writes_days(wiring: Wiring, description: Description | None) -> bool:
    """Whether days in the phase are written, or emptied where they stand from before."""
    write_back = wiring.parameters.write_back
    stands = {} if description is None else description.properties.get("companies", {})
    return write_back.days_in_phase or write_back.prefix + DAYS_IN_PHASE in stands


def _written_names(
    wanted: Mapping[ObjectType, Sequence[Property]], object_type: ObjectType
) -> frozenset[str]:
    return frozenset(row.name for row in wanted.get(object_type, ()) if row.direction == "out")


def _lacking(
    description: Description, object_type: ObjectType, properties: Sequence[str]
) -> list[str]:
    """Those of the properties that the CRM does not have, as far as it needs them at all."""
    if not description.capabilities.needs_properties:
        return []
    stands = description.properties.get(object_type, {})
    return sorted(name for name in properties if name not in stands)


def _lacking_note(description: Description, object_type: ObjectType, lacking: list[str]) -> str:
    if object_type not in description.properties:
        reason = description.capabilities.missing.get(f"{object_type} properties", "not readable")
        return f"{object_type}: left out, for its properties cannot be read: {reason}"
    return (
        f"{object_type}: the CRM lacks {', '.join(lacking)}: left out; "
        "run `toprelatie setup` to create what is missing"
    )
