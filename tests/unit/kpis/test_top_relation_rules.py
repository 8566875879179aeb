"""Groups, index and the five rules (spec 2.2)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kpis.frames import OwnHistory
from tests.unit.kpis.builders import Candidates, at, candidate, candidates, decide, history_with

JULY = date(2026, 7, 1)
ORDINARY = at("2026-07-15T12:00")
REVIEW = at("2026-08-01T12:00")
FLAT: dict[str, Any] = {"mean_revenue": Decimal(100), "mean_margin": Decimal(100)}


def basis_of(
    as_of: datetime, history: OwnHistory, given: Candidates, relation_id: str = "1", **rules: Any
) -> str:
    relations = decide(as_of, history, given, **rules).relations
    return str(
        relations.row(relations["relation_id"].to_list().index(relation_id), named=True)[
            "top_relation_basis"
        ]
    )


def index_of(given: Candidates, relation_id: str = "1", **rules: Any) -> Decimal | None:
    relations = decide(ORDINARY, OwnHistory(), given, **rules).relations
    row = relations.row(relations["relation_id"].to_list().index(relation_id), named=True)
    return row["potential_index"]  # type: ignore[no-any-return]


# --- index


def test_index_weighs_revenue_and_margin_against_the_means_of_the_known_values():
    given = candidates(candidate("1", 300, 30), candidate("2", 100, 10), candidate("3", None))

    assert index_of(given) == Decimal("1.5")
    assert index_of(given, "2") == Decimal("0.5")
    assert index_of(given, "3") is None


def test_index_follows_the_configured_weights_and_stays_one_on_average():
    given = candidates(candidate("1", 300, 10), candidate("2", 100, 30))

    assert index_of(given, weights={"revenue": 3, "margin": 1}) == Decimal("1.25")
    assert index_of(given, "2", weights={"revenue": 3, "margin": 1}) == Decimal("0.75")


def test_index_of_a_relation_without_a_margin_is_its_revenue_part():
    given = candidates(candidate("1", 300), candidate("2", 100, 10))

    assert index_of(given) == Decimal("1.5")


@pytest.mark.parametrize("margin", [-10, 0])
def test_index_of_a_group_without_a_positive_mean_margin_is_the_revenue_part(margin):
    given = candidates(candidate("1", 300, margin), candidate("2", 100, margin))

    assert index_of(given) == Decimal("1.5")


def test_index_is_exact_where_a_float_is_not():
    given = candidates(*(candidate(str(n), 0.1, 0.3) for n in range(7)))

    assert [index_of(given, str(n)) for n in range(7)] == [Decimal(1)] * 7


# --- groups


def segment_of(name: str | None, *revenues: float | None, first: int = 1) -> list[dict[str, Any]]:
    return [candidate(str(first + n), revenue, segment=name) for n, revenue in enumerate(revenues)]


@pytest.mark.parametrize(
    ("revenues", "group", "index"),
    [
        ((200, 50, 50, 50, 50), "retail", Decimal("2.5")),  # mean 80
        ((200, 50, 50, 100, None), "", Decimal("0.8")),  # 4 known: mean 250 of the whole base
    ],
)
def test_segment_is_a_group_from_five_relations_of_known_potential_on(revenues, group, index):
    given = candidates(
        *segment_of("retail", *revenues), *segment_of("farming", *[350] * 4, 450 - 350, first=11)
    )
    outcome = decide(ORDINARY, OwnHistory(), given).relations.row(0, named=True)

    assert outcome["group"] == group
    if group:
        assert outcome["potential_index"] == index


def test_whole_base_holds_everybody_also_those_who_have_a_group_of_their_own():
    given = candidates(
        *segment_of("retail", 10, 10, 10, 10, 10), *segment_of("farming", 70, first=11)
    )

    relations = decide(ORDINARY, OwnHistory(), given).relations

    assert relations.select("group", "potential_index").rows()[-1] == ("", Decimal("3.5"))
    assert relations.select("group", "potential_index").rows()[0] == ("retail", Decimal(1))


@pytest.mark.parametrize("segment", [None, ""])
def test_relations_without_a_segment_are_compared_with_the_whole_base(segment):
    given = candidates(*segment_of(segment, 10, 10, 10, 10, 60))

    relations = decide(ORDINARY, OwnHistory(), given).relations

    assert relations["group"].unique().to_list() == [""]
    assert relations["potential_index"].to_list()[-1] == Decimal(3)


def test_empty_segment_is_no_group_beside_the_whole_base():
    given = candidates(*segment_of("", 10, 10, 10, 10, 10), *segment_of("x", 70, first=11))

    assert index_of(given, "11") == Decimal("3.5")


def test_group_by_none_compares_everybody_with_the_whole_base():
    given = candidates(*segment_of("retail", 10, 10, 10, 10, 10), *segment_of("x", 70, first=11))

    relations = decide(ORDINARY, OwnHistory(), given, group_by="none").relations

    assert relations["group"].unique().to_list() == [""]


# --- rules: enter and leave, one relation of revenue `value` against a frozen mean of 100


def alone(value: float, margin: float | None = None, **more: Any) -> Candidates:
    return candidates(candidate("1", value, margin, **more))


@pytest.mark.parametrize(("value", "basis"), [(100, "none"), (100.000001, "rule")])
def test_mean_rule_enters_strictly_above_the_mean(value, basis):
    assert basis_of(ORDINARY, history_with(reviewed_on=JULY, **FLAT), alone(value)) == basis


def reviewed(value: float, margin: float | None = None, others: float = 100) -> Candidates:
    """Relation 1 among nine others; small against them, so the means stay near `others`."""
    rest = (candidate(str(n), others, margin and others) for n in range(2, 11))
    return candidates(candidate("1", value, margin), *rest)


@pytest.mark.parametrize(
    ("as_of", "value", "basis"),
    [
        (ORDINARY, 1, "buffer"),
        (REVIEW, 83.606558, "buffer"),  # v = 0.85 (v + 900) / 10 lies between the two
        (REVIEW, 83.606557, "none"),
    ],
)
def test_mean_rule_lets_go_only_on_a_review_and_only_below_the_leaving_index(as_of, value, basis):
    history = history_with("1", reviewed_on=JULY, **FLAT)

    assert basis_of(as_of, history, reviewed(value)) == basis


def test_member_at_exactly_the_leaving_index_stays():
    given = candidates(candidate("1", 85), candidate("2", 115))

    assert index_of(given) == Decimal("0.85")
    assert basis_of(REVIEW, history_with("1", reviewed_on=JULY), given) == "buffer"


@pytest.mark.parametrize(("enter", "basis"), [(1, "rule"), ("1.2", "none"), ("1.199999", "rule")])
def test_entering_index_is_configured(enter, basis):
    history = history_with(reviewed_on=JULY, **FLAT)

    assert basis_of(ORDINARY, history, alone(120), enter=enter) == basis


@pytest.mark.parametrize(
    ("margin", "basis"), [(0.01, "rule"), (0, "none"), (-5, "none"), (None, "rule")]
)
def test_margin_that_is_not_positive_blocks_entering(margin, basis):
    history = history_with(reviewed_on=JULY, **FLAT)

    assert basis_of(ORDINARY, history, alone(1000, margin)) == basis


@pytest.mark.parametrize("as_of", [ORDINARY, REVIEW])
def test_margin_that_is_not_positive_does_not_end_a_membership(as_of):
    history = history_with("1", reviewed_on=JULY, **FLAT)
    given = candidates(candidate("1", 1000, -5), candidate("2", 10, 50))

    assert basis_of(as_of, history, given) == "buffer"


@pytest.mark.parametrize(("as_of", "basis"), [(ORDINARY, "buffer"), (REVIEW, "none")])
def test_member_without_an_index_stays_until_the_next_review(as_of, basis):
    given = candidates(candidate("1", None), candidate("2", 100))

    assert basis_of(as_of, history_with("1", reviewed_on=JULY, **FLAT), given) == basis


@pytest.mark.parametrize(("value", "basis"), [(200, "none"), (200.01, "rule")])
def test_median_rule_enters_strictly_above_the_frozen_median(value, basis):
    history = history_with(reviewed_on=JULY, median_index=Decimal(2), **FLAT)

    assert basis_of(ORDINARY, history, alone(value), rule="median") == basis


@pytest.mark.parametrize(("value", "basis"), [(220, "none"), (220.01, "rule")])
def test_entering_index_scales_the_median(value, basis):
    history = history_with(reviewed_on=JULY, median_index=Decimal(2), **FLAT)

    assert basis_of(ORDINARY, history, alone(value), rule="median", enter="1.1") == basis


@pytest.mark.parametrize(("value", "basis"), [(85, "buffer"), (84.99, "none")])
def test_median_rule_lets_go_below_its_share_of_the_median(value, basis):
    given = candidates(
        candidate("1", value), candidate("2", 100), candidate("3", 100), candidate("4", 500)
    )

    assert basis_of(REVIEW, history_with("1", reviewed_on=JULY), given, rule="median") == basis


@pytest.mark.parametrize(("value", "basis"), [(150, "rule"), (149.99, "none")])
def test_percentile_rule_enters_from_the_frozen_upper_percentile_on(value, basis):
    history = history_with(
        reviewed_on=JULY, enter_index=Decimal("1.5"), leave_index=Decimal("1.2"), **FLAT
    )

    assert basis_of(ORDINARY, history, alone(value), rule="percentile") == basis


@pytest.mark.parametrize(
    ("relation_id", "basis"),
    [("8", "none"), ("9", "buffer"), ("10", "rule"), ("11", "rule")],
)
def test_percentile_rule_interpolates_and_lets_go_below_the_lower_percentile(relation_id, basis):
    # values 10, 20, ... 110: P82 lies at 92 and P75 at 85
    given = candidates(*(candidate(str(n), 10 * n) for n in range(1, 12)))
    history = history_with("8", "9", reviewed_on=JULY)
    rules = {"rule": "percentile", "percentile": [82, 75]}

    assert basis_of(REVIEW, history, given, relation_id, **rules) == basis


def test_member_at_exactly_the_leaving_percentile_stays():
    given = candidates(*(candidate(str(n), 10 * n) for n in range(1, 12)))
    history = history_with("8", "7", reviewed_on=JULY)

    assert basis_of(REVIEW, history, given, "8", rule="percentile") == "buffer"
    assert basis_of(REVIEW, history, given, "7", rule="percentile") == "none"


def test_percentile_rule_has_a_top_even_among_equals():
    given = candidates(*(candidate(str(n), 10) for n in range(5)))

    assert basis_of(ORDINARY, OwnHistory(), given, rule="percentile") == "rule"


def ranked(count: int = 6) -> Candidates:
    """Relations 1, 2, ... of seller S1 by falling potential, and one of S2 with the lowest."""
    mine = (candidate(str(n), 1000 - n) for n in range(1, count + 1))
    return candidates(*mine, candidate("99", 1, owner="S2"))


@pytest.mark.parametrize(("relation_id", "basis"), [("4", "rule"), ("5", "none"), ("99", "rule")])
def test_top_n_rule_enters_by_rank_within_the_seller(relation_id, basis):
    rules = {"rule": "top_n", "top_n": 4}

    assert basis_of(ORDINARY, OwnHistory(), ranked(), relation_id, **rules) == basis


@pytest.mark.parametrize(
    ("as_of", "relation_id", "basis"),
    [(REVIEW, "5", "buffer"), (REVIEW, "6", "none"), (ORDINARY, "6", "buffer")],
)
def test_top_n_rule_lets_go_beyond_rank_one_and_a_quarter_n(as_of, relation_id, basis):
    history = history_with("5", "6", reviewed_on=JULY, **FLAT)

    assert basis_of(as_of, history, ranked(), relation_id, rule="top_n", top_n=4) == basis


def test_top_n_rule_ranks_equals_by_the_lowest_id_as_a_number():
    given = candidates(candidate("10", 50), candidate("9", 50), candidate("100", 50))
    rules = {"rule": "top_n", "top_n": 1}

    assert basis_of(ORDINARY, OwnHistory(), given, "9", **rules) == "rule"
    assert basis_of(ORDINARY, OwnHistory(), given, "10", **rules) == "none"


def test_top_n_rule_gives_no_rank_to_an_unknown_potential():
    given = candidates(candidate("1", None), candidate("2", 50))

    assert basis_of(ORDINARY, OwnHistory(), given, "1", rule="top_n", top_n=2) == "none"


@pytest.mark.parametrize(
    ("revenue", "margin", "basis"),
    [
        (100.01, 100.01, "rule"),
        (100, 100.01, "none"),
        (100.01, 100, "none"),
        (100.01, None, "rule"),
        (100, None, "none"),
    ],
)
def test_both_rule_enters_only_when_both_parts_lie_above_the_mean(revenue, margin, basis):
    history = history_with(reviewed_on=JULY, **FLAT)

    assert basis_of(ORDINARY, history, alone(revenue, margin), rule="both") == basis


@pytest.mark.parametrize(
    ("revenue", "margin", "basis"),
    [
        (85, 85, "buffer"),
        (84.99, 200, "none"),
        (200, 84.99, "none"),
        (85, None, "buffer"),
        (84, None, "none"),
    ],
)
def test_both_rule_lets_go_when_either_part_lies_below_the_leaving_index(revenue, margin, basis):
    given = candidates(
        candidate("1", revenue, margin),
        candidate("2", 200 - revenue, None if margin is None else 200 - margin),
    )

    assert basis_of(REVIEW, history_with("1", reviewed_on=JULY), given, rule="both") == basis


# --- the CRM's own flag


@pytest.mark.parametrize(
    ("flag", "target", "value", "basis"),
    [
        ("ignore", True, 1, "none"),
        ("always", True, 1, "crm_flag"),
        ("always", False, 1, "none"),
        ("always", None, 1000, "rule"),
        ("only", True, 1, "crm_flag"),
        ("only", False, 1000, "none"),
        ("only", None, 1000, "none"),
    ],
)
def test_target_account_flag_is_ignored_or_counts_beside_the_rule_or_alone(
    flag, target, value, basis
):
    history = history_with(reviewed_on=JULY, **FLAT)
    given = alone(value, target_account=target)

    assert basis_of(ORDINARY, history, given, crm_flag=flag) == basis


def test_flag_alone_holds_nobody_who_was_a_member_by_rule():
    history = history_with("1", reviewed_on=JULY, **FLAT)

    assert basis_of(ORDINARY, history, alone(90), crm_flag="only") == "none"
    assert basis_of(ORDINARY, history, alone(90)) == "buffer"
