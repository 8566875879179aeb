"""What HubSpot answers to calls that change nothing: scopes to write, limits, counts.

No endpoint tells the scopes of a service key, so each is known by what it refuses. A batch with no
input changes nothing; without the scope it is refused with a 403 that names it, before the body is
looked at. With the scope it was seen to be answered as complete and empty (a public fixture of
RudderStack, 2026, and the issue tracker of HubSpot's own client for Node); a 400 would say the same
to us, for only a permitted body is judged. Not verified on a live account: that the scopes of
property definitions go before the body as those of records do.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import get_args

from connector.http.dialect import LimitReading
from connector.hubspot import api
from connector.hubspot.calls import Calls, read_scope, write_scope
from connector.hubspot.keyset import Keyset
from connector.hubspot.payload import object_in, results_of
from connector.hubspot.settings import HubSpotLimits
from connector.pool import ContextPool
from connector.ports import PermanentCrmError
from connector.probe import CallLimit, Fill, Probe
from kpis.vocabulary import ObjectType

FORBIDDEN = 403
AT_ONCE = 4

SEARCHES_A_SECOND = 5
"""Of the whole account, by HubSpot's guide to the search: no answer tells it."""

_TEN_SECONDS = 10.0
_NO_INPUT: dict[str, object] = {"inputs": []}
_TIERS = (
    (1_000_000, "Enterprise"),
    (625_000, "Professional"),
    (0, "Free or Starter"),
)
"""Calls a day from which on an account is of that tier, without bought limits."""

_BOUGHT = 250
"""Calls in ten seconds of an account that has bought the API limit increase."""


def probe(calls: Calls, settings: HubSpotLimits) -> Probe:
    """Learn what may be written and what the limits are."""
    with ContextPool(AT_ONCE, thread_name_prefix="probe") as pool:
        asked = {
            what: pool.submit(ask)
            for one in get_args(ObjectType)
            for what, ask in _questions(calls, one).items()
        }
        pool.submit(_ask_links, calls).result()
    found = {what: one.result() for what, one in asked.items()}
    readings = calls.http.readings
    general = readings.get("general", LimitReading())
    return Probe(
        refused={what: reason for what, reason in found.items() if reason is not None},
        limits=_limits(settings, general, readings.get("associations", LimitReading())),
        tier=tier_of(general),
        server_time=calls.http.server_time,
    )


def _questions(calls: Calls, object_type: ObjectType) -> dict[str, Callable[[], str | None]]:
    definitions = f"{api.properties(object_type)}/batch/create"
    return {
        f"write {object_type}": partial(
            _refusal, calls, api.batch(object_type, "update"), write_scope(object_type)
        ),
        f"create {object_type} properties": partial(
            _refusal, calls, definitions, f"crm.schemas.{object_type}.write"
        ),
    }


def _refusal(calls: Calls, path: str, scope: str) -> str | None:
    """Send a batch of nothing; what HubSpot says against it, None when it is allowed."""
    try:
        calls.post(path, _NO_INPUT, kind="metadata", scope=scope)
    except PermanentCrmError as error:
        if error.status != FORBIDDEN:
            return None
        return f"scope {', '.join(error.missing_scopes) or scope} is missing"
    return None


def _ask_links(calls: Calls) -> None:
    """Ask for links, of whatever record: only such an answer tells of their own limit."""
    body = {"inputs": [{"id": "1"}]}
    try:
        calls.post(api.association_batch("deals", "companies"), body, kind="links")
    except PermanentCrmError:
        return  # a scope is missing; the refusal carries the same headers


def _limits(
    settings: HubSpotLimits, general: LimitReading, associations: LimitReading
) -> tuple[CallLimit, ...]:
    def asked(calls: int) -> int | None:
        return calls if settings.enabled else None

    share = settings.reserve_share
    return (
        CallLimit(
            "calls",
            general.window_s or _TEN_SECONDS,
            general.calls_max,
            left=general.calls_left,
            setting="crm.limits.general_per_10s",
            asked=asked(settings.general_per_10s),
            reserve_share=share,
        ),
        CallLimit(
            "associations",
            associations.window_s or _TEN_SECONDS,
            associations.calls_max,
            left=associations.calls_left,
            setting="crm.limits.associations_per_10s",
            asked=asked(settings.associations_per_10s),
            reserve_share=share,
            kinds=frozenset({"links"}),
        ),
        CallLimit(
            "search",
            1.0,
            SEARCHES_A_SECOND,
            is_documented=True,
            setting="crm.limits.search_per_s",
            asked=asked(settings.search_per_s),
            reserve_share=share,
            kinds=frozenset({"search", "task_search"}),
        ),
        CallLimit("day", None, general.daily_max, left=general.daily_left, reserve_share=share),
    )


def tier_of(reading: LimitReading) -> str | None:
    """Tier that goes with these limits; None where they do not tell."""
    if reading.daily_max is None:
        return None
    if (reading.calls_max or 0) >= _BOUGHT:
        return "with the API limit increase"
    return next(name for most, name in _TIERS if reading.daily_max >= most)


def fill(calls: Calls, object_type: ObjectType, properties: Mapping[str, str]) -> Fill:
    """Count the records with a value in each property, in whichever way takes fewer calls.

    A small type is listed; of a large one each property is searched for, and only counted.

    Args:
        calls: the calls of this adapter.
        object_type: type of the records.
        properties: property by name of the field.
    """
    keyset = Keyset(calls, object_type, limit=1, properties=())
    total = keyset.count()
    if not total or not properties:
        return Fill(total, dict.fromkeys(properties, 0))
    if -(-total // api.PAGE) <= len(properties):
        return _listed(calls, object_type, properties)
    by_field = {
        name: keyset.count([{"propertyName": target, "operator": "HAS_PROPERTY"}])
        for name, target in properties.items()
    }
    return Fill(total, by_field)


def _listed(calls: Calls, object_type: ObjectType, properties: Mapping[str, str]) -> Fill:
    total, by_field = 0, dict.fromkeys(properties, 0)
    pages = calls.pages(
        api.objects(object_type),
        {"limit": api.PAGE, "properties": ",".join(properties.values())},
        kind="list",
        scope=read_scope(object_type),
    )
    for page in pages:
        for record in results_of(page):
            total += 1
            values = object_in(record, "properties")
            for name, target in properties.items():
                by_field[name] += bool(values.get(target))
    return Fill(total, by_field)


def count_deals_in(calls: Calls, places: Sequence[tuple[str | None, str]]) -> int:
    """How many deals have exactly these values; a property that is not mapped tells nothing."""
    filters = [
        {"propertyName": name, "operator": "EQ", "value": value}
        for name, value in places
        if name is not None
    ]
    return Keyset(calls, "deals", limit=1, properties=()).count(filters)
