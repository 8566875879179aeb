"""Words of a property: its label, its description, the labels of its options.

They follow the configured language and texts. HubSpot replaces a list of options as a whole, and
values of an option that is left out are lost to people, so what stands is always sent along
(reference: properties).
"""

from connector.definition import (
    DESCRIPTION,
    LABEL,
    OPTION,
    PropertyDefinition,
    PropertyUpdate,
    WordChange,
)
from connector.http.dialect import Payload
from connector.hubspot.payload import number_in, objects_in


def is_ours(found: PropertyDefinition, wanted: PropertyDefinition) -> bool:
    """Whether what stands under a name of ours is ours: in our group, of our very type."""
    return (found.group, found.value_type, found.field_type, found.is_read_only) == (
        wanted.group,
        wanted.value_type,
        wanted.field_type,
        False,
    )


def word_changes(found: PropertyDefinition, wanted: PropertyDefinition) -> tuple[WordChange, ...]:
    """Words that differ; options that an admin has added are no difference."""
    pairs: list[tuple[str, str | None, str]] = [
        (LABEL, found.label, wanted.label),
        (DESCRIPTION, found.description, wanted.description),
        *(
            (OPTION + value, found.options.get(value), label)
            for value, label in wanted.options.items()
        ),
    ]
    return tuple(
        WordChange(what, old, new)
        for what, old, new in pairs
        if old is None or _plain(old) != _plain(new)
    )


def words_payload(payload: Payload, update: PropertyUpdate) -> Payload:
    """Body that sets the words that differ, with all options that stand in `payload`."""
    wanted, changed = update.wanted, {one.what for one in update.changes}
    body: Payload = {}
    if LABEL in changed:
        body["label"] = wanted.label
    if DESCRIPTION in changed:
        body["description"] = wanted.description
    if any(what.startswith(OPTION) for what in changed):
        body["options"] = _options(objects_in(payload, "options"), wanted)
    return body


def _options(standing: list[Payload], wanted: PropertyDefinition) -> list[Payload]:
    """Options that stand, those of ours with our labels, and after them those that are new."""
    labels = dict(wanted.options)
    kept = [
        option | {"label": labels.pop(str(option.get("value")), option.get("label"))}
        for option in standing
    ]
    last = max((number_in(option, "displayOrder") for option in standing), default=-1)
    new = [
        {"value": value, "label": label, "displayOrder": order, "hidden": False}
        for order, (value, label) in enumerate(labels.items(), last + 1)
    ]
    return kept + new


def _plain(text: str) -> str:
    """Text without what the CRM may do to its white space."""
    return " ".join(text.split())
