"""When a seller's task is kept: once a week, tried again when it failed, and never doubled."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from connector.ports import (
    Capabilities,
    Description,
    PermanentCrmError,
    SellerTask,
    TransientCrmError,
)
from jobs.exits import StoppedError
from jobs.seller.task import SETTLED, TaskReport, due_on, keep_seller_tasks
from jobs.wiring import Wiring
from kpis.parameters import Parameters
from kpis.records import Owner
from store.store import Store
from tests.unit.jobs.digest_phrases import (
    TEXTS,
    day_of,
    history,
    relation,
    relations,
    sellers,
)

NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
ON = {"seller_metrics": {"crm_task": True}}
WEEK = "2026-W25"


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 6, 15), date(2026, 6, 19)),
        (date(2026, 6, 19), date(2026, 6, 19)),
        (date(2026, 6, 20), date(2026, 6, 26)),
    ],
)
def test_task_is_due_on_the_friday_to_come(today, due):
    assert due_on(today) == due


@dataclass
class Account:
    """A CRM that keeps tasks in a dict, or fails as told, and what a job needs beside it."""

    store: Store
    parameters: Parameters = field(default_factory=lambda: Parameters.model_validate(ON))
    owners: tuple[Owner, ...] = (Owner("51", "Anna"), Owner("52", "Bob"))
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            can_write=True,
            readable=frozenset(),
            has_history=False,
            has_splits=False,
            missing={},
            has_tasks=True,
        )
    )
    now: datetime = NOW
    errors: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[SellerTask, str | None]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    progress: list[tuple[str, int, int | None]] = field(default_factory=list)

    def describe(self) -> Description:
        description = SimpleNamespace(owners=self.owners, capabilities=self.capabilities)
        return cast("Description", description)

    def keep_task(self, task: SellerTask, *, known_id: str | None) -> str:
        self.asked.append((task, known_id))
        if task.owner in self.errors:
            raise self.errors[task.owner]
        return known_id or f"9{task.owner}"

    def keep(
        self, results: pl.DataFrame | None = None, rows: pl.DataFrame | None = None
    ) -> TaskReport:
        wiring = SimpleNamespace(
            crm=self,
            store=self.store,
            parameters=self.parameters,
            texts=TEXTS,
            clock=lambda: self.now,
            stop=self.stop,
        )
        return keep_seller_tasks(
            cast("Wiring", wiring),
            sellers("51", "52") if results is None else results,
            relations(relation("1", "51"), relation("2", "52")) if rows is None else rows,
            as_of=self.now,
            progress=lambda *told: self.progress.append(told),
        )

    def memory(self, seller_id: str) -> Any:
        text = self.store.read_state(f"seller_task:{seller_id}")
        return None if text is None else json.loads(text)


@pytest.fixture
def open_account(tmp_path) -> Iterator[Callable[..., Account]]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    yield lambda **extra: Account(store, **extra)
    store.close()


@pytest.fixture
def account(open_account) -> Account:
    return cast("Account", open_account())


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"crm_task": False},
        {"mode": "off"},
    ],
)
def test_nothing_happens_when_tasks_are_not_wanted(open_account, metrics):
    account = open_account(parameters=Parameters.model_validate({"seller_metrics": metrics}))

    assert account.keep() == TaskReport()

    assert account.asked == []


@pytest.mark.parametrize(
    "metrics",
    [
        {"crm_task": True},
        {"crm_task": True, "mode": "self_and_manager", "works_council_consent": "2026-01-31"},
    ],
)
def test_each_seller_gets_one_task_in_either_mode(open_account, metrics):
    account = open_account(parameters=Parameters.model_validate({"seller_metrics": metrics}))

    report = account.keep()

    assert report == TaskReport(written=2)
    assert report.is_complete
    assert [(task.owner, known) for task, known in account.asked] == [("51", None), ("52", None)]
    assert account.progress == [("seller tasks", 1, 2), ("seller tasks", 2, 2)]


def test_task_is_worded_in_the_language_of_the_account_and_due_on_friday_at_five_local_time(
    account,
):
    account.keep()

    task = account.asked[0][0]
    assert task.subject == "Toprelaties: jouw overzicht"
    assert "Relation 1" in task.body
    assert "Relation 2" not in task.body
    assert task.due_at == datetime(2026, 6, 19, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "asked"),
    [
        (datetime(2026, 6, 15, 8, 15, tzinfo=UTC), 0),
        (datetime(2026, 6, 21, 21, 59, tzinfo=UTC), 0),
        (datetime(2026, 6, 21, 22, 0, tzinfo=UTC), 2),
    ],
)
def test_seller_is_told_again_when_monday_begins_in_the_zone_of_the_reports(account, later, asked):
    """Amsterdam is two hours ahead in June; figures that move within the week change nothing."""
    account.keep()
    account.asked.clear()
    account.now = later

    report = account.keep(sellers("51", "52", kpi1=5))

    assert report == TaskReport(written=asked, unchanged=2 - asked)
    assert len(account.asked) == asked


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        (datetime(2026, 12, 29, 8, tzinfo=UTC), datetime(2027, 1, 3, 22, 59, tzinfo=UTC), 0),
        (datetime(2026, 12, 29, 8, tzinfo=UTC), datetime(2027, 1, 3, 23, 0, tzinfo=UTC), 1),
        (datetime(2024, 12, 29, 8, tzinfo=UTC), datetime(2024, 12, 29, 23, tzinfo=UTC), 1),
    ],
)
def test_week_runs_over_the_turn_of_the_year(account, first, second, asked):
    account.now = first
    account.keep(sellers("51"))
    account.asked.clear()
    account.now = second

    account.keep(sellers("51"))

    assert len(account.asked) == asked


def test_next_week_is_told_in_the_known_task_which_is_due_anew(account):
    account.keep(sellers("51"))
    account.now += timedelta(days=7)

    account.keep(sellers("51"))

    (first, _), (second, known) = account.asked
    assert known == "951"
    assert first.subject == second.subject
    assert ("Week 25." in first.body, "Week 26." in second.body) == (True, True)
    assert second.due_at - first.due_at == timedelta(days=7)


def test_clock_that_went_back_into_last_week_tells_nothing_again(account):
    account.keep()
    account.asked.clear()
    account.now -= timedelta(days=7)

    assert account.keep() == TaskReport(unchanged=2)


def test_new_seller_is_told_at_once_and_alone(account):
    account.keep(sellers("51"))
    account.asked.clear()
    account.now += timedelta(days=2)

    report = account.keep(sellers("51", "52"))

    assert report == TaskReport(written=1, unchanged=1)
    assert [task.owner for task, _ in account.asked] == ["52"]


def test_text_tells_what_changed_since_the_snapshots_of_the_store(account):
    monday = datetime(2026, 6, 15, 8, tzinfo=UTC)
    days = [
        day_of("1", date(2026, 6, 7), buying_phase="orienting"),
        day_of("2", date(2026, 6, 7)),
        day_of("1", date(2026, 6, 8), buying_phase="quote"),
    ]
    kpi1 = {"seller_id": "51", "from_on": date(2026, 6, 7), "kpi1": 1, "top_relations_total": 4}
    for day in (7, 8):
        on = [one for one in days if one["from_on"] == date(2026, 6, day)]
        own = (kpi1,) if day == 7 else ()
        account.store.save_own_history(history(*on, of_sellers=own), today=date(2026, 6, day))
    account.now = monday

    account.keep()

    (first, _), (second, _) = account.asked
    assert "Veranderd sinds 07-06-2026" in first.body
    assert "<strong>Relation 1</strong>: van oriënteren naar interesse</li>" in first.body
    assert "nl kpi1: 2 van 4 (was 1 van 4)".capitalize() in first.body
    assert "niets veranderd" in second.body
    assert "(was" not in second.body


def test_first_week_tells_no_changes(account):
    account.store.save_own_history(history(day_of("1", NOW.date(), buying_phase="quote")))

    account.keep()

    assert "eranderd" not in account.asked[0][0].body


def test_seller_who_left_the_population_is_not_asked_about(account):
    account.keep()
    account.asked.clear()

    report = account.keep(rows=relations(relation("2", "52")))

    assert report == TaskReport(unchanged=1)
    assert account.asked == []
    assert account.memory("51")["id"] == "951"


def test_archived_or_unknown_owner_gets_no_task(open_account):
    account = open_account(owners=(Owner("51", "Anna", is_archived=True),))

    assert account.keep() == TaskReport()


def test_memory_holds_the_id_and_the_week_and_no_word_of_the_text(account):
    account.keep()

    assert account.memory("51") == {"id": "951", "digest": WEEK, "sent_at": None}


def test_memory_of_the_release_before_is_read_and_its_task_told_the_week(account):
    """That release kept a digest of the text, which is no week, though it sorts behind one."""
    old = {"id": "951", "digest": "f" * 64, "sent_at": None}
    account.store.save_state("seller_task:51", json.dumps(old))

    report = account.keep(sellers("51"))

    assert report == TaskReport(written=1)
    assert [known for _, known in account.asked] == ["951"]
    assert account.memory("51") == {"id": "951", "digest": WEEK, "sent_at": None}


def test_memory_keeps_to_the_keys_that_the_release_before_knows(account):
    """Brought back to that release, an unknown key would end its runs."""
    account.keep(sellers("51"))

    assert set(account.memory("51")) == {"id", "digest", "sent_at"}


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({}, "this CRM holds no tasks"),
        ({"tasks": "scope crm.objects.contacts.read is missing"}, "scope crm.objects"),
    ],
)
def test_crm_without_tasks_is_left_out_with_its_reason(open_account, missing, reason):
    account = open_account()
    account.capabilities = replace(account.capabilities, has_tasks=False, missing=missing)

    report = account.keep()

    assert report.left_out["seller tasks"].startswith(reason)
    assert not report.is_complete
    assert account.asked == []


def test_owners_that_cannot_be_read_are_told(open_account):
    account = open_account(owners=())
    account.capabilities = replace(account.capabilities, missing={"owners": "no scope"})

    assert account.keep() == TaskReport(left_out={"seller tasks": "no scope"})


def test_account_without_owners_has_nobody_to_tell(open_account):
    assert open_account(owners=()).keep() == TaskReport()


@pytest.mark.parametrize(
    "error",
    [
        PermanentCrmError("no scope", status=403, missing_scopes=("contacts.write",)),
        PermanentCrmError("not allowed", status=403),
    ],
)
def test_missing_scope_leaves_all_of_them_out_at_once(account, error):
    account.errors = {"51": error, "52": error}

    report = account.keep()

    assert report == TaskReport(left_out={"seller tasks": str(error)})
    assert len(account.asked) == 1
    assert account.memory("51") is None


def test_refusal_of_one_task_does_not_stop_the_others(account):
    account.errors = {"51": PermanentCrmError("400 INVALID_OWNER", status=400)}

    report = account.keep()

    assert report == TaskReport(written=1, refused={"51": "400 INVALID_OWNER"})
    assert not report.is_complete
    assert account.memory("51") is None


def test_refused_task_is_tried_again_at_once_by_the_next_run(account):
    account.errors = {"51": PermanentCrmError("400", status=400)}
    account.keep()
    account.errors = {}

    assert account.keep() == TaskReport(written=1, unchanged=1)


@pytest.mark.parametrize("status", [None, 200, 404, 505])
def test_answer_that_is_none_of_a_crm_ends_the_run_and_leaves_the_moment_behind(account, status):
    account.errors = {"51": PermanentCrmError("no answer", status=status)}

    with pytest.raises(PermanentCrmError):
        account.keep()

    assert account.memory("51") == {"id": None, "digest": None, "sent_at": NOW.isoformat()}


@pytest.mark.parametrize(
    ("later", "asked"),
    [
        (timedelta(seconds=1), 0),
        (SETTLED - timedelta(seconds=1), 0),
        (SETTLED, 1),
        (-SETTLED, 1),
    ],
)
def test_lost_answer_holds_the_next_try_back_until_a_search_must_show_the_task(
    account, later, asked
):
    only = sellers("51")
    account.errors = {"51": TransientCrmError("lost")}
    with pytest.raises(TransientCrmError):
        account.keep(only)
    account.errors = {}
    account.asked.clear()
    account.now += later

    report = account.keep(only)

    assert len(account.asked) == asked
    assert report.written == asked
    assert list(report.left_out) == ([] if asked else ["task of seller 51"])


def test_task_held_back_does_not_hold_back_the_others(account):
    account.errors = {"51": TransientCrmError("lost")}
    with pytest.raises(TransientCrmError):
        account.keep()
    account.errors = {}

    report = account.keep()

    assert report.written == 1
    assert not report.is_complete
    assert [task.owner for task, _ in account.asked] == ["51", "52"]


def test_lost_answer_to_an_update_is_asked_about_again(account):
    """Which of the two texts stands is not known."""
    only = sellers("51")
    account.keep(only)
    account.now += timedelta(days=7)
    account.errors = {"51": TransientCrmError("lost")}
    with pytest.raises(TransientCrmError):
        account.keep(only)
    account.errors = {}
    account.now += SETTLED

    assert account.keep(only) == TaskReport(written=1)

    assert account.asked[-1][1] == "951"


def test_moment_is_saved_before_anything_is_sent(account):
    """A kill during the call leaves exactly this behind."""
    seen = []
    keep_task = account.keep_task

    def watched(task: SellerTask, *, known_id: str | None) -> str:
        seen.append(account.memory(task.owner))
        return str(keep_task(task, known_id=known_id))

    account.keep_task = watched
    account.keep(sellers("51"))

    assert seen == [{"id": None, "digest": None, "sent_at": NOW.isoformat()}]


def test_stop_ends_after_the_task_at_hand_and_what_was_done_is_remembered(account):
    account.stop.set()

    with pytest.raises(StoppedError):
        account.keep()

    assert len(account.asked) == 1
    assert account.memory("51")["id"] == "951"
