"""What a store forgets, and what it keeps for ever."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy import text

from kpis import frames
from kpis.frames import OwnHistory
from kpis.records import Link, Rejection, ValueChange
from store.store import Store
from tests.store_fixtures import LATER, MODIFIED, PULLED, company, deal

JUNE = date(2026, 6, 1)


def test_runs_of_long_ago_go_with_their_rejections_and_the_newest_stays(store):
    for number in range(4):
        at = PULLED + timedelta(days=number)
        run_id = store.start_run("sync", started_at=at)
        rejections = [Rejection("deals", str(number), "amount is no number")]
        store.save_page("deals", [], rejections=rejections, cursor=None, pulled_at=at)
        store.finish_run(run_id, finished_at=at, status="done", counts={})

    removed = store.care.prune(runs_from=PULLED + timedelta(days=2), keep_daily_from=JUNE)

    assert (removed["runs"], removed["rejections"]) == (2, 2)
    assert [run.run_id for run in store.read_runs()] == [4, 3]
    assert store.read_rejections(1) == []
    assert len(store.read_rejections(3)) == 1
    store.care.prune(runs_from=PULLED + timedelta(days=99), keep_daily_from=JUNE)
    assert [run.run_id for run in store.read_runs()] == [4]


def lose_deals(store: Store) -> None:
    """Lose a deal, as only a fault can; what hangs on it stays."""
    store.save_page("companies", [company("1")], cursor="c", pulled_at=PULLED)
    store.save_page(
        "deals", [deal("5", stage="a")], cursor="c", pulled_at=PULLED, pending=["splits"]
    )
    store.save_links("deals", "companies", ["5"], [Link("5", "1")])
    with store._database.writing() as connection:
        connection.execute(text(f"DELETE FROM deals WHERE account = '{store._account}'"))  # noqa: S608


def test_dry_prune_counts_the_same_and_removes_nothing(store):
    lose_deals(store)
    run_id = store.start_run("sync", started_at=PULLED - timedelta(days=1))
    store.finish_run(run_id, finished_at=PULLED, status="done", counts={})
    store.start_run("sync", started_at=PULLED)
    before, version = store.care.check(), store.mirror_version()

    counted = store.care.prune(runs_from=PULLED, keep_daily_from=JUNE, is_dry=True)

    assert store.care.check().rows == before.rows
    assert store.mirror_version() == version
    assert store.care.prune(runs_from=PULLED, keep_daily_from=JUNE) == counted
    assert {what: count for what, count in counted.items() if count} == {
        "runs": 1,
        "versions of records that are gone": 1,
        "work left of records that are gone": 1,
        "links of records that are gone": 1,
    }


def test_prune_keeps_what_nobody_can_tell_again(store):
    store.save_page("companies", [company("1", owner="7")], cursor="c", pulled_at=PULLED)
    change = ValueChange("1", "owner", "6", MODIFIED - timedelta(days=3000))
    store.save_history("companies", ["1"], [change])
    version = store.mirror_version()

    removed = store.care.prune(
        runs_from=LATER + timedelta(days=9999), keep_daily_from=date(2050, 1, 1)
    )

    assert set(removed.values()) == {0}
    assert store.mirror_version() == version
    assert store.read_mirror().company_changes["value"].to_list() == ["6"]


def test_days_before_the_daily_ones_keep_the_last_of_each_month(store):
    days = [date(2025, 1, 9), date(2025, 1, 30), date(2025, 2, 1)]
    for day in days:
        missing = [
            pl.lit(None, dtype).alias(name)
            for name, dtype in frames.SELLER_DAYS.items()
            if name not in {"seller_id", "from_on"}
        ]
        row = pl.DataFrame({"seller_id": ["7"], "from_on": [day]}).with_columns(missing)
        kept = store.read_own_history()
        history = OwnHistory(
            memberships=kept.memberships,
            reviews=kept.reviews,
            relation_days=kept.relation_days.clear(),
            seller_days=row.select(list(frames.SELLER_DAYS)),
        )
        store.save_own_history(history, today=day)

    removed = store.care.prune(runs_from=PULLED, keep_daily_from=JUNE)

    assert removed["days"] == 1
    assert store.read_own_history().seller_days["from_on"].to_list() == days[1:]
