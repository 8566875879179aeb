"""Parts of a profile: their days, their bases, and what is not there (spec 2.3)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import DEAL_FACTS, empty
from kpis.parameters import Parameters
from kpis.profile import profile
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

FACETS = ("spend_pattern", "order_volume", "current_suppliers", "right_contacts")


def row(scene: Scene, **profile_section: Any) -> dict[str, Any]:
    return scene.known(profile=profile_section).row(0, named=True)


def orders(*ages: int) -> Scene:
    scene = Scene().company("1")
    for number, age in enumerate(ages):
        scene.won(str(number), ago(age), amount=Decimal(100))
    return scene


def test_relation_without_records_has_noughts_and_no_days():
    found = row(Scene().company("1"))

    assert [found[f"{facet}_score"] for facet in FACETS] == [0, 0, 0, 0]
    assert [found[f"{facet}_base"] for facet in FACETS] == [0, 0, 0, 0]
    assert [found[f"{facet}_on"] for facet in FACETS] == [None] * 4
    assert (found["decider_base"], found["insider_base"], found["known_names"]) == (0, 0, 0)
    assert (found["has_order"], found["has_order_pattern"]) == (False, False)


@pytest.mark.parametrize(
    ("values", "base"),
    [
        ({"annual_category_spend": Decimal(1)}, "0.6"),
        ({"purchase_frequency": "monthly"}, "0.4"),
        ({"annual_category_spend": Decimal(1), "spend_categories": ["products"]}, "1"),
    ],
)
def test_base_of_the_spend_is_made_of_its_recorded_parts_whatever_their_age(values, base):
    scene = Scene().given("1", 900, **values)

    found = row(scene, spend_parts={"amount": "0.6", "pattern": "0.4"})

    assert (found["spend_pattern_base"], found["spend_pattern_score"]) == (Decimal(base), 0)


def test_smallest_amount_and_one_piece_are_recorded():
    smallest = Decimal("0.000001")
    scene = Scene().company("1", annual_category_spend=smallest, annual_order_volume=smallest)

    found = row(scene)

    assert (found["spend_pattern_score"], found["order_volume_score"]) == (Decimal("0.5"), 1)
    assert (found["order_volume_base"], found["order_volume_on"]) == (1, date(2026, 6, 30))


def test_one_supplier_is_enough_and_their_number_is_told():
    found = row(Scene().given("1", 900, current_suppliers="Rexel"))
    assert (found["known_names"], found["current_suppliers_base"]) == (1, 1)
    assert found["current_suppliers_score"] == 0

    assert row(Scene().company("1", current_suppliers="Rexel; KPN"))["known_names"] == 2


def test_suppliers_have_the_age_of_the_newest_of_names_and_situation():
    scene = Scene().given("1", 500, current_suppliers="Rexel")
    scene.companies[0]["supplier_situation"] = "none"
    scene.sets("supplier_situation", "none", ago(10))

    found = row(scene)

    assert found["current_suppliers_on"] == date(2026, 6, 20)
    assert found["current_suppliers_score"] == 1


def test_orders_before_the_window_add_no_month_to_the_pattern():
    assert row(orders(10, 11, 12, 800))["has_order_pattern"] is False
    assert row(orders(10, 11, 40, 800))["has_order_pattern"] is True


def test_one_recent_order_is_enough_when_others_are_old():
    found = row(orders(10, 800))

    assert (found["has_order"], found["order_volume_score"]) == (True, 1)


def test_bases_of_both_slots_make_the_base_of_contacts():
    scene = Scene().company("1").person("C1", role="DECISION_MAKER", set_at=ago(30))
    scene.person("C2", title="Inkoper", set_at=ago(10))

    found = row(scene)

    assert (found["decider_base"], found["insider_base"]) == (1, Decimal("0.5"))
    assert found["right_contacts_base"] == found["right_contacts_score"] == Decimal("0.75")
    assert found["right_contacts_on"] == date(2026, 6, 20)


@pytest.mark.parametrize(
    ("readable", "contacts"), [({"contacts", "companies"}, ["C1"]), ({"companies"}, [])]
)
def test_slots_are_told_when_contacts_can_be_read(readable, contacts):
    scene = Scene().company("1").person("C1")
    slots = pl.DataFrame(
        {"contact_id": ["C1"], "slot": ["decider"], "is_by_role": [True], "is_reachable": [True]}
    ).with_columns(set_on=pl.lit(None, pl.Date()))
    scene.readable = frozenset(readable)

    told = profile(
        scene.mirror().companies,
        empty(DEAL_FACTS),
        scene.mirror(),
        slots=slots,
        last_contacts=scene.told().contacts,
        confirmed=pl.DataFrame(schema={"relation_id": pl.String(), "confirmed_on": pl.Date()}),
        parameters=Parameters(),
        as_of=AS_OF,
    )

    assert told.slots["contact_id"].to_list() == contacts


def test_facets_that_cannot_be_measured_are_neither_known_nor_missing():
    scene = Scene().company("1", annual_order_volume=Decimal(5))
    scene.readable = frozenset({"companies"})

    found = row(scene)

    assert found["profile_facets_known"] == 1
    assert found["profile_missing"] == ["current_suppliers", "spend_pattern"]
    assert found["right_contacts_base"] is found["right_contacts_on"] is None
