"""The first hour: from an empty folder to values in the CRM, and every wrong turn on the way."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from connector.sandbox import DEFAULT_SCOPES, Portal, Sandbox
from jobs.config import load_config
from kpis.vocabulary import PHASES
from mappings.load import load_mapping
from tests.acceptance.front_door import Ended, typed
from tests.acceptance.small_account import BEGIN, phase_of, small_account
from tests.acceptance.workplace import ROOT, TOKEN

CONFIG = Path("config.yaml")
MAPPING = Path("mappings/acme.yaml")


@pytest.fixture
def account() -> Portal:
    return small_account(3)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to start in, the key at hand, and no waiting for a real account's limits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOPRELATIE_CONFIG", raising=False)
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("TOPRELATIE__CRM__LIMITS__ENABLED", "false")
    monkeypatch.setenv("TOPRELATIE__CRM__LAG_S", "0")
    return tmp_path


def init(crm: Sandbox, *words: str) -> Ended:
    return typed("init", "--base-url", crm.base_url, "--account", "acme", "--yes", *words)


def files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_first_hour_from_an_empty_folder_to_values_in_the_crm(crm, account, discreet):
    made = init(crm)
    assert made.code == 0, made.said
    assert "found hubspot account 1234567, currency EUR, time zone Europe/Amsterdam" in made.said
    assert "written mappings/acme.yaml: no line in doubt" in made.said
    assert "toprelatie sync --dry-run" in made.said

    before = typed("check")
    assert before.code == 3
    assert "run `toprelatie setup`" in before.said

    preview = typed("sync", "--dry-run")
    assert preview.code == 0, preview.said
    assert "csk_buying_phase" in preview.said
    assert phase_of(account, "1") is None

    assert typed("setup", "--yes").code == 0
    assert typed("check").code == 0

    assert typed("sync").code == 0
    assert phase_of(account, "1") in PHASES


def test_init_leaves_a_person_the_lines_that_it_could_only_guess(crm, account):
    stages = [("s1", "Stap 1", "0.3", False), ("s2", "Afgesloten dossier", "0.5", False)]
    account.add_pipeline("0815", "Projecten", stages)

    made = init(crm)

    assert "1 lines to check, 1 left open" in made.said
    assert 's1: orienting # "Stap 1": check: only by its probability 0.3' in made.said
    assert '# s2: # "Afgesloten dossier"' in made.said
    assert "a stage or status means no_interest, orienting" in made.said
    number = int(made.said.partition("Left open in mappings/acme.yaml line ")[2].split()[0])
    assert MAPPING.read_text(encoding="utf-8").splitlines()[number - 1].startswith("    # s2:")


def test_options_answer_every_question(crm):
    made = typed(
        *("init", "--crm", "hubspot", "--token-env", "HUBSPOT_TOKEN", "--base-url", crm.base_url),
        *("--account", "acme", "--language", "en", "--timezone", "Europe/London"),
        *("--to", "conf/acme.yaml"),
    )

    config = load_config(Path("conf/acme.yaml"))
    assert made.code == 0, made.said
    assert config.write_back.language == "en"
    assert config.reporting.timezone == config.schedule.timezone == "Europe/London"
    assert load_mapping(config.mapping) == load_mapping(Path("conf/mappings/acme.yaml"))
    assert "toprelatie check --config conf/acme.yaml" in made.said


def test_key_in_a_file_counts_from_where_we_stand_and_what_is_not_allowed_is_told(folder, account):
    (folder / "key").write_text(TOKEN, encoding="utf-8")
    scopes = DEFAULT_SCOPES - {"crm.objects.deals.write"}
    with Sandbox(account, scopes=scopes, routes=()) as crm:
        made = init(crm, "--token-file", "key", "--to", "conf/config.yaml")

    config = load_config(Path("conf/config.yaml"))
    assert config.crm.token_file == folder / "key"  # type: ignore[union-attr]
    assert config.crm.limits.general_per_10s == 190  # type: ignore[union-attr]
    assert "Professional, 190 calls in 10 s, 625,000 calls a day" in made.said
    assert "not allowed: write deals; `toprelatie check` tells why" in made.said


def test_folder_of_files_needs_no_set_up(folder, monkeypatch):
    monkeypatch.delenv("TOPRELATIE__CRM__LIMITS__ENABLED")
    monkeypatch.delenv("TOPRELATIE__CRM__LAG_S")
    (folder / "export").mkdir()
    (folder / "export/companies.csv").write_text("id,name\n1,Een\n", encoding="utf-8")
    (folder / "export/pipelines.csv").write_text(
        "pipeline_id,stage_id,stage_label,probability,is_closed\n7,012,Offerte,0.5,false\n",
        encoding="utf-8",
    )

    made = typed("init", "--folder", "export", "--yes")

    assert made.code == 0, made.said
    assert "toprelatie setup" not in made.said
    assert load_config().account == "files-export"
    assert load_mapping(load_config().mapping).stages["7"] == {"012": "quote"}


def test_person_on_a_terminal_is_asked_and_may_mend_an_answer(crm, folder):
    (folder / "key").write_text(TOKEN, encoding="utf-8")
    answers = ["", "pat-eu1-typed", "./key", "Europe/Amsterdm", "", "en", "a b", "acme"]

    said, code = _on_a_terminal(["init", "--base-url", crm.base_url], answers)

    assert code == 0, said
    assert said.count("pat-eu1-typed") == 1  # as it was typed
    assert "may be the token itself, so it is not repeated" in said
    assert '"Europe/Amsterdm" is no time zone; use a name such as Europe/Amsterdam' in said
    config = load_config(folder / "config.yaml")
    assert (config.account, config.write_back.language) == ("acme", "en")
    assert config.reporting.timezone == "Europe/Amsterdam"
    assert config.crm.token_file == folder / "key"  # type: ignore[union-attr]


def _on_a_terminal(words: list[str], answers: list[str]) -> tuple[str, int]:
    """Run a command on a terminal of its own and answer each prompt."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "console", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}  # noqa: TID251 - child's
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as child:
        os.close(theirs)
        said, asked = b"", 0
        while select.select([ours], [], [], 60)[0]:
            try:
                said += os.read(ours, 4096)
            except OSError:  # the child has closed its end
                break
            if said.count(b"]: ") > asked and answers:
                asked = said.count(b"]: ")
                os.write(ours, f"{answers.pop(0)}\n".encode())
        os.close(ours)
    return said.decode(), child.returncode


def test_script_that_leaves_a_question_open_is_told_its_option(folder):
    ended = typed("init", "--account", "acme", "--language", "nl")

    assert ended.code == 2
    assert "nobody can be asked: give --crm, --token-env, --timezone; or --yes" in ended.said
    assert files(folder) == []


def test_no_token_is_told_with_where_to_get_one_and_nothing_is_written(crm, folder, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN")

    ended = init(crm)

    assert ended.code == 3
    assert "no token: environment variable HUBSPOT_TOKEN is missing or empty" in ended.said
    assert "Development > Keys > Service keys" in ended.said
    assert "crm.objects.companies.read" in ended.said
    assert files(folder) == []


def test_wrong_token_is_told_and_nothing_is_written(crm, folder, monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-eu1-wrong")

    ended = init(crm)

    assert ended.code == 3
    assert "the token is not accepted" in ended.said
    assert "nothing was written" in ended.said
    assert "pat-eu1-wrong" not in ended.said
    assert files(folder) == []


@pytest.mark.parametrize("option", ["--token-env", "--token-file", "--account"])
def test_token_typed_where_its_place_belongs_is_refused_and_not_repeated(crm, folder, option):
    ended = typed("init", "--base-url", crm.base_url, "--yes", option, "pat-eu1-secret")

    assert ended.code == 2
    assert f"init: {option} " in ended.said
    assert "token" in ended.said
    assert "secret" not in ended.said
    assert files(folder) == []


def test_crm_out_of_reach_is_told_and_nothing_is_written(folder):
    ended = typed("init", "--base-url", "http://127.0.0.1:1", "--yes")

    assert ended.code == 1
    assert "check base_url" in ended.said
    assert "the next run" not in ended.said
    assert files(folder) == []


def test_configuration_that_exists_is_left_as_it_is_unless_forced(crm):
    CONFIG.write_text("mine", encoding="utf-8")

    refused = init(crm)
    assert refused.code == 2
    assert "config.yaml exists and is left as it is" in refused.said
    assert CONFIG.read_text(encoding="utf-8") == "mine"

    forced = init(crm, "--force")
    assert forced.code == 0
    assert "kept config.yaml.bak" in forced.said
    assert Path("config.yaml.bak").read_text(encoding="utf-8") == "mine"
    assert load_config().account == "acme"


def test_mapping_that_exists_is_left_as_it_is_and_no_configuration_is_written(crm, folder):
    MAPPING.parent.mkdir()
    MAPPING.write_text("mine", encoding="utf-8")

    ended = init(crm)

    assert ended.code == 2
    assert "mappings/acme.yaml exists and is left as it is" in ended.said
    assert "choose another name with --account" in ended.said
    assert files(folder) == ["mappings/acme.yaml"]


def test_pipeline_that_the_crm_does_not_have_is_told_with_the_nearest(crm):
    init(crm)
    text = MAPPING.read_text(encoding="utf-8")
    MAPPING.write_text(text.replace("  default:", "  defualt:"), encoding="utf-8")

    ended = typed("check")

    assert ended.code == 3
    assert "stages.defualt" in ended.said
    assert 'did you mean default ("Sales")?' in ended.said


def test_typo_in_a_phase_is_told_with_its_line_and_the_nearest(crm):
    init(crm)
    text = MAPPING.read_text(encoding="utf-8")
    MAPPING.write_text(text.replace("contractsent: quote", "contractsent: qoute"), encoding="utf-8")
    number = text[: text.index("contractsent: quote")].count("\n") + 1

    ended = typed("check")

    assert ended.code == 3
    assert f'acme.yaml:{number}: stages.default.contractsent: "qoute"' in ended.said
    assert "did you mean quote?" in ended.said


def test_command_without_any_configuration_names_the_way_to_one(folder):
    ended = typed("check")

    assert ended.code == 3
    assert f"there is no config.yaml in {folder}: `toprelatie init` makes one" in ended.said


def test_variable_that_is_laid_over_the_file_is_named_in_its_fault(crm, monkeypatch):
    init(crm)
    monkeypatch.setenv("TOPRELATIE__SERVICE__PROT", "9000")

    ended = typed("runs")

    assert ended.code == 3
    assert "TOPRELATIE__SERVICE__PROT: service.prot: unknown key; did you mean port?" in ended.said


def test_seller_whom_nobody_knows_is_told_with_the_way_to_the_others(crm, account):
    forgotten = {"name": "Geheim 50", "hubspot_owner_id": "9"}  # not in the list of owners
    account.add_record("companies", "50", forgotten, at=BEGIN)
    init(crm)
    typed("sync", "--only", "pull")

    for report, seller in (("relations", "11"), ("sellers", "sanne")):
        ended = typed("report", report, "--seller", seller)
        assert ended.code == 2
        assert f"--seller '{seller}' is no seller of this account; did you mean 1?" in ended.said
        assert "toprelatie report relations --format csv" in ended.said

    assert typed("report", "sellers", "--seller", "1").code == 0
    assert typed("report", "relations", "--seller", "9").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--crm", "hubspot", "--folder", "export"), "--folder goes with --crm files"),
        (("--folder", "export", "--token-env", "KEY"), "--folder goes with --crm files"),
        (("--crm", "files", "--token-file", "key"), "--crm files reads a folder"),
        (("--token-env", "KEY", "--token-file", "key"), "two places of the key"),
    ],
)
def test_options_that_exclude_each_other_are_refused(tmp_path, words, says):
    config = tmp_path / "config.yaml"

    ended = typed("init", *words, "--yes", "--to", str(config))

    assert ended.code == 2
    assert says in ended.said
    assert not config.exists()
