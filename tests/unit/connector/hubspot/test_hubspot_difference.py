"""Where HubSpot and a mirror differ is found by counting ranges of ids."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox import Portal, Sandbox
from tests.unit.connector.hubspot.conftest import TOKEN, build

BEGUN = datetime(2026, 6, 1, 8, tzinfo=UTC)
PAGE = 2  # so an answer of a search holds 4


@pytest.fixture(scope="module")
def sandbox():
    portal = Portal()
    for number in range(1, 401):
        portal.add_record("companies", str(number * 3), {"name": f"C{number}"}, at=BEGUN)
    with Sandbox(portal, limits=None, routes=[], token=TOKEN) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def crm(sandbox):
    return build(sandbox.base_url, page_size=PAGE)


ALL = frozenset(number * 3 for number in range(1, 401))


def mended(crm, held: set[int], *, is_thorough: bool = False) -> set[int]:
    """What a mirror holds after it took the pages."""
    for page in crm.differences("companies", sorted(held), is_thorough=is_thorough):
        held = (held | {int(one.external_id) for one in page.records}) - set(map(int, page.gone))
        assert page.cursor == ""
    return held


@pytest.mark.no_cover  # many examples; lines are counted by the tests below
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lacking=st.sets(st.sampled_from(sorted(ALL)), max_size=12))
def test_records_that_the_mirror_lacks_are_all_found(crm, lacking):
    assert mended(crm, set(ALL) - lacking) == ALL


@pytest.mark.no_cover  # many examples; lines are counted by the tests below
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gone=st.sets(st.integers(1, 1300).filter(lambda one: one % 3), max_size=12))
def test_records_that_are_gone_are_all_found(crm, gone):
    assert mended(crm, set(ALL) | gone) == ALL


@pytest.mark.no_cover  # many examples; lines are counted by the tests below
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lacking=st.sets(st.sampled_from(sorted(ALL)), max_size=6),
    gone=st.sets(st.integers(1, 1300).filter(lambda one: one % 3), max_size=6),
)
def test_thorough_comparison_finds_every_difference(crm, lacking, gone):
    assert mended(crm, (set(ALL) - lacking) | gone, is_thorough=True) == ALL


def test_what_the_mirror_holds_is_never_called_gone(crm):
    found = list(crm.differences("companies", sorted(ALL | {1})))

    assert [page.gone for page in found] == [("1",)]
    assert [page.records for page in found] == [()]


def test_mirror_that_holds_nothing_gets_everything(crm):
    assert mended(crm, set()) == ALL


@pytest.mark.parametrize("place", [3, 600, 1200])
def test_one_difference_costs_the_logarithm_of_all(crm, sandbox, place):
    before = sandbox.calls["POST search"]

    mended(crm, set(ALL) - {place})

    steps = math.ceil(math.log2(len(ALL) / (2 * PAGE)))
    assert sandbox.calls["POST search"] - before <= 1 + steps + 2


def test_mirror_that_agrees_costs_one_count(crm, sandbox):
    before = sandbox.calls.copy()

    assert list(crm.differences("companies", sorted(ALL))) == []
    assert sandbox.calls - before == {"POST search": 1}


def test_thorough_comparison_reads_all_ids_once(crm, sandbox):
    before = sandbox.calls.copy()

    assert list(crm.differences("companies", sorted(ALL), is_thorough=True)) == []
    assert sandbox.calls - before == {"POST search": len(ALL) // (2 * PAGE)}
