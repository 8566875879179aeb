"""A first mapping out of the CRM's own pipelines, each line with its reason, for people to check.

A run never guesses; a suggestion may, and says so: `check` stands behind each line that rests on a
probability or on the order of stages. What nothing explains is left for a person to answer.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from kpis.vocabulary import Phase
from mappings.schema import DEFAULT_STAGES, LOST
from mappings.stages import CrmStage

WORDS: tuple[tuple[Phase, tuple[str, ...]], ...] = (
    (Phase.NO_INTEREST, ("geen interesse", "niet geïnteresseerd", "no interest", "not interested")),
    (
        Phase.QUOTE,
        (
            *("offert", "offerf", "prijsopgave", "voorstel", "onderhandel", "aanbested", "beslis"),
            *("besluit", "contract", "quot", "proposal", "negotiat", "tender", "decision", "bid"),
        ),
    ),
    (
        Phase.INTEREST,
        (
            *("interes", "behoefte", "eisen", "demo", "presentatie", "kwalific", "gekwalific"),
            *("proef", "qualif", "requirement", "evaluat", "presentation", "trial", "pilot"),
        ),
    ),
    (
        Phase.ORIENTING,
        (
            *("oriënt", "kennismak", "afspraak", "gesprek", "intake", "inventaris", "verken"),
            *("nieuw", "benaderd", "orient", "appointment", "meeting", "discover", "research"),
            *("contacted", "new"),
        ),
    ),
)
"""Beginnings of words in the labels of stages, Dutch and English; what stands first wins."""

_CLOSED_WORDS = re.compile(r"\b(?:won|lost|closed|gewonnen|verloren|afgesloten)", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

HEAD = """\
# What the words of the CRM mean. A suggestion out of its pipelines: read every line, above all
# those with "check", and fill in those that were left open. What does not stand here keeps its
# default.
crm: {crm}

# pipeline id -> stage id -> no_interest, orienting, interest, quote, order | lost | ignore
"""


def suggest(stages: Sequence[CrmStage], *, crm: str = "hubspot") -> str:
    """Text of a mapping file for these stages; archived ones are left out."""
    present = sorted(
        (one for one in stages if not one.is_archived),
        key=lambda one: (one.pipeline != "default", one.pipeline, one.display_order, one.stage),
    )
    lines = ["stages:" if present else "stages: {}"]
    for pipeline, members in groupby(present, key=lambda one: one.pipeline):
        lines += _pipeline(pipeline, list(members))
    return HEAD.format(crm=crm) + "\n".join(lines) + "\n"


def _pipeline(pipeline: str, members: list[CrmStage]) -> Iterator[str]:
    answers = [(one, *_answer(one)) for one in members]
    nothing = "" if any(outcome for _, outcome, _ in answers) else " {}"
    yield f"  {_key(pipeline)}:{nothing}  # {_label(members[0].pipeline_label)}"
    for one, outcome, reason in answers:
        comment = f"# {_label(one.label)}: {reason}"
        if outcome:
            yield f"    {_key(one.stage)}: {outcome}  {comment}"
        else:
            yield f"    # {_key(one.stage)}:   {comment}"


def _answer(one: CrmStage) -> tuple[str | None, str]:
    """Outcome of a stage and why; None with a question when nothing explains it."""
    if one.is_won:
        return Phase.ORDER, "won in the CRM"
    if one.is_lost:
        return LOST, "lost in the CRM"
    if word := _CLOSED_WORDS.search(one.label):
        return None, f'"{word[0]}" it says, but the CRM counts it as open: which phase?'
    return _by_words(one) or _by_name(one) or _by_numbers(one)


def _by_words(one: CrmStage) -> tuple[str, str] | None:
    found = [
        (phase, match[0])
        for phase, words in WORDS
        if (match := re.search(rf"\b(?:{'|'.join(words)})\w*", one.label, re.IGNORECASE))
    ]
    if not found:
        return None
    phase, word = found[0]
    others = "".join(f', but "{other}" stands there too' for _, other in found[1:])
    return phase, f'{"check: " if others else ""}word "{word}"{others}'


def _by_name(one: CrmStage) -> tuple[str, str] | None:
    if one.pipeline == "default" and one.stage in DEFAULT_STAGES:
        return DEFAULT_STAGES[one.stage], "check: default of this stage, its label tells nothing"
    return None


def _by_numbers(one: CrmStage) -> tuple[str | None, str]:
    if one.probability is None:
        return None, "neither label nor probability tells: which phase?"
    steps = ((Phase.ORIENTING, 3), (Phase.INTEREST, 7))
    phase = next((phase for phase, tenths in steps if one.probability * 10 <= tenths), Phase.QUOTE)
    return phase, f"check: only by its probability {one.probability}"


def _label(text: str) -> str:
    return '"' + "".join(letter if letter.isprintable() else " " for letter in text) + '"'


def _key(text: str) -> str:
    """Key as YAML reads it back: quoted unless it is a plain word."""
    if _PLAIN_KEY.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
