"""`explain` against the CRM: what it shows is what stands there, for a whole demo account."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from connector.sandbox import Portal, Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from console.cli import app
from jobs.basis import local_date
from jobs.compute import compute_from
from jobs.difference import CALCULATED_AT
from jobs.wiring import clock
from kpis.compute import Results
from kpis.explain import Node, explain, labelled
from kpis.frames import Mirror
from kpis.parameters import Parameters
from kpis.properties import properties_of
from kpis.wording import Texts
from tests.acceptance.workplace import Workplace

COMPANIES = 40
EXTRA = (
    "reporting: {rates: {USD: [[2020-01-01, 0.92]]}}\n"
    "potential: {margin_rate: 0.25}\n"
    "universe: {own_company_ids: ['27100000002']}\n"
)
WRITTEN = tuple(row.name for row in properties_of("companies", "out") if row.name != CALCULATED_AT)


@dataclass(frozen=True)
class Account:
    """The demo account after one run, and every relation of it explained."""

    place: Workplace
    portal: Portal
    results: Results
    mirror: Mirror
    texts: Texts
    trees: dict[str, Node]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    portal = demo_portal(today=local_date(clock(), Parameters()), companies=COMPANIES)
    folder = tmp_path_factory.mktemp("explain")
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        mapping = DEMO_MAPPING.read_text(encoding="utf-8")
        place = Workplace(folder, sandbox.base_url, extra=EXTRA, mapping=mapping)
        place.set_up()
        as_of = place.sync().as_of
        with place.opened() as wiring:
            mirror = wiring.store.read_mirror()
            results, _ = compute_from(wiring, mirror, as_of=as_of)
            trees = {
                one: explain(results, mirror, wiring.parameters, wiring.texts, one, as_of=as_of)
                for one in results.relations["relation_id"]
            }
            yield Account(place, portal, results, mirror, wiring.texts, trees)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def named(node: Node, name: str) -> Node:
    """The first line of that name."""
    return next(one for one in walk(node) if one.name == name)


def shown_values(tree: Node) -> list[tuple[str, str]]:
    """Name and value of every line that is a written property."""
    return sorted((one.name, one.value) for one in walk(tree) if one.name in WRITTEN)


def standing(portal: Portal, company_id: str) -> list[tuple[str, str]]:
    """Value of every written property as it stands in the CRM, as the CRM keeps it."""
    values = portal.values("companies", company_id)
    return sorted((name, values.get(f"csk_{name}") or "") for name in WRITTEN)


def test_every_written_value_of_every_relation_stands_in_its_tree_exactly_once(account):
    assert len(account.trees) > COMPANIES * 0.8

    differing = {
        company_id: sorted(set(shown_values(tree)) ^ set(standing(account.portal, company_id)))
        for company_id, tree in account.trees.items()
        if shown_values(tree) != standing(account.portal, company_id)
    }
    assert differing == {}


def test_parts_of_every_tree_add_up_to_what_they_explain(account):
    for tree in account.trees.values():
        assert int(named(tree, "contact_moments_90d").value) == len(
            named(tree, "contact_moments_90d").children
        )
        for kind in ("pain", "gain"):
            counted = named(tree, f"{kind}s_count")
            notes = [one.note for one in counted.children]
            assert counted.value == str(sum(not note.startswith("telt niet") for note in notes))
        tried = named(tree, "next_best_action")
        assert next(one.name for one in tried.children if one.value == "true") == tried.value


def test_deals_of_every_tree_add_up_to_the_revenue_that_was_written(account):
    labels = {
        account.texts.properties.companies[name].nl: name
        for name in ("revenue_ytd", "revenue_ttm", "revenue_prev_ttm")
    }
    checked = 0
    for tree in account.trees.values():
        sums = dict.fromkeys(labels.values(), Decimal(0))
        for deal in named(tree, "deals_counted").children:
            amount = re.search(r"\d{4}: (-?[\d.]+,\d\d)", deal.note)
            assert amount is not None
            counts_in = [label for label in labels if label in deal.note]
            for label in counts_in:
                sums[labels[label]] += Decimal(amount[1].replace(".", "").replace(",", "."))
                checked += 1
        assert {name: Decimal(named(tree, name).value) for name in sums} == sums
    assert checked > 20


def test_components_of_every_score_add_up_to_it(account):
    scored = account.results.relations.filter(pl.col("relation_score").is_not_null())
    assert scored.height > 5

    for company_id, score in scored.select("relation_id", "relation_score").iter_rows():
        components = named(account.trees[company_id], "relation_score").children
        weights = {"profile": 25, "contact": 25, "phase": 20, "pains_gains": 30}
        total = sum(Decimal(one.value) * weights[one.name] for one in components)
        assert abs(total - score) <= Decimal("0.51")


def test_relations_in_the_headline_add_up_to_kpi1_of_their_seller(account):
    counted = dict.fromkeys(account.results.sellers["seller_id"], 0)
    owners = dict(account.results.relations.select("relation_id", "owner").iter_rows())
    for company_id, tree in account.trees.items():
        counted[owners[company_id]] += named(tree, "is_in_kpi1").value == "true"

    assert counted == dict(account.results.sellers.select("seller_id", "kpi1").iter_rows())
    assert sum(counted.values()) > 0


def test_labels_exist_for_every_line_in_both_languages(account):
    ids = re.compile(r"[\d-]+")
    for tree in account.trees.values():
        for language in ("nl", "en"):
            lines = walk(labelled(tree, account.texts, language))
            unlabelled = [
                one.name
                for one, shown in zip(walk(tree), lines, strict=True)
                if shown.name == one.name and not ids.fullmatch(one.name)
            ]
            assert set(unlabelled) <= {"deal", "gains", "pains"}, unlabelled


def test_command_prints_the_tree_of_the_crm_in_its_language(account):
    company_id = _top(account)

    done = CliRunner().invoke(app, _words(account, company_id))

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"Relatie: {company_id}")
    assert "KPI 2: fase van het koopproces" in done.stdout
    assert "Relatiescore: " in done.stdout
    assert company_id not in done.stderr


def test_command_prints_machines_the_very_texts_of_the_crm(account):
    company_id = _top(account)

    done = CliRunner().invoke(app, [*_words(account, company_id), "--format", "json"])

    assert done.exit_code == 0, done.output
    assert sorted(_values(json.loads(done.stdout))) == standing(account.portal, company_id)


def _top(account: Account) -> str:
    return str(account.results.relations.filter("is_top_relation")["relation_id"][0])


def _words(account: Account, company_id: str) -> list[str]:
    return ["explain", company_id, "--config", str(account.place.config)]


def _values(line: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if line["name"] in WRITTEN:
        yield line["name"], line["value"]
    for child in line["children"]:
        yield from _values(child)


def test_command_looks_back_to_the_moment_it_is_given(account):
    words = [*_words(account, _top(account)), "--as-of", "2026-01-01T10:00", "--format", "json"]

    done = CliRunner().invoke(app, words)

    assert done.exit_code == 0, done.output
    tree = json.loads(done.stdout)
    assert {one["name"]: one["value"] for one in tree["children"]}["as_of"] == "2026-01-01"


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ("unknown", "is not in the mirror: archived, merged into another, or never pulled"),
        ("own", "is our own"),
        ("partner", "is of type PARTNER, which universe.exclude_types leaves out"),
        ("unowned", "has no owner"),
    ],
)
def test_company_that_is_no_relation_is_refused_with_the_reason(account, which, sentence):
    done = CliRunner().invoke(app, _words(account, _outside(account, which)))

    assert done.exit_code == 2
    assert done.stdout == ""
    assert sentence in " ".join(done.stderr.split())


def _outside(account: Account, which: str) -> str:
    companies = account.mirror.companies
    match which:
        case "own":
            return "27100000002"
        case "partner":
            return str(companies.filter(pl.col("type") == "PARTNER")["relation_id"][0])
        case "unowned":
            return str(companies.filter(pl.col("owner").is_null())["relation_id"][0])
        case _:
            return "1"


def test_unknown_format_is_refused(account):
    done = CliRunner().invoke(app, [*_words(account, "1"), "--format", "csv"])

    assert done.exit_code == 2
    assert "'csv' is none of tree, json" in done.stderr


def test_what_people_typed_reaches_no_log(account):
    company_id = _top(account)
    texts = account.results.workings.pains_gains.items["text"].to_list()
    items = [text for text in texts if len(text) > 4]
    assert items

    done = account.place.run("explain", company_id)

    assert done.returncode == 0, done.stderr
    assert [text for text in items if text in done.stderr] == []
    assert [name for name in account.mirror.companies["name"] if name in done.stderr] == []
