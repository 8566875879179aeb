"""Stores on both engines, and records to put into them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, delete, text

from kpis.records import Activity, Company, Contact, Deal
from store.store import Store
from store.table import METADATA

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

MODIFIED = datetime(2026, 6, 1, 8, 30, 0, 123_000, tzinfo=UTC)
PULLED = datetime(2026, 6, 2, tzinfo=UTC)
LATER = PULLED + timedelta(hours=1)


def address_of(engine: str, folder: Path) -> str:
    """Address of a database on that engine; skips where there is no server."""
    if engine == "sqlite":
        return f"sqlite:///{folder / 'store.db'}"
    url = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251 - tests have no configuration
    if not url:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    return url


@contextmanager
def account_on(address: str) -> Iterator[str]:
    """Name of an account that nobody has; its rows go afterwards."""
    account = f"test-{uuid4().hex}"
    yield account
    if not address.startswith("sqlite"):
        engine = create_engine(address)
        with engine.begin() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(delete(table).where(table.c.account == account))
        engine.dispose()


@contextmanager
def empty_database(address: str, folder: Path) -> Iterator[str]:
    """Address of a database without any table: a new file, or a schema of its own."""
    if address.startswith("sqlite"):
        yield f"sqlite:///{folder / 'new.db'}"
        return
    schema = f"test_{uuid4().hex}"
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{address}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@cache
def _empty_file() -> bytes:
    """A SQLite store that was just made, so that not every test has to migrate one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        Store.open(f"sqlite:///{path}", account="nobody").close()
        return path.read_bytes()


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Store]:
    """Open a store of a new account."""
    address = address_of(engine, folder)
    if engine == "sqlite":
        (folder / "store.db").write_bytes(_empty_file())
    with account_on(address) as account:
        store = Store.open(address, account=account)
        try:
            yield store
        finally:
            store.close()


def company(external_id: str = "1", *, modified_at: datetime = MODIFIED, **values: Any) -> Company:
    return Company(external_id, modified_at, **values)


def contact(external_id: str = "1", *, modified_at: datetime = MODIFIED, **values: Any) -> Contact:
    return Contact(external_id, modified_at, **values)


def deal(external_id: str = "1", *, modified_at: datetime = MODIFIED, **values: Any) -> Deal:
    return Deal(external_id, modified_at, **values)


def call(external_id: str = "1", *, modified_at: datetime = MODIFIED, **values: Any) -> Activity:
    return Activity(external_id, "calls", modified_at, **values)
