"""Items: one letter is enough where the parameter says so (spec 4.2)."""

from kpis.item import items_of
from kpis.parameters import PainsGains


def test_one_letter_is_enough_when_no_more_are_asked_for():
    found = items_of("a1", parameters=PainsGains.model_validate({"min_letters": 1}))

    assert [(item.text, item.dropped) for item in found] == [("a1", None)]
