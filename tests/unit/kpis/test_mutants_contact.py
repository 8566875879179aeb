"""Contact: what moments weigh, and what is told once (spec 2.5, 2.6)."""

from datetime import date, timedelta

from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

MINUTE = 60_000


def weight(scene: Scene, **contact: int) -> list[int]:
    """Milliseconds of each moment."""
    return scene.told(contact=contact).moments["duration_ms"].to_list()


def test_calls_of_a_day_weigh_all_their_minutes():
    scene = Scene().company("1").call("2026-06-15T08:00", seconds=300)

    assert weight(scene.call("2026-06-15T10:00", seconds=400)) == [700_000]


def test_meeting_takes_its_own_time_however_short():
    start = AS_OF - timedelta(days=3)

    scene = Scene().company("1").meeting(start, ended_at=start + timedelta(milliseconds=1))

    assert weight(scene) == [1]


def test_meeting_without_an_end_may_weigh_nothing():
    assert weight(Scene().company("1").meeting(ago(3)), default_meeting_minutes=0) == [0]


def test_two_channels_on_a_day_are_one_day_of_contact():
    scene = Scene().company("1").mail("2026-06-15T08:00").meeting("2026-06-15T10:00")

    assert scene.told().days.rows() == [("1", date(2026, 6, 15))]


def test_relation_with_several_contacts_has_one_last_contact():
    scene = Scene().company("1").mail("2026-06-10").meeting("2026-06-15").mail("2026-06-12")

    found = scene.told().relations

    assert found["last_two_way_contact"].to_list() == [date(2026, 6, 15)]


def test_last_contact_with_a_person_is_the_latest_that_took_place():
    scene = Scene().company("1").person("11")
    for day in ("2026-06-10", "2026-06-15", "2026-06-12"):
        scene.mail(day, contact="11")
    scene.meeting("2026-06-20", outcome="SCHEDULED", contact="11")
    scene.activity("tasks", AS_OF + timedelta(days=5), contact="11")

    assert scene.told().contacts.rows() == [("11", date(2026, 6, 15))]


def test_contact_of_the_past_is_no_plan():
    assert Scene().company("1").mail(ago(2)).told().planned.height == 0
