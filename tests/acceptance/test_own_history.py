"""What a run remembers of each day, and what it thins."""

from datetime import UTC, date, datetime

import pytest

from connector.sandbox import Sandbox
from tests.acceptance.small_account import AS_OF, BEGIN, small_account
from tests.acceptance.workplace import Workplace

DAY = AS_OF.date()
CHOSEN = {
    "csk_top_relation_override": "always",
    "csk_top_relation_override_reason": "Nieuwe locatie in aanbouw",
}


@pytest.fixture
def place(tmp_path):
    portal = small_account()
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url)
        workplace.set_up()
        portal.set_values("companies", "1", CHOSEN, at=BEGIN)
        yield workplace


def days_of(place: Workplace) -> dict[str, list[date]]:
    """Days with a snapshot, of relations and of sellers."""
    with place.opened() as wiring:
        history = wiring.store.read_own_history()
    return {
        name: sorted(set(getattr(history, name)["from_on"].to_list()))
        for name in ("relation_days", "seller_days")
    }


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_second_run_of_a_day_adds_no_snapshot(place):
    place.sync(as_of=AS_OF)
    once = days_of(place)
    place.sync(as_of=AS_OF, is_full=True)

    assert once == {"relation_days": [DAY], "seller_days": [DAY]}
    assert days_of(place) == once


def test_score_of_last_month_is_the_last_one_before_day_one(place):
    place.sync(as_of=at(date(2026, 5, 20)))
    place.sync(as_of=at(date(2026, 5, 31)))
    report = place.sync(as_of=at(date(2026, 6, 1)))

    with place.opened() as wiring:
        days = wiring.store.read_own_history().relation_days
    last = (
        days.filter(days["from_on"] < date(2026, 6, 1))
        .sort("from_on")
        .unique("relation_id", keep="last")
    )
    expected = dict(last.select("relation_id", "relation_score").rows())
    told = dict(report.results.relations.select("relation_id", "relation_score_prev_month").rows())
    assert any(score is not None for score in expected.values())
    assert told == expected


def test_no_figures_of_sellers_are_kept_in_mode_off(place):
    text = place.config.read_text(encoding="utf-8")
    place.config.write_text(text + "seller_metrics: {mode: off}\n", encoding="utf-8")

    place.sync(as_of=AS_OF)

    assert days_of(place) == {"relation_days": [DAY], "seller_days": []}


def test_days_of_long_ago_are_thinned_to_the_last_of_each_month(place):
    first = [date(2025, 3, day) for day in (3, 10, 17)]
    for day in (*first, date(2025, 4, 2)):
        place.sync(as_of=at(day))
    before = days_of(place)["relation_days"]
    place.sync(as_of=at(date(2026, 6, 30)))

    kept = days_of(place)["relation_days"]
    assert set(kept) <= {*before, date(2026, 6, 30)}
    assert len([day for day in kept if day.month == 3 and day.year == 2025]) == 1
