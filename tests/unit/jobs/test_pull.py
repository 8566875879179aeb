"""The pull: what it costs at least, what it reads anew, and what a missing scope leaves out."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connector.ports import PermanentCrmError, TransientCrmError
from connector.sandbox import Fault
from jobs.cost import least_calls
from jobs.describe import describe
from jobs.exits import StoppedError
from jobs.pulled import Pulled, TypeCounts
from jobs.runs import puller
from jobs.wiring import Wiring
from tests.acceptance.small_account import WON_AT
from tests.acceptance.workplace import Workplace, silent


@pytest.fixture
def wiring(tmp_path, crm) -> Iterator[Wiring]:
    with Workplace(tmp_path, crm.base_url).opened() as wiring:
        yield wiring


def pull(wiring: Wiring, *, full: bool = False, associations: bool = False) -> Pulled:
    description, _ = describe(wiring)
    return puller(wiring, silent).pull(description, full=full, associations=associations)


# least calls


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (TypeCounts(was_full=True), {"list": 1, "search": 1}),
        (TypeCounts(was_full=True, pulled=99, rejected=1), {"list": 1, "search": 1}),
        (TypeCounts(was_full=True, pulled=100, rejected=1), {"list": 2, "search": 1}),
        (TypeCounts(was_full=True, pulled=9, counted=1), {"list": 1, "search": 2}),
        (TypeCounts(), {"search": 1}),
        (TypeCounts(pulled=200, counted=1), {"search": 2}),
        (TypeCounts(pulled=201), {"search": 2}),
        (TypeCounts(compared=200), {"search": 2}),
        (TypeCounts(compared=201), {"search": 3}),
        (TypeCounts(asked=100), {"search": 1, "batch_read": 1}),
        (TypeCounts(asked=101), {"search": 1, "batch_read": 2}),
        (TypeCounts(linked={"companies": 1000, "deals": 1001}), {"search": 1, "links": 3}),
        (TypeCounts(histories=50, splits=100), {"search": 1, "history": 1, "splits": 1}),
        (TypeCounts(histories=51, splits=101), {"search": 1, "history": 2, "splits": 2}),
    ],
)
def test_least_calls_follow_from_the_work(counts, expected):
    least = least_calls({"deals": counts})

    assert {kind: count for kind, count in least.items() if count} == expected


def test_least_calls_of_types_add_up():
    least = least_calls(
        {"deals": TypeCounts(was_full=True, pulled=250), "companies": TypeCounts(was_full=True)}
    )

    assert least["list"] == 4
    assert least_calls({}) == dict.fromkeys(least, 0)


# what is read anew


def test_first_pull_reads_everything_and_the_next_one_what_changed(wiring):
    first, second = pull(wiring), pull(wiring)

    assert first.left_out == {}
    assert (first.counts["deals"].pulled, first.counts["deals"].was_full) == (12, True)
    assert first.counts["deals"].linked == {"companies": 12}
    assert (first.counts["deals"].histories, first.counts["deals"].splits) == (12, 12)
    assert not second.counts["deals"].was_full
    assert second.counts["deals"].changed == 0
    assert second.counts["deals"].histories == 0


def test_full_pull_reads_everything_again_and_changes_nothing(wiring):
    pull(wiring)
    version = wiring.store.mirror_version()

    again = pull(wiring, full=True, associations=True)

    assert (again.counts["companies"].pulled, again.counts["companies"].changed) == (12, 0)
    assert again.counts["companies"].was_full
    assert wiring.store.mirror_version() == version


def test_only_the_type_of_which_other_properties_are_asked_is_read_anew(wiring):
    pull(wiring)
    wiring.store.save_state("asked:deals", '["amount"]')

    again = pull(wiring)

    assert again.counts["deals"].was_full
    assert not again.counts["companies"].was_full
    assert not pull(wiring).counts["deals"].was_full


def test_sweep_of_associations_sees_a_link_that_left_no_trace(wiring, portal):
    pull(wiring)
    portal.associate("deals", "5", "companies", "6")

    quiet, swept = pull(wiring), pull(wiring, associations=True)

    assert quiet.counts["deals"].linked == {"companies": 0}
    assert swept.counts["deals"].linked == {"companies": 12}
    assert not swept.counts["deals"].was_full
    links = wiring.store.read_mirror().deal_companies.filter(from_id="5")
    assert sorted(links["relation_id"]) == ["5", "6"]


# what goes wrong


def test_scope_that_is_withdrawn_in_the_middle_leaves_its_type_out_alone(wiring, crm):
    description, _ = describe(wiring)
    crm._api.scopes = frozenset(crm._api.scopes) - {"crm.objects.deals.read"}
    pulled = puller(wiring, silent).pull(description, full=False, associations=False)

    assert set(pulled.left_out) == {"deals"}
    assert "crm.objects.deals.read" in pulled.left_out["deals"]
    assert "deals" not in pulled.counts
    assert pulled.counts["companies"].pulled == 12


def test_first_fault_ends_all_types_and_is_the_one_that_is_told(tmp_path, crm):
    place = Workplace(tmp_path, crm.base_url)
    place.config.write_text(
        place.config.read_text().replace("  lag_s: 0\n", "  lag_s: 0\n  max_tries: 1\n")
    )
    crm.faults.add(Fault(kind="500", route="GET */objects/*/contacts*", count=50))
    with place.opened() as wiring:
        with pytest.raises(TransientCrmError, match="contacts"):
            pull(wiring)
        assert not wiring.stop.is_set()
        crm.faults.clear()

        assert pull(wiring).counts["contacts"].pulled == 12


def test_stop_ends_after_the_page_and_keeps_it(wiring):
    description, _ = describe(wiring)
    wiring.stop.set()

    with pytest.raises(StoppedError, match="the next one goes on from here"):
        puller(wiring, silent).pull(description, full=False, associations=False)

    wiring.stop.clear()
    assert wiring.store.read_mirror().companies.height == 12
    assert not pull(wiring).counts["companies"].was_full


def test_stop_while_links_and_histories_are_read_loses_none_of_them(wiring):
    def stop(work: str, _done: int, _total: int | None) -> None:
        if work == "deals to companies":
            wiring.stop.set()

    description, _ = describe(wiring)
    with pytest.raises(StoppedError):
        puller(wiring, stop).pull(description, full=False, associations=False)
    wiring.stop.clear()
    left = len(wiring.store.read_pending("deals", "history"))

    again = pull(wiring)

    assert again.counts["deals"].histories == left
    assert again.counts["deals"].linked == {"companies": 0}
    assert wiring.store.read_pending("deals", "history") == []
    assert wiring.store.read_mirror().deal_companies.height == 12


def test_past_of_a_lead_status_is_read_where_no_deal_decides(tmp_path, portal, crm):
    portal.add_record("companies", "99", {"name": "Los", "hs_lead_status": "CONNECTED"}, at=WON_AT)
    portal.set_values("companies", "3", {"hs_lead_status": "CONNECTED"}, at=WON_AT)
    with Workplace(tmp_path, crm.base_url).opened() as wiring:
        first, second = pull(wiring), pull(wiring)

    assert first.counts["companies"].histories == 1
    assert second.counts["companies"].histories == 0


def test_no_history_is_asked_of_a_crm_that_keeps_none(wiring):
    description, _ = describe(wiring)
    without = replace(
        description, capabilities=replace(description.capabilities, has_history=False)
    )

    pulled = puller(wiring, silent).pull(without, full=False, associations=False)

    assert pulled.counts["deals"].histories == pulled.counts["companies"].histories == 0
    assert wiring.crm.usage().get("history", 0) == 0


def test_work_that_is_read_but_not_saved_ends_the_pull_and_never_circles(wiring, monkeypatch):
    monkeypatch.setattr("store.store.Store.save_splits", lambda *_: None)

    with pytest.raises(PermanentCrmError, match="splits of 12 deals was read but not saved"):
        pull(wiring)
