"""What compute reads: the mirror and our own history as the frames of `kpis.frames`."""

import json
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Select, Table, select

from kpis import frames
from kpis.frames import Mirror, OwnHistory, Schema
from store.description import read_account
from store.frame import read_frame, to_rows
from store.statement import matches, replace
from store.table import (
    ACTIVITIES,
    ACTIVITY_TYPES,
    COMPANIES,
    CONTACTS,
    DEALS,
    LINKS,
    MEMBERSHIPS,
    OWNERS,
    RATES,
    REVIEWS,
    SPLITS,
    VERSIONS,
)

_NAMES_HERE: Final = {
    "relation_id": "external_id",
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

    described = (
        {} if row["readable"] is None else {"readable": frozenset(json.loads(row["readable"]))}
    )
    return Mirror(
        companies=read(_table(COMPANIES, frames.COMPANIES, account), frames.COMPANIES),
        contacts=read(_table(CONTACTS, frames.CONTACTS, account), frames.CONTACTS),
        deals=read(_table(DEALS, frames.DEALS, account), frames.DEALS),
        deal_companies=read(_company_links("deals", account), frames.COMPANY_LINKS),
        contact_companies=read(_company_links("contacts", account), frames.COMPANY_LINKS),
        deal_touches=read(_deal_touches(account), frames.DEAL_TOUCHES),
        company_changes=read(_changes("companies", account), frames.CHANGES),
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


def _deal_touches(account: str) -> Select[Any]:
    """Times of activities linked to deals; an activity without a time touches nothing."""
    return (
        select(LINKS.c.to_id, ACTIVITIES.c.occurred_at)
        .join(
            ACTIVITIES,
            (ACTIVITIES.c.account == LINKS.c.account)
            & (ACTIVITIES.c.activity_type == LINKS.c.from_type)
            & (ACTIVITIES.c.external_id == LINKS.c.from_id),
        )
        .where(matches(LINKS, account=account, to_type="deals"))
        .where(LINKS.c.from_type.in_(ACTIVITY_TYPES), ACTIVITIES.c.occurred_at.is_not(None))
    )


def _changes(object_type: str, account: str) -> Select[Any]:
    columns = [VERSIONS.c[name] for name in frames.CHANGES]
    return select(*columns).where(matches(VERSIONS, account=account, object_type=object_type))


_OWN_HISTORY: Final = {
    "memberships": (MEMBERSHIPS, frames.MEMBERSHIPS),
    "reviews": (REVIEWS, frames.REVIEWS),
}


def read_own_history(connection: Connection, account: str) -> OwnHistory:
    """Read what we remember of earlier runs."""
    return OwnHistory(
        **{
            name: read_frame(connection, _table(table, schema, account), schema)
            for name, (table, schema) in _OWN_HISTORY.items()
        }
    )


def save_own_history(connection: Connection, account: str, history: OwnHistory) -> None:
    """Make this all that we remember; rows that stand already are left alone."""
    for name, (table, schema) in _OWN_HISTORY.items():
        rows = [{"account": account, **row} for row in to_rows(getattr(history, name), schema)]
        replace(connection, table, [table.c.account == account], rows)
