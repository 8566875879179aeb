"""The right contacts: who can be reached, in which slot, and how fresh that is (spec 2.3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.dmu import contact_properties, contact_slots
from kpis.frames import Meaning
from kpis.parameters import Parameters
from kpis.rounding import ratio
from kpis.universe import universe
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import CLEAR, Scene


def one() -> Scene:
    return Scene().company("1")


def slots(scene: Scene, meaning: Meaning = CLEAR, **profile: Any) -> list[tuple[str, str, bool]]:
    parameters = Parameters.model_validate({"profile": profile})
    found = contact_slots(scene.mirror(), meaning, parameters, as_of=AS_OF)
    return sorted(found.select("contact_id", "slot", "is_by_role").rows())


def written(scene: Scene, **profile: Any) -> dict[str, tuple[str | None, bool | None]]:
    """Slot and whether a right contact, by contact."""
    parameters = Parameters.model_validate({"profile": profile})
    mirror = scene.mirror()
    frame = contact_properties(
        contact_slots(mirror, CLEAR, parameters, as_of=AS_OF),
        scene.told().contacts,
        mirror,
        universe(mirror, parameters),
    )
    return {row[0]: (row[1], row[2]) for row in frame.iter_rows()}


def facet(scene: Scene, **profile: Any) -> Decimal:
    """Score of the facet of relation 1."""
    frame = scene.known(profile=profile).filter(relation_id="1")
    score: Decimal = frame.select(ratio(pl.col("right_contacts_score"))).item()
    return score


def test_slot_goes_by_role_before_title():
    scene = one().person("C1", role="CHAMPION", title="Directeur").person("C2", title="Directeur")
    scene.person("C3", role="BLOCKER", title="Inkoper").person("C4", title="Boekhouder")

    assert slots(scene) == [
        ("C1", "insider", True),
        ("C2", "decider", False),
        ("C3", "insider", False),
    ]


def test_contact_with_roles_of_both_slots_fills_both_and_is_called_decider():
    scene = one().person("C1", role="CHAMPION;DECISION_MAKER")

    assert slots(scene) == [("C1", "decider", True), ("C1", "insider", True)]
    assert written(scene) == {"C1": ("decider", True)}
    assert facet(scene) == 1


def test_title_that_fits_both_slots_fills_decider_alone():
    scene = one().person("C1", title="Inkoper en directeur")

    assert slots(scene) == [("C1", "decider", False)]


def test_roles_and_titles_follow_the_mapping():
    scene = one().person("C1", role="CHAMPION").person("C2", title="Tovenaar")
    meaning = replace(
        CLEAR, buying_roles={"CHAMPION": "decider"}, job_titles={"insider": ("tovenaar",)}
    )

    assert slots(scene, meaning) == [("C1", "decider", True), ("C2", "insider", False)]


REACHABLE: list[tuple[dict[str, Any], bool]] = [
    ({"has_email": True}, True),
    ({"has_email": True, "is_bounced": True}, False),
    ({"has_email": True, "is_bounced": None}, True),
    ({"has_email": False}, False),
    ({"has_email": None, "phone_digits": None}, False),
    ({"has_email": False, "phone_digits": 5}, False),
    ({"has_email": False, "phone_digits": 6}, True),
    ({"has_email": True, "is_bounced": True, "phone_digits": 6}, True),
    ({"has_email": True, "phone_digits": 10, "has_left": True}, False),
    ({"has_email": True, "has_left": False}, True),
]


def test_contact_can_be_reached_by_mail_that_arrives_or_by_phone_until_they_leave():
    scene = one()
    for number, (values, _) in enumerate(REACHABLE):
        scene.person(str(number), role="CHAMPION", **values)

    found = written(scene)

    assert [found[str(number)][1] for number in range(len(REACHABLE))] == [
        expected or None for _, expected in REACHABLE
    ]
    assert {slot for slot, _ in found.values()} == {"insider"}


def test_digits_of_a_phone_number_are_a_parameter():
    scene = one().person("C1", role="CHAMPION", has_email=False, phone_digits=8)

    assert written(scene, min_phone_digits=8) == {"C1": ("insider", True)}
    assert written(scene, min_phone_digits=9) == {"C1": ("insider", None)}


def test_contact_out_of_reach_fills_no_slot_of_the_relation():
    assert facet(one().person("C1", role="DECISION_MAKER", has_email=False)) == 0


def test_right_contact_is_reachable_in_a_slot_of_a_relation():
    scene = one().company("2", type="PARTNER")
    scene.person("C1").person("C2", role="CHAMPION").person("C3", "2", role="CHAMPION")
    scene.person("C4", "nowhere", role="CHAMPION")

    assert written(scene) == {
        "C1": (None, None),
        "C2": ("insider", True),
        "C3": ("insider", None),
        "C4": ("insider", None),
    }


def test_contacts_stand_in_the_order_of_their_ids_with_their_last_contact():
    scene = one().person("10").person("9").meeting("2026-06-10", contact="9")

    frame = scene.results().contacts

    assert frame.select("contact_id", "contact_last_two_way").rows() == [
        ("9", date(2026, 6, 10)),
        ("10", None),
    ]


def test_slot_by_role_counts_whole_and_by_title_half():
    assert facet(one().person("C1", role="DECISION_MAKER")) == Decimal("0.5")
    assert facet(one().person("C1", title="Directeur")) == Decimal("0.25")
    assert facet(one().person("C1", role="DECISION_MAKER").person("C2", title="Inkoper")) == (
        Decimal("0.75")
    )
    assert facet(one()) == 0


def test_worth_of_a_title_is_a_parameter():
    scene = one().person("C1", title="Directeur")

    assert facet(scene, title_only="0.8") == Decimal("0.4")


FADING = [(0, "0.5"), (180, "0.5"), (181, "0.4973"), (272, "0.2514"), (364, "0.0027"), (365, "0")]


@pytest.mark.parametrize(("age", "score"), FADING)
def test_slot_fades_by_the_age_of_the_role(age, score):
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(age))

    assert facet(scene) == Decimal(score)


@pytest.mark.parametrize(("age", "score"), FADING)
def test_slot_fades_by_the_age_of_the_contact_when_that_is_later(age, score):
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(900))

    assert facet(scene.meeting(ago(age), contact="C1")) == Decimal(score)


def test_slot_by_title_has_the_age_of_the_title_and_not_of_the_role():
    scene = one().person("C1", title="Directeur", set_at=ago(272))
    scene.contact_changes.append(
        {**scene.contact_changes[0], "field": "buying_role", "value": "OTHER", "changed_at": AS_OF}
    )

    assert facet(scene) == Decimal("0.1257")


def test_attempt_refreshes_no_slot():
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(400))

    assert facet(scene.mail(ago(1), contact="C1", incoming=False)) == 0


def test_horizon_of_contacts_is_a_parameter():
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(15))

    assert facet(scene, horizons={"right_contacts": [10, 20]}) == Decimal("0.25")


def test_best_product_of_base_and_freshness_fills_the_slot():
    scene = one().person("C1", role="DECISION_MAKER", set_at=ago(320))
    assert facet(scene) == Decimal("0.1216")

    assert facet(scene.person("C2", title="Directeur", set_at=ago(10))) == Decimal("0.25")


def test_contact_fills_a_slot_of_every_company_of_theirs():
    scene = one().company("2").person("C1", "1", role="DECISION_MAKER")
    scene.contact_links.append({"from_id": "C1", "relation_id": "2", "is_primary": False})

    scores = scene.known()["right_contacts_score"].to_list()

    assert scores == [Decimal("0.5"), Decimal("0.5")]


def test_confirmation_of_the_profile_dates_a_filled_slot_anew():
    scene = Scene().company("1", profile_confirmed_on=date(2026, 6, 20)).meeting("2026-06-18")
    scene.person("C1", role="DECISION_MAKER", set_at=ago(400))

    assert facet(scene) == Decimal("0.5")


def test_contacts_that_cannot_be_read_are_not_measurable():
    scene = one()
    scene.readable = scene.readable - {"contacts"}
    row = scene.known().row(0, named=True)

    assert row["right_contacts_score"] is None
    assert row["profile_missing"] == ["current_suppliers", "order_volume", "spend_pattern"]
