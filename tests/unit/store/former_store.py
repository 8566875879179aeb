"""Stores of earlier versions, with rows in every table in the forms in which those wrote them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from sqlalchemy import text

from store import migration
from store.engine import Database
from store.migration import migrate
from store.table import METADATA

MS = 1_780_302_600_123
AT = datetime(2026, 6, 1, 8, 30, 0, 123_000, tzinfo=UTC)
TIMES = {"modified_at": MS, "seen_at": MS}
VERSION = {"changed_at": MS, "is_by_person": 1, "is_seen": 1, "was_asked": 0}

FIRST: Mapping[str, list[dict[str, Any]]] = {
    "accounts": [{"mirror_version": 41, "currency": "EUR", "readable": '["companies", "deals"]'}],
    "companies": [
        {
            "external_id": "1",
            "name": "Bakkerij Ü",
            "owner": "7",
            "owner_assigned_at": MS,
            "employees": "12.5",
            "target_account": 0,
            "next_activity_on": "2026-07-01",
            "pains_options": '["a", "é"]',
            "gains_options": "[]",
            "spend_categories": "[]",
            "phase_locked_until": "2026-07-02",
            **TIMES,
        }
    ],
    "contacts": [
        {
            "external_id": "2",
            "buying_role": '["BUDGET_HOLDER", "DECISION_MAKER"]',
            "job_title": "Inkoper",
            "has_email": 1,
            "is_bounced": 0,
            "phone_digits": 10,
            "has_left": 0,
            **TIMES,
        }
    ],
    "deals": [
        {
            "external_id": "3",
            "pipeline": "default",
            "stage": "quote",
            "amount": "1000.01",
            "currency": "EUR",
            "closed_at": MS,
            **TIMES,
        }
    ],
    "activities": [
        {"activity_type": "calls", "external_id": "4", "occurred_at": MS, "duration_ms": 0, **TIMES}
    ],
    "links": [
        {
            "from_type": "calls",
            "to_type": "deals",
            "from_id": "4",
            "to_id": "3",
            "is_primary": 0,
            "labels": "[]",
        },
        {
            "from_type": "deals",
            "to_type": "companies",
            "from_id": "3",
            "to_id": "1",
            "is_primary": 1,
            "labels": '["Eindklant"]',
        },
    ],
    "versions": [
        {"object_type": kind, "external_id": one, "field": field, "value": value, **VERSION}
        for kind, one, field, value in (
            ("companies", "1", "pains_options", "a;é"),
            ("companies", "1", "owner", "7"),
            ("deals", "3", "stage", "quote"),
        )
    ],
    "splits": [{"deal_id": "3", "owner": "7", "share": "0.5"}],
    "owners": [{"external_id": "7", "name": "Sanne", "is_archived": 0}],
    "stages": [
        {
            "pipeline": "default",
            "stage": "quote",
            "pipeline_label": "Verkoop",
            "label": "Offerte",
            "display_order": 2,
            "probability": "0.4",
            "is_won": 0,
            "is_lost": 0,
            "is_archived": 0,
        }
    ],
    "rates": [{"currency": "USD", "valid_from": "2026-01-01", "rate": "0.92"}],
    "cursors": [{"object_type": "deals", "cursor": '{"mode":"waiting","until":1}'}],
    "pending": [{"object_type": "deals", "work": "history", "external_id": "3"}],
    "outbox": [
        {
            "object_type": "companies",
            "external_id": "1",
            "known": '{"relation_score": "55"}',
            "written_at": MS,
            "refusal": "read only",
            "refusal_count": 2,
        }
    ],
    "memberships": [{"relation_id": "1", "from_on": "2026-01-01", "basis": "rule"}],
    "reviews": [{"reviewed_on": "2026-01-01", "group": "all", "mean_revenue": "1000.5"}],
    "runs": [{"run_id": 9, "kind": "sync", "started_at": MS, "status": "done", "counts": "{}"}],
    "rejections": [
        {"run_id": 9, "object_type": "deals", "external_id": "", "reason": "id is missing"}
    ],
    "state": [{"key": "account_id", "value": "12345"}],
}
"""Rows of every table of v0001, in the forms in which that version wrote them."""

SECOND: Mapping[str, list[dict[str, Any]]] = {
    **FIRST,
    "versions": [
        *FIRST["versions"],
        *(
            {"object_type": "contacts", "external_id": "2", "field": field, "value": value}
            | VERSION
            for field, value in (
                ("buying_role", "BUDGET_HOLDER;DECISION_MAKER"),
                ("job_title", "Inkoper"),
            )
        ),
    ],
    "goals": [
        {"goal_id": "g", "seller_id": "7", "starts_at": MS, "ends_at": MS + 1, "amount": "100000"}
    ],
    "relation_days": [{"relation_id": "1", "from_on": "2026-06-01", "relation_score": 55}],
    "seller_days": [{"seller_id": "7", "from_on": "2026-06-01", "pace": "0.75"}],
}
"""The same of v0002, which added goals and days, and dated what contacts are."""

ROWS = {"v0001": FIRST, "v0002": SECOND, "v0003": SECOND}
"""v0003 changed an index alone."""


@contextmanager
def former_database(address: str, revision: str) -> Iterator[Database]:
    """A database with the tables of an earlier version and nothing in them."""
    one = Database(address)
    with mock.patch.object(migration, "HEAD", revision):
        migrate(one)
    yield one
    one.close()


def fill(one: Database, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put rows of an account into tables."""
    with one.writing() as connection:
        for table, rows in tables.items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in ("account", *row))
                values = ", ".join(f":{name}" for name in ("account", *row))
                connection.execute(
                    text(f"INSERT INTO {table} ({names}) VALUES ({values})"),  # noqa: S608
                    {"account": "acme", **row},
                )


def rows_of(one: Database, table: str) -> list[dict[str, Any]]:
    """All rows of a table in a fixed order, without what is null."""
    with one.reading() as connection:
        found = connection.execute(METADATA.tables[table].select()).mappings().all()
    rows = ({name: value for name, value in row.items() if value is not None} for row in found)
    return sorted(rows, key=str_of)


def str_of(row: Mapping[str, Any]) -> str:
    """What rows are put in order by."""
    return str(sorted(row.items()))
