"""Slots: another letter is another word (spec 2.3)."""

from kpis.slot import slot_of_title
from kpis.vocabulary import Slot


def test_dotless_letter_is_no_other_way_to_write_a_word():
    words: dict[Slot, tuple[str, ...]] = {"decider": ("directeur",)}

    assert slot_of_title("DIRECTEUR", words) == "decider"
    assert slot_of_title("Dırecteur", words) is None  # noqa: RUF001 - this is the point
