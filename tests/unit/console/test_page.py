"""Pages as a whole: what they say, that they are safe, and that everybody can read them."""

import base64
import hashlib
import re
from datetime import date
from itertools import pairwise

import pytest

from console.page import TEMPLATES, encodable
from console.seller_view import TREND
from tests.unit.console.page_rows import Outline, relation, report, seller, totals

EVIL = "<script>alert('x')</script> & \"Zonen\""
STYLE = (TEMPLATES / "report.css").read_text(encoding="utf-8")


def sellers_page(**values: object) -> str:
    return report().sellers(totals(), [seller(**values)], [])


def relations_page(**values: object) -> str:
    return report().relations([relation(**values)])


PAGES = [sellers_page, relations_page]


@pytest.mark.parametrize("page", PAGES)
def test_page_tells_account_moment_and_time_zone(page):
    text = Outline(page()).text

    assert "acme" in text
    assert "As of 2026-06-30 14:00 (Europe/Amsterdam)" in text


@pytest.mark.parametrize("page", PAGES)
def test_page_holds_nothing_that_runs_and_nothing_from_outside(page):
    outline = Outline(page())

    names = {name for _, attributes in outline.elements for name in attributes}
    assert not names & {"src", "href", "style", "srcset", "action"}
    assert not [name for name in names if name.startswith("on")]
    assert not {tag for tag, _ in outline.elements} & {"script", "link", "img", "iframe", "form"}
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@pytest.mark.parametrize("page", PAGES)
def test_page_allows_its_own_style_and_nothing_else(page):
    html = page()
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()

    policies = [
        attributes["content"]
        for tag, attributes in Outline(html).elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]


@pytest.mark.parametrize(
    "html",
    [
        report().sellers(totals(), [seller(seller=EVIL, score_explanation=EVIL)], []),
        report().relations([relation(name=EVIL, seller=EVIL, next_best_action_text=EVIL)]),
    ],
)
def test_page_shows_a_name_as_it_is_and_never_runs_it(html):
    outline = Outline(html)

    assert "<script" not in html
    assert EVIL in outline.text


@pytest.mark.parametrize("page", PAGES)
def test_page_names_every_picture_that_is_not_a_decoration(page):
    html = page()
    pictures = re.findall(r"<svg([^>]*)>(.{7})", html)
    assert len(pictures) > 5

    for attributes, first in pictures:
        assert 'aria-hidden="true"' in attributes or (
            'role="img"' in attributes and first == "<title>"
        )


def test_page_of_sellers_warns_against_use_for_decisions_on_people():
    text = Outline(sellers_page()).text

    assert "Not to be used for employment or pay decisions." in text
    assert "Sellers stand in order of name, not of score." in text


def test_page_of_sellers_puts_the_team_first_and_sellers_in_order_of_name():
    rows = [
        seller(seller_id="3", seller="Zoë", seller_score=99),
        seller(seller_id="10", seller="anna", seller_score=10),
        seller(seller_id="2", seller="Anna", seller_score=50),
    ]

    html = report().sellers(totals(), rows, [])

    assert re.findall(r"<h2>(.*)</h2>", html) == ["The team", "Anna", "anna", "Zoë"]


def test_page_of_one_seller_leaves_the_team_out_when_it_is_not_to_be_shown():
    html = report(mode="self").sellers(None, [seller()], [])

    assert re.findall(r"<h2>(.*)</h2>", html) == ["Sanne"]


def test_page_says_that_only_totals_may_be_shown_where_the_setting_is_self():
    text = Outline(report(mode="self").sellers(totals(), [], [])).text

    assert "Totals of the team alone" in text
    assert "Not to be used for employment or pay decisions." in text


@pytest.mark.parametrize(("given", "mode"), [(None, "self"), (totals(), "self_and_manager")])
def test_page_says_that_there_is_no_seller(given, mode):
    assert "There is no seller to show." in Outline(report(mode=mode).sellers(given, [], [])).text


def test_page_speaks_the_language_of_the_account():
    text = Outline(report("nl").sellers(totals(), [seller()], [])).text

    assert "Stand van 30-06-2026 14:00 (Europe/Amsterdam)" in text
    assert "Niet bestemd voor beoordeling, beloning of andere besluiten over personeel." in text
    assert "2 van 8" in text
    assert "EUR 69.540,00" in text
    assert '<html lang="nl">' in report("nl").relations([])


def test_page_of_no_relations_is_a_page_still():
    text = Outline(report().relations([])).text

    assert "0 top relations of 0 relations" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_page_for_another_encoding_reads_the_same(encoding):
    html = report("nl").sellers(totals(), [seller(seller="Zoë ✓")], [])

    written = encodable(html, encoding)

    assert written.isascii()
    assert Outline(written).text == Outline(html).text


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8"])
def test_page_for_its_own_encoding_is_left_as_it_is(encoding):
    assert encodable("Zoë", encoding) == "Zoë"


def test_style_needs_no_references():
    assert STYLE.isascii()


def test_page_shows_the_past_of_each_seller_to_that_seller():
    row: dict[str, object] = dict.fromkeys(("seller_id", "from_on", *TREND))
    days = [row | {"seller_id": "1", "from_on": date(2026, 5, 1), "seller_score": 17}]

    rows = [seller(), seller(seller_id="2", seller="Teun")]
    first, second = Outline(report().sellers(None, rows, days)).text.split("Teun")

    assert "Seller score 61 17 +44" in first
    assert "Seller score 61 not measured yet" in second


def schemes() -> list[dict[str, str]]:
    light, dark = re.findall(r":root \{([^}]*--ink[^}]*)\}", STYLE)
    found = [dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in (light, dark)]
    return [found[0], found[0] | found[1]]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PHASES = ("no-interest", "orienting", "interest", "quote", "order", "unknown")
TEXT_ON_GROUND = [
    *((ink, ground) for ink in ("ink", "soft") for ground in ("paper", "ground")),
    ("warn", "warn-ground"),
    *((f"on-{phase}", phase) for phase in PHASES),
]


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON_GROUND)
def test_text_stands_out_from_its_ground(scheme, ink, ground):
    assert contrast(scheme[ink], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
@pytest.mark.parametrize("shape", ["fill", "edge", "ink"])
def test_shape_stands_out_from_the_paper(scheme, shape):
    assert contrast(scheme[shape], scheme["paper"]) >= 3


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark"])
def test_colours_of_phases_differ_in_brightness_not_in_hue_alone(scheme):
    bright = [luminance(scheme[phase]) for phase in PHASES[:-1]]

    assert bright == sorted(bright) or bright == sorted(bright, reverse=True)
    assert all(contrast(scheme[a], scheme[b]) >= 1.3 for a, b in pairwise(PHASES[:-1]))
