"""The four facets of a profile, what is known, and what proves a top relation (spec 2.3, 2.4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.rounding import ratio
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

TODAY = AS_OF.date()

SPEND = {"annual_category_spend": Decimal(1_000)}
FADING = [(0, "1"), (365, "1"), (366, "0.9973"), (547, "0.5014"), (548, "0.4986"), (730, "0")]


def row(scene: Scene, **sections: Any) -> dict[str, Any]:
    """Profile of relation 1, rounded."""
    frame = scene.known(**sections).filter(relation_id="1")
    return frame.with_columns(ratio(pl.selectors.decimal())).row(0, named=True)


def score(scene: Scene, facet: str, **profile: Any) -> Decimal:
    found: Decimal = row(scene, profile=profile)[f"{facet}_score"]
    return found


def given(days_ago: int, **values: Any) -> Scene:
    return Scene().given("1", days_ago, **values)


def orders(*ages: int, amount: int = 100) -> Scene:
    """Relation 1 with orders won so many days ago."""
    scene = Scene().company("1")
    for number, age in enumerate(ages):
        scene.won(str(number), ago(age), amount=Decimal(amount))
    return scene


def test_half_of_the_spend_is_its_amount():
    assert score(given(10, **SPEND), "spend_pattern") == Decimal("0.5")
    assert score(given(10, annual_category_spend=Decimal(0)), "spend_pattern") == 0
    assert score(given(10, annual_category_spend=Decimal(-5)), "spend_pattern") == 0
    assert score(Scene().company("1"), "spend_pattern") == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"spend_categories": ["products"]}, "0.5"),
        ({"spend_categories": []}, "0"),
        ({"purchase_frequency": "monthly"}, "0.5"),
        ({"purchase_frequency": "monthly", "spend_categories": ["products", "services"]}, "0.5"),
        ({"purchase_frequency": "monthly", **SPEND}, "1"),
    ],
)
def test_other_half_of_the_spend_is_its_pattern(values, expected):
    assert score(given(10, **values), "spend_pattern") == Decimal(expected)


def test_parts_of_the_spend_are_parameters():
    scene = given(10, **SPEND)

    assert score(scene, "spend_pattern", spend_parts={"amount": "0.7"}) == Decimal("0.7")
    scene = given(10, purchase_frequency="monthly")
    assert score(scene, "spend_pattern", spend_parts={"pattern": "0.3"}) == Decimal("0.3")


@pytest.mark.parametrize(("age", "worth"), FADING)
def test_each_half_of_the_spend_fades_by_its_own_age(age, worth):
    scene = given(age, **SPEND)
    assert row(scene)["spend_amount_score"] == ratio_of(Decimal(worth) / 2)

    scene = given(age, purchase_frequency="monthly").sets("annual_category_spend", "1000", ago(0))
    scene.companies[0]["annual_category_spend"] = Decimal(1_000)
    assert row(scene)["spend_amount_score"] == Decimal("0.5")
    assert row(scene)["spend_pattern_part_score"] == ratio_of(Decimal(worth) / 2)


def ratio_of(value: Decimal) -> Any:
    """About that value; the freshness of the table is rounded itself."""
    return pytest.approx(value, abs=Decimal("0.0001"))


def test_pattern_has_the_age_of_the_latest_edit_of_either_of_its_fields():
    scene = given(700, purchase_frequency="monthly", spend_categories=["products"])
    assert score(scene, "spend_pattern") < Decimal("0.1")

    scene.sets("spend_categories", "services", ago(3))
    assert score(scene, "spend_pattern") == Decimal("0.5")


PATTERNS = [
    ((10, 20, 40), True),  # of June, June and May
    ((10, 40), False),
    ((10, 11, 12), False),  # one month
    ((10, 20, 729), True),  # 729 days before is the day after the window starts
    ((10, 20, 730), False),  # 2024-06-30 is the same day two years back
    ((10, 20, 729, 731), True),
]


@pytest.mark.parametrize(("ages", "has_pattern"), PATTERNS)
def test_three_orders_in_two_months_of_two_years_are_a_pattern(ages, has_pattern):
    assert score(orders(*ages), "spend_pattern") == (Decimal("0.5") if has_pattern else 0)


def test_pattern_of_orders_is_made_of_parameters():
    scene = orders(10, 40)
    assert score(scene, "spend_pattern", pattern_min_deals=2) == Decimal("0.5")
    assert score(orders(10, 11, 12), "spend_pattern", pattern_min_months=1) == Decimal("0.5")
    assert score(orders(10, 20, 40), "spend_pattern", pattern_min_months=3) == 0
    assert score(orders(10, 20, 40), "spend_pattern", pattern_window_months=1) == 0
    assert score(orders(10, 20, 40), "spend_pattern", pattern_window_months=2) == Decimal("0.5")


def test_pattern_of_orders_is_of_today_and_goes_before_an_old_edit():
    scene = orders(10, 20, 40)
    scene.companies[0]["purchase_frequency"] = "monthly"
    scene.sets("purchase_frequency", "monthly", ago(700))

    assert score(scene, "spend_pattern") == Decimal("0.5")


def test_credit_notes_and_orders_ahead_are_no_orders():
    scene = orders(10, 20).won("8", ago(40), amount=Decimal(-1)).won("9", ago(-1))

    assert score(scene, "spend_pattern") == 0
    assert score(orders(10, amount=-1), "order_volume") == 0
    assert score(orders(10, amount=0), "order_volume") == 1


@pytest.mark.parametrize(("age", "worth"), FADING)
def test_order_volume_fades_by_its_age(age, worth):
    scene = given(age, annual_order_volume=Decimal(5))

    assert score(scene, "order_volume") == Decimal(worth)


def test_volume_of_nothing_is_no_volume():
    assert score(given(1, annual_order_volume=Decimal(0)), "order_volume") == 0


def test_order_of_the_last_year_stands_for_a_volume_of_today():
    assert score(orders(364), "order_volume") == 1
    assert score(orders(365), "order_volume") == 0

    scene = orders(364)
    scene.companies[0]["annual_order_volume"] = Decimal(5)
    assert score(scene.sets("annual_order_volume", "5", ago(700)), "order_volume") == 1


def test_days_of_an_order_are_a_parameter():
    assert score(orders(30), "order_volume", order_window_days=30) == 0
    assert score(orders(29), "order_volume", order_window_days=30) == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"current_suppliers": "Rexel"}, 1),
        ({"current_suppliers": "KPN\n3M"}, 1),
        ({"current_suppliers": "onbekend"}, 0),
        ({"current_suppliers": "x"}, 0),
        ({"current_suppliers": "; ;"}, 0),
        ({"supplier_situation": "none"}, 1),
        ({"supplier_situation": "in_house"}, 1),
        ({"supplier_situation": "known"}, 0),
    ],
)
def test_suppliers_are_known_by_a_name_or_as_none_at_all(values, expected):
    assert score(given(5, **values), "current_suppliers") == expected


def test_own_name_and_smallest_name_are_parameters():
    scene = given(5, current_suppliers="Acme")

    assert score(scene, "current_suppliers", own_names=["ACME"]) == 0
    assert score(scene, "current_suppliers", min_name_characters=5) == 0
    assert score(scene, "current_suppliers", min_name_characters=4) == 1


@pytest.mark.parametrize(
    ("age", "worth"),
    [(270, "1"), (271, "0.9963"), (405, "0.5"), (539, "0.0037"), (540, "0")],
)
@pytest.mark.parametrize(
    "values", [{"current_suppliers": "Rexel"}, {"supplier_situation": "none"}], ids=["name", "none"]
)
def test_suppliers_fade_by_their_age(values, age, worth):
    assert score(given(age, **values), "current_suppliers") == Decimal(worth)


@pytest.mark.parametrize(
    ("facet", "values"),
    [
        ("spend_pattern", {**SPEND, "purchase_frequency": "monthly"}),
        ("order_volume", {"annual_order_volume": Decimal(5)}),
        ("current_suppliers", {"current_suppliers": "Rexel"}),
    ],
)
def test_horizon_of_each_facet_is_a_parameter(facet, values):
    scene = given(15, **values)

    assert score(scene, facet, horizons={facet: [10, 20]}) == Decimal("0.5")
    assert score(scene, facet, horizons={facet: [10, 15]}) == 0
    assert score(scene, facet, horizons={facet: [15, 20]}) == 1


def test_value_without_a_known_version_is_of_today():
    assert score(Scene().company("1", current_suppliers="Rexel"), "current_suppliers") == 1


def test_rewriting_the_same_value_does_not_make_it_younger():
    scene = given(405, current_suppliers="Rexel").sets("current_suppliers", " Rexel ", ago(1))

    assert score(scene, "current_suppliers") == Decimal("0.5")


def test_number_written_otherwise_is_the_same_value():
    scene = given(547, **SPEND).sets("annual_category_spend", "1000.00", ago(1))

    assert score(scene, "spend_pattern") == Decimal("0.2507")


def known(scene: Scene, **profile: Any) -> tuple[int, list[str]]:
    found = row(scene, profile=profile)
    return found["profile_facets_known"], found["profile_missing"]


def test_facet_is_known_from_a_score_of_a_half():
    everything = ["current_suppliers", "order_volume", "right_contacts", "spend_pattern"]

    assert known(given(365, **SPEND)) == (1, everything[:3])
    assert known(given(366, **SPEND)) == (0, everything)
    assert known(given(405, current_suppliers="Rexel")) == (1, everything[1:])
    assert known(given(406, current_suppliers="Rexel")) == (0, everything)


def test_known_from_is_a_parameter():
    scene = given(1, **SPEND)

    assert known(scene, known_from="0.51")[0] == 0
    assert known(given(472, current_suppliers="Rexel"), known_from="0.25")[0] == 1


def test_completeness_is_the_mean_of_the_four_facets():
    scene = given(1, annual_order_volume=Decimal(5), **SPEND).person("C1", role="DECISION_MAKER")

    assert row(scene)["profile_completeness"] == Decimal("0.5")


def test_completeness_is_the_mean_of_three_when_contacts_cannot_be_read():
    scene = given(1, annual_order_volume=Decimal(5), **SPEND)
    scene.readable -= {"contacts"}

    assert row(scene)["profile_completeness"] == Decimal("0.5")
    assert row(scene)["profile_facets_known"] == 2


def confirmed(days_ago: int, contact_before: int | None, **sections: Any) -> Decimal:
    """Score of suppliers of 500 days old, confirmed with a contact so many days before that."""
    scene = given(500, current_suppliers="Rexel")
    scene.companies[0]["profile_confirmed_on"] = TODAY - timedelta(days=days_ago)
    if contact_before is not None:
        scene.mail(ago(days_ago + contact_before), owner="S2")
    return score(scene, "current_suppliers", **sections)


def test_confirmation_counts_when_contact_took_place_in_the_30_days_up_to_it():
    old = Decimal("0.1481")

    assert confirmed(100, 0) == confirmed(100, 29) == 1
    assert confirmed(100, 30) == confirmed(100, -1) == confirmed(100, None) == old


def test_confirmation_dates_the_facets_anew_from_its_own_day():
    assert confirmed(405, 3) == Decimal("0.5")
    assert confirmed(0, 3) == 1
    assert confirmed(-1, 1) == Decimal("0.1481")  # of tomorrow


def test_days_before_a_confirmation_are_a_parameter():
    assert confirmed(100, 9, confirm_needs_contact_days=10) == 1
    assert confirmed(100, 10, confirm_needs_contact_days=10) == Decimal("0.1481")


def test_confirmation_fills_nothing_that_is_empty():
    scene = Scene().company("1", profile_confirmed_on=TODAY).mail(ago(1))

    assert row(scene)["profile_completeness"] == 0


def test_top_relation_is_proven_with_a_known_potential_and_two_facets():
    scene = Scene(top=("1", "2", "3"))
    two = {"annual_order_volume": Decimal(5), "current_suppliers": "Rexel"}
    scene.given("1", 1, **two, **SPEND)  # three facets
    scene.given("2", 1, current_suppliers="Rexel", annual_category_spend=Decimal(1_000))
    scene.given("3", 1, **two)  # potential unknown
    scene.given("4", 1, **two, **SPEND)  # not top
    scene.given("5", 1, **SPEND)

    def proven(**profile: Any) -> list[str]:
        frame = scene.results(profile=profile).relations
        return frame.filter("top_relation_proven")["relation_id"].to_list()

    assert proven() == ["1", "2"]
    assert proven(proven_min_facets=3) == ["1"]
    assert proven(proven_min_facets=4) == []


def test_days_of_a_facet_are_those_of_its_newest_part():
    scene = given(40, **SPEND).sets("purchase_frequency", "monthly", ago(10))
    scene.companies[0]["purchase_frequency"] = "monthly"

    assert row(scene)["spend_pattern_on"] == TODAY - timedelta(days=10)
    assert row(scene)["spend_amount_on"] == TODAY - timedelta(days=40)
    assert row(scene)["current_suppliers_on"] is None
