"""Who set a declaration and when, and what confirms it (spec 0, 2.3, 3.2)."""

from datetime import date

import pytest

from tests.unit.kpis.phase.world import World, told


def test_declaration_by_a_workflow_is_no_word_of_a_person():
    world = World().says("interest", "2026-06-01", is_by_person=False)

    assert world.phase()["buying_phase"] == "unknown"


def test_declaration_that_a_workflow_changes_is_no_longer_a_persons_word():
    world = World().says("interest", "2026-06-01").says("quote", "2026-06-10", is_by_person=False)

    assert world.phase()["buying_phase"] == "unknown"


def test_declaration_dates_from_when_a_person_first_set_the_value():
    world = World().says("interest", "2026-06-01", is_by_person=False)
    world.says("interest", "2026-06-10").says("interest", "2026-06-20")

    assert world.phase()["phase_since"] == date(2026, 6, 10)
    assert world.lines() == ["2026-06-10 unknown>interest declared recorded"]


def test_declaration_keeps_its_date_when_the_value_is_set_again():
    world = World().says("interest", "2026-06-01").says(" interest ", "2026-06-20")

    assert world.phase()["phase_since"] == date(2026, 6, 1)


def test_emptying_the_declaration_is_a_change():
    world = World().says("interest", "2026-06-01").says("", "2026-06-10")

    assert world.phase()["buying_phase"] == "unknown"
    assert world.says("interest", "2026-06-20").phase()["phase_since"] == date(2026, 6, 20)


def test_only_the_five_identifiers_are_declarations():
    words = ("Offertefase", "unknown", "Interest", "lost")

    found = told((World().says(word, "2026-06-01") for word in words), "buying_phase")

    assert found == [("unknown",)] * 4


def test_declaration_without_a_known_time_does_not_count():
    assert World().company(phase_declared="quote").phase()["buying_phase"] == "unknown"


def test_declaration_later_than_as_of_does_not_exist_yet():
    assert World().says("quote", "2026-06-30T12:00:00.001").phase()["buying_phase"] == "unknown"
    assert World().says("quote", "2026-06-30T12:00").phase()["buying_phase"] == "quote"


def test_version_that_only_the_mirror_saw_counts_when_nothing_later_is_told():
    world = World().says("interest", "2026-06-01", is_seen=True)

    assert world.phase()["phase_since"] == date(2026, 6, 1)
    assert world.says("quote", "2026-05-20").phase()["buying_phase"] == "interest"
    assert world.says("order", "2026-06-01T10:00").phase()["buying_phase"] == "order"


def test_version_that_the_mirror_saw_later_does_not_redate_what_is_told():
    world = World().says("interest", "2026-05-20").says("interest", "2026-06-01", is_seen=True)

    assert world.phase()["phase_since"] == date(2026, 5, 20)


def test_confirmation_counts_only_with_a_contact_moment_in_the_30_days_up_to_it():
    worlds = (
        World()
        .company(profile_confirmed_on=date(2026, 6, 20))
        .says("interest", "2026-01-05")
        .deal("1", ("offer", "2026-06-10"))
        .met(met)
        for met in ("2026-06-20", "2026-05-22", "2026-05-21", "2026-06-21")
    )

    found = told(worlds, "buying_phase")

    assert found == [("interest",), ("interest",), ("quote",), ("quote",)]


def test_confirmation_counts_for_nothing_without_contact():
    world = World().company(profile_confirmed_on=date(2026, 6, 20)).says("interest", "2025-12-01")

    assert world.phase()["phase_status"] == "reverify"


def test_confirmation_renews_the_age_but_not_the_date_of_the_phase():
    world = (
        World()
        .company(profile_confirmed_on=date(2026, 6, 20))
        .says("interest", "2025-12-01")
        .met("2026-06-20")
    )

    row = world.phase()

    assert row["phase_since"] == date(2025, 12, 1)
    assert row["phase_status"] == "stalled"


@pytest.mark.parametrize(
    ("entered", "phase"), [("2026-06-19T21:59", "interest"), ("2026-06-19T22:01", "quote")]
)
def test_confirmation_counts_from_the_start_of_its_local_day(entered, phase):
    world = (
        World()
        .company(profile_confirmed_on=date(2026, 6, 20))
        .says("interest", "2026-01-05")
        .deal("1", ("offer", entered))
        .met("2026-06-20")
    )

    assert world.phase()["buying_phase"] == phase


def test_confirmation_on_the_day_of_the_declaration_is_not_later():
    world = (
        World()
        .company(profile_confirmed_on=date(2025, 12, 1))
        .says("no_interest", "2025-12-01")
        .met("2025-12-01")
    )

    assert world.phase("2026-05-30T12:00")["phase_status"] == "reverify"


def test_confirmation_later_than_as_of_does_not_count():
    world = (
        World()
        .company(profile_confirmed_on=date(2026, 7, 1))
        .says("interest", "2025-12-01")
        .met("2026-06-20")
    )

    assert world.phase()["phase_status"] == "reverify"


def test_confirmation_does_not_renew_what_was_declared_after_it():
    world = (
        World()
        .company(profile_confirmed_on=date(2025, 11, 1))
        .says("quote", "2025-10-01")
        .says("interest", "2025-12-01")
        .met("2025-11-01")
    )

    assert world.phase()["phase_status"] == "reverify"


def test_changed_declaration_that_is_taken_back_within_24_hours_never_was():
    world = World().says("interest", "2026-06-01").says("quote", "2026-06-10T10:00")

    assert world.phase()["buying_phase"] == "quote"
    world.says("interest", "2026-06-11T09:59:59.999")
    assert world.phase()["phase_since"] == date(2026, 6, 1)


def test_changed_declaration_that_is_taken_back_after_24_hours_was():
    world = (
        World()
        .says("interest", "2026-06-01")
        .says("quote", "2026-06-10T10:00")
        .says("interest", "2026-06-11T10:00")
    )

    assert world.phase()["phase_since"] == date(2026, 6, 11)


def test_first_declaration_that_is_emptied_within_24_hours_never_was():
    world = World().says("interest", "2026-06-01T10:00").says(None, "2026-06-01T15:00")

    assert world.lines() == []
