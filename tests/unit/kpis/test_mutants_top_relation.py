"""Top relations: order among equals and of what is told of sellers (spec 0, 2.2)."""

from typing import Any

from kpis.frames import OwnHistory
from tests.unit.kpis.builders import AS_OF, candidate, candidates, decide


def test_rank_goes_to_the_lowest_of_two_ids_of_one_length_when_their_index_is_equal():
    given = candidates(candidate("12", 50), candidate("11", 50))

    relations = decide(AS_OF, OwnHistory(), given, rule="top_n", top_n=1).relations

    assert relations.select("relation_id", "rank", "top_relation_basis").rows() == [
        ("11", 1, "rule"),
        ("12", 2, "none"),
    ]


def test_sellers_with_too_many_own_choices_stand_in_the_order_of_their_ids():
    chosen: dict[str, Any] = {
        "top_relation_override": "always",
        "top_relation_override_reason": "because",
    }
    numbers = [7, 12, 3, 10, 1, 9, 5, 11, 2, 8, 4, 6]
    given = candidates(*(candidate(str(n), 1, owner=str(n), **chosen) for n in numbers))

    warned = decide(AS_OF, OwnHistory(), given).seller_warnings

    assert warned["seller_id"].to_list() == [str(n) for n in range(1, 13)]
