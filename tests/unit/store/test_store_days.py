"""Goals, daily snapshots, and contacts whose past was not asked for."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from kpis import frames
from kpis.frames import OwnHistory
from kpis.records import Goal, Link
from kpis.vocabulary import ActivityType
from store.store import Store
from tests.store_fixtures import LATER, MODIFIED, PULLED, call, company, contact

TWO_WAY: dict[ActivityType, list[str]] = {"calls": ["Connected"], "emails": ["INCOMING_EMAIL"]}


def days(*rows: tuple[str, date, int | None]) -> OwnHistory:
    data = [
        {"relation_id": one, "from_on": day, "relation_score": score, "is_top_relation": True}
        for one, day, score in rows
    ]
    return OwnHistory(relation_days=pl.DataFrame(data, schema=frames.RELATION_DAYS))


def stood(history: OwnHistory) -> list[tuple[object, ...]]:
    columns = ("relation_id", "from_on", "relation_score")
    return history.relation_days.select(columns).sort("relation_id", "from_on").rows()


def fill(store: Store) -> None:
    for day, score in ((date(2026, 4, 3), 1), (date(2026, 5, 2), 2), (date(2026, 5, 31), 3)):
        store.save_own_history(days(("1", day, score)), today=day)
    store.save_own_history(days(("1", date(2026, 6, 1), 4)))


def test_days_before_this_month_are_read_by_their_last_row(store):
    fill(store)

    read = store.read_own_history(today=date(2026, 6, 30))
    assert stood(read) == [("1", date(2026, 5, 31), 3), ("1", date(2026, 6, 1), 4)]
    assert read.relation_days["is_top_relation"].to_list() == [True, True]
    assert len(store.read_own_history().relation_days) == 4


def test_saving_a_day_again_replaces_its_rows_alone(store):
    today = date(2026, 6, 2)
    store.save_own_history(days(("1", date(2026, 6, 1), 1), ("2", date(2026, 6, 1), 1)))
    store.save_own_history(days(("1", today, 2), ("2", today, 2)), today=today)

    store.save_own_history(days(("1", today, 3)), today=today)

    assert stood(store.read_own_history(today=today)) == [
        ("1", date(2026, 6, 1), 1),
        ("1", today, 3),
        ("2", date(2026, 6, 1), 1),
    ]


def test_pruning_keeps_the_last_row_of_each_earlier_month(store):
    fill(store)

    assert store.prune_days(keep_daily_from=date(2026, 6, 1)) == 1
    assert store.prune_days(keep_daily_from=date(2026, 6, 1)) == 0
    kept = [row[1] for row in stood(store.read_own_history())]
    assert kept == [date(2026, 4, 3), date(2026, 5, 31), date(2026, 6, 1)]


def test_goals_raise_the_version_only_when_they_differ(store):
    goal = Goal("5", "7", MODIFIED, PULLED, Decimal("1.50"))
    store.save_goals([goal])
    version = store.mirror_version()

    store.save_goals([goal])
    assert store.mirror_version() == version
    expected = [("5", "7", None, MODIFIED, PULLED, Decimal("1.5"))]
    assert store.read_mirror().goals.rows() == expected
    store.save_goals([])
    assert store.mirror_version() == version + 1
    assert store.read_mirror().goals.is_empty()


def test_contact_with_nothing_filled_has_no_versions(store):
    store.save_page("contacts", [contact()], cursor="c", pulled_at=PULLED)

    assert store.read_mirror().contact_changes.is_empty()


def test_contact_lacks_history_until_it_is_asked_or_touched(store: Store) -> None:
    store.save_page("companies", [company(owner="7")], cursor="c", pulled_at=PULLED)
    people = [contact("1", buying_role=("CHAMPION",)), contact("2"), contact("3", job_title="x")]
    store.save_page("contacts", people, cursor="c", pulled_at=PULLED)
    store.save_links("contacts", "companies", ["1", "2"], [Link("1", "1"), Link("2", "1")])

    def lacking(now: datetime | None = None) -> list[tuple[str, tuple[str, ...], str | None]]:
        return store.read_contacts_lacking_history(
            contacted_before=PULLED, two_way=TWO_WAY, min_call_ms=60_000, now=now
        )

    assert lacking() == [("1", ("CHAMPION",), None)]
    for attempt in (
        call(occurred_at=LATER, outcome="No answer"),
        call(occurred_at=LATER, outcome="Connected", duration_ms=59_999),
    ):
        store.save_page("calls", [attempt], cursor="c", pulled_at=PULLED)
        store.save_links("calls", "contacts", ["1"], [Link("1", "1")])
        assert lacking() == [("1", ("CHAMPION",), None)]
    reached = call(occurred_at=LATER, outcome="Connected", duration_ms=60_000)
    store.save_page("calls", [reached], cursor="c", pulled_at=PULLED)
    assert lacking() == []
    assert lacking(now=PULLED) == [("1", ("CHAMPION",), None)]
    store.save_history("contacts", ["1"], [], fields=("buying_role", "job_title"))
    assert lacking(now=PULLED) == []
