"""Pages and bars of `report`, from the command line to what a person looks at."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from jobs.wiring import clock
from tests.acceptance.front_door import Ended, run
from tests.acceptance.workplace import ROOT, Workplace
from tests.unit.console.page_rows import Outline

EXTRA = (
    "reporting: {rates: {USD: [[2020-01-01, 0.92]]}}\n"
    "potential: {margin_rate: 0.25}\n"
    "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
)
EVIL = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The demo account after a sync, with a company whose name would run in a careless page."""
    now = clock()
    portal = demo_portal(today=now.date(), companies=30)
    first = min(portal.ids("companies"))
    portal.set_values("companies", str(first), {"name": EVIL}, at=now)
    with Sandbox(portal, limits=None) as sandbox:
        place = Workplace(
            tmp_path_factory.mktemp("shop"),
            sandbox.base_url,
            extra=EXTRA,
            mapping=DEMO_MAPPING.read_text(),
        )
        place.set_up()
        place.sync()
    return place


@pytest.fixture
def mode(shop: Workplace) -> Iterator[Path]:
    """The configuration, put back afterwards."""
    text = shop.config.read_text()
    yield shop.config
    shop.config.write_text(text)


def page(shop: Workplace, *words: str) -> Ended:
    return run(shop, "report", *words, "--format", "html")


def rows(shop: Workplace, *words: str) -> list[dict[str, object]]:
    found = json.loads(run(shop, "report", *words, "--format", "json").out)
    assert isinstance(found, list)
    return found


def headings(ended: Ended) -> list[str]:
    assert ended.code == 0, ended.said
    Outline(ended.out)
    return re.findall(r"<h2>(.*)</h2>", ended.out)


def set_mode(config: Path, name: str) -> None:
    config.write_text(config.read_text().replace("mode: self_and_manager", f"mode: {name}"))


def test_page_of_sellers_shows_the_team_and_then_everybody_by_name(shop):
    ended = page(shop, "sellers")

    names = sorted((str(row["seller"]) for row in rows(shop, "sellers")), key=str.casefold)
    assert headings(ended) == ["Het team", *names]
    assert "Niet bestemd voor beoordeling" in ended.out
    assert "acme" in ended.out


def test_page_of_sellers_shows_totals_alone_in_mode_self(shop, mode):
    set_mode(mode, "self")

    assert headings(page(shop, "sellers")) == ["Het team"]


def test_page_of_one_seller_holds_nobody_else_in_mode_self(shop, mode):
    row = rows(shop, "sellers")[0]
    set_mode(mode, "self")

    ended = page(shop, "sellers", "--seller", str(row["seller_id"]))

    assert headings(ended) == [row["seller"]]


def test_page_of_sellers_is_refused_when_figures_of_sellers_are_off(shop, mode):
    set_mode(mode, '"off"')

    ended = page(shop, "sellers")

    assert ended.code == 2
    assert ended.out == ""


def test_page_of_relations_shows_every_name_and_runs_none(shop):
    ended = page(shop, "relations")

    outline = Outline(ended.out)
    names = [str(row["name"]) for row in rows(shop, "relations")]
    assert EVIL in names
    assert all(name in outline.text for name in names)
    assert "<script" not in ended.out


def test_page_of_relations_is_of_one_seller_when_one_is_named(shop):
    everyone = rows(shop, "relations")
    seller = everyone[0]["seller_id"]

    ended = page(shop, "relations", "--seller", str(seller))

    own = sum(row["seller_id"] == seller for row in everyone)
    assert ended.out.count("<tr") == own + 1  # and the headings


@pytest.mark.parametrize(
    "words", [("phases",), ("revenue", "--from", "2026-01-01", "--to", "2026-01-31")]
)
def test_other_reports_have_no_page(shop, words):
    assert page(shop, *words).code == 2


def test_terminal_that_knows_only_latin_letters_gets_plain_bars_and_a_readable_page(shop):
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "COLUMNS": "200"}  # noqa: TID251 - of the child

    def said(*words: str) -> bytes:
        done = subprocess.run(
            shop.command("report", *words),
            cwd=ROOT,
            capture_output=True,
            timeout=120,
            check=True,
            env=environment,
        )
        return done.stdout

    assert b"###" in said("sellers")
    assert said("sellers", "--format", "html").isascii()


def test_tables_show_bars_and_marks_and_machines_get_none(shop):
    sellers, relations = run(shop, "report", "sellers"), run(shop, "report", "relations")
    machine = run(shop, "report", "relations", "--format", "csv")

    assert "█" in sellers.out
    assert any(mark in relations.out for mark in "●◐○")
    assert not any(mark in machine.out for mark in "█●◐○")
