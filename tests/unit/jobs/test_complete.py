"""The mirror is counted against the CRM: what left no trace of its change is found and mended."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from jobs.describe import describe
from jobs.pulled import Pulled, TypeCounts
from jobs.runs import puller
from jobs.wiring import Wiring, clock
from kpis.vocabulary import ObjectType
from tests.acceptance.small_account import BEGIN
from tests.acceptance.workplace import Workplace, silent


@pytest.fixture
def wiring(tmp_path, crm) -> Iterator[Wiring]:
    with Workplace(tmp_path, crm.base_url).opened() as wiring:
        pull(wiring)
        yield wiring


def pull(wiring: Wiring, *, full: bool = False, associations: bool = False) -> Pulled:
    description, is_new = describe(wiring)
    return puller(wiring, silent, reads_goals=is_new).pull(
        description, full=full, associations=associations
    )


def held(wiring: Wiring, kind: ObjectType = "companies") -> set[str]:
    return {str(one) for one in wiring.store.read_ids(kind)}


def test_pull_without_change_asks_once_a_type_and_counts_three(wiring, crm):
    crm.calls.clear()

    pull(wiring)

    assert crm.calls == {"POST search": 10 + 3}


@pytest.mark.parametrize("kind", ["companies", "contacts", "deals"])
def test_archived_record_leaves_with_the_next_pull(wiring, portal, kind):
    portal.archive(kind, "5", at=clock())

    counts = pull(wiring).counts[kind]

    assert "5" not in held(wiring, kind)
    assert (counts.gone, counts.asked, counts.total, counts.held) == (1, 1, 11, 11)
    assert counts.is_complete


def test_erased_record_leaves_with_the_next_pull(wiring, portal):
    portal.purge("contacts", "5")

    pull(wiring)

    assert "5" not in held(wiring, "contacts")


@pytest.mark.parametrize("new_id", [None, "900"])
def test_merged_record_leaves_whichever_id_survives(wiring, portal, new_id):
    survivor = portal.merge("companies", "5", "6", at=clock(), new_id=new_id)

    pull(wiring)

    assert held(wiring) == ({str(one) for one in range(1, 13)} - {"5", "6"}) | {survivor}


def test_restored_record_comes_back_without_having_changed(wiring, portal):
    portal.archive("companies", "5", at=clock())
    pull(wiring)
    portal.restore("companies", "5")

    pull(wiring)

    assert "5" in held(wiring)


def test_one_that_went_while_another_came_is_found_by_the_sweep(wiring, portal):
    portal.archive("companies", "5", at=clock())
    portal.add_record("companies", "800", {"name": "Eight"}, at=BEGIN)

    quiet, swept = pull(wiring), pull(wiring, associations=True)

    assert quiet.counts["companies"].is_complete
    assert swept.counts["companies"].compared == 12
    assert held(wiring) == ({str(one) for one in range(1, 13)} - {"5"}) | {"800"}


def test_activity_that_was_archived_leaves_with_the_sweep(wiring, portal):
    portal.add_record("calls", "70", {"hs_timestamp": "2026-02-01T09:00:00Z"}, at=clock())
    pull(wiring)
    portal.archive("calls", "70", at=clock())

    pull(wiring, associations=True)

    assert wiring.store.read_mirror().activities.filter(activity_id="70").is_empty()


def test_change_that_was_archived_before_it_was_seen_is_found_by_the_sweep(wiring, portal):
    """It comes back with an old modified date, so no search for changes shows it any more."""
    portal.add_record("calls", "70", {"hs_timestamp": "2026-02-01T09:00:00Z"}, at=BEGIN)
    pull(wiring, full=True)
    portal.set_values("calls", "70", {"hubspot_owner_id": "1"}, at=BEGIN + timedelta(hours=1))

    quiet, swept = pull(wiring), pull(wiring, associations=True)

    assert (quiet.counts["calls"].pulled, swept.counts["calls"].pulled) == (0, 1)
    call = wiring.store.read_mirror().activities.filter(activity_id="70")
    assert call["owner"].to_list() == ["1"]


def test_full_pull_asks_by_id_for_what_it_did_not_see(wiring, portal):
    portal.archive("companies", "5", at=clock())

    counts = pull(wiring, full=True).counts["companies"]

    assert (counts.asked, counts.gone, counts.total, counts.held) == (1, 1, 11, 11)


def test_record_that_cannot_be_read_is_counted_and_looked_for_once(wiring, portal, crm):
    portal.add_record("companies", "90", {"name": "Odd", "annualrevenue": "a lot"}, at=BEGIN)

    first = pull(wiring).counts["companies"]
    crm.calls.clear()
    again = pull(wiring).counts["companies"]

    assert (first.total, first.held, first.unreadable, first.is_complete) == (13, 12, 1, True)
    assert (again.total, again.held, again.unreadable, again.is_complete) == (13, 12, 1, True)
    assert crm.calls == {"POST search": 10 + 3}


def test_pull_that_compared_nothing_says_so():
    assert TypeCounts(total=5).is_complete is None
    assert TypeCounts(held=5).is_complete is None
    assert TypeCounts(total=5, held=5).is_complete is True
    assert TypeCounts(total=5, held=4).is_complete is False
    assert TypeCounts(total=5, held=4, unreadable=1).is_complete is True
