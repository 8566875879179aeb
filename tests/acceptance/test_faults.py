"""What goes wrong on the way: nothing is lost or half written, and the message says it all."""

import json
import socket
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from connector.ports import ConfigError, PermanentCrmError, TransientCrmError
from connector.sandbox import DEFAULT_SCOPES, Fault, Portal, Sandbox
from jobs.exits import Exit, SetupMissingError, StoppedError, exit_of
from jobs.runs import Request, run_sync
from jobs.wiring import clock
from mappings.yaml import FileFaultsError
from store.errors import LockHeldError, StoreError
from tests.acceptance.workplace import Workplace, silent

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
STAGES = [
    ("qualifiedtobuy", "Qualified", "0.4", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Won", "1.0", True),
    ("closedlost", "Lost", "0.0", True),
]


def small_portal(companies: int = 12) -> Portal:
    """Companies 1 to n with one deal each."""
    portal = Portal()
    portal.add_owner("1", "Sanne", "Geheim", "sanne@secret.example")
    portal.add_pipeline("default", "Sales", STAGES)
    for number in range(1, companies + 1):
        one = str(number)
        portal.add_record(
            "companies", one, {"name": f"Geheim {one}", "hubspot_owner_id": "1"}, at=BEGIN
        )
        deal = {
            "pipeline": "default",
            "dealstage": "contractsent",
            "amount": "98765",
            "hubspot_owner_id": "1",
        }
        portal.add_record("deals", one, deal, at=BEGIN)
        portal.associate("deals", one, "companies", one, "Primary")
    return portal


@pytest.fixture
def portal():
    return small_portal()


@pytest.fixture
def sandbox(portal):
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        yield sandbox


@pytest.fixture
def workplace(tmp_path, sandbox):
    return Workplace(tmp_path, sandbox.base_url)


@pytest.fixture
def ready(workplace):
    workplace.set_up()
    return workplace


def phases(portal: Portal) -> dict[str, str | None]:
    return {one: portal.values("companies", one).get("csk_buying_phase") for one in ids(portal)}


def ids(portal: Portal) -> list[str]:
    return [str(one) for one in portal.ids("companies")]


# rest


def test_second_run_without_a_change_writes_nothing(ready, sandbox):
    first = ready.sync(as_of=AS_OF)
    writes = sandbox.calls["POST batch_update"]

    second = ready.sync(as_of=AS_OF)
    third = ready.sync(as_of=AS_OF + timedelta(hours=1))

    assert first.written is not None
    assert first.written.records == 24
    assert second.found == third.found == []
    assert second.written is None or second.written.records == 0
    assert writes == 2
    assert sandbox.calls["POST batch_update"] == writes


def test_our_own_echo_changes_nothing_and_reads_no_history_again(ready):
    ready.sync(as_of=AS_OF)

    echo = ready.sync(as_of=AS_OF)

    assert echo.pulled is not None
    assert echo.pulled.counts["companies"].changed == 0
    assert echo.pulled.counts["deals"].changed == 0
    assert echo.pulled.counts["deals"].histories == 0
    assert "nothing changed since the last run: nothing to compute" in echo.notes


def test_run_as_of_an_earlier_moment_shows_and_keeps_nothing(ready, portal):
    ready.sync(as_of=AS_OF)
    stood = phases(portal)

    past = ready.sync(as_of=AS_OF - timedelta(days=200))

    assert past.found
    assert past.written is None
    assert "not kept and not written" in " ".join(past.notes)
    assert phases(portal) == stood


def test_dry_run_tells_exactly_what_the_next_run_writes(ready, portal):
    dry = ready.sync(as_of=AS_OF, is_dry=True)

    assert phases(portal) == dict.fromkeys(ids(portal))
    real = ready.sync(as_of=AS_OF)
    assert [(one.external_id, one.name, one.after) for one in real.found] == [
        (one.external_id, one.name, one.after) for one in dry.found
    ]


def test_a_hand_edit_of_a_value_of_ours_is_repaired(ready, portal):
    ready.sync(as_of=AS_OF)
    portal.set_values("companies", "3", {"csk_buying_phase": "order"}, at=clock())

    ready.sync(as_of=AS_OF)

    assert phases(portal)["3"] == "quote"


def test_what_people_fill_in_is_never_written(ready, portal):
    filled = {"csk_phase_declared": "interest", "csk_pains": "- te laat"}
    portal.set_values("companies", "3", filled, at=clock())

    ready.sync()

    stands = portal.values("companies", "3")
    assert {name: stands[name] for name in filled} == filled
    assert stands["csk_buying_phase"] == "interest"


# between our read and our write


def test_edit_between_read_and_write_survives_and_is_seen_by_the_next_run(ready, portal):
    ready.sync(steps=frozenset({"pull"}))
    portal.set_values("companies", "3", {"csk_phase_declared": "quote"}, at=clock())

    between = ready.sync(steps=frozenset({"compute", "write"}))
    after = ready.sync()

    assert between.status == after.status == "done"
    assert portal.values("companies", "3")["csk_phase_declared"] == "quote"
    assert phases(portal)["3"] == "quote"


def test_record_archived_between_read_and_write_leaves_the_mirror(ready, portal):
    ready.sync(steps=frozenset({"pull"}))
    portal.archive("companies", "3", at=clock())

    report = ready.sync(steps=frozenset({"compute", "write"}))

    assert report.written is not None
    assert report.written.gone == 1
    assert report.status == "done"
    with ready.opened() as wiring:
        assert "3" not in wiring.store.read_mirror().companies["relation_id"].to_list()


def test_record_merged_between_read_and_write_leaves_the_mirror(ready, portal):
    ready.sync(steps=frozenset({"pull"}))
    portal.merge("companies", "4", "3", at=clock())

    report = ready.sync(steps=frozenset({"compute", "write"}))

    assert report.written is not None
    assert report.written.gone >= 1
    assert report.status == "done"


# set-up and properties


def test_run_before_set_up_is_refused_before_anything_ran(workplace, sandbox):
    with pytest.raises(SetupMissingError, match="run `toprelatie setup`"):
        workplace.sync()

    assert sum(sandbox.calls.values()) == 0


def test_property_deleted_after_set_up_costs_itself_alone(ready, portal):
    del portal.properties["companies"]["csk_phase_since"]

    report = ready.sync(as_of=AS_OF)

    assert report.status == "partial"
    assert report.exit is Exit.PARTIAL
    assert any("csk_phase_since" in note and "toprelatie setup" in note for note in report.notes)
    assert phases(portal)["1"] == "quote"


def test_rule_of_the_account_refuses_one_record_with_its_reason(ready, portal):
    portal.required_when["companies", "csk_buying_phase", "interest"] = "domain"
    portal.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    first = ready.sync()
    again = ready.sync()

    assert first.status == "partial"
    assert first.written is not None
    assert first.written.refused_count == 1
    assert "domain" in next(iter(first.written.refused))
    assert phases(portal)["4"] == "orienting"
    assert again.written is not None
    assert again.written.refused_count == 1
    portal.required_when.clear()
    healed = ready.sync()
    assert healed.status == "done"
    assert phases(portal)["3"] == "interest"


# access


def test_wrong_token_is_a_fault_of_configuration(workplace):
    workplace.token.write_text("wrong")

    with pytest.raises(ConfigError, match="401") as raised:
        workplace.set_up()

    assert exit_of(raised.value) is Exit.INVALID
    assert "wrong" not in str(raised.value)


def test_missing_token_names_the_file(workplace):
    workplace.token.unlink()

    with pytest.raises(ConfigError, match="token") as raised:
        workplace.set_up()

    assert str(workplace.token) in str(raised.value)


def test_token_of_another_account_is_refused(ready, portal):
    ready.sync(as_of=AS_OF)
    portal.account_id = "999"

    with pytest.raises(ConfigError, match="mirrors CRM account 1234567"):
        ready.sync(as_of=AS_OF)


def test_missing_scope_degrades_what_needs_it_and_says_which(tmp_path, portal):
    scopes = DEFAULT_SCOPES - {"crm.objects.deals.read", "crm.objects.deals.write"}
    with Sandbox(portal, limits=None, routes=(), scopes=scopes) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url)
        text = workplace.config.read_text()
        workplace.config.write_text(text + "write_back: {objects: [companies]}\n")
        workplace.set_up()
        report = workplace.sync(as_of=AS_OF)

    assert report.status == "partial"
    assert report.pulled is not None
    assert "crm.objects.deals.read" in report.pulled.left_out["deals"]
    assert phases(portal)["1"] == "unknown"
    assert portal.values("companies", "1").get("csk_revenue_ttm") is None


def test_token_file_rotated_in_mid_run_is_read_again(ready, sandbox, portal):
    sandbox.faults.add(Fault(kind="401", route="GET */companies*"))

    assert ready.sync(as_of=AS_OF).status == "done"
    assert phases(portal)["1"] == "quote"


# the way to the CRM


def test_unreachable_host_fails_with_its_name(workplace):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = workplace.config.read_text()
    start, end = text.index("  base_url"), text.index("  token_file")
    short = f"  base_url: http://127.0.0.1:{port}\n  max_tries: 1\n"
    workplace.config.write_text(text[:start] + short + text[end:])

    with pytest.raises(TransientCrmError, match="hubspot") as raised:
        workplace.set_up()

    assert exit_of(raised.value) is Exit.FAILED


@pytest.mark.parametrize(
    ("fault", "route"),
    [
        (Fault(kind="429", count=2, retry_after_s=0), "GET */companies*"),
        (Fault(kind="429"), "POST */associations/*/batch/read"),
        (Fault(kind="500", count=2), "POST */batch/read"),
        (Fault(kind="502"), "GET */deals*"),
        (Fault(kind="drop_before"), "POST */batch/update"),
        (Fault(kind="drop_after"), "POST */batch/update"),
        (Fault(kind="truncated"), "POST */batch/update"),
        (Fault(kind="truncated"), "GET */companies*"),
        (Fault(kind="slow", delay_s=0.2), "*"),
        (Fault(kind="423"), "POST */batch/update"),
    ],
)
def test_run_ends_as_an_undisturbed_one_when_a_call_fails_for_a_while(
    ready, sandbox, undisturbed, fault, route
):
    sandbox.faults.add(replace(fault, route=route))

    report = ready.sync(as_of=AS_OF)

    assert report.status == "done"
    assert dump(sandbox.portal) == undisturbed
    assert sandbox.faults.left() == 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Values of all records after a run on which nothing went wrong."""
    portal = small_portal()
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        workplace = Workplace(tmp_path_factory.mktemp("calm"), sandbox.base_url)
        workplace.set_up()
        workplace.sync(as_of=AS_OF)
    return dump(portal)


def dump(portal: Portal) -> dict[str, dict[str, str]]:
    """Our values on every company and deal."""
    return {
        f"{kind} {one}": {
            name: text
            for name, text in portal.values(kind, str(one)).items()
            if name.startswith("csk_") and text
        }
        for kind in ("companies", "deals")
        for one in portal.ids(kind)
    }


def test_answer_that_never_becomes_readable_fails_and_the_next_run_goes_on(ready, sandbox):
    text = ready.config.read_text()
    ready.config.write_text(text.replace("  lag_s: 0\n", "  lag_s: 0\n  max_tries: 2\n"))
    sandbox.faults.add(Fault(kind="truncated", route="POST */batch/update", count=2))

    with pytest.raises(TransientCrmError, match="batch/update"):
        ready.sync(as_of=AS_OF)

    with ready.opened() as wiring:
        assert wiring.store.read_runs(limit=1)[0].status == "failed"
    assert ready.sync(as_of=AS_OF).status == "done"
    assert phases(sandbox.portal)["1"] == "quote"


# stages and mapping


def test_unmapped_stage_is_named_and_its_deals_are_kept(ready, portal):
    portal.pipelines["deals"][0]["stages"].append(
        portal.pipelines["deals"][0]["stages"][0] | {"id": "4711", "label": "Pilot"}
    )
    portal.set_values("deals", "3", {"dealstage": "4711"}, at=BEGIN + timedelta(days=1))

    report = ready.sync(as_of=AS_OF)

    assert report.stages is not None
    assert report.stages.unmapped == (("default", "4711"),)
    assert phases(portal)["3"] == "unknown"
    assert portal.values("deals", "3")["csk_deal_warnings"] == "stage_unmapped"
    checked = ready.run("check", "--format", "json")
    found = {one["subject"]: one for one in json.loads(checked.stdout)}
    assert checked.returncode == 3
    assert "1 deals in the mirror" in found["stages.default.4711"]["text"]


def test_every_fault_of_configuration_and_mapping_is_told_at_once(workplace):
    workplace.config.write_text(
        workplace.config.read_text() + "colour: red\nphase: {lapse: many}\n"
    )
    workplace.mapping.write_text(
        "crm: hubspot\nstages: {default: {1: quote, contractsent: qoute}}\n"
    )

    with pytest.raises(FileFaultsError) as configuration:
        workplace.set_up()

    text = str(configuration.value)
    assert "colour" in text
    assert "phase.lapse" in text
    workplace.config.write_text(workplace.config.read_text().split("colour")[0])
    done = workplace.run("check")
    assert done.returncode == 3
    assert "mapping.yaml:2" in done.stderr
    assert '"qoute" is not a buying phase' in done.stderr
    assert "quote it" in done.stderr


# the store


def test_another_run_holds_the_lock(ready):
    with ready.opened() as wiring, wiring.store.lock():
        done = ready.run("sync")
        with pytest.raises(LockHeldError):
            ready.sync()

    assert done.returncode == 5


def test_database_locked_by_another_process_fails_and_loses_nothing(ready, portal):
    ready.sync(as_of=AS_OF)
    text = ready.config.read_text()
    ready.config.write_text(text.replace("store.db", "store.db?timeout=0.2"))
    portal.set_values("companies", "3", {"csk_phase_declared": "quote"}, at=clock())
    holder = sqlite3.connect(ready.folder / "store.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreError, match="locked"):
            ready.sync()
    finally:
        holder.execute("ROLLBACK")
        holder.close()

    ready.sync()
    assert phases(portal)["3"] == "quote"


def fill_disk(connection, _record):
    connection.execute("PRAGMA max_page_count = 1")  # as many as there are; none can be added


def test_full_disk_fails_with_what_to_do_and_the_next_run_goes_on(ready, portal):
    ready.sync(steps=frozenset({"pull"}))
    for number in range(100, 400):
        portal.add_record("companies", str(number), {"name": "x" * 200}, at=clock())
    with ready.opened() as wiring:
        event.listen(wiring.store._database.engine, "connect", fill_disk)
        wiring.store._database.engine.dispose()
        with pytest.raises(StoreError, match="full") as raised:
            run_sync(wiring, Request(), silent)

    assert exit_of(raised.value) is Exit.FAILED
    assert ready.sync().status == "done"


# stop


def test_stop_ends_after_the_page_and_the_next_run_goes_on(ready, portal):
    with ready.opened() as wiring:
        wiring.stop.set()
        with pytest.raises(StoppedError, match="the next one goes on"):
            run_sync(wiring, Request(), silent)
        assert wiring.store.read_runs(limit=1)[0].status == "stopped"

    assert ready.sync(as_of=AS_OF).status == "done"
    assert phases(portal)["1"] == "quote"


# people and secrets


def test_no_secret_and_no_persons_data_stands_in_what_is_printed_or_kept(ready, sandbox):
    sandbox.portal.set_values("deals", "3", {"amount": "98765.4321"}, at=clock())
    shown = [
        ready.run(*words) for words in (("check",), ("sync",), ("runs",), ("runs", "show", "1"))
    ]
    ready.token.write_text("pat-eu1-very-secret")
    shown.append(ready.run("sync"))

    text = "".join(one.stdout + one.stderr for one in shown)
    assert shown[-1].returncode == 3
    for word in ("Geheim", "secret.example", "98765", "very-secret", "sandbox-token"):
        assert word not in text


def test_permanent_refusal_of_the_whole_pull_marks_the_run_failed(tmp_path, portal):
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url)
        workplace.set_up()
        sandbox.faults.add(Fault(kind="401", route="GET */companies*", count=50))
        with pytest.raises((ConfigError, PermanentCrmError)):
            workplace.sync()
        with workplace.opened() as wiring:
            run = wiring.store.read_runs(limit=1)[0]

    assert run.status == "failed"
    assert run.counts["notes"]


def test_two_runs_side_by_side_in_one_process_exclude_each_other(ready):
    seen: list[str] = []

    def run() -> None:
        try:
            ready.sync(as_of=AS_OF)
            seen.append("done")
        except LockHeldError:
            seen.append("locked")

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "done" in seen
    assert set(seen) <= {"done", "locked"}
