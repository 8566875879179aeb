"""Two stores of one account side by side, and what stands in the CRM beside what should."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select

from connector.sandbox import Portal
from jobs.compute import compute_results
from jobs.difference import differences
from jobs.pull import HISTORY_FIELDS, INPUTS_WITH_HISTORY
from jobs.setup import wanted_properties
from jobs.wiring import Wiring
from kpis.properties import properties_of
from kpis.vocabulary import ObjectType
from store import table
from store.statement import names_of
from store.store import Store
from store.version import _OPTIONS as OPTIONS
from store.version import TRACKED, _row, versions_of
from tests.soak.world import OBJECTS

Row = Mapping[str, Any]
Rows = dict[tuple[Any, ...], Row]
Field = tuple[ObjectType, str, str]
"""Object type, id of the record, name of the field."""

RECORD_TABLES = (table.COMPANIES, table.CONTACTS, table.DEALS, table.ACTIVITIES)
COMPARED = (*RECORD_TABLES, table.LINKS, table.SPLITS, table.OWNERS, table.STAGES, table.RATES)
"""Everything that compute reads, but for the versions, which have rules of their own."""

NOT_COMPARED = frozenset({"account", "seen_at"})
"""`seen_at` is the time of our own last look at a record; nothing is computed from it."""


def read_rows(store: Store, of: Table, *, without: frozenset[str] = NOT_COMPARED) -> Rows:
    """Rows of a table by their key."""
    with store._database.reading() as connection:
        found = [dict(row) for row in connection.execute(select(of)).mappings()]
    keys = [column.name for column in of.primary_key if column.name != "account"]
    return {
        tuple(row[key] for key in keys): {
            name: value for name, value in row.items() if name not in without
        }
        for row in found
    }


def mirror_differences(soaked: Store, fresh: Store) -> Iterator[str]:
    """Where the two mirrors differ.

    Left out: `seen_at`; stages that the CRM no longer names and the soaked store keeps, archived,
    since past deals name them; versions, see `version_differences`.
    """
    for one in COMPARED:
        left, right = read_rows(soaked, one), read_rows(fresh, one)
        for key in sorted({*left, *right}, key=str):
            mine, other = left.get(key), right.get(key)
            is_former = one is table.STAGES and other is None and mine and mine["is_archived"]
            if mine != other and not is_former:
                yield f"{one.name} {'/'.join(map(str, key))}: {_told(mine, other)}"
    for key in read_rows(soaked, table.PENDING):
        yield f"pending {'/'.join(key)}: work was left undone"


def _told(mine: Row | None, other: Row | None) -> str:
    if mine is None:
        return "the soaked store lacks it"
    if other is None:
        return "the soaked store holds it still"
    return ", ".join(
        f"{name} {mine[name]!r}, should be {other[name]!r}"
        for name in mine
        if mine[name] != other[name]
    )


# versions


def true_versions(wiring: Wiring) -> Rows:
    """All versions that the CRM has of the fields whose past we read, in the form of the store."""
    rows: Rows = {}
    for kind, fields in HISTORY_FIELDS.items():
        ids = [key[0] for key in read_rows(wiring.store, _table_of(kind))]
        for page in wiring.crm.history(kind, fields, ids):
            for change in page.changes:
                row = dict(zip(names_of(table.VERSIONS), _row("acme", kind, change), strict=True))
                rows[kind, row["external_id"], row["field"], row["changed_at"]] = row
    return rows


def version_differences(soaked: Store, fresh: Store, truth: Rows) -> Iterator[str]:
    """Where the past in the soaked store is not that of the CRM.

    A past is read once, and again where a rule asks for it. So of each field the soaked store may
    know: versions of the CRM up to the last reading, and after it versions that it saw itself,
    dated when it saw them; what came and went between two runs may be unknown. Held to: what it has
    from the CRM is true and has no gap; the last version is the present value; that of a filled
    input of a company is dated by the CRM; and of a deal it knows all versions.
    """
    left, present = _by_field(soaked), _present(fresh)
    true: dict[Field, list[Row]] = {}
    for key, row in sorted(truth.items()):
        true.setdefault((key[0], key[1], key[2]), []).append(row)
    for one in sorted({*left, *true, *present}):
        mine, all_true = left.get(one, []), true.get(one, [])
        for found in _faults(one, mine, all_true, present):
            yield f"versions {'/'.join(one)}: {found}"


def _faults(
    one: Field, mine: list[Row], true: list[Row], present: Mapping[Field, str | None]
) -> Iterator[str]:
    yield from _false_or_missing(mine, true)
    last = _plain(mine[-1]) if mine else None
    if one in present and last != present[one]:
        yield f"the last is {last!r}, the present value {present[one]!r}"
    is_input = one[2] in INPUTS_WITH_HISTORY.get(one[0], ())
    if last is not None and is_input and mine[-1]["is_seen"]:
        yield f"the last is only seen: {_dated(mine)}, the CRM has {_dated(true)}"
    if one[0] == "deals" and true and _dated(mine) != _dated(true):
        yield f"the soaked store knows {_dated(mine)}, the CRM {_dated(true)}"


def _false_or_missing(mine: list[Row], true: list[Row]) -> Iterator[str]:
    known = {row["changed_at"]: (row["value"], row["is_by_person"]) for row in true}
    read = {
        row["changed_at"]: (row["value"], row["is_by_person"]) for row in mine if not row["is_seen"]
    }
    for at, value in read.items():
        if known.get(at) != value:
            yield f"at {at} the CRM has no such version as {value}"
    for at in known:
        if at not in read and read and at < max(read):
            yield f"the version at {at} is lacking, later ones were read"


def _plain(row: Row) -> str | None:
    """Value of a version; of several options in one order, since a set has none."""
    value: str | None = row["value"]
    return ";".join(sorted(value.split(";"))) if value and row["field"] in OPTIONS else value


def _dated(rows: list[Row]) -> list[tuple[int, str | None, bool]]:
    return [(row["changed_at"], row["value"], bool(row["is_seen"])) for row in rows]


def _by_field(store: Store) -> dict[Field, list[Row]]:
    found: dict[Field, list[Row]] = {}
    for key, row in sorted(read_rows(store, table.VERSIONS).items()):
        found.setdefault((key[0], key[1], key[2]), []).append(row)
    return found


def _present(store: Store) -> dict[Field, str | None]:
    return {
        (kind, key[0], field): value
        for kind in HISTORY_FIELDS
        for key, row in read_rows(store, _table_of(kind)).items()
        for field, value in versions_of(kind, dict(row)).items()
        if field in TRACKED[kind]
    }


def _table_of(kind: ObjectType) -> Table:
    return table.record_table(kind)


# values in the CRM


def hand_over(soaked: Store, fresh: Store) -> None:
    """Give a fresh store what only the soaked one can know.

    That is our own history, what it saw of past values, and stages that were deleted since.
    """
    fresh.save_own_history(soaked.read_own_history())
    versions = read_rows(soaked, table.VERSIONS, without=frozenset())
    stages = read_rows(soaked, table.STAGES, without=frozenset())
    known = read_rows(fresh, table.STAGES)
    former = [dict(row) for key, row in stages.items() if key not in known]
    with fresh._database.writing() as connection:
        connection.execute(delete(table.VERSIONS))
        connection.execute(insert(table.VERSIONS), [dict(row) for row in versions.values()])
        if former:
            connection.execute(insert(table.STAGES), former)


def standing_in(portal: Portal, kind: str) -> dict[str, dict[str, str]]:
    """Values of ours on the live records of one type, by name without prefix."""
    with portal.lock:
        return {
            one: {
                name.removeprefix("csk_"): value
                for name, value in record.values.items()
                if name.startswith("csk_")
            }
            for one, record in portal.objects[kind].items()
            if record.archived_ms is None
        }


def value_differences(fresh: Wiring, portal: Portal, *, as_of: datetime) -> Iterator[str]:
    """Where a value of ours in the CRM is not what the fresh store computes."""
    results, _ = compute_results(fresh, as_of=as_of)
    wanted = wanted_properties(fresh.mapping.fields, OBJECTS, prefix="csk_")
    for kind, frame in results.frames.items():
        names = frozenset(row.name for row in wanted[kind] if row.direction == "out")
        standing = standing_in(portal, kind)
        for one in differences(kind, frame, standing, as_of=as_of, known=names):
            if one.name != "calculated_at":  # goes only together with another change
                yield (
                    f"{kind} {one.external_id}: csk_{one.name} is {one.before!r} in the CRM, "
                    f"should be {one.after!r}"
                )


def outbox_differences(soaked: Store, portal: Portal) -> Iterator[str]:
    """Where the soaked store is wrong about what stands in the CRM."""
    for kind in OBJECTS:
        known = soaked.read_standing(kind)
        computed = {row.name for row in properties_of(kind, "out")}
        standing = {
            one: {name: value for name, value in values.items() if name in computed}
            for one, values in standing_in(portal, kind).items()
        }
        for one in sorted({*known, *standing}):
            knows, stands = known.get(one, {}), standing.get(one, {})
            for name in sorted({*knows, *stands}):
                if knows.get(name) != stands.get(name):
                    yield (
                        f"outbox {kind} {one}: {name} is known as {knows.get(name)!r}, "
                        f"stands as {stands.get(name)!r}"
                    )
