"""Changed settings come into force without a restart, and faulty ones do not."""

from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from jobs.reload import Keeper
from tests.acceptance.workplace import Workplace

STAGES = "stages: {default: {contractsent: interest}}\n"


@pytest.fixture(autouse=True)
def all_levels():
    """Events of every level, whatever a command before has set."""
    structlog.reset_defaults()


@pytest.fixture
def place(tmp_path) -> Workplace:
    return Workplace(tmp_path, "http://127.0.0.1:9")  # nothing here makes a call


@pytest.fixture
def keeper(place):
    with place.opened() as wiring:
        yield Keeper(wiring, place.config)


def events_of(keeper: Keeper) -> list[MutableMapping[str, Any]]:
    with capture_logs() as events:
        keeper.look()
    return events


def add(place: Workplace, text: str) -> None:
    place.config.write_text(place.config.read_text() + text)


def test_unchanged_files_change_nothing_and_say_nothing(keeper):
    before = keeper.wiring

    assert events_of(keeper) == []
    assert keeper.wiring is before


def test_remark_in_a_file_changes_nothing_and_says_nothing(place, keeper):
    before = keeper.wiring
    add(place, "# a remark\n")

    assert events_of(keeper) == []
    assert keeper.wiring is before


def test_changed_mapping_is_in_force_on_the_same_store_and_the_same_adapter(place, keeper):
    before = keeper.wiring
    place.mapping.write_text(f"crm: hubspot\n{STAGES}")

    (event,) = events_of(keeper)

    after = keeper.wiring
    assert event["event"] == "configuration.loaded"
    assert event["fingerprint"] == after.fingerprint != before.fingerprint
    assert after.mapping.stages["default"]["contractsent"] == "interest"
    assert after.crm is before.crm
    assert after.store is before.store
    assert before.mapping.stages["default"]["contractsent"] == "quote"


@pytest.mark.parametrize(
    ("config", "mapping"),
    [
        ("activities: {since: 2026-01-01}\n", ""),
        ("write_back: {prefix: abc_}\n", ""),
        ("", "fields: {company: {segment: branche}}\n"),
    ],
)
def test_adapter_is_made_anew_when_it_would_ask_for_something_else(place, keeper, config, mapping):
    before = keeper.wiring
    add(place, config)
    place.mapping.write_text(f"crm: hubspot\n{mapping}")
    keeper.look()

    assert keeper.wiring.crm is not before.crm


def test_adapter_stays_when_only_results_or_times_differ(place, keeper):
    before = keeper.wiring
    add(place, "schedule: {sync: '0 5 * * *'}\nphase: {stale_deal: 90}\n")
    (event,) = events_of(keeper)

    assert keeper.wiring.crm is before.crm
    assert event["sections"] == ["phase", "schedule"]
    assert event["changed"] == ["phase.stale_deal"]
    assert keeper.wiring.parameters.phase.stale_deal == 90
    assert keeper.wiring.config.schedule.sync == "0 5 * * *"


def test_changed_texts_are_in_force(place, keeper):
    texts = place.folder / "texts.yaml"
    texts.write_text("options: {phase: {quote: {nl: Voorstel}}}\n")
    add(place, "texts: texts.yaml\n")
    keeper.look()
    first = keeper.wiring.texts.options["phase"]["quote"].nl
    texts.write_text("options: {phase: {quote: {nl: Aanbod}}}\n")
    keeper.look()

    assert (first, keeper.wiring.texts.options["phase"]["quote"].nl) == ("Voorstel", "Aanbod")


def test_faulty_files_leave_the_last_good_ones_in_force_and_tell_every_fault_each_time(
    place, keeper
):
    before = keeper.wiring
    place.mapping.write_text(
        "crm: hubspot\nstages: {default: {contractsent: qoute, closedwon: x}}\n"
    )

    (first,) = events_of(keeper)
    (second,) = events_of(keeper)

    assert keeper.wiring is before
    assert first["event"] == second["event"] == "configuration.faulty"
    assert first["log_level"] == "error"
    assert len(first["faults"]) == len(keeper.faults) == 2
    assert "mapping.yaml:2: stages.default.contractsent" in first["faults"][0]


def test_mended_files_are_in_force_and_the_end_of_the_fault_is_told(place, keeper):
    place.mapping.write_text("crm: hubspot\nstages: {default: {contractsent: qoute}}\n")
    keeper.look()
    place.mapping.write_text(f"crm: hubspot\n{STAGES}")

    events = events_of(keeper)

    assert [one["event"] for one in events] == ["configuration.loaded", "configuration.mended"]
    assert keeper.faults == ()
    assert keeper.wiring.mapping.stages["default"]["contractsent"] == "interest"


def test_file_that_is_away_for_a_moment_leaves_the_last_good_one_in_force(place, keeper):
    before, text = keeper.wiring, place.config.read_text()
    place.config.unlink()
    (event,) = events_of(keeper)
    place.config.write_text(text)

    assert "cannot be read" in event["faults"][0]
    assert [one["event"] for one in events_of(keeper)] == ["configuration.mended"]
    assert keeper.wiring is before


def test_faulty_mapping_that_a_new_configuration_names_is_looked_at_until_it_is_mended(
    place, keeper
):
    other = place.folder / "other.yaml"
    other.write_text("crm: hubspot\nstages: {default: {contractsent: qoute}}\n")
    add(place, "# other\n")
    place.config.write_text(place.config.read_text().replace(str(place.mapping), str(other)))
    keeper.look()
    was_faulty = bool(keeper.faults)
    other.write_text(f"crm: hubspot\n{STAGES}")
    keeper.look()

    assert was_faulty
    assert keeper.wiring.config.mapping == other


@pytest.mark.parametrize("setting", ["account", "store"])
def test_another_account_or_store_waits_for_a_restart_with_all_that_came_with_it(
    place, keeper, setting
):
    before = keeper.wiring
    text = place.config.read_text()
    text = text.replace("account: acme", "account: other") if setting == "account" else text
    text = text.replace("store.db", "other.db") if setting == "store" else text
    place.config.write_text(text + "phase: {stale_deal: 90}\n")

    (event,) = events_of(keeper)

    assert (event["event"], event["settings"]) == ("configuration.needs_restart", [setting])
    assert events_of(keeper) == []
    assert keeper.wiring is before
    assert keeper.waiting == (setting,)


def test_other_address_of_the_pages_waits_for_a_restart_and_the_rest_is_in_force(place, keeper):
    add(place, "service: {port: 9001}\nphase: {stale_deal: 90}\n")

    events = events_of(keeper)

    assert [one["event"] for one in events] == [
        "configuration.needs_restart",
        "configuration.loaded",
    ]
    assert keeper.wiring.config.service.port == 8044
    assert keeper.wiring.parameters.phase.stale_deal == 90
    assert events_of(keeper) == []


def test_setting_that_waited_and_was_taken_back_waits_no_more(place, keeper):
    text = place.config.read_text()
    add(place, "service: {port: 9001}\n")
    keeper.look()
    place.config.write_text(text)
    keeper.look()

    assert keeper.waiting == ()
