"""The first files: whatever account they are made of, they load, and say where values come from."""

from dataclasses import replace
from pathlib import Path

import pytest

from connector.ports import ConfigError, PermanentCrmError
from connector.probe import CallLimit, Probe
from connector.sandbox import DEFAULT_SCOPES, Portal, Sandbox
from connector.sandbox.demo import demo_portal
from jobs.config import Config, load_config
from jobs.first_file import write_both
from jobs.init import (
    Answers,
    FirstFiles,
    Found,
    Source,
    first_files,
    language_for,
    look_at,
)
from jobs.wiring import clock
from mappings.load import load_mapping
from mappings.stages import read_stages
from tests.acceptance.small_account import STAGES, small_account

ANSWERS = Answers(account="acme", language="nl", timezone="Europe/Amsterdam")


def no_deals() -> Portal:
    return Portal(currency="USD", timezone="US/Eastern")


def odd() -> Portal:
    """Ids that YAML reads as something else, labels with quotes and Dutch ones, own properties."""
    portal = Portal()
    stages = [
        ("no", 'Wacht "even" # op\nantwoord', "0.2", False),
        ("012", "Offerte: 'aanvraag'", "0.5", False),
        ("1e3", "Beëindigd – verloren", "0.0", True),
        ("null", "Gewonnen", "1.0", True),
    ]
    portal.add_pipeline("0123", 'Renewals #2: "groot"', stages)
    portal.add_pipeline("yes", "", [("~", "{x}", "0.9", False)])
    choice = {"no": "Geen budget", "a: b": "Prijs", "#": 'Anders "x"'}
    portal.add_property("deals", "verlies_reden", "Reden verloren", "enumeration", "select", choice)
    portal.add_property("companies", "null", "Leveranciers", "string", "textarea")
    return portal


def demo() -> Portal:
    return demo_portal(today=clock().date(), companies=8)


def looked(portal: Portal, folder: Path, scopes: frozenset[str] = DEFAULT_SCOPES) -> Found:
    (folder / "token").write_text("sandbox-token", encoding="utf-8")
    with Sandbox(portal, limits=None, routes=(), scopes=scopes) as sandbox:
        return look_at(source_of(folder, sandbox.base_url))


def source_of(folder: Path, base_url: str) -> Source:
    return Source(kind="hubspot", base_url=base_url, token_file=folder / "token")


def written(found: Found, folder: Path, answers: Answers = ANSWERS) -> tuple[FirstFiles, Config]:
    source = source_of(folder, "http://127.0.0.1:8045")
    files = first_files(source, found, answers, config=folder / "new" / "config.yaml")
    assert write_both(files) == []
    return files, load_config(files.config)


@pytest.mark.parametrize("portal", [demo, odd, no_deals, small_account])
def test_files_of_any_account_load_and_leave_open_only_what_they_ask(portal, tmp_path):
    found = looked(portal(), tmp_path)

    files, config = written(found, tmp_path)

    mapping = load_mapping(config.mapping)
    asked = [text for _, text in files.suggestion.marked("open") if "which phase?" in text]
    reading = read_stages(mapping, found.description.stages)
    assert config.mapping == files.mapping
    assert len(reading.unmapped) == len(asked)
    assert reading.contradictions == ()


def test_configuration_holds_what_was_found_and_answered_and_defaults_else(tmp_path):
    found = looked(no_deals(), tmp_path)

    _, config = written(
        found, tmp_path, Answers(account="a.b", language="en", timezone="America/New_York")
    )

    folder = tmp_path / "new"
    assert config == Config(
        account="a.b",
        crm={  # as YAML gives it
            "kind": "hubspot",
            "base_url": "http://127.0.0.1:8045",
            "token_file": tmp_path / "token",
            "limits": {},
        },
        mapping=folder / "mappings/a.b.yaml",
        store=f"sqlite:///{folder}/toprelatie.db",
        reporting={"timezone": "America/New_York", "currency": "USD"},
        schedule={"timezone": "America/New_York"},
        write_back={"language": "en"},
    )


def test_limits_that_the_account_has_are_taken_over_and_documented_ones_are_not(tmp_path):
    description = looked(no_deals(), tmp_path).description
    limits = (
        CallLimit("calls", 10.0, 190, setting="crm.limits.general_per_10s"),
        CallLimit("associations", 10.0, 100, setting="crm.limits.associations_per_10s"),
        CallLimit("search", 1.0, 4, is_documented=True, setting="crm.limits.search_per_s"),
        CallLimit("day", None, 250_000),
    )

    found = Found(description, Probe(limits=limits))

    assert found.limits == {"general_per_10s": 190}
    _, config = written(found, tmp_path)
    assert config.crm.limits.general_per_10s == 190  # type: ignore[union-attr]


def test_defaults_come_from_the_account_where_it_tells_something_usable(tmp_path):
    usual = looked(no_deals(), tmp_path)
    odd_one = replace(
        usual.description, timezone="Nowhere/At-all", currency="eur", account_id="é /"
    )
    strange = Found(odd_one, Probe())

    assert (strange.timezone, strange.currency) == (None, None)
    assert strange.account("files") == "files--"
    assert (usual.timezone, usual.currency) == ("US/Eastern", "USD")
    assert usual.account("hubspot") == "hubspot-1234567"


def test_currency_that_the_crm_does_not_tell_is_said_to_be_a_guess(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "companies.csv").write_text("id,name\n1,Een\n", encoding="utf-8")
    (tmp_path / "export" / "pipelines.csv").write_text("pipeline_id,stage_id\n", encoding="utf-8")
    source = Source(kind="files", folder=tmp_path / "export")
    found = look_at(source)

    files = first_files(source, found, ANSWERS, config=tmp_path / "config.yaml")

    assert found.currency is None
    assert found.account("files") == "files-export"
    assert "currency: EUR  # of all amounts in results; the CRM does not tell" in files.config_text
    write_both(files)
    assert load_config(files.config).crm.folder == tmp_path / "export"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("zone", "language"),
    [("Europe/Amsterdam", "nl"), ("Europe/Brussels", "nl"), ("Europe/Berlin", "en")],
)
def test_language_follows_the_time_zone(zone, language):
    assert language_for(zone) == language


def test_fields_of_objects_that_may_not_be_read_keep_their_defaults(tmp_path):
    scopes = DEFAULT_SCOPES - {"crm.objects.deals.read", "crm.schemas.deals.read"}

    found = looked(small_account(), tmp_path, scopes)
    files, _ = written(found, tmp_path)

    assert found.description.stages == ()
    assert "deal:" not in files.suggestion.text


def test_refused_token_and_missing_one_are_faults_of_the_configuration(tmp_path, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="init: no token: environment variable HUBSPOT_TOKEN"):
        look_at(Source(kind="hubspot"))

    (tmp_path / "token").write_text("other-token", encoding="utf-8")
    with (
        Sandbox(no_deals(), limits=None, routes=()) as sandbox,
        pytest.raises(ConfigError, match="the token is not accepted"),
    ):
        look_at(source_of(tmp_path, sandbox.base_url))


def test_crm_out_of_reach_is_told_soon_and_does_not_promise_a_next_run(tmp_path):
    (tmp_path / "token").write_text("x", encoding="utf-8")

    with pytest.raises(PermanentCrmError, match="check base_url"):
        look_at(source_of(tmp_path, "http://127.0.0.1:1"))


def test_what_stood_there_is_kept_under_a_free_name(tmp_path):
    found = looked(no_deals(), tmp_path)
    source = source_of(tmp_path, "http://127.0.0.1:8045")
    files = first_files(source, found, ANSWERS, config=tmp_path / "config.yaml")
    files.config.write_text("mine", encoding="utf-8")
    (tmp_path / "config.yaml.bak").write_text("older", encoding="utf-8")

    kept = write_both(files)

    assert kept == [tmp_path / "config.yaml.bak2"]
    assert kept[0].read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "config.yaml.bak").read_text(encoding="utf-8") == "older"
    assert load_config(files.config).account == "acme"


def test_nothing_is_left_behind_when_one_of_the_files_cannot_be_written(tmp_path):
    found = looked(no_deals(), tmp_path)
    source = source_of(tmp_path, "http://127.0.0.1:8045")
    (tmp_path / "mappings").write_text("a file in the way", encoding="utf-8")
    files = first_files(source, found, ANSWERS, config=tmp_path / "config.yaml")

    with pytest.raises(ConfigError, match="cannot be written: file exists"):
        write_both(files)

    assert sorted(one.name for one in tmp_path.iterdir()) == ["mappings", "token"]


def test_stages_are_the_accounts_own(tmp_path):
    portal = no_deals()
    portal.add_pipeline("default", "Sales", STAGES)

    files, config = written(looked(portal, tmp_path), tmp_path)

    assert load_mapping(config.mapping).stages["default"]["contractsent"] == "quote"
    assert '    contractsent: quote  # "Contract sent": word "Contract"' in files.suggestion.text
