"""Where the address of alerts comes from: a secret that is read anew for each message."""

from pathlib import Path

import pytest

from connector.ports import ConfigError
from jobs.config import Config, load_config, webhook_source

ADDRESS = "https://hooks.example/services/secret-path"


def config_of(tmp_path: Path, alerts: str) -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(f"account: acme\ncrm: {{kind: files, folder: export}}\nalerts: {alerts}\n")
    return load_config(file)


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
