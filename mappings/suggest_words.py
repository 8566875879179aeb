"""Suggested phases of lost reasons and lead statuses, and calls in which somebody answered."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from kpis.reason import normalised_reason
from kpis.vocabulary import Phase
from mappings.schema import DEFAULT_LEAD_STATUS, Activities
from mappings.suggestion import (
    CrmProperty,
    Line,
    answered,
    labelled,
    left_open,
    scalar,
    word_in,
)
from mappings.words import (
    CONNECTED_WORDS,
    LOST_WORDS,
    NOT_CONNECTED_WORDS,
    SILENT_STATUSES,
    STATUS_WORDS,
)

_KEPT_REASONS = {
    "default": (Phase.NO_INTEREST, "every reason without a line"),
    "no_decision": (Phase.ORIENTING, "default; also a deal that went stale"),
}
"""Lines that a list of reasons needs, for it takes the place of the default."""


def suggest_lost_reasons(held_by: CrmProperty | None) -> Iterator[Line]:
    """Yield the part `lost_reasons` for the options of the property that holds the reason."""
    if held_by is None:
        return
    yield Line("")
    yield Line("# phase after a lost deal, by its reason as the CRM keeps it")
    if not held_by.options:
        yield Line(
            f"# {labelled(held_by.label)} is free text: no_decision, timing and budget mean "
            "orienting, all other"
        )
        yield Line("# words no_interest; add a line here for each reason that means another phase")
        return
    yield Line("lost_reasons:")
    options = {normalised_reason(value): (value, label) for value, label in held_by.options.items()}
    for reason, (phase, why) in _KEPT_REASONS.items():
        options.pop(reason, None)
        yield answered(2, reason, phase, why)
    for reason, (value, label) in options.items():
        match _phase_by_words(f"{label} {reason.replace('_', ' ')}", LOST_WORDS):
            case (phase, word):
                why = f'{labelled(label)}: word "{word}"'
                yield answered(2, scalar(value), phase, why, mark="check")
            case _:
                yield Line(f"  # {scalar(value)}:   # {labelled(label)}: counts as default")


def suggest_lead_status(held_by: CrmProperty | None) -> Iterator[Line]:
    """Yield the part `lead_status` for the options of the property that holds it."""
    if held_by is None or not held_by.options:
        return
    lines = list(chain.from_iterable(_status(*one) for one in held_by.options.items()))
    if not lines:
        return
    yield Line("")
    yield Line("# phase by lead status, where neither a seller nor a deal tells one; ignore = none")
    is_empty = all(line.text.lstrip().startswith("#") for line in lines)
    yield Line("lead_status: {}" if is_empty else "lead_status:")
    yield from lines


def _status(value: str, label: str) -> Iterator[Line]:
    if value in SILENT_STATUSES:
        return
    if value in DEFAULT_LEAD_STATUS:
        phase = DEFAULT_LEAD_STATUS[value]
        yield answered(2, scalar(value), phase, f"{labelled(label)}: default of this status")
        return
    match _phase_by_words(label, STATUS_WORDS):
        case (phase, word):
            why = f'{labelled(label)}: word "{word}"'
            yield answered(2, scalar(value), phase, why, mark="check")
        case _:
            yield left_open(2, scalar(value), f"{labelled(label)}: does it tell a phase?")


def suggest_dispositions(labels: Mapping[str, str]) -> Iterator[Line]:
    """Yield the part `activities`, unless the default names all outcomes that count."""
    default = {one.casefold() for one in Activities().connected_dispositions}
    found = [
        (key, label, word)
        for key, label in labels.items()
        if label.casefold() not in default
        and (word := word_in(label, CONNECTED_WORDS))
        and not word_in(label, [f"{one}\\b" for one in NOT_CONNECTED_WORDS])
    ]
    if not found:
        return
    yield Line("")
    yield Line("# outcomes of a call in which somebody answered, by label or by id")
    yield Line("activities:")
    yield Line("  connected_dispositions:")
    for one in Activities().connected_dispositions:
        yield Line(f"    - {scalar(one)}  # default")
    for key, label, word in found:
        why = f'check: {labelled(label)}: word "{word}"'
        yield Line(f"    - {scalar(key)}  # {why}", "check")


def _phase_by_words(
    text: str, table: Sequence[tuple[Phase, tuple[str, ...]]]
) -> tuple[Phase, str] | None:
    return next(
        ((phase, word) for phase, words in table if (word := word_in(text, words))),
        None,
    )
