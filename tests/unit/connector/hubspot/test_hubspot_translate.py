"""Which properties are asked for, and what makes a record unreadable."""

from datetime import date
from typing import Any

import pytest

from connector.hubspot.translate import Translation
from connector.values import RecordError
from mappings.fields import CompanyFields, DealFields, Fields

TRANSLATION = Translation(
    fields=Fields(
        company=CompanyFields(owner=None, segment="branche", pains=None),
        deal=DealFields(margin="profit"),
        message_direction="richting",
    ),
    prefix="csk_",
    standing={"companies": ("is_top_relation",)},
)


def test_asked_properties_are_those_of_the_mapping_and_our_own_standing_values():
    asked = TRANSLATION.asked("companies")

    assert {"branche", "csk_is_top_relation", "hs_lastmodifieddate", "csk_gains"} <= set(asked)
    assert not {"industry", "hubspot_owner_id", "csk_pains"} & set(asked)


def test_date_of_assignment_is_asked_for_where_the_owner_is_the_crms_own():
    assert "hubspot_owner_assigneddate" in TRANSLATION.asked("deals")
    assert "hubspot_owner_assigneddate" not in TRANSLATION.asked("companies")


@pytest.mark.parametrize(
    ("object_type", "modified"),
    [
        ("contacts", "lastmodifieddate"),
        ("companies", "hs_lastmodifieddate"),
        ("deals", "hs_lastmodifieddate"),
        ("notes", "hs_lastmodifieddate"),
    ],
)
def test_modified_date_has_a_name_of_its_own_for_contacts(object_type, modified):
    dates = {"lastmodifieddate", "hs_lastmodifieddate"} & set(TRANSLATION.asked(object_type))

    assert dates == {modified}


@pytest.mark.parametrize(
    ("activity_type", "extra"),
    [
        ("calls", {"hs_call_direction", "hs_call_disposition", "hs_call_duration"}),
        ("notes", set()),
        ("communications", {"richting"}),
    ],
)
def test_activities_are_asked_for_times_owner_and_outcome_and_no_text(activity_type, extra):
    assert set(TRANSLATION.asked(activity_type)) == extra | {
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_timestamp",
        "hubspot_owner_id",
    }


@pytest.mark.parametrize(
    ("object_type", "since", "is_part"),
    [("calls", date(2025, 1, 1), True), ("calls", None, False), ("deals", date(2025, 1, 1), False)],
)
def test_first_day_of_activities_is_part_of_what_is_asked(adapter, object_type, since, is_part):
    asked = adapter(activities_since=since).asked_properties(object_type)

    assert ("hs_timestamp>=2025-01-01" in asked) is is_part
    assert list(asked) == sorted(asked)


MODIFIED = {"hs_lastmodifieddate": "2026-06-10T08:30:00Z"}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"properties": MODIFIED}, "has no id of digits"),
        ({"id": 5, "properties": MODIFIED}, "has no id of digits"),
        ({"id": "5a", "properties": MODIFIED}, "has no id of digits"),
        ({"id": "5"}, "has no properties"),
        ({"id": "5", "properties": None}, "has no properties"),
        ({"id": "5", "properties": {**MODIFIED, "name": 5}}, "has a value that is no text"),
        ({"id": "5", "properties": {}}, "has no modified date"),
    ],
)
def test_record_is_unreadable_for_a_reason(payload, reason):
    with pytest.raises(RecordError, match=reason):
        TRANSLATION.builder("companies")(payload)


def test_standing_values_come_without_prefix_and_empty_ones_are_not_there():
    build = TRANSLATION.builder("companies")

    def standing(value: str | None) -> Any:
        values = {**MODIFIED, "csk_is_top_relation": value, "csk_other": "1"}
        return getattr(build({"id": "5", "properties": values}), "standing")  # noqa: B009

    assert standing("true") == {"is_top_relation": "true"}
    assert (standing(""), standing(None)) == ({}, {})
