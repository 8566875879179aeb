"""A seller's task: made once, kept in place, found again, and never doubled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.hubspot.adapter import HubSpotAdapter
from connector.ports import PermanentCrmError, SellerTask, TransientCrmError
from connector.sandbox import DEFAULT_SCOPES, Fault, Portal, Sandbox
from tests.unit.connector.hubspot.conftest import build

BEGUN = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
TOKEN = "pat-eu1-0000-secret-of-the-tests"
TASKS = "/crm/objects/2026-09/tasks"
SUBJECT = "Top relations: your overview"
TASK = SellerTask("51", SUBJECT, "<p>KPI 1: 2</p>", datetime(2026, 6, 19, 15, tzinfo=UTC))
CHANGED = replace(TASK, body="<p>KPI 1: 3</p>")
CREATE, UPDATE, SEARCH = "POST create", "POST batch_update", "POST search"


class Account:
    """A portal with two sellers, and the moment that it shares with its adapters."""

    def __init__(self) -> None:
        self.portal = Portal()
        self.now = NOW
        self.sandbox: Sandbox
        for one in ("51", "52"):
            self.portal.add_owner(one, "Anna", "Bos", f"{one}@example.nl")

    def adapter(self, **extra: Any) -> HubSpotAdapter:
        adapter = build(self.sandbox.base_url, clock=lambda: self.now, **extra)
        assert isinstance(adapter, HubSpotAdapter)
        return adapter

    def keep(self, task: SellerTask, known_id: str | None = None, **extra: Any) -> str:
        return self.adapter(**extra).keep_task(task, known_id=known_id)

    def add(self, external_id: str, **values: str) -> str:
        """A task that stands in the account, as we would have made it unless told otherwise."""
        standing = {
            "hubspot_owner_id": "51",
            "hs_task_subject": SUBJECT,
            "hs_task_body": TASK.body,
            "hs_task_status": "NOT_STARTED",
            "hs_timestamp": "2026-06-19T15:00:00Z",
        }
        self.portal.add_record("tasks", external_id, standing | values, at=BEGUN)
        return external_id

    def complete(self, external_id: str) -> None:
        self.portal.set_values("tasks", external_id, {"hs_task_status": "COMPLETED"}, at=self.now)

    def bodies(self) -> dict[str, str]:
        """Text of every task by id, and nothing of the bin."""
        live = self.portal.objects["tasks"].values()
        return {one.id: one.values["hs_task_body"] for one in live if one.archived_ms is None}


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()
    with Sandbox(
        account.portal, clock=lambda: account.now, limits=None, routes=[], token=TOKEN
    ) as account.sandbox:
        yield account


@pytest.fixture
def lagging() -> Iterator[Account]:
    """An account whose search sees a task a minute after it was made."""
    account = Account()
    with Sandbox(
        account.portal,
        clock=lambda: account.now,
        limits=None,
        routes=[],
        token=TOKEN,
        search_lag_s=60,
    ) as account.sandbox:
        yield account


def test_first_task_is_made_for_its_seller_and_linked_to_nothing(account):
    made = account.keep(TASK)

    values = account.portal.values("tasks", made)
    assert {name: values[name] for name in values if name.startswith("hs_task")} == {
        "hs_task_subject": SUBJECT,
        "hs_task_body": "<p>KPI 1: 2</p>",
        "hs_task_status": "NOT_STARTED",
    }
    assert (values["hubspot_owner_id"], values["hs_timestamp"]) == ("51", "2026-06-19T15:00:00Z")
    assert [
        linked
        for to_type in ("companies", "contacts", "deals")
        for linked in account.portal.links.of("tasks", made, to_type)
    ] == []


@pytest.mark.parametrize("is_known", [True, False])
def test_task_that_stands_as_wanted_is_not_sent_again(account, is_known):
    made = account.keep(TASK)

    again = account.keep(TASK, made if is_known else None)

    assert again == made
    assert account.sandbox.calls[CREATE] == 1
    assert account.sandbox.calls[UPDATE] == 0


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    ("task", "name", "value"),
    [
        (CHANGED, "hs_task_body", "<p>KPI 1: 3</p>"),
        (
            replace(TASK, due_at=TASK.due_at + timedelta(days=7)),
            "hs_timestamp",
            "2026-06-26T15:00:00Z",
        ),
    ],
)
def test_other_content_is_written_in_place(account, is_known, task, name, value):
    made = account.keep(TASK)

    again = account.keep(task, made if is_known else None)

    assert again == made
    assert account.portal.values("tasks", made)[name] == value
    assert account.sandbox.calls[CREATE] == 1


def test_update_leaves_the_status_to_the_seller(account):
    task_id = account.add("7", hs_task_status="IN_PROGRESS")

    assert account.keep(CHANGED, task_id) == "7"

    assert account.portal.values("tasks", "7")["hs_task_status"] == "IN_PROGRESS"
    assert account.bodies() == {"7": "<p>KPI 1: 3</p>"}


def test_known_task_follows_its_subject_into_another_language(account):
    made = account.keep(TASK)

    account.keep(replace(TASK, subject="Toprelaties: jouw overzicht"), made)

    assert len(account.bodies()) == 1
    assert account.portal.values("tasks", made)["hs_task_subject"] == "Toprelaties: jouw overzicht"


def test_task_that_another_took_over_is_given_back_to_its_seller(account):
    made = account.keep(TASK)
    account.portal.set_values("tasks", made, {"hubspot_owner_id": "52"}, at=NOW)

    assert account.keep(TASK, made) == made

    assert account.portal.values("tasks", made)["hubspot_owner_id"] == "51"


@pytest.mark.parametrize("is_known", [True, False])
def test_completed_task_that_says_the_same_is_left_alone(account, is_known):
    made = account.keep(TASK)
    account.complete(made)
    later = replace(TASK, due_at=TASK.due_at + timedelta(days=7))

    assert account.keep(later, made if is_known else None) == made

    assert account.sandbox.calls[CREATE] == 1
    assert account.sandbox.calls[UPDATE] == 0


def test_other_content_after_completion_makes_a_new_task_and_keeps_the_old_one(account):
    made = account.keep(TASK)
    account.complete(made)

    second = account.keep(CHANGED, made)

    assert account.bodies() == {made: "<p>KPI 1: 2</p>", second: "<p>KPI 1: 3</p>"}
    assert account.portal.values("tasks", made)["hs_task_status"] == "COMPLETED"


def test_open_task_is_kept_even_when_a_completed_one_says_what_is_wanted(account):
    account.add("7", hs_task_status="COMPLETED")
    account.add("8", hs_task_body="<p>KPI 1: 9</p>")

    assert account.keep(TASK) == "8"

    assert account.bodies() == {"7": TASK.body, "8": TASK.body}
    assert account.sandbox.calls[CREATE] == 0


def test_newest_completed_task_alone_counts_as_said(account):
    account.add("9", hs_task_status="COMPLETED")
    account.add("10", hs_task_status="COMPLETED", hs_task_body="<p>KPI 1: 9</p>")

    assert account.keep(TASK) not in {"9", "10"}


def test_oldest_of_several_open_tasks_is_kept(account):
    """Ids are compared as numbers."""
    account.add("10")
    account.add("9")

    assert account.keep(CHANGED) == "9"

    assert account.bodies() == {"9": CHANGED.body, "10": TASK.body}


@pytest.mark.parametrize(
    "other",
    [
        {"hubspot_owner_id": "52"},
        {"hs_task_subject": "top relations: your overview"},
        {"hs_task_subject": f"{SUBJECT} of May"},
    ],
)
def test_task_of_another_seller_or_subject_is_none_of_ours(account, other):
    """The search compares without regard to case; we do not."""
    account.add("7", **other)

    assert account.keep(CHANGED) != "7"

    assert account.bodies()["7"] == TASK.body


@pytest.mark.parametrize("how", ["archive", "purge"])
def test_task_that_is_gone_is_made_anew(account, how):
    made = account.keep(TASK)
    if how == "archive":
        account.portal.archive("tasks", made, at=NOW)
    else:
        account.portal.purge("tasks", made)

    second = account.keep(TASK, made)

    assert account.bodies() == {second: TASK.body}
    assert account.sandbox.calls[CREATE] == 2


def test_known_task_that_is_gone_gives_way_to_another_of_ours(account):
    account.add("8")

    assert account.keep(CHANGED, "7") == "8"

    assert account.bodies() == {"8": CHANGED.body}


def test_lost_answer_to_a_create_is_not_sent_again_within_the_call(account):
    account.sandbox.faults.add(Fault("drop_after", f"POST {TASKS}"))

    with pytest.raises(TransientCrmError):
        account.keep(TASK, max_tries=6)

    assert account.sandbox.calls[CREATE] == 1
    assert list(account.bodies().values()) == [TASK.body]


@pytest.mark.parametrize("fault", ["500", "502", "429", "truncated", "drop_before"])
def test_create_is_sent_once_whatever_goes_wrong(account, fault):
    account.sandbox.faults.add(Fault(fault, f"POST {TASKS}"))
    adapter = account.adapter(max_tries=6)

    with pytest.raises(TransientCrmError):
        adapter.keep_task(TASK, known_id=None)

    assert adapter.usage() == {"task_search": 1, "task": 1}


def test_task_whose_answer_was_lost_is_found_once_the_search_has_caught_up(lagging):
    lagging.sandbox.faults.add(Fault("drop_after", f"POST {TASKS}"))
    with pytest.raises(TransientCrmError):
        lagging.keep(TASK)
    (lost,) = lagging.bodies()

    lagging.now += timedelta(seconds=61)

    assert lagging.keep(CHANGED) == lost
    assert lagging.bodies() == {lost: CHANGED.body}


def test_known_id_needs_no_search_so_that_its_lag_does_no_harm(lagging):
    made = lagging.keep(TASK)

    assert lagging.keep(CHANGED, made) == made

    assert lagging.bodies() == {made: CHANGED.body}
    assert lagging.sandbox.calls[SEARCH] == 1


def test_search_that_runs_behind_is_checked_against_what_stands(lagging):
    """It still shows the old text, and a task that the seller has completed since."""
    made = lagging.add("7")
    lagging.portal.set_values("tasks", made, {"hs_task_body": CHANGED.body}, at=NOW)

    assert lagging.keep(CHANGED) == "7"
    lagging.complete("7")
    second = lagging.keep(TASK)

    assert lagging.bodies() == {"7": CHANGED.body, second: TASK.body}


def test_update_is_tried_again_for_it_may_be_done_twice(account):
    made = account.keep(TASK)
    account.sandbox.faults.add(Fault("drop_after", f"POST {TASKS}/batch/update"))

    assert account.keep(CHANGED, made, max_tries=2) == made

    assert account.bodies() == {made: CHANGED.body}


def test_missing_scope_is_named_before_anything_is_made():
    account = Account()
    scopes = DEFAULT_SCOPES - {"crm.objects.contacts.write"}
    with Sandbox(
        account.portal, limits=None, routes=[], token=TOKEN, scopes=scopes
    ) as account.sandbox:
        adapter = account.adapter()
        with pytest.raises(PermanentCrmError) as refused:
            adapter.keep_task(TASK, known_id=None)

    assert refused.value.missing_scopes == ("crm.objects.contacts.write",)


def test_owner_whom_the_crm_does_not_know_is_refused_without_a_word_of_the_text(account):
    with pytest.raises(PermanentCrmError) as refused:
        account.keep(replace(TASK, owner="99"))

    assert refused.value.status == 400
    assert "KPI" not in str(refused.value)


def test_account_whose_tasks_can_be_read_says_that_it_has_them(account):
    assert account.adapter().describe().capabilities.has_tasks is True


def test_calls_of_both_kinds_are_counted(account):
    adapter = account.adapter()

    adapter.keep_task(TASK, known_id=None)

    assert adapter.usage() == {"task_search": 1, "task": 1}


def standing(status: str = "NOT_STARTED") -> dict[str, Any]:
    values = {"hubspot_owner_id": "51", "hs_task_subject": SUBJECT, "hs_task_status": status}
    return {"id": "7", "properties": values}


def test_task_that_goes_while_it_is_written_is_looked_for_and_made(replay, adapter):
    replay.lay("GET", f"{TASKS}/7", standing())
    gone = {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["7"]}}
    replay.lay("POST", f"{TASKS}/batch/update", {"results": [], "errors": [gone]}, status=207)
    replay.lay("POST", f"{TASKS}/search", {"results": []})
    replay.lay("POST", TASKS, {"id": "8"}, status=201)

    assert adapter().keep_task(TASK, known_id="7") == "8"


def test_value_that_is_refused_in_part_is_an_error(replay, adapter):
    replay.lay("GET", f"{TASKS}/7", standing())
    bad = {"category": "VALIDATION_ERROR", "message": "Jansen is not valid"}
    replay.lay("POST", f"{TASKS}/batch/update", {"results": [], "errors": [bad]}, status=207)

    with pytest.raises(PermanentCrmError, match="task 7: 207") as refused:
        adapter().keep_task(TASK, known_id="7")

    assert refused.value.status == 400
    assert "Jansen" not in str(refused.value)


def test_search_asks_for_the_newest_of_this_seller_and_subject(replay, adapter):
    replay.lay("POST", f"{TASKS}/search", {"results": []})
    replay.lay("POST", TASKS, {"id": "8"}, status=201)

    adapter().keep_task(TASK, known_id=None)

    assert replay.bodies(f"{TASKS}/search") == [
        {
            "filterGroups": [
                {
                    "filters": [
                        {"propertyName": "hubspot_owner_id", "operator": "EQ", "value": "51"},
                        {"propertyName": "hs_task_subject", "operator": "EQ", "value": SUBJECT},
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}],
            "properties": ["hs_object_id"],
            "limit": 100,
        }
    ]
