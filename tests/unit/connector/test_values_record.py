"""Records from a CRM's properties: neutral names, and of people only what the method needs."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connector.record import (
    activity_properties,
    properties_in_use,
    to_activity,
    to_company,
    to_contact,
    to_deal,
)
from connector.values import (
    RecordError,
)
from mappings.fields import CompanyFields, ContactFields, DealFields, Fields

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_company_is_read_under_its_neutral_names():
    company = to_company(
        "1",
        AT,
        {
            "name": " Bakker ",
            "hubspot_owner_id": "5",
            "hubspot_owner_assigneddate": "2026-05-01T00:00:00Z",
            "numberofemployees": "12",
            "hs_is_target_account": "true",
            "csk_spend_categories": "b;a",
            "csk_phase_locked_until": "2026-07-01",
            "unknown": "x",
        },
        CompanyFields(),
        {"buying_phase": "quote"},
    )

    assert (company.name, company.owner, company.employees) == ("Bakker", "5", Decimal(12))
    assert company.owner_assigned_at == datetime(2026, 5, 1, tzinfo=UTC)
    assert company.target_account is True
    assert company.spend_categories == ("a", "b")
    assert company.phase_locked_until == date(2026, 7, 1)
    assert company.annual_revenue is None
    assert company.standing == {"buying_phase": "quote"}


def test_since_when_an_owner_has_a_record_is_read_of_the_crms_own_owner_alone():
    fields = CompanyFields(owner="account_manager")

    company = to_company(
        "1", AT, {"hubspot_owner_assigneddate": "2026-05-01", "account_manager": "5"}, fields
    )

    assert (company.owner, company.owner_assigned_at) == ("5", None)
    assert "hubspot_owner_assigneddate" not in properties_in_use(fields)
    assert "hubspot_owner_assigneddate" in properties_in_use(CompanyFields())
    assert "hubspot_owner_assigneddate" not in properties_in_use(ContactFields())


def test_error_names_the_neutral_field():
    with pytest.raises(RecordError, match=r"^field amount is not a plain number$"):
        to_deal("1", AT, {"amount": "98765,43"}, DealFields())
    with pytest.raises(RecordError, match=r"^field owner_assigned_at is no date$"):
        to_deal("1", AT, {"hubspot_owner_assigneddate": "gisteren"}, DealFields())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (False, False, 0)),
        ({"email": "piet@bakker.nl"}, (True, False, 0)),
        ({"email": "piet@bakker"}, (False, False, 0)),
        ({"email": "bakker.nl"}, (False, False, 0)),
        ({"hs_email_hard_bounce_reason_enum": "OTHER"}, (False, True, 0)),
        ({"hs_email_hard_bounce_reason_enum": "false"}, (False, False, 0)),
        ({"hs_email_hard_bounce_reason_enum": " "}, (False, False, 0)),
        ({"phone": "020 12", "mobilephone": "+31 6-12 34"}, (False, False, 7)),
        ({"phone": "020 12"}, (False, False, 5)),
    ],
)
def test_of_a_contact_only_its_reachability_is_kept(values, expected):
    contact = to_contact("1", AT, values, ContactFields())

    assert (contact.has_email, contact.is_bounced, contact.phone_digits) == expected


def test_contact_has_left_when_the_mapped_mark_is_set():
    fields = ContactFields(left="gone", phone=None)

    assert to_contact("1", AT, {"gone": "yes", "phone": "0201"}, fields).has_left
    assert to_contact("1", AT, {"phone": "0201"}, fields).phone_digits == 0
    assert not to_contact("1", AT, {"gone": "No"}, fields).has_left
    assert not to_contact("1", AT, {"gone": "yes"}, ContactFields()).has_left


def test_call_is_read_with_its_disposition_direction_and_length():
    call = to_activity(
        "1",
        AT,
        {
            "hs_timestamp": "2026-05-20T09:00:00Z",
            "hs_createdate": "2026-05-20T10:00:00Z",
            "hs_call_duration": "61000",
            "hs_call_disposition": "f240",
            "hs_call_direction": "INBOUND",
            "hubspot_owner_id": "5",
        },
        "calls",
        Fields(),
    )

    assert call.occurred_at == datetime(2026, 5, 20, 9, tzinfo=UTC)
    assert call.created_at == datetime(2026, 5, 20, 10, tzinfo=UTC)
    assert (call.duration_ms, call.outcome, call.direction, call.owner) == (
        61_000,
        "f240",
        "INBOUND",
        "5",
    )
    assert call.ended_at is None


def test_meeting_happens_when_it_starts():
    times = {"hs_timestamp": "2026-05-20T09:00:00Z"}
    started = {"hs_meeting_start_time": "2026-05-21T09:00:00Z"}
    ended = {"hs_meeting_end_time": "2026-05-21T10:00:00Z"}

    meeting = to_activity("1", AT, {**times, **started, **ended}, "meetings", Fields())
    bare = to_activity("1", AT, times, "meetings", Fields())

    assert meeting.occurred_at == datetime(2026, 5, 21, 9, tzinfo=UTC)
    assert meeting.ended_at == datetime(2026, 5, 21, 10, tzinfo=UTC)
    assert bare.occurred_at == datetime(2026, 5, 20, 9, tzinfo=UTC)


def test_direction_of_a_message_is_read_where_the_mapping_names_it():
    values = {"way": "IN", "hs_timestamp": "2026-05-20"}
    named = Fields(message_direction="way")

    assert to_activity("1", AT, values, "communications", named).direction == "IN"
    assert to_activity("1", AT, values, "communications", Fields()).direction is None
    assert "way" in activity_properties("communications", named)
    assert "way" not in activity_properties("emails", named)


def test_activity_is_asked_for_what_it_is_built_from_and_no_text():
    common = {"hs_timestamp", "hs_createdate", "hubspot_owner_id"}

    assert activity_properties("notes", Fields()) == common
    assert activity_properties("communications", Fields()) == common
    assert activity_properties("tasks", Fields()) == common | {"hs_task_status"}
    assert activity_properties("emails", Fields()) == common | {
        "hs_email_status",
        "hs_email_direction",
    }
    assert activity_properties("meetings", Fields()) == common | {
        "hs_meeting_outcome",
        "hs_meeting_start_time",
        "hs_meeting_end_time",
    }
    assert activity_properties("calls", Fields()) == common | {
        "hs_call_disposition",
        "hs_call_direction",
        "hs_call_duration",
    }
