"""Words at the bounds of what counts: confirmations, first words, locks (spec 2.3, 3.2)."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from kpis.parameters import PhaseParameters
from kpis.phase.declaration import CONTACT_DAYS, confirmations, declarations, locks
from tests.unit.kpis.phase.world import AS_OF, World

ZONE = "Europe/Amsterdam"
TODAY = date(2026, 6, 30)
COMPANIES = pl.DataFrame({"relation": [0, 1], "relation_id": ["1", "2"]})
MIDNIGHT = datetime(2026, 5, 31, 22, tzinfo=UTC)
"""Start of 1 June in Amsterdam."""


def confirmed(on: date, *met: date) -> list[tuple[int, date]]:
    companies = pl.DataFrame(
        {"relation": [0], "relation_id": ["1"], "profile_confirmed_on": [on]},
    )
    days = pl.DataFrame([("1", day) for day in met], schema=CONTACT_DAYS, orient="row")
    return confirmations(companies, days, within_days=30, as_of_date=TODAY).rows()


@pytest.mark.parametrize(("days_ahead", "counts"), [(0, True), (1, False)])
def test_confirmation_counts_once_and_only_up_to_today(days_ahead, counts):
    on = TODAY + timedelta(days=days_ahead)

    found = confirmed(on, TODAY, TODAY - timedelta(days=1))

    assert found == ([(0, on)] if counts else [])


def rows(world: World, *renewed: tuple[int, date]) -> list[tuple[int, datetime, datetime | None]]:
    """Relation, instant and the time of the word that stands, of each row."""
    confirmations_of = pl.DataFrame(
        renewed, schema={"relation": pl.UInt32(), "confirmed_on": pl.Date()}, orient="row"
    )
    found = declarations(
        world.mirror(),
        COMPANIES.cast({"relation": pl.UInt32()}),
        confirmations_of,
        PhaseParameters(),
        timezone=ZONE,
        as_of=AS_OF,
    )
    return found.select("relation", "at", "word_at").rows()


def test_two_relations_that_heard_a_word_at_one_instant_have_one_row_each():
    world = World().says("quote", MIDNIGHT).says("order", MIDNIGHT, relation_id="2")

    assert rows(world) == [(0, MIDNIGHT, MIDNIGHT), (1, MIDNIGHT, MIDNIGHT)]


def test_value_that_a_person_repeats_becomes_a_word_only_then():
    later, last = MIDNIGHT + timedelta(days=2), MIDNIGHT + timedelta(days=4)
    world = World().says("quote", MIDNIGHT, is_by_person=False).says("quote", later)
    world.says("order", last, is_by_person=False)

    assert rows(world) == [(0, MIDNIGHT, None), (0, later, later), (0, last, None)]


def test_confirmation_renews_only_a_word_given_before_the_start_of_its_day():
    second = MIDNIGHT + timedelta(days=1)
    world = World().says("quote", MIDNIGHT)
    first_days = (date(2026, 5, 31), date(2026, 6, 1))

    assert rows(world, *((0, day) for day in first_days)) == [(0, MIDNIGHT, MIDNIGHT)]
    assert rows(world, (0, date(2026, 6, 2))) == [(0, MIDNIGHT, MIDNIGHT), (0, second, second)]


def test_confirmation_renews_the_word_of_its_day_not_a_value_that_nobody_gave_later():
    second, fifth = MIDNIGHT + timedelta(days=1), MIDNIGHT + timedelta(days=4)
    world = World().says("quote", MIDNIGHT).says("order", fifth, is_by_person=False)

    assert rows(world, (0, date(2026, 6, 2))) == [
        (0, MIDNIGHT, MIDNIGHT),
        (0, second, second),
        (0, fifth, None),
    ]


def test_confirmations_renew_in_whatever_order_they_stand():
    world = World().says("quote", MIDNIGHT).says("order", MIDNIGHT + timedelta(days=3, hours=1))
    renewed = ((1, date(2026, 6, 2)), (0, date(2026, 6, 5)), (0, date(2026, 6, 2)))

    assert [(at - MIDNIGHT).days for _, at, _ in rows(world, *renewed)] == [0, 1, 3, 4]


def test_only_a_relation_with_a_day_is_locked_up_to_the_end_of_it():
    companies = pl.DataFrame(
        {"relation": [0, 1], "phase_locked_until": [date(2026, 5, 31), None]},
    )

    assert locks(companies, ZONE).rows() == [(0, MIDNIGHT)]
