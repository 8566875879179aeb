"""A store of every earlier version opens under this one with all that was in it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from kpis.records import Company, Contact, Deal
from store import migration
from store.engine import Database
from store.migration import HEAD, migrate
from store.outbox import Refusal
from store.store import Store
from store.table import METADATA
from tests.store_fixtures import ENGINES, address_of, call, empty_database

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

ROWS = {"v0001": FIRST, "v0002": SECOND}


def test_every_released_version_is_among_these():
    script = ScriptDirectory(str(Path(migration.__file__).parent / "migrations"))

    assert {one.revision for one in script.walk_revisions()} == {*ROWS, HEAD}


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(address_of(request.param, tmp_path), tmp_path) as found:
        yield found


@pytest.fixture(params=ROWS)
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(revision: str, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store of an earlier version, opened by this one."""
    monkeypatch.setattr(migration, "HEAD", revision)
    former = Database(address)
    migrate(former)
    with former.writing() as connection:
        for table, rows in ROWS[revision].items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in ("account", *row))
                values = ", ".join(f":{name}" for name in ("account", *row))
                connection.execute(
                    text(f"INSERT INTO {table} ({names}) VALUES ({values})"),  # noqa: S608
                    {"account": "acme", **row},
                )
    former.close()
    monkeypatch.undo()
    one = Store.open(address, account="acme")
    yield one
    one.close()


def rows_of(store: Store, table: str) -> list[dict[str, Any]]:
    """All rows of a table, without what is null."""
    with store._database.reading() as connection:
        found = connection.execute(METADATA.tables[table].select()).mappings().all()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def test_every_row_is_as_it_was(store, revision):
    expected = {**ROWS[revision], "versions": SECOND["versions"]}  # v0002 dates what contacts are

    for table in METADATA.tables:
        wanted = [{"account": "acme", **row} for row in expected.get(table, [])]
        assert sorted(rows_of(store, table), key=str_of) == sorted(wanted, key=str_of), table


def str_of(row: dict[str, Any]) -> str:
    return str(sorted(row.items()))


def test_tables_are_those_of_this_version(store):
    for kind in ("companies", "contacts", "deals", "calls"):  # makes the indexes put off till then
        store.count_modified_since(kind, AT)

    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    health = store.care.check(thorough=True)
    assert (health.revision, health.faults) == (HEAD, ())


def test_records_that_come_again_are_no_change(store):
    company = Company(
        "1",
        AT,
        name="Bakkerij Ü",
        owner="7",
        owner_assigned_at=AT,
        employees=Decimal("12.50"),
        target_account=False,
        next_activity_on=date(2026, 7, 1),
        pains_options=("a", "é"),
        phase_locked_until=date(2026, 7, 2),
        standing={"relation_score": "55"},
    )
    roles = ("BUDGET_HOLDER", "DECISION_MAKER")
    contact = Contact(
        "2", AT, buying_role=roles, job_title="Inkoper", has_email=True, phone_digits=10
    )
    deal = Deal(
        "3",
        AT,
        pipeline="default",
        stage="quote",
        amount=Decimal("1000.010"),
        currency="EUR",
        closed_on=AT,
    )
    activity = call("4", modified_at=AT, occurred_at=AT, duration_ms=0)
    records = {"companies": company, "contacts": contact, "deals": deal, "calls": activity}

    changed = {
        kind: store.save_page(kind, [record], cursor=None, pulled_at=AT)
        for kind, record in records.items()
    }

    assert changed == {"companies": 0, "contacts": 0, "deals": 0, "calls": 0}
    assert store.mirror_version() == 41
    assert store.read_pending("deals", "history") == ["3"]


def test_what_was_kept_is_read_by_this_version(store):
    mirror, history = store.read_mirror(), store.read_own_history()

    assert mirror.companies["employees"].to_list() == [Decimal("12.5")]
    assert mirror.deal_companies.rows() == [("3", "1", True)]
    assert mirror.deal_touches.rows() == [("3", AT)]
    assert mirror.contact_changes["value"].sort().to_list() == [
        "BUDGET_HOLDER;DECISION_MAKER",
        "Inkoper",
    ]
    assert history.memberships["relation_id"].to_list() == ["1"]
    assert store.read_standing("companies") == {"1": {"relation_score": "55"}}
    assert store.read_refusals() == [Refusal("companies", "1", "read only", 2)]
    assert store.read_cursor("deals") == '{"mode":"waiting","until":1}'
    assert store.start_run("sync", started_at=AT) == 10
