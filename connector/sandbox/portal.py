"""A CRM account in memory: records, definitions, pipelines, owners and links. It has no clock.

What people and programs do to the account is done here; who may do it, and in which words it is
asked for, is the business of the server.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import RLock

from connector.sandbox.derived import derived_values
from connector.sandbox.description import APP_ID, Description
from connector.sandbox.instants import instant_text, to_ms, to_text
from connector.sandbox.kinds import GOALS, KINDS
from connector.sandbox.links import Links
from connector.sandbox.records import PortalRecord, Version
from connector.sandbox.shelf import Shelf

MERGED_IDS = "hs_merged_object_ids"


class Portal(Description):
    """One account.

    Attributes:
        objects: records by id per object type, live and archived alike.
        merged: id of the survivor by the id that was merged away, per object type.
        shelves: the ids of the records in their orders, per object type.
        lock: held while the portal changes or is read for one answer.
    """

    def __init__(
        self,
        account_id: str = "1234567",
        currency: str = "EUR",
        timezone: str = "Europe/Amsterdam",
        *,
        additional_currencies: Sequence[str] = (),
        app_id: str = APP_ID,
        property_limit: int = 1_000,
    ) -> None:
        super().__init__(
            account_id,
            currency,
            timezone,
            additional_currencies=additional_currencies,
            app_id=app_id,
            property_limit=property_limit,
        )
        self.lock = RLock()
        self.objects: dict[str, dict[str, PortalRecord]] = {name: {} for name in KINDS}
        self.merged: dict[str, dict[str, str]] = {name: {} for name in KINDS}
        self.links = Links()
        self.shelves: dict[str, Shelf] = {name: Shelf() for name in KINDS}

    def add_record(
        self,
        object_type: str,
        id: str,  # noqa: A002 - the CRM's own word, and that of every caller
        properties: Mapping[str, str],
        *,
        at: datetime,
        created_at: datetime | None = None,
        source_type: str = "CRM_UI",
        source_id: str | None = None,
    ) -> PortalRecord:
        """Add a record whose values were set at `at`; created then too, unless told otherwise.

        Raises:
            ValueError: the id is taken, is no number, or a property is not defined.
        """
        kind = KINDS[object_type]
        with self.lock:
            if not id.isdigit() or id in self.objects[object_type]:
                raise ValueError(f"portal: {object_type} {id!r}: not a new id of digits")
            self.require_defined(object_type, properties)
            at_ms = to_ms(at)
            created_ms = to_ms(created_at) if created_at else at_ms
            given = {name: value for name, value in properties.items() if value}
            modified = to_text(at_ms)
            values = (
                {
                    kind.created: modified if created_ms == at_ms else to_text(created_ms),
                    kind.modified: modified,
                    "hs_object_source": source_type,
                    "hs_object_source_label": source_type,
                }
                | derived_values(self.deal_pipelines, object_type, {}, given, at_ms)
                | ({"hs_object_source_id": source_id} if source_id else {})
                | given
                | {"hs_object_id": id}
            )
            record = PortalRecord(
                id,
                values,
                Version(at_ms, "", source_type, source_id),
                created_ms,
                [at_ms],
                self.shelves[object_type],
            )
            self.objects[object_type][id] = record
        return record

    def add_goal(
        self,
        id: str,  # noqa: A002 - the CRM's own word, and that of every caller
        owner_id: str,
        amount: str,
        starts_at: datetime,
        ends_at: datetime,
        *,
        at: datetime,
        name: str = "",
        goal_type: str = "sales_quota",
        milestone: str = "",
    ) -> PortalRecord:
        """Add the target of a seller for one period, set at `at`; an end at midnight is exclusive.

        Raises:
            ValueError: the id is taken or no number.
        """
        values = {
            "hs_goal_name": name,
            "hs_goal_type": goal_type,
            "hs_milestone": milestone,
            "hs_target_amount": amount,
            "hs_start_datetime": instant_text(starts_at),
            "hs_end_datetime": instant_text(ends_at),
            "hubspot_owner_id": owner_id,
        }
        return self.add_record(GOALS, id, values, at=at)

    def set_values(
        self,
        object_type: str,
        id: str,  # noqa: A002 - the CRM's own word, and that of every caller
        properties: Mapping[str, str],
        *,
        at: datetime,
        source_type: str = "CRM_UI",
        source_id: str | None = None,
    ) -> PortalRecord:
        """Set values ("" clears), keep the versions and move the modified date if any changed.

        The version that is latest in time is the value, so past versions can be added afterwards.

        Raises:
            KeyError: there is no such record.
            ValueError: a property is not defined.
        """
        with self.lock:
            record = self.objects[object_type][id]
            self.require_defined(object_type, properties)
            at_ms = to_ms(at)
            changed = {
                name: value
                for name, value in properties.items()
                if record.put(name, Version(at_ms, value, source_type, source_id))
            }
            if changed:
                derived = derived_values(
                    self.deal_pipelines, object_type, record.values, changed, at_ms
                )
                for name, value in derived.items():
                    if name not in properties:
                        record.put(name, Version(at_ms, value, "CALCULATED", None))
                record.touch(at_ms, KINDS[object_type].modified)
        return record

    def archive(self, object_type: str, id: str, *, at: datetime) -> None:  # noqa: A002
        """Put a record into the recycle bin. Its modified date does not move."""
        with self.lock:
            self.objects[object_type][id].archive(to_ms(at))

    def restore(self, object_type: str, id: str) -> None:  # noqa: A002
        """Take a record out of the recycle bin, under its old id."""
        with self.lock:
            self.objects[object_type][id].restore()

    def purge(self, object_type: str, id: str) -> None:  # noqa: A002
        """Delete a record for privacy: it was never there, not even in the recycle bin."""
        with self.lock:
            self.links.drop(object_type, id)
            self._forget(object_type, id)

    def merge(
        self,
        object_type: str,
        winner: str,
        loser: str,
        *,
        at: datetime,
        new_id: str | None = None,
    ) -> str:
        """Merge two records and return the id that goes on.

        HubSpot gives companies and contacts a new id (`new_id`) or, in accounts that preserve it,
        keeps the winner's. Ids that are gone resolve to the survivor on a single get alone.
        """
        with self.lock:
            kept, lost = self.objects[object_type][winner], self.objects[object_type][loser]
            survivor = new_id or winner
            if new_id:
                self.add_record(object_type, new_id, _copied(kept), at=at)
                self._absorb(object_type, winner, new_id)
            absorbed = [winner, loser] if new_id else [loser]
            standing = self.objects[object_type][survivor].values
            filled = {name: value for name, value in _copied(lost).items() if name not in standing}
            ids = [standing.get(MERGED_IDS), *absorbed, lost.values.get(MERGED_IDS)]
            merged_ids = ";".join([one for one in ids if one])
            told = {MERGED_IDS: merged_ids}
            if object_type == "contacts":
                told["hs_calculated_merged_vids"] = merged_ids
            self.set_values(object_type, survivor, filled | told, at=at)
            self._absorb(object_type, loser, survivor)
        return survivor

    def associate(
        self,
        from_type: str,
        from_id: str,
        to_type: str,
        to_id: str,
        label: str | None = None,
    ) -> None:
        """Link two records in both directions; label None, "Primary" or one of the account's own.

        Raises:
            KeyError: one of the two does not exist.
            ValueError: the two types can have no primary link.
        """
        with self.lock:
            for object_type, record_id in ((from_type, from_id), (to_type, to_id)):
                if record_id not in self.objects[object_type]:
                    raise KeyError(f"portal: {object_type} {record_id}: no such record")
            self.links.add(from_type, from_id, to_type, to_id, label)

    def values(self, object_type: str, id: str) -> dict[str, str]:  # noqa: A002
        """Copy of the values of one record that are not empty."""
        with self.lock:
            return dict(self.objects[object_type][id].values)

    def ids(self, object_type: str) -> list[int]:
        """All ids of one type as numbers, ascending, those in the recycle bin among them."""
        with self.lock:
            shelf = self.shelves[object_type]
            return sorted([*shelf.live.in_order(), *shelf.archived.in_order()])

    def next_id(self, object_type: str) -> str:
        """Id for a record that is created over the API."""
        with self.lock:
            shelf = self.shelves[object_type]
            return str(max([0, *shelf.live.in_order()[-1:], *shelf.archived.in_order()[-1:]]) + 1)

    def _absorb(self, object_type: str, gone: str, survivor: str) -> None:
        self.links.move(object_type, gone, survivor)
        self._forget(object_type, gone)
        merged = self.merged[object_type]
        merged.update({old: survivor for old, new in merged.items() if new == gone})
        merged[gone] = survivor

    def _forget(self, object_type: str, id: str) -> None:  # noqa: A002
        self.objects[object_type].pop(id).leave()


def _copied(record: PortalRecord) -> dict[str, str]:
    """Values that a merge carries over: not those that tell about the record itself."""
    own = {"hs_object_id", "createdate", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate"}
    return {name: value for name, value in record.values.items() if name not in own}
