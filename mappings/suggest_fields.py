"""Suggested properties of the CRM for our fields, where a name or a label tells.

A property of another type than the field is never suggested: it could not be read. HubSpot's own
property stays in use where it stands; one of the account's own that says the same is named beside
it. Where two would do, a person chooses.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kpis.vocabulary import ObjectType
from mappings.clues import CLUES, NO_HOLDER, TYPES, Clue, Kind
from mappings.fields import INPUT_NAMES, Fields
from mappings.suggestion import CrmProperty, Line, Mark, Properties, answered, labelled, scalar

_OBJECTS: Final[tuple[tuple[str, ObjectType], ...]] = (
    ("company", "companies"),
    ("contact", "contacts"),
    ("deal", "deals"),
)
HEAD = """\

# our name -> the property of the CRM; null = not measured. Inputs that are not named here (pains,
# gains, current_suppliers, ...) are {prefix}pains, ...: {origin}.
"""
CREATED, EXPORTED = "`toprelatie setup` creates them in the CRM", "columns that the export may have"

_NEEDED: Final = frozenset({"owner", "pipeline", "stage", "amount", "closed_on"})
"""Fields without which phases or revenue cannot be known."""


@dataclass(slots=True)
class FoundFields:
    """The part `fields`, and the properties of which the options are words to be mapped."""

    lines: list[Line] = field(default_factory=list)
    lost_reason: CrmProperty | None = None
    lead_status: CrmProperty | None = None


@dataclass(frozen=True, slots=True)
class _Choice:
    """One field of one object, and what the CRM has for it."""

    name: str
    default: str | None
    clue: Clue | None
    own: Sequence[CrmProperty]
    standing: CrmProperty | None
    is_readable: bool

    @property
    def is_input(self) -> bool:
        return self.name in INPUT_NAMES


def suggest_fields(
    by_type: Mapping[ObjectType, Properties], *, crm: str, prefix: str
) -> FoundFields:
    """Suggest the part `fields`; an object without properties to look at keeps its defaults.

    Args:
        by_type: properties by object type (`companies`, ...).
        crm: `files`: columns, of which nobody told the type.
        prefix: stands before the names of our own properties, which are no candidates.
    """
    found = FoundFields()
    has_types = crm != "files"
    for group, object_type in _OBJECTS:
        properties = by_type.get(object_type)
        if not properties:
            continue
        lines: list[Line] = []
        for choice in _choices(group, properties, prefix=prefix, has_types=has_types):
            target, line = _decide(choice)
            lines += [line] if line else []
            if target is not None and choice.name in ("lost_reason", "lead_status"):
                setattr(found, choice.name, target)
        found.lines += [Line(f"  {group}:"), *lines]
    if found.lines:
        origin = CREATED if has_types else EXPORTED
        head = HEAD.format(prefix=prefix, origin=origin).splitlines()
        found.lines[:0] = [*map(Line, head), Line("fields:")]
    return found


def _choices(
    group: str, properties: Properties, *, prefix: str, has_types: bool
) -> Iterator[_Choice]:
    clues = CLUES[group]
    for name, usual in getattr(Fields(), group):
        default = f"{prefix}{name}" if name in INPUT_NAMES else usual
        clue = clues.get(name)
        standing = None if name in INPUT_NAMES else properties.get(default or "")
        own = [
            one
            for one in properties.values()
            if clue
            and one.name != default
            and not one.name.startswith((prefix, "hs_"))
            and _fits(one, clue.kind, has_types=has_types)
            and _is_told(one, clue.words)
        ]
        is_readable = standing is None or (
            clue is None or _fits(standing, clue.kind, has_types=has_types)
        )
        yield _Choice(name, default, clue, own, standing, is_readable)


def _fits(one: CrmProperty, kind: Kind, *, has_types: bool) -> bool:
    is_share = kind == "number" and one.number_hint == "percentage"
    is_untold = not has_types and one.value_type == "string"
    return not is_share and (is_untold or one.value_type in TYPES[kind])


def _is_told(one: CrmProperty, words: Sequence[str]) -> bool:
    """Whether the label, or else the name, is about this and not about a part of it."""
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    texts = (one.label, one.name.replace("_", " "))
    return any(pattern.search(text) for text in texts) and not any(
        NO_HOLDER.search(text) for text in texts
    )


def _decide(choice: _Choice) -> tuple[CrmProperty | None, Line | None]:
    """Property that holds the field, and the line that says so; a plain default needs no line."""
    if choice.is_input:
        return None, _input(choice)
    if choice.standing is not None and choice.is_readable:
        return _beside_the_default(choice, choice.standing)
    if choice.clue is None:
        return None, _absent(choice) if choice.standing is None else None
    match choice.own:
        case []:
            return None, _nothing(choice, choice.clue)
        case [one]:
            return one, _line(choice, scalar(one.name), f"label {labelled(one.label)}", "check")
        case several:
            reason = f"{_listed(several)}? until you choose, {choice.clue.without}"
            return None, _line(choice, "null", reason, "open")


def _input(choice: _Choice) -> Line | None:
    """Line of an input: the account's own property, where exactly one tells that it holds it."""
    match choice.own:
        case []:
            return None
        case [one]:
            reason = f"label {labelled(one.label)}; without this line {choice.default}"
            return _line(choice, scalar(one.name), reason, "check")
        case several:
            question = f"{_listed(several)}? else {choice.default}"
            return Line(f"    # {choice.name}:   # {question}", "open")


def _beside_the_default(choice: _Choice, standing: CrmProperty) -> tuple[CrmProperty, Line | None]:
    if choice.clue is None:
        return standing, None
    with_options = [one for one in choice.own if one.options]
    if choice.clue.prefers_options and not standing.options and len(with_options) == 1:
        one = with_options[0]
        reason = (
            f"label {labelled(one.label)}, to choose from; {labelled(standing.label)} is free text"
        )
        return one, _line(choice, scalar(one.name), reason, "check")
    if choice.own:
        reason = f"{labelled(standing.label)}; or your own {_listed(choice.own)}?"
        return standing, _line(choice, scalar(standing.name), reason, "check")
    return standing, _line(
        choice, scalar(standing.name), f"{labelled(standing.label)}, the default"
    )


def _absent(choice: _Choice) -> Line | None:
    """Line of a default that the CRM does not have; a company's name is never without."""
    if choice.default is None or choice.name == "name":
        return None
    reason = f"the CRM has no property {labelled(choice.default)}"
    if choice.name in _NEEDED:
        return _line(choice, "null", f"{reason}: name the one that holds it", "check")
    return _line(choice, "null", reason)


def _nothing(choice: _Choice, clue: Clue) -> Line:
    if choice.standing is not None:
        found = f"{labelled(choice.standing.label)} is of type {choice.standing.value_type}"
        return _line(choice, "null", f"{found}: {clue.without}", "check")
    if choice.default is not None:
        found = f"the CRM has no property {labelled(choice.default)}"
    else:
        found = "no property tells by its name that it holds this"
    return _line(choice, "null", f"{found}: {clue.without}")


def _line(choice: _Choice, value: str, reason: str, mark: Mark = "") -> Line:
    return answered(4, choice.name, value, reason, mark=mark)


def _listed(several: Sequence[CrmProperty]) -> str:
    return " or ".join(f"{labelled(one.label)} ({labelled(one.name)})" for one in several)
