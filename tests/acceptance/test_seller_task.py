"""A seller's task in the CRM: one, kept in place, never doubled, and no evidence of anything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hubspot import HubSpot  # type: ignore[import-untyped]
from hubspot.crm.objects.tasks import PublicObjectSearchRequest  # type: ignore[import-untyped]

from connector.ports import Crm, SellerTask, TransientCrmError
from connector.sandbox import Fault, Portal, Sandbox
from jobs.seller.task import SETTLED, TaskReport, keep_seller_tasks
from tests.acceptance.small_account import small_account
from tests.acceptance.workplace import Workplace, silent
from tests.unit.jobs.digest_phrases import TEXTS

pytestmark = pytest.mark.usefixtures("discreet")

START = datetime(2026, 6, 30, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
SUNDAY_NIGHT = datetime(2026, 7, 5, 21, 59, 30, tzinfo=UTC)
"""Half a minute before Monday in Amsterdam."""
SEARCH_LAG = timedelta(minutes=10)
CREATE, UPDATE = "POST create", "POST batch_update"
LOST = Fault("drop_after", "POST */tasks")


class Account:
    """The small account with tasks wanted, its search ten minutes behind, at a moment of ours."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.now = START
        self.sandbox: Sandbox
        self.place: Workplace

    def keep(self, *, kpi1: int = 1, die_after: bool = False) -> TaskReport:
        """Keep the tasks as a run does; `die_after` ends it after the CRM's answer."""
        with self.place.opened() as opened:
            crm: Crm = Dying(opened.crm) if die_after else opened.crm  # type: ignore[assignment]
            wiring = replace(opened, clock=lambda: self.now, crm=crm, load_texts=lambda: TEXTS)
            with wiring.store.lock():
                return keep_seller_tasks(
                    wiring,
                    pl.DataFrame([{"seller_id": "1", "kpi1": kpi1, "top_relations_total": 9}]),
                    RELATIONS,
                    as_of=self.now,
                    progress=silent,
                )

    @property
    def open_texts(self) -> list[str]:
        """Texts of all tasks in the account that are not completed."""
        return [
            task.values["hs_task_body"]
            for task in self.portal.objects["tasks"].values()
            if task.archived_ms is None and task.values["hs_task_status"] != "COMPLETED"
        ]


class Dying:
    """A CRM behind which this process dies before it can note the answer."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.describe = crm.describe

    def keep_task(self, task: SellerTask, *, known_id: str | None) -> str:
        self.crm.keep_task(task, known_id=known_id)
        raise KeyboardInterrupt


RELATIONS = pl.DataFrame(
    [
        {
            "relation_id": "1",
            "owner": "1",
            "name": "Geheim 1",
            "is_top_relation": True,
            "potential_index": 1.5,
            "next_best_action": "reach_out",
            "next_best_action_text": "Laatste contact 01-05-2026",
        }
    ]
)


@pytest.fixture
def busy(tmp_path) -> Iterator[Account]:
    account = Account(small_account())
    with Sandbox(
        account.portal,
        clock=lambda: account.now,
        limits=None,
        routes=(),
        search_lag_s=SEARCH_LAG.total_seconds(),
    ) as account.sandbox:
        account.place = Workplace(
            tmp_path, account.sandbox.base_url, extra="seller_metrics: {crm_task: true}\n"
        )
        yield account


def test_task_is_made_once_and_not_asked_about_within_the_week(busy):
    first = busy.keep()
    calls = sum(busy.sandbox.calls_by_type[f"{verb} tasks"] for verb in (CREATE, UPDATE))
    busy.now += timedelta(days=3)

    second = busy.keep(kpi1=2)

    assert (first, second) == (TaskReport(written=1), TaskReport(unchanged=1))
    assert calls == 1
    assert busy.sandbox.calls_by_type[f"{CREATE} tasks"] == 1
    assert len(busy.open_texts) == 1


def test_week_that_begins_right_after_the_create_goes_into_the_same_task(busy):
    """The search does not show it yet; its id is known."""
    busy.now = SUNDAY_NIGHT - timedelta(seconds=30)
    busy.keep()
    busy.now = SUNDAY_NIGHT
    busy.keep()
    busy.now += timedelta(seconds=29)
    assert busy.keep() == TaskReport(unchanged=1)
    busy.now += timedelta(seconds=1)

    busy.keep(kpi1=2)

    assert len(busy.open_texts) == 1
    assert "Nl kpi1: 2 van 9" in busy.open_texts[0]


def test_task_whose_answer_was_lost_is_found_again_and_not_made_twice(busy):
    busy.sandbox.faults.add(LOST)
    with pytest.raises(TransientCrmError):
        busy.keep()
    assert len(busy.open_texts) == 1

    busy.now += timedelta(minutes=1)
    early = busy.keep()
    busy.now = START + SETTLED
    found = busy.keep(kpi1=2)

    assert list(early.left_out) == ["task of seller 1"]
    assert found == TaskReport(written=1)
    assert busy.sandbox.calls_by_type[f"{CREATE} tasks"] == 1
    assert len(busy.open_texts) == 1
    assert "Nl kpi1: 2 van 9" in busy.open_texts[0]


def test_run_that_dies_between_the_create_and_its_note_makes_no_second_task(busy):
    with pytest.raises(KeyboardInterrupt):
        busy.keep(die_after=True)

    reports = []
    for minutes in range(0, 105, 15):
        busy.now = START + timedelta(minutes=minutes)
        reports.append(busy.keep())

    assert [len(one.left_out) for one in reports] == [1, 1, 1, 1, 0, 0, 0]
    assert [one.written for one in reports] == [0, 0, 0, 0, 1, 0, 0]
    assert busy.sandbox.calls_by_type[f"{CREATE} tasks"] == 1
    assert len(busy.open_texts) == 1


def test_create_that_never_arrived_is_made_once_the_search_would_show_it(busy):
    busy.sandbox.faults.add(replace(LOST, kind="drop_before"))
    with pytest.raises(TransientCrmError):
        busy.keep()
    assert busy.open_texts == []
    busy.now += SETTLED

    assert busy.keep() == TaskReport(written=1)

    assert len(busy.open_texts) == 1


def test_lost_memory_finds_the_task_that_stands(busy, tmp_path):
    busy.keep()
    (tmp_path / "store.db").unlink()
    busy.now += SEARCH_LAG

    busy.keep(kpi1=2)

    assert len(busy.open_texts) == 1
    assert busy.sandbox.calls_by_type[f"{CREATE} tasks"] == 1


def test_official_client_finds_one_open_task_in_the_week_after_completion(busy):
    busy.keep()
    client = HubSpot(access_token=busy.sandbox.token)
    tasks = client.crm.objects.tasks
    tasks.config["host"] = busy.sandbox.base_url
    (first,) = tasks.basic_api.get_page(properties=["hs_task_status"]).results
    busy.portal.set_values("tasks", first.id, {"hs_task_status": "COMPLETED"}, at=busy.now)
    busy.now += SEARCH_LAG
    assert busy.keep(kpi1=2) == TaskReport(unchanged=1)
    busy.now += WEEK

    busy.keep(kpi1=2)
    busy.now += SEARCH_LAG
    found = tasks.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[
                {
                    "filters": [
                        {"propertyName": "hubspot_owner_id", "operator": "EQ", "value": "1"},
                        {
                            "propertyName": "hs_task_status",
                            "operator": "EQ",
                            "value": "NOT_STARTED",
                        },
                    ]
                }
            ],
            properties=["hs_task_subject", "hs_task_body"],
        )
    )

    assert found.total == 1
    assert found.results[0].id != first.id
    assert found.results[0].properties["hs_task_subject"] == "Toprelaties: jouw overzicht"
    assert "Nl kpi1: 2 van 9" in found.results[0].properties["hs_task_body"]


def test_our_own_task_is_no_evidence_and_the_loop_stays_at_rest(tmp_path):
    account = Account(small_account())
    with Sandbox(account.portal, limits=None, routes=()) as account.sandbox:
        account.place = Workplace(
            tmp_path, account.sandbox.base_url, extra="seller_metrics: {crm_task: true}\n"
        )
        account.place.set_up()
        account.place.sync(as_of=START)
        account.keep()
        made = len(account.open_texts)
        writes = account.sandbox.calls[UPDATE]

        echo = account.place.sync(as_of=START)
        account.keep()

        assert echo.pulled is not None
        assert echo.pulled.counts["tasks"].changed == 1
        assert echo.found == []
        assert (made, len(account.open_texts)) == (1, 1)
        assert account.sandbox.calls[UPDATE] == writes
