"""Pulls against answers laid down one by one: windows, keyset, cursors, and odd answers."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connector.ports import PermanentCrmError
from tests.unit.connector.hubspot.answers import COMPANIES, HOUR_MS, NOW_MS, company, found, waiting


def lay_read(replay, *ids: int) -> None:
    replay.lay("POST", f"{COMPANIES}/batch/read", {"results": [company(one) for one in ids]})


def delivered(pages) -> list[str]:
    return [record.external_id for page in pages for record in page.records]


def test_search_asks_from_an_hour_before_the_last_pull_until_two_minutes_ago(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found())

    pages = list(adapter().changes("companies", waiting()))

    assert replay.bodies(f"{COMPANIES}/search") == [
        {
            "filterGroups": [
                {
                    "filters": [
                        {
                            "propertyName": "hs_lastmodifieddate",
                            "operator": "GTE",
                            "value": str(NOW_MS - 2 * HOUR_MS),
                        },
                        {
                            "propertyName": "hs_lastmodifieddate",
                            "operator": "LTE",
                            "value": str(NOW_MS - 120_000),
                        },
                        {"propertyName": "hs_object_id", "operator": "GT", "value": "0"},
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": 200,
        }
    ]
    assert [(page.records, page.cursor) for page in pages] == [
        ((), json.dumps({"mode": "waiting", "until": NOW_MS - 120_000}, separators=(",", ":")))
    ]


def test_search_over_contacts_asks_by_their_own_modified_date(replay, adapter):
    path = "/crm/objects/2026-09/contacts/search"
    replay.lay("POST", path, found())

    list(adapter().changes("contacts", waiting()))

    filters = replay.bodies(path)[0]["filterGroups"][0]["filters"]
    assert [one["propertyName"] for one in filters] == [
        "lastmodifieddate",
        "lastmodifieddate",
        "hs_object_id",
    ]


def test_search_carries_the_last_id_on_every_page_and_never_turns_one(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(3, 5, total=5, after="200"))
    replay.lay("POST", f"{COMPANIES}/search", found(7, total=3, after="200"))  # a short page
    replay.lay("POST", f"{COMPANIES}/search", found(8, 10, total=2))
    for ids in ((3, 5), (7,), (8, 10)):
        lay_read(replay, *ids)

    pages = list(adapter().changes("companies", waiting()))

    bodies = replay.bodies(f"{COMPANIES}/search")
    assert [one["filterGroups"][0]["filters"][2]["value"] for one in bodies] == ["0", "5", "7"]
    assert all("after" not in one for one in bodies)
    assert delivered(pages) == ["3", "5", "7", "8", "10"]
    assert [page.total for page in pages] == [5, 5, 5]
    assert [json.loads(page.cursor)["mode"] for page in pages] == [
        "incremental",
        "incremental",
        "waiting",
    ]


def test_search_compares_ids_as_numbers(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(9, 10))
    lay_read(replay, 9, 10)

    assert delivered(adapter().changes("companies", waiting())) == ["9", "10"]


@pytest.mark.parametrize("ids", [(5, 3), (3, 3), (10, 9)])
def test_search_stops_when_ids_do_not_rise(replay, adapter, ids):
    replay.lay("POST", f"{COMPANIES}/search", found(*ids))

    with pytest.raises(PermanentCrmError, match="ids do not rise after 0"):
        list(adapter().changes("companies", waiting()))


def test_search_stops_when_an_id_was_not_asked_for(replay, adapter):
    cursor = json.dumps({"mode": "incremental", "from": 1, "until": 2, "last_id": 40})
    replay.lay("POST", f"{COMPANIES}/search", found(40))

    with pytest.raises(PermanentCrmError, match="ids do not rise after 40"):
        list(adapter().changes("companies", cursor))


def test_search_ends_when_a_page_is_empty_though_another_is_named(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(after="200"))

    pages = list(adapter().changes("companies", waiting()))

    assert [json.loads(page.cursor)["mode"] for page in pages] == ["waiting"]


def test_window_that_was_left_open_goes_on_with_its_own_ends(replay, adapter):
    cursor = json.dumps({"mode": "incremental", "from": 100, "until": 200, "last_id": 40})
    replay.lay("POST", f"{COMPANIES}/search", found(41))
    lay_read(replay, 41)

    pages = list(adapter().changes("companies", cursor))

    filters = replay.bodies(f"{COMPANIES}/search")[0]["filterGroups"][0]["filters"]
    assert [one["value"] for one in filters] == ["100", "200", "40"]
    assert json.loads(pages[-1].cursor) == {"mode": "waiting", "until": 200}


@pytest.mark.parametrize(("overlap_s", "asked"), [(0, 0), (1, 1)])
def test_changes_ask_nothing_while_the_window_would_be_empty(replay, adapter, overlap_s, asked):
    """The clock stands 2 minutes after the last pull: exactly the lag."""
    replay.lay("POST", f"{COMPANIES}/search", found())

    pages = list(adapter(overlap_s=overlap_s).changes("companies", waiting(until=NOW_MS - 120_000)))

    assert len(replay.asked) == asked
    assert json.loads(pages[0].cursor) == {"mode": "waiting", "until": NOW_MS - 120_000}


def test_records_that_a_batch_read_names_as_missing_are_gone(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(1, 2, 3))
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

    (page,) = adapter().changes("companies", waiting())

    assert [one.external_id for one in page.records] == ["2"]
    assert page.gone == ("1", "3")


def test_records_that_a_batch_read_is_silent_about_are_looked_up(replay, adapter):
    """One is merged and answers with the survivor, one is deleted, one was merely left out."""
    replay.lay("POST", f"{COMPANIES}/search", found(1, 2, 3))
    lay_read(replay)
    replay.lay("GET", f"{COMPANIES}/1", company(77))
    replay.lay("GET", f"{COMPANIES}/3", company(3))

    (page,) = adapter().changes("companies", waiting())

    assert [one.external_id for one in page.records] == ["3"]
    assert page.gone == ("1", "2")


def test_records_that_a_batch_read_failed_on_are_looked_up_and_not_called_gone(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(1))
    errors = [{"category": "INTERNAL_ERROR", "context": {"ids": ["1"]}}]
    replay.lay("POST", f"{COMPANIES}/batch/read", {"results": [], "errors": errors}, status=207)
    replay.lay("GET", f"{COMPANIES}/1", company(1))

    (page,) = adapter().changes("companies", waiting())

    assert ([one.external_id for one in page.records], page.gone) == (["1"], ())


def test_search_stops_at_an_id_that_is_no_number(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", {"total": "1", "results": [{"id": "abc"}]})

    with pytest.raises(PermanentCrmError, match="an id is no number"):
        list(adapter().changes("companies", waiting()))


def test_record_is_not_called_gone_when_it_could_not_be_looked_up(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(1))
    lay_read(replay)
    replay.lay("GET", f"{COMPANIES}/1", {"category": "MISSING_SCOPES"}, status=403)

    with pytest.raises(PermanentCrmError, match="403"):
        list(adapter().changes("companies", waiting()))


def test_full_pull_lists_with_the_properties_in_use_and_no_history(replay, adapter):
    replay.lay("GET", COMPANIES, {"results": [company(1)]})

    list(adapter().changes("companies", None))

    (asked,) = replay.asked
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
        {"mode": "full", "started": NOW_MS, "after": "x"},
    )
    assert (last.sweep_before, json.loads(last.cursor)) == (
        moments[0],
        {"mode": "waiting", "until": NOW_MS},
    )


def test_full_pull_goes_on_where_it_was_left_with_its_own_start(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS - HOUR_MS, "after": "x"})
    replay.lay("GET", COMPANIES, {"results": [company(2)]})

    (page,) = adapter().changes("companies", cursor)

    assert replay.asked[0].query["after"] == "x"
    assert page.sweep_before == datetime(2026, 6, 15, 9, tzinfo=UTC)


def test_full_pull_begins_anew_when_the_crm_does_not_know_the_place(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS - HOUR_MS, "after": "x"})
    replay.lay("GET", COMPANIES, {"category": "VALIDATION_ERROR"}, status=400)
    replay.lay("GET", COMPANIES, {"results": [company(1)]})

    (page,) = adapter().changes("companies", cursor)

    assert "after" not in replay.asked[1].query
    assert page.sweep_before == datetime(2026, 6, 15, 10, tzinfo=UTC)


def test_full_pull_that_is_forbidden_is_not_begun_anew(replay, adapter):
    cursor = json.dumps({"mode": "full", "started": NOW_MS, "after": "x"})
    scopes = {"context": {"requiredGranularScopes": ["crm.objects.companies.read"]}}
    replay.lay("GET", COMPANIES, {"category": "MISSING_SCOPES", "errors": [scopes]}, status=403)

    with pytest.raises(PermanentCrmError) as caught:
        list(adapter().changes("companies", cursor))

    assert caught.value.missing_scopes == ("crm.objects.companies.read",)
    assert len(replay.asked) == 1


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


@pytest.mark.parametrize(("everything", "is_listed"), [(2, True), (3, False)])
def test_changes_come_by_list_when_most_of_all_records_changed(
    replay, adapter, everything, is_listed
):
    """Two changes of two records cost a search and a read, or one page of a list."""
    replay.lay("POST", f"{COMPANIES}/search", found(1, 2))
    replay.lay("POST", f"{COMPANIES}/search", found(1, total=everything))
    replay.lay("GET", COMPANIES, {"results": [company(1), company(2)]})
    lay_read(replay, 1, 2)

    (page,) = adapter(list_from=2).changes("companies", waiting())

    assert [one.external_id for one in page.records] == ["1", "2"]
    assert (page.sweep_before is not None) is is_listed
    assert replay.bodies(f"{COMPANIES}/search")[1]["filterGroups"] == []


def test_changes_do_not_ask_how_many_records_there_are_when_few_changed(replay, adapter):
    replay.lay("POST", f"{COMPANIES}/search", found(1, 2))
    lay_read(replay, 1, 2)

    list(adapter(list_from=3).changes("companies", waiting()))

    assert len(replay.bodies(f"{COMPANIES}/search")) == 1
