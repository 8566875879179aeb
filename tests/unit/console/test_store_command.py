"""`toprelatie store check|backup|rollback|prune` on the command line."""

import json
import sqlite3
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app, main
from jobs.pause import Pause, pause
from jobs.wiring import clock
from store.migration import HEAD, PREVIOUS
from store.store import Store
from tests.store_fixtures import PULLED, company


@pytest.fixture
def config(tmp_path):
    """A configured store with one company and one run of long ago, and one of now."""
    path = tmp_path / "config.yaml"
    path.write_text(
        "account: acme\ncrm: {kind: hubspot}\nstore: sqlite:///a.db\n", encoding="utf-8"
    )
    store = Store.open(f"sqlite:///{tmp_path / 'a.db'}", account="acme")
    for at in (PULLED.replace(year=2020), clock()):
        run_id = store.start_run("sync", started_at=at)
        store.finish_run(run_id, finished_at=at, status="done", counts={})
    store.save_page("companies", [company(owner="7")], cursor="c", pulled_at=PULLED)
    store.close()
    return path


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["store", *words, "--config", str(config)])


def break_store(config: Path) -> None:
    """Lose the company, so that its version hangs on nothing."""
    store = Store.open(f"sqlite:///{config.parent / 'a.db'}", account="acme")
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM companies")
    store.close()


def test_check_prints_counts_and_size_and_ends_well(config):
    done = run(config, "check", "--thorough")

    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["companies", "1"] in lines
    assert ["runs", "2"] in lines
    assert ["no", "faults"] in lines
    assert "sqlite at revision v0" in done.stdout
    assert "MB, and 0.0 MB to bring into it" in done.stdout
    assert f"last good run ended {clock():%Y-%m-%d}" in done.stdout


def test_check_ends_with_one_and_says_what_to_do_when_something_does_not_fit(config):
    break_store(config)

    done = run(config, "check")
    assert done.exit_code == 1
    fault = "fault: 1 versions are of records that are gone: run `toprelatie store prune`"
    assert fault in done.stdout.splitlines()
    assert "no faults" not in done.stdout


def test_check_tells_remarks(config):
    store = Store.open(f"sqlite:///{config.parent / 'a.db'}", account="acme")
    store.start_run("sync", started_at=clock())
    store.close()

    done = run(config, "check")
    assert done.exit_code == 0
    assert "never ended, for their process died: runs 3; the next run went on" in done.stdout


def test_check_tells_machines_the_same(config):
    break_store(config)

    done = run(config, "check", "--format", "json")
    found = json.loads(done.stdout)
    assert done.exit_code == 1
    assert found["health"]["engine"] == "sqlite"
    assert found["health"]["rows"]["versions"] == 1
    assert found["faults"] == [
        "1 versions are of records that are gone: run `toprelatie store prune`"
    ]
    assert found["last_good_age_s"] < 3600


@pytest.mark.parametrize("command", ["check", "prune"])
def test_other_formats_are_wrong_usage(config, command):
    done = run(config, command, "--format", "csv")

    assert done.exit_code == 2
    assert "is none of table, json" in done.output


def test_backup_writes_a_copy_once(config, tmp_path):
    copy = tmp_path / "copy.db"

    done = run(config, "backup", str(copy))
    assert done.exit_code == 0
    assert "MB, read back whole" in done.stderr
    restored = Store.open(f"sqlite:///{copy}", account="acme")
    assert restored.count_records("companies") == 1
    restored.close()


def test_backup_over_a_file_is_refused_in_one_sentence(config, tmp_path, monkeypatch, capsys):
    copy = tmp_path / "copy.db"
    copy.write_text("precious")
    words = ["toprelatie", "store", "backup", str(copy), "--config", str(config)]
    monkeypatch.setattr(sys, "argv", words)

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "copy.db exists and is left as it is: name another file" in capsys.readouterr().err
    assert copy.read_text() == "precious"


def test_prune_counts_first_and_then_removes_the_same(config):
    counted = json.loads(run(config, "prune", "--dry-run", "--format", "json").stdout)
    dry = run(config, "prune", "--dry-run")
    done = run(config, "prune", "--vacuum")
    again = json.loads(run(config, "prune", "--format", "json").stdout)

    assert counted["is_dry_run"] is True
    assert counted["rows"]["runs"] == 1
    assert "nothing was removed" in dry.stderr
    assert ["runs", "1"] in [line.split() for line in dry.stdout.splitlines()]
    assert done.exit_code == 0
    assert ["runs", "1"] in [line.split() for line in done.stdout.splitlines()]
    assert set(again["rows"].values()) == {0}


def test_prune_takes_other_days(config):
    done = run(config, "prune", "--runs-days", "10000", "--dry-run", "--format", "json")

    assert json.loads(done.stdout)["rows"]["runs"] == 0
    assert run(config, "prune", "--daily-days", "30").exit_code == 2


def test_store_commands_show_examples(config):
    for command in ("check", "backup", "prune"):
        done = CliRunner().invoke(app, ["store", command, "--help"])
        assert f"toprelatie store {command}" in done.stdout


def revision_at(config: Path) -> str:
    with sqlite3.connect(config.parent / "a.db") as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    connection.close()
    return str(found)


def test_rollback_asks_and_leaves_all_as_it_is_when_the_answer_is_no(config):
    done = CliRunner().invoke(app, ["store", "rollback", "--config", str(config)], input="n\n")

    assert done.exit_code == 1
    assert f"from revision {HEAD} to {PREVIOUS}" in done.stderr
    assert "lost: journal: 0 rows" in done.stderr
    assert revision_at(config) == HEAD
    assert list(config.parent.glob("a.db.before-*")) == []


def test_rollback_names_its_copy_and_says_what_to_start(config):
    done = run(config, "rollback", "--yes")
    (copy,) = config.parent.glob("a.db.before-rollback-*")

    assert done.exit_code == 0
    assert f"{copy} written: the store as it was" in done.stderr
    assert f"now at {PREVIOUS}: start the release before this one" in done.stderr
    assert revision_at(config) == PREVIOUS


def test_rollback_says_that_the_earlier_release_does_not_know_a_pause(config):
    store = Store.open(f"sqlite:///{config.parent / 'a.db'}", account="acme")
    pause(store, Pause(clock(), by_run=3, undone_run=2))
    store.close()

    done = run(config, "rollback", "--yes")
    assert done.exit_code == 0
    assert "acme: write-back is paused, which the release before this one does" in done.stderr


def test_rollback_twice_is_refused_and_any_other_command_goes_up_again(config):
    run(config, "rollback", "--yes")

    again = run(config, "rollback", "--yes")
    assert again.exit_code == 1
    assert f"of revision {PREVIOUS} already" in str(again.exception)
    assert run(config, "check").exit_code == 0
    assert revision_at(config) == HEAD


def test_copies_from_before_an_upgrade_and_a_way_back_are_remarked_until_they_are_removed(config):
    run(config, "rollback", "--yes")

    told = run(config, "check").stdout
    copies = sorted(config.parent.glob("a.db.before-*"))
    for copy in copies:
        assert f"{copy.name} is the store before an upgrade or a way back: remove it" in told
        copy.unlink()
    assert [one.name.startswith("a.db.before-rollback-") for one in copies] == [True, False]
    assert "a way back: remove it" not in run(config, "check").stdout
