"""A first mapping out of what the CRM tells of itself, each line with its reason, to be checked.

A run never guesses; a suggestion may, and says so: `check` stands behind each line that rests on a
probability, on the order of stages or on the name of a property. What nothing explains is left for
a person to answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from kpis.vocabulary import ObjectType, Phase
from mappings.schema import DEFAULT_STAGES, LOST
from mappings.stages import CrmStage
from mappings.suggest_fields import suggest_fields
from mappings.suggest_words import (
    suggest_dispositions,
    suggest_lead_status,
    suggest_lost_reasons,
)
from mappings.suggestion import (
    Line,
    Properties,
    Suggestion,
    answered,
    labelled,
    left_open,
    scalar,
    word_in,
)
from mappings.words import STAGE_WORDS

_CLOSED_WORDS = ("won", "lost", "closed", "gewonnen", "verloren", "afgesloten")

HEAD = """\
# What the words of the CRM mean. A suggestion out of its pipelines: read every line, above all
# those with "check", and fill in those that were left open. What does not stand here keeps its
# default.
crm: {crm}

# pipeline id -> stage id -> no_interest, orienting, interest, quote, order | lost | ignore
"""


def suggest(stages: Sequence[CrmStage], *, crm: str = "hubspot") -> str:
    """Text of a mapping file for these stages alone; archived ones are left out."""
    return suggestion(stages, crm=crm).text


def suggestion(
    stages: Sequence[CrmStage],
    *,
    crm: str = "hubspot",
    prefix: str = "csk_",
    properties: Mapping[ObjectType, Properties] | None = None,
    dispositions: Mapping[str, str] | None = None,
) -> Suggestion:
    """Suggest a mapping file.

    Args:
        stages: all stages of deals; archived ones are left out.
        crm: kind of the CRM.
        prefix: stands before the names of our own properties, which are no candidates.
        properties: by object type (`companies`, ...); None: nothing but stages is suggested. A type
            of which the properties cannot be read is left out and keeps its defaults.
        dispositions: label by id of the outcomes of a call.
    """
    lines = [Line(text) for text in HEAD.format(crm=crm).splitlines()]
    lines += _stages(stages)
    if properties is not None:
        found = suggest_fields(properties, crm=crm, prefix=prefix)
        lines += suggest_lost_reasons(found.lost_reason)
        lines += suggest_lead_status(found.lead_status)
        lines += found.lines
        lines += suggest_dispositions(dispositions or {})
    return Suggestion(lines)


def _stages(stages: Sequence[CrmStage]) -> Iterator[Line]:
    present = sorted(
        (one for one in stages if not one.is_archived),
        key=lambda one: (one.pipeline != "default", one.pipeline, one.display_order, one.stage),
    )
    yield Line("stages:" if present else "stages: {}")
    for pipeline, members in groupby(present, key=lambda one: one.pipeline):
        yield from _pipeline(pipeline, list(members))


def _pipeline(pipeline: str, members: list[CrmStage]) -> Iterator[Line]:
    answers = [(one, *_answer(one)) for one in members]
    nothing = "" if any(outcome for _, outcome, _, _ in answers) else " {}"
    yield Line(f"  {scalar(pipeline)}:{nothing}  # {labelled(members[0].pipeline_label)}")
    for one, outcome, is_sure, reason in answers:
        if outcome is None:
            yield left_open(4, scalar(one.stage), f"{labelled(one.label)}: {reason}")
            continue
        check = "" if is_sure else "check: "
        text = f"{labelled(one.label)}: {check}{reason}"
        line = answered(4, scalar(one.stage), outcome, text)
        yield line if is_sure else Line(line.text, "check")


Answer = tuple[str | None, bool, str]
"""Outcome of a stage, whether it is sure, and why; no outcome, and a question, where none tells."""


def _answer(one: CrmStage) -> Answer:
    if one.is_won:
        return Phase.ORDER, True, "won in the CRM"
    if one.is_lost:
        return LOST, True, "lost in the CRM"
    if word := word_in(one.label, _CLOSED_WORDS):
        return None, True, f'"{word}" it says, but the CRM counts it as open: which phase?'
    return _by_words(one) or _by_name(one) or _by_numbers(one)


def _by_words(one: CrmStage) -> Answer | None:
    found = [(phase, word) for phase, words in STAGE_WORDS if (word := word_in(one.label, words))]
    if not found:
        return None
    phase, word = found[0]
    others = "".join(f', but "{other}" stands there too' for _, other in found[1:])
    return phase, not others, f'word "{word}"{others}'


def _by_name(one: CrmStage) -> Answer | None:
    if one.pipeline == "default" and one.stage in DEFAULT_STAGES:
        return DEFAULT_STAGES[one.stage], False, "default of this stage, its label tells nothing"
    return None


def _by_numbers(one: CrmStage) -> Answer:
    if one.probability is None:
        return None, True, "neither label nor probability tells: which phase?"
    steps = ((Phase.ORIENTING, 3), (Phase.INTEREST, 7))
    phase = next((phase for phase, tenths in steps if one.probability * 10 <= tenths), Phase.QUOTE)
    return phase, False, f"only by its probability {one.probability}"
