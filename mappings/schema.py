"""The mapping file: what the words of a CRM mean, with its defaults and its merging (spec 0.1).

What a file leaves out keeps its default, key by key. `stages` is merged over the default pipeline
and `lead_status` over the default statuses; a given `lost_reasons`, `buying_roles` or list takes
the place of the default.
"""

import difflib
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from kpis.reason import normalised_reason
from kpis.vocabulary import PHASES, Phase, Slot
from mappings.fields import INPUT_NAMES, Fields
from mappings.texts import phase_labels
from mappings.yaml import quoted

LOST = "lost"
IGNORE = "ignore"

DEFAULT_STAGES: Final = MappingProxyType(
    {
        "appointmentscheduled": "orienting",
        "qualifiedtobuy": "interest",
        "presentationscheduled": "interest",
        "decisionmakerboughtin": "quote",
        "contractsent": "quote",
        "closedwon": "order",
        "closedlost": "lost",
    }
)
"""Outcome by stage of HubSpot's default pipeline."""

DEFAULT_LEAD_STATUS: Final = MappingProxyType(
    {
        "UNQUALIFIED": Phase.NO_INTEREST,
        "BAD_TIMING": Phase.NO_INTEREST,
        "CONNECTED": Phase.ORIENTING,
        "IN_PROGRESS": Phase.ORIENTING,
    }
)


def _phase(value: object) -> object:
    return _one_of(value, PHASES)


def _outcome(value: object) -> object:
    return _one_of(value, (*PHASES, LOST, IGNORE))


def _one_of(value: object, allowed: tuple[str, ...]) -> object:
    """The value, if it is allowed; a label of a phase is refused with the word to write."""
    if value in allowed:
        return value
    phase = phase_labels().get(value.casefold()) if isinstance(value, str) else None
    if phase:
        raise ValueError(f"{quoted(value)} is a label; write {phase}")
    more = "".join(f", {word}" for word in allowed[len(PHASES) :])
    near = difflib.get_close_matches(str(value).casefold(), allowed, n=1)
    raise ValueError(
        f"{quoted(value)} is not a buying phase; use one of {', '.join(PHASES)}"
        + (f" (or {more[2:]})" if more else "")
        + (f": did you mean {near[0]}?" if near else "")
    )


PhaseWord = Annotated[Phase, BeforeValidator(_phase)]
Outcome = Annotated[str, BeforeValidator(_outcome)]
"""What a stage stands for: a phase, `lost` (the phase follows from the reason) or `ignore`."""
Texts = tuple[Annotated[str, StringConstraints(min_length=1)], ...]


class Part(BaseModel):
    """Base of every part of the file: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Activities(Part):
    """Which activities are two-way, in the CRM's words (spec 2.5).

    Attributes:
        connected_dispositions: outcomes of a call that reached somebody, by label or by id.
        message_direction: property that tells whether a message came in; None: no message counts.
    """

    completed_outcomes: Texts = ("COMPLETED",)
    connected_dispositions: Texts = ("Connected",)
    message_direction: str | None = None


class JobTitles(Part):
    """Titles by the slot that their holders fill where no buying role is set (spec 2.3)."""

    decider: Texts = (
        "directeur",
        "directrice",
        "dga",
        "eigenaar",
        "eigenaresse",
        "zaakvoerder",
        "bestuurder",
        "vennoot",
        "ondernemer",
        "bedrijfsleider",
        "inkoopdirecteur",
        "inkoopmanager",
        "manager inkoop",
        "hoofd inkoop",
        "ceo",
        "cfo",
        "coo",
        "cto",
        "cio",
        "cpo",
        "founder",
        "business owner",
        "managing director",
        "managing partner",
        "director",
        "president",
        "general manager",
        "procurement manager",
        "purchasing manager",
        "head of procurement",
        "head of purchasing",
    )
    insider: Texts = (
        "inkoper",
        "inkoop",
        "medewerker inkoop",
        "projectleider",
        "projectmanager",
        "teamleider",
        "afdelingshoofd",
        "werkvoorbereider",
        "bedrijfsbureau",
        "productiemanager",
        "kwaliteitsmanager",
        "facilitair manager",
        "buyer",
        "purchaser",
        "procurement",
        "purchasing",
        "project manager",
        "team lead",
        "department head",
        "production manager",
        "operations manager",
        "quality manager",
        "facility manager",
        "office manager",
        "engineer",
    )


class Mapping(Part):
    """What the words of one CRM mean.

    The inputs of spec 7 that `fields` leaves out are named by the prefix, which the validation
    context carries as `prefix`.

    Attributes:
        stages: outcome by pipeline and stage.
        lost_reasons: phase by normalised reason, always with `default`.
        lead_status: phase by status; a status that the file sets to `ignore` is left out.
    """

    crm: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = "hubspot"
    stages: dict[str, dict[str, Outcome]] = {"default": dict(DEFAULT_STAGES)}
    lost_reasons: dict[str, PhaseWord] = {
        "default": Phase.NO_INTEREST,
        "no_decision": Phase.ORIENTING,
        "timing": Phase.ORIENTING,
        "budget": Phase.ORIENTING,
    }
    lead_status: dict[str, PhaseWord] = dict(DEFAULT_LEAD_STATUS)
    activities: Activities = Activities()  # before `fields`, which takes the message direction
    fields: Fields = Field(default_factory=dict, validate_default=True)
    buying_roles: dict[str, Slot] = {
        "DECISION_MAKER": "decider",
        "BUDGET_HOLDER": "decider",
        "EXECUTIVE_SPONSOR": "decider",
        "CHAMPION": "insider",
        "INFLUENCER": "insider",
        "END_USER": "insider",
    }
    job_titles: JobTitles = JobTitles()

    @field_validator("stages", mode="before")
    @classmethod
    def _over_default_pipeline(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        lines = given.get("default", {})
        merged = dict(DEFAULT_STAGES) | lines if isinstance(lines, dict) else lines
        return {"default": merged} | {key: given[key] for key in given if key != "default"}

    @field_validator("lost_reasons")
    @classmethod
    def _normalised(cls, given: dict[str, Phase]) -> dict[str, Phase]:
        by_reason: dict[str, str] = {}
        for key in given:
            other = by_reason.setdefault(normalised_reason(key), key)
            if other != key:
                raise ValueError(f"{quoted(other)} and {quoted(key)} are the same reason")
        if "default" not in by_reason:
            raise ValueError("needs the key default, the phase of every reason without a line")
        return {reason: given[key] for reason, key in by_reason.items()}

    @field_validator("lead_status", mode="before")
    @classmethod
    def _over_default_statuses(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        merged = dict(DEFAULT_LEAD_STATUS) | given
        return {status: phase for status, phase in merged.items() if phase != IGNORE}

    @field_validator("fields", mode="before")
    @classmethod
    def _with_inputs(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, dict):
            return given
        if "message_direction" in given:
            raise ValueError("message_direction stands under activities; move it there")
        prefix = (info.context or {}).get("prefix", "csk_")
        company = given.get("company", {})
        if isinstance(company, dict):
            company = {name: f"{prefix}{name}" for name in INPUT_NAMES} | company
        activities = info.data.get("activities")
        direction = activities.message_direction if activities else None
        return given | {"company": company, "message_direction": direction}
