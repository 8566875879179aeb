"""The settings of an account as lines: paths, equal values, what changed, and no secret."""

from datetime import date
from pathlib import Path

import pytest

from jobs.config import Config, load_config
from jobs.configuration import (
    Changed,
    SettingsChange,
    SettingsDay,
    changes_against,
    changes_between,
    fingerprint_of,
    settings_of,
    told,
)
from mappings.load import load_mapping
from mappings.schema import Mapping
from mappings.texts import texts_digest
from store.store import Store

LEAST = "account: acme\ncrm: {kind: hubspot, token_env: HUBSPOT_TOKEN}\n"
TEXTS = texts_digest(None)
SHIPPED = Path(__file__).parents[3] / "mappings" / "hubspot.yaml"


def loaded(folder: Path, text: str = "") -> Config:
    file = folder / "config.yaml"
    file.write_text(LEAST + text, encoding="utf-8")
    return load_config(file)


def lines(folder: Path, text: str = "", mapping: Mapping | None = None) -> dict[str, str]:
    return settings_of(loaded(folder, text), mapping or Mapping(), TEXTS)


@pytest.fixture
def shipped() -> Mapping:
    return load_mapping(SHIPPED, prefix="csk_")


def test_setting_stands_under_the_path_that_its_file_gives_it(tmp_path, shipped):
    found = lines(tmp_path, "top_relation: {exit: 0.80}\n", shipped)

    assert found["top_relation.exit"] == "0.8"
    assert found["stages.default.qualifiedtobuy"] == "interest"
    assert found["write_back.objects"] == '["companies", "deals", "contacts"]'
    assert found["write_back.days_in_phase"] == "false"
    assert found["activities.since"] == "null"
    assert found["fields.company.pains"] == "csk_pains"


def test_default_stands_among_the_settings_so_that_an_upgrade_shows(tmp_path):
    found = lines(tmp_path)

    assert found["write_back.change_limit"] == "0.3"
    assert found["write_back.language"] == "nl"


def test_what_changes_no_result_is_no_setting(tmp_path):
    found = lines(tmp_path, "schedule: {full: null}\nservice: {port: 9000}\n")

    begins = {path.split(".")[0] for path in found}
    assert begins.isdisjoint({"schedule", "service", "store", "mapping", "alerts"})


def test_mapping_and_configuration_share_no_path(tmp_path, shipped):
    config = loaded(tmp_path)
    own = {f"{section}." for section in config.model_dump(exclude={"activities"})}

    assert not [path for path in shipped.model_dump(exclude={"crm"}) if f"{path}." in own]
    assert "since" not in shipped.activities.model_dump()


def test_key_with_a_dot_is_quoted_so_that_no_two_paths_are_one(tmp_path):
    one = Mapping.model_validate({"stages": {"a.b": {"c": "quote"}}})

    assert lines(tmp_path, "", one)['stages."a.b".c'] == "quote"


def test_fingerprint_is_that_of_the_lines_alone(tmp_path):
    once, again = lines(tmp_path), lines(tmp_path)
    other = once | {"top_relation.exit": "0.1"}

    assert fingerprint_of(once) == fingerprint_of(dict(reversed(again.items())))
    assert fingerprint_of(other) != fingerprint_of(once)


def test_changes_name_path_before_and_after_in_the_order_of_paths():
    old = {"a": "1", "b": "2", "c": "3"}
    new = {"b": "2", "c": "4", "d": "5"}

    assert changes_between(old, new) == [
        Changed("a", "1", None),
        Changed("c", "3", "4"),
        Changed("d", None, "5"),
    ]
    assert changes_between(old, old) == []


def test_nothing_is_known_to_have_changed_since_settings_that_are_not_known(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    store.save_configuration("new", {"a": "1"})
    store.save_configuration("old", {"a": "2"})

    assert changes_against(store, 4, "lost", "new") == SettingsChange()
    assert changes_against(store, 4, "new", "new") == SettingsChange(4)
    assert changes_against(store, 4, "old", "new") == SettingsChange(4, [Changed("a", "2", "1")])
    store.close()


def test_change_is_told_with_what_was_not_there():
    assert told(Changed("stages.default.new", None, "quote")) == (
        "stages.default.new: (none) → quote"
    )


def test_other_texts_show_as_one_changed_setting(tmp_path):
    config = loaded(tmp_path)

    [changed] = changes_between(
        settings_of(config, Mapping(), "a" * 64), settings_of(config, Mapping(), "b" * 64)
    )
    assert changed == Changed("texts", "digest " + "a" * 16, "digest " + "b" * 16)


def test_no_secret_is_among_the_settings(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("very-secret-token", encoding="utf-8")
    monkeypatch.setenv("HUBSPOT_TOKEN", "very-secret-token")
    hook = "alerts: {webhook_env: HOOK}\n"
    monkeypatch.setenv("HOOK", "https://hooks.example/very-secret-token")

    told_of = repr(lines(tmp_path, hook))

    assert "very-secret-token" not in told_of
    assert "HOOK" not in told_of


def test_day_of_other_settings_says_which_command_tells_more():
    assert SettingsDay(date(2026, 11, 2), 41).where == "toprelatie runs show 41"
    assert SettingsDay(date(2026, 11, 2), None).where == "toprelatie runs"
