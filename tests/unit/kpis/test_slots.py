"""Slots by buying role and by job title (spec 2.3)."""

import pytest

from kpis.slot import slot_of_roles, slot_of_title
from kpis.vocabulary import Slot

ROLES: dict[str, Slot] = {"DECISION_MAKER": "decider", "CHAMPION": "insider"}
TITLES: dict[Slot, tuple[str, ...]] = {
    "insider": ("inkoop", "inkoper", "engineer", "coördinator"),
    "decider": ("directeur", "ceo", "owner", "president", "hoofd inkoop", "c.e.o."),
}


@pytest.mark.parametrize(
    ("roles", "slot"),
    [
        ([], None),
        (["BLOCKER"], None),
        (["CHAMPION"], "insider"),
        (["CHAMPION", "DECISION_MAKER"], "decider"),
        (["champion"], None),
    ],
)
def test_roles_give_a_slot_with_decider_before_insider(roles: list[str], slot: Slot | None) -> None:
    assert slot_of_roles(roles, ROLES) == slot


@pytest.mark.parametrize(
    ("title", "slot"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("Directeur", "decider"),
        ("DIRECTEUR-EIGENAAR", "decider"),
        ("Adjunct-directeur/mede-eigenaar", "decider"),
        ("Onderdirecteur", None),
        ("Directeuren", None),
        ("Co-owner", "decider"),
        ("Vice-President Sales", "decider"),
        ("Vice President Sales", "decider"),
        ("Coowner", None),
        ("CEO/CFO", "decider"),
        ("CEO_NL", "decider"),
        ("CEO2", None),
        ("C.E.O. Benelux", "decider"),
        ("Hoofd   inkoop", "decider"),
        ("Hoofd\ninkoop", "decider"),
        ("Hoofd verkoop en inkoop", "insider"),
        ("Inkoper en directeur", "decider"),
        ("Inkoopster", None),
    ],
)
def test_title_gives_a_slot_when_a_word_stands_in_it_by_itself(
    title: str | None, slot: Slot | None
) -> None:
    assert slot_of_title(title, TITLES) == slot


@pytest.mark.parametrize(
    ("title", "slot"),
    [
        ("Coördinator", "insider"),
        ("COÖRDINATOR", "insider"),
        ("Coo\u0308rdinator", "insider"),
        ("Coordinator", None),
        ("Inkoopë", None),
        ("Inkoope\u0308", None),
        ("ïnkoop", None),
        ("ïinkoop", None),
        ("i\u0308inkoop", None),
    ],
)
def test_title_keeps_letters_with_a_diaeresis_whole(title: str, slot: Slot | None) -> None:
    assert slot_of_title(title, TITLES) == slot


def test_title_follows_the_given_words() -> None:
    assert slot_of_title("Planner", {"decider": ("", " "), "insider": ("planner",)}) == "insider"
    assert slot_of_title("Planner", {"decider": ("",)}) is None
    assert slot_of_title("Planner", {}) is None
    assert slot_of_title("Lid (R&D)", {"decider": ("(r&d)",)}) == "decider"
