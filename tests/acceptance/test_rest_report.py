"""What stays behind of a run can be read back: reports, runs, and what a set-up would still do."""

import json

import pytest

from connector.sandbox import Portal, Sandbox
from jobs.wiring import clock
from tests.acceptance.front_door import run
from tests.acceptance.small_account import AS_OF
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())


def test_revenue_by_relation_and_by_seller_tell_the_same_sum(shop):
    run(shop, "sync", *MOMENT)
    days = ("--from", "2026-06-01", "--to", "2026-06-30", "--format", "json", *MOMENT)

    by_relation = json.loads(run(shop, "report", "revenue", "--by", "relation", *days).out)
    by_seller = json.loads(run(shop, "report", "revenue", "--by", "seller", *days).out)

    sold = {row["relation_id"]: row["amount"] for row in by_relation}
    assert sold["1"] == sold["2"] == "98765.43"
    assert {row["seller_id"]: row["amount"] for row in by_seller}["1"] == "197530.86"


def test_run_that_never_ended_is_listed_without_an_end(shop):
    with shop.opened() as wiring:
        wiring.store.start_run("sync", started_at=clock())

    listed = run(shop, "runs")
    shown = json.loads(run(shop, "runs", "show", "1", "--format", "json").out)

    assert listed.code == 0
    assert "sync" in listed.out
    assert shown["finished_at"] is None


def test_set_up_without_room_creates_nothing_and_says_how_much_is_missing(tmp_path):
    account = Portal(property_limit=10)
    with Sandbox(account, limits=None, routes=()) as crm:
        place = Workplace(tmp_path, crm.base_url)
        checked = run(place, "check")
        ended = run(place, "setup", "--yes")

    assert checked.code == 3
    assert "room for 10" in checked.said
    assert ended.code == 1
    assert "set-up: companies:" in ended.said
    assert "archive custom properties that nobody uses, or raise the account's limit" in ended.said
    assert not any(name.startswith("csk_") for name in account.properties["companies"])


def test_account_in_files_is_checked_synced_and_reported_alike(shop, tmp_path):
    folder, output = tmp_path / "export", tmp_path / "results"
    folder.mkdir()
    stages = "pipeline_id,pipeline_label,stage_id,stage_label,display_order,probability,is_closed\n"
    (folder / "pipelines.csv").write_text(stages + "default,Sales,contractsent,Sent,0,0.9,false\n")
    (folder / "companies.csv").write_text("id,name,hubspot_owner_id\n5,Geheim 5,1\n")
    shop.use_files(folder, output)

    checked = run(shop, "check")
    set_up = run(shop, "setup")
    dry = run(shop, "sync", "--dry-run", "--format", "json", *MOMENT)
    ended = run(shop, "sync", *MOMENT)

    assert checked.code == 0, checked.said
    assert "Least scopes" not in checked.said
    assert (set_up.code, "acme: no set-up is needed" in set_up.said) == (0, True)
    assert "calls" not in ended.said
    assert {one["id"] for one in json.loads(dry.out)} == {"5"}
    assert ended.code == dry.code
