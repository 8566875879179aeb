"""Set-up run again: words of our own properties follow language and texts, nothing else does."""

import pytest
from typer.testing import CliRunner

from console.cli import app
from tests.acceptance.front_door import run

PHASE = "csk_buying_phase"
ALL = 67
"""Properties of spec 7 without the days in the phase, which are off unless asked for."""


def configure(place, text: str) -> None:
    place.config.write_text(place.config.read_text() + text)


def answered(place, answer: str, *words: str):
    """Set-up as a person runs it at a terminal, who gives this answer to its question."""
    return CliRunner().invoke(app, ["setup", *words, "--config", str(place.config)], input=answer)


def words_of(account, name: str = PHASE) -> tuple[str, str, dict[str, str]]:
    found = account.properties["companies"][name]
    options = {one["value"]: one["label"] for one in found["options"]}
    return found["label"], found["description"], options


@pytest.fixture
def english(shop):
    configure(shop, "write_back: {language: en}\n")
    return shop


def test_set_up_again_finds_nothing_to_do(shop, crm):
    before = crm.calls_by_type.copy()

    done = run(shop, "setup", "--yes")

    assert done.code == 0
    assert f"0 to create, {ALL} stand already" in done.said
    assert [one for one in (crm.calls_by_type - before) if one.startswith(("POST", "PATCH"))] == []


def test_other_language_is_shown_and_set_after_the_question(english, account):
    assert words_of(account)[:2] == ("Fase koopproces", "Buying phase")

    done = answered(english, "y\n")

    assert done.exit_code == 0
    assert f"0 to create, {ALL} with other words, 0 stand already" in done.output
    assert 'label: "Fase koopproces" -> "Buying phase"' in done.output
    assert 'option quote: "Offertefase" -> "Quote phase"' in done.output
    label, description, options = words_of(account)
    assert (label, description, options["quote"]) == (
        "Buying phase",
        "Fase koopproces",
        "Quote phase",
    )
    assert f"0 to create, {ALL} stand already" in run(english, "setup", "--yes").said


@pytest.mark.parametrize(("answer", "words"), [("n\n", ()), ("", ("--yes", "--keep-words"))])
def test_words_stay_when_the_admin_wants_them_to(english, account, answer, words):
    before = {name: dict(one) for name, one in account.properties["companies"].items()}

    done = answered(english, answer, *words)

    assert done.exit_code == 0
    assert account.properties["companies"] == before


@pytest.mark.parametrize(("answer", "words"), [("y\nn\n", ()), ("", ("--yes", "--keep-words"))])
def test_option_that_is_lacking_comes_although_the_words_stay(english, account, answer, words):
    phase = account.properties["companies"][PHASE]
    phase["options"] = [one for one in phase["options"] if one["value"] != "quote"]

    done = answered(english, answer, *words)

    assert done.exit_code == 0
    label, description, options = words_of(account)
    assert (label, description) == ("Fase koopproces", "Buying phase")
    assert (options["quote"], options["order"]) == ("Quote phase", "Orderfase")
    assert "csk_buying_phase label" not in done.output.partition("set up.")[2]


def test_properties_whose_words_are_kept_count_as_standing(english):
    done = run(english, "setup", "--yes", "--keep-words")

    assert f"0 to create, {ALL} stand already" in done.said


def test_text_of_the_account_changes_that_text_alone(shop, account):
    texts = shop.folder / "texts.yaml"
    texts.write_text("options: {phase_or_unknown: {quote: {nl: Aanbod}}}\n")
    configure(shop, f"texts: {texts}\n")

    done = run(shop, "setup", "--yes")

    assert 'option quote: "Offertefase" -> "Aanbod"' in done.out
    assert f"0 to create, 2 with other words, {ALL - 2} stand already" in done.said
    assert words_of(account)[2]["quote"] == "Aanbod"
    assert words_of(account, "csk_phase_previous")[2]["quote"] == "Aanbod"


def test_option_of_an_admin_stays_with_its_values_and_a_new_one_of_ours_comes(shop, account):
    """A newer version of ours brings an option; the list is sent as a whole."""
    phase = account.properties["companies"][PHASE]
    own = {"value": "own", "label": "Eigen", "displayOrder": 9, "hidden": True, "description": ""}
    phase["options"] = [one for one in phase["options"] if one["value"] != "orienting"] + [own]

    done = run(shop, "setup", "--yes")

    assert done.code == 0
    assert 'option orienting: new -> "Oriënteren"' in done.out
    assert own in phase["options"]
    assert phase["options"][-1]["value"] == "orienting"
    shop.sync()
    assert account.values("companies", "1")[PHASE] == "orienting"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"type": "string", "fieldType": "text", "options": []}, "stands as string/text"),
        ({"groupName": "companyinformation"}, None),
    ],
)
def test_property_that_is_not_ours_is_never_altered(english, account, other, says):
    phase = account.properties["companies"][PHASE]
    phase.update(other)
    before = dict(phase)

    done = run(english, "setup", "--yes")

    assert phase == before
    assert done.code == (4 if says else 0)
    assert (says or "set up.") in done.said
    assert f"companies.{PHASE} label" not in done.said


def test_words_that_the_crm_refuses_are_told_and_the_others_are_set(english, account):
    phase = account.properties["companies"][PHASE]
    phase["modificationMetadata"]["readOnlyDefinition"] = True

    done = run(english, "setup", "--yes")

    assert done.code == 4
    assert f"refused: companies.{PHASE} keeps its words: hubspot: schema, PATCH" in done.said
    assert words_of(account)[0] == "Fase koopproces"
    assert words_of(account, "csk_phase_since")[0] == "Phase since"


def test_days_in_phase_come_when_asked_for_and_are_emptied_when_no_longer(shop, account):
    assert "csk_days_in_phase" not in account.properties["companies"]
    configure(shop, "write_back: {days_in_phase: true}\n")
    assert "1 to create" in run(shop, "setup", "--yes").said
    shop.sync()
    assert account.values("companies", "3")["csk_days_in_phase"].isdigit()

    shop.config.write_text(shop.config.read_text().replace("days_in_phase: true", "prefix: csk_"))
    report = shop.sync()

    assert report.status == "done"
    assert "csk_days_in_phase" not in account.values("companies", "3")


def test_archived_name_comes_back_with_the_words_of_today(shop, account):
    """HubSpot restores the old definition, whatever it is sent."""
    for one in account.properties["companies"].values():
        one["archived"] = one["groupName"] == "consultative_selling"
    configure(shop, "write_back: {language: en}\n")

    assert run(shop, "setup", "--yes").code == 0

    label, _, options = words_of(account)
    assert (label, options["quote"]) == ("Buying phase", "Quote phase")
