"""The mirror of one CRM account and our own state: the one door to the database.

Every method is one transaction. Any thread may call it; one saves at a time.
"""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from kpis.records import Goal, Link, Owner, Rate, Record, Rejection, Split, Stage, ValueChange
from kpis.vocabulary import ActivityType, ObjectType
from store import description, goal, inventory, link, outbox, page, removal, run, version
from store.care import Care
from store.configuration import Configurations
from store.engine import Database
from store.journal import Journal
from store.lock import run_lock
from store.migration import migrate
from store.outbox import Outcome, Refusal
from store.table import PulledType

if TYPE_CHECKING:  # a pull never loads Polars
    from kpis.frames import Mirror, OwnHistory


class Store(Journal, Configurations):
    """One account's tables in one database.

    Every method raises `StoreError` when the database cannot do its work.
    """

    def __init__(self, database: Database, *, account: str) -> None:
        """Use `Store.open`."""
        super().__init__(database, account=account)
        self._indexed: set[PulledType] = set()

    @classmethod
    def open(cls, url: str, *, account: str) -> "Store":
        """Open the store and bring its tables to this version.

        Args:
            url: `sqlite:///path` or `postgresql+psycopg://...`.
            account: name of the CRM account; accounts in one database never see each other.

        Raises:
            StoreError: the database cannot be used, or a newer version has changed its tables.
        """
        store = cls(Database(url), account=account)
        try:
            migrate(store._database)
            if store._read(description.read_account) is None:
                store._save(description.add_account)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @property
    def care(self) -> Care:
        """What an operator does to the store."""
        return Care(self._database, self._account)

    # the mirror

    def save_page(
        self,
        object_type: PulledType,
        records: Sequence[Record],
        *,
        rejections: Sequence[Rejection] = (),
        gone: Collection[str] = (),
        cursor: str | None,
        pulled_at: datetime,
        pending: Sequence[str] = (),
        history_fields: Collection[str] = (),
    ) -> int:
        """Save one page of a pull with the cursor after it.

        Args:
            object_type: type of all records of the page.
            records: those that could be read; of one that comes twice the last counts.
            rejections: those that could not, noted with the current run.
            gone: ids that do not exist in the CRM any more.
            cursor: position after this page; None leaves the saved one as it stands.
            pulled_at: when the page was pulled.
            pending: work that a record leaves behind that is new, or whose content or modified
                time is not what stood, unless that time is the one of our own last write.
            history_fields: a record leaves the work `history` behind when one of these is set and
                its value is new to us. A stage that differs always does.

        Returns:
            How many records differ from what stood, in content or in values of ours.
        """
        delivery = page.Delivery(
            object_type=object_type,
            records=records,
            rejections=rejections,
            gone=gone,
            cursor=cursor,
            pulled_at=pulled_at,
            pending=pending,
            history_fields=history_fields,
            run_id=self._run_id,
        )
        return self._change(page.save_page, delivery).changed

    def read_cursor(self, object_type: PulledType) -> str | None:
        """Position after the last saved page; None means from the beginning."""
        return self._read(run.read_cursor, object_type)

    def clear_cursors(self, object_types: Collection[PulledType]) -> None:
        """Forget positions, so that these types are pulled anew."""
        self._save(run.clear_cursors, object_types)

    def read_pending(self, object_type: PulledType, work: str, *, limit: int = 1000) -> list[str]:
        """Ids whose `links:<type>`, `history` or `splits` are still to be read."""
        return self._read(link.read_pending, object_type, work, limit=limit)

    def mark_pending(self, object_type: PulledType, works: Sequence[str]) -> None:
        """Note that this work is to be done for all records of a type."""
        self._save(link.mark_pending, object_type, works)

    def save_links(
        self,
        from_type: PulledType,
        to_type: ObjectType,
        from_ids: Collection[str],
        links: Sequence[Link],
    ) -> None:
        """Make these all links of `from_ids` to that type and clear their pending work."""
        self._change(link.save_links, from_type, to_type, from_ids=from_ids, links=links)

    def save_history(
        self,
        object_type: ObjectType,
        external_ids: Collection[str],
        changes: Sequence[ValueChange],
        *,
        fields: Collection[str] = (),
        modified: Mapping[str, datetime] | None = None,
    ) -> None:
        """Add versions, which are kept for ever, and clear the pending work.

        Versions that the mirror only saw make way for those of the CRM, field by field.

        Args:
            object_type: type of the records.
            external_ids: all records whose history was read, also those without any version.
            changes: their versions.
            fields: fields that the CRM was asked for; one it knows nothing of is not asked again.
            modified: modified times in the mirror when the CRM was asked; a record that was
                delivered anew since keeps its work. None takes all as they stand.
        """
        self._change(
            version.save_history,
            object_type,
            external_ids,
            changes,
            fields=fields,
            modified=modified,
        )

    def read_companies_lacking_history(
        self,
        *,
        lead_status: Collection[str],
        deciding_stages: Collection[tuple[str, str]],
        assigned_since: datetime,
    ) -> list[str]:
        """Ids of companies of which a rule needs a past that the CRM was not yet asked for.

        Args:
            lead_status: values that decide a phase, so that it matters since when they hold; not
                of a company with a declared phase or a deal in a deciding stage.
            deciding_stages: pipelines and stages that are evidence of a phase by themselves.
            assigned_since: the former owner matters of companies assigned since then.
        """
        return self._read(
            version.companies_lacking_history,
            lead_status=lead_status,
            deciding_stages=deciding_stages,
            assigned_since=assigned_since,
        )

    def read_contacts_lacking_history(
        self,
        *,
        fields: Collection[str] = ("buying_role", "job_title"),
        contacted_before: datetime,
        two_way: Mapping[ActivityType, Collection[str]],
        min_call_ms: int = 0,
        now: datetime | None = None,
        after_id: str = "",
        limit: int = 10_000,
    ) -> list[tuple[str, tuple[str, ...], str | None]]:
        """Contacts of owned companies whose role or title has a past that was not asked for.

        Args:
            fields: fields of which the past is wanted.
            contacted_before: only contacts without two-way contact from then on.
            two_way: by kind of activity the outcomes (of meetings and calls) or the directions (of
                messages) that make one contact in both directions.
            min_call_ms: a call that is known to be shorter is none.
            now: later activities do not count; None counts none as later.
            after_id: only contacts after this one in the order of their ids' text.
            limit: most contacts returned.

        Returns:
            Id, buying roles and job title of each, in that order.
        """
        return self._read(
            version.contacts_lacking_history,
            fields=fields,
            contacted_before=contacted_before,
            two_way=two_way,
            min_call_ms=min_call_ms,
            now=now,
            after_id=after_id,
            limit=limit,
        )

    def save_splits(self, deal_ids: Collection[str], splits: Sequence[Split]) -> None:
        """Make these all splits of the deals and clear their pending work."""
        self._change(link.save_splits, deal_ids, splits)

    def remove_records(self, object_type: PulledType, ids: Collection[str]) -> int:
        """Remove records that are gone from the CRM with all that hangs on them.

        Returns:
            How many stood in the mirror.
        """
        return self._change(removal.remove, object_type, ids)

    # what the mirror holds, to be compared with the CRM

    def count_records(self, object_type: PulledType) -> int:
        """How many records of that type stand in the mirror."""
        return self._read(inventory.count_records, object_type)

    def count_modified_since(self, object_type: PulledType, since: datetime) -> int:
        """How many of them bear a modified time of the CRM at that instant or later."""
        if object_type not in self._indexed:
            self._save(inventory.add_index, object_type)
            self._indexed.add(object_type)
        return self._read(inventory.count_modified_since, object_type, since)

    def read_modified(self, object_type: PulledType, ids: Collection[str]) -> dict[str, datetime]:
        """Modified time by id of those of the records that stand in the mirror."""
        return self._read(inventory.read_modified, object_type, ids)

    def read_ids(self, object_type: PulledType) -> "array[int]":
        """All ids of that type as numbers, rising; an id that is not plainly one is left out."""
        return self._read(inventory.read_ids, object_type)

    def read_unseen(
        self, object_type: PulledType, before: datetime, *, limit: int = 1000, after_id: str = ""
    ) -> list[str]:
        """Ids of records that no pull has delivered since, in the order of their text.

        Args:
            object_type: type of the records.
            before: those that were delivered at that instant are not among them.
            limit: most ids in one answer.
            after_id: last id of the answer before; what follows it is read.
        """
        return self._read(
            inventory.read_unseen, object_type, before, limit=limit, after_id=after_id
        )

    # the account as the CRM describes it

    def save_description(
        self,
        *,
        owners: Sequence[Owner],
        stages: Sequence[Stage],
        rates: Sequence[Rate],
        currency: str | None,
        readable: Collection[PulledType],
    ) -> None:
        """Keep the account as the CRM describes it; a stage it no longer names stays, archived."""
        self._change(
            description.save_description,
            owners=owners,
            stages=stages,
            rates=rates,
            currency=currency,
            readable=readable,
        )

    def read_stages(self) -> tuple[Stage, ...]:
        """Stages by pipeline and place, deleted ones included."""
        return self._read(description.read_stages)

    def count_deals_by_stage(self) -> dict[tuple[str, str], int]:
        """How many deals of the mirror stand in each stage, by pipeline and stage."""
        return self._read(description.count_deals_by_stage)

    def read_unknown_words(self) -> list[str]:
        """Owners and stages that records name and the account, as described, does not."""
        return self._read(description.read_unknown_words)

    def read_owners(self) -> tuple[Owner, ...]:
        """Owners by id."""
        return self._read(description.read_owners)

    def save_goals(self, goals: Sequence[Goal]) -> None:
        """Make these all goals of the account."""
        self._change(goal.save_goals, goals)

    def read_mirror(self) -> "Mirror":
        """Everything that compute reads, as of one moment."""
        from store.mirror import read_mirror  # noqa: PLC0415 - loads Polars

        return self._read(read_mirror)

    def mirror_version(self) -> int:
        """Number that grows whenever something that compute reads has really changed."""
        return self._read(description.read_version)

    # own history

    def read_own_history(self, *, today: date | None = None) -> "OwnHistory":
        """What we remember of earlier runs; with `today`, what a run of that day needs."""
        from store.mirror import read_own_history  # noqa: PLC0415 - loads Polars

        return self._read(read_own_history, today=today)

    def save_own_history(self, history: "OwnHistory", *, today: date | None = None) -> None:
        """Remember this; its days take the place of those of `today`, or of its newest day."""
        from store.mirror import save_own_history  # noqa: PLC0415 - loads Polars

        self._save(save_own_history, history, today=today)

    def prune_days(self, *, keep_daily_from: date) -> int:
        """Keep of earlier days the last row of each month; returns how many rows were removed."""
        from store.mirror import prune_days  # noqa: PLC0415 - loads Polars

        return self._save(prune_days, keep_daily_from=keep_daily_from)

    # the outbox

    def read_standing(self, object_type: ObjectType) -> dict[str, dict[str, str]]:
        """Values of ours known to stand in the CRM, by record and name without prefix."""
        return self._read(outbox.read_standing, object_type)

    def save_outcomes(self, object_type: ObjectType, outcomes: Sequence[Outcome]) -> None:
        """Remember what the CRM answered; a record that is gone leaves the mirror."""
        self._change(outbox.save_outcomes, object_type, outcomes)

    def read_refusals(self) -> list[Refusal]:
        """Records whose last write the CRM refused."""
        return self._read(outbox.read_refusals)

    def clear_outbox(self) -> None:
        """Forget what stands in the CRM and what it refused: nothing of ours stands there."""
        self._save(outbox.clear_outbox)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the account's run lock, which dies with this process.

        Raises:
            LockHeldError: another run holds it.
        """
        with run_lock(self._database, self._account):
            yield
