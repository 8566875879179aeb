"""The tables of the mirror and of our own state.

Every table starts its primary key with `account`. The columns of the record tables come from the
dataclasses of `kpis.records`, so a field exists once; the migrations spell them out, and a test
holds that both agree. Values keep one form on both engines: money and numbers as decimal text
(SQLite's NUMERIC is a float), instants as epoch milliseconds, days as ISO text, flags as 0 or 1,
several options as a JSON list.

An index of a table that grows with the CRM holds no column by which its key is looked up:
PostgreSQL takes a table that it has not counted lately for an empty one, in which any index that
could be used is as good as the key, and would then read that index from end to end.
"""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import BigInteger, Column, Index, MetaData, SmallInteger, Table, Text
from sqlalchemy.types import TypeEngine

from kpis.records import Activity, Company, Contact, Deal, Options, Record
from kpis.vocabulary import ActivityType, ObjectType

PulledType = ObjectType | ActivityType
"""What the mirror holds records of."""

OBJECT_TYPES: Final[tuple[ObjectType, ...]] = get_args(ObjectType)
ACTIVITY_TYPES: Final[tuple[ActivityType, ...]] = get_args(ActivityType)

METADATA = MetaData()

_OUTSIDE_CONTENT: Final = frozenset({"external_id", "modified_at", "activity_type", "standing"})


def content_fields(record_class: type[Record]) -> dict[str, Any]:
    """Annotation by name of the fields that say something of a record, in their order."""
    hints = get_type_hints(record_class)
    return {
        field.name: hints[field.name]
        for field in fields(record_class)
        if field.name not in _OUTSIDE_CONTENT
    }


def kinds(annotation: object) -> frozenset[object]:
    """Types that a field can hold, None aside; several options count as one kind."""
    if annotation == Options:
        return frozenset({Options})
    return frozenset(get_args(annotation) or (annotation,)) - {type(None)}


def instant_column(name: str) -> str:
    """Column for the instant of a field `..._on` that holds an instant or a day."""
    return name.removesuffix("_on") + "_at"


def _content_columns(record_class: type[Record]) -> list[Column[Any]]:
    columns: list[Column[Any]] = []
    for name, annotation in content_fields(record_class).items():
        match kinds(annotation):
            case found if found == {datetime, date}:
                columns += [Column(instant_column(name), BigInteger), Column(name, Text)]
            case found:
                columns.append(Column(name, _column_type(found)))
    return columns


def _column_type(found: frozenset[object]) -> TypeEngine[Any]:
    (kind,) = found
    if kind is bool:
        return SmallInteger()
    if kind in {int, datetime}:
        return BigInteger()
    if kind in {str, Decimal, date, Options}:
        return Text()
    raise TypeError(f"store: no column holds a field of type {kind}")


def _key(*names: str) -> list[Column[Any]]:
    return [Column(name, Text, primary_key=True) for name in ("account", *names)]


def _record_table(name: str, record_class: type[Record], *keys: str) -> Table:
    return Table(
        name,
        METADATA,
        *_key(*keys, "external_id"),
        *_content_columns(record_class),
        Column("modified_at", BigInteger, nullable=False),  # by the CRM's clock
        Column("seen_at", BigInteger, nullable=False),  # last time that a pull delivered it
        Index(f"{name}_by_modified", "modified_at"),  # made late, see store.inventory
    )


COMPANIES = _record_table("companies", Company)
CONTACTS = _record_table("contacts", Contact)
DEALS = _record_table("deals", Deal)
ACTIVITIES = _record_table("activities", Activity, "activity_type")

RECORD_CLASSES: Final[dict[Table, type[Record]]] = {
    COMPANIES: Company,
    CONTACTS: Contact,
    DEALS: Deal,
    ACTIVITIES: Activity,
}

LINKS = Table(
    "links",
    METADATA,
    *_key("from_type", "to_type", "from_id", "to_id"),
    Column("is_primary", SmallInteger, nullable=False),
    Column("labels", Text, nullable=False),
    Index("links_by_target", "to_id"),
    sqlite_with_rowid=False,
)

VERSIONS = Table(
    "versions",
    METADATA,
    *_key("object_type", "external_id", "field"),
    Column("changed_at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Text),  # null: emptied; of texts a digest only
    Column("is_by_person", SmallInteger, nullable=False),
    Column("is_seen", SmallInteger, nullable=False),  # 1: not from the CRM's history
    Column("was_asked", SmallInteger, nullable=False),  # 1: seen, and the CRM knows no more of it
    sqlite_with_rowid=False,
)

SPLITS = Table("splits", METADATA, *_key("deal_id", "owner"), Column("share", Text, nullable=False))

OWNERS = Table(
    "owners",
    METADATA,
    *_key("external_id"),
    Column("name", Text, nullable=False),
    Column("is_archived", SmallInteger, nullable=False),
)

STAGES = Table(
    "stages",
    METADATA,
    *_key("pipeline", "stage"),
    Column("pipeline_label", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("display_order", BigInteger, nullable=False),
    Column("probability", Text),
    Column("is_won", SmallInteger, nullable=False),
    Column("is_lost", SmallInteger, nullable=False),
    Column("is_archived", SmallInteger, nullable=False),
)

RATES = Table(
    "rates", METADATA, *_key("currency", "valid_from"), Column("rate", Text, nullable=False)
)

ACCOUNTS = Table(
    "accounts",
    METADATA,
    *_key(),
    Column("mirror_version", BigInteger, nullable=False),
    Column("currency", Text),
    Column("readable", Text),  # null: the account was never described
)

CURSORS = Table("cursors", METADATA, *_key("object_type"), Column("cursor", Text, nullable=False))

PENDING = Table(
    "pending", METADATA, *_key("object_type", "work", "external_id"), sqlite_with_rowid=False
)

OUTBOX = Table(
    "outbox",
    METADATA,
    *_key("object_type", "external_id"),
    Column("known", Text, nullable=False),  # JSON: our values that stand in the CRM
    Column("written_at", BigInteger),  # the record's modified time after our last write
    Column("refusal", Text),  # null: the last write was accepted
    Column("refusal_count", BigInteger, nullable=False),
)

JOURNAL = Table(
    "journal",
    METADATA,
    *_key("object_type", "external_id"),  # a record that is gone takes its entries along
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("changes", Text, nullable=False),  # JSON: name to what stood and what was sent
)

CONFIGURATIONS = Table(
    "configurations",
    METADATA,
    *_key("fingerprint"),
    Column("settings", Text, nullable=False),  # JSON: path of a setting to its value as text
)

CONFIGURATION_DAYS = Table(
    "configuration_days",
    METADATA,
    *_key("from_on"),  # first local day whose figures rest on that configuration
    Column("fingerprint", Text, nullable=False),
)

MEMBERSHIPS = Table(
    "memberships",
    METADATA,
    *_key("relation_id", "from_on"),
    Column("until_on", Text),
    Column("basis", Text, nullable=False),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    *_key("reviewed_on", "group"),
    Column("mean_revenue", Text),
    Column("mean_margin", Text),
    Column("median_index", Text),
    Column("enter_index", Text),
    Column("leave_index", Text),
)

GOALS = Table(
    "goals",
    METADATA,
    *_key("goal_id"),
    Column("seller_id", Text, nullable=False),
    Column("goal_type", Text),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("amount", Text, nullable=False),
)

RELATION_DAYS = Table(
    "relation_days",
    METADATA,
    *_key("relation_id", "from_on"),
    Column("is_top_relation", SmallInteger),
    Column("top_relation_basis", Text),
    Column("buying_phase", Text),
    Column("phase_status", Text),
    Column("relation_score", BigInteger),
    Column("profile_completeness", Text),
    Column("contact_status", Text),
    Column("pains_gains_complete", SmallInteger),
    Column("next_best_action", Text),
    Index("relation_days_by_day", "account", "from_on"),
)

SELLER_DAYS = Table(
    "seller_days",
    METADATA,
    *_key("seller_id", "from_on"),
    Column("top_relations_total", BigInteger),
    Column("top_relations_contacted", BigInteger),
    Column("kpi1", BigInteger),
    Column("contact_coverage", Text),
    Column("kpi1_ratio", Text),
    Column("team_coverage", Text),
    Column("focus_share", Text),
    Column("avg_profile_completeness", Text),
    Column("pg_coverage", Text),
    Column("phase_coverage", Text),
    Column("stalled_count", BigInteger),
    Column("revenue_ytd", Text),
    Column("pace", Text),
    Column("seller_score", BigInteger),
    Index("seller_days_by_day", "account", "from_on"),
)

RUNS = Table(
    "runs",
    METADATA,
    *_key(),
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),  # null: it runs, or its process died
    Column("status", Text),
    Column("counts", Text, nullable=False),  # JSON
)

REJECTIONS = Table(
    "rejections",
    METADATA,
    *_key(),
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),  # 0: outside any run
    Column("object_type", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),  # empty: the record had no readable id
    Column("reason", Text, primary_key=True),
)

STATE = Table("state", METADATA, *_key("key"), Column("value", Text, nullable=False))


def record_table(object_type: PulledType) -> Table:
    """Table that holds the records of that type."""
    match object_type:
        case "companies":
            return COMPANIES
        case "contacts":
            return CONTACTS
        case "deals":
            return DEALS
        case _:
            return ACTIVITIES
