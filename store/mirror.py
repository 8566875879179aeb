"""What compute reads: the mirror and our own history as the frames of `kpis.frames`."""

import json
from datetime import date
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Select, Table, delete, func, or_, select

from kpis import frames
from kpis.frames import Mirror, OwnHistory, Schema
from kpis.vocabulary import ActivityType
from store.description import read_account
from store.frame import read_frame, to_rows
from store.row import Row
from store.statement import matches, replace, upsert
from store.table import (
    ACTIVITIES,
    ACTIVITY_TYPES,
    COMPANIES,
    CONTACTS,
    DEALS,
    GOALS,
    LINKS,
    MEMBERSHIPS,
    OBJECT_TYPES,
    OWNERS,
    RATES,
    RELATION_DAYS,
    REVIEWS,
    SELLER_DAYS,
    SPLITS,
    VERSIONS,
)

_NAMES_HERE: Final = {
    "relation_id": "external_id",
    "activity_id": "external_id",
    "contact_id": "external_id",
    "deal_id": "external_id",
    "seller_id": "external_id",
}
"""Column of a table by the name that it bears in a frame, where they differ."""


def read_mirror(connection: Connection, account: str) -> Mirror:
    """Read everything that compute needs of one account, as of one moment."""
    row = read_account(connection, account) or {"currency": None, "readable": None}

    def read(statement: Select[Any], schema: Schema) -> pl.DataFrame:
        return read_frame(connection, statement, schema)

    described: dict[str, Any] = (
        {} if row["readable"] is None else {"readable": frozenset(json.loads(row["readable"]))}
    )
    activities, activity_links = _activities(connection, account), _links(connection, account)
    return Mirror(
        companies=read(_table(COMPANIES, frames.COMPANIES, account), frames.COMPANIES),
        contacts=read(_table(CONTACTS, frames.CONTACTS, account), frames.CONTACTS),
        deals=read(_table(DEALS, frames.DEALS, account), frames.DEALS),
        deal_companies=read(_company_links("deals", account), frames.COMPANY_LINKS),
        contact_companies=read(_company_links("contacts", account), frames.COMPANY_LINKS),
        activities=activities,
        activity_links=activity_links,
        deal_touches=_deal_touches(activities, activity_links),
        company_changes=read(_changes("companies", account), frames.CHANGES),
        contact_changes=read(_changes("contacts", account), frames.CHANGES),
        goals=read(_table(GOALS, frames.GOALS, account), frames.GOALS),
        deal_changes=read(_changes("deals", account), frames.CHANGES),
        owners=read(_table(OWNERS, frames.OWNERS, account), frames.OWNERS),
        rates=read(_table(RATES, frames.RATES, account), frames.RATES),
        splits=read(_table(SPLITS, frames.SPLITS, account), frames.SPLITS),
        account_currency=row["currency"],
        **described,
    )


def _table(table: Table, schema: Schema, account: str) -> Select[Any]:
    columns = [table.c[name] if name in table.c else table.c[_NAMES_HERE[name]] for name in schema]
    return select(*columns).where(table.c.account == account)


def _company_links(from_type: str, account: str) -> Select[Any]:
    where = matches(LINKS, account=account, from_type=from_type, to_type="companies")
    return select(LINKS.c.from_id, LINKS.c.to_id, LINKS.c.is_primary).where(where)


def _activities(connection: Connection, account: str) -> pl.DataFrame:
    """Type by type, for the key of the table gives the rows of one type in order."""
    statement = _table(ACTIVITIES, frames.ACTIVITIES, account)
    return pl.concat(
        read_frame(
            connection,
            statement.where(ACTIVITIES.c.activity_type == kind),
            frames.ACTIVITIES,
        )
        for kind in ACTIVITY_TYPES
    )


def _links(connection: Connection, account: str) -> pl.DataFrame:
    return pl.concat(
        _links_of(connection, account, kind, object_type)
        for kind in ACTIVITY_TYPES
        for object_type in OBJECT_TYPES
    )


def _links_of(
    connection: Connection, account: str, kind: ActivityType, object_type: str
) -> pl.DataFrame:
    where = matches(LINKS, account=account, from_type=kind, to_type=object_type)
    schema: Schema = {"activity_id": frames.TEXT, "external_id": frames.TEXT}
    frame = read_frame(connection, select(LINKS.c.from_id, LINKS.c.to_id).where(where), schema)
    return frame.select(
        pl.lit(kind).alias("activity_type"),
        "activity_id",
        pl.lit(object_type).alias("object_type"),
        "external_id",
    )


def _deal_touches(activities: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Times of activities linked to deals; an activity without a time touches nothing."""
    return (
        links.filter(pl.col("object_type") == "deals")
        .join(
            activities.filter(pl.col("occurred_at").is_not_null()),
            on=["activity_type", "activity_id"],
        )
        .select(pl.col("external_id").alias("deal_id"), "occurred_at")
    )


def _changes(object_type: str, account: str) -> Select[Any]:
    columns = [VERSIONS.c[name] for name in frames.CHANGES]
    return select(*columns).where(matches(VERSIONS, account=account, object_type=object_type))


_OWN_HISTORY: Final = {
    "memberships": (MEMBERSHIPS, frames.MEMBERSHIPS),
    "reviews": (REVIEWS, frames.REVIEWS),
}


_DAYS: Final = {
    "relation_days": (RELATION_DAYS, frames.RELATION_DAYS),
    "seller_days": (SELLER_DAYS, frames.SELLER_DAYS),
}


def read_own_history(connection: Connection, account: str, *, today: date | None) -> OwnHistory:
    """Read what we remember; with `today`, relations' days before its month by last row only."""
    statements = {
        name: (_table(table, schema, account), schema)
        for name, (table, schema) in (_OWN_HISTORY | _DAYS).items()
    }
    if today is not None:
        statement, schema = statements["relation_days"]
        statements["relation_days"] = (_since_month(statement, today), schema)
    return OwnHistory(
        **{
            name: read_frame(connection, statement, schema)
            for name, (statement, schema) in statements.items()
        }
    )


def _since_month(statement: Select[Any], today: date) -> Select[Any]:
    first = today.replace(day=1).isoformat()
    days, earlier = RELATION_DAYS, RELATION_DAYS.alias()
    last_before = (
        select(func.max(earlier.c.from_on))
        .where(earlier.c.account == days.c.account, earlier.c.relation_id == days.c.relation_id)
        .where(earlier.c.from_on < first)
        .correlate(days)
        .scalar_subquery()
    )
    return statement.where(or_(days.c.from_on >= first, days.c.from_on == last_before))


def save_own_history(
    connection: Connection, account: str, history: OwnHistory, *, today: date | None
) -> None:
    """Make memberships and reviews these, and the rows of days that stand for `today`."""
    for name, (table, schema) in _OWN_HISTORY.items():
        replace(
            connection,
            table,
            [table.c.account == account],
            _rows(account, getattr(history, name), schema),
        )
    for name, (table, schema) in _DAYS.items():
        rows = _rows(account, getattr(history, name), schema)
        day = max((row["from_on"] for row in rows), default=None)
        if today is not None:
            day = today.isoformat()
        if day is not None:
            connection.execute(delete(table).where(matches(table, account=account, from_on=day)))
        upsert(connection, table, rows)


def _rows(account: str, frame: pl.DataFrame, schema: Schema) -> list[Row]:
    return [
        {"account": account}
        | {name: int(value) if isinstance(value, bool) else value for name, value in row.items()}
        for row in to_rows(frame, schema)
    ]


def prune_days(connection: Connection, account: str, *, keep_daily_from: date) -> int:
    """Of rows before that day keep the last of each month; returns how many were removed."""
    day, removed = keep_daily_from.isoformat(), 0
    for table, owner in ((RELATION_DAYS, "relation_id"), (SELLER_DAYS, "seller_id")):
        later = table.alias()
        has_later = (
            select(later.c.from_on)
            .where(later.c.account == table.c.account, later.c[owner] == table.c[owner])
            .where(later.c.from_on > table.c.from_on, later.c.from_on < day)
            .where(func.substr(later.c.from_on, 1, 7) == func.substr(table.c.from_on, 1, 7))
            .correlate(table)
            .exists()
        )
        where = (table.c.account == account, table.c.from_on < day, has_later)
        removed += connection.execute(delete(table).where(*where)).rowcount
    return removed
