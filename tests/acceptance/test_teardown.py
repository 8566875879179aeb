"""Teardown: an export first, then our computed properties go; what people typed stays."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connector.ports import PermanentCrmError
from connector.sandbox import DEFAULT_SCOPES, Fault
from console.cli import app
from jobs.export import export_values
from jobs.teardown import plan_teardown, run_teardown
from mappings.fields import INPUT_NAMES
from tests.acceptance.front_door import run
from tests.acceptance.small_account import small_account, values_of_ours
from tests.acceptance.workplace import silent

PHASE = "csk_buying_phase"
GROUP = "consultative_selling"
AT = datetime(2026, 7, 1, tzinfo=UTC)
TYPED = {"csk_pains": "=HYPERLINK(1)\nlong lead times", "csk_phase_declared": "quote"}
FIXED = {"csk_calculated_at"}
INPUTS = {f"csk_{name}" for name in INPUT_NAMES}


@pytest.fixture
def account():
    return small_account(3)


@pytest.fixture
def running(shop, account):
    """Set up, with what a seller typed and values of ours."""
    account.set_values("companies", "3", TYPED | {PHASE: "orienting"}, at=AT)
    account.set_values("deals", "1", {"csk_deal_realised_amount": "98765.43"}, at=AT)
    return shop


@pytest.fixture
def synced(running):
    """The same after a run, with values and history of its own."""
    running.sync()
    return running


def standing(account, kind: str = "companies") -> list[str]:
    """Live properties of ours."""
    found = account.properties[kind].values()
    return [one["name"] for one in found if one["groupName"] == GROUP and not one.get("archived")]


def computed(account) -> list[str]:
    return [one for one in standing(account) if one not in INPUTS]


def seen(account) -> dict[str, dict[str, str]]:
    """Values of ours whose property stands, but for the moment of the run."""
    live = {kind: set(standing(account, kind)) for kind in ("companies", "contacts", "deals")}
    return {
        record: {
            name: text
            for name, text in values.items()
            if name in live[record.split()[0]] and name not in FIXED
        }
        for record, values in values_of_ours(account).items()
    }


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exports(place) -> list[Path]:
    return sorted(place.folder.glob("toprelatie-export-acme-*"))


def test_plan_is_shown_and_nothing_changes_in_a_dry_run(running, account):
    before = values_of_ours(account)

    done = run(running, "teardown", "--dry-run")

    assert done.code == 0
    assert "archive companies: 44 properties with their values: csk_is_top_relation" in done.said
    assert "archive deals: 5 properties" in done.said
    assert "stays companies: 15 properties that people fill, with what they typed" in done.said
    assert len(standing(account)) == 59
    assert values_of_ours(account) == before
    assert exports(running) == []


def test_no_to_the_question_leaves_everything(running, account):
    words = ["teardown", "--config", str(running.config)]

    done = CliRunner().invoke(app, words, input="n\n")

    assert done.exit_code == 1
    assert (len(standing(account)), exports(running)) == (59, [])


def test_teardown_exports_what_stands_and_leaves_what_people_typed(synced, account):
    before = values_of_ours(account)

    done = run(synced, "teardown", "--yes")

    assert done.code == 0
    (folder,) = exports(synced)
    assert folder.stat().st_mode & 0o777 == 0o700
    companies = rows_of(folder / "companies.csv")
    assert [row["id"] for row in companies] == ["1", "2", "3"]
    assert companies[2][PHASE] == before["companies 3"][PHASE] == "orienting"
    assert len(rows_of(folder / "contacts.csv")) == 3
    assert rows_of(folder / "deals.csv")[0]["csk_deal_realised_amount"] == "98765.43"
    assert "csk_pains" not in companies[0]
    assert [row["relation_id"] for row in rows_of(folder / "relation_days.csv")] == ["1", "2", "3"]
    assert (folder / "memberships.csv").exists()
    assert (set(standing(account)), standing(account, "deals")) == (INPUTS, [])
    assert account.values("companies", "3")["csk_pains"] == TYPED["csk_pains"]
    groups = {kind: account.groups[kind][GROUP]["archived"] for kind in ("companies", "deals")}
    assert groups == {"companies": False, "deals": True}


def test_what_people_typed_goes_on_request_alone_and_stands_in_the_export(running, account):
    done = run(running, "teardown", "--yes", "--inputs")

    assert done.code == 0
    assert "archive companies: 59 properties" in done.said
    (folder,) = exports(running)
    exported = rows_of(folder / "companies.csv")[2]
    assert exported["csk_pains"] == "'" + TYPED["csk_pains"]
    assert exported["csk_phase_declared"] == "quote"
    assert "what people typed" in (folder / "README.txt").read_text().split("\n")[0]
    assert standing(account) == []
    assert account.groups["companies"][GROUP]["archived"] is True


def test_write_back_asks_for_set_up_afterwards(synced):
    run(synced, "teardown", "--yes")

    assert run(synced, "sync").code == 3
    assert "to be created" in run(synced, "sync", "--dry-run").said


def test_running_it_twice_is_harmless(running, account):
    run(running, "teardown", "--yes")
    after = values_of_ours(account)

    done = run(running, "teardown", "--yes")

    assert done.code == 0
    assert "nothing of ours is left to archive" in done.said
    assert len(exports(running)) == 1
    assert values_of_ours(account) == after


@pytest.mark.parametrize("is_purged", [False, True])
def test_set_up_and_a_sync_bring_all_values_back(synced, account, is_purged):
    before = seen(account)
    run(synced, "teardown", "--yes")
    if is_purged:  # as after 90 days: the CRM has forgotten definitions and values
        for kind in ("companies", "contacts", "deals"):
            archived = [n for n, one in account.properties[kind].items() if one.get("archived")]
            for name in archived:
                del account.properties[kind][name]
                for record in account.objects[kind].values():
                    record.values.pop(name, None)
                    record.versions.pop(name, None)
    assert seen(account) != before

    assert run(synced, "setup", "--yes").code == 0
    assert synced.sync().status == "done"

    assert seen(account) == before
    assert synced.sync().written is None


def test_property_in_use_is_left_with_the_reason_and_the_others_go(running, account):
    account.in_use["companies", PHASE] = "a calculation"

    done = run(running, "teardown", "--yes")

    assert done.code == 4
    assert f"refused companies.{PHASE}: hubspot: schema, DELETE" in done.said
    assert "CANNOT_DELETE_PROPERTY_IN_USE" in done.said
    assert computed(account) == [PHASE]
    account.in_use.clear()
    assert run(running, "teardown", "--yes").code == 0
    assert computed(account) == []


def test_property_that_is_not_ours_is_never_touched(running, account):
    account.properties["companies"][PHASE].update(type="string", fieldType="text", options=[])
    before = dict(account.properties["companies"][PHASE])

    done = run(running, "teardown", "--yes")

    assert done.code == 0
    assert f"stays hubspot: companies.{PHASE} stands as" in done.said
    assert account.properties["companies"][PHASE] == before
    assert PHASE not in rows_of(exports(running)[0] / "companies.csv")[0]


def test_property_of_an_admin_keeps_the_group_it_is_in(running, account):
    account.add_property("deals", "own", "Own", "string", "text", group=GROUP)

    run(running, "teardown", "--yes")

    assert standing(account, "deals") == ["own"]
    assert account.groups["deals"][GROUP]["archived"] is False


@pytest.mark.parametrize("moment", [1, 51])
def test_killed_in_the_middle_it_goes_on_at_the_next_call(running, account, moment):
    def dies(work: str, done: int, _total: int | None) -> None:
        if work == "archive properties" and done == moment:
            raise KeyboardInterrupt

    with running.opened() as wiring:
        plan = plan_teardown(wiring, has_inputs=False)
        with pytest.raises(KeyboardInterrupt):
            run_teardown(wiring, plan, running.folder / "first", dies)
    assert len(computed(account)) + len(standing(account, "contacts")) > 0 or moment == 51
    assert run(running, "sync").code == 3  # nothing is written into the half of it

    done = run(running, "teardown", "--yes")

    assert done.code == 0
    assert computed(account) == standing(account, "deals") == []
    assert len(rows_of(running.folder / "first" / "companies.csv")) == 3


def test_export_that_was_killed_is_made_anew(running):
    target = running.folder / "export"
    left = running.folder / "export.part"
    left.mkdir()
    (left / "companies.csv").write_text("id,csk_b")

    assert run(running, "teardown", "--yes", "--to", str(target)).code == 0
    assert len(rows_of(target / "companies.csv")) == 3
    assert not left.exists()


def test_folder_that_holds_something_else_is_not_taken_for_half_an_export(running, account):
    left = running.folder / "export.part"
    left.mkdir()
    (left / "letter.txt").write_text("mine")

    done = run(running, "teardown", "--yes", "--to", str(running.folder / "export"))

    assert done.code == 1
    assert "cannot be written: directory not empty: nothing was archived" in done.said
    assert (left / "letter.txt").read_text() == "mine"
    assert len(standing(account)) == 59


def test_nothing_is_archived_when_the_crm_breaks_off_the_export(running, account, crm):
    crm.faults.add(Fault(kind="403", route="GET */objects/*/deals", count=10))

    done = run(running, "teardown", "--yes")

    assert done.code == 1
    assert len(standing(account)) == 59
    assert exports(running) == []


def test_nothing_is_archived_when_fewer_records_come_than_the_crm_counts(running, account):
    class Counts:
        """The CRM, which counts a record more than it lists."""

        def __init__(self, crm: Any) -> None:
            self._crm = crm

        def __getattr__(self, name: str) -> Any:
            return getattr(self._crm, name)

        def count(self, kind: str) -> int:
            return int(self._crm.count(kind)) + (kind == "deals")

    with running.opened() as wiring:
        counting = replace(wiring, crm=Counts(wiring.crm))
        plan = plan_teardown(counting, has_inputs=False)
        with pytest.raises(PermanentCrmError, match="deals: 3 records"):
            run_teardown(counting, plan, running.folder / "export", silent)

    assert len(standing(account)) == 59
    assert not (running.folder / "export").exists()


def test_export_never_overwrites(running, account):
    target = running.folder / "export"
    target.mkdir()

    done = run(running, "teardown", "--yes", "--to", str(target))
    assert (done.code, len(standing(account))) == (2, 59)
    with running.opened() as wiring, pytest.raises(PermanentCrmError, match="exists already"):
        export_values(
            wiring, {"deals": ["csk_deal_phase"]}, target, has_inputs=False, progress=silent
        )
    assert list(target.iterdir()) == []


def test_folder_under_a_file_is_no_place_for_an_export(running, account):
    done = run(running, "teardown", "--yes", "--to", str(running.config / "export"))

    assert done.code == 1
    assert "cannot be written: not a directory: nothing was archived" in done.said
    assert len(standing(account)) == 59


def test_second_export_of_a_day_gets_a_number(running, account):
    account.in_use["companies", PHASE] = "a calculation"

    run(running, "teardown", "--yes")
    run(running, "teardown", "--yes")

    first, second = exports(running)
    assert second.name == f"{first.name}-2"
    assert list(rows_of(second / "companies.csv")[0]) == ["id", PHASE]


def test_run_at_work_is_left_alone(running, account):
    with running.opened() as wiring, wiring.store.lock():
        assert run(running, "teardown", "--yes").code == 5
        assert run(running, "teardown", "--dry-run").code == 0

    assert len(standing(account)) == 59


def test_object_that_the_key_may_not_read_is_left_out_and_said(running, account, crm):
    crm._api.scopes = DEFAULT_SCOPES - {
        "crm.schemas.deals.read",
        "crm.schemas.deals.write",
        "crm.objects.deals.read",
        "crm.objects.deals.write",
    }

    done = run(running, "teardown", "--yes")

    assert done.code == 4
    assert "left out deals" in done.said
    assert computed(account) == []
    assert len(standing(account, "deals")) == 5


def test_key_that_may_not_archive_ends_it_and_a_better_one_goes_on(running, account, crm):
    crm._api.scopes = DEFAULT_SCOPES - {"crm.schemas.companies.write"}

    done = run(running, "teardown", "--yes")

    assert done.code == 1
    assert "crm.schemas.companies.write" in done.said
    crm._api.scopes = DEFAULT_SCOPES
    assert run(running, "teardown", "--yes").code == 0
    assert computed(account) == []


@pytest.mark.parametrize(
    ("metrics", "has_file"),
    [
        ("", False),
        ("seller_metrics: {mode: 'off'}\n", False),
        ("seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n", True),
    ],
)
def test_figures_of_sellers_are_exported_only_where_others_may_see_them(running, metrics, has_file):
    running.config.write_text(running.config.read_text() + metrics)

    run(running, "teardown", "--yes")

    (folder,) = exports(running)
    assert (folder / "seller_days.csv").exists() is has_file
    assert ("seller_days: left out" in (folder / "README.txt").read_text()) is not has_file


def test_task_of_a_seller_is_named_and_not_deleted(running, account):
    account.add_record("tasks", "901", {"hs_task_subject": "Overzicht"}, at=AT)
    with running.opened() as wiring:
        wiring.store.save_state("seller_task:1", '{"id": "901", "digest": "d", "sent_at": null}')

    done = run(running, "teardown", "--yes")

    assert "stays task 901 of seller 1: close or delete it in the CRM" in done.said
    assert account.objects["tasks"]["901"].archived_ms is None


def test_nothing_private_is_said(running, discreet):
    run(running, "teardown", "--yes", "--inputs")


def test_folder_of_files_loses_our_columns_and_keeps_its_export(running, tmp_path, account):
    folder, output = tmp_path / "files", tmp_path / "results"
    folder.mkdir()
    (folder / "companies.csv").write_text("id,name,hubspot_owner_id,csk_pains\n7,Linde,1,late\n")
    (folder / "pipelines.csv").write_text("pipeline_id,stage_id\ndefault,new\n")
    (folder / "owners.csv").write_text("id\n1\n")
    running.use_files(folder, output)
    running.config.write_text(
        running.config.read_text().replace("store.db", "other.db")
        + "write_back: {objects: [companies]}\n"
    )
    assert run(running, "sync").code == 0
    export = (folder / "companies.csv").read_text()
    assert "csk_buying_phase" in (output / "companies.csv").read_text()

    done = run(running, "teardown", "--yes", "--inputs")

    assert "companies.csk_pains is a column of the export, which is never changed" in done.said
    assert not (output / "companies.csv").exists()
    assert (folder / "companies.csv").read_text() == export
    assert rows_of(exports(running)[0] / "companies.csv")[0]["id"] == "7"
    assert "The next run writes results again" in done.said
    assert run(running, "sync").code == 0
    assert (output / "companies.csv").exists()
