"""How a phase goes, whether it conflicts, and what to do (spec 3.1, 3.2, 3.3)."""

from datetime import date
from typing import Any

import pytest

from kpis.vocabulary import PHASES
from tests.unit.kpis.phase.world import World, ago, told

STATUSES = [
    ("first", 95, "on_track"),
    ("first", 96, "at_risk"),
    ("first", 120, "at_risk"),
    ("first", 121, "stalled"),
    ("talk", 47, "on_track"),
    ("talk", 48, "at_risk"),
    ("talk", 60, "at_risk"),
    ("talk", 61, "stalled"),
    ("offer", 23, "on_track"),
    ("offer", 24, "at_risk"),
    ("offer", 30, "at_risk"),
    ("offer", 31, "stalled"),
    ("signed", 71, "on_track"),
    ("signed", 72, "at_risk"),
    ("signed", 90, "at_risk"),
    ("signed", 91, "stalled"),
]


def test_status_follows_the_share_of_the_threshold():
    worlds = (World().deal("1", (stage, ago(age))) for stage, age, _ in STATUSES)

    found = told(worlds, "phase_status", "days_in_phase")

    assert found == [(status, age) for _, age, status in STATUSES]


def test_no_interest_is_reverified_instead_of_stalled():
    ages = (143, 144, 180, 181)
    worlds = (World().deal("1", ("lost", ago(age)), closed=ago(age)) for age in ages)

    found = told(worlds, "phase_status")

    assert found == [("on_track",), ("at_risk",), ("at_risk",), ("reverify",)]


def test_order_is_measured_by_its_hold():
    found = told((World().won("1", ago(age)) for age in (71, 72, 89)), "phase_status")

    assert found == [("on_track",), ("at_risk",), ("at_risk",)]


def test_order_with_a_longer_hold_is_measured_by_that():
    world = World()
    for number, age in enumerate((500, 400, 300, 200, 100)):
        world.won(str(number), ago(age))

    row = world.phase()

    assert (row["hold_days"], row["phase_status"]) == (150, "on_track")


@pytest.mark.parametrize(("age", "status"), [(90, "at_risk"), (91, "stalled")])
def test_declared_order_rests_on_no_win_and_has_90_days(age, status):
    world = World().says("order", ago(age))
    for number, days in enumerate((700, 600, 500, 400, 300)):
        world.won(str(number), ago(days))

    row = world.phase()

    assert (row["hold_days"], row["phase_source"]) == (150, "declared")
    assert row["phase_status"] == status


def test_renewed_no_interest_counts_from_the_renewal():
    worlds = (
        World()
        .company(profile_confirmed_on=date.fromisoformat(ago(confirmed)))
        .says("no_interest", ago(300))
        .met(ago(confirmed))
        for confirmed in (143, 144, 179)
    )

    found = told(worlds, "phase_status", "days_in_phase")

    assert found == [("on_track", 300), ("at_risk", 300), ("at_risk", 300)]


def test_locked_no_interest_is_reverified_by_its_threshold():
    world = World().company(phase_locked_until=date(2026, 12, 31)).says("no_interest", ago(181))

    assert world.phase()["phase_status"] == "reverify"


def test_thresholds_are_parameters():
    world = World().deal("1", ("offer", ago(31)))

    assert world.phase(phase={"stalled_days": {"quote": 31}})["phase_status"] == "at_risk"
    assert world.phase(phase={"at_risk_from": "1", "stalled_days": {"quote": 40}})[
        "phase_status"
    ] == ("on_track")


CONFLICTS = [
    (["talk"], False),
    (["offer"], True),
    (["first"], True),
    (["talk", "demo"], False),
    (["talk", "first"], True),
    (["talk", "offer"], True),
    (["parked"], False),
    (["lost"], False),
]


def test_declared_phase_conflicts_with_an_open_deal_in_another_phase():
    worlds = []
    for stages, _ in CONFLICTS:
        world = World().says("interest", "2026-06-20")
        for number, stage in enumerate(stages):
            world.deal(str(number), (stage, "2026-06-01"))
        worlds.append(world)

    found = told(worlds, "phase_conflict")

    assert found == [(is_conflict,) for _, is_conflict in CONFLICTS]


def test_stale_deal_is_no_conflict():
    world = World().says("interest", "2026-06-20").deal("1", ("offer", ago(180)))

    assert world.phase()["phase_conflict"] is False


def test_phase_of_a_deal_never_conflicts():
    world = World().deal("1", ("offer", "2026-06-01")).deal("2", ("talk", "2026-06-10"))

    assert world.phase()["phase_conflict"] is False


def test_approach_stands_in_the_configured_language():
    world = World().deal("1", ("offer", "2026-06-01"))

    assert world.phase()["recommended_approach"] == (
        "Bespreek de offerte persoonlijk, neem onzekerheid weg, leg de volgende stap vast."
        " Niet pushen."
    )
    assert world.phase(write_back={"language": "en"})["recommended_approach"] == (
        "Discuss the quote in person, resolve doubt, agree on the next step. Do not push."
    )


def test_configured_approach_takes_the_place_of_the_default():
    sections: dict[str, Any] = {"phase": {"approach": {"quote": "Bel."}}}

    assert World().deal("1", ("offer", "2026-06-01")).phase(**sections)["recommended_approach"] == (
        "Bel."
    )
    assert World().phase(**sections)["recommended_approach"].startswith("Vraag en leg vast")


def test_every_phase_has_its_own_approach():
    world = World()
    for number, phase in enumerate(PHASES):
        world.company(str(number)).says(phase, "2026-06-01", relation_id=str(number))

    texts = world.phases().relations["recommended_approach"]

    assert texts.to_list() == [
        (
            "Bouw aan de relatie: deel kennis, vul het profiel aan, vraag naar contract- en"
            " budgetmomenten. Doe geen aanbod."
        ),
        "Help de vraag scherp te krijgen: vraag naar pains en gains, deel praktijkvoorbeelden.",
        "Toets eisen en besluitvorming, betrek de beslisser, kwantificeer pains en gains.",
        (
            "Bespreek de offerte persoonlijk, neem onzekerheid weg, leg de volgende stap vast."
            " Niet pushen."
        ),
        "Borg levering en resultaat, toets gains, verken de volgende behoefte.",
    ]
