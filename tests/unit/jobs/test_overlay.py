"""Settings from the environment: laid over the file, checked with it, told by their own names."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.ports import ConfigError
from jobs.config import Config, load_config
from mappings.yaml import FileFaultsError

LEAST = "account: acme\ncrm: {kind: hubspot}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(LEAST + "service: {port: 9000}\n", encoding="utf-8")
    return path


@pytest.fixture
def under(file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the file under variables, each without its beginning."""

    def load(**variables: str) -> Config:
        for name, text in variables.items():
            monkeypatch.setenv(f"TOPRELATIE__{name}", text)
        return load_config(file)

    return load


def faults(load: Any, **variables: str) -> list[str]:
    with pytest.raises(FileFaultsError) as caught:
        load(**variables)
    return [str(fault).removeprefix("TOPRELATIE__") for fault in caught.value.faults]


def test_variable_sets_what_the_file_says_otherwise_or_not_at_all(under):
    config = under(SERVICE__PORT="8000", SERVICE__HOST="10.0.0.1", STORE="sqlite:////x/y.db")

    assert (config.service.port, config.service.host) == (8000, "10.0.0.1")
    assert config.store == "sqlite:////x/y.db"


def test_relative_path_counts_from_the_folder_of_the_file(under, file):
    config = under(CRM__TOKEN_FILE="secret/token", MAPPING="m.yaml")

    assert config.crm.token_file == file.parent / "secret/token"
    assert config.mapping == file.parent / "m.yaml"


def test_value_is_read_as_yaml(under):
    config = under(
        WRITE_BACK__OBJECTS="[deals]",
        WRITE_BACK__CHANGE_LIMIT="0.5",
        WRITE_BACK__ENABLED="false",
        SCHEDULE__FULL="null",
        REPORTING__RATES="{USD: [[2026-01-01, 0.92]]}",
    )

    assert config.write_back.objects == ("deals",)
    assert config.write_back.change_limit == Decimal("0.5")
    assert config.write_back.enabled is False
    assert config.schedule.full is None
    assert config.reporting.rates["USD"][0][1] == Decimal("0.92")


@pytest.mark.parametrize("text", ["012", "1e3", "2026-01-01", "true", "0x1F", "a: b", "a #1"])
def test_text_stays_as_it_is_where_the_setting_wants_text(under, text):
    assert under(CRM__APP_ID=text).crm.app_id == text


def test_text_in_a_list_stays_as_it_is(under):
    assert under(UNIVERSE__OWN_COMPANY_IDS='[012, "34", 5]').universe.own_company_ids == (
        "012",
        "34",
        "5",
    )


def test_text_in_a_group_of_keys_stays_as_it_is(under):
    assert under(CRM="{kind: hubspot, app_id: 0123}").crm.app_id == "0123"


@pytest.mark.parametrize(
    ("text", "read"),
    [('"12"', "12"), ("'x #1'", "x #1"), ("#12", "#12"), ("*x", "*x"), ("!a b", "!a b")],
)
def test_quotes_are_those_of_yaml_and_what_is_no_yaml_is_text(under, text, read):
    assert under(CRM__APP_ID=text).crm.app_id == read


def test_cron_expression_needs_no_quotes(under):
    assert under(SCHEDULE__SYNC="*/5 * * * *").schedule.sync == "*/5 * * * *"


def test_empty_variable_is_one_that_is_not_set(under):
    assert under(SERVICE__PORT="", STORE=" ").service.port == 9000


def test_group_is_set_before_what_stands_in_it(under, tmp_path):
    config = under(CRM="{kind: files, folder: export}", CRM__OUTPUT="out")

    assert config.crm.folder == tmp_path / "export"
    assert config.crm.output == tmp_path / "out"


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("SERVICE__PORT", "abc", 'service.port: "abc" must be a whole number'),
        ("SERVICE__PORT", "0", "service.port: 0 must be greater than or equal to 1"),
        ("SERVICE__HOTS", "x", "service.hots: unknown key; did you mean host?"),
        ("CRM__TOKEN", "pat-x", "crm.token: unknown key; did you mean token_env?"),
        ("ACCOUNT__X", "a", "account.x: lies in what is no group of keys; set the whole of that"),
        (
            "CRM__KIND__X",
            "a",
            "crm.kind.x: lies in what is no group of keys; set the whole of that",
        ),
        ("CRM__KIND__X__Y", "a", "crm.kind.x.y: lies in what is no group of keys; set the whole"),
        (
            "POTENTIAL",
            "{margin_rate: 1, margin_rate: 0}",
            "potential.margin_rate: stands here a second time; the first is in line 1",
        ),
        ("SCHEDULE__TIMEZONE", "Mars", 'schedule.timezone: "Mars" is no time zone; use a name'),
        ("WRITE_BACK__OBJECTS", "[deal", 'write_back.objects: "[deal" must be a list'),
        ("WRITE_BACK__OBJECTS__0", "x", "write_back.objects: a group of keys must be a list"),
        ("CRM", "{kind: hubspot, app_id: [1]}", "crm.app_id: a list must be text"),
        ("REPORTING__CURRENCY", "null", "reporting.currency: null must be text"),
    ],
)
def test_fault_of_a_variable_is_told_by_its_name(under, name, text, fault):
    found = faults(under, **{name: text})

    assert len(found) == 1
    assert found[0].startswith(f"{name}: {fault}")
    assert "pat-x" not in found[0]


def test_secret_in_the_place_of_its_variable_is_not_repeated(under):
    found = faults(under, CRM__TOKEN_ENV="pat-eu1-x")

    assert found[0].endswith(
        "config.yaml:2: crm: token_env must name an environment variable, not hold the token "
        "(see TOPRELATIE__CRM__TOKEN_ENV too)"
    )
    assert "pat-eu1" not in found[0]


def test_faults_of_the_file_and_of_variables_come_together(under, file):
    file.write_text(LEAST + "service: {port: x}\nservice: {}\n", encoding="utf-8")

    found = faults(under, ALERTS__STALE_AFTER_HOURS="0")

    assert [one.rpartition("/")[2].partition(" ")[0] for one in found] == [
        "ALERTS__STALE_AFTER_HOURS:",
        "config.yaml:3:",
        "config.yaml:4:",
    ]


def test_number_in_the_file_stays_a_fault_of_the_file(under, file):
    file.write_text("account: 12\ncrm: {kind: hubspot}\n", encoding="utf-8")

    assert faults(under, SERVICE__PORT="8000")[0].endswith("1: account: 12 must be text; quote it")


def test_other_variables_are_none_of_ours(under, monkeypatch):
    monkeypatch.setenv("TOPRELATIE_SERVICE_PORT", "1")
    monkeypatch.setenv("XTOPRELATIE__SERVICE__PORT", "1")

    assert under().service.port == 9000


def test_no_configuration_at_all_is_told_with_what_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOPRELATIE_CONFIG", raising=False)

    with pytest.raises(ConfigError) as caught:
        load_config()

    assert str(caught.value) == (
        "no configuration: $TOPRELATIE_CONFIG is not set, and there is no config.yaml in "
        f"{tmp_path}: `toprelatie init` makes one; or name yours with --config or "
        "TOPRELATIE_CONFIG"
    )


def test_configuration_that_the_variable_names_and_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TOPRELATIE_CONFIG", "no/such.yaml")

    with pytest.raises(ConfigError) as caught:
        load_config()

    assert str(caught.value).startswith(
        "no configuration: $TOPRELATIE_CONFIG names no/such.yaml, which is not there: "
        "`toprelatie init` makes one"
    )
