"""The parts of a company's page: its card, its inputs, its deals, what happened last."""

from dataclasses import dataclass

from connector.sandbox.company_view import INPUTS, Reader, Shown
from connector.sandbox.records import PortalRecord

LAST_ACTIVITIES = 8
NEXT_ACTIVITIES = 3

_TILES = ("potential_revenue", "potential_index", "revenue_ytd", "revenue_ttm", "relation_score")
_FACTS = (
    "phase_previous",
    "phase_direction",
    "phase_source",
    "phase_conflict",
    "contact_status",
    "last_two_way_contact",
    "last_two_way_contact_by",
    "contact_moments_90d",
    "profile_completeness",
    "profile_missing",
    "pains_gains_complete",
    "potential_source",
    "potential_confidence",
    "potential_margin",
    "share_of_potential",
    "revenue_prev_ttm",
    "last_won_on",
)
_ACTIVITIES = {
    # type: (what it is called in Dutch and in English, its title, its outcome)
    "calls": ("Telefoongesprek", "Call", "hs_call_title", "hs_call_disposition"),
    "meetings": ("Afspraak", "Meeting", "hs_meeting_title", "hs_meeting_outcome"),
    "emails": ("E-mail", "E-mail", "hs_email_subject", "hs_email_direction"),
    "communications": ("Bericht", "Message", "", "hs_communication_channel_type"),
    "tasks": ("Taak", "Task", "hs_task_subject", "hs_task_status"),
    "notes": ("Notitie", "Note", "", ""),
    "postal_mail": ("Post", "Postal mail", "", ""),
}
_OUTCOMES = {
    "COMPLETED": "afgerond",
    "SCHEDULED": "gepland",
    "CANCELED": "geannuleerd",
    "RESCHEDULED": "verzet",
    "NO_SHOW": "niet verschenen",
    "NOT_STARTED": "open",
    "INCOMING_EMAIL": "ontvangen",
    "EMAIL": "verstuurd",
    "WHATS_APP": "WhatsApp",
    "LINKEDIN_MESSAGE": "LinkedIn",
    "Connected": "gesproken",
    "No answer": "geen gehoor",
    "Left voicemail": "voicemail ingesproken",
    "Left live message": "boodschap achtergelaten",
    "Busy": "in gesprek",
    "Wrong number": "verkeerd nummer",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """One line of the table of deals."""

    name: str
    pipeline: str
    stage: str
    amount: str
    closed_on: str
    phase: str
    decides: bool
    warnings: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of what happened, or will."""

    what: str
    title: str
    outcome: str
    at: str
    seller: str


@dataclass(frozen=True, slots=True)
class Card:
    """The card of the method on a company."""

    phase: str
    phases: list[tuple[str, bool]]
    since: Shown
    status: Shown
    is_top: bool
    top_label: str
    basis: Shown
    top_since: Shown
    action: Shown
    action_text: Shown
    approach: Shown
    explanation: Shown
    tiles: list[Shown]
    facts: list[Shown]
    history: Shown
    warnings: list[str]
    calculated: Shown


def card_of(reader: Reader, company: PortalRecord) -> Card:
    """The card; before the first run of the method nearly all of it is empty."""

    def one(name: str) -> Shown:
        return reader.of_method("companies", company, name)

    phase = reader.value(company, "buying_phase")
    return Card(
        phase=one("buying_phase").text,
        phases=[
            (label, value == phase)
            for value, label in reader.phases().items()
            if value != "unknown"
        ],
        since=one("phase_since"),
        status=one("phase_status"),
        is_top=reader.value(company, "is_top_relation") == "true",
        top_label=one("is_top_relation").label,
        basis=one("top_relation_basis"),
        top_since=one("top_relation_since"),
        action=one("next_best_action"),
        action_text=one("next_best_action_text"),
        approach=one("recommended_approach"),
        explanation=one("score_explanation"),
        tiles=[tile for name in _TILES if (tile := one(name)).text],
        facts=[fact for name in _FACTS if (fact := one(name)).text],
        history=one("phase_history"),
        warnings=reader.warnings(company),
        calculated=one("calculated_at"),
    )


def inputs_of(reader: Reader, company: PortalRecord) -> list[Shown]:
    """What people fill, empty ones too: the gaps are the point."""
    found = (reader.of_method("companies", company, name) for name in INPUTS)
    return [one for one in found if one.label]


def deals_of(reader: Reader, company_id: str) -> list[Deal]:
    """Deals of a company, latest close first."""
    records = sorted(
        reader.linked(company_id, "deals"),
        key=lambda one: (one.values.get("closedate", ""), one.id),
        reverse=True,
    )
    return [_deal(reader, one) for one in records]


def _deal(reader: Reader, record: PortalRecord) -> Deal:
    values = record.values
    pipeline, stage = reader.stage(record)
    currency = values.get("deal_currency_code") or reader.portal.currency
    amount = values.get("amount", "")
    return Deal(
        name=values.get("dealname", record.id),
        pipeline=pipeline,
        stage=stage,
        amount=reader.spoken.money(amount, currency) if amount else "",
        closed_on=reader.spoken.day(values.get("closedate", "")),
        phase=reader.of_method("deals", record, "deal_phase").text,
        decides=reader.value(record, "deal_decides_phase") == "true",
        warnings=reader.of_method("deals", record, "deal_warnings").text,
    )


def activities_of(reader: Reader, company_id: str) -> tuple[list[Activity], list[Activity]]:
    """What is planned, soonest first, and what happened last, latest first."""
    found = [
        (reader.spoken.instant(record.values["hs_timestamp"]), record.id, object_type, record)
        for object_type in _ACTIVITIES
        for record in reader.linked(company_id, object_type)
        if record.values.get("hs_timestamp")
    ]
    found.sort(key=lambda row: row[:2])
    planned = [_activity(reader, kind, one) for at, _, kind, one in found if at > reader.now]
    past = [_activity(reader, kind, one) for at, _, kind, one in found if at <= reader.now]
    return planned[:NEXT_ACTIVITIES], past[: -LAST_ACTIVITIES - 1 : -1]


def _activity(reader: Reader, object_type: str, record: PortalRecord) -> Activity:
    dutch, english, title, outcome = _ACTIVITIES[object_type]
    is_dutch = reader.spoken.language == "nl"
    value = record.values.get(outcome, "")
    value = reader.portal.dispositions.get(value, value)
    said = _OUTCOMES.get(value) if is_dutch else None
    return Activity(
        what=dutch if is_dutch else english,
        title=record.values.get(title, ""),
        outcome=said or reader.of(object_type, record, outcome).text,
        at=reader.spoken.moment(record.values["hs_timestamp"]),
        seller=reader.seller(record),
    )
