"""What stands in the way of a run: every finding with its level, its place and its remedy."""

import re
from dataclasses import replace

from connector.sandbox import Fault, Portal
from jobs.check.run import cost_of, run_check
from tests.acceptance.small_account import AS_OF, STAGES, WON_AT, small_account
from tests.acceptance.workplace import Workplace
from tests.unit.jobs.checking import MAPPED, account, account_on, check, missed, of_level


def test_account_that_is_set_up_has_no_errors(tmp_path):
    with account(tmp_path) as place:
        place.set_up()
        found = check(place)

    assert of_level(found, "error") == {}
    good = of_level(found, "ok")
    assert good["account"].endswith("1 active owners, 4 deal stages")
    assert good["stages"] == "all 4 stages are mapped"
    assert good["properties"].endswith("stand as wanted")
    assert good["key"] == "accepted; everything that the service uses is granted"
    assert good["clock"] == "agrees with that of the CRM"


def test_check_before_set_up_counts_what_is_missing_and_creates_nothing(tmp_path):
    portal = small_account()
    before = set(portal.properties["companies"])
    with account(tmp_path, portal=portal) as place:
        errors = of_level(check(place), "error")

    count, _, rest = errors["properties"].partition(" are missing: run `toprelatie setup` ")
    assert int(count) > 30
    assert re.fullmatch(
        r"\(companies takes \d+, room for 1,000; deals takes \d+, .*; contacts takes \d+, .*\)",
        rest,
    )
    assert set(portal.properties["companies"]) == before


def test_stage_without_a_line_is_an_error_with_its_deals(tmp_path):
    portal = small_account()
    portal.add_pipeline("own", "Own", [("first", "First", "0.5", False)])
    portal.set_values("deals", "7", {"pipeline": "own", "dealstage": "first"}, at=WON_AT)
    with account(tmp_path, portal=portal) as place:
        unseen = of_level(check(place), "error")["stages.own.first"]
        place.set_up()
        place.sync(as_of=AS_OF)
        seen = of_level(check(place), "error")["stages.own.first"]

    assert unseen == seen
    assert seen == (
        "no line of mapping.yaml names this stage; 1 deals that stand in it are skipped: "
        "add the line, or ask `toprelatie mapping suggest`"
    )


def test_deals_of_unmapped_stages_are_searched_for_up_to_a_number(tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.check.mapping.MOST_ASKED", 1)
    portal = small_account()
    portal.add_pipeline("own", "Own", [("one", "One", "0.5", False), ("two", "Two", "0.6", False)])
    with account(tmp_path, portal=portal) as place:
        found = check(place)

    assert [one["deals"] for one in found.document()["mapping"]["unmapped"]] == [0, None]
    assert "; its deals are skipped" in of_level(found, "error")["stages.own.two"]


def test_stage_that_contradicts_the_crm_is_an_error(tmp_path):
    mapping = MAPPED.replace("closedwon: order", "closedwon: quote")
    with account(tmp_path, mapping=mapping) as place:
        errors = of_level(check(place), "error")

    assert errors["stages.default.closedwon"] == (
        "the stage is won in the CRM, not quote; write order"
    )


def test_line_for_a_pipeline_that_the_crm_does_not_have_names_the_nearest(tmp_path):
    mapping = MAPPED + "  defualt:\n    contractsent: quote\n"
    with account(tmp_path, mapping=mapping) as place:
        errors = of_level(check(place), "error")

    assert errors["stages.defualt"] == (
        'the CRM has no such pipeline; did you mean default ("Sales")?'
    )


def test_field_that_the_crm_does_not_have_is_a_warning(tmp_path):
    mapping = MAPPED + "fields: {company: {segment: sector}, deal: {margin: null}}\n"
    with account(tmp_path, mapping=mapping) as place:
        warnings = of_level(check(place), "warning")

    assert warnings["fields.companies.segment"] == (
        'the CRM has no property "sector": name another one, or null'
    )
    assert "fields.deals.margin" not in warnings


def test_property_of_another_make_is_an_error(tmp_path):
    portal = small_account()
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        portal.properties["companies"]["csk_buying_phase"] |= {
            "type": "string",
            "fieldType": "text",
            "options": [],
        }
        errors = of_level(check(place), "error")

    assert "csk_buying_phase" in errors["properties"]


def test_property_without_room_is_an_error_with_the_room_there_is(tmp_path):
    portal = small_account()
    portal.property_limit = 10
    with account(tmp_path, portal=portal) as place:
        found = check(place)

    assert of_level(found, "error")["room"].startswith("companies: ")
    assert "room for 10: archive custom properties" in of_level(found, "error")["room"]
    assert found.document()["fields"]["room"] == {"companies": 10, "deals": 10, "contacts": 10}


def test_field_of_a_type_that_cannot_be_read_is_a_warning_and_costs_its_kpi(tmp_path):
    mapping = MAPPED + "fields: {deal: {amount: dealname}}\n"
    with account(tmp_path, mapping=mapping) as place:
        found = check(place)

    assert of_level(found, "warning")["fields.deals.amount"] == (
        '"dealname" is of type string, and number is needed: a value that cannot be read rejects '
        "its record"
    )
    assert missed(found)["realised revenue"] == "dealname is of another type"


def test_field_that_is_empty_everywhere_is_a_warning_and_costs_its_kpi(tmp_path):
    with account(tmp_path) as place:
        found = check(place)

    assert of_level(found, "warning")["fields.companies.segment"] == (
        "top relations: within a segment: industry is empty on all 12 companies: "
        "all are compared with the whole base"
    )
    assert missed(found)["top relations: within a segment"] == (
        "industry is empty on all 12 companies"
    )
    assert missed(found)["margin"] == "margin is not mapped"


def test_field_with_one_value_costs_nothing(tmp_path):
    portal = small_account()
    portal.set_values("companies", "1", {"industry": "RETAIL"}, at=WON_AT)
    with account(tmp_path, portal=portal) as place:
        found = check(place)

    assert "fields.companies.segment" not in of_level(found, "warning")
    assert "name 100 %, owner 100 %, segment 8 %" in of_level(found, "ok")["companies fields"]


def test_inputs_that_nobody_has_filled_in_yet_are_no_fault(tmp_path):
    with account(tmp_path) as place:
        place.set_up()
        found = check(place)

    assert missed(found)["pains: company_text"] == "csk_pains is empty on all 12 companies"
    assert not any(one.startswith("fields.companies.pains") for one in of_level(found, "warning"))


def test_mirror_tells_the_same_of_the_fields_as_the_crm(tmp_path):
    portal = small_account()
    portal.set_values("companies", "1", {"industry": "RETAIL"}, at=WON_AT)
    portal.set_values("contacts", "1", {"jobtitle": "CEO", "phone": "0201234567"}, at=WON_AT)
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        before = check(place).document()["fields"]["fields"]
        place.sync(as_of=AS_OF, steps=frozenset({"pull"}))
        after = check(place).document()["fields"]["fields"]

    assert before == after
    assert sum(one["filled"] or 0 for one in before) > 60


def test_top_relations_need_a_first_pull_and_are_then_counted(tmp_path):
    with account(tmp_path) as place:
        place.set_up()
        before = check(place)
        place.sync(as_of=AS_OF, steps=frozenset({"pull"}))
        after = check(place)

    assert before.document()["results"] == {"top_relations": None}
    assert "run `toprelatie sync --only pull`" in of_level(before, "hint")["top relations"]
    found = after.document()["results"]["top_relations"]
    assert found["relations"] == 12
    assert found["by_group"] == {"all relations": {"top": found["top"], "relations": 12}}
    assert sum(one["relations"] for one in found["by_source"].values()) == 12
    assert set(found["by_rule"]) == {"mean", "median", "percentile", "both"}
    assert sum(found["by_basis"].values()) == found["top"]


def test_folder_of_files_is_checked_without_properties_to_create(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "companies.csv").write_text("id,name\n1,Een\n")
    (tmp_path / "export" / "pipelines.csv").write_text("pipeline_id,stage_id\n")
    place = Workplace(tmp_path, "http://127.0.0.1:1", mapping=MAPPED)
    place.use_files(tmp_path / "export", tmp_path / "results")

    found = check(place)

    warnings = of_level(found, "warning")
    assert warnings["access to deals"].startswith("this CRM has none: realised revenue")
    assert warnings["access to contacts"].startswith("this CRM has none: right contacts")
    assert of_level(found, "error") == {}
    good = of_level(found, "ok")
    assert good["properties"] == "none are needed: results are files beside the export"
    assert good["first sync"] == "reads files: no calls"


def test_option_that_a_property_of_ours_lacks_is_an_error_and_another_word_is_none(tmp_path):
    portal = small_account()
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        phase = portal.properties["companies"]["csk_buying_phase"]
        phase["options"] = [one for one in phase["options"] if one["value"] != "quote"]
        portal.properties["deals"]["csk_deal_phase"]["label"] = "Fase van ons"
        found = check(place)

    assert of_level(found, "error")["properties"] == (
        "companies.csk_buying_phase has no option quote: the CRM refuses such values until "
        "`toprelatie setup` adds them"
    )
    assert of_level(found, "hint")["properties"].startswith("1 have other words than wanted")
    assert "properties" not in of_level(found, "ok")


def test_properties_with_other_words_stand_and_are_not_said_to_be_as_wanted(tmp_path):
    portal = small_account()
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        portal.properties["deals"]["csk_deal_phase"]["label"] = "Fase van ons"
        found = check(place)

    assert of_level(found, "ok")["properties"] == "all 67 stand"
    assert of_level(found, "error") == {}


def test_crm_that_cannot_be_written_to_is_a_warning(tmp_path, monkeypatch):
    with account(tmp_path) as place, place.opened() as wiring:
        found = wiring.crm.describe()
        closed = replace(found, capabilities=replace(found.capabilities, can_write=False))
        monkeypatch.setattr(type(wiring.crm), "describe", lambda _: closed)
        warnings = of_level(run_check(wiring), "warning")

    assert warnings["properties"] == "this CRM cannot be written to: results stay here"


def test_cost_of_an_activity_is_that_of_its_kind():
    assert cost_of("calls") == "stale deals and contact moments miss this kind of activity"
    assert cost_of("companies") == "nothing can be computed"


def test_type_that_nobody_may_search_is_left_out_and_said_to_be(tmp_path):
    with account_on(tmp_path) as (place, sandbox):
        sandbox.faults.add(Fault("403", route="POST */notes/search", count=9))
        sandbox.faults.add(Fault("403", route="POST */deals/search", count=9))
        found = check(place)

    hints = of_level(found, "hint")
    assert hints["first sync"] == "of unknown size, so not reckoned: deals, notes"
    assert hints["deals fields"] == "the CRM does not tell how full they are"
    assert "fields.deals.amount" not in of_level(found, "warning")


def test_account_without_a_record_has_nothing_to_count(tmp_path):
    portal = Portal()
    portal.add_pipeline("default", "Sales", STAGES)
    with account(tmp_path, portal=portal) as place:
        found = check(place)

    assert of_level(found, "hint")["companies fields"] == "no record yet"
    assert of_level(found, "ok")["first sync"].startswith("0 records: ")


def test_relations_without_any_potential_cost_the_top_relations(tmp_path):
    portal = Portal()
    portal.add_owner("1", "Sanne", "Geheim", "sanne@secret.example")
    portal.add_pipeline("default", "Sales", STAGES)
    for one in ("1", "2"):
        portal.add_record("companies", one, {"name": one, "hubspot_owner_id": "1"}, at=WON_AT)
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        place.sync(as_of=AS_OF, steps=frozenset({"pull"}))
        found = check(place)

    assert of_level(found, "warning")["top relations"] == "0 of 2 relations under rule mean (none)"
    assert missed(found)["potential and top relations"] == (
        "no source of the potential gives a value"
    )


def test_lead_status_that_the_crm_does_not_have_is_a_hint(tmp_path):
    mapping = MAPPED + "lead_status: {CONECTED: orienting, OPEN: interest}\n"
    with account(tmp_path, mapping=mapping) as place:
        hints = of_level(check(place), "hint")

    assert (
        hints["lead_status.CONECTED"]
        == '"hs_lead_status" has no such option: the line does nothing'
    )
    assert "lead_status.OPEN" not in hints
    assert "lead_status.CONNECTED" not in hints
