"""Coverage: what cannot be measured, focus by time and low volume (spec 2.6)."""

from decimal import Decimal

import polars as pl
import pytest

from kpis.coverage import coverage, focus, seller_contact_warnings, with_population
from kpis.parameters import Contact, Parameters
from kpis.rounding import ratio
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene


def relations(scene: Scene) -> pl.DataFrame:
    top = pl.col("relation_id").is_in(scene.top)
    return scene.mirror().companies.select("relation_id", "owner", is_top_relation=top)


def test_nobody_can_be_said_to_be_contacted_when_activities_cannot_be_read():
    scene = Scene(top=("1",), readable=frozenset({"companies"})).company("1").mail(ago(1))

    row = with_population(
        relations(scene), scene.told(), scene.mirror(), Parameters(), as_of=AS_OF
    ).row(0, named=True)

    assert (row["is_contacted"], row["is_contacted_by_anyone"]) == (None, None)


def test_relation_that_its_owner_contacted_twice_stands_in_the_population_once():
    scene = Scene(top=("1",)).company("1").mail(ago(1)).mail(ago(2))

    told = with_population(
        relations(scene), scene.told(), scene.mirror(), Parameters(), as_of=AS_OF
    )

    assert told.select("relation_id", "is_contacted").rows() == [("1", True)]


def test_focus_by_time_adds_the_moments_with_all_top_relations():
    scene = Scene(top=("1", "2")).company("1").company("2").company("3")
    for day, relation_id in ((5, "1"), (4, "2"), (3, "3")):
        scene.meeting(ago(day), relation_id)

    row = focus(
        relations(scene), scene.told(), scene.history(), Contact(), today=AS_OF.date()
    ).with_columns(ratio(pl.col("focus_share_time")))

    assert row["focus_share_time"].to_list() == [Decimal("0.6667")]
    assert row["top_duration_ms"].to_list() == [7_200_000]


@pytest.mark.parametrize(("least", "found"), [(0, []), (1, ["low_volume"])])
def test_seller_without_moments_has_none_of_them(least, found):
    scene = Scene().company("1")
    rules = Contact.model_validate({"min_moments": least})
    focused = focus(relations(scene), scene.told(), scene.history(), rules, today=AS_OF.date())

    warned = seller_contact_warnings(
        pl.DataFrame({"seller_id": ["S1"]}), focused, rules, is_measurable=True
    )

    assert warned["warning"].to_list() == found


@pytest.mark.parametrize(
    ("complete", "expected"), [([None, None], None), ([False, False], 0), ([True, False], 0.5)]
)
def test_share_with_complete_pains_and_gains_is_blank_only_where_none_can_be_told(
    complete, expected
):
    given = pl.DataFrame(
        {"owner": ["S1", "S1"], "pains_gains_complete": complete},
        schema={"owner": pl.String(), "pains_gains_complete": pl.Boolean()},
    ).with_columns(
        is_in_population=True,
        is_contacted=True,
        is_contacted_by_anyone=True,
        top_relation_proven=True,
        profile_completeness=pl.lit(1, dtype=pl.Int64()),
    )

    found = coverage(given).with_columns(ratio(pl.col("pg_coverage")))["pg_coverage"].to_list()

    assert found == [None if expected is None else Decimal(str(expected))]
