"""Large types are read from both ends: a list upwards, a search downwards, until they meet."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.hubspot.cursor import Full
from connector.ports import Page
from connector.sandbox import Portal, Sandbox
from tests.unit.connector.hubspot.answers import changed, company
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


def lay_list_that_does_not_rise(replay, *, from_page: int = 0) -> None:
    """Lay 5, 1 | 8 | 2, 9; the search brings 9, 5 and nothing more until the list was read."""
    is_read = threading.Event()
    lists = [([5, 1], "x"), ([8], "y"), ([2, 9], None)][from_page:]
    newest = [] if from_page else [changed(9, 5, total=5, after="2")]
    searches = iter([changed(1, total=5), *newest])

    def answer(asked):
        if asked.method == "GET":
            held, after = lists.pop(0)
            paging = {} if after is None else {"paging": {"next": {"after": after}}}
            if not lists:
                is_read.set()
            return 200, {"results": [company(one) for one in held], **paging}
        if (found := next(searches, None)) is None:
            is_read.wait(5)
            return 200, changed(total=0)
        return 200, found

    replay.answer = answer


def test_list_that_does_not_rise_is_read_to_its_end(replay, adapter):
    """The search has come down to 5, but the list shows that its order means nothing."""
    lay_list_that_does_not_rise(replay)

    pages = list(adapter(both_ends_from=5).changes("companies", None))

    assert set(ids(pages)) == {1, 2, 5, 8, 9}
    assert [json.loads(page.cursor)["mode"] for page in pages][-1] == "waiting"


def test_list_that_did_not_rise_is_read_to_its_end_when_it_is_taken_up_again(replay, adapter):
    """Past the page 5, 1 the list seems to rise: 8 is above all that the search has left over."""
    cursor = Full(started=1, after="x", below=5, rises=False).dump()
    lay_list_that_does_not_rise(replay, from_page=1)

    pages = list(adapter(both_ends_from=5).changes("companies", cursor))

    assert {8, 2, 9} <= set(ids(pages))


def test_position_tells_that_the_list_did_not_rise(replay, adapter):
    lay_list_that_does_not_rise(replay)

    pages = list(adapter(both_ends_from=5).changes("companies", None))

    at_x = [json.loads(page.cursor) for page in pages if '"after":"x"' in page.cursor]
    assert at_x[-1]["rises"] is False
