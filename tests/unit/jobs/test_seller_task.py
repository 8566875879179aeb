"""What a seller's task says, and when it is kept: own figures alone, written when they change."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
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
from jobs.seller_digest import Wording, body_of, content_of, seller_digests
from jobs.seller_task import SETTLED, TaskReport, due_on, keep_seller_tasks
from jobs.wiring import Wiring
from kpis.parameters import Parameters
from kpis.records import Owner
from store.store import Store
from tests.unit.jobs.digest_phrases import TEXTS

NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
DAY = date(2026, 6, 15)
ON = {"seller_metrics": {"crm_task": True}}
DUTCH = Wording(TEXTS, "nl", "EUR")
ENGLISH = Wording(TEXTS, "en", "EUR")


def sellers(*ids: str, **values: object) -> pl.DataFrame:
    """Rows of results of these sellers, all with the same figures."""
    figures: dict[str, object] = {
        "kpi1": 2,
        "kpi1_ratio": Decimal("0.6650"),
        "contact_coverage": Decimal("0.3333"),
        "phase_quote_count": 3,
        "pg_coverage": None,
        "revenue_ytd": Decimal("12345.60"),
        "attainment": Decimal("1.2345"),
        "seller_score": 66,
        "seller_score_reason": None,
        "score_explanation": "66/100 · focus <50%",
    }
    return pl.DataFrame([{"seller_id": one} | figures | values for one in ids])


def relation(relation_id: str, owner: str | None = "51", **values: object) -> dict[str, object]:
    standing: dict[str, object] = {
        "relation_id": relation_id,
        "owner": owner,
        "name": f"Relation {relation_id}",
        "is_top_relation": True,
        "potential_index": Decimal("1.50"),
        "next_best_action": "reach_out",
        "next_best_action_text": f"Last contact 01-05-2026 ({relation_id})",
    }
    return standing | values


def relations(*rows: Mapping[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def told(*rows: Mapping[str, object], wording: Wording = ENGLISH, **figures: object) -> str:
    """Text of the task of seller 51."""
    (digest,) = seller_digests(sellers("51", **figures), relations(*rows))
    return body_of(digest, wording, updated_on=DAY)


def test_text_gives_each_known_figure_its_label_and_form():
    text = told(relation("1"))

    assert text.startswith(
        "<p>Your own figures alone.</p><p>Figures</p><ul>"
        "<li>en kpi1: 2</li>"
        "<li>en kpi1_ratio: 67%</li>"
        "<li>en contact_coverage: 33%</li>"
        "<li>en phase_quote_count: 3</li>"
        "<li>en revenue_ytd: EUR 12,345.60</li>"
        "<li>en attainment: 123%</li>"
        "<li>en seller_score: 66/100</li>"
        "<li>en score_explanation: 66/100 · focus &lt;50%</li></ul>"
    )


def test_text_in_dutch_writes_amounts_dates_and_actions_as_the_dutch_do():
    text = told(relation("1"), wording=DUTCH)

    assert "<li>nl revenue_ytd: EUR 12.345,60</li>" in text
    assert "<strong>Relation 1</strong>: Neem contact op. Last contact" in text
    assert text.endswith(
        "<p>Niet voor beoordeling of beloning.</p><p>Bijgewerkt op 15-06-2026.</p>"
    )


def test_text_in_english_ends_with_the_notice_and_an_iso_day():
    text = told(relation("1"))

    assert text.endswith("<p>Not for employment or pay decisions.</p><p>Updated on 2026-06-15.</p>")


def test_seller_without_a_score_is_told_why():
    text = told(
        relation("1"),
        seller_score=None,
        seller_score_reason="too_few_top_relations",
        score_explanation=None,
    )

    assert "<li>en seller_score: too few top relations</li></ul>" in text


def test_score_that_nothing_is_known_of_is_left_out():
    text = told(relation("1"), seller_score=None, score_explanation="")

    assert "seller_score" not in text
    assert "score_explanation" not in text


def test_actions_are_the_five_most_promising_top_relations_that_need_one():
    rows = [
        relation("1", potential_index=Decimal("1.10")),
        relation("2", potential_index=None),
        relation("10", potential_index=Decimal("2.00")),
        relation("9", potential_index=Decimal("2.00")),
        relation("3", potential_index=Decimal("9.00"), next_best_action="maintain"),
        relation("4", potential_index=Decimal("8.00"), is_top_relation=False),
        relation("5", potential_index=Decimal("7.00"), next_best_action=None),
        relation("6", potential_index=Decimal("1.30")),
        relation("7", potential_index=Decimal("1.20")),
        relation("8", potential_index=Decimal("1.00")),
    ]
    (digest,) = seller_digests(sellers("51"), relations(*rows))

    assert [row["relation_id"] for row in digest.actions] == ["9", "10", "6", "7", "1"]


def test_action_shows_name_label_and_reason_escaped():
    text = told(relation("1", name="Bos & <Zn>", next_best_action_text="a < b"))

    action = "<strong>Bos &amp; &lt;Zn&gt;</strong>: Reach out. a &lt; b"
    assert f"<p>To act on</p><ol><li>{action}</li></ol>" in text


def test_relation_without_a_name_is_shown_by_its_id_and_action_alone():
    text = told(relation("1", name=None, next_best_action_text=None))

    assert "<li><strong>1</strong>: Reach out</li>" in text


def test_seller_with_nothing_to_do_is_told_so():
    text = told(relation("1", next_best_action="maintain"))

    assert "<p>Nothing to act on.</p><p>Not for" in text
    assert "<ol>" not in text


def test_each_seller_is_told_of_own_relations_alone():
    rows = [relation("1", "51"), relation("2", "52"), relation("3", None)]

    digests = list(seller_digests(sellers("52", "51", "53"), relations(*rows)))

    assert [(one.seller_id, [row["name"] for row in one.actions]) for one in digests] == [
        ("51", ["Relation 1"]),
        ("52", ["Relation 2"]),
    ]


def test_seller_without_a_top_relation_has_no_digest():
    rows = [relation("1", is_top_relation=False)]

    assert list(seller_digests(sellers("51"), relations(*rows))) == []


def test_content_is_that_of_the_text_without_its_day():
    (one,) = seller_digests(sellers("51"), relations(relation("1")))
    (same,) = seller_digests(sellers("51"), relations(relation("1")))
    (other,) = seller_digests(sellers("51", kpi1=3), relations(relation("1")))

    assert content_of(one, ENGLISH) == content_of(same, ENGLISH)
    assert content_of(one, ENGLISH) != content_of(other, ENGLISH)
    assert content_of(one, ENGLISH) != content_of(one, DUTCH)


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


def test_nothing_is_asked_when_nothing_changed(account):
    account.keep()
    account.now += timedelta(days=9)
    account.asked.clear()

    report = account.keep()

    assert report == TaskReport(unchanged=2)
    assert account.asked == []


def test_changed_figures_are_written_to_the_known_task(account):
    account.keep()
    account.asked.clear()

    report = account.keep(pl.concat([sellers("51", kpi1=5), sellers("52")]))

    assert report == TaskReport(written=1, unchanged=1)
    assert [(task.owner, known) for task, known in account.asked] == [("51", "951")]


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


def test_memory_holds_ids_and_digests_and_no_word_of_the_text(account):
    account.keep()

    memory = account.memory("51")
    assert memory == {"id": "951", "digest": memory["digest"], "sent_at": None}
    assert len(memory["digest"]) == 64


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


def test_lost_answer_to_an_update_is_asked_about_again_though_the_figures_went_back(account):
    """Which of the two texts stands is not known."""
    only = sellers("51")
    account.keep(only)
    account.errors = {"51": TransientCrmError("lost")}
    with pytest.raises(TransientCrmError):
        account.keep(sellers("51", kpi1=5))
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
