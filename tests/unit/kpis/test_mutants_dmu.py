"""The buying group: who counts as reachable, ties, and contacts in both slots (spec 2.3)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.dmu import contact_properties, contact_slots, slot_facets
from kpis.parameters import Parameters
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import CLEAR, Scene

UNCONFIRMED = pl.DataFrame(schema={"relation_id": pl.String(), "confirmed_on": pl.Date()})


def one() -> Scene:
    return Scene().company("1")


def slots(scene: Scene, **profile: Any) -> pl.DataFrame:
    parameters = Parameters.model_validate({"profile": profile})
    return contact_slots(scene.mirror(), CLEAR, parameters, as_of=AS_OF)


def filled(scene: Scene, **profile: Any) -> list[tuple[Any, ...]]:
    """Relation, slot, contact, base and score of every slot that somebody fills."""
    facets = slot_facets(
        slots(scene, **profile),
        scene.told().contacts,
        UNCONFIRMED,
        scene.mirror(),
        Parameters.model_validate({"profile": profile}).profile,
        as_of_date=AS_OF.date(),
    )
    return facets.select("relation_id", "slot", "contact_id", "base", "score").rows()


def written(scene: Scene) -> list[tuple[Any, ...]]:
    """Contact, slot and whether it is a right contact, as written to contacts."""
    mirror = scene.mirror()
    frame = contact_properties(slots(scene), scene.told().contacts, mirror, mirror.companies)
    return frame.select("contact_id", "dmu_slot", "is_right_contact").rows()


@pytest.mark.parametrize(
    ("values", "is_reachable"),
    [
        ({"has_email": None, "phone_digits": None}, False),
        ({"has_email": None, "phone_digits": 1}, True),
        ({"has_email": None, "phone_digits": 0}, False),
        ({"has_email": True, "phone_digits": None}, True),
        ({"has_email": True, "is_bounced": None, "phone_digits": None}, True),
        ({"has_email": False, "is_bounced": None, "phone_digits": None}, False),
        ({"has_email": True, "has_left": None}, True),
    ],
)
def test_contact_of_whom_nothing_is_known_is_not_reachable(values, is_reachable):
    scene = one().person("C1", role="DECISION_MAKER", **values)

    assert slots(scene, min_phone_digits=1)["is_reachable"].to_list() == [is_reachable]


def test_contact_is_in_a_slot_once_when_two_roles_stand_for_it():
    scene = one().person("C1", role="BUDGET_HOLDER;DECISION_MAKER")

    assert slots(scene).select("contact_id", "slot").rows() == [("C1", "decider")]


def test_contact_without_a_role_or_title_is_in_no_slot():
    scene = one().person("C1").person("C2", title="Directeur").person("C3", role="CHAMPION")
    scene.contacts[0]["buying_role"] = []

    assert slots(scene).select("contact_id", "slot", "is_by_role").rows() == [
        ("C3", "insider", True),
        ("C2", "decider", False),
    ]


def test_slot_of_unknown_age_is_of_today_however_soon_contacts_fade():
    scene = one().person("C1", role="DECISION_MAKER")

    assert filled(scene, horizons={"right_contacts": [0, 10]}) == [("1", "decider", "C1", 1, 1)]


def test_slot_has_one_contact_when_several_could_fill_it():
    scene = one().person("C1", title="Directeur").person("C2", role="DECISION_MAKER")

    assert filled(scene) == [("1", "decider", "C2", 1, 1)]


def test_slot_is_filled_by_role_when_a_title_scores_the_same():
    scene = one().person("C1", title="Directeur", set_at=ago(1))
    scene.person("C2", role="DECISION_MAKER", set_at=ago(15))

    assert filled(scene, horizons={"right_contacts": [10, 20]}) == [
        ("1", "decider", "C2", 1, Decimal("0.5"))
    ]


@pytest.mark.parametrize(("ids", "lowest"), [(("10", "9"), "9"), (("12", "11"), "11")])
def test_slot_is_filled_by_the_lowest_id_when_contacts_are_equal(ids, lowest):
    scene = one()
    for contact_id in ids:
        scene.person(contact_id, role="DECISION_MAKER")

    assert filled(scene) == [("1", "decider", lowest, 1, 1)]


def test_contact_in_both_slots_and_of_two_relations_is_written_once():
    scene = one().company("2").person("C1", role="CHAMPION;DECISION_MAKER")
    scene.contact_links.append({"from_id": "C1", "relation_id": "2", "is_primary": False})

    assert written(scene) == [("C1", "decider", True)]


def test_contact_of_no_relation_is_not_a_right_contact():
    scene = one().person("C1", "9", role="DECISION_MAKER").person("C2", title="Inkoper")

    assert written(scene) == [("C1", "decider", None), ("C2", "insider", True)]


def test_confirmation_dates_a_slot_when_it_is_newest():
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(400))
    confirmed = pl.DataFrame({"relation_id": ["1"], "confirmed_on": [date(2026, 6, 1)]})

    facets = slot_facets(
        slots(scene),
        scene.told().contacts,
        confirmed,
        scene.mirror(),
        Parameters().profile,
        as_of_date=AS_OF.date(),
    )

    assert facets.select("score", "dated_on").rows() == [(1, date(2026, 6, 1))]
