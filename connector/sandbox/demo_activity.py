"""What the demo's sellers and their contacts did: calls, meetings, mail, messages, tasks, notes."""

from datetime import datetime, timedelta

from connector.sandbox.demo_account import ACTIVE, ARCHIVED
from connector.sandbox.demo_scene import Company, Scene
from connector.sandbox.demo_story import STORIES
from connector.sandbox.demo_words import (
    CALL_TITLES,
    MAIL_SUBJECTS,
    MEETING_TITLES,
    NOTES,
    TASK_SUBJECTS,
)
from connector.sandbox.description import DISPOSITIONS
from connector.sandbox.instants import instant_text

Values = dict[str, str]

_ID_OF = {label: key for key, label in DISPOSITIONS.items()}
_MISSED = tuple(_ID_OF[label] for label in ("No answer", "Left voicemail", "Busy"))
_MISSED_STATES = ("NO_ANSWER", "MISSED", "BUSY")
_CALL_SECONDS = {
    "calls": (90, 1_500),
    "calls_missed": (0, 40),
    "calls_short": (10, 50),
    "calls_untimed": (0, 0),
}
_MAIL_DIRECTIONS = {
    "emails": "INCOMING_EMAIL",
    "mail_sent": "EMAIL",
    "mail_forwarded": "FORWARDED_EMAIL",
}
_TALKS = ("calls", "meetings", "emails", "emails")
_REST = ("calls_missed", "mail_sent", "notes", "communications", "tasks", "mail_sent")


def add_activities(scene: Scene, company: Company) -> None:
    """Add talks, newest first, the attempts between them, and what is planned."""
    story = STORIES[company.story]
    days_ago = scene.random.randint(2, 22) if story.talks else scene.random.randint(95, 260)
    if story.talks and scene.chance(0.25):
        days_ago += 35
    talks = scene.random.randint(2, 4) if story.talks else scene.random.randint(0, 2)
    for _ in range(talks):
        add_activity(scene, company, scene.one_of(_TALKS), days_ago, deal_id=company.open_deal_id)
        company.last_talk = company.last_talk or days_ago
        days_ago += scene.random.randint(6, 40)
    for _ in range(scene.random.randint(2, 4)):
        back = scene.random.randint(3, 80) if story.talks else scene.random.randint(185, 400)
        add_activity(scene, company, scene.one_of(_REST), back, deal_id=None)
    if story.talks:
        _plan(scene, company)


def _plan(scene: Scene, company: Company) -> None:
    """What lies ahead, and now and then a meeting that passed without its outcome recorded."""
    if scene.chance(0.35):
        add_activity(
            scene, company, "tasks", -scene.random.randint(1, 21), deal_id=company.open_deal_id
        )
    if scene.chance(0.20):
        add_activity(
            scene, company, "meetings", -scene.random.randint(2, 25), deal_id=company.open_deal_id
        )
    if scene.chance(0.06):
        add_activity(scene, company, "meetings_open", scene.random.randint(2, 9), deal_id=None)


def add_activity(
    scene: Scene, company: Company, what: str, days_ago: int, *, deal_id: str | None
) -> None:
    """Add one activity; a plan lies below 0 days ago."""
    at = scene.at(days_ago)
    object_type, values = _made(scene, what, days_ago)
    values |= {"hs_timestamp": instant_text(at), "hubspot_owner_id": _by(scene, company)}
    if object_type == "meetings":
        length = timedelta(minutes=scene.one_of((30, 45, 60, 90)))
        values["hs_meeting_start_time"] = instant_text(at)
        values["hs_meeting_end_time"] = instant_text(at + length)
    activity_id = scene.new_id(object_type)
    scene.portal.add_record(object_type, activity_id, values, at=_logged_at(scene, days_ago))
    _link(scene, company, object_type, activity_id, deal_id)


def _logged_at(scene: Scene, days_ago: int) -> datetime:
    """When it was written down: a plan some days ago, the past mostly at once, never later on."""
    if days_ago < 0:
        return scene.at(scene.random.randint(1, 10))
    delay = scene.random.randint(8, 15) if scene.chance(0.05) else 0
    return scene.at(max(1, days_ago - delay)) + timedelta(hours=1)


def _by(scene: Scene, company: Company) -> str:
    """The seller, sometimes a colleague, now and then nobody; who left does nothing any more."""
    if company.owner_id == ARCHIVED or scene.chance(0.08):
        return scene.one_of(ACTIVE)
    return "" if scene.chance(0.02) else company.owner_id


def _link(
    scene: Scene, company: Company, object_type: str, activity_id: str, deal_id: str | None
) -> None:
    """Tie it to the company, mostly; to a contact, and to the deal that it is about."""
    portal = scene.portal
    contact_id = scene.one_of(company.contact_ids)
    if scene.chance(0.9):
        portal.associate(object_type, activity_id, "companies", company.id)
    if object_type != "notes":
        portal.associate(object_type, activity_id, "contacts", contact_id)
    if deal_id:
        portal.associate(object_type, activity_id, "deals", deal_id)


def _made(scene: Scene, what: str, days_ago: int) -> tuple[str, Values]:
    """Object type and values of what happened, or will."""
    match what:
        case "calls" | "calls_missed" | "calls_short" | "calls_untimed":
            return "calls", _call(scene, what)
        case "meetings" | "meetings_open" | "meetings_off":
            return "meetings", {
                "hs_meeting_title": scene.one_of(MEETING_TITLES),
                "hs_meeting_outcome": _outcome(scene, what, days_ago),
            }
        case "emails" | "mail_sent" | "mail_forwarded":
            return "emails", {
                "hs_email_subject": scene.one_of(MAIL_SUBJECTS),
                "hs_email_direction": _MAIL_DIRECTIONS[what],
                "hs_email_status": "SENT",
            }
        case "communications":
            return "communications", {
                "hs_communication_channel_type": scene.one_of(("WHATS_APP", "LINKEDIN_MESSAGE")),
                "hs_communication_logged_from": "CRM",
            }
        case "tasks":
            return "tasks", {
                "hs_task_subject": scene.one_of(TASK_SUBJECTS),
                "hs_task_status": "COMPLETED" if days_ago > 0 else "NOT_STARTED",
                "hs_task_type": scene.one_of(("TODO", "CALL", "EMAIL")),
                "hs_task_priority": scene.one_of(("NONE", "MEDIUM", "HIGH")),
            }
        case _:
            return "notes", {"hs_note_body": scene.one_of(NOTES)}


def _outcome(scene: Scene, what: str, days_ago: int) -> str:
    if what == "meetings_off":
        return scene.one_of(("CANCELED", "NO_SHOW", "RESCHEDULED"))
    return "COMPLETED" if what == "meetings" and days_ago > 0 else "SCHEDULED"


def _call(scene: Scene, what: str) -> Values:
    """A call: missed, too short to be a talk, or one whose length nobody wrote down."""
    is_connected = what != "calls_missed"
    seconds = scene.random.randint(*_CALL_SECONDS[what])
    return {
        "hs_call_title": scene.one_of(CALL_TITLES),
        "hs_call_direction": scene.one_of(("OUTBOUND", "OUTBOUND", "INBOUND")),
        "hs_call_status": "COMPLETED" if is_connected else scene.one_of(_MISSED_STATES),
        "hs_call_disposition": _ID_OF["Connected"] if is_connected else scene.one_of(_MISSED),
        "hs_call_duration": "" if what == "calls_untimed" else str(seconds * 1_000),
    }
