"""Tables, records, frames and migrations say the same; opening a store stays small."""

import subprocess
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kpis import frames
from kpis.records import NO_VALUES, Options
from store.migration import HEAD
from store.row import content_names, to_content
from store.table import DEALS, METADATA, RECORD_CLASSES, content_fields, kinds
from store.version import TRACKED
from tests.store_fixtures import MODIFIED, call, company, contact, deal

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: str(table.name))
def test_every_table_starts_its_key_with_the_account(table):
    assert next(iter(table.primary_key)).name == "account"


@pytest.mark.parametrize(("table", "record_class"), RECORD_CLASSES.items(), ids=str)
def test_table_holds_every_field_of_its_record(table, record_class):
    named = {field.name for field in fields(record_class)} - {"standing"}

    both = {name for name, hint in content_fields(record_class).items() if len(kinds(hint)) == 2}
    expected = named | {name.removesuffix("_on") + "_at" for name in both}
    assert {column.name for column in table.columns} == expected | {"account", "seen_at"}


@pytest.mark.parametrize("record", [company(), contact(), deal(), call()], ids=repr)
def test_row_of_a_record_fills_every_column_of_its_content(record):
    table = next(table for table, kind in RECORD_CLASSES.items() if kind is type(record))

    keys = {"account", "activity_type", "external_id", "modified_at", "seen_at"}
    assert set(content_names(table)) == {column.name for column in table.columns} - keys
    assert len(to_content(record)) == len(content_names(table))


@pytest.mark.parametrize(
    ("name", "schema"),
    [("companies", frames.COMPANIES), ("contacts", frames.CONTACTS), ("deals", frames.DEALS)],
)
def test_frame_of_records_leaves_no_field_out(name, schema):
    columns = {column.name for column in METADATA.tables[name].columns}

    outside = {"account", "external_id", "modified_at", "seen_at"}
    assert columns - outside == set(schema) - {"relation_id", "contact_id", "deal_id"}


def test_tracked_fields_are_fields_of_their_records():
    for object_type, tracked in TRACKED.items():
        assert set(tracked) <= {column.name for column in METADATA.tables[object_type].columns}


def test_fields_of_an_unknown_type_are_refused():
    from store.table import _column_type  # noqa: PLC0415 - only this test needs it

    with pytest.raises(TypeError, match="no column holds a field of type"):
        _column_type(kinds(complex | None))


def test_kinds_of_a_field_leave_none_out():
    assert kinds(datetime | None) == {datetime}
    assert kinds(Options) == {Options}
    assert company().standing is NO_VALUES


def test_migrations_yield_the_tables_of_this_version(store):
    for kind in ("companies", "contacts", "deals", "calls"):  # makes the indexes put off till then
        store.count_modified_since(kind, MODIFIED)

    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_newest_migration_is_the_one_that_a_store_is_brought_to():
    assert ScriptDirectory(str(ROOT / "store" / "migrations")).get_heads() == [HEAD]


def test_store_that_is_up_to_date_opens_and_pulls_without_polars_and_alembic(tmp_path):
    script = """
import sys
from datetime import UTC, datetime
from kpis.records import Company
from store.store import Store

def pull():
    store = Store.open(sys.argv[1], account="acme")
    instant = datetime(2026, 6, 1, tzinfo=UTC)
    store.save_page("companies", [Company("1", instant)], cursor="c", pulled_at=instant)
    store.close()

pull()
if "polars" in sys.modules:
    raise SystemExit("polars is loaded")
for name in [name for name in sys.modules if name.startswith("alembic")]:
    del sys.modules[name]
pull()
if "alembic" in sys.modules:
    raise SystemExit("alembic is loaded")
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'store.db'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (ran.returncode, ran.stderr) == (0, "")


def test_content_of_a_record_stands_in_the_order_of_its_columns():
    record = deal(stage="quote", closed_on=MODIFIED, created_at=MODIFIED, lost_reason="x")

    content = dict(zip(content_names(DEALS), to_content(record), strict=True))
    assert {name: value for name, value in content.items() if value is not None} == {
        "stage": "quote",
        "closed_at": 1_780_302_600_123,
        "created_at": 1_780_302_600_123,
        "lost_reason": "x",
    }


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: str(table.name))
def test_columns_of_a_key_stand_first(table):
    names = [column.name for column in table.columns]

    assert names[: len(table.primary_key)] == [column.name for column in table.primary_key]
