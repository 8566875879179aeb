"""All values of random accounts against a plain reading of the specification (chapters 2 to 7)."""

from typing import Any

import pytest

from kpis.properties import PROPERTIES
from kpis.vocabulary import OPTION_SETS
from tests.reference.account import Account
from tests.reference.account_features import CHOICES
from tests.reference.account_generator import RandomAccount
from tests.reference.account_words import IDLE_SELLER, PAIR_SELLER, STRAY
from tests.reference.compare_account import account_and_reading, differences

RELATIONS_EACH = 25
SEEDS = (1, 4, 5, 12, 19, 33, 49, 55, 63, 65, 69, 88, 96, 135, 159)
"""Few seeds whose accounts hold every feature and every option value; found by trying."""

TEXTS = {"calculated_at", "next_best_action_text", "recommended_approach", "score_explanation"}
"""Written texts and the clock; they are no values of the method."""

KINDS = {"companies": "relations", "deals": "deals", "contacts": "contacts"}
OPTIONS = {
    (KINDS[row.object_type], row.name): row.option_set
    for row in PROPERTIES
    if row.direction == "out" and row.option_set
} | {
    ("sellers", "seller_score_reason"): "seller_score_reason",
    ("sellers", "score_basis"): "seller_component",
    ("sellers", "seller_warnings"): "seller_warning",
}
NEVER = {
    # Companies can always be read: an empty profile scores 0, and so does an unknown phase (6.3).
    ("relations", "score_basis"): {"profile", "phase"},
    # Booleans of deals and contacts are written as true only (7).
    ("deals", "deal_decides_phase"): {"false"},
    ("deals", "deal_top_relation_at_close"): {"false"},
    ("contacts", "is_right_contact"): {"false"},
}
"""Values that no account yields, with the reason."""


def readings() -> list[tuple[RandomAccount, Account]]:
    return [account_and_reading(seed, RELATIONS_EACH) for seed in SEEDS]


def as_options(value: Any) -> set[str]:
    if value is None:
        return set()
    if isinstance(value, bool):
        return {str(value).lower()}
    return set(value) if isinstance(value, list) else {value}


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", SEEDS)
def test_account_equals_the_plain_reading_when_records_are_random(seed):
    assert list(differences(seed, RELATIONS_EACH)) == []


@pytest.mark.parametrize("kind", ["companies", "deals", "contacts"])
def test_plain_reading_tells_every_value_that_is_no_text(kind):
    names = {row.name for row in PROPERTIES if (row.object_type, row.direction) == (kind, "out")}
    _, read = readings()[0]

    rows = getattr(read, KINDS[kind])

    assert all(row.keys() == names - TEXTS for row in rows.values())


@pytest.mark.parametrize(("kind", "name"), OPTIONS)
def test_random_accounts_yield_every_option_that_a_value_can_have(kind, name):
    rows = [row for _, read in readings() for row in getattr(read, kind).values()]

    seen = {option for row in rows for option in as_options(row[name])}

    assert seen == set(OPTION_SETS[OPTIONS[kind, name]]) - NEVER.get((kind, name), set())


@pytest.mark.parametrize("name", CHOICES)
def test_random_accounts_have_every_choice_of_a_feature(name):
    drawn = [getattr(account.features, name) for account, _ in readings()]

    assert [choice for choice in CHOICES[name] if choice not in drawn] == []


def test_random_accounts_link_records_to_companies_that_do_not_exist():
    for part in ("deal_companies", "contact_companies"):
        frames = [getattr(account.mirror, part) for account, _ in readings()]
        assert any(STRAY in frame["relation_id"] for frame in frames)
    links = [account.mirror.activity_links for account, _ in readings()]
    assert any(
        ("companies", STRAY) in frame.select("object_type", "external_id").rows() for frame in links
    )


def test_random_accounts_hold_relations_of_unknown_phase_with_two_way_contact():
    relations = [row for _, read in readings() for row in read.relations.values()]

    met = [row for row in relations if row["last_two_way_contact"] is not None]

    assert "unknown" in {row["buying_phase"] for row in met}


def test_random_accounts_hold_sellers_with_no_and_with_two_top_relations():
    counts = {
        seller: {read.sellers[seller]["top_relations_total"] for _, read in readings()}
        for seller in (IDLE_SELLER, PAIR_SELLER)
    }

    assert counts[IDLE_SELLER] == {0}
    assert 2 in counts[PAIR_SELLER]


@pytest.mark.parametrize("source", ["hubspot_goals", "config"])
def test_random_accounts_hold_sellers_with_and_without_target_of_a_source(source):
    targets = {
        row["target"]
        for account, read in readings()
        if account.features.target == source
        for row in read.sellers.values()
    }

    assert None in targets
    assert len(targets) > 2
