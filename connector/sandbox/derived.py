"""Values that HubSpot works out by itself when others change."""

from collections.abc import Mapping, Sequence

from connector.sandbox.definitions import Json
from connector.sandbox.instants import to_text

WON = 1.0
"""Probability of a stage in which a deal is won."""


def derived_values(
    pipelines: Sequence[Json],
    object_type: str,
    before: Mapping[str, str],
    changed: Mapping[str, str],
    at_ms: int,
) -> dict[str, str]:
    """Values that follow from a change: of the owner, and of a deal's stage."""
    derived = {}
    if changed.get("hubspot_owner_id"):
        derived["hubspot_owner_assigneddate"] = to_text(at_ms)
    if object_type == "deals" and "dealstage" in changed:
        derived |= _of_stage(pipelines, {**before, **changed}, at_ms)
    return derived


def _of_stage(pipelines: Sequence[Json], values: Mapping[str, str], at_ms: int) -> dict[str, str]:
    stage = _stage_of(pipelines, values)
    is_closed = stage.get("isClosed") == "true"
    probability = stage.get("probability", "0.0")
    derived = {
        "hs_is_closed": str(is_closed).lower(),
        "hs_is_closed_won": str(is_closed and float(probability) == WON).lower(),
        "hs_deal_stage_probability": probability,
    }
    if is_closed and not values.get("closedate"):
        derived["closedate"] = to_text(at_ms)
    return derived


def _stage_of(pipelines: Sequence[Json], values: Mapping[str, str]) -> Mapping[str, str]:
    """Metadata of the stage that the values name; without a pipeline the stage id decides."""
    for pipeline in pipelines:
        if values.get("pipeline", pipeline["id"]) != pipeline["id"]:
            continue
        for stage in pipeline["stages"]:
            if stage["id"] == values["dealstage"]:
                metadata: Mapping[str, str] = stage["metadata"]
                return metadata
    return {}
