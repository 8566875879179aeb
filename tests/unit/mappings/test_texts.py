"""Texts: what is shipped, what an account may override, and every fault with its place."""

from pathlib import Path

import pytest

from kpis.vocabulary import OPTION_SETS, Phase
from kpis.wording import Phrase, placeholders
from mappings.texts import (
    LONGEST_LABEL,
    SHIPPED,
    load_texts,
    phase_labels,
    texts_digest,
    texts_source,
)
from mappings.yaml import FileFaultsError, load_document


def over(folder: Path, text: str) -> Path:
    file = folder / "t.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def reported(folder: Path, text: str) -> list[str]:
    """Faults without the name of the file."""
    with pytest.raises(FileFaultsError) as caught:
        load_texts(over(folder, text))
    return [line.partition("t.yaml:")[2] for line in str(caught.value).splitlines()]


def shipped_phrases() -> list[tuple[str, dict[str, str]]]:
    """Every shipped text in both languages, by its dotted path."""
    found = []

    def walk(place: object, path: str) -> None:
        assert isinstance(place, dict), path
        if all(isinstance(value, str) for value in place.values()):
            found.append((path, place))
        else:
            for key, value in place.items():
                walk(value, f"{path}.{key}".lstrip("."))

    walk(load_document(SHIPPED).data, "")
    return found


def test_every_shipped_text_stands_in_both_languages_with_the_same_placeholders():
    phrases = shipped_phrases()

    assert len(phrases) > 250
    for path, phrase in phrases:
        assert set(phrase) == {"nl", "en"}, path
        assert placeholders(phrase["nl"]) == placeholders(phrase["en"]), path
        assert all(text.strip() == text != "" for text in phrase.values()), path


def test_shipped_labels_are_short_enough_for_the_crm():
    for path, phrase in shipped_phrases():
        if path.startswith(("properties", "options")):
            assert max(map(len, phrase.values())) <= LONGEST_LABEL, path


def test_shipped_texts_hold_an_approach_for_every_phase():
    assert set(load_texts().approach) == set(Phase)


def test_shipped_texts_hold_a_text_for_every_action():
    assert set(OPTION_SETS["action"]) <= set(load_texts().actions)


def test_texts_without_an_override_are_the_shipped_ones(tmp_path):
    assert load_texts(over(tmp_path, "")) == load_texts()


def test_one_language_of_one_text_may_be_overridden_alone(tmp_path):
    texts = load_texts(over(tmp_path, "options:\n  phase:\n    quote: {nl: Offerte}\n"))

    assert texts.options["phase"]["quote"] == Phrase(nl="Offerte", en="Quote phase")
    assert texts.options["phase"]["order"] == Phrase(nl="Orderfase", en="Order phase")
    assert texts.options["phase_or_unknown"]["quote"].nl == "Offertefase"
    assert texts.properties == load_texts().properties


def test_any_part_may_be_overridden_and_texts_may_drop_placeholders(tmp_path):
    text = (
        'approach: {quote: {nl: "Bel.", en: "Call."}}\n'
        'actions: {reach_out: {en: "Call. {approach}"}}\n'
        'explanation: {profile: {nl: "{{profiel}} {share}"}}\n'
        'properties: {deals: {deal_phase: {nl: "Fase"}}, sellers: {kpi1: {en: "One"}}}\n'
        'digest: {intro: {nl: "Hoi"}}\n'
    )
    texts = load_texts(over(tmp_path, text))

    assert texts.approach[Phase.QUOTE] == Phrase(nl="Bel.", en="Call.")
    assert texts.actions["reach_out"].en == "Call. {approach}"
    assert texts.actions["reach_out"].nl == load_texts().actions["reach_out"].nl
    assert texts.explanation["profile"].nl == "{{profiel}} {share}"
    assert texts.properties.deals["deal_phase"].nl == "Fase"
    assert texts.properties.sellers["kpi1"].en == "One"
    assert texts.digest["intro"].nl == "Hoi"


def test_text_follows_the_language():
    phrase = Phrase(nl="ja", en="yes")

    assert (phrase.text("nl"), phrase.text("en")) == ("ja", "yes")
    assert load_texts().label("phase", "quote", "en") == "Quote phase"


def test_placeholders_are_the_names_between_braces():
    assert placeholders("{a} {{b}} {c}") == {"a", "c"}
    assert placeholders("none") == frozenset()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("optoins: {}", "1: optoins: unknown key; did you mean options?"),
        (
            "options:\n  phase:\n    quot: {nl: X}",
            "3: options.phase.quot: unknown key; did you mean quote?",
        ),
        (
            "options: {phase: {quote: {de: X}}}",
            "1: options.phase.quote.de: unknown key; use one of nl, en",
        ),
        ("options: 3", "1: options: 3 must be a group of keys"),
        ("options: {phase: [a]}", "1: options.phase: a list must be a group of keys"),
        ("- a", "1: a list must be a group of keys"),
        ("null", "1: null must be a group of keys"),
        (
            "options: {phase: {quote: {nl: !x A}}}",
            "1: options.phase.quote.nl: the tag !x is not read here; leave it out",
        ),
        (
            "options: {phase: !x A}",
            "1: options.phase: the tag !x is not read here; leave it out",
        ),
        (
            "options:\n  phase:\n    quote: Offerte",
            '3: options.phase.quote: "Offerte" must be a group of keys',
        ),
        (
            "options: {phase: {quote: {nl: 3}}}",
            "1: options.phase.quote.nl: 3 must be text; quote it",
        ),
        (
            "options: {phase: {quote: {nl: }}}",
            "1: options.phase.quote.nl: null must be text; quote it",
        ),
        (
            'options: {phase: {quote: {nl: " "}}}',
            "1: options.phase.quote.nl: is empty; leave the line out to keep the shipped text",
        ),
        (
            'actions:\n  maintain:\n    en: "{aproach}"',
            "3: actions.maintain.en: {aproach} is not known here; use {approach}",
        ),
        (
            'actions: {maintain: {en: "{}"}}',
            "1: actions.maintain.en: {} is not known here; use {approach}",
        ),
        (
            'actions: {maintain: {en: "{approach.x}"}}',
            "1: actions.maintain.en: {approach.x} is not known here; use {approach}",
        ),
        (
            'options: {phase: {quote: {nl: "{x}"}}}',
            "1: options.phase.quote.nl: {x} is not known here; use no braces",
        ),
        (
            'actions: {maintain: {en: "{approach"}}',
            (
                '1: actions.maintain.en: "{approach" has a brace without its other half; '
                "write {{ for a brace itself"
            ),
        ),
        (
            'actions: {maintain: {en: "approach}"}}',
            (
                '1: actions.maintain.en: "approach}" has a brace without its other half; '
                "write {{ for a brace itself"
            ),
        ),
        (
            'actions: {maintain: {en: "{approach!r}"}}',
            (
                "1: actions.maintain.en: {approach} may carry no ! or : and what follows it; use"
                " {approach}"
            ),
        ),
        (
            'actions: {maintain: {en: "{approach:>5}"}}',
            (
                "1: actions.maintain.en: {approach} may carry no ! or : and what follows it; use"
                " {approach}"
            ),
        ),
        (
            "options: {phase: {quote: {nl: A, nl: B}}}",
            "1: options.phase.quote.nl: stands here a second time; the first is in line 1",
        ),
        ("options: [", "1: no YAML: "),
    ],
)
def test_fault_is_told_with_line_path_and_what_to_do(tmp_path, text, fault):
    (found,) = reported(tmp_path, text)

    assert found == fault or (fault.endswith("YAML: ") and "no YAML: " in found)


@pytest.mark.parametrize("group", ["properties.companies.pains", "options.phase.quote"])
def test_label_may_have_255_characters(tmp_path, group):
    first, second, third = group.split(".")

    def text(length: int) -> str:
        return f"{first}: {{{second}: {{{third}: {{nl: {'x' * length}}}}}}}"

    load_texts(over(tmp_path, text(255)))
    assert reported(tmp_path, text(256)) == [
        f"1: {group}.nl: is 256 characters long; a label may have 255"
    ]


def test_other_texts_may_be_longer_than_a_label(tmp_path):
    texts = load_texts(over(tmp_path, f"approach: {{quote: {{nl: {'x' * 256}}}}}"))

    assert len(texts.approach[Phase.QUOTE].nl) == 256


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_its_lines(tmp_path):
    text = (
        "options:\n  phase:\n    quote: {nl: 3}\n    order: {nl: 3, nl: 4}\n"
        'aproach: {}\nactions: {maintain: {nl: "{x}"}}\n'
    )

    found = reported(tmp_path, text)

    assert [line.split(":")[0] for line in found] == ["3", "4", "4", "5", "6"]


def test_file_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(FileFaultsError, match=r"none\.yaml:1: cannot be read: no such file"):
        load_texts(tmp_path / "none.yaml")


def test_phases_are_known_by_their_labels_in_both_languages_and_old_spellings():
    labels = phase_labels()

    assert labels["offertefase"] == labels["quote phase"] == labels["offerfase"] == "quote"
    assert labels["oriënteren"] == labels["orienting"] == "orienting"
    assert set(labels.values()) == set(OPTION_SETS["phase"])


def test_source_of_the_shipped_texts_hands_out_what_is_shipped():
    assert texts_source(None)() == load_texts()


def test_source_refuses_an_own_file_at_once_with_all_its_faults(tmp_path):
    file = over(tmp_path, "approach: {quote: {nl: ''}}\noptoins: {}\n")

    with pytest.raises(FileFaultsError) as caught:
        texts_source(file)

    assert [fault.line for fault in caught.value.faults] == [1, 2]


def test_source_of_an_own_file_keeps_what_stood_there_when_it_was_read(tmp_path):
    file = over(tmp_path, "options:\n  phase:\n    quote: {nl: Offerte}\n")
    source = texts_source(file)

    file.write_text("options:\n  phase:\n    quote: {nl: Aanbod}\n", encoding="utf-8")

    assert source().label("phase", "quote", "nl") == "Offerte"


def test_digest_changes_with_the_own_file_and_is_the_same_for_equal_files(tmp_path):
    shipped = texts_digest(None)
    one = texts_digest(over(tmp_path, "approach: {quote: {nl: A}}\n"))
    other = texts_digest(over(tmp_path, "approach: {quote: {nl: B}}\n"))
    again = texts_digest(over(tmp_path, "approach: {quote: {nl: A}}\n"))

    assert len({shipped, one, other}) == 3
    assert again == one
    assert len(shipped) == 64
