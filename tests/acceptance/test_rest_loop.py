"""The loop comes to rest: what nothing calls for is neither written nor remembered."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from jobs.basis import COMPUTED_KEY, LAST_AS_OF_KEY
from jobs.wiring import clock
from tests.acceptance.front_door import run, take_run
from tests.acceptance.small_account import AS_OF, phase_of, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

WRITE = "POST batch_update"
MOMENT = ("--as-of", AS_OF.isoformat())


def memory(shop: Workplace) -> tuple[list[object], dict[str, str | None], object]:
    """All that we remember between runs and that results rest on."""
    with shop.opened() as wiring:
        history = wiring.store.read_own_history()
        state = {key: wiring.store.read_state(key) for key in (COMPUTED_KEY, LAST_AS_OF_KEY)}
        standing = wiring.store.read_standing("companies")
    frames: list[object] = [getattr(history, name).to_dicts() for name in history.__slots__]
    return frames, state, standing


def test_second_sync_is_at_rest_and_says_so(shop, crm, account):
    first = run(shop, "sync", *MOMENT)
    stood, writes = values_of_ours(account), crm.calls[WRITE]

    second = run(shop, "sync", *MOMENT)
    hour_later = run(shop, "sync", "--as-of", (AS_OF + timedelta(hours=1)).isoformat())

    assert [first.code, second.code, hour_later.code] == [0, 0, 0]
    assert writes == 2
    assert crm.calls[WRITE] == writes
    assert values_of_ours(account) == stood
    assert "nothing changed since the last run: nothing to compute" in second.said
    assert "24 records" in first.said


def test_day_later_writes_only_what_the_day_changed(shop, account):
    run(shop, "sync", *MOMENT)

    next_day = shop.sync(as_of=AS_OF + timedelta(days=1))

    assert next_day.results is not None
    assert next_day.found == []


def test_echo_of_our_own_write_changes_nothing_that_results_rest_on(shop):
    run(shop, "sync", *MOMENT)
    with shop.opened() as wiring:
        version = wiring.store.mirror_version()

    echo = shop.sync(as_of=AS_OF)

    assert echo.pulled.counts["companies"].pulled == 12
    assert {kind: one.changed for kind, one in echo.pulled.counts.items() if one.changed} == {}
    with shop.opened() as wiring:
        assert wiring.store.mirror_version() == version


def test_full_pull_at_rest_writes_nothing(shop, crm):
    run(shop, "sync", *MOMENT)
    writes = crm.calls[WRITE]

    full = run(shop, "sync", "--full", "--associations", *MOMENT)

    assert full.code == 0
    assert crm.calls[WRITE] == writes


def test_account_of_all_kinds_of_records_is_at_rest_however_it_is_looked_at(tmp_path):
    now = clock()
    portal = demo_portal(today=now.date(), companies=60)
    with Sandbox(portal, limits=None, routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url, mapping=DEMO_MAPPING.read_text())
        place.set_up()
        written = place.sync(as_of=now).written
        found = [
            place.sync(as_of=now + timedelta(minutes=minutes), is_dry=True, is_full=is_full).found
            for minutes, is_full in ((0, False), (0, True), (5, False))
        ]

    assert written is not None
    assert written.values > 1000
    assert found == [[], [], []]


def test_run_as_of_a_past_moment_prints_and_leaves_crm_and_memory_alone(shop, account, crm):
    run(shop, "sync", *MOMENT)
    stood, remembered, writes = values_of_ours(account), memory(shop), crm.calls[WRITE]

    past = run(shop, "sync", "--as-of", (AS_OF - timedelta(days=150)).isoformat())

    assert past.code == 0
    assert "counted, not kept and not written" in past.said
    assert values_of_ours(account) == stood
    assert memory(shop) == remembered
    assert crm.calls[WRITE] == writes


def test_dry_run_leaves_crm_and_memory_alone(shop, account, crm):
    run(shop, "sync", *MOMENT)
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())
    stood, (frames, state, _), writes = values_of_ours(account), memory(shop), crm.calls[WRITE]

    dry = run(shop, "sync", "--dry-run")

    assert dry.code == 0
    assert values_of_ours(account) == stood
    assert memory(shop)[:2] == (frames, state)
    assert crm.calls[WRITE] == writes


def test_dry_run_as_json_is_what_the_next_sync_writes_to_the_letter(shop, account):
    run(shop, "sync", *MOMENT)
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())
    account.set_values("deals", "4", {"dealstage": "closedlost"}, at=clock())
    before = values_of_ours(account)
    later = ("--as-of", (AS_OF + timedelta(days=40)).isoformat())

    told = json.loads(run(shop, "sync", "--dry-run", "--format", "json", *later).out)
    run(shop, "sync", *later)

    after = values_of_ours(account)
    changes = [
        {
            "object_type": record.split()[0],
            "id": record.split()[1],
            "property": name,
            "before": before[record].get(name, ""),
            "after": after[record].get(name, ""),
        }
        for record in before
        for name in sorted({*before[record], *after[record]})
        if before[record].get(name, "") != after[record].get(name, "")
    ]
    order = ("object_type", "id", "property")
    assert {one["id"] for one in told} >= {"3", "4"}
    assert sorted(map(normal, told), key=lambda one: [one[key] for key in order]) == sorted(
        map(normal, changes), key=lambda one: [one[key] for key in order]
    )


def normal(difference):
    """Moments in one form: the CRM answers with milliseconds what we send with seconds."""
    return {
        key: text.replace(".000Z", "Z") if key in {"before", "after"} else text
        for key, text in difference.items()
    }


def test_dry_run_before_set_up_shows_all_that_would_be_written(place, account):
    told = json.loads(run(place, "sync", "--dry-run", "--format", "json", *MOMENT).out)
    table = run(place, "sync", "--dry-run", *MOMENT)

    assert {"companies", "deals"} == {one["object_type"] for one in told}
    assert {"csk_buying_phase", "csk_deal_phase"} <= {one["property"] for one in told}
    assert table.code == 0
    assert "Would be written" in table.out
    assert "properties are still to be created: run `toprelatie setup`" in table.said
    place.set_up()
    run(place, "sync", *MOMENT)
    written = values_of_ours(account)
    assert {
        (f"{one['object_type']} {one['id']}", one["property"]) for one in told if one["after"] != ""
    } == {(record, name) for record, values in written.items() for name in values}


@pytest.mark.parametrize("steps", ["write", "pull,write"])
def test_sync_refuses_to_write_what_it_does_not_compute(shop, steps):
    ended = run(shop, "sync", "--only", steps)

    assert ended.code == 2
    assert "write needs compute" in ended.said


@pytest.mark.parametrize("output", ["html", "pdf"])
def test_dry_run_refuses_a_format_before_any_work(shop, crm, output):
    calls = sum(crm.calls.values())

    assert run(shop, "sync", "--dry-run", "--format", output).code == 2
    assert sum(crm.calls.values()) == calls


def test_sync_refuses_to_write_as_of_a_moment_to_come(shop, account):
    later = (clock() + timedelta(days=3)).isoformat()

    refused = run(shop, "sync", "--as-of", later)
    shown = run(shop, "sync", "--as-of", later, "--dry-run")

    assert refused.code == 2
    assert "still to come: look at it with --dry-run" in refused.said
    assert shown.code == 0
    assert phase_of(account, "3") is None


def test_run_by_a_clock_that_stands_behind_is_partial_and_says_so(shop, account):
    run(shop, "sync", *MOMENT)
    stood = values_of_ours(account)
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    with shop.opened() as wiring:
        slow = replace(wiring, clock=lambda: AS_OF - timedelta(days=1))
        report = take_run(slow)

    assert report.status == "partial"
    assert "check the clock of this machine" in report.notes[-1]
    assert values_of_ours(account)["companies 4"] == stood["companies 4"]


def test_write_back_that_is_switched_off_computes_and_writes_nothing(shop, account, crm):
    shop.config.write_text(shop.config.read_text() + "write_back: {enabled: false}\n")

    done = run(shop, "sync", *MOMENT)
    relations = json.loads(run(shop, "report", "relations", "--format", "json", *MOMENT).out)

    assert done.code == 0
    assert crm.calls[WRITE] == 0
    assert phase_of(account, "3") is None
    assert {row["relation_id"]: row["buying_phase"] for row in relations}["1"] == "order"


def test_steps_taken_one_by_one_end_where_one_run_ends(shop, account, tmp_path_factory):
    for steps in ("pull", "compute", "compute,write", "write,compute"):
        assert run(shop, "sync", "--only", steps, *MOMENT).code == 0

    stepwise = values_of_ours(account)
    assert stepwise["companies 3"]["csk_buying_phase"] == "quote"
    assert run(shop, "sync", *MOMENT).code == 0
    assert values_of_ours(account) == stepwise


def test_each_run_in_one_process_counts_its_own_calls(shop):
    with shop.opened() as wiring:
        reports = [take_run(wiring) for _ in range(3)]

    assert [one.status for one in reports] == ["done"] * 3
    assert reports[1].calls == reports[2].calls
    assert reports[0].calls["write"] == 2
    assert "write" not in reports[1].calls
