"""Where secrets come from: token and address of alerts, read anew each time and never repeated."""

from pathlib import Path

import pytest

from connector.ports import ConfigError
from jobs.config import Config, load_config, token_source, webhook_source
from mappings.yaml import FileFaultsError

ADDRESS = "https://hooks.example/services/secret-path"


def config_of(tmp_path: Path, alerts: str) -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(f"account: acme\ncrm: {{kind: files, folder: export}}\nalerts: {alerts}\n")
    return load_config(file)


def token_config(tmp_path: Path, more: str = "") -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(f"account: acme\ncrm: {{kind: hubspot{more}}}\n")
    return load_config(file)


# the address of alerts


def test_there_is_no_address_where_none_is_named(tmp_path):
    assert webhook_source(config_of(tmp_path, "{}")) is None


def test_address_lies_in_a_file_beside_the_configuration_and_is_read_anew(tmp_path):
    source = webhook_source(config_of(tmp_path, "{webhook_file: webhook}"))
    assert source is not None
    (tmp_path / "webhook").write_text(f"{ADDRESS}/1\n")
    first = source()
    (tmp_path / "webhook").write_text(f"{ADDRESS}/2\n")

    assert first.get_secret_value() == f"{ADDRESS}/1"
    assert source().get_secret_value() == f"{ADDRESS}/2"
    assert ADDRESS not in str(first)


def test_address_comes_from_the_variable_that_is_named(tmp_path, monkeypatch):
    source = webhook_source(config_of(tmp_path, "{webhook_env: ACME_WEBHOOK}"))
    assert source is not None
    monkeypatch.setenv("ACME_WEBHOOK", ADDRESS)

    assert source().get_secret_value() == ADDRESS


@pytest.mark.parametrize("setting", ["webhook_env", "webhook_file"])
def test_address_that_stands_in_the_configuration_itself_is_refused_and_not_repeated(
    tmp_path, setting
):
    with pytest.raises(FileFaultsError, match=f"alerts.{setting}: must name the ") as caught:
        config_of(tmp_path, f'{{{setting}: "{ADDRESS}"}}')

    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize(
    ("alerts", "content", "told"),
    [
        ("{webhook_env: ACME_WEBHOOK}", None, "environment variable ACME_WEBHOOK is missing"),
        ("{webhook_file: webhook}", None, "cannot be read: no such file"),
        ("{webhook_file: webhook}", "  \n", "is missing or empty: fill it"),
        ("{webhook_file: webhook}", f"{ADDRESS} {ADDRESS}", "holds more than one word"),
    ],
)
def test_address_that_is_none_is_told_without_what_was_found(tmp_path, alerts, content, told):
    source = webhook_source(config_of(tmp_path, alerts))
    assert source is not None
    if content is not None:
        (tmp_path / "webhook").write_text(content)

    with pytest.raises(ConfigError, match="acme: no webhook address: ") as caught:
        source()

    assert told in str(caught.value)
    assert "secret-path" not in str(caught.value)


# the token of the CRM


def test_token_is_read_from_the_environment_anew_each_time(tmp_path, monkeypatch):
    config = token_config(tmp_path)
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-1\n")
    read = token_source(config)
    assert read().get_secret_value() == "pat-1"

    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-2")

    assert read().get_secret_value() == "pat-2"
    assert "pat-2" not in f"{read()!r} {config!r}"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("token_env", "token_env must name an environment variable, not hold the token"),
        ("token_file", "token_file must name a file, not hold the token"),
    ],
)
def test_a_token_in_the_place_of_its_name_is_refused_and_not_repeated(tmp_path, setting, told):
    file = tmp_path / "config.yaml"
    file.write_text(f"account: a\ncrm: {{kind: hubspot, {setting}: pat-eu1-x}}\n", encoding="utf-8")

    with pytest.raises(FileFaultsError) as caught:
        load_config(file)

    assert str(caught.value) == f"{file}:2: crm: {told}"


def test_file_that_is_there_may_be_named_as_tokens_begin(tmp_path):
    (tmp_path / "pat-acme").write_text("pat-1")

    read = token_source(token_config(tmp_path, ", token_file: pat-acme"))
    assert read().get_secret_value() == "pat-1"


def test_token_is_read_from_the_file_anew_each_time(tmp_path, monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-env")
    read = token_source(token_config(tmp_path, ", token_file: token"))
    (tmp_path / "token").write_text("pat-1\r\n", encoding="utf-8")
    assert read().get_secret_value() == "pat-1"

    (tmp_path / "token").write_text("pat-2", encoding="utf-8")

    assert read().get_secret_value() == "pat-2"


def test_a_missing_token_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN", raising=False)

    with pytest.raises(ConfigError) as caught:
        token_source(token_config(tmp_path))()

    assert str(caught.value) == (
        "acme: no token: environment variable HUBSPOT_TOKEN is missing or empty: fill it"
    )


def test_a_missing_or_empty_token_file_is_named(tmp_path):
    read = token_source(token_config(tmp_path, ", token_file: token"))
    with pytest.raises(ConfigError) as caught:
        read()
    assert str(caught.value) == (
        f"acme: no token: file {tmp_path}/token cannot be read: no such file or directory: "
        "mend crm.token_file"
    )

    (tmp_path / "token").write_text(" \n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read()
    assert str(caught.value) == (
        f"acme: no token: file {tmp_path}/token is missing or empty: fill it"
    )


@pytest.mark.parametrize("text", ["pat-secret\npat-other", "token: pat-secret", "pat-s\u00e9cret"])
def test_what_is_no_single_word_is_no_token_and_is_not_repeated(tmp_path, text):
    (tmp_path / "token").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        token_source(token_config(tmp_path, ", token_file: token"))()

    assert str(caught.value) == (
        f"acme: no token: file {tmp_path}/token holds more than one word: write the token alone"
    )
