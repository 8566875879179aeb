"""What each stage of the CRM stands for, and where mapping and CRM contradict each other."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from kpis.vocabulary import Phase
from mappings.schema import DEFAULT_STAGES, IGNORE, LOST, Mapping
from mappings.yaml import quoted

StageKey = tuple[str, str]
"""Pipeline and stage; a stage id alone may occur in several pipelines."""


class CrmStage(Protocol):
    """A stage as the CRM describes it (`kpis.records.Stage`)."""

    @property
    def pipeline(self) -> str:
        """Id of the pipeline."""
        ...

    @property
    def pipeline_label(self) -> str:
        """What people call the pipeline."""
        ...

    @property
    def stage(self) -> str:
        """Id of the stage."""
        ...

    @property
    def label(self) -> str:
        """What people call the stage."""
        ...

    @property
    def display_order(self) -> int:
        """Place in its pipeline."""
        ...

    @property
    def probability(self) -> Decimal | None:
        """Chance of winning, 0 to 1; None when the CRM does not tell."""
        ...

    @property
    def is_won(self) -> bool:
        """Closed as won, by the CRM's metadata."""
        ...

    @property
    def is_lost(self) -> bool:
        """Closed as lost, by the CRM's metadata."""
        ...

    @property
    def is_archived(self) -> bool:
        """Not in use any more."""
        ...


@dataclass(frozen=True, slots=True)
class StageReading:
    """The mapping held against the stages of the CRM.

    Attributes:
        outcomes: phase, `lost` or `ignore` of every stage with a line, known to the CRM or not:
            old histories name stages that were deleted.
        unmapped: stages in use without a line.
        contradictions: lines that the CRM contradicts, as sentences that say what to write.
    """

    outcomes: dict[StageKey, str]
    unmapped: tuple[StageKey, ...]
    contradictions: tuple[str, ...]


def read_stages(mapping: Mapping, stages: Sequence[CrmStage]) -> StageReading:
    """Hold the mapping against the stages of the CRM; without any, nothing contradicts it."""
    outcomes = {
        (pipeline, stage): outcome
        for pipeline, lines in mapping.stages.items()
        for stage, outcome in lines.items()
    }
    unmapped = tuple(
        (one.pipeline, one.stage)
        for one in stages
        if not one.is_archived and (one.pipeline, one.stage) not in outcomes
    )
    unknown = _unknown(mapping, stages) if stages else ()
    return StageReading(outcomes, unmapped, (*_contradicted(outcomes, stages), *unknown))


def _contradicted(outcomes: dict[StageKey, str], stages: Sequence[CrmStage]) -> Iterator[str]:
    for one in stages:
        outcome = outcomes.get((one.pipeline, one.stage), IGNORE)
        if outcome == IGNORE:
            continue
        for is_so, word, right in ((one.is_won, "won", Phase.ORDER), (one.is_lost, "lost", LOST)):
            if is_so and outcome != right:
                place = f"stages.{one.pipeline}.{one.stage}"
                yield f"{place}: the stage is {word} in the CRM, not {outcome}; write {right}"


def _unknown(mapping: Mapping, stages: Sequence[CrmStage]) -> Iterator[str]:
    """Lines of the file for what the CRM does not have; a default line is nobody's mistake."""
    by_pipeline: dict[str, dict[str, str]] = {}
    pipelines: dict[str, str] = {}
    for one in stages:
        by_pipeline.setdefault(one.pipeline, {})[one.stage] = one.label
        pipelines[one.pipeline] = one.pipeline_label
    for pipeline, lines in mapping.stages.items():
        own = [
            stage
            for stage, outcome in lines.items()
            if pipeline != "default" or DEFAULT_STAGES.get(stage) != outcome
        ]
        if own and pipeline not in pipelines:
            hint = _nearest(pipeline, pipelines)
            yield f"stages.{pipeline}: the CRM has no such pipeline; {hint}"
            continue
        for stage in own:
            if stage not in (known := by_pipeline[pipeline]):
                place = f"stages.{pipeline}.{stage}"
                yield f"{place}: the CRM has no such stage; {_nearest(stage, known)}"


def _nearest(key: str, label_by_id: dict[str, str]) -> str:
    """Which id was meant, by id or by label."""
    names = {name.casefold(): one for one, label in label_by_id.items() for name in (label, one)}
    match difflib.get_close_matches(key.casefold(), names, n=1):
        case [name]:
            return f"did you mean {names[name]} ({quoted(label_by_id[names[name]])})?"
        case _:
            return f"use one of {', '.join(label_by_id)}"
