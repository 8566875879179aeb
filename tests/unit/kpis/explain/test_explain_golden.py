"""The relation of the worked examples E4, E5, E6b, E7, E8 and E9, explained from top to bottom."""

from functools import cache
from pathlib import Path

import pytest

from kpis.explain import Node
from tests.unit.kpis.explain.tree import children, explained, one, page
from tests.unit.kpis.test_examples_e4_e5_e9_e10 import example, with_activities_of_e5

GOLDEN = Path(__file__).parents[3] / "golden" / "explain"


@cache
def tree(relation_id: str = "T1") -> Node:
    return explained(with_activities_of_e5(example()), relation_id)


def test_t1_is_explained_as_on_the_golden_page(pytestconfig: pytest.Config):
    path = GOLDEN / "t1.nl.txt"
    if pytestconfig.getoption("--update-golden"):
        path.write_text(page(tree()), encoding="utf-8")

    assert page(tree()) == path.read_text(encoding="utf-8")


def test_e4_facets_show_their_printed_scores_and_ages():
    facets = one(tree(), "profile_completeness")

    assert facets.value == "0.625"
    assert [(facet.name, facet.value) for facet in facets.children] == [
        ("spend_pattern", "0.5000"),
        ("order_volume", "1.0000"),
        ("current_suppliers", "0.5000"),
        ("right_contacts", "0.5000"),
    ]
    assert "405 dagen geleden" in facets.children[2].note
    assert one(facets, "decider").note == (
        "contactpersoon D1; door de rol; 10-06-2026, 20 dagen geleden"
    )
    assert one(facets, "insider").note == "niemand die bereikbaar is"


def test_e5_shows_both_moments_of_t1():
    assert children(one(tree(), "contact_moments_90d")) == [
        ("moment", "2026-06-11", "e-mail; door de eigenaar (S1); 19 dagen geleden"),
        ("moment", "2026-06-10", "afspraak; door de eigenaar (S1); 20 dagen geleden"),
    ]
    assert one(tree(), "is_in_population").value == "true"


@pytest.mark.parametrize(
    ("relation_id", "moments", "left_out", "is_in_population"),
    [
        ("T2", "0", ["2026-06-12"], "true"),
        ("T3", "1", [], "true"),
        ("T4", "1", [], "true"),
        ("T5", "0", [], "false"),
        ("N1", "2", [], "false"),
    ],
)
def test_e5_shows_what_was_left_out(relation_id, moments, left_out, is_in_population):
    assert one(tree(relation_id), "contact_moments_90d").value == moments
    assert [value for _, value, _ in _left_out(relation_id)] == left_out
    assert one(tree(relation_id), "is_in_population").value == is_in_population


def test_e5_counts_t1_alone_in_the_headline():
    counted = [name for name in ("T1", "T2", "T3", "T4", "T5") if _is_in_kpi1(name)]

    assert counted == ["T1"]


def _is_in_kpi1(relation_id: str) -> bool:
    return one(tree(relation_id), "is_in_kpi1").value == "true"


def test_e5_takes_t5_for_handed_over():
    node = one(tree("T5"), "is_in_population")

    assert node.note == "telt niet: pas overgedragen en nog geen contact"
    assert one(node, "is_handed_over").value == "true"


def _left_out(relation_id: str) -> list[tuple[str, str, str]]:
    contact = next(
        node for node in one(tree(relation_id), "kpi1").children if node.name == "contact"
    )
    return children(one(contact, "left_out"))


def test_e5_names_why_an_activity_does_not_count():
    assert _left_out("T2")[0][2].endswith("niet tweezijdig: een poging, of afgezegd")
    assert children(one(tree("T5"), "without_outcome")) == [
        ("activity", "2026-06-25", "25-06-2026, 5 dagen geleden")
    ]
    assert one(tree("T3"), "moment").note == (
        "gesprek; door een collega (S2): telt voor de relatie, niet voor de eigenaar; "
        "56 dagen geleden"
    )


def test_e7_shows_every_item_and_why_it_does_not_count():
    assert [node.value for node in one(tree(), "pains_count").children] == [
        "levertijd te lang (6 weken",
        "levertijd te lang (6 weken",
        "n.v.t",
        "x",
        "hoge voorraadkosten",
    ]
    assert [node.note for node in one(tree(), "pains_count").children] == [
        "telt; concreet",
        "telt niet: staat er al",
        "telt niet: zegt niets",
        "telt niet: zegt niets",
        "telt; niet concreet",
    ]
    assert one(tree(), "pg_score").value == "0.6689"
    assert "versheid 0,8919" in one(tree(), "pg_score").note


def test_e8_shows_the_deals_of_t1_and_the_credit_note():
    sums = "telt in: Omzet dit jaar, Omzet laatste 12 maanden"
    assert children(one(tree(), "deals_counted")) == [
        ("deal", "3", f"05-06-2026: -1.500,00; creditnota; {sums}; -1.500,00 voor S1"),
        ("deal", "1", f"01-04-2026: 10.000,00; {sums}; 10.000,00 voor S1"),
    ]


def test_e8_shows_whom_a_split_deal_is_credited_to():
    notes = children(one(tree("T4"), "deals_counted"))[0][2]

    assert notes.endswith("12.000,00 voor S1, 8.000,00 voor S2")


def test_e8_shows_rates_and_deals_that_are_left_out():
    counted = {node.value: node.note for node in one(tree("N1"), "deals_counted").children}
    left_out = {node.value: node.note for node in one(tree("N1"), "kpi4", "left_out").children}

    assert "04-05-2026: 11.040,00; 12000 USD tegen 0,92" in counted["2"]
    assert "Bedrag ontbreekt" in counted["7"]
    assert left_out == {
        "5": "sluitdatum 03-07-2026; Sluitdatum in toekomst",
        "8": "sluitdatum 30-06-2026; Sluitdatum in toekomst",
    }


def test_e9_components_add_up_to_the_printed_score():
    score = one(tree(), "relation_score")

    assert score.value == "66"
    assert score.note == "66,2283 van 100 punten"
    assert [(node.name, node.value) for node in score.children] == [
        ("profile", "0.6250"),
        ("contact", "0.8214"),
        ("phase", "0.5000"),
        ("pains_gains", "0.6689"),
    ]
    assert score.children[0].note == "× 25 = 15,6250"
    assert "19 dagen; vol tot 14, niets vanaf 42" in score.children[1].note


def test_e9_action_is_the_first_condition_that_applies():
    tried = one(tree(), "next_best_action")
    applies = [node.name for node in tried.children if node.value == "true"]

    assert tried.value == "follow_up_quote"
    assert applies[0] == "follow_up_quote"
    assert tried.children[0].name == "record_meeting_outcome"
    assert tried.children[-1].name == "maintain"
    assert [node.name for node in tried.children if node.note.startswith("de eerste")] == [
        "follow_up_quote"
    ]
