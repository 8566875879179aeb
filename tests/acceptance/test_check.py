"""`check` through the command line: what a new user reads, and every wrong turn at the door."""

import copy
import json
import re
from typing import Any

import pytest

from connector.sandbox import Portal, Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from connector.sandbox.limits import Limits
from jobs.wiring import clock
from tests.acceptance.front_door import Ended, run
from tests.acceptance.small_account import AS_OF, BEGIN, small_account
from tests.acceptance.workplace import Workplace

MAPPING = """\
crm: hubspot
stages:
  default:
    qualifiedtobuy: interest
    contractsent: quote
    closedwon: order
    closedlost: lost
"""
PULL = ("sync", "--only", "pull")
FAST = Limits(ten_secondly=249, search_per_second=50)
"""Limits of a look-alike that a test need not wait for."""

PROBES = {"POST batch_update": 3, "POST create_properties": 3}
"""Calls that would write, had they any input."""

WRITING = ("create", "update", "archive", "batch_")


def place_of(folder, sandbox: Sandbox, *, mapping: str = MAPPING, limits: str = "") -> Workplace:
    place = Workplace(folder, sandbox.base_url, mapping=mapping)
    if limits:
        text = place.config.read_text()
        place.config.write_text(text.replace("{enabled: false}", limits))
    return place


def told(place: Workplace) -> dict[str, Any]:
    ended = run(place, "check", "--format", "json")
    document: dict[str, Any] = json.loads(ended.out)
    assert ended.code == (3 if document["counts"]["error"] else 0)
    return document


def errors_of(document: dict[str, Any]) -> dict[str, str]:
    return {one["subject"]: one["text"] for one in document["findings"] if one["level"] == "error"}


def standing(portal: Portal) -> object:
    """Everything that a call could have changed."""
    records = {
        (kind, one): (dict(record.values), list(record.moves))
        for kind, found in portal.objects.items()
        for one, record in found.items()
    }
    return copy.deepcopy((portal.properties, portal.groups, records))


def writing_calls(sandbox: Sandbox) -> dict[str, int]:
    reading = {"POST batch_read"}
    return {
        name: count
        for name, count in sandbox.calls.items()
        if name.split()[1].startswith(WRITING) and name not in reading
    }


# all is well


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo account: what it told before set-up, and after a first sync."""
    portal = demo_portal(today=clock().date(), companies=30)
    with Sandbox(portal, routes=(), limits=FAST) as sandbox:
        place = place_of(
            tmp_path_factory.mktemp("demo"),
            sandbox,
            mapping=DEMO_MAPPING.read_text(),
            limits="{general_per_10s: 249, associations_per_10s: 150, search_per_s: 50}",
        )
        before = standing(portal)
        first = run(place, "check")
        calls = dict(sandbox.calls)
        unchanged, writing = standing(portal) == before, writing_calls(sandbox)
        reckoned = told(place)["cost"]
        place.set_up()
        spent = place.sync().calls
        rested = place.sync().calls
        second = run(place, "check")
        document = told(place)
    return {
        "first": first,
        "second": second,
        "calls": sum(calls.values()),
        "unchanged": unchanged,
        "writing": writing,
        "reckoned": reckoned,
        "spent": spent,
        "rested": rested,
        "document": document,
    }


def test_check_changes_nothing_in_the_crm_and_costs_little(demo):
    assert demo["unchanged"]
    assert demo["writing"] == PROBES
    assert demo["calls"] <= 60


def test_check_before_set_up_says_what_to_do_next(demo):
    first: Ended = demo["first"]

    assert first.code == 3
    assert re.search(r"\d+ are missing: run `toprelatie setup`", first.said)
    assert "unknown before the first pull: run `toprelatie sync --only pull`" in first.said
    assert "all 12 stages are mapped" in first.said


def test_check_after_a_first_sync_is_green_and_fits_one_screen(demo):
    second: Ended = demo["second"]

    assert second.code == 0
    assert "accepted; everything that the service uses is granted" in second.said
    assert "625,000 calls a day (Professional)" in second.said
    relations = demo["document"]["results"]["top_relations"]["relations"]
    assert relations > 20
    assert f"of {relations} relations under rule mean" in second.said
    assert re.search(r"all \d+ stand as wanted", second.said)
    for heading in ("Access", "Limits", "Mapping", "Fields", "What will come out", "Cost"):
        assert heading in second.out
    assert len(second.out.splitlines()) <= 50
    assert len(demo["first"].out.splitlines()) <= 50


def test_first_sync_costs_what_check_had_reckoned(demo):
    least, most = (demo["reckoned"]["first_sync"][one] for one in ("least", "most"))
    spent = sum(demo["spent"].values())

    assert least["calls"] <= spent <= most["calls"]
    assert least["calls"] > 0.9 * most["calls"]
    for kind, calls in most["by_kind"].items():
        assert least["by_kind"].get(kind, 0) <= demo["spent"].get(kind, 0) <= calls, kind


def test_run_at_rest_costs_what_check_had_reckoned(demo):
    reckoned = demo["document"]["cost"]["run_at_rest"]["least"]

    assert reckoned["by_kind"] == dict(demo["rested"])


def test_json_has_the_keys_that_scripts_rely_on(demo):
    document = demo["document"]

    assert list(document) == [
        "findings",
        "counts",
        "access",
        "limits",
        "mapping",
        "fields",
        "results",
        "cost",
        "not_measured",
        "calls",
    ]
    assert {key for one in document["findings"] for key in one} == {
        "level",
        "subject",
        "text",
        "part",
    }
    assert document["limits"]["limits"]["calls"]["allowed"] == 249
    assert document["results"]["top_relations"]["rule"] == "mean"
    assert document["not_measured"][0].keys() == {"kpi", "why", "level"}


# wrong turns


@pytest.fixture
def small(tmp_path):
    """The small account, set up, and its CRM."""
    portal = small_account()
    with Sandbox(portal, routes=(), limits=None) as sandbox:
        place = place_of(tmp_path, sandbox)
        place.set_up()
        yield place, sandbox, portal


@pytest.mark.usefixtures("discreet")
def test_check_says_nothing_private(small):
    place, _, _ = small
    run(place, *PULL, "--as-of", AS_OF.isoformat())

    ended = run(place, "check", "--verbose")

    assert ended.code == 0
    assert "crm.objects.companies.read" in ended.said


def test_scope_that_is_revoked_is_told_with_what_it_costs(small):
    place, sandbox, _ = small
    sandbox.revoke("crm.objects.contacts.read", "crm.objects.deals.write")

    ended = run(place, "check")

    assert ended.code == 3
    assert "scope crm.objects.deals.write is missing: no value reaches deals" in ended.said
    assert "right contacts (profile) cannot be measured" in ended.said
    assert "Least scopes of the key" in ended.said
    lost = {one["kpi"] for one in told(place)["not_measured"] if "scope" in one["why"]}
    assert {"profile: right contacts", "demonstrable contact: calls"} <= lost


def test_unmapped_stage_is_told_with_its_deals_before_and_after_a_pull(small):
    place, _, portal = small
    stages = portal.pipelines["deals"][0]["stages"]
    stages.append(stages[0] | {"id": "4711", "label": "Pilot"})
    for one in ("3", "4"):
        portal.set_values("deals", one, {"dealstage": "4711"}, at=BEGIN)

    before = told(place)
    run(place, *PULL, "--as-of", AS_OF.isoformat())
    after = told(place)

    stage = {"pipeline": "default", "stage": "4711", "label": "Pilot", "deals": 2}
    assert before["mapping"]["unmapped"] == [stage]
    assert after["mapping"]["unmapped"] == [stage]
    assert "2 deals that stand in it are skipped" in errors_of(before)["stages.default.4711"]


def test_wrong_pipeline_id_is_told_with_the_nearest_one(small):
    place, _, _ = small
    place.mapping.write_text(MAPPING + "  defualt:\n    contractsent: quote\n")

    ended = run(place, "check")

    assert ended.code == 3
    assert "stages.defualt" in ended.said
    assert 'the CRM has no such pipeline; did you mean default ("Sales")?' in ended.said


def test_property_of_another_type_in_the_way_is_told(small):
    place, _, portal = small
    another = {"type": "string", "fieldType": "text", "options": []}
    portal.properties["companies"]["csk_buying_phase"] |= another

    found = errors_of(told(place))

    assert list(found) == ["properties"]
    assert "csk_buying_phase stands as string/text" in found["properties"]


def test_account_without_room_for_properties_is_told_how_much_there_is(tmp_path):
    portal = small_account()
    portal.property_limit = 10
    with Sandbox(portal, routes=(), limits=None) as sandbox:
        ended = run(place_of(tmp_path, sandbox), "check")

    assert ended.code == 3
    assert "properties to create, room for 10" in ended.said


def test_limits_that_are_asked_too_high_are_a_warning(tmp_path):
    limits = Limits(ten_secondly=100, associations=100, search_per_second=50, daily=250_000)
    with Sandbox(small_account(), limits=limits, routes=()) as sandbox:
        place = place_of(tmp_path, sandbox, limits="{general_per_10s: 190, search_per_s: 6}")
        document = told(place)

    warnings = {
        one["subject"]: one["text"] for one in document["findings"] if one["level"] == "warning"
    }
    assert warnings["calls"] == (
        "100 calls in 10 s; crm.limits.general_per_10s is 190: calls will be refused; set 100"
    )
    assert warnings["search"].endswith("crm.limits.search_per_s is 6: calls will be refused; set 5")
    assert "associations" not in warnings
    assert document["limits"]["tier"] == "Free or Starter"


def test_crm_that_cannot_be_reached_is_one_message(small):
    place, _, _ = small
    text = place.config.read_text()
    line = next(one for one in text.splitlines() if "base_url" in one)
    place.config.write_text(text.replace(line, "  base_url: http://127.0.0.1:9\n  max_tries: 1"))

    ended = run(place, "check")

    assert ended.code == 1
    assert ended.out == ""
    assert "check base_url and the way there" in ended.said


def test_faults_of_the_files_are_told_all_at_once_before_any_call(small):
    place, sandbox, _ = small
    before = sum(sandbox.calls.values())
    place.mapping.write_text("crm: hubspot\nstages: {default: {a: qoute, b: ordr}}\n")

    ended = run(place, "check")

    assert ended.code == 3
    assert ended.said.count("is not a buying phase") == 2
    assert sum(sandbox.calls.values()) == before
