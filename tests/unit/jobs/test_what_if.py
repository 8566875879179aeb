"""What differs between two sides: pure, from frames."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from jobs.what_if import FIELDS, Figures, Mode, compare, totals
from kpis.frames import COUNT, FLAG, TEXT, Schema

RELATIONS: Schema = {
    "relation_id": TEXT,
    "name": TEXT,
    "is_top_relation": FLAG,
    "top_relation_basis": TEXT,
    "buying_phase": TEXT,
    "relation_score": COUNT,
    "next_best_action": TEXT,
    "seller_id": TEXT,
    "seller": TEXT,
}
SELLERS: Schema = {"seller_id": TEXT, "seller": TEXT, "seller_score": COUNT}
OPEN: Mode = "self_and_manager"


def relation(relation_id: str, **values: Any) -> dict[str, Any]:
    return {
        "relation_id": relation_id,
        "name": f"Relation {relation_id}",
        "is_top_relation": True,
        "top_relation_basis": "rule",
        "buying_phase": "interest",
        "relation_score": 50,
        "next_best_action": "maintain",
        "seller_id": "1",
        "seller": "Sanne",
        **values,
    }


def side(*relations: dict[str, Any], scores: dict[str, int | None] | None = None) -> Figures:
    sellers = [(one, f"Seller {one}", score) for one, score in (scores or {}).items()]
    return Figures(
        relations=pl.DataFrame(list(relations), schema=RELATIONS),
        sellers=pl.DataFrame(sellers, schema=SELLERS, orient="row"),
        is_review=True,
    )


def changed(before: Figures, after: Figures) -> list[tuple[Any, ...]]:
    frame = compare(before, after, mode=OPEN).changes
    return frame.select("relation_id", "field", "before", "after").rows()


def test_compare_finds_nothing_when_both_sides_are_equal():
    same = side(relation("1"), relation("2", relation_score=None), scores={"1": 40, "2": None})

    found = compare(same, same, mode=OPEN)

    assert found.changes.is_empty()
    assert found.before == found.after
    assert found.sellers_moved == 0


@pytest.mark.parametrize(
    ("field", "value", "before", "after"),
    [
        ("is_top_relation", False, "true", "false"),
        ("top_relation_basis", "buffer", "rule", "buffer"),
        ("buying_phase", "quote", "interest", "quote"),
        ("relation_score", 51, "50", "51"),
        ("relation_score", None, "50", None),
        ("next_best_action", "reach_out", "maintain", "reach_out"),
    ],
)
def test_compare_names_the_value_that_differs(field, value, before, after):
    found = changed(side(relation("1")), side(relation("1", **{field: value})))

    assert found == [("1", field, before, after)]


def test_compare_shows_a_relation_of_one_side_alone_with_its_values():
    stays, comes = relation("1"), relation("2", relation_score=None)

    entered = compare(side(stays), side(stays, comes), mode=OPEN).changes
    left = changed(side(stays, comes), side(stays))

    assert entered.filter(field="is_top_relation").rows() == [
        ("2", "Relation 2", "1", "Sanne", "is_top_relation", None, "true")
    ]
    assert ("2", "buying_phase", "interest", None) in left
    assert "relation_score" not in [field for _, field, *_ in left]


def test_compare_puts_the_weightiest_value_first_and_ids_in_numeric_order():
    ids = ("10", "9", "2")
    before = side(*(relation(one) for one in ids))
    after = side(
        relation("10", buying_phase="quote"),
        relation("9", relation_score=60),
        relation("2", buying_phase="quote", is_top_relation=False),
    )

    assert [(field, one) for one, field, *_ in changed(before, after)] == [
        ("is_top_relation", "2"),
        ("buying_phase", "2"),
        ("buying_phase", "10"),
        ("relation_score", "9"),
    ]
    assert FIELDS.index("is_top_relation") < FIELDS.index("buying_phase")


def test_totals_count_top_relations_phases_and_grounds():
    found = totals(
        side(
            relation("1", relation_score=50),
            relation("2", relation_score=61, buying_phase="quote", top_relation_basis="manual"),
            relation("3", relation_score=61),
            relation("4", relation_score=None, is_top_relation=False, top_relation_basis="none"),
        ).relations
    )

    assert (found.relations, found.top_relations) == (4, 3)
    assert found.by_basis == {"rule": 2, "buffer": 0, "manual": 1, "crm_flag": 0}
    assert (found.by_phase["interest"], found.top_by_phase["interest"]) == (3, 2)
    assert (found.by_phase["quote"], found.by_phase["unknown"]) == (1, 0)
    assert found.mean_relation_score == Decimal("57.33")


def test_totals_of_nobody_have_no_mean():
    found = totals(side().relations)

    assert found.mean_relation_score is None
    assert found.top_relations == 0


def test_mean_score_is_rounded_away_from_zero_at_half_a_cent():
    scores = [50] * 7 + [51]  # 50.125

    found = totals(
        side(*(relation(str(n), relation_score=s) for n, s in enumerate(scores))).relations
    )

    assert found.mean_relation_score == Decimal("50.13")


@pytest.mark.parametrize(
    ("mode", "rows", "moved"),
    [
        (
            "self_and_manager",
            [("1", "Seller 1", 40, 45), ("2", "Seller 2", None, 10), ("4", "Seller 4", 5, None)],
            3,
        ),
        ("self", None, 3),
        ("off", None, None),
    ],
)
def test_compare_shows_scores_of_sellers_as_far_as_the_mode_allows(mode, rows, moved):
    before = side(scores={"1": 40, "2": None, "3": 7, "4": 5})
    after = side(scores={"1": 45, "2": 10, "3": 7})

    found = compare(before, after, mode=mode)

    assert (None if found.sellers is None else found.sellers.rows()) == rows
    assert found.sellers_moved == moved
