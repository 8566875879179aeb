"""A store of every earlier version opens under this one with all that was in it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kpis.records import Company, Contact, Deal
from store import migration
from store.migration import HEAD
from store.outbox import Refusal
from store.store import Store
from store.table import METADATA
from tests.store_fixtures import ENGINES, address_of, call, empty_database
from tests.unit.store.former_store import AT, ROWS, SECOND, fill, former_database, rows_of, str_of


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
def store(revision: str, address: str) -> Iterator[Store]:
    """A store of an earlier version, opened by this one."""
    with former_database(address, revision) as former:
        fill(former, ROWS[revision])
    one = Store.open(address, account="acme")
    yield one
    one.close()


def test_every_row_is_as_it_was(store, revision):
    expected = {**ROWS[revision], "versions": SECOND["versions"]}  # v0002 dates what contacts are

    for table in METADATA.tables:
        wanted = [{"account": "acme", **row} for row in expected.get(table, [])]
        assert rows_of(store._database, table) == sorted(wanted, key=str_of), table


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
