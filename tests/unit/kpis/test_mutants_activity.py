"""Activities: what is planned, what is left out, and which record a link belongs to (spec 2.5)."""

from datetime import timedelta

import pytest

from kpis.activity import activity_relations, classified, with_links
from kpis.parameters import Contact
from kpis.vocabulary import ActivityType
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import CLEAR, Scene

AHEAD = AS_OF + timedelta(days=3)


def planned(scene: Scene) -> list[str]:
    return scene.told().planned["relation_id"].to_list()


@pytest.mark.parametrize("kind", ["meetings", "calls", "tasks"])
def test_meeting_call_and_task_ahead_are_planned(kind: ActivityType):
    assert planned(Scene().company("1").activity(kind, AHEAD)) == ["1"]


@pytest.mark.parametrize("kind", ["emails", "communications", "notes"])
def test_nothing_else_ahead_is_planned(kind: ActivityType):
    assert planned(Scene().company("1").activity(kind, AHEAD, outcome="SCHEDULED")) == []


@pytest.mark.parametrize("outcome", ["COMPLETED", "CANCELED", "CANCELLED"])
def test_task_ahead_that_is_done_or_called_off_is_not_planned(outcome):
    assert planned(Scene().company("1").activity("tasks", AHEAD, outcome=outcome)) == []


@pytest.mark.parametrize("outcome", [None, "SCHEDULED", "NOT_STARTED"])
def test_meeting_ahead_is_planned_when_its_outcome_is_open(outcome):
    scene = Scene().company("1").activity("meetings", AHEAD, outcome=outcome)

    assert planned(scene) == ["1"]
    assert scene.told().moments.height == 0


def test_task_of_the_past_is_not_planned():
    assert planned(Scene().company("1").activity("tasks", ago(1), outcome="NOT_STARTED")) == []


def test_two_plans_of_a_relation_are_one():
    scene = Scene().company("1").activity("tasks", AHEAD).activity("meetings", AHEAD)

    assert planned(scene) == ["1"]


def test_attempts_and_plans_of_nobody_are_left_out():
    scene = Scene().company("1").mail(ago(1), incoming=False).activity("tasks", ago(1))
    scene.mail(ago(2)).meeting(ago(3), outcome="SCHEDULED").activity("calls", AHEAD)

    found = classified(scene.mirror(), CLEAR, Contact(), as_of=AS_OF)

    assert found["kind"].to_list() == ["two_way", "outcome_missing", "planned"]


def test_link_belongs_to_the_activity_of_its_type_when_another_type_has_the_same_id():
    scene = Scene().company("1").company("2").meeting(ago(2), "1").mail(ago(1), "2")
    for row in (*scene.activities, *scene.activity_links):
        row["activity_id"] = "7"

    found = scene.told().moments.sort("relation_id")

    assert found["relation_id"].to_list() == ["1", "2"]
    assert found["channel"].to_list() == ["meetings", "emails"]


def test_activity_with_two_people_of_one_company_counts_once():
    scene = Scene().company("1").person("11").person("12").mail(ago(1), None, contact="11")
    scene.activity_links.append({**scene.activity_links[0], "external_id": "12"})
    mirror = scene.mirror()
    known = classified(mirror, CLEAR, Contact(), as_of=AS_OF)

    pairs = activity_relations(with_links(known, mirror), mirror)

    assert pairs["relation_id"].to_list() == ["1"]
    assert scene.told().moments["activities"].to_list() == [1]
