"""What a CRM must be able to do for us, and the shapes in which it answers.

An adapter delivers and does not judge: it never decides what a value means or whether it matters.
Everything that it hands out is typed and bounded (`kpis.records`); what it cannot read becomes a
`Rejection`, never an exception that stops the page.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from connector.definition import ArchiveOutcome, ArchivePlan, PropertyDefinition, SchemaPlan
from connector.probe import Fill, Probe
from kpis.records import Goal, Link, Owner, Rate, Record, Rejection, Split, Stage, ValueChange
from kpis.vocabulary import ActivityType, ObjectType

PulledType = ObjectType | ActivityType
"""What can be pulled as a stream of changes."""


class ConnectorError(Exception):
    """Root of what can go wrong between us and a CRM."""


class ConfigError(ConnectorError):
    """A person must change a setting or a secret; no call can help."""


class TransientCrmError(ConnectorError):
    """Worth another try, by the next schedule at the latest.

    Attributes:
        retry_after_s: wait that the CRM itself asked for, in seconds; None when it named none.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LaterError(TransientCrmError):
    """Worth another try by a later run alone: the calls of the day are spent, or we are stopping.

    What was read and written so far stands.
    """


class PermanentCrmError(ConnectorError):
    """No retry helps: a missing scope, an unknown property, an answer that is no answer.

    Attributes:
        status: HTTP status where there was one.
        missing_scopes: scopes that the CRM named as missing, else empty.
    """

    def __init__(
        self, message: str, *, status: int | None = None, missing_scopes: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.missing_scopes = tuple(missing_scopes)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this CRM and this token can do.

    Attributes:
        can_write: values can be written back and properties created.
        readable: object and activity types that can be pulled.
        has_history: past values of a field can be read.
        has_splits: deal splits can be read.
        missing: what cannot be read or done, with the reason in words (a scope, a tier).
        needs_properties: a value can only be written to a property that was created before.
        write_batch: records after which a write is remembered.
        side_by_side: batches of a write under way at once; a kill repeats at most these.
        has_goals: targets of sellers can be read.
        has_tasks: a task can be kept for a seller.
    """

    can_write: bool
    readable: frozenset[PulledType]
    has_history: bool
    has_splits: bool
    missing: Mapping[str, str]
    needs_properties: bool = True
    write_batch: int = 100
    side_by_side: int = 1
    has_goals: bool = False
    has_tasks: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """The account as the CRM describes it; asked for at most hourly.

    Attributes:
        currency: the account's own currency (ISO 4217), None when the CRM does not tell.
        timezone: the account's time zone by its IANA name, None when the CRM does not tell.
        dispositions: label by id of the outcomes that a call can have.
        rates: the account's own dated exchange rates.
        properties: definition by name, per object type.
        property_room: how many custom properties each object type can still take; None unknown.
        app_id: id under which our own writes appear in histories, None when unknown.
    """

    account_id: str
    currency: str | None
    timezone: str | None
    owners: tuple[Owner, ...]
    stages: tuple[Stage, ...]
    dispositions: Mapping[str, str]
    rates: tuple[Rate, ...]
    properties: Mapping[ObjectType, Mapping[str, PropertyDefinition]]
    property_room: Mapping[ObjectType, int | None]
    app_id: str | None
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull.

    Attributes:
        cursor: where to go on after this page, opaque to everyone but the adapter; saved in one
            transaction with the page's records.
        total: how many records the CRM says there are in this pull, None when it does not tell.
        sweep_before: set on the last page of a full pull alone: whatever of this type was not
            seen since that instant should be asked for by its id, for it may be gone.
        gone: ids that the CRM named as changed and that do not exist any more.
    """

    object_type: PulledType
    records: tuple[Record, ...]
    rejections: tuple[Rejection, ...]
    cursor: str
    total: int | None = None
    sweep_before: datetime | None = None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkPage:
    """All links of some records to one other type; a record without links is among `from_ids`."""

    from_type: PulledType
    to_type: ObjectType
    from_ids: tuple[str, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Past values of some records, all versions that the CRM still has."""

    object_type: ObjectType
    external_ids: tuple[str, ...]
    changes: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """New values for our properties on one record: name without prefix to value, "" clears it."""

    external_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of one change.

    Attributes:
        status: `written`; `refused` by the CRM for `reason`; `gone`: no such record any more.
        values: what now stands in the CRM for the properties sent, by name without prefix, as the
            CRM writes it; absent means empty.
        modified_at: the record's modified time after the write.
    """

    external_id: str
    status: Literal["written", "refused", "gone"]
    values: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SellerTask:
    """A task of the CRM as it is to stand for one seller.

    Attributes:
        owner: the CRM's id of the seller to whom it is assigned.
        subject: by it and the owner we know a task of ours again.
        body: simple HTML.
        due_at: due moment, aware; never empty, for a CRM may ask for it.
    """

    owner: str
    subject: str
    body: str
    due_at: datetime


class Known(Protocol):
    """What the mirror holds of one type; a pull asks, so as to read nothing twice."""

    def count_modified_since(self, since: datetime) -> int:
        """How many records were modified at that instant or later."""
        ...

    def modified(self, ids: Collection[str]) -> Mapping[str, datetime]:
        """Modified time of those of the records that it holds."""
        ...


class Crm(Protocol):
    """A CRM account. Every method may raise the errors of this module and no other."""

    def identity(self) -> str:
        """Digest of the address and the secret: with another one, another account may open.

        Raises:
            ConfigError: there is no secret.
        """
        ...

    def describe(self, *, recent: Description | None = None, is_fresh: bool = False) -> Description:
        """Describe the account: owners, stages, properties, capabilities.

        `recent` is one that an earlier run was given not long ago: it is taken as it is. Unless
        `is_fresh`, one that was asked for within the hour will do.
        """
        ...

    def probe(self) -> Probe:
        """Learn what may be written and how much may be called, without changing anything."""
        ...

    def fill(self, object_type: ObjectType, fields: Sequence[str]) -> Fill:
        """Count the records of a type, and those with a value in each mapped field of ours."""
        ...

    def count_deals_in(self, pipeline: str, stage: str) -> int:
        """How many deals stand in that stage."""
        ...

    def asked_properties(self, object_type: PulledType) -> tuple[str, ...]:
        """What is asked for with each record, sorted: names of properties, and conditions.

        When it is no longer that of the last pull, the type must be pulled anew.
        """
        ...

    def changes(
        self, object_type: PulledType, cursor: str | None, *, known: Known | None = None
    ) -> Iterator[Page]:
        """Yield what changed since `cursor`; everything when it is None.

        Stopping between two pages and going on with the last page's cursor loses nothing. A record
        may be delivered more than once, never not at all. What `known` holds in the very version
        that the CRM has now need not be delivered again.
        """
        ...

    def count(self, object_type: PulledType) -> int | None:
        """How many records of a type there are; None where the CRM does not tell."""
        ...

    def differences(
        self,
        object_type: PulledType,
        ids: Sequence[int],
        *,
        is_thorough: bool = False,
        known: Known | None = None,
    ) -> Iterator[Page]:
        """Yield where the CRM differs from a mirror that holds exactly these ids, in rising order.

        The pages are those of `records` for the ids in question. Unless it is thorough, ranges of
        ids are taken to agree where their numbers do; when it is, records of which `known` does not
        hold the present version are in question too.
        """
        ...

    def records(self, object_type: PulledType, ids: Sequence[str]) -> Iterator[Page]:
        """Yield these records as they stand; those that do not exist any more are `gone`.

        The cursors are empty and are not to be saved.
        """
        ...

    def links(
        self, from_type: PulledType, to_type: ObjectType, ids: Sequence[str]
    ) -> Iterator[LinkPage]:
        """Yield all links of the given records, in pages of whole records."""
        ...

    def history(
        self, object_type: ObjectType, fields: Sequence[str], ids: Sequence[str]
    ) -> Iterator[HistoryPage]:
        """Yield the past values of the given fields (neutral names) of the given records."""
        ...

    def splits(self, deal_ids: Sequence[str]) -> Iterator[Split]:
        """Yield the splits of the given deals; nothing for a deal without."""
        ...

    def goals(self) -> Iterator[Goal]:
        """Yield the targets of sellers; one without owner, amount or period is left out."""
        ...

    def plan_schema(self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]) -> SchemaPlan:
        """Compare the wanted properties (full names, prefix included) with those that stand."""
        ...

    def ensure_schema(self, plan: SchemaPlan) -> tuple[str, ...]:
        """Create what the plan names, and give what it updates the words wanted.

        A property that exists by now is left as it stands. Options that an admin has added stay.

        Returns:
            Sentences on properties whose words the CRM would not change.
        """
        ...

    def plan_archive(
        self, wanted: Mapping[ObjectType, Sequence[PropertyDefinition]]
    ) -> ArchivePlan:
        """Tell which of these properties stand as ours: our name, our group, our type."""
        ...

    def values(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[Mapping[str, Mapping[str, str]]]:
        """Yield the values of these properties (full names) on every record that is not archived.

        Each page holds the values by record and name, as the CRM writes them; an empty one is left
        out, a record without any is not.
        """
        ...

    def archive_properties(
        self, object_type: ObjectType, names: Sequence[str]
    ) -> Iterator[ArchiveOutcome]:
        """Archive properties (full names) with all their values; yield one outcome for each.

        Archiving twice is harmless.
        """
        ...

    def archive_group(self, object_type: ObjectType, name: str) -> bool:
        """Archive a group of properties unless any is in it; tell whether it stands no more."""
        ...

    def write(self, object_type: ObjectType, changes: Sequence[Change]) -> Iterator[WriteOutcome]:
        """Write values and yield exactly one outcome per change, in any order.

        Setting the same value twice is harmless, so an attempt whose answer was lost is repeated.
        """
        ...

    def keep_task(self, task: SellerTask, *, known_id: str | None) -> str:
        """Make the task stand as given and return its id; nothing is sent when it does already.

        A task that the seller has completed stays as it is: other content makes a new one, so that
        at most one of ours is open per seller. A task that is gone is made anew.

        A create is sent once. When its answer is lost, only a search can tell whether it came
        through, and that may see it late: wait before the next call for this seller.

        Args:
            task: what is to stand.
            known_id: id that the last call returned; None looks for ours by owner and subject.

        Raises:
            PermanentCrmError: refused, or this CRM has no tasks.
            TransientCrmError: not done, or, for a create, perhaps done.
        """
        ...

    def retries(self) -> Mapping[str, int]:
        """Answers that were tried again so far, by what was found (`429`, `503`, `no answer`)."""
        ...

    def usage(self) -> Mapping[str, int]:
        """Calls made so far by kind (`list`, `search`, `batch_read`, `links`, `history`, ...)."""
        ...

    def quota_left(self) -> int | None:
        """Calls that may still leave today, the reserve taken off; None when nobody told yet."""
        ...

    def close(self) -> None:
        """Let go of what is held open; to be called when nobody asks any more."""
        ...
