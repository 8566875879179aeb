"""Large types are read from both ends: a list upwards, a search downwards, until they meet."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.ports import Page
from connector.sandbox import Portal, Sandbox
from tests.unit.connector.hubspot.answers import COMPANIES, changed, company
from tests.unit.connector.hubspot.conftest import TOKEN, build

BEGUN = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)


@pytest.fixture
def portal() -> Portal:
    """Fifty companies with gaps between their ids."""
    portal = Portal()
    for number in range(1, 51):
        portal.add_record("companies", str(number * 7), {"name": f"C{number}"}, at=BEGUN)
    return portal


@pytest.fixture
def sandbox(portal):
    with Sandbox(portal, limits=None, routes=[], token=TOKEN, clock=lambda: NOW) as sandbox:
        yield sandbox


def crm(sandbox: Sandbox, **extra: Any) -> Any:
    settings: dict[str, Any] = {"both_ends_from": 20, "page_size": 5, "clock": lambda: NOW}
    return build(sandbox.base_url, **(settings | extra))


def ids(pages: list[Page]) -> list[int]:
    return [int(one.external_id) for page in pages for one in page.records]


ALL = [number * 7 for number in range(1, 51)]


def test_both_ends_meet_and_leave_nothing_out(sandbox):
    pages = list(crm(sandbox).changes("companies", None))

    assert sorted(set(ids(pages))) == ALL
    assert [page.sweep_before is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert {page.total for page in pages} == {50}
    assert sandbox.calls["GET list"] < 10  # of ten pages
    assert sandbox.calls["POST search"] <= 1 + 5 + 1


@pytest.mark.parametrize(("count", "searches"), [(50, 1), (51, 1), (49, 0)])
def test_type_is_read_from_both_ends_from_so_many_records_on(sandbox, count, searches):
    pages = list(crm(sandbox, both_ends_from=100 - count).changes("companies", None))

    assert sorted(set(ids(pages))) == ALL
    assert (sandbox.calls["POST search"] > 1) is bool(searches)


def test_pull_from_both_ends_goes_on_after_any_page(sandbox):
    pages = list(crm(sandbox).changes("companies", None))

    for count in range(1, len(pages)):
        rest = list(crm(sandbox).changes("companies", pages[count - 1].cursor))
        assert sorted({*ids(pages[:count]), *ids(rest)}) == ALL
        assert rest[-1].sweep_before == pages[-1].sweep_before


def test_record_that_is_made_while_the_ends_are_read_belongs_to_the_next_pull(sandbox, portal):
    pages = crm(sandbox).changes("companies", None)
    first = next(pages)
    portal.add_record("companies", "9000", {"name": "New"}, at=NOW + timedelta(seconds=1))
    portal.archive("companies", "175", at=NOW)
    rest = [first, *pages]

    assert set(ALL) - {175} <= set(ids(rest))
    later = crm(sandbox, clock=lambda: NOW + timedelta(hours=1), lag_s=0)
    assert 9000 in ids(list(later.changes("companies", rest[-1].cursor)))


def test_list_that_does_not_rise_is_read_to_its_end(replay, adapter):
    """The search has come down to 5, but the list shows that its order means nothing."""
    replay.lay("POST", f"{COMPANIES}/search", changed(1, total=6))  # the count
    replay.lay("POST", f"{COMPANIES}/search", changed(9, 5, total=6, after="2"))
    replay.lay("POST", f"{COMPANIES}/search", changed(total=0))
    first = {"results": [company(5), company(1)], "paging": {"next": {"after": "x"}}}
    replay.lay("GET", COMPANIES, first)
    replay.lay("GET", COMPANIES, {"results": [company(8)], "paging": {"next": {"after": "y"}}})
    replay.lay("GET", COMPANIES, {"results": [company(2)]})

    pages = list(adapter(both_ends_from=6).changes("companies", None))

    assert {1, 2, 5, 8, 9} <= set(ids(pages))
    assert [json.loads(page.cursor)["mode"] for page in pages][-1] == "waiting"
