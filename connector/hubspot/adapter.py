"""The HubSpot adapter: everything the port asks for, put together from the parts beside it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from pydantic import SecretStr

from connector.http.client import HttpClient
from connector.http.limits import Limits, Window
from connector.http.settings import HttpSettings
from connector.hubspot import link
from connector.hubspot.calls import Calls
from connector.hubspot.description import PULLED_TYPES, describe
from connector.hubspot.dialect import HubSpotDialect
from connector.hubspot.goal import goals
from connector.hubspot.history import history, splits
from connector.hubspot.pull import LIST_FROM, Pull
from connector.hubspot.schema import ensure_schema, plan_schema
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from connector.hubspot.task import Tasks
from connector.hubspot.translate import ACTIVITY_TYPES, Translation
from connector.hubspot.write import Writer
from connector.ports import (
    Change,
    Description,
    HistoryPage,
    LinkPage,
    Page,
    PropertyDefinition,
    PulledType,
    SchemaPlan,
    SellerTask,
    WriteOutcome,
)
from kpis.records import Goal, Split
from kpis.vocabulary import ObjectType
from mappings.fields import Fields

NO_SUCH_PROPERTY = "PROPERTY_DOESNT_EXIST"
"""HubSpot's word in a refusal."""

DESCRIBED_FOR = timedelta(hours=1)
"""So long what the account says of itself is taken to hold."""


class HubSpotAdapter:
    """One HubSpot account; its methods may be called from several threads.

    Args:
        token: reads the token anew each time it is asked.
        prefix: stands before the names of our properties in the CRM.
        standing: names without prefix, per type, whose present values come with each record.
        activities_since: activities before this day are left out; None for all.
        clock: the present moment, aware.
        stop: ends every wait at once when it is set.
        list_from: so many changes make it worth asking whether a list of everything costs less.

    Raises:
        ConfigError: the address is none that a token may be sent to.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        token: Callable[[], SecretStr],
        fields: Fields,
        prefix: str,
        standing: Mapping[ObjectType, Sequence[str]],
        activities_since: date | None,
        clock: Callable[[], datetime],
        stop: threading.Event | None = None,
        list_from: int = LIST_FROM,
    ) -> None:
        self._settings = settings
        self._fields = fields
        self._prefix = prefix
        self._translation = Translation(fields=fields, prefix=prefix, standing=standing)
        self._activities_since = activities_since
        self._clock = clock
        self._list_from = list_from
        http = HttpSettings(
            base_url=settings.base_url,
            read_timeout_s=settings.timeout_s,
            tries=settings.max_tries,
            total_s=settings.max_wait_s,
            connections=len(PULLED_TYPES),
        )
        build = partial(
            HttpClient,
            crm="hubspot",
            token=token,
            limits=to_limits(settings.limits),
            dialect=HubSpotDialect(),
            stop=stop,
        )
        self._http = build(http)
        # what may not be done twice goes out once; both keep to the same limits
        self._once = build(http.model_copy(update={"tries": 1, "connections": 1}))
        self._calls = Calls(self._http)
        self._described: tuple[datetime, Description] | None = None

    def describe(self) -> Description:
        """Describe the account: owners, stages, properties, capabilities; asked for hourly."""
        now = self._clock()
        if self._described is None or now - self._described[0] >= DESCRIBED_FOR:
            self._described = (now, describe(self._calls, app_id=self._settings.app_id))
        return self._described[1]

    def asked_properties(self, object_type: PulledType) -> tuple[str, ...]:
        """What is asked for with each record, sorted; the first day of activities is part of it."""
        asked = self._translation.asked(object_type)
        since = self._activities_since
        if since is None or object_type not in ACTIVITY_TYPES:
            return asked
        return tuple(sorted((*asked, f"hs_timestamp>={since.isoformat()}")))

    def changes(self, object_type: PulledType, cursor: str | None) -> Iterator[Page]:
        """Yield what changed since `cursor`; everything when it is None."""
        return Pull(
            calls=self._calls,
            object_type=object_type,
            properties=self._translation.asked(object_type),
            build=self._translation.builder(object_type),
            clock=self._clock,
            page_size=self._settings.page_size,
            overlap_s=self._settings.overlap_s,
            lag_s=self._settings.lag_s,
            since=self._activities_since if object_type in ACTIVITY_TYPES else None,
            list_from=self._list_from,
        ).pages(cursor)

    def links(
        self, from_type: PulledType, to_type: ObjectType, ids: Sequence[str]
    ) -> Iterator[LinkPage]:
        """Yield all links of the given records, 1,000 records a page."""
        return link.links(self._calls, from_type, to_type, ids)

    def history(
        self, object_type: ObjectType, fields: Sequence[str], ids: Sequence[str]
    ) -> Iterator[HistoryPage]:
        """Yield the past values of the given fields; one that is not mapped has none."""
        group = self._fields.of(object_type)
        mapped = {name: getattr(group, name, None) for name in fields}
        properties = {name: found for name, found in mapped.items() if found is not None}
        return history(self._calls, object_type, properties, ids, app_id=self._settings.app_id)

    def splits(self, deal_ids: Sequence[str]) -> Iterator[Split]:
        """Yield the splits of the given deals."""
        return splits(self._calls, deal_ids)

    def goals(self) -> Iterator[Goal]:
        """Yield the targets of sellers."""
        return goals(self._calls, self.describe())

    def plan_schema(self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]) -> SchemaPlan:
        """Compare the wanted properties with those that stand."""
        return plan_schema(self._calls, wanted)

    def ensure_schema(self, plan: SchemaPlan) -> None:
        """Create what the plan names and read it back."""
        self._described = None
        ensure_schema(self._calls, plan)

    def write(self, object_type: ObjectType, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        """Write values and yield one outcome per change.

        A property that is gone has changed the account: its description is asked for again.
        """
        for outcome in Writer(self._calls, object_type, self._prefix).write(changes):
            if NO_SUCH_PROPERTY in (outcome.reason or ""):
                self._described = None
            yield outcome

    def keep_task(self, task: SellerTask, *, known_id: str | None) -> str:
        """Make the task stand as given and return its id; nothing is sent when it does already."""
        return Tasks(self._calls, Calls(self._once)).keep(task, known_id=known_id)

    def usage(self) -> Mapping[str, int]:
        """Calls made so far by kind."""
        return Counter(self._http.calls) + Counter(self._once.calls)


def to_limits(limits: HubSpotLimits) -> Limits:
    """Limits of HubSpot as the HTTP room keeps them."""
    if not limits.enabled:
        return Limits.off()
    return Limits(
        {
            "general": Window(calls=limits.general_per_10s, seconds=10),
            "associations": Window(calls=limits.associations_per_10s, seconds=10),
            "search": Window(calls=limits.search_per_s, seconds=1),
        },
        reserve_share=limits.reserve_share,
    )
