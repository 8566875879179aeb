"""Which activities are two-way contact, and with which relations (spec 2.5)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.kpis.phase.world import AS_OF
from tests.unit.kpis.scene import READABLE, Scene

Step = Callable[[Scene, str], Scene]

MOMENT = "2026-06-15"


def each(steps: Sequence[Step]) -> Scene:
    """One account in which every step happens to a relation of its own, numbered from 0."""
    scene = Scene()
    for number, step in enumerate(steps):
        step(scene.company(str(number)), str(number))
    return scene


def moments(steps: Sequence[Step], **sections: Any) -> list[int]:
    """Number of moments of the relation of each step."""
    found = each(steps).told(**sections).moments["relation_id"].to_list()
    return [found.count(str(number)) for number in range(len(steps))]


def lacking(steps: Sequence[Step]) -> list[bool]:
    """Whether the relation of each step has a past meeting without an outcome."""
    found = each(steps).told().missing_outcomes["relation_id"].to_list()
    return [str(number) in found for number in range(len(steps))]


def met(outcome: str | None) -> Step:
    return lambda scene, one: scene.activity("meetings", MOMENT, one, outcome=outcome)


def called(seconds: float | None, disposition: str | None = "Connected") -> Step:
    length = None if seconds is None else int(seconds * 1000)
    return lambda scene, one: scene.activity(
        "calls", MOMENT, one, duration_ms=length, outcome=disposition
    )


def mailed(direction: str | None, kind: Any = "emails") -> Step:
    return lambda scene, one: scene.activity(kind, MOMENT, one, direction=direction)


def test_meeting_is_two_way_when_its_outcome_is_completed():
    outcomes = ["COMPLETED", "SCHEDULED", None, "CANCELED", "NO_SHOW", "RESCHEDULED"]

    assert moments([met(outcome) for outcome in outcomes]) == [1, 0, 0, 0, 0, 0]


def test_call_is_two_way_when_connected_and_not_shorter_than_a_minute():
    lengths = [None, 0, 0.001, 59, 59.999, 60, 3_600]

    assert moments([called(length) for length in lengths]) == [1, 1, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(("seconds", "expected"), [(90, [0, 1]), (0, [1, 1]), (1, [1, 1])])
def test_shortest_call_is_a_parameter(seconds, expected):
    found = moments([called(89), called(90)], contact={"min_call_seconds": seconds})

    assert found == expected


def test_call_is_an_attempt_when_it_reached_nobody():
    dispositions = ["No answer", "Left voicemail", "connected", None]

    assert moments([called(300, one) for one in dispositions]) == [0, 0, 0, 0]


def test_mail_is_two_way_when_it_came_in():
    directions = ["INCOMING_EMAIL", "EMAIL", "FORWARDED_EMAIL", None]

    assert moments([mailed(one) for one in directions]) == [1, 0, 0, 0]


def test_message_is_two_way_when_its_direction_is_known_and_inbound():
    directions = ["INBOUND", "OUTBOUND", None]

    assert moments([mailed(one, "communications") for one in directions]) == [1, 0, 0]


@pytest.mark.parametrize("kind", ["notes", "tasks", "postal_mail"])
def test_notes_tasks_and_post_are_never_two_way(kind):
    completed: Step = lambda scene, one: scene.activity(  # noqa: E731 - a step
        kind, MOMENT, one, outcome="COMPLETED", direction="INBOUND"
    )

    assert moments([completed]) == [0]


def test_activity_happens_up_to_as_of_and_not_later():
    def at_time(moment: datetime | None) -> Step:
        return lambda scene, one: scene.activity(
            "meetings", MOMENT, one, outcome="COMPLETED", occurred_at=moment
        )

    late = AS_OF + timedelta(milliseconds=1)

    assert moments([at_time(AS_OF), at_time(late), at_time(None)]) == [1, 0, 0]


def test_past_meeting_without_an_outcome_is_a_warning():
    outcomes = ["SCHEDULED", None, "COMPLETED", "CANCELED", "NO_SHOW", "RESCHEDULED"]

    assert lacking([met(one) for one in outcomes]) == [True, True, False, False, False, False]


def test_meeting_ahead_lacks_nothing():
    steps: list[Step] = [
        lambda scene, one: scene.meeting(AS_OF, one, "SCHEDULED"),
        lambda scene, one: scene.meeting(AS_OF + timedelta(seconds=1), one, "SCHEDULED"),
    ]

    assert lacking(steps) == [True, False]


def test_call_or_mail_without_an_outcome_is_no_warning():
    assert lacking([called(10, None), called(10, "SCHEDULED"), mailed(None)]) == [False] * 3


def linked(
    *companies: str, contact: tuple[str, ...] = (), deal: tuple[str, ...] = ()
) -> dict[str, int]:
    """Moments by relation of one meeting with these links.

    Contact C1 belongs to relation 1, C12 to 1 and 2 without a primary one, C2p to 1 and primarily
    to 2; deal D3 is of relation 3 and D4 of relation 4.
    """
    scene = Scene()
    for one in "12345":
        scene.company(one)
    scene.person("C1", "1").person("C12", "1").person("C2p", "1")
    for contact_id, is_primary in (("C12", False), ("C2p", True)):
        scene.contact_links[:] = [
            {**link, "is_primary": False} if link["from_id"] == contact_id else link
            for link in scene.contact_links
        ]
        scene.contact_links.append(
            {"from_id": contact_id, "relation_id": "2", "is_primary": is_primary}
        )
    scene.deal("D3", ("talk", MOMENT), relation_id="3").deal(
        "D4", ("talk", MOMENT), relation_id="4"
    )
    scene.meeting(MOMENT, None)
    key = {"activity_type": "meetings", "activity_id": "1"}
    for object_type, ids in (("companies", companies), ("contacts", contact), ("deals", deal)):
        scene.activity_links.extend(
            {**key, "object_type": object_type, "external_id": one} for one in ids
        )
    found = scene.told().moments["relation_id"].to_list()
    return {one: found.count(one) for one in found}


def test_activity_counts_for_every_company_that_it_is_linked_to():
    assert linked("1", "2") == {"1": 1, "2": 1}


def test_companies_of_an_activity_go_before_those_of_its_contacts_and_deals():
    assert linked("5", contact=("C1",), deal=("D3",)) == {"5": 1}


def test_activity_without_a_company_counts_for_the_primary_companies_of_its_contacts():
    assert linked(contact=("C1", "C2p"), deal=("D3",)) == {"1": 1, "2": 1}


def test_contact_of_several_companies_without_a_primary_one_leads_nowhere():
    assert linked(contact=("C12",)) == {}
    assert linked(contact=("C12",), deal=("D3",)) == {"3": 1}


def test_activity_without_company_and_contact_counts_for_the_companies_of_its_deals():
    assert linked(deal=("D3", "D4")) == {"3": 1, "4": 1}


def test_activity_without_links_counts_for_nobody():
    assert linked() == {}


@pytest.mark.parametrize(
    ("kind", "is_measured"),
    [
        ("calls", True),
        ("meetings", True),
        ("emails", True),
        ("communications", True),
        ("tasks", False),
        ("notes", False),
        ("postal_mail", False),
        ("companies", False),
    ],
)
def test_contact_can_be_measured_when_one_two_way_kind_may_be_read(kind, is_measured):
    others = frozenset(one for one in READABLE if one in ("companies", "contacts", "deals"))
    scene = Scene(readable=others | {kind})

    assert scene.company("1").told().is_measurable is is_measured


def test_nothing_of_contact_is_known_when_no_two_way_kind_may_be_read():
    scene = Scene(readable=frozenset({"companies", "contacts", "deals", "tasks"}))
    row = scene.company("1").meeting(MOMENT).meeting(MOMENT, outcome="SCHEDULED").relation("1")

    names = ("last_two_way_contact", "last_two_way_contact_by", "contact_moments_90d")
    assert [row[name] for name in (*names, "contact_status")] == [None] * 4
    assert "outcome_missing" not in row["data_warnings"]


def test_meeting_without_an_outcome_is_warned_of_on_its_relation():
    results = each([met("SCHEDULED"), met("COMPLETED")]).results()

    warnings = results.relations["data_warnings"].to_list()
    assert ["outcome_missing" in one for one in warnings] == [True, False]
