"""Rows become frames exactly as they stand, whatever the size of a piece."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Column, MetaData, Select, Table, Text, literal, select
from sqlalchemy.exc import DBAPIError

from kpis import frames
from kpis.frames import COUNT, DAY, FLAG, INSTANT, MONEY, OPTIONS, TEXT, Schema
from kpis.records import Link
from store import frame as frame_module
from store.frame import read_frame
from store.statement import upsert
from store.store import Store
from store.table import COMPANIES, LINKS
from tests.store_fixtures import PULLED, company

ODD_TEXTS = ['"quoted"', "back\\slash", "line\nbreak\ttab\x01", "é 漢 😀", "null", "[1, 2]", ""]

LINK_SCHEMA = {"from_id": TEXT, "to_id": TEXT, "is_primary": FLAG}


def links(account: str) -> Select[Any]:
    columns = LINKS.c.from_id, LINKS.c.to_id, LINKS.c.is_primary
    return select(*columns).where(LINKS.c.account == account)


def own_rows(store: Store, statement: Select[Any], schema: Schema) -> pl.DataFrame:
    with store._database.reading() as connection:
        return read_frame(connection, statement, schema)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_frame_holds_a_text_exactly_when_it_looks_like_json_or_controls(store, text):
    statement = select(literal("1").label("id"), literal(text).label("text"))

    frame = own_rows(store, statement, {"id": TEXT, "text": TEXT})

    assert frame.rows() == [("1", text)]


def test_frame_has_each_value_in_its_type_and_null_where_there_is_none(store):
    schema = {
        "id": TEXT,
        "amount": MONEY,
        "at": INSTANT,
        "on": DAY,
        "is_won": FLAG,
        "names": OPTIONS,
        "size": COUNT,
    }
    row = ("1", "999999999999999.999999", 1_780_000_000_123, "2024-02-29", 0, '["a;b"]', 2**62)
    values: list[Any] = [
        literal(value).label(name) for name, value in zip(schema, row, strict=True)
    ]
    filled = select(*values)
    nothing = select(*(COMPANIES.c[name] for name in ("external_id", "cost_to_serve")))
    store.save_page("companies", [company("9")], cursor="c", pulled_at=PULLED)

    frame = own_rows(store, filled, schema)
    empty = own_rows(
        store,
        nothing.where(COMPANIES.c.account == store._account),
        {"relation_id": TEXT, "cost_to_serve": MONEY},
    )

    assert dict(frame.schema) == schema
    assert frame.rows() == [
        (
            "1",
            Decimal("999999999999999.999999"),
            datetime(2026, 5, 28, 20, 26, 40, 123_000, tzinfo=UTC),
            date(2024, 2, 29),
            False,
            ["a;b"],
            2**62,
        )
    ]
    assert empty.rows() == [("9", None)]


def test_frame_has_its_schema_when_there_is_no_row(store):
    frame = own_rows(store, links("nobody"), LINK_SCHEMA)

    assert frame.is_empty()
    assert dict(frame.schema) == LINK_SCHEMA


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 6, 7, 100])
def test_frame_is_whole_whatever_the_size_of_a_piece(store, monkeypatch, rows):
    monkeypatch.setattr(frame_module, "CHUNK_ROWS", rows)
    pairs = [("1", "7"), ("2", "7"), ("2", "8"), ("2", "9"), ("3", "7"), ("10", "7")]
    ids = {from_id for from_id, _ in pairs}
    store.save_links("deals", "companies", ids, [Link(*pair) for pair in pairs])

    frame = own_rows(store, links(store._account), LINK_SCHEMA)

    assert sorted(frame.rows()) == sorted((*pair, False) for pair in pairs)


def test_frame_holds_a_row_whose_first_value_is_empty_text(store, monkeypatch):
    monkeypatch.setattr(frame_module, "CHUNK_ROWS", 1)
    rows = [
        {
            "account": store._account,
            "from_type": "deals",
            "to_type": "companies",
            "from_id": from_id,
            "to_id": "7",
            "is_primary": 1,
            "labels": "[]",
        }
        for from_id in ("", "1")
    ]
    with store._database.writing() as connection:
        upsert(connection, LINKS, rows)

    frame = own_rows(store, links(store._account), LINK_SCHEMA)

    assert sorted(frame.rows()) == [("", "7", True), ("1", "7", True)]


def test_frame_is_of_one_moment_when_another_saves_between_two_pieces(store, monkeypatch):
    monkeypatch.setattr(frame_module, "CHUNK_ROWS", 1)
    store.save_links("deals", "companies", ["1", "2"], [Link("1", "7"), Link("2", "7")])
    statement = links(store._account)
    whole = frame_module._pieces

    def with_a_save_between(connection, statement):
        for piece in whole(connection, statement):
            store.save_links("deals", "companies", ["3"], [Link("3", "7")])
            yield piece

    monkeypatch.setattr(frame_module, "_pieces", with_a_save_between)

    first = own_rows(store, statement, LINK_SCHEMA)
    second = own_rows(store, statement, LINK_SCHEMA)

    assert sorted(first["from_id"]) == ["1", "2"]
    assert sorted(second["from_id"]) == ["1", "2", "3"]


def test_frame_says_what_is_wrong_when_the_database_refuses(store):
    missing = Table("no_such_table", MetaData(), Column("id", Text))

    with store._database.session() as connection, pytest.raises(DBAPIError, match="no_such_table"):
        read_frame(connection, select(missing.c.id), {"id": TEXT})


def test_rows_of_a_frame_are_in_the_forms_of_the_database():
    schema = {"day": DAY, "mean": frames.EXACT, "basis": TEXT}
    frame = pl.DataFrame([(date(2026, 1, 31), Decimal("1.5"), None)], schema=schema, orient="row")

    assert frame_module.to_rows(frame, schema) == [
        {"day": "2026-01-31", "mean": "1.500000000000", "basis": None}
    ]
