"""The account as HubSpot describes it: owners, stages, properties, rates, and what we may do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, TypeVar, get_args

from connector.http.dialect import Payload
from connector.hubspot import api
from connector.hubspot.calls import Calls, read_scope
from connector.hubspot.goal import GOAL_SCOPE, has_goals
from connector.hubspot.history import SPLIT_SCOPE
from connector.hubspot.payload import (
    number_in,
    object_in,
    objects_in,
    required,
    results_of,
    text_in,
)
from connector.hubspot.schema import options_of, property_room, read_definitions
from connector.ports import (
    Capabilities,
    Description,
    PermanentCrmError,
    PropertyDefinition,
    PulledType,
)
from connector.values import to_instant_or_none
from kpis.records import Owner, Rate, Stage
from kpis.vocabulary import ActivityType, ObjectType

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
PULLED_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *get_args(ActivityType))

_NOT_ALLOWED = frozenset({400, 403, 404})  # 400 and 404: the account has no such thing

DISPOSITIONS = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""HubSpot's own outcomes of a call, the same in every account (its guide to calls)."""

_T = TypeVar("_T")


@dataclass(slots=True)
class _Reader:
    """Asks for one part after the other and keeps what is not allowed, with the scope in words."""

    missing: dict[str, str] = field(default_factory=dict)

    def part(self, name: str, ask: Callable[[], _T], *, scope: str) -> _T | None:
        """Read one part; a missing scope or tier costs this part alone, which is None then."""
        try:
            return ask()
        except PermanentCrmError as error:
            if error.status not in _NOT_ALLOWED:
                raise
            named = ", ".join(error.missing_scopes) or scope
            self.missing[name] = f"scope {named} is missing, or the account's tier lacks it"
            return None


def describe(calls: Calls, *, app_id: str | None) -> Description:
    """Read everything that describes the account; what is not allowed is told in `missing`."""
    part = (reader := _Reader()).part
    account = calls.get(api.ACCOUNT, kind="metadata")
    owners = part("owners", lambda: _owners(calls), scope="crm.objects.owners.read")
    stages = part("stages", lambda: _stages(calls), scope=read_scope("deals"))
    rates = part("rates", lambda: _rates(calls), scope="settings.currencies.read")
    dispositions = part("dispositions", lambda: _dispositions(calls), scope=read_scope("calls"))
    room = part(
        "room for custom properties", lambda: property_room(calls), scope="a crm.objects scope"
    )
    return Description(
        account_id=required(account, "portalId"),
        currency=text_in(account, "companyCurrency"),
        timezone=text_in(account, "timeZone"),
        owners=owners or (),
        stages=stages or (),
        dispositions={**DISPOSITIONS, **(dispositions or {})},
        rates=rates or (),
        properties=_properties(calls, reader),
        property_room=room or dict.fromkeys(OBJECT_TYPES),
        app_id=app_id,
        capabilities=_capabilities(calls, reader),
    )


def _properties(
    calls: Calls, reader: _Reader
) -> dict[ObjectType, Mapping[str, PropertyDefinition]]:
    found: dict[ObjectType, Mapping[str, PropertyDefinition]] = {}
    for object_type in OBJECT_TYPES:
        ask = partial(read_definitions, calls, object_type)
        scope = f"crm.schemas.{object_type}.read"
        definitions = reader.part(f"{object_type} properties", ask, scope=scope)
        if definitions is not None:
            found[object_type] = definitions
    return found


def _capabilities(calls: Calls, reader: _Reader) -> Capabilities:
    """Try one record of each type: scopes are known by what they refuse, not by their names."""
    readable: set[PulledType] = set()
    for object_type in PULLED_TYPES:
        ask = partial(_is_readable, calls, object_type)
        if reader.part(object_type, ask, scope=read_scope(object_type)):
            readable.add(object_type)
    has_splits = reader.part("splits", lambda: _has_splits(calls), scope=SPLIT_SCOPE)
    goals = reader.part("goals", lambda: has_goals(calls), scope=GOAL_SCOPE)
    return Capabilities(
        can_write=True,
        readable=frozenset(readable),
        has_history=True,
        has_splits=bool(has_splits) and "deals" in readable,
        missing=reader.missing,
        has_goals=bool(goals),
        has_tasks="tasks" in readable,  # whether it may write them, the first write tells
    )


def _is_readable(calls: Calls, object_type: PulledType) -> bool:
    calls.get(
        api.objects(object_type),
        kind="metadata",
        scope=read_scope(object_type),
        params={"limit": 1, "properties": "hs_object_id"},
    )
    return True


def _has_splits(calls: Calls) -> bool:
    calls.post(api.DEAL_SPLITS, {"inputs": [{"id": "1"}]}, kind="metadata", scope=SPLIT_SCOPE)
    return True


def _owners(calls: Calls) -> tuple[Owner, ...]:
    """All owners, those who left among them: the list must be asked for twice."""
    return tuple(
        Owner(external_id=required(one, "id"), name=_name_of(one), is_archived=archived == "true")
        for archived in ("false", "true")
        for page in calls.pages(api.OWNERS, {"limit": 100, "archived": archived}, kind="metadata")
        for one in results_of(page)
    )


def _name_of(owner: Payload) -> str:
    """Name that people know an owner by; one who never filled it in is known by the id."""
    names = [text_in(owner, key) or "" for key in ("firstName", "lastName")]
    return " ".join(" ".join(names).split()) or f"owner {owner.get('id')}"


def _stages(calls: Calls) -> tuple[Stage, ...]:
    payload = calls.get(api.PIPELINES, kind="metadata", scope=read_scope("deals"))
    return tuple(
        _to_stage(pipeline, stage)
        for pipeline in results_of(payload)
        for stage in objects_in(pipeline, "stages")
    )


def _to_stage(pipeline: Payload, stage: Payload) -> Stage:
    """A stage; won and lost follow from probability and closure, for labels prove nothing."""
    metadata = object_in(stage, "metadata")
    probability = _decimal(metadata.get("probability"))
    is_closed = str(metadata.get("isClosed", "")).lower() == "true"
    return Stage(
        pipeline=required(pipeline, "id"),
        stage=required(stage, "id"),
        pipeline_label=text_in(pipeline, "label") or "",
        label=text_in(stage, "label") or "",
        display_order=number_in(stage, "displayOrder"),
        probability=probability,
        is_won=is_closed and probability == 1,
        is_lost=is_closed and probability == 0,
        is_archived=bool(stage.get("archived") or pipeline.get("archived")),
    )


def _rates(calls: Calls) -> tuple[Rate, ...]:
    """Dated rates; one without a number, a currency or a day is of no use and left out."""
    pages = calls.pages(api.EXCHANGE_RATES, {"limit": 100}, kind="metadata")
    return tuple(
        Rate(currency=currency, valid_from=valid_from.date(), rate=rate)
        for page in pages
        for one in results_of(page)
        if (rate := _decimal(one.get("conversionRate")))
        and (currency := text_in(one, "fromCurrencyCode"))
        and (valid_from := to_instant_or_none(text_in(one, "effectiveAt")))
    )


def _dispositions(calls: Calls) -> dict[str, str]:
    """Label by id of the outcomes of a call: the options of its property."""
    path = f"{api.properties('calls')}/hs_call_disposition"
    payload = calls.get(path, kind="metadata", scope=read_scope("calls"))
    return options_of(payload)


def _decimal(value: Any) -> Decimal | None:  # noqa: ANN401 - JSON as it arrived
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
