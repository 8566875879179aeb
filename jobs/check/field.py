"""Whether the fields of the mapping exist, can be read, and are filled; and what set-up lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from connector.ports import PermanentCrmError
from connector.probe import Fill
from jobs.check.finding import Section, Sight
from jobs.check.need import TYPES, needs_of
from jobs.check.property import check_properties
from kpis.vocabulary import ObjectType
from mappings.fields import INPUT_NAMES

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)


@dataclass(frozen=True, slots=True)
class FieldFound:
    """One mapped field of one object type.

    Attributes:
        target: property of the CRM, None when it is not mapped.
        exists: the CRM has it.
        fault: why its values cannot be read, None when they can.
        filled: records with a value; None when that is not known.
        total: records; None when that is not known either.
        is_new_input: an input of ours, which is empty until people fill it in.
    """

    object_type: ObjectType
    name: str
    target: str | None
    exists: bool
    fault: str | None
    filled: int | None
    total: int | None
    is_new_input: bool

    @property
    def gives_values(self) -> bool:
        """Whether any value comes out of it, as far as is known."""
        return self.exists and self.fault is None and (self.filled is None or self.filled > 0)

    @property
    def share(self) -> float | None:
        """Share of the records with a value, 0-1; None when that is not known."""
        return self.filled / self.total if self.filled is not None and self.total else None


@dataclass(frozen=True, slots=True)
class FieldsChecked:
    """What was found of the fields.

    Attributes:
        filled: records with a value, by object type and field; without those nobody tells.
    """

    section: Section
    filled: Mapping[tuple[ObjectType, str], int]


def check_fields(sight: Sight) -> FieldsChecked:
    """Look at every mapped field, and at the properties that set-up creates."""
    section = Section("fields")
    found = {(one.object_type, one.name): one for one in _fields(sight)}
    for one in found.values():
        _faults(one, section)
    for object_type in OBJECT_TYPES:
        _rates(
            object_type,
            [one for one in found.values() if one.object_type == object_type],
            section,
        )
    _needs(sight, found, section)
    check_properties(sight, section)
    section.figures["fields"] = [_figures(one) for one in found.values()]
    filled = {key: one.filled for key, one in found.items() if one.filled is not None}
    return FieldsChecked(section, filled)


def _fields(sight: Sight) -> list[FieldFound]:
    description, prefix = sight.description, sight.wiring.parameters.write_back.prefix
    has_types = description.capabilities.needs_properties
    found: list[FieldFound] = []
    for object_type in OBJECT_TYPES:
        standing = description.properties.get(object_type)
        if standing is None or object_type not in description.capabilities.readable:
            continue
        mapped: dict[str, str | None] = dict(sight.wiring.mapping.fields.of(object_type))
        present = [name for name, target in mapped.items() if target in standing]
        fill = fill_of(sight, object_type, present)
        for name, target in mapped.items():
            definition = standing.get(target or "")
            needed = TYPES.get(name)
            is_wrong = has_types and definition and needed and definition.value_type not in needed
            fault = (
                f'"{target}" is of type {definition.value_type}, and '
                f"{' or '.join(sorted(needed))} is needed: a value that cannot be read rejects "
                "its record"
                if is_wrong and definition and needed
                else None
            )
            found.append(
                FieldFound(
                    object_type=object_type,
                    name=name,
                    target=target,
                    exists=definition is not None,
                    fault=fault,
                    filled=fill.by_field.get(name) if fill and fill.total else None,
                    total=fill.total if fill else None,
                    is_new_input=name in INPUT_NAMES and target == prefix + name,
                )
            )
    return found


def fill_of(sight: Sight, object_type: ObjectType, names: Sequence[str]) -> Fill | None:
    """How many records have a value; None when nobody tells.

    From the mirror when it is filled, and from the CRM what the mirror does not keep.
    """
    kept = Fill(0, {})
    if sight.is_pulled:
        from jobs.check.mirror import fill_in  # noqa: PLC0415 - loads Polars

        kept = fill_in(sight.mirror, object_type, names)
        names = [name for name in names if name not in kept.by_field]
        if not names:
            return kept
    sight.progress(f"fields of {object_type}", 0, len(names))
    try:
        found = sight.wiring.crm.fill(object_type, names)
    except PermanentCrmError:
        return kept if sight.is_pulled else None
    if not sight.is_pulled:
        return found
    more = {name: min(count, kept.total) for name, count in found.by_field.items()}
    return Fill(kept.total, {**kept.by_field, **more})


def _faults(one: FieldFound, section: Section) -> None:
    """Say that a field cannot be read."""
    subject = f"fields.{one.object_type}.{one.name}"
    if one.fault is not None:
        section.say("warning", subject, one.fault)
    elif one.target is not None and not one.exists and not one.is_new_input:
        text = f'the CRM has no property "{one.target}": name another one, or null'
        section.say("warning", subject, text)


def _rates(object_type: ObjectType, found: list[FieldFound], section: Section) -> None:
    """Say in one line how full the fields of one type are."""
    known = [one for one in found if one.share is not None and one.exists]
    if not known:
        if found:
            is_empty = found[0].total == 0
            text = "no record yet" if is_empty else "the CRM does not tell how full they are"
            section.say("hint", f"{object_type} fields", text)
        return
    full = sorted(known, key=lambda one: (-(one.share or 0), one.name))
    some = [f"{one.name} {_percent(one)}" for one in full if one.filled]
    text = f"of {known[0].total:,}: {', '.join(some) or 'none is filled'}"
    section.say("ok", f"{object_type} fields", text)
    inputs = sum(not one.filled and one.is_new_input for one in full)
    empty = [one.name for one in full if not one.filled and not one.is_new_input]
    told = [f"empty everywhere: {', '.join(empty)}"] if empty else []
    told += [f"{inputs} inputs that nobody has filled in yet"] if inputs else []
    if told:
        section.say("hint", f"{object_type} fields", "; ".join(told))


def _percent(one: FieldFound) -> str:
    """Share in whole percents, where neither 0 nor 100 is said of anything between."""
    percent = round(100 * (one.share or 0))
    if percent == 0 and one.filled:
        return "<1 %"
    return ">99 %" if percent == 100 and one.filled != one.total else f"{percent} %"  # noqa: PLR2004


def _needs(
    sight: Sight, found: Mapping[tuple[ObjectType, str], FieldFound], section: Section
) -> None:
    """Say which KPIs miss every field that they could rest on."""
    for need in needs_of(sight.wiring.parameters):
        keys = [(need.object_type, name) for name in need.fields]
        fields = [found[key] for key in keys if key in found]
        if not fields or any(one.gives_values for one in fields):
            continue  # without the whole type, its access says enough
        why = _why(fields)
        is_up_to_people = all(one.is_new_input or one.target is None for one in fields)
        section.miss(need.kpi, why, "hint" if is_up_to_people else "warning")
        if not is_up_to_people and all(one.exists and one.fault is None for one in fields):
            subject = f"fields.{need.object_type}.{need.fields[0]}"
            text = f"{need.kpi}: {why}: {need.cost}"
            section.say("warning", subject, text, is_detail=True)


def _why(fields: Sequence[FieldFound]) -> str:
    """Why none of these gives a value, each reason once."""
    names: dict[str, list[str]] = {}
    for one in fields:
        if one.target is None:
            names.setdefault("not mapped", []).append(one.name)
        elif not one.exists:
            names.setdefault("not in the CRM", []).append(one.target)
        elif one.fault is not None:
            names.setdefault("of another type", []).append(one.target)
        else:
            reason = f"empty on all {one.total:,} {one.object_type}"
            names.setdefault(reason, []).append(one.target)
    return "; ".join(
        f"{', '.join(found)} {'is' if len(found) == 1 else 'are'} {reason}"
        for reason, found in names.items()
    )


def _figures(one: FieldFound) -> dict[str, object]:
    return {
        "object": one.object_type,
        "field": one.name,
        "property": one.target,
        "exists": one.exists,
        "fault": one.fault,
        "filled": one.filled,
        "total": one.total if one.filled is not None else None,
        "share": None if one.share is None else round(one.share, 4),
        "is_new_input": one.is_new_input,
    }
