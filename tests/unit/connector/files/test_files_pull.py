"""Records, links, histories and splits out of a folder."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from connector.files.table import Line, read_table
from connector.ports import ConfigError, Page
from kpis.records import Link, Rejection, Split
from tests.unit.connector.files.conftest import NOW

COMPANIES: Final = "companies"


def ids(pages: Iterable[Page]) -> list[list[str]]:
    return [[one.external_id for one in page.records] for page in pages]


def test_pages_hold_all_records_and_only_the_last_sweeps(adapter):
    pages = list(adapter(page_size=2).changes(COMPANIES, None))

    assert ids(pages) == [["1", "2"], ["3"]]
    assert [page.sweep_before for page in pages] == [None, NOW]


@pytest.mark.parametrize(("size", "expected"), [(3, [["1", "2", "3"]]), (1, [["1"], ["2"], ["3"]])])
def test_page_that_is_just_full_is_followed_by_no_empty_one(adapter, size, expected):
    assert ids(adapter(page_size=size).changes(COMPANIES, None)) == expected


def test_file_that_has_not_changed_yields_nothing(adapter, export):
    *_, last = adapter().changes(COMPANIES, None)

    assert list(adapter().changes(COMPANIES, last.cursor)) == []
    (export / "companies.csv").write_text("id\n4\n")
    assert ids(adapter().changes(COMPANIES, last.cursor)) == [["4"]]


def test_pull_that_was_cut_off_goes_on_after_its_page(adapter):
    first, *_ = adapter(page_size=2).changes(COMPANIES, None)
    later = adapter(page_size=2)
    later._clock = lambda: NOW + timedelta(hours=1)

    (rest,) = later.changes(COMPANIES, first.cursor)

    assert ids([rest]) == [["3"]]
    assert rest.sweep_before == NOW


def test_pull_starts_anew_when_the_file_changed_after_a_page(adapter, export):
    first, *_ = adapter(page_size=2).changes(COMPANIES, None)
    (export / "companies.csv").write_text("id\n7\n8\n9\n")

    assert ids(adapter().changes(COMPANIES, first.cursor)) == [["7", "8", "9"]]


@pytest.mark.parametrize("cursor", ["", "no json", "[]", "7", '{"digest": "x", "offset": 2}'])
def test_cursor_of_another_kind_reads_everything(adapter, cursor):
    assert ids(adapter().changes(COMPANIES, cursor)) == [["1", "2", "3"]]


def test_type_without_a_file_is_one_empty_page(adapter):
    (page,) = adapter().changes("calls", None)

    assert page.records == ()
    assert page.sweep_before == NOW
    assert json.loads(page.cursor)["done"]


def test_record_says_when_it_changed_or_else_takes_the_present(adapter, export):
    (export / "companies.csv").write_text(
        "id,hs_lastmodifieddate\n1,2026-06-01T10:00:00+02:00\n2,\n3,soon\n"
    )

    (page,) = adapter().changes(COMPANIES, None)

    assert [one.modified_at for one in page.records] == [
        datetime(2026, 6, 1, 8, tzinfo=UTC),
        NOW,
        NOW,
    ]


def test_record_that_cannot_be_read_is_rejected_without_its_value(adapter, export):
    (export / "companies.csv").write_text(
        "id,annualrevenue\n1,veel\n2,5,6\n ,5\n4,5\n", encoding="utf-8"
    )

    (page,) = adapter().changes(COMPANIES, None)

    assert ids([page]) == [["4"]]
    assert page.rejections == (
        Rejection(COMPANIES, "1", "field annual_revenue is not a plain number"),
        Rejection(COMPANIES, "2", "line 3 has more cells than columns"),
        Rejection(COMPANIES, None, "id is empty"),
    )


def test_records_of_every_kind_are_read(adapter, export):
    (export / "contacts.csv").write_text("id,jobtitle\n5,Inkoper\n")
    (export / "deals.csv").write_text("id,amount\n6,10.50\n")
    (export / "calls.csv").write_text("id,hs_timestamp\n7,2026-06-01\n")

    read = {
        kind: next(iter(adapter().changes(kind, None))).records[0]
        for kind in ("contacts", "deals", "calls")
    }

    assert read["contacts"].external_id == "5"
    assert read["deals"].amount == Decimal("10.50")
    assert read["calls"].occurred_at == datetime(2026, 6, 1, tzinfo=UTC)


def test_columns_asked_for_are_those_of_the_mapping(adapter):
    assert "annualrevenue" in adapter().asked_properties("companies")
    assert "hs_call_duration" in adapter().asked_properties("calls")


def test_links_are_found_from_both_ends(adapter, export):
    (export / "associations.csv").write_text(
        "from_type,from_id,to_type,to_id,label\n"
        "companies,1,deals,9,Primary\ndeals,9,companies,1,Partner\ndeals,9,companies,2,\n"
    )

    (page,) = adapter().links("deals", "companies", ["9", "8"])

    assert page.from_ids == ("9", "8")
    assert page.links == (
        Link("9", "1", is_primary=True, labels=("Partner",)),
        Link("9", "2", is_primary=False, labels=()),
    )


def test_links_follow_a_file_that_is_replaced(adapter, export):
    one = adapter()
    (before,) = one.links("deals", "companies", ["9"])
    (export / "associations.csv").write_text(
        "from_type,from_id,to_type,to_id\ndeals,9,companies,1\n"
    )

    (after,) = one.links("deals", "companies", ["9"])

    assert before.links == ()
    assert [link.to_id for link in after.links] == ["1"]


def test_file_of_links_is_read_once_for_all_its_records(adapter, export, monkeypatch):
    path = export / "associations.csv"
    path.write_text("from_type,from_id,to_type,to_id\ndeals,9,companies,1\n")
    read: list[Path] = []

    def counted(file: Path, *, needs: Sequence[str]) -> Iterator[Line]:
        read.append(file)
        return read_table(file, needs=needs)

    monkeypatch.setattr("connector.files.index.read_table", counted)
    one = adapter()
    for _ in range(3):
        (page,) = one.links("deals", "companies", ["9"])
        assert len(page.links) == 1

    assert read == [path]


def test_history_is_told_oldest_first_and_by_whom(adapter, export):
    (export / "history.csv").write_text(
        "object_type,id,property,value,timestamp,source_type\n"
        "deals,9,dealstage,won,2026-06-02T08:00:00Z,WORKFLOWS\n"
        "deals,9,dealstage,,2026-06-01T08:00:00Z,CRM_UI\n"
        "deals,9,dealname,x,2026-06-01T08:00:00Z,CRM_UI\n"
        "deals,9,dealstage,lost,soon,CRM_UI\n"
        "deals,8,dealstage,won,2026-06-01T08:00:00Z,CRM_UI\n"
    )

    (page,) = adapter().history("deals", ["stage", "owner"], ["9"])

    assert page.external_ids == ("9",)
    assert [(one.field, one.value, one.is_by_person) for one in page.changes] == [
        ("stage", None, True),
        ("stage", "won", False),
    ]


def test_splits_are_those_of_the_deals_asked_for(adapter, export):
    (export / "splits.csv").write_text("deal_id,owner_id,share\n9,5,0.6\n9,6,0.4\n8,5,1\n9,7,\n")

    assert list(adapter().splits(["9"])) == [
        Split("9", "5", Decimal("0.6")),
        Split("9", "6", Decimal("0.4")),
    ]


def test_share_that_is_no_number_is_told_with_its_line(adapter, export):
    (export / "splits.csv").write_text("deal_id,owner_id,share\n9,5,60%\n")

    with pytest.raises(ConfigError, match=r"splits\.csv line 2: share is not a plain number"):
        list(adapter().splits(["9"]))


def test_set_up_has_nothing_to_create(adapter):
    plan = adapter().plan_schema({"companies": ()})

    adapter().ensure_schema(plan)
    assert (dict(plan.create), plan.unchanged) == ({}, 0)
    assert adapter().usage() == {}
