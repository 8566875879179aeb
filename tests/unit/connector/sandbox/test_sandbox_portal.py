from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox import Portal

JUNE = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def history(portal: Portal, object_type: str, record_id: str, name: str) -> list[tuple[str, str]]:
    record = portal.objects[object_type][record_id]
    return [(one.value, one.source_type) for one in record.versions_of(name)]


def test_record_carries_id_and_dates_when_nothing_but_a_name_was_given(portal):
    assert portal.values("companies", "11") == {
        "name": "Alfa",
        "hs_object_id": "11",
        "createdate": "2026-06-01T08:30:00Z",
        "hs_lastmodifieddate": "2026-06-01T08:30:00Z",
        "hs_object_source": "CRM_UI",
        "hs_object_source_label": "CRM_UI",
    }


def test_record_is_created_before_it_was_modified_when_told_so(portal):
    portal.add_record("contacts", "22", {}, at=JUNE + DAY, created_at=JUNE)

    values = portal.values("contacts", "22")
    assert values["createdate"] == "2026-06-01T08:30:00Z"
    assert values["lastmodifieddate"] == "2026-06-02T08:30:00Z"


@pytest.mark.parametrize("record_id", ["11", "abc", ""])
def test_record_is_refused_when_its_id_is_taken_or_no_number(portal, record_id):
    with pytest.raises(ValueError, match="not a new id of digits"):
        portal.add_record("companies", record_id, {}, at=JUNE)


def test_values_are_refused_when_the_property_is_not_defined(portal):
    with pytest.raises(ValueError, match="companies: not defined: colour, shape"):
        portal.set_values("companies", "11", {"shape": "1", "colour": "2"}, at=JUNE)


def test_set_values_keeps_every_version(portal):
    portal.set_values("companies", "11", {"name": "Alpha"}, at=JUNE + DAY, source_type="IMPORT")

    assert portal.values("companies", "11")["name"] == "Alpha"
    assert history(portal, "companies", "11", "name") == [("Alfa", "CRM_UI"), ("Alpha", "IMPORT")]


def test_set_values_moves_nothing_when_the_value_already_stands(portal):
    portal.set_values("companies", "11", {"name": "Alfa"}, at=JUNE + DAY)

    assert portal.values("companies", "11")["hs_lastmodifieddate"] == "2026-06-01T08:30:00Z"
    assert history(portal, "companies", "11", "name") == [("Alfa", "CRM_UI")]


def test_set_values_clears_a_value_and_remembers_it(portal):
    portal.set_values("companies", "11", {"name": ""}, at=JUNE + DAY)

    assert "name" not in portal.values("companies", "11")
    assert history(portal, "companies", "11", "name") == [("Alfa", "CRM_UI"), ("", "CRM_UI")]


def test_clearing_what_is_empty_makes_no_version(portal):
    portal.set_values("companies", "11", {"phone": ""}, at=JUNE + DAY)

    assert history(portal, "companies", "11", "phone") == []


def test_past_version_leaves_the_present_value_when_added_later(portal):
    portal.set_values("companies", "11", {"name": "Old"}, at=JUNE - DAY)

    assert portal.values("companies", "11")["name"] == "Alfa"
    assert history(portal, "companies", "11", "name") == [("Old", "CRM_UI"), ("Alfa", "CRM_UI")]


def test_owner_change_dates_the_assignment(portal):
    portal.set_values("companies", "11", {"hubspot_owner_id": "101"}, at=JUNE + DAY)

    assert portal.values("companies", "11")["hubspot_owner_assigneddate"] == "2026-06-02T08:30:00Z"


def test_assignment_keeps_the_date_that_came_with_the_owner(portal):
    values = {"hubspot_owner_id": "101", "hubspot_owner_assigneddate": "2026-01-01T00:00:00Z"}

    portal.set_values("companies", "11", values, at=JUNE + DAY)
    portal.add_record("companies", "14", values, at=JUNE)

    for record_id in ("11", "14"):
        assigned = portal.values("companies", record_id)["hubspot_owner_assigneddate"]
        assert assigned == "2026-01-01T00:00:00Z"


def test_assignment_keeps_its_date_when_the_owner_is_taken_away(portal):
    portal.set_values("companies", "11", {"hubspot_owner_id": "101"}, at=JUNE + DAY)
    portal.set_values("companies", "11", {"hubspot_owner_id": ""}, at=JUNE + 2 * DAY)

    assert portal.values("companies", "11")["hubspot_owner_assigneddate"] == "2026-06-02T08:30:00Z"


@pytest.mark.parametrize(
    ("stage", "is_closed", "is_won", "probability"),
    [
        ("new", "false", "false", "0.2"),
        ("closedwon", "true", "true", "1.0"),
        ("closedlost", "true", "false", "0.0"),
        ("deleted", "false", "false", "0.0"),
    ],
)
def test_stage_decides_whether_a_deal_is_closed_and_won(
    portal, stage, is_closed, is_won, probability
):
    portal.add_record("deals", "32", {"dealstage": stage, "pipeline": "default"}, at=JUNE)

    values = portal.values("deals", "32")
    assert values["hs_is_closed"] == is_closed
    assert values["hs_is_closed_won"] == is_won
    assert values["hs_deal_stage_probability"] == probability


def test_stage_of_another_pipeline_decides_nothing(portal):
    portal.add_pipeline("second", "Second", [("closedwon", "Not won here", "0.4", False)])
    portal.add_record("deals", "32", {"dealstage": "closedwon", "pipeline": "second"}, at=JUNE)

    assert portal.values("deals", "32")["hs_is_closed_won"] == "false"


def test_close_date_is_set_when_a_deal_closes_without_one(portal):
    portal.set_values("deals", "31", {"dealstage": "closedwon"}, at=JUNE + DAY)

    assert portal.values("deals", "31")["closedate"] == "2026-06-02T08:30:00Z"
    assert history(portal, "deals", "31", "hs_is_closed_won") == [
        ("false", "CRM_UI"),
        ("true", "CALCULATED"),
    ]


def test_close_date_stays_when_a_deal_closes_with_one(portal):
    portal.set_values("deals", "31", {"closedate": "2026-05-01T00:00:00Z"}, at=JUNE)
    portal.set_values("deals", "31", {"dealstage": "closedlost"}, at=JUNE + DAY)

    assert portal.values("deals", "31")["closedate"] == "2026-05-01T00:00:00Z"


def test_archiving_leaves_the_modified_date(portal):
    portal.archive("companies", "11", at=JUNE + DAY)

    assert portal.values("companies", "11")["hs_lastmodifieddate"] == "2026-06-01T08:30:00Z"
    assert portal.objects["companies"]["11"].archived_ms is not None
    portal.restore("companies", "11")
    assert portal.objects["companies"]["11"].archived_ms is None


def test_purged_record_is_nowhere(portal):
    portal.purge("contacts", "21")

    assert portal.objects["contacts"] == {}
    assert portal.ids("contacts") == []


def test_purged_record_leaves_no_link_behind(portal):
    portal.associate("contacts", "21", "companies", "11", "Primary")

    portal.purge("contacts", "21")

    assert dict(portal.links.of("companies", "11", "contacts")) == {}


def test_merge_keeps_the_winner_and_fills_it_from_the_loser(portal):
    portal.set_values("companies", "12", {"phone": "12"}, at=JUNE)
    portal.associate("contacts", "21", "companies", "12", "Primary")

    survivor = portal.merge("companies", "11", "12", at=JUNE + DAY)

    values = portal.values("companies", "11")
    assert survivor == "11"
    assert (values["name"], values["phone"]) == ("Alfa", "12")
    assert values["hs_merged_object_ids"] == "12"
    assert portal.merged["companies"] == {"12": "11"}
    assert dict(portal.links.of("contacts", "21", "companies")) == {"11": (1, 279)}


def test_merge_gives_a_new_id_and_both_old_ones_lead_to_it(portal):
    portal.merge("companies", "11", "12", at=JUNE, new_id="99")
    portal.merge("companies", "13", "99", at=JUNE + DAY)

    assert portal.merged["companies"] == {"11": "13", "12": "13", "99": "13"}
    assert portal.values("companies", "13")["hs_merged_object_ids"] == "99;11;12"


def test_merge_leaves_one_primary_company(portal):
    portal.associate("contacts", "21", "companies", "11", "Primary")
    portal.associate("contacts", "21", "companies", "12")
    portal.associate("deals", "31", "companies", "12", "Primary")
    portal.associate("deals", "31", "companies", "11")

    portal.merge("companies", "11", "12", at=JUNE)

    assert dict(portal.links.of("contacts", "21", "companies")) == {"11": (1, 279)}
    assert dict(portal.links.of("deals", "31", "companies")) == {"11": (5, 341)}


def test_merged_contact_keeps_the_primary_company_of_the_winner(portal):
    portal.add_record("contacts", "22", {}, at=JUNE)
    portal.associate("contacts", "21", "companies", "11", "Primary")
    portal.associate("contacts", "22", "companies", "12", "Primary")
    portal.associate("contacts", "22", "deals", "31")

    portal.merge("contacts", "21", "22", at=JUNE)

    assert dict(portal.links.of("contacts", "21", "companies")) == {"11": (1, 279), "12": (279,)}
    assert dict(portal.links.of("deals", "31", "contacts")) == {"21": (3,)}
    assert portal.values("contacts", "21")["hs_calculated_merged_vids"] == "22"


def test_merge_drops_the_link_between_the_two(portal):
    portal.associate("companies", "11", "companies", "12", "Parent")

    portal.merge("companies", "11", "12", at=JUNE)

    assert dict(portal.links.of("companies", "11", "companies")) == {}


def test_values_at_an_earlier_instant_are_those_of_then(portal):
    portal.set_values("companies", "11", {"name": "Alpha", "phone": "1"}, at=JUNE + DAY)
    record = portal.objects["companies"]["11"]
    june_ms = record.moves[0]

    assert record.values_at(june_ms - 1, "hs_lastmodifieddate") is None
    old = record.values_at(june_ms, "hs_lastmodifieddate")
    assert old is not None
    assert old["name"] == "Alfa"
    assert "phone" not in old
    assert old["hs_lastmodifieddate"] == "2026-06-01T08:30:00Z"
    assert record.values_at(record.moves[1], "hs_lastmodifieddate") is record.values


def test_portal_starts_with_the_properties_that_a_mapping_names():
    portal = Portal()

    assert {"hs_lead_status", "hs_ideal_customer_profile", "industry"} <= portal.properties[
        "companies"
    ].keys()
    assert portal.properties["companies"]["hs_lead_status"]["options"][0]["value"] == "NEW"
    assert portal.properties["deals"]["hs_is_closed_won"]["modificationMetadata"]["readOnlyValue"]


def test_modified_at_is_the_instant_of_the_last_change(portal):
    portal.set_values("companies", "11", {"name": "Alpha"}, at=JUNE + DAY)

    assert portal.objects["companies"]["11"].modified_at == JUNE + DAY
