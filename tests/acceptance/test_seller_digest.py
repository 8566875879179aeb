"""The weekly digest: read before it is switched on, then told by the first run of each week."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox import Fault, Portal
from tests.acceptance.front_door import Ended, run
from tests.acceptance.small_account import BEGIN, small_account
from tests.acceptance.workplace import Sandbox, Workplace

FIRST_WEEK = datetime(2026, 6, 16, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 6, 21, 21, 30, tzinfo=UTC)
MONDAY = datetime(2026, 6, 21, 22, 30, tzinfo=UTC)  # Amsterdam has begun it
TASK_ON = "seller_metrics: {crm_task: true}\n"
ALL = "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
OFF = "seller_metrics: {mode: 'off'}\n"
NAME = 'Geheim <b>"1"</b> & Zn'
ESCAPED = "Geheim &lt;b&gt;&quot;1&quot;&lt;/b&gt; &amp; Zn"


def two_sellers() -> Portal:
    """Two sellers with a top relation each, known as such by an override."""
    portal = small_account(3)
    portal.add_owner("2", "Joost", "Verborgen", "joost@secret.example")
    portal.set_values("companies", "1", {"name": NAME}, at=BEGIN)
    portal.set_values("companies", "2", {"hubspot_owner_id": "2"}, at=BEGIN)
    return portal


def begin(place: Workplace, portal: Portal) -> Workplace:
    """Take a run in the first week; after it a seller says that a relation has moved."""
    place.set_up()
    top = {"csk_top_relation_override": "always", "csk_top_relation_override_reason": "groei"}
    for company in ("1", "2"):
        portal.set_values("companies", company, top, at=FIRST_WEEK - timedelta(days=1))
    place.sync(as_of=FIRST_WEEK)
    moved = {"csk_phase_declared": "interest"}
    portal.set_values("companies", "1", moved, at=FIRST_WEEK + timedelta(days=1))
    return place


@pytest.fixture
def account() -> Portal:
    return two_sellers()


@pytest.fixture
def weekly(place: Workplace, account: Portal, discreet: None) -> Workplace:
    """In its second week, with tasks wanted."""
    begin(place, account)
    allow(place, TASK_ON)
    return place


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The same, for who writes nothing; its run in the second week told nobody anything."""
    portal = two_sellers()
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        place = begin(Workplace(tmp_path_factory.mktemp("digest"), sandbox.base_url), portal)
        place.sync(as_of=SUNDAY)
        yield place
        assert tasks(portal) == {}


@pytest.fixture
def reading(read_only: Workplace, discreet: None) -> Workplace:
    allow(read_only, "")
    return read_only


def allow(place: Workplace, metrics: str) -> None:
    text = place.config.read_text()
    place.config.write_text(text.split("seller_metrics")[0] + metrics)


def digest(place: Workplace, *words: str, as_of: datetime = MONDAY) -> Ended:
    return run(place, "report", "digest", "--as-of", as_of.isoformat(), *words)


def tasks(portal: Portal) -> dict[str, str]:
    """Text of each open task by its owner."""
    return {
        task.values["hubspot_owner_id"]: task.values["hs_task_body"]
        for task in portal.objects["tasks"].values()
        if task.values["hs_task_status"] != "COMPLETED"
    }


def test_digest_shows_what_the_task_would_say(reading):
    ended = digest(reading, "--seller", "1")

    assert ended.code == 0
    assert ended.out.startswith("Sanne Geheim (1)\n================\nWeek 26. ")
    assert "Veranderd sinds 16-06-2026\n" in ended.out
    assert f"- {NAME}: van orderfase naar interesse" in ended.out
    assert "Geheim 2" not in ended.out


def test_digest_as_json_holds_its_parts(reading):
    (row,) = json.loads(digest(reading, "--seller", "1", "--format", "json").out)

    assert (row["seller_id"], row["seller"]) == ("1", "Sanne Geheim")
    assert (row["week"], row["changes_since"]) == ("2026-W26", "2026-06-16")
    assert row["changes"] == [f"{NAME}: van orderfase naar interesse"]
    assert [one.split(":")[0] for one in row["actions"]] == [NAME]
    assert any(one.startswith("Aantoonbaar met contact: 0 van 1") for one in row["figures"])
    assert all(one in row["text"] for one in row["changes"] + row["actions"] + row["figures"])


def test_digest_of_everybody_is_for_a_mode_with_managers(reading):
    allow(reading, ALL)

    rows = json.loads(digest(reading, "--format", "json").out)

    assert [row["seller_id"] for row in rows] == ["1", "2"]
    assert digest(reading).out.count("Week 26.") == 2


def test_seller_who_left_the_account_gets_no_digest(weekly, account):
    allow(weekly, ALL)
    account.owners[1] |= {"userId": None, "archived": True}
    weekly.sync(as_of=SUNDAY, is_full=True)

    rows = json.loads(digest(weekly, "--format", "json").out)

    assert [row["seller_id"] for row in rows] == ["1"]


def test_digest_of_nobody_is_empty_and_says_so(reading):
    """The companies of both sellers are the account's own."""
    allow(reading, ALL + "universe: {own_company_ids: ['1', '2']}\n")

    ended = digest(reading, "--format", "json")

    assert (ended.code, json.loads(ended.out)) == (0, [])
    assert "no seller owns a top relation" in ended.err


def test_digest_is_refused_with_a_reason_where_the_mode_or_the_words_do_not_allow_it(reading):
    ended = [digest(reading), digest(reading, "--format", "csv")]
    for metrics, seller in ((ALL, "3"), (OFF, "1")):
        allow(reading, metrics)
        ended.append(digest(reading, "--seller", seller))

    assert [(one.code, one.out) for one in ended] == [(2, "")] * 4
    assert 'seller_metrics.mode is "self": name one seller with --seller' in ended[0].said
    assert "'csv' is none of text, json" in ended[1].said
    assert 'seller "3" owns no top relation' in ended[2].said
    assert 'seller_metrics.mode is "off"' in ended[3].said


def test_task_tells_each_seller_once_a_week_and_only_of_own_relations(weekly, account):
    first = weekly.sync(as_of=SUNDAY)
    told = tasks(account)
    in_week = weekly.sync(as_of=SUNDAY + timedelta(minutes=15))
    assert tasks(account) == told

    monday = weekly.sync(as_of=MONDAY)

    assert [one.tasks.written for one in (first, monday) if one.tasks] == [2, 2]
    assert in_week.tasks is None or in_week.tasks.written == 0
    assert sorted(told) == ["1", "2"]
    assert "Week 25." in told["1"]
    assert "eranderd" not in told["1"]
    now = tasks(account)
    change = f"<li><strong>{ESCAPED}</strong>: van orderfase naar interesse</li>"
    assert ("Week 26." in now["1"], change in now["1"]) == (True, True)
    assert ("Geheim 2" in now["1"], "Geheim 2" in now["2"]) == (False, True)
    assert "niets veranderd" in now["2"]


def test_task_that_was_completed_stays_away_for_the_rest_of_the_week(weekly, account):
    weekly.sync(as_of=MONDAY)
    for task in account.objects["tasks"].values():
        task.values["hs_task_status"] = "COMPLETED"

    moved = {"csk_phase_declared": "quote"}
    account.set_values("companies", "1", moved, at=MONDAY + timedelta(days=1))
    weekly.sync(as_of=MONDAY + timedelta(days=6, hours=23))
    assert tasks(account) == {}
    weekly.sync(as_of=MONDAY + timedelta(days=7))

    assert sorted(tasks(account)) == ["1", "2"]


def test_digest_that_was_refused_is_told_by_the_next_run(weekly, account, crm: Sandbox):
    crm.faults.add(Fault("403", "POST */tasks"))

    first = weekly.sync(as_of=MONDAY)
    assert tasks(account) == {}
    second = weekly.sync(as_of=MONDAY + timedelta(minutes=15))

    assert (first.status, second.status) == ("partial", "done")
    assert sorted(tasks(account)) == ["1", "2"]


def test_nothing_is_told_when_the_task_is_switched_off_again(weekly, account):
    """What stands is left as it stands."""
    weekly.sync(as_of=MONDAY)
    told = tasks(account)
    allow(weekly, OFF)

    weekly.sync(as_of=MONDAY + timedelta(days=7))

    assert tasks(account) == told
