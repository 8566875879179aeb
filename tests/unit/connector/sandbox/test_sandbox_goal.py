"""Targets of sellers as the look-alike keeps and serves them."""

from datetime import UTC, datetime

import pytest

from connector.sandbox import DEFAULT_SCOPES, Portal

GOALS = "/crm/objects/2026-09/goal_targets"
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def goals(portal: Portal) -> Portal:
    for record_id in ("701", "702", "703"):
        portal.add_goal(record_id, "101", "50000", JANUARY, APRIL, at=JANUARY, name="Omzet")
    return portal


def test_goals_are_listed_page_by_page(goals, call):
    status, first = call("GET", GOALS, limit=2, properties="hs_target_amount,hubspot_owner_id")
    _, rest = call("GET", GOALS, limit=2, after=first["paging"]["next"]["after"])

    assert status == 200
    assert [one["id"] for one in (*first["results"], *rest["results"])] == ["701", "702", "703"]
    assert first["results"][0]["properties"] == {
        "hs_target_amount": "50000",
        "hubspot_owner_id": "101",
        "hs_createdate": "2026-01-01T00:00:00Z",
        "hs_lastmodifieddate": "2026-01-01T00:00:00Z",
        "hs_object_id": "701",
    }
    assert "paging" not in rest


def test_goals_are_read_in_a_batch_by_the_words_of_their_type(goals, call):
    names = ["hs_goal_name", "hs_goal_type", "hs_start_datetime", "hs_end_datetime"]
    body = {"inputs": [{"id": "702"}, {"id": "9"}], "properties": names}

    for word in ("goal_targets", "0-74"):
        status, answer = call("POST", f"/crm/objects/2026-09/{word}/batch/read", body)

        assert status == 207
        (found,) = answer["results"]
        assert [found["properties"][name] for name in names] == [
            "Omzet",
            "sales_quota",
            "2026-01-01T00:00:00Z",
            "2026-04-01T00:00:00Z",
        ]


@pytest.mark.parametrize(("method", "path"), [("GET", GOALS), ("POST", f"{GOALS}/batch/read")])
def test_goals_take_a_scope_of_their_own(goals, caller, method, path):
    call = caller(goals, scopes=DEFAULT_SCOPES - {"crm.objects.goals.read"})

    status, answer = call(method, path, None if method == "GET" else {"inputs": [{"id": "701"}]})

    assert status == 403
    assert answer["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.goals.read"]


def test_goal_with_an_id_that_is_taken_is_refused(goals):
    with pytest.raises(ValueError, match="not a new id"):
        goals.add_goal("701", "101", "1", JANUARY, APRIL, at=JANUARY)
