"""Items of a text: splitting, cleaning and what says nothing (spec 4.2, steps 1, 2 and 5)."""

from typing import Any

import pytest

from kpis.item import Item, item_of, items_of, split_parts
from kpis.parameters import PLACEHOLDERS, PainsGains


def item(part: str, **rules: Any) -> Item:
    return item_of(part, parameters=PainsGains.model_validate(rules))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        (" \n-\n•;*", ()),
        ("een\ntwee\r\ndrie\rvier", ("een", "twee", "drie", "vier")),
        ("een;twee ; drie", ("een", "twee", "drie")),
        ("•een • twee·drie", ("een", "twee", "drie")),
        ("een, twee/drie", ("een, twee/drie",)),
        ("- een\n* twee\n-- drie\n– vier", ("een", "twee", "drie", "vier")),
        ("een - twee * drie", ("een - twee * drie",)),
        ("1. een\n2) twee\n(3) drie\n4.1. vier\n10.vijf", ("een", "twee", "drie", "vier", "vijf")),
        ("a) een\nB) twee\niv) drie\n- 1. vier", ("een", "twee", "drie", "vier")),
        ("1.5 uur te laat\n10.000 stuks", ("1.5 uur te laat", "10.000 stuks")),
        ("3 weken te laat\na.s. week", ("3 weken te laat", "a.s. week")),
        ("2026. jaar", ("2026. jaar",)),
    ],
)
def test_text_splits_on_lines_semicolons_and_bullets(text: str, parts: tuple[str, ...]) -> None:
    assert split_parts(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<ul><li>een</li><li>twee</li></ul>", ("een", "twee")),
        ("een<br>twee<BR/>drie<div>vier</div>vijf", ("een", "twee", "drie", "vier", "vijf")),
        ("<p class='a>b'>een</p>twee", ("een", "twee")),
        ("te <b>lan</b>ge <a href='x;y'>levertijd</a>", ("te lange levertijd",)),
        ("&lt;p&gt;een&lt;/p&gt; twee", ("<p>een</p> twee",)),
        ("<p>&lt;li&gt;een</p>", ("<li>een",)),
        ("marge &amp;lt 5", ("marge &lt 5",)),
        ("marge <p>&amp;lt 5", ("marge", "&lt 5")),
        ("R&amp;D te traag", ("R&D te traag",)),
        ("een&#59;twee&bull;drie&#10;vier", ("een", "twee", "drie", "vier")),
        ("&nbsp;- een", ("een",)),
        ("levertijd <week", ("levertijd <week",)),
        ("<p>een</p>twee <week &amp; meer", ("een", "twee <week & meer")),
        ("een<style>p {color: red}</p> twee", ("een",)),
        ("<a " * 20_000 + "levertijd", ("<a " * 20_000 + "levertijd",)),
        ("levertijd < 5 dagen > 3", ("levertijd < 5 dagen > 3",)),
        ("<style>p {color: red}</style>een<!-- twee -->", ("een",)),
        ("<script>a;b</script><b>een</b>", ("een",)),
    ],
)
def test_text_loses_tags_before_entities_are_decoded(text: str, parts: tuple[str, ...]) -> None:
    assert split_parts(text) == parts


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("  Hoge   Kosten\t(6 weken). ", "hoge kosten (6 weken"),
        ("«Levertijd!?»", "levertijd"),
        ("\ufb01nanciering", "financiering"),
        ("\uff2c\uff45\uff56\uff45\uff52tijd", "levertijd"),
        ("Coo\u0308rdinatie", "co\u00f6rdinatie"),
        ("STRASSE Straße", "strasse strasse"),
        ("uitval 5%", "uitval 5%"),
        ("€ 5 per stuk", "€ 5 per stuk"),
        ("te\u00a0laat", "te laat"),
    ],
)
def test_item_is_written_in_one_form(part: str, text: str) -> None:
    assert item(part).text == text


@pytest.mark.parametrize(
    "part",
    [
        *PLACEHOLDERS,
        "",
        "...",
        "123 456",
        "€ 5%",
        "x",
        "xxxxxxx",
        "x x x x x x",
        "kort",
        "k o r t 12",
        "LOREM  ipsum!",
        "Onbekend.",
        "(onbekend)",
    ],
)
def test_item_says_nothing_when_it_is_a_placeholder(part: str) -> None:
    assert item(part).dropped == "placeholder"


@pytest.mark.parametrize("part", ["prijs", "p r i j s", "onbekend merk", "xxxxxy", "ééncel"])
def test_item_may_count_when_it_has_five_letters(part: str) -> None:
    assert item(part).dropped is None


def test_item_follows_the_parameters_of_what_says_nothing() -> None:
    assert item("kort", min_letters=4).dropped is None
    assert item("prijs", min_letters=6).dropped == "placeholder"
    assert item("12", min_letters=0).dropped == "placeholder"
    assert item("Te  DUUR!", placeholders=["te duur."]).dropped == "placeholder"
    assert item("onbekend", placeholders=[]).dropped is None


def test_item_has_the_runs_of_letters_or_digits_as_tokens() -> None:
    assert item("Lever-tijd te_lang (6w), te duur").tokens == {
        "lever", "tijd", "te", "lang", "6w", "duur",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("part", "is_specific"),
    [
        ("hoge voorraadkosten", False),
        ("te hoge voorraadkosten", True),
        ("hoge & voorraadkosten", False),
        ("hoge e-mailkosten", False),
        ("6 storingen", True),
        ("uitval%", True),
        ("kosten €", True),
    ],
)
def test_item_is_specific_when_it_has_three_words_or_a_figure(
    part: str, *, is_specific: bool
) -> None:
    assert item(part).is_specific is is_specific


def test_item_is_specific_by_the_given_number_of_words() -> None:
    assert item("hoge voorraadkosten", specific_min_words=2).is_specific
    assert not item("te hoge voorraadkosten", specific_min_words=4).is_specific


def test_items_stand_in_the_order_of_the_text_with_what_was_dropped() -> None:
    found = items_of("1. Levertijd\n2. n.v.t.\n3. Levertijd", parameters=PainsGains())
    assert [(one.text, one.dropped) for one in found] == [
        ("levertijd", None),
        ("n.v.t", "placeholder"),
        ("levertijd", None),
    ]
