"""The configuration: defaults, paths, messages and fingerprint."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from connector.files.settings import FilesSettings
from connector.hubspot.settings import HubSpotSettings
from jobs.config import Config, load_config
from jobs.configuration import fingerprint_of, settings_of
from kpis.parameters import Parameters, WriteBack
from mappings.schema import Mapping
from mappings.texts import texts_digest
from mappings.yaml import FileFaultsError, load_document

TEXTS = texts_digest(None)

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"
NO_ZONE = "is no time zone; use a name such as"
NEEDS_CONSENT = (
    "mode self_and_manager needs works_council_consent, the day on which the works council agreed"
)
LEAST = "account: acme\ncrm: {kind: hubspot}\n"


def loaded(folder: Path, text: str = "") -> Config:
    file = folder / "config.yaml"
    file.write_text(LEAST + text, encoding="utf-8")
    return load_config(file)


def fingerprint(config: Config, mapping: Mapping, texts: str) -> str:
    return fingerprint_of(settings_of(config, mapping, texts))


def reported(folder: Path, text: str) -> list[str]:
    """Faults of lines that follow the least configuration, without the name of the file."""
    with pytest.raises(FileFaultsError) as caught:
        loaded(folder, text)
    return [line.partition("config.yaml:")[2] for line in str(caught.value).splitlines()]


def keys_of(model: type[BaseModel], data: Any, at: str = "") -> list[str]:
    """Keys of a model that the data lacks, sections within sections included."""
    lacking = [f"{at}{name}" for name in model.model_fields if name not in data]
    for name, field in model.model_fields.items():
        is_pair = isinstance(data.get(name), list)  # a horizon, written as two numbers
        if isinstance(field.default, BaseModel) and name in data and not is_pair:
            lacking += keys_of(type(field.default), data[name], f"{at}{name}.")
    return lacking


def test_example_holds_every_default_and_no_other():
    example = load_config(EXAMPLE)

    assert example == Config(
        account="acme",
        crm=HubSpotSettings(kind="hubspot"),
        mapping=EXAMPLE.parent / "mappings/hubspot.yaml",
        store=f"sqlite:///{EXAMPLE.parent}/toprelatie.db",
    )


def test_example_holds_every_key_of_every_section():
    data: Any = load_document(EXAMPLE).data

    assert keys_of(Config, data) == []
    assert keys_of(HubSpotSettings, data["crm"]) == []
    for name in FilesSettings.model_fields:
        assert f"#   {name}: " in EXAMPLE.read_text(encoding="utf-8")


def test_mapping_of_the_example_exists():
    assert load_config(EXAMPLE).mapping.is_file()


def test_config_needs_account_and_crm_alone(tmp_path):
    config = loaded(tmp_path)

    assert config.account == "acme"
    assert config.crm == HubSpotSettings(kind="hubspot")
    assert config.write_back.enabled is True
    assert config.write_back.objects == ("companies", "deals", "contacts")
    assert config.schedule.expressions() == {
        "sync": "*/15 * * * *",
        "associations": "0 4 * * *",
        "full": "30 3 * * sun",
    }
    assert (config.service.host, config.service.port) == ("127.0.0.1", 8044)
    assert config.activities.since is None
    assert config.seller_metrics.mode == "self"


def test_relative_paths_count_from_the_folder_of_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    (tmp_path / "config.yaml").write_text(
        "account: acme\ncrm: {kind: hubspot, token_file: secret/token}\nmapping: own.yaml\n",
        encoding="utf-8",
    )

    config = load_config(tmp_path / "config.yaml")

    assert config.mapping == tmp_path / "own.yaml"
    assert config.store == f"sqlite:///{tmp_path}/toprelatie.db"
    assert isinstance(config.crm, HubSpotSettings)
    assert config.crm.token_file == tmp_path / "secret/token"


def test_absolute_paths_and_other_stores_stay_as_they_are(tmp_path):
    config = loaded(tmp_path, "mapping: /etc/m.yaml\nstore: sqlite:////var/lib/t.db\n")
    assert config.mapping == Path("/etc/m.yaml")
    assert config.store == "sqlite:////var/lib/t.db"

    on_server = loaded(tmp_path, "store: postgresql+psycopg://svc@db:5432/toprelatie\n")
    assert on_server.store == "postgresql+psycopg://svc@db:5432/toprelatie"


def test_a_folder_of_files_is_a_crm_too(tmp_path):
    (tmp_path / "config.yaml").write_text(
        "account: acme\ncrm: {kind: files, folder: export}\n", encoding="utf-8"
    )

    config = load_config(tmp_path / "config.yaml")

    assert isinstance(config.crm, FilesSettings)
    assert config.crm.folder == tmp_path / "export"
    assert config.crm.output is None


def test_config_is_found_by_the_variable_and_else_beside_the_caller(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("account: here\ncrm: {kind: hubspot}", encoding="utf-8")
    (tmp_path / "other.yaml").write_text("account: there\ncrm: {kind: hubspot}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    monkeypatch.delenv("TOPRELATIE_CONFIG", raising=False)
    assert load_config().account == "here"

    monkeypatch.setenv("TOPRELATIE_CONFIG", str(tmp_path / "other.yaml"))
    assert load_config().account == "there"
    assert load_config(tmp_path / "config.yaml").account == "here"

    monkeypatch.setenv("TOPRELATIE_CONFIG", "")
    assert load_config().account == "here"


def test_parameters_are_those_of_the_method_alone(tmp_path):
    config = loaded(
        tmp_path,
        "write_back: {enabled: false, prefix: acme_, language: en}\nphase: {lapse: 200}\n"
        "potential: {margin_rate: 0.10}\nreporting: {rates: {USD: [[2026-01-01, 0.92]]}}\n",
    )

    parameters = config.parameters

    assert type(parameters) is Parameters
    assert type(parameters.write_back) is WriteBack
    assert parameters.write_back == WriteBack(prefix="acme_", language="en")
    assert parameters.phase.lapse == 200
    assert parameters.potential.margin_rate == Decimal("0.10")
    assert parameters.reporting.rates == {"USD": ((date(2026, 1, 1), Decimal("0.92")),)}


def test_off_is_a_word_and_not_false(tmp_path):
    assert loaded(tmp_path, "seller_metrics: {mode: off}").seller_metrics.mode == "off"


def test_managers_see_sellers_only_with_the_day_of_the_consent(tmp_path):
    assert reported(tmp_path, "seller_metrics: {mode: self_and_manager}") == [
        f"3: seller_metrics: {NEEDS_CONSENT}"
    ]

    consented = loaded(
        tmp_path,
        "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-31}",
    )
    assert consented.seller_metrics.works_council_consent == date(2026, 1, 31)


def test_a_job_is_left_out_of_the_schedule_by_null(tmp_path):
    schedule = loaded(tmp_path, "schedule: {full: null, associations: ~}").schedule

    assert schedule.expressions() == {"sync": "*/15 * * * *"}


@pytest.mark.parametrize(
    "cron", ["0 6-20/2 * * mon-fri", "5,35 * * * *", "0 4 1 jan *", "0 0 * * sat,sun"]
)
def test_a_cron_expression_of_five_fields_is_accepted(tmp_path, cron):
    assert loaded(tmp_path, f'schedule: {{sync: "{cron}"}}').schedule.sync == cron


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("0 4 * *", '"0 4 * *" has 4 fields, not 5: minute hour day month weekday'),
        ("0 0 4 * * *", '"0 0 4 * * *" has 6 fields, not 5: minute hour day month weekday'),
        (
            "30 3 * * 0",
            '"30 3 * * 0" counts weekdays; use names: mon, tue, wed, thu, fri, sat, sun',
        ),
        (
            "30 3 * * mon,5",
            '"30 3 * * mon,5" counts weekdays; use names: mon, tue, wed, thu, fri, sat, sun',
        ),
        (
            "x 3 * * sun",
            '"x 3 * * sun" is no cron expression: Unrecognized expression "x" for field "minute"',
        ),
    ],
)
def test_a_cron_expression_that_would_surprise_is_refused(tmp_path, cron, message):
    assert reported(tmp_path, f'schedule:\n  full: "{cron}"') == [f"4: schedule.full: {message}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "schedule: {timezone: Europe/Amsterdm}",
            f'3: schedule.timezone: "Europe/Amsterdm" {NO_ZONE} Europe/Amsterdam',
        ),
        (
            "reporting: {timezone: CEST+1}",
            f'3: reporting: "CEST+1" {NO_ZONE} Europe/Amsterdam',
        ),
        (
            "store: postgresql+psycopg://svc:hunter2@db/t",
            "3: store: holds a password; take it out and set PGPASSWORD or use ~/.pgpass",
        ),
        (
            "store: postgres://svc:hunter2@db/t",
            "3: store: must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE",
        ),
        (
            "store: 'sqlite:///'",
            "3: store: must be sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE",
        ),
        ("write_back: {objects: [deals, deals]}", "3: write_back.objects: names an object twice"),
        (
            "write_back: {objects: [deal]}",
            '3: write_back.objects.0: "deal" is not allowed; use one of companies, contacts, deals',
        ),
        ("write_back: {enable: no}", "3: write_back.enable: unknown key; did you mean enabled?"),
        ("service: {port: 0}", "3: service.port: 0 must be greater than or equal to 1"),
        (
            "activities: {since: 2025}",
            "3: activities.since: 2025 must be a day, such as 2026-01-31",
        ),
        (
            "universe: {own_company_ids: [123]}",
            "3: universe.own_company_ids.0: 123 must be text; quote it",
        ),
        (
            "token: pat-eu1-secret",
            f"3: token: unknown key; use one of {', '.join(Config.model_fields)}",
        ),
        (
            "write_back: {objects: []}",
            "3: write_back.objects: names no object; write enabled: false to write nothing",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_line_path_and_remedy(tmp_path, text, expected):
    assert reported(tmp_path, text) == [expected]


def test_every_fault_of_the_configuration_is_reported_at_once(tmp_path):
    (tmp_path / "config.yaml").write_text(
        "account: a/b\ncrm: {kind: hubspot, page_size: 500, token: pat-secret}\n"
        "phase: {laps: 3}\nphase: {}\nreporting: {currency: euro}\n",
        encoding="utf-8",
    )

    with pytest.raises(FileFaultsError) as caught:
        load_config(tmp_path / "config.yaml")

    assert [(fault.line, fault.path) for fault in caught.value.faults] == [
        (1, ("account",)),
        (2, ("crm", "page_size")),
        (2, ("crm", "token")),
        (3, ("phase", "laps")),
        (4, ("phase",)),
        (5, ("reporting", "currency")),
    ]
    assert "pat-secret" not in str(caught.value)


def test_a_missing_configuration_is_named(tmp_path):
    with pytest.raises(FileFaultsError, match=r"config\.yaml:1: cannot be read: no such file"):
        load_config(tmp_path / "config.yaml")


def test_fingerprint_is_the_same_for_equal_settings_wherever_they_lie(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = loaded(tmp_path / "a", "top_relation: {exit: 0.850}\nschedule: {full: null}\n")
    other = loaded(tmp_path / "b", "service: {port: 9000}\n")

    assert fingerprint(one, Mapping(), TEXTS) == fingerprint(other, Mapping(), TEXTS)
    assert len(fingerprint(one, Mapping(), TEXTS)) == 64


def test_fingerprint_changes_with_parameters_write_back_and_mapping(tmp_path):
    mapped = Mapping.model_validate({"stages": {"default": {"contractsent": "interest"}}})
    prints = {
        fingerprint(loaded(tmp_path), Mapping(), TEXTS),
        fingerprint(loaded(tmp_path), mapped, TEXTS),
        fingerprint(loaded(tmp_path, "top_relation: {exit: 0.86}"), Mapping(), TEXTS),
        fingerprint(loaded(tmp_path, "write_back: {enabled: false}"), Mapping(), TEXTS),
        fingerprint(loaded(tmp_path, "activities: {since: 2025-01-01}"), Mapping(), TEXTS),
    }

    assert len(prints) == 5
