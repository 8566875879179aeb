"""The HubSpot adapter: everything the port asks for, put together from the parts beside it."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition, SchemaPlan
from connector.http.client import HttpClient
from connector.http.limits import Limits, Window
from connector.http.settings import HttpSettings
from connector.hubspot import link
from connector.hubspot import probe as probing
from connector.hubspot.archive import archive_group, archive_properties, plan_archive, values
from connector.hubspot.calls import Calls
from connector.hubspot.description import PULLED_TYPES, describe
from connector.hubspot.dialect import HubSpotDialect
from connector.hubspot.goal import goals
from connector.hubspot.history import history, splits
from connector.hubspot.pull import BOTH_ENDS_FROM, Pull
from connector.hubspot.schema import ensure_schema, plan_schema
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from connector.hubspot.task import Tasks
from connector.hubspot.translate import ACTIVITY_TYPES, Translation
from connector.hubspot.write import Writer
from connector.pool import ContextPool
from connector.ports import (
    Change,
    Description,
    HistoryPage,
    Known,
    LinkPage,
    Page,
    PulledType,
    SellerTask,
    WriteOutcome,
)
from connector.probe import Fill, Probe
from kpis.records import Goal, Split
from kpis.vocabulary import ObjectType
from mappings.fields import Fields

NO_SUCH_PROPERTY = "PROPERTY_DOESNT_EXIST"
"""HubSpot's word in a refusal."""

CONNECTIONS = 24
"""Calls that may be under way at once: more than the limits let leave within one answer's time."""

DESCRIBED_FOR = timedelta(hours=1)
"""So long what the account says of itself is taken to hold."""


class _NothingKnown:
    """What a mirror that holds nothing knows."""

    def count_modified_since(self, since: datetime) -> int:  # noqa: ARG002 - as the port says
        return 0

    def modified(self, ids: Collection[str]) -> Mapping[str, datetime]:  # noqa: ARG002
        return {}


class HubSpotAdapter:
    """One HubSpot account; its methods may be called from several threads.

    Args:
        token: reads the token anew each time it is asked.
        prefix: stands before the names of our properties in the CRM.
        standing: names without prefix, per type, whose present values come with each record.
        activities_since: activities before this day are left out; None for all.
        clock: the present moment, aware.
        stop: ends every wait at once when it is set.
        shared: folder through which the processes of this machine keep the limits together.
        both_ends_from: types of so many records are read from both ends at once.

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
        shared: Path | None = None,
        both_ends_from: int = BOTH_ENDS_FROM,
    ) -> None:
        self._settings = settings
        self._token = token
        self._fields = fields
        self._prefix = prefix
        self._translation = Translation(fields=fields, prefix=prefix, standing=standing)
        self._activities_since = activities_since
        self._clock = clock
        self._both_ends_from = both_ends_from
        self._pool = ContextPool(2 * len(PULLED_TYPES), thread_name_prefix="ahead")
        http = HttpSettings(
            base_url=settings.base_url,
            read_timeout_s=settings.timeout_s,
            tries=settings.max_tries,
            total_s=settings.max_wait_s,
            connections=CONNECTIONS,
        )
        self._limits = to_limits(settings.limits, shared)
        build = partial(
            HttpClient,
            crm="hubspot",
            token=token,
            limits=self._limits,
            dialect=HubSpotDialect(),
            stop=stop,
        )
        self._http = build(http)
        # what may not be done twice goes out once; both keep to the same limits
        self._once = build(http.model_copy(update={"tries": 1, "connections": 1}))
        self._calls = Calls(self._http)
        self._described: tuple[datetime, Description] | None = None

    def identity(self) -> str:
        """Digest of the address and the token."""
        secret = self._token().get_secret_value()
        return sha256(f"{self._settings.base_url} {secret}".encode()).hexdigest()[:16]

    def describe(self, *, recent: Description | None = None, is_fresh: bool = False) -> Description:
        """Describe the account: owners, stages, properties, capabilities; asked for hourly."""
        now = self._clock()
        if recent is not None:
            self._described = (now, recent)
        elif is_fresh or self._described is None or now - self._described[0] >= DESCRIBED_FOR:
            self._described = (now, describe(self._calls, app_id=self._settings.app_id))
        self._limits.set_zone(self._described[1].timezone)
        return self._described[1]

    def probe(self) -> Probe:
        """Learn what may be written and how much may be called, without changing anything."""
        return probing.probe(self._calls, self._settings.limits)

    def fill(self, object_type: ObjectType, fields: Sequence[str]) -> Fill:
        """Count the records of a type, and those with a value in each mapped field."""
        return probing.fill(self._calls, object_type, self._mapped(object_type, fields))

    def count_deals_in(self, pipeline: str, stage: str) -> int:
        """How many deals stand in that stage."""
        deal = self._fields.deal
        return probing.count_deals_in(self._calls, [(deal.pipeline, pipeline), (deal.stage, stage)])

    def asked_properties(self, object_type: PulledType) -> tuple[str, ...]:
        """What is asked for with each record, sorted; the first day of activities is part of it."""
        asked = self._translation.asked(object_type)
        since = self._activities_since
        if since is None or object_type not in ACTIVITY_TYPES:
            return asked
        return tuple(sorted((*asked, f"hs_timestamp>={since.isoformat()}")))

    def changes(
        self, object_type: PulledType, cursor: str | None, *, known: Known | None = None
    ) -> Iterator[Page]:
        """Yield what changed since `cursor`; everything when it is None."""
        return self._pull(object_type, known).pages(cursor)

    def count(self, object_type: PulledType) -> int | None:
        """How many records of a type there are; None of a type that nobody can search."""
        return self._pull(object_type).count()

    def differences(
        self,
        object_type: PulledType,
        ids: Sequence[int],
        *,
        is_thorough: bool = False,
        known: Known | None = None,
    ) -> Iterator[Page]:
        """Yield where HubSpot differs from a mirror that holds exactly these ids."""
        pull = self._pull(object_type, known)
        if is_thorough:
            return pull.all_differences(ids, compares_versions=known is not None)
        return pull.differences(ids)

    def records(self, object_type: PulledType, ids: Sequence[str]) -> Iterator[Page]:
        """Yield these records as they stand, those that are gone as such."""
        return self._pull(object_type).records(ids)

    def _pull(self, object_type: PulledType, known: Known | None = None) -> Pull:
        return Pull(
            calls=self._calls,
            object_type=object_type,
            properties=self._translation.asked(object_type),
            build=self._translation.builder(object_type),
            known=known or _NothingKnown(),
            clock=self._present,
            pool=self._pool,
            page_size=self._settings.page_size,
            overlap_s=self._settings.overlap_s,
            lag_s=self._settings.lag_s,
            since=self._activities_since if object_type in ACTIVITY_TYPES else None,
            both_ends_from=self._both_ends_from,
        )

    def _present(self) -> datetime:
        """The present moment: by the CRM's clock where ours runs ahead of it.

        A position taken from a clock that is ahead would pass over what changes until then.
        """
        ours, theirs = self._clock(), self._http.server_time
        return ours if theirs is None else min(ours, theirs)

    def links(
        self, from_type: PulledType, to_type: ObjectType, ids: Sequence[str]
    ) -> Iterator[LinkPage]:
        """Yield all links of the given records, 1,000 records a page."""
        return link.links(self._calls, from_type, to_type, ids)

    def history(
        self, object_type: ObjectType, fields: Sequence[str], ids: Sequence[str]
    ) -> Iterator[HistoryPage]:
        """Yield the past values of the given fields; one that is not mapped has none."""
        properties = self._mapped(object_type, fields)
        return history(self._calls, object_type, properties, ids, app_id=self._settings.app_id)

    def _mapped(self, object_type: ObjectType, fields: Sequence[str]) -> dict[str, str]:
        """Property by name of those of the fields that are mapped."""
        group = self._fields.of(object_type)
        mapped = {name: getattr(group, name, None) for name in fields}
        return {name: found for name, found in mapped.items() if found is not None}

    def splits(self, deal_ids: Sequence[str]) -> Iterator[Split]:
        """Yield the splits of the given deals."""
        return splits(self._calls, deal_ids)

    def goals(self) -> Iterator[Goal]:
        """Yield the targets of sellers."""
        return goals(self._calls, self.describe())

    def plan_schema(self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]) -> SchemaPlan:
        """Compare the wanted properties with those that stand."""
        return plan_schema(self._calls, wanted)

    def ensure_schema(self, plan: SchemaPlan) -> tuple[str, ...]:
        """Create what the plan names, read it back, and set the words that are wanted."""
        self._described = None
        return ensure_schema(self._calls, plan)

    def plan_archive(
        self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]
    ) -> ArchivePlan:
        """Tell which of these properties stand as ours."""
        return plan_archive(self._calls, wanted)

    def values(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[Mapping[str, Mapping[str, str]]]:
        """Yield the values of these properties on every record that is not archived."""
        return values(self._calls, object_type, names, page_size=self._settings.page_size)

    def archive_properties(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[ArchiveOutcome]:
        """Archive properties one by one, for a batch keeps silent about those it leaves."""
        self._described = None
        return archive_properties(self._calls, object_type, names)

    def archive_group(self, object_type: ObjectType, name: str) -> bool:
        """Archive a group of properties unless any is in it; tell whether it stands no more."""
        self._described = None
        return archive_group(self._calls, object_type, name)

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

    def retries(self) -> Mapping[str, int]:
        """Answers that were tried again so far, by what was found."""
        return Counter(self._http.retries) + Counter(self._once.retries)

    def usage(self) -> Mapping[str, int]:
        """Calls made so far by kind."""
        return Counter(self._http.calls) + Counter(self._once.calls)

    def quota_left(self) -> int | None:
        """Calls that may still leave today, as the last answer to any process here told."""
        return self._limits.left_today()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()
        self._once.close()


def to_limits(limits: HubSpotLimits, shared: Path | None = None) -> Limits:
    """Limits of HubSpot as the HTTP room keeps them."""
    if not limits.enabled:
        return Limits.off()
    return Limits(
        {
            "general": Window(calls=limits.general_per_10s, seconds=10),
            "associations": Window(calls=limits.associations_per_10s, seconds=10),
            "search": Window(calls=limits.search_per_s, seconds=1, is_even=True),
        },
        reserve_share=limits.reserve_share,
        shared=shared,
    )
