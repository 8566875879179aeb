"""Reviews, spells of membership and running twice on a day (spec 0, 2.2)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.frames import MEMBERSHIPS, REVIEWS, OwnHistory
from kpis.membership import before, member_since
from kpis.top_relation import TopRelations
from tests.unit.kpis.builders import (
    Candidates,
    at,
    candidate,
    candidates,
    decide,
    history_with,
    rows,
)

JULY = date(2026, 7, 1)


def pair(first: float | None, second: float | None = 50) -> Candidates:
    return candidates(candidate("1", first), candidate("2", second))


def run(*steps: tuple[str, Candidates], **rules: Any) -> list[TopRelations]:
    """Outcomes of runs at the given instants, each on the history of the one before."""
    history, outcomes = OwnHistory(), []
    for instant, given_candidates in steps:
        outcome = decide(at(instant), history, given_candidates, **rules)
        history = outcome.history
        outcomes.append(outcome)
    return outcomes


def test_very_first_run_is_a_review_on_any_day():
    (outcome,) = run(("2026-07-15T12:00", pair(150)))

    assert outcome.is_review
    assert outcome.history.reviews.rows(named=True) == [
        {
            "reviewed_on": date(2026, 7, 15),
            "group": "",
            "mean_revenue": Decimal(100),
            "mean_margin": None,
            "median_index": Decimal(1),
            "enter_index": Decimal("1.3"),
            "leave_index": Decimal("1.2"),
        }
    ]


@pytest.mark.parametrize(
    ("second_run", "is_review"),
    [
        ("2026-07-31T21:59", False),
        ("2026-07-31T22:00", True),  # local 08-01
        ("2026-08-20T12:00", True),
        ("2027-01-01T12:00", True),
    ],
)
def test_first_run_of_a_local_month_is_its_review(second_run, is_review):
    outcomes = run(("2026-07-15T12:00", pair(150)), (second_run, pair(150)))

    assert outcomes[-1].is_review is is_review


def test_only_the_first_run_of_a_month_is_its_review():
    outcomes = run(*((f"2026-{day}T12:00", pair(150)) for day in ("07-31", "08-01", "08-02")))

    assert [outcome.is_review for outcome in outcomes] == [True, True, False]


def test_means_stay_frozen_until_the_next_review():
    outcomes = run(
        ("2026-07-01T12:00", pair(100, 100)),
        ("2026-07-02T12:00", pair(150, 150)),
        ("2026-08-01T12:00", pair(150, 150)),
    )

    indexes = [outcome.relations["potential_index"].to_list()[0] for outcome in outcomes]
    assert indexes == [Decimal(1), Decimal("1.5"), Decimal(1)]
    assert outcomes[1].relations["top_relation_basis"].to_list() == ["rule", "rule"]
    assert outcomes[2].relations["top_relation_basis"].to_list() == ["buffer", "buffer"]


def test_segment_that_was_no_group_at_the_review_uses_the_whole_base_until_the_next_one():
    small = candidates(*(candidate(str(n), 100) for n in range(4)))
    grown = candidates(*(candidate(str(n), 100) for n in range(5)))

    outcomes = run(
        ("2026-07-01T12:00", small), ("2026-07-02T12:00", grown), ("2026-08-01T12:00", grown)
    )

    groups = [outcome.relations["group"].unique().to_list() for outcome in outcomes]
    assert groups == [[""], [""], ["retail"]]


def test_segment_stays_a_group_until_the_next_review_when_it_shrinks():
    large = candidates(*(candidate(str(n), 100) for n in range(5)))

    outcomes = run(("2026-07-01T12:00", large), ("2026-07-02T12:00", pair(150)))

    assert outcomes[-1].relations["group"].unique().to_list() == ["retail"]


def test_base_without_any_known_potential_is_reviewed_too_and_gives_no_index():
    outcomes = run(("2026-07-01T12:00", pair(None, None)), ("2026-07-02T12:00", pair(150)))

    assert outcomes[0].history.reviews["mean_revenue"].to_list() == [None]
    assert outcomes[1].relations["potential_index"].to_list() == [None, None]


def spells_of(outcome: TopRelations) -> list[tuple[Any, ...]]:
    return outcome.history.memberships.select("from_on", "until_on", "basis").rows()


def test_spells_follow_the_basis_and_since_is_the_first_day_of_the_whole_membership():
    strong, weak = pair(150), pair(90, 110)
    outcomes = run(
        ("2026-07-01T12:00", strong),
        ("2026-07-10T12:00", pair(90)),
        ("2026-07-11T12:00", pair(90)),
        ("2026-07-20T12:00", strong),
    )

    assert spells_of(outcomes[-1]) == [
        (date(2026, 7, 1), date(2026, 7, 10), "rule"),
        (date(2026, 7, 10), date(2026, 7, 20), "buffer"),
        (date(2026, 7, 20), None, "rule"),
    ]
    since = [outcome.relations["top_relation_since"].to_list()[0] for outcome in outcomes]
    assert since == [JULY] * 4
    assert weak.relations.height == 2


def test_since_starts_anew_after_a_day_out():
    outcomes = run(
        ("2026-07-01T12:00", pair(150)),
        ("2026-08-01T12:00", pair(10, 200)),
        ("2026-08-05T12:00", pair(150)),
    )

    since = [outcome.relations.row(0, named=True)["top_relation_since"] for outcome in outcomes]
    assert since == [JULY, None, date(2026, 8, 5)]
    assert outcomes[1].relations["is_top_relation"].to_list() == [False, True]


def test_membership_ends_when_the_relation_leaves_the_universe_and_is_not_held_afterwards():
    outcomes = run(
        ("2026-07-01T12:00", pair(150)),
        ("2026-07-02T12:00", candidates(candidate("2", 50))),
        ("2026-07-03T12:00", pair(90)),
    )

    assert spells_of(outcomes[1]) == [(JULY, date(2026, 7, 2), "rule")]
    assert outcomes[2].relations["top_relation_basis"].to_list() == ["none", "none"]


def same(left: TopRelations, right: TopRelations) -> bool:
    frames = [
        (left.relations, right.relations),
        (left.group_warnings, right.group_warnings),
        (left.seller_warnings, right.seller_warnings),
        (left.history.memberships, right.history.memberships),
        (left.history.reviews, right.history.reviews),
    ]
    return left.is_review is right.is_review and all(one.equals(other) for one, other in frames)


values = st.lists(st.integers(0, 300), min_size=2, max_size=6)


def of_values(numbers: list[int]) -> Candidates:
    return candidates(
        *(candidate(str(n), number or None, number - 100) for n, number in enumerate(numbers))
    )


@given(values, values, values, st.sampled_from(["2026-07-20T08:00", "2026-08-01T08:00"]))
@settings(max_examples=8, deadline=None)
def test_running_twice_on_a_day_equals_running_once(first, between, last, instant):
    past = decide(at("2026-07-01T08:00"), OwnHistory(), of_values(first)).history
    day = datetime.fromisoformat(instant).replace(hour=20).isoformat()

    once = decide(at(day), past, of_values(last))
    meanwhile = decide(at(instant), past, of_values(between))
    twice = decide(at(day), meanwhile.history, of_values(last))

    assert same(once, twice)
    assert same(once, decide(at(day), twice.history, of_values(last)))


@given(values, st.randoms())
@settings(max_examples=10, deadline=None)
def test_order_of_records_changes_nothing(numbers, random):
    given_candidates = of_values(numbers)
    order = list(range(len(numbers)))
    random.shuffle(order)
    shuffled = Candidates(
        given_candidates.relations[order], given_candidates.potentials[list(reversed(order))]
    )

    ordered = decide(at("2026-07-01T08:00"), OwnHistory(), given_candidates)

    assert same(ordered, decide(at("2026-07-01T08:00"), OwnHistory(), shuffled))


def test_before_reopens_what_ended_that_day_or_later_and_drops_what_began_then():
    history = OwnHistory(
        memberships=rows(
            MEMBERSHIPS,
            {"relation_id": "1", "from_on": date(2026, 5, 1), "until_on": date(2026, 6, 30)},
            {"relation_id": "2", "from_on": date(2026, 5, 1), "until_on": JULY},
            {"relation_id": "3", "from_on": date(2026, 5, 1), "until_on": date(2026, 7, 9)},
            {"relation_id": "4", "from_on": JULY},
            {"relation_id": "5", "from_on": date(2026, 6, 30)},
        ),
        reviews=rows(
            REVIEWS,
            {"reviewed_on": date(2026, 6, 30), "group": ""},
            {"reviewed_on": JULY, "group": ""},
        ),
    )

    past = before(history, JULY)

    assert past.memberships.select("relation_id", "until_on").rows() == [
        ("1", date(2026, 6, 30)),
        ("2", None),
        ("3", None),
        ("5", None),
    ]
    assert past.reviews["reviewed_on"].to_list() == [date(2026, 6, 30)]


def test_member_since_looks_through_changes_of_basis_but_not_through_gaps():
    spells = rows(
        MEMBERSHIPS,
        {"relation_id": "1", "from_on": date(2026, 1, 1), "until_on": date(2026, 2, 1)},
        {"relation_id": "1", "from_on": date(2026, 3, 1), "until_on": date(2026, 4, 1)},
        {"relation_id": "1", "from_on": date(2026, 4, 1)},
        {"relation_id": "2", "from_on": date(2026, 4, 1)},
        {"relation_id": "3", "from_on": date(2026, 4, 1), "until_on": date(2026, 5, 1)},
    )

    assert member_since(spells.reverse()).sort("relation_id").rows() == [
        ("1", date(2026, 3, 1)),
        ("2", date(2026, 4, 1)),
    ]


def test_adopted_membership_without_a_review_is_held_by_the_first_review():
    adopted = OwnHistory(memberships=history_with("1", reviewed_on=date(2026, 3, 1)).memberships)

    outcome = decide(at("2026-07-15T12:00"), adopted, pair(90, 110))

    assert outcome.relations.select(
        pl.col("relation_id", "top_relation_basis", "top_relation_since")
    ).rows() == [("1", "buffer", date(2026, 3, 1)), ("2", "rule", date(2026, 7, 15))]
