"""Every command through the command line, against the demo account on loopback."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from connector.sandbox import Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from console.cli import app, main
from jobs.wiring import clock
from tests.acceptance.workplace import ROOT, Workplace

EXTRA = (
    "reporting: {rates: {USD: [[2020-01-01, 0.92]]}}\n"
    "potential: {margin_rate: 0.25}\n"
    "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The demo account, not set up yet."""
    portal = demo_portal(today=clock().date(), companies=30)
    with Sandbox(portal, limits=None) as sandbox:
        folder = tmp_path_factory.mktemp("shop")
        mapping = DEMO_MAPPING.read_text()
        yield Workplace(folder, sandbox.base_url, extra=EXTRA, mapping=mapping), sandbox


@pytest.fixture(scope="module")
def run(shop):
    """Run one command in this process."""
    workplace, _ = shop

    def run(*words: str, config: bool = True, answer: str | None = None):
        place = ["--config", str(workplace.config)] if config else []
        return CliRunner().invoke(app, [*words, *place], input=answer)

    return run


@pytest.fixture(scope="module")
def ready(run, shop):
    """The account set up and synced once; who changes anything puts it back."""
    run("setup", "--yes")
    done = run("sync")
    assert done.exit_code == 0, done.output
    return shop[0]


def test_setup_shows_its_plan_and_creates_nothing_when_it_is_declined(tmp_path):
    portal = demo_portal(today=clock().date(), companies=8)
    before = len(portal.properties["deals"])
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        config = Workplace(tmp_path, sandbox.base_url).config
        done = CliRunner().invoke(app, ["setup", "--config", str(config)], input="n\n")

    assert done.exit_code == 1
    assert "csk_deal_phase" in done.output
    assert len(portal.properties["deals"]) == before


def test_setup_is_repeatable_and_says_what_an_admin_does(run):
    run("setup", "--yes")

    done = run("setup", "--yes")

    assert done.exit_code == 0
    assert "0 to create, 67 stand already" in done.output
    assert "Record Customization" in done.output


def test_setup_reports_a_property_of_another_make_and_leaves_it(run, ready, shop):
    _, sandbox = shop
    stands = sandbox.portal.properties["companies"]["csk_buying_phase"]
    made = dict(stands)
    stands |= {"type": "string", "fieldType": "text", "options": []}

    done = run("setup", "--yes")

    assert done.exit_code == 4
    assert "left as it stands" in done.output
    assert stands["type"] == "string"
    stands |= made


def test_check_is_green_after_setup(run, ready):
    done = run("check", "--verbose")

    assert done.exit_code == 0, done.output
    assert "stages are mapped" in done.output
    assert "crm.objects.companies.read" in done.output


def test_check_tells_every_fault_as_json(run, ready):
    text = DEMO_MAPPING.read_text()
    ready.mapping.write_text("crm: hubspot\nfields: {company: {segment: no_such_property}}\n")
    try:
        done = run("check", "--format", "json")
    finally:
        ready.mapping.write_text(text)

    found = json.loads(done.stdout)["findings"]
    assert done.exit_code == 3
    assert {"error", "warning", "ok"} <= {one["level"] for one in found}
    assert any(one["subject"].startswith("stages.") for one in found)
    assert any(one["subject"] == "fields.companies.segment" for one in found)


def test_sync_at_rest_writes_nothing(run, ready):
    done = run("sync")

    assert done.exit_code == 0
    assert "nothing changed since the last run" in done.output


def test_dry_run_prints_a_table_of_what_would_be_written(run, ready):
    later = (datetime.now(UTC) + timedelta(days=400)).isoformat()  # noqa: TID251 - of the test

    done = run("sync", "--dry-run", "--as-of", later)

    assert done.exit_code == 0
    assert "Would be written" in done.output
    assert "more; --format json or csv prints all" in done.output
    assert "In sum" in done.output


def test_dry_run_prints_all_differences_as_json(run, ready):
    later = (datetime.now(UTC) + timedelta(days=400)).isoformat()  # noqa: TID251 - of the test

    done = run("sync", "--dry-run", "--as-of", later, "--format", "json")

    rows = json.loads(done.stdout)
    assert {"object_type", "id", "property", "before", "after"} == set(rows[0])
    assert len(rows) > 40
    assert all(row["property"].startswith("csk_") for row in rows)


@pytest.mark.parametrize("words", [("--only", "dance"), ("--only", ","), ("--as-of", "soon")])
def test_sync_refuses_words_that_it_does_not_know(run, words):
    assert run("sync", *words).exit_code == 2


def test_report_relations_by_seller(run, ready):
    everyone = json.loads(run("report", "relations", "--format", "json").stdout)
    seller = everyone[0]["seller_id"]

    own = json.loads(run("report", "relations", "--format", "json", "--seller", seller).stdout)

    assert {row["seller_id"] for row in own} == {seller}
    assert len(own) < len(everyone)
    assert "buying_phase" in own[0]


def test_report_relations_as_csv_has_one_line_each(run, ready):
    done = run("report", "relations", "--format", "csv")

    assert done.stdout.splitlines()[0].startswith("relation_id,name,")


def test_report_refuses_a_format_that_it_does_not_know(run, ready):
    assert run("report", "relations", "--format", "pdf").exit_code == 2


def test_report_sellers_shows_labels_in_dutch(run, ready):
    done = run("report", "sellers")

    assert "Verkoper" in done.output
    assert "Omzet jaar" in done.output


def test_report_sellers_gives_team_totals_in_mode_self(run, ready):
    text = ready.config.read_text()
    ready.config.write_text(text.replace("self_and_manager", "self"))
    try:
        totals = run("report", "sellers", "--format", "json")
        table = run("report", "sellers")
        one = run("report", "sellers", "--seller", "nobody", "--format", "json")
    finally:
        ready.config.write_text(text)

    rows = json.loads(totals.stdout)
    assert len(rows) == 1
    assert "seller_id" not in rows[0]
    assert "totals of the team" in table.output
    assert one.exit_code == 2
    assert "no seller of this account" in one.output


def test_report_sellers_is_refused_in_mode_off(run, ready):
    text = ready.config.read_text()
    ready.config.write_text(text.replace("self_and_manager", "off"))
    try:
        done = run("report", "sellers")
    finally:
        ready.config.write_text(text)

    assert done.exit_code == 2


def test_report_phases_counts_every_top_relation(run, ready):
    phases = json.loads(run("report", "phases", "--format", "json").stdout)
    relations = json.loads(run("report", "relations", "--format", "json").stdout)

    assert [row["buying_phase"] for row in phases][-1] == "unknown"
    assert sum(row["count"] for row in phases) == sum(row["is_top_relation"] for row in relations)


def test_report_revenue_refuses_days_in_the_wrong_order(run):
    done = run("report", "revenue", "--from", "2026-03-31", "--to", "2026-01-01")

    assert done.exit_code == 2
    assert "lies before" in done.output


def test_report_revenue_needs_days(run, ready):
    assert run("report", "revenue", "--from", "today", "--to", "2026-01-01").exit_code == 2
    done = run("report", "revenue", "--from", "2020-01-01", "--to", "2030-01-01")
    assert done.exit_code == 0
    assert "Netto" in done.output


def test_runs_are_listed_and_shown_whole(run, ready):
    listed = run("runs")
    shown = run("runs", "show", "1", "--format", "json")

    assert "done" in listed.output
    assert "run 1: " in run("runs", "show", "1").output
    body = json.loads(shown.stdout)
    assert body["run_id"] == 1
    assert body["rejections"] == []
    assert run("runs", "show", "999").exit_code == 2


def test_mapping_suggest_writes_a_file_once(run, ready, tmp_path):
    target = tmp_path / "mapping.yaml"

    printed = run("mapping", "suggest")
    written = run("mapping", "suggest", "--to", str(target))
    again = run("mapping", "suggest", "--to", str(target))
    lost = run("mapping", "suggest", "--to", str(target / "within-a-file.yaml"))
    checked = CliRunner().invoke(app, ["mapping", "check", str(target)])

    assert printed.stdout == target.read_text()
    assert written.exit_code == 0
    assert again.exit_code == 2
    assert lost.exit_code == 2
    assert "cannot be written: " in lost.output
    assert "no faults" in checked.output


def test_demo_shows_sellers_and_one_relation():
    done = CliRunner().invoke(app, ["demo", "--once", "--companies", "30"])

    assert done.exit_code == 0, done.output
    assert "Verkoper" in done.output
    assert "Fase koopproces" in done.output
    assert "/companies/" in done.output


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ("unknown: 1\n", (3, "unknown")),
        ("store: sqlite:////no/such/folder/x.db\n", (1, "/no/such/folder")),
    ],
)
def test_main_ends_known_trouble_with_a_sentence(ready, monkeypatch, capsys, fault, ending):
    config = ready.folder / "faulty.yaml"
    text = ready.config.read_text()
    lines = [one for one in text.splitlines(keepends=True) if fault[:6] not in one]
    config.write_text("".join(lines) + fault)
    monkeypatch.setattr(sys, "argv", ["toprelatie", "runs", "--config", str(config)])

    with pytest.raises(SystemExit) as ended:
        main()

    code, message = ending
    assert ended.value.code == code
    assert message in capsys.readouterr().err


def test_main_ends_quietly_when_interrupted(monkeypatch):
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("console.cli.app", interrupt)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1


LOADED = """
import sys
from console.cli import main
try:
    main()
finally:
    from mappings.texts import _shipped
    print(*sys.modules, f"texts={_shipped.cache_info().currsize}")
"""


def test_pull_loads_neither_polars_nor_alembic_nor_texts_nor_a_report(ready):
    words = ["sync", "--only", "pull", "--config", str(ready.config)]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())

    assert {"jobs.pull", "texts=0"} <= loaded
    assert not loaded & {"polars", "alembic", "console.report", "kpis.compute", "uvicorn"}
