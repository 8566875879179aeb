"""The account as HubSpot describes it: owners, stages, properties, rates, and what we may do."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, get_args

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
from connector.pool import ContextPool
from connector.ports import (
    Capabilities,
    Description,
    PermanentCrmError,
    PulledType,
)
from connector.values import to_instant_or_none
from kpis.records import Owner, Rate, Stage
from kpis.vocabulary import ActivityType, ObjectType

OBJECT_TYPES: tuple[ObjectType, ...] = get_args(ObjectType)
PULLED_TYPES: tuple[PulledType, ...] = (*OBJECT_TYPES, *get_args(ActivityType))

SIDE_BY_SIDE = 6
"""Writes at once: enough to use the whole limit while each answer takes a third of a second."""

AT_ONCE = 6

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


@dataclass(slots=True)
class _Parts:
    """Asks for all parts at once and keeps what is not allowed, with the scope in words."""

    pool: Executor
    asked: dict[str, tuple[Future[Any], str]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def ask(self, name: str, ask: Callable[[], object], *, scope: str) -> None:
        """Have one part asked for."""
        self.asked[name] = (self.pool.submit(ask), scope)

    def take(self, name: str) -> Any:  # noqa: ANN401 - as different as the parts are
        """Return one part; a missing scope or tier costs this part alone, which is None then."""
        future, scope = self.asked[name]
        try:
            return future.result()
        except PermanentCrmError as error:
            if error.status not in _NOT_ALLOWED:
                raise
            named = ", ".join(error.missing_scopes) or scope
            self.missing[name] = f"scope {named} is missing, or the account's tier lacks it"
            return None


def describe(calls: Calls, *, app_id: str | None) -> Description:
    """Read everything that describes the account; what is not allowed is told in `missing`."""
    account = calls.get(api.ACCOUNT, kind="metadata")
    with ContextPool(AT_ONCE, thread_name_prefix="describe") as pool:
        parts = _asked(calls, pool)
    room = parts.take("room for custom properties")
    return Description(
        account_id=required(account, "portalId"),
        currency=text_in(account, "companyCurrency"),
        timezone=text_in(account, "timeZone"),
        owners=parts.take("owners") or (),
        stages=parts.take("stages") or (),
        dispositions={**DISPOSITIONS, **(parts.take("dispositions") or {})},
        rates=parts.take("rates") or (),
        properties={
            one: found
            for one in OBJECT_TYPES
            if (found := parts.take(f"{one} properties")) is not None
        },
        property_room=room or dict.fromkeys(OBJECT_TYPES),
        app_id=app_id,
        capabilities=_capabilities(parts),
    )


def _asked(calls: Calls, pool: Executor) -> _Parts:
    """Have every part asked for.

    Scopes are known by what they refuse, not by their names: so one record of each type is asked
    for too.
    """
    parts = _Parts(pool)
    parts.ask("owners", partial(_owners, calls), scope="crm.objects.owners.read")
    parts.ask("stages", partial(_stages, calls), scope=read_scope("deals"))
    parts.ask("rates", partial(_rates, calls), scope="settings.currencies.read")
    parts.ask("dispositions", partial(_dispositions, calls), scope=read_scope("calls"))
    room = partial(property_room, calls)
    parts.ask("room for custom properties", room, scope="a crm.objects scope")
    for one in OBJECT_TYPES:
        definitions = partial(read_definitions, calls, one)
        parts.ask(f"{one} properties", definitions, scope=f"crm.schemas.{one}.read")
    for kind in PULLED_TYPES:
        parts.ask(kind, partial(_is_readable, calls, kind), scope=read_scope(kind))
    parts.ask("splits", partial(_has_splits, calls), scope=SPLIT_SCOPE)
    parts.ask("goals", partial(has_goals, calls), scope=GOAL_SCOPE)
    return parts


def _capabilities(parts: _Parts) -> Capabilities:
    readable = frozenset(kind for kind in PULLED_TYPES if parts.take(kind))
    has_splits = parts.take("splits")
    has_goals = parts.take("goals")
    return Capabilities(
        can_write=True,
        readable=readable,
        has_history=True,
        has_splits=bool(has_splits) and "deals" in readable,
        missing=parts.missing,
        side_by_side=SIDE_BY_SIDE,
        has_goals=bool(has_goals),
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
