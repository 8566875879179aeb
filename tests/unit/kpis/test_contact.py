"""Contact moments, the last contact and the contact status (spec 2.5, 3.3)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from kpis.compute import compute
from kpis.contact import norm_of, status_of
from kpis.parameters import Contact, Parameters
from kpis.vocabulary import PHASES, Phase
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import CLEAR, Scene

NORMS = {
    Phase.NO_INTEREST: 120,
    Phase.ORIENTING: 60,
    Phase.INTEREST: 30,
    Phase.QUOTE: 14,
    Phase.ORDER: 60,
    Phase.UNKNOWN: 60,
}
"""Days of spec 3.1."""


def one() -> Scene:
    return Scene().company("1")


def moments(scene: Scene, **sections: Any) -> int:
    """Value of `contact_moments_90d` of relation 1."""
    found = scene.told(**sections).relations.filter(relation_id="1")
    return 0 if found.is_empty() else int(found["contact_moments_90d"][0])


def last(scene: Scene) -> tuple[date, str | None]:
    """Day of the last two-way contact of relation 1, and with whom."""
    columns = ("last_two_way_contact", "last_two_way_contact_by")
    found: tuple[date, str | None] = (
        scene.told().relations.filter(relation_id="1").select(columns).row(0)
    )
    return found


def test_ten_mails_on_a_day_are_one_moment():
    scene = one()
    for hour in range(8, 18):
        scene.mail(f"2026-06-10T{hour:02}:00")

    assert moments(scene) == 1


def test_moments_are_told_apart_by_day_channel_seller_and_relation():
    scene = one().company("2").mail("2026-06-10")

    assert moments(scene.mail("2026-06-11")) == 2
    assert moments(scene.meeting("2026-06-11")) == 3
    assert moments(scene.mail("2026-06-11", owner="S2")) == 4
    assert moments(scene.mail("2026-06-11", owner=None)) == 5
    assert moments(scene.mail("2026-06-11", "2")) == 5


def test_day_of_a_moment_is_the_local_one():
    scene = one().mail("2026-06-10T21:59").mail("2026-06-10T22:01")

    assert moments(scene) == 2
    assert moments(scene, reporting={"timezone": "UTC"}) == 1


def test_window_holds_contact_of_less_than_90_days_ago():
    assert moments(one().mail(ago(89))) == 1
    assert moments(one().mail(ago(90))) == 0


def test_window_is_a_parameter_and_keeps_its_name():
    scene = one().mail(ago(29)).mail(ago(30))

    assert moments(scene, contact={"window_days": 30}) == 1
    assert moments(scene, contact={"window_days": 31}) == 2


def test_last_two_way_contact_is_the_latest_one_with_anyone():
    scene = one().meeting("2026-06-10").mail("2026-06-12", owner="S2")
    scene.mail("2026-06-20", incoming=False).call("2026-06-21", disposition="No answer")
    scene.owners.append({"seller_id": "S2", "name": "Sam", "is_archived": False})

    assert last(scene) == (date(2026, 6, 12), "Sam")


def test_last_contact_of_one_moment_is_that_of_the_lowest_id_and_then_of_the_first_kind():
    scene = one().mail("2026-06-12", owner="S2").call("2026-06-12", owner="S3")
    assert last(scene)[1] == "S2"

    mail, call = scene.activities
    for row in (mail, call, *scene.activity_links):
        row["activity_id"] = "9"
    assert last(scene)[1] == "S3"
    scene.activities.reverse()
    assert last(scene)[1] == "S3"

    call["activity_id"] = scene.activity_links[1]["activity_id"] = "10"
    assert last(scene)[1] == "S2"


@pytest.mark.parametrize(("owner", "by"), [("S9", "S9"), (None, None)])
def test_last_contact_is_by_the_id_of_an_unknown_owner_and_blank_without_one(owner, by):
    assert last(one().mail("2026-06-12", owner=owner)) == (date(2026, 6, 12), by)


def test_status_of_relations_without_contact_is_never_and_its_values_are_blank():
    scene = one().mail("2026-06-12", incoming=False)
    scene.company("2").mail(ago(400), "2")
    first, second = scene.results().relations.iter_rows(named=True)

    assert (first["last_two_way_contact"], first["last_two_way_contact_by"]) == (None, None)
    assert (first["contact_moments_90d"], first["contact_status"]) == (0, "never")
    assert second["last_two_way_contact"] == AS_OF.date() - timedelta(days=400)
    assert (second["contact_moments_90d"], second["contact_status"]) == (0, "overdue")


def test_status_is_overdue_instead_of_never_when_older_activities_are_not_known():
    scene = one().company("2").mail(ago(10), "2")
    mirror = replace(scene.mirror(), activities_since=date(2025, 1, 1))

    found = compute(
        mirror, CLEAR, Parameters(), as_of=AS_OF, history=scene.history(), texts=TEXTS
    ).relations

    assert found["contact_status"].to_list() == ["overdue", "ok"]
    assert found["last_two_way_contact"].to_list() == [None, date(2026, 6, 20)]


def statuses(phase: Phase, *ages: int | None, **rules: Any) -> list[str]:
    """Contact status in a phase by the age of the last contact in days."""
    parameters = Contact.model_validate(rules)
    frame = pl.DataFrame({"age": ages, "phase": str(phase)}, schema_overrides={"age": pl.Int64})
    norm = norm_of(pl.col("phase"), parameters)
    return frame.select(status_of(pl.col("age"), norm, parameters)).to_series().to_list()


@pytest.mark.parametrize(("phase", "norm"), NORMS.items())
def test_status_follows_the_norm_of_the_phase_and_twice_that(phase, norm):
    found = statuses(phase, 0, norm, norm + 1, 2 * norm, 2 * norm + 1, None)

    assert found == ["ok", "ok", "due", "due", "overdue", "never"]


@pytest.mark.parametrize("phase", Phase)
def test_norm_of_each_phase_is_a_parameter(phase):
    assert statuses(phase, 5, 6, norm_days={str(phase): 5}) == ["ok", "due"]


@pytest.mark.parametrize(
    ("due_until", "expected"), [("1", "overdue"), ("1.5", "due"), ("1.49", "overdue")]
)
def test_due_until_is_a_parameter(due_until, expected):
    assert statuses(Phase.INTEREST, 45, due_until=due_until) == [expected]


def test_status_rests_on_the_phase_of_the_relation():
    scene = Scene()
    for number, phase in enumerate(PHASES):
        relation_id = str(number)
        scene.company(relation_id).mail(ago(40), relation_id)
        scene.says(phase, "2026-06-29", relation_id=relation_id)

    found = scene.results().relations["contact_status"].to_list()

    assert found == ["ok", "ok", "due", "overdue", "ok"]


def test_contact_with_a_person_is_dated_on_that_person():
    scene = one().person("C1").person("C2").person("C3")
    scene.meeting("2026-06-10", contact="C1").mail("2026-06-12", contact="C2", incoming=False)
    scene.mail("2026-06-14", "1")

    found = scene.told().contacts.rows()

    assert found == [("C1", date(2026, 6, 10))]
