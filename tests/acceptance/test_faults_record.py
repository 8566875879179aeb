"""What one record or property can do to a run: it costs itself, is told, and is tried again."""

import json
from datetime import timedelta
from typing import Any

import pytest

from jobs.wiring import clock
from mappings.fields import INPUT_NAMES
from tests.acceptance.front_door import run, take_run
from tests.acceptance.small_account import AS_OF, BEGIN, phase_of, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())
BEFORE_WRITING = ("sync", "--only", "pull")
WRITING = ("sync", "--only", "compute,write", *MOMENT)


def shown(shop: Workplace, number: int) -> dict[str, Any]:
    """Record of one run."""
    return dict(json.loads(run(shop, "runs", "show", str(number), "--format", "json").out))


# properties


def test_property_that_is_deleted_costs_its_own_values_and_is_named(shop, account):
    del account.properties["companies"]["csk_phase_since"]

    ended = run(shop, "sync", *MOMENT)

    assert ended.code == 4
    assert (
        "companies: the CRM lacks csk_phase_since: left out; "
        "run `toprelatie setup` to create what is missing" in ended.said
    )
    assert phase_of(account, "3") == "quote"
    assert "1 are missing: run `toprelatie setup`" in run(shop, "check").said


def test_property_of_another_type_in_the_way_costs_its_own_values_and_is_named(shop, account):
    account.properties["companies"]["csk_buying_phase"] |= {"type": "number", "fieldType": "number"}

    ended = run(shop, "sync", *MOMENT)

    assert ended.code == 4
    assert (
        "companies: csk_buying_phase stands as number and is wanted as enumeration: left out; "
        "rename or remove that property, then run `toprelatie setup`" in ended.said
    )
    assert phase_of(account, "3") is None
    assert account.values("companies", "3")["csk_phase_since"]


def test_property_that_was_deleted_and_created_again_gets_its_values_back(shop, account):
    run(shop, "sync", *MOMENT)
    stood = values_of_ours(account)
    del account.properties["companies"]["csk_phase_since"]
    for record in account.objects["companies"].values():
        del record.values["csk_phase_since"], record.versions["csk_phase_since"]

    lacking = run(shop, "sync", "--as-of", (AS_OF + timedelta(minutes=5)).isoformat())
    created = run(shop, "setup", "--yes")
    healed = run(shop, "sync", "--as-of", (AS_OF + timedelta(minutes=9)).isoformat())

    assert [lacking.code, created.code, healed.code] == [4, 0, 0]
    since = {one: values.get("csk_phase_since") for one, values in stood.items()}
    after = values_of_ours(account)
    assert {one: values.get("csk_phase_since") for one, values in after.items()} == since
    assert since["companies 3"] is not None


def test_property_that_is_deleted_under_a_running_service_costs_the_others_one_run(shop, account):
    with shop.opened() as wiring:
        take_run(wiring, as_of=AS_OF)
        del account.properties["companies"]["csk_phase_since"]
        account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

        refused = take_run(wiring)
        healed = take_run(wiring)

    assert refused.written is not None
    assert refused.written.refused_count > 0
    assert healed.written is not None
    assert healed.status == "partial"
    assert healed.written.refused == {}
    assert "the CRM lacks csk_phase_since: left out" in healed.notes[0]
    assert phase_of(account, "3") == "interest"


def test_option_that_is_deleted_refuses_its_records_alone_until_it_is_back(shop, account):
    options = account.properties["companies"]["csk_buying_phase"]["options"]
    order = next(one for one in options if one["value"] == "order")
    options.remove(order)

    first = run(shop, "sync", *MOMENT)
    again = run(shop, "sync", *MOMENT)
    options.append(order)
    healed = run(shop, "sync", *MOMENT)

    assert [first.code, again.code, healed.code] == [4, 4, 0]
    assert "INVALID_OPTION, property csk_buying_phase: 2; `toprelatie runs show 1`" in first.said
    assert phase_of(account, "3") == "quote"
    assert phase_of(account, "1") == "order"
    assert shown(shop, 3)["refusals"] == []


def test_refused_records_are_named_with_their_reason(shop, account):
    account.required_when["companies", "csk_buying_phase", "order"] = "domain"

    run(shop, "sync", *MOMENT)

    refusals = shown(shop, 1)["refusals"]
    assert [(one["object_type"], one["id"]) for one in refusals] == [
        ("companies", "1"),
        ("companies", "2"),
    ]
    assert all("property domain" in one["reason"] for one in refusals)


def test_record_that_cannot_be_read_is_kept_out_and_named(shop, account):
    record = account.objects["deals"]["5"]
    record.values["amount"] = "98765,43 euro"
    record.touch(int(clock().timestamp() * 1000), "hs_lastmodifieddate")

    ended = run(shop, "sync", *MOMENT)

    assert ended.code == 4
    assert "rejected: deals: 1; `toprelatie runs show 1` names them" in ended.said
    [rejected] = shown(shop, 1)["rejections"]
    assert (rejected["object_type"], rejected["id"]) == ("deals", "5")
    assert "amount" in rejected["reason"]
    assert phase_of(account, "4") == "quote"
    assert phase_of(account, "5") == "unknown"


def test_what_people_fill_in_is_never_sent_at_all(shop, account, crm, monkeypatch):
    sent = set()
    update = type(account).set_values

    def spy(self, object_type, id, properties, **rest):  # noqa: A002 - the CRM's own word
        if rest.get("source_type") != "CRM_UI":
            sent.update(properties)
        return update(self, object_type, id, properties, **rest)

    filled = {"csk_phase_declared": "interest", "csk_pains": "- te laat"}
    account.set_values("companies", "3", filled, at=clock())
    monkeypatch.setattr(type(account), "set_values", spy)

    run(shop, "sync")

    assert "csk_buying_phase" in sent
    assert sent.isdisjoint(f"csk_{name}" for name in INPUT_NAMES)
    assert {name: account.values("companies", "3")[name] for name in filled} == filled


# between our read and our write


def test_edit_of_an_input_between_read_and_write_survives_and_counts_next_time(shop, account):
    run(shop, *BEFORE_WRITING)
    account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    between = run(shop, "sync", "--only", "compute,write")
    phase_between = phase_of(account, "3")
    after = run(shop, "sync")

    assert [between.code, after.code] == [0, 0]
    assert phase_between != "interest"
    assert account.values("companies", "3")["csk_phase_declared"] == "interest"
    assert phase_of(account, "3") == "interest"


def test_edit_of_our_own_value_between_read_and_write_is_repaired_next_time(shop, account):
    run(shop, "sync", *MOMENT)
    run(shop, *BEFORE_WRITING)
    account.set_values("companies", "3", {"csk_buying_phase": "order"}, at=clock())

    run(shop, *WRITING)
    run(shop, "sync", *MOMENT)

    assert phase_of(account, "3") == "quote"


def test_edit_by_hand_and_by_us_in_the_same_second_are_both_seen(shop, account):
    """The echo of our write comes back with the edit in it; its time stamp tells nothing."""

    def edit(work: str, _done: int, _total: int | None) -> None:
        if work == "write companies":
            account.set_values("companies", "3", {"csk_phase_declared": "interest"}, at=clock())

    with shop.opened() as wiring:
        take_run(wiring, edit)
    ended = run(shop, "sync")

    assert ended.code == 0
    assert phase_of(account, "3") == "interest"


@pytest.mark.parametrize("gone", ["archive", "purge", "merge", "merge to a new id"])
def test_record_that_goes_between_read_and_write_leaves_quietly(shop, account, gone):
    run(shop, *BEFORE_WRITING)
    match gone:
        case "archive":
            account.archive("companies", "3", at=clock())
        case "purge":
            account.purge("companies", "3")
        case "merge":
            account.merge("companies", "4", "3", at=clock())
        case _:
            account.merge("companies", "4", "3", at=clock(), new_id="99")

    ended = run(shop, *WRITING)
    next_one = run(shop, "sync", *MOMENT)

    assert [ended.code, next_one.code] == [0, 0]
    assert "0 refused" in ended.said
    assert f"{2 if '99' in account.objects['companies'] else 1} gone" in ended.said
    with shop.opened() as wiring:
        ids = set(wiring.store.read_mirror().companies["relation_id"])
    assert ids == set(account.objects["companies"]) - ({"3"} if gone == "archive" else set())
    assert phase_of(account, "5") == "quote"


def test_deals_of_an_unmapped_stage_are_kept_skipped_and_named(shop, account):
    stages = account.pipelines["deals"][0]["stages"]
    stages.append(stages[0] | {"id": "4711", "label": "Pilot"})
    account.set_values("deals", "3", {"dealstage": "4711"}, at=BEGIN + timedelta(days=1))

    ended = run(shop, "sync", *MOMENT)
    checked = run(shop, "check")

    assert ended.code == 0
    assert (
        'stage "4711" of pipeline "default" has no line in the mapping: '
        "its deals are kept and skipped for the phase; add it under `stages`" in ended.said
    )
    assert checked.code == 3
    assert "stages.default.4711" in checked.said
    assert "1 deals that stand in it are skipped" in checked.said
    text = shop.mapping.read_text()
    stages_of = (
        "{qualifiedtobuy: interest, contractsent: quote, closedwon: order, closedlost: lost, "
        '"4711": interest}'
    )
    shop.mapping.write_text(f"{text}stages: {{default: {stages_of}}}\n")
    mapped = run(shop, "sync", *MOMENT)
    assert mapped.code == 0
    assert phase_of(account, "3") == "interest"
    assert mapped.said.count("has no line") == 0
