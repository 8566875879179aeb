"""Pulls against answers laid down one by one: windows, keyset, cursors, and odd answers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.hubspot.keyset import fits_search
from connector.hubspot.pull import to_ms
from connector.ports import PermanentCrmError
from tests.unit.connector.hubspot.answers import (
    COMPANIES,
    HOUR_MS,
    NOW_MS,
    Held,
    changed,
    company,
    found,
    waiting,
    window,
)
from tests.unit.connector.hubspot.conftest import Replay

MANY = {"companies": tuple(f"a_name_of_a_property_that_is_long_{one}" for one in range(80))}
"""So many names that a search cannot ask for them: it brings ids, and a batch read the records."""

AN_HOUR_AGO = datetime(2026, 6, 15, 9, tzinfo=UTC)


def lay_read(replay, *ids: int) -> None:
    replay.lay("POST", f"{COMPANIES}/batch/read", {"results": [company(one) for one in ids]})


def delivered(pages) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


def searches(replay: Replay) -> list[Any]:
    return replay.bodies(f"{COMPANIES}/search")


def modes(pages) -> list[str]:
    return [json.loads(page.cursor)["mode"] for page in pages]


# what changed


def test_search_asks_for_the_records_from_an_hour_before_the_last_pull_on(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed())

    pages = list(adapter().changes("companies", waiting()))

    assert searches(replay) == [
        {
            "filterGroups": [
                {
                    "filters": [
                        {
                            "propertyName": "hs_lastmodifieddate",
                            "operator": "GTE",
                            "value": str(NOW_MS - 2 * HOUR_MS),
                        }
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_lastmodifieddate", "direction": "DESCENDING"}],
            "properties": list(adapter().asked_properties("companies")),
            "limit": 200,
        }
    ]
    assert [(page.records, page.cursor) for page in pages] == [
        ((), json.dumps({"mode": "waiting", "until": NOW_MS - 120_000}, separators=(",", ":")))
    ]


def test_search_over_contacts_asks_by_their_own_modified_date(replay, adapter):
    path = "/crm/objects/2026-09/contacts/search"
    replay.lay("POST", path, changed())

    list(adapter().changes("contacts", waiting()))

    (body,) = replay.bodies(path)
    assert body["filterGroups"][0]["filters"][0]["propertyName"] == "lastmodifieddate"
    assert body["sorts"][0]["propertyName"] == "lastmodifieddate"


def test_one_answer_is_enough_when_it_holds_all_that_was_found(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(9, 10))

    pages = list(adapter().changes("companies", waiting()))

    assert delivered(pages) == ["9", "10"]
    assert len(replay.asked) == 1


def test_records_that_the_mirror_holds_in_that_version_are_passed_over(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(9, 10, 11))
    later, earlier = AN_HOUR_AGO + timedelta(seconds=1), AN_HOUR_AGO - timedelta(seconds=1)
    known = Held({"9": AN_HOUR_AGO, "10": later, "11": earlier})

    assert delivered(adapter().changes("companies", waiting(), known=known)) == ["11"]


@pytest.mark.parametrize(("total", "is_enough"), [(3, True), (4, False)])
def test_one_answer_is_enough_when_the_mirror_holds_the_rest(replay, adapter, total, is_enough):
    """The answer holds a new record and a known one; the mirror holds a third that is older."""
    replay.lay("POST", f"{COMPANIES}/search", changed(7, 9, total=total, after="2"))
    replay.lay("POST", f"{COMPANIES}/search", changed(7, 9))
    known = Held({"9": AN_HOUR_AGO, "5": AN_HOUR_AGO, "1": AN_HOUR_AGO - timedelta(days=9)})

    pages = list(adapter().changes("companies", waiting(), known=known))

    assert delivered(pages) == ["7"]
    assert len(searches(replay)) == (1 if is_enough else 2)


def test_one_answer_is_not_enough_when_all_that_it_holds_is_new(replay, adapter):
    """The numbers agree by chance: the mirror still holds one that is gone."""
    replay.lay("POST", f"{COMPANIES}/search", changed(7, total=2, after="1"))
    replay.lay("POST", f"{COMPANIES}/search", changed(7, 8))

    pages = list(adapter().changes("companies", waiting(), known=Held({"5": AN_HOUR_AGO})))

    assert delivered(pages) == ["7", "8"]


def test_keyset_carries_the_last_id_on_every_page_and_never_turns_one(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(9, total=5, after="200"))
    replay.lay("POST", f"{COMPANIES}/search", changed(3, 5, total=5, after="200"))
    replay.lay("POST", f"{COMPANIES}/search", changed(7, total=3, after="200"))  # a short page
    replay.lay("POST", f"{COMPANIES}/search", changed(8, 10, total=2))

    pages = list(adapter().changes("companies", waiting()))

    bodies = searches(replay)[1:]
    assert [one["filterGroups"][0]["filters"][1]["value"] for one in bodies] == ["0", "5", "7"]
    assert {one["sorts"][0]["propertyName"] for one in bodies} == {"hs_object_id"}
    assert all("after" not in one for one in bodies)
    assert delivered(pages) == ["3", "5", "7", "8", "10"]
    assert modes(pages) == ["incremental", "incremental", "waiting"]


@pytest.mark.parametrize("ids", [(5, 3), (3, 3), (10, 9)])
def test_keyset_stops_when_ids_do_not_rise(replay, adapter, ids):
    replay.lay("POST", f"{COMPANIES}/search", changed(*ids))

    with pytest.raises(PermanentCrmError, match="ids do not rise near 0"):
        list(adapter().changes("companies", window()))


def test_keyset_stops_when_an_id_was_not_asked_for(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(40))

    with pytest.raises(PermanentCrmError, match="ids do not rise near 40"):
        list(adapter().changes("companies", window(last_id=40)))


def test_keyset_ends_when_a_page_is_empty_though_another_is_named(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(after="200"))

    assert modes(adapter().changes("companies", window())) == ["waiting"]


def test_window_that_was_left_open_goes_on_with_its_own_ends(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(41))

    pages = list(adapter().changes("companies", window(last_id=40)))

    filters = searches(replay)[0]["filterGroups"][0]["filters"]
    assert [one["value"] for one in filters] == ["100", "40"]
    assert json.loads(pages[-1].cursor) == {"mode": "waiting", "until": 200}


def test_search_stops_at_an_id_that_is_no_number(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", {"total": "1", "results": [{"id": "abc"}]})

    with pytest.raises(PermanentCrmError, match="an id is no number"):
        list(adapter().changes("companies", waiting()))


def test_position_never_lies_past_the_time_of_the_crm(replay, adapter):
    """Our clock says 2126; the answers carry the time of the machine."""
    replay.lay("POST", f"{COMPANIES}/search", changed())
    ahead = datetime(2126, 1, 1, tzinfo=UTC)

    (page,) = adapter(clock=lambda: ahead).changes("companies", waiting())

    assert json.loads(page.cursor)["until"] < to_ms(ahead) - 365 * 24 * HOUR_MS


def test_clock_that_was_set_back_looks_back_from_there(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed())

    (page,) = adapter().changes("companies", waiting(until=NOW_MS + 24 * HOUR_MS))

    (body,) = searches(replay)
    assert body["filterGroups"][0]["filters"][0]["value"] == str(NOW_MS - HOUR_MS)
    assert json.loads(page.cursor)["until"] == NOW_MS - 120_000


@pytest.mark.parametrize("status", [400, 404])
def test_type_that_nobody_can_search_is_listed(replay, adapter, status):
    replay.lay("POST", f"{COMPANIES}/search", {"category": "VALIDATION_ERROR"}, status=status)
    replay.lay("GET", COMPANIES, {"results": [company(1)]})

    (page,) = adapter().changes("companies", waiting())

    assert delivered([page]) == ["1"]
    assert page.total is None
    assert adapter().count("companies") is None


def test_search_that_is_forbidden_is_no_reason_to_list(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", {"category": "MISSING_SCOPES"}, status=403)

    with pytest.raises(PermanentCrmError, match="403"):
        list(adapter().changes("companies", waiting()))
    with pytest.raises(PermanentCrmError, match="403"):
        adapter().count("companies")


# more names than a search can ask for


def test_search_asks_for_ids_alone_when_there_are_too_many_names(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(1, 2, 3))
    lay_read(replay, 3, 2)
    known = Held({"1": AN_HOUR_AGO})
    replay.lay("GET", f"{COMPANIES}/2", company(2))

    (page,) = adapter(standing=MANY).changes("companies", waiting(), known=known)

    assert searches(replay)[0]["properties"] == ["hs_lastmodifieddate"]
    (read,) = replay.bodies(f"{COMPANIES}/batch/read")
    assert [one["id"] for one in read["inputs"]] == ["2", "3"]
    assert read["properties"] == list(adapter(standing=MANY).asked_properties("companies"))
    assert sorted(delivered([page])) == ["2", "3"]


@pytest.mark.parametrize(("length", "brings_all"), [(2_400, True), (2_401, False)])
def test_names_may_take_so_much_room_in_a_search(length, brings_all):
    names = ["x" * (length - len('[""]'))]

    assert fits_search(names) is brings_all


def test_records_that_are_gone_between_search_and_read_are_passed_over(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", changed(1, 2))
    gone = [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["1"]}}]
    answer = {"results": [company(2)], "numErrors": 1, "errors": gone}
    replay.lay("POST", f"{COMPANIES}/batch/read", answer, status=207)

    assert delivered(adapter(standing=MANY).changes("companies", waiting())) == ["2"]


# records by their ids


def test_records_that_a_batch_read_names_as_missing_are_gone(replay, adapter):
    replay.lay(
        "POST",
        f"{COMPANIES}/batch/read",
        {
            "results": [company(2)],
            "numErrors": 1,
            "errors": [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["1", "3"]}}],
        },
        status=207,
    )

    (page,) = adapter().records("companies", ["1", "2", "3"])

    assert delivered([page]) == ["2"]
    assert page.gone == ("1", "3")
    assert page.cursor == ""


def test_records_that_a_batch_read_is_silent_about_are_looked_up(replay, adapter):
    """One is merged and answers with the survivor, one is deleted, one was merely left out."""
    lay_read(replay)
    replay.lay("GET", f"{COMPANIES}/1", company(77))
    replay.lay("GET", f"{COMPANIES}/3", company(3))

    (page,) = adapter().records("companies", ["1", "2", "3"])

    assert delivered([page]) == ["3"]
    assert page.gone == ("1", "2")


def test_records_that_a_batch_read_failed_on_are_looked_up_and_not_called_gone(replay, adapter):
    errors = [{"category": "INTERNAL_ERROR", "context": {"ids": ["1"]}}]
    replay.lay("POST", f"{COMPANIES}/batch/read", {"results": [], "errors": errors}, status=207)
    replay.lay("GET", f"{COMPANIES}/1", company(1))

    (page,) = adapter().records("companies", ["1"])

    assert (delivered([page]), page.gone) == (["1"], ())


def test_record_is_not_called_gone_when_it_could_not_be_looked_up(replay, adapter):
    lay_read(replay)
    replay.lay("GET", f"{COMPANIES}/1", {"category": "MISSING_SCOPES"}, status=403)

    with pytest.raises(PermanentCrmError, match="403"):
        list(adapter().records("companies", ["1"]))


def test_records_are_asked_for_a_hundred_at_a_time(replay, adapter):
    lay_read(replay, *range(1, 102))

    pages = list(adapter().records("companies", [str(one) for one in range(1, 102)]))

    sizes = [len(one["inputs"]) for one in replay.bodies(f"{COMPANIES}/batch/read")]
    assert (sizes, len(pages)) == ([100, 1], 2)


# everything


def test_full_pull_lists_with_the_properties_in_use_and_no_history(replay, adapter):
    replay.lay("GET", COMPANIES, {"results": [company(1)]})

    list(adapter().changes("companies", None))

    asked = replay.asked[-1]
    assert [one.method for one in replay.asked] == ["POST", "GET"]
    assert set(asked.query) == {"limit", "properties"}
    assert asked.query["limit"] == "100"
    names = asked.query["properties"].split(",")
    assert names == list(adapter().asked_properties("companies"))
    assert {"hubspot_owner_id", "csk_pains", "csk_relation_score"} <= set(names)


def test_full_pull_ends_with_a_sweep_and_waits_from_its_start_on(replay, adapter):
    replay.lay("GET", COMPANIES, {"results": [company(1)], "paging": {"next": {"after": "x"}}})
    replay.lay("GET", COMPANIES, {"results": [company(2)]})
    moments = [datetime(2026, 6, 15, 10, tzinfo=UTC) + timedelta(hours=one) for one in range(9)]

    first, last = adapter(clock=iter(moments).__next__).changes("companies", None)

    assert (first.sweep_before, json.loads(first.cursor)) == (
        None,
        {"mode": "full", "started": NOW_MS, "after": "x", "below": None, "rises": True},
    )
    assert (last.sweep_before, json.loads(last.cursor)) == (
        moments[0],
        {"mode": "waiting", "until": NOW_MS},
    )


def test_full_pull_goes_on_where_it_was_left_with_its_own_start(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS - HOUR_MS, "after": "x"})
    replay.lay("GET", COMPANIES, {"results": [company(2)]})

    (page,) = adapter().changes("companies", cursor)

    assert replay.asked[-1].query["after"] == "x"
    assert page.sweep_before == datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_full_pull_begins_anew_when_the_crm_does_not_know_the_place(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS - HOUR_MS, "after": "x"})
    replay.lay("GET", COMPANIES, {"category": "VALIDATION_ERROR"}, status=400)
    replay.lay("GET", COMPANIES, {"results": [company(1)]})

    (page,) = adapter().changes("companies", cursor)

    assert "after" not in replay.asked[-1].query
    assert page.sweep_before == datetime(2026, 6, 15, 10, tzinfo=UTC)


def test_full_pull_that_is_forbidden_is_not_begun_anew(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS, "after": "x"})
    scopes = {"context": {"requiredGranularScopes": ["crm.objects.companies.read"]}}
    replay.lay("GET", COMPANIES, {"category": "MISSING_SCOPES", "errors": [scopes]}, status=403)

    with pytest.raises(PermanentCrmError) as caught:
        list(adapter().changes("companies", cursor))

    assert caught.value.missing_scopes == ("crm.objects.companies.read",)
    assert [one.method for one in replay.asked] == ["POST", "GET"]


def test_full_pull_tells_how_many_records_there_are(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(1, total=3))
    replay.lay("GET", COMPANIES, {"results": [company(1), company(2)]})

    (page,) = adapter().changes("companies", None)

    (body,) = searches(replay)
    assert (body["filterGroups"], body["limit"], body["properties"]) == ([], 1, ["hs_object_id"])
    assert page.total == 3


def test_full_pull_stops_when_the_list_goes_round(replay, adapter):
    replay.lay("GET", COMPANIES, {"results": [], "paging": {"next": {"after": "x"}}})

    with pytest.raises(PermanentCrmError, match="named twice"):
        list(adapter().changes("companies", None))


def test_pull_stops_at_an_answer_that_is_none_and_repeats_nothing_of_it(replay, adapter):
    replay.lay("GET", COMPANIES, {"results": "Jansen Bouw"})

    with pytest.raises(PermanentCrmError) as caught:
        list(adapter().changes("companies", None))

    assert "Jansen" not in str(caught.value)


def test_unreadable_record_costs_itself_alone(replay, adapter):
    replay.lay(
        "GET",
        COMPANIES,
        {
            "results": [
                company(1),
                {"id": "2", "properties": {"hs_lastmodifieddate": "yesterday"}},
                {"properties": {"hs_lastmodifieddate": "2026-06-15T09:00:00Z"}},
                {"id": "4"},
                company(5),
            ]
        },
    )

    (page,) = adapter().changes("companies", None)

    assert [one.external_id for one in page.records] == ["1", "5"]
    assert [one.external_id for one in page.rejections] == ["2", None, "4"]
    assert all("yesterday" not in one.reason for one in page.rejections)
