"""The calls of the day: ours end before the reserve begins, and begin anew with the day."""

from datetime import UTC, datetime

import pytest

from connector.http import LimitReading, Limits, Window
from connector.http.day import DAILY_RECHECK_S, UNCERTAIN
from connector.ports import LaterError
from tests.unit.connector.http.plain_dialect import FakeTime

EVENING = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)  # 22:30 in Amsterdam


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def limits_in(fake: FakeTime, *, zone: str | None = None) -> Limits:
    limits = Limits({"general": Window(1000, 1)}, reserve_share=0.1, clock=fake.clock)
    limits.set_zone(zone)
    return limits


def reading(left: int, most: int | None = 1000) -> LimitReading:
    return LimitReading(daily_max=most, daily_left=left)


def calls_until_refused(limits: Limits) -> int:
    for count in range(10_000):
        try:
            limits.reserve("general")
        except LaterError:
            return count
    return -1


@pytest.mark.parametrize(("left", "calls"), [(103, 3), (101, 1), (100, 0), (99, 0), (0, 0)])
def test_calls_end_when_only_the_reserve_is_left_though_no_further_answer_came(left, calls, fake):
    limits = limits_in(fake)

    limits.observe("general", reading(left))

    assert calls_until_refused(limits) == calls


def test_calls_left_are_what_was_told_less_the_reserve_and_those_that_left_since(fake):
    limits = limits_in(fake)
    at_first = limits.left_today()
    limits.observe("general", reading(500))
    told = limits.left_today()
    limits.reserve("general")

    assert (at_first, told, limits.left_today()) == (None, 400, 399)
    assert Limits.off().left_today() is None


def test_calls_left_are_none_when_only_the_reserve_is_left(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(100))

    assert limits.left_today() == 0


def test_calls_are_not_counted_before_the_crm_told_how_many_there_are(fake):
    assert calls_until_refused(limits_in(fake)) == -1


def test_answers_of_calls_that_left_side_by_side_do_not_give_calls_back(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(105))
    for _ in range(3):
        limits.reserve("general")

    limits.observe("general", reading(104))  # counted when the two others were still on their way

    assert calls_until_refused(limits) == 2


def test_calls_of_others_are_taken_off_at_once(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(500))

    limits.observe("general", reading(102))

    assert calls_until_refused(limits) == 2


@pytest.mark.parametrize(("more", "calls"), [(UNCERTAIN, 5), (UNCERTAIN + 1, 5 + UNCERTAIN + 1)])
def test_far_more_calls_than_were_counted_are_news(more, calls, fake):
    limits = limits_in(fake)
    limits.observe("general", reading(105))

    limits.observe("general", reading(105 + more))

    assert calls_until_refused(limits) == calls


def test_a_spent_day_stays_spent_when_a_late_answer_tells_of_its_last_calls(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(100))

    limits.observe("general", reading(103))

    assert calls_until_refused(limits) == 0


def test_one_call_alone_asks_again_about_a_spent_day(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(100))

    fake.now += DAILY_RECHECK_S - 1
    assert calls_until_refused(limits) == 0
    fake.now += 1
    assert calls_until_refused(limits) == 1
    fake.now += DAILY_RECHECK_S
    assert calls_until_refused(limits) == 1


def test_a_call_that_asked_about_a_new_day_opens_it_for_all(fake):
    limits = limits_in(fake)
    limits.observe("general", reading(100))
    fake.now += DAILY_RECHECK_S

    limits.reserve("general")
    limits.observe("general", reading(999))

    assert calls_until_refused(limits) == 899


def test_refusal_says_when_a_new_day_begins_where_zone_and_time_are_known(fake):
    limits = limits_in(fake, zone="Europe/Amsterdam")

    limits.observe("general", reading(100), at=EVENING)
    fake.now += 60

    with pytest.raises(LaterError) as caught:
        limits.reserve("general")
    assert str(caught.value) == (
        "limits: the calls of this day are used up to the reserve for other apps: "
        "a new day begins at 2026-11-27 00:00 Europe/Amsterdam"
    )
    assert caught.value.retry_after_s == 90 * 60 - 60


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        (None, EVENING),
        ("Europe/Amsterdam", None),
        ("no such zone", EVENING),
        ("../etc/passwd", EVENING),
        ("", EVENING),
    ],
)
def test_refusal_says_when_to_ask_again_where_the_end_of_the_day_is_not_known(zone, at, fake):
    limits = limits_in(fake, zone=zone)

    told = limits.close_day(at)

    assert str(told) == (
        "limits: the calls of this day are used up to the reserve for other apps: "
        "ask again in 15 min"
    )
    assert told.retry_after_s == DAILY_RECHECK_S


def test_a_spent_day_is_asked_about_at_midnight_when_that_is_near(fake):
    limits = limits_in(fake, zone="Europe/Amsterdam")
    limits.close_day(datetime(2026, 11, 26, 22, 50, tzinfo=UTC))  # ten minutes before

    fake.now += 599
    assert calls_until_refused(limits) == 0
    fake.now += 1
    assert calls_until_refused(limits) == 1


def test_a_spent_day_is_asked_about_before_midnight_too_since_the_zone_may_be_wrong(fake):
    limits = limits_in(fake, zone="Europe/Amsterdam")
    limits.close_day(EVENING)

    fake.now += DAILY_RECHECK_S

    assert calls_until_refused(limits) == 1


@pytest.mark.parametrize(
    ("zone", "at", "hours", "told"),
    [
        ("Europe/Amsterdam", datetime(2026, 10, 24, 22, tzinfo=UTC), 25, "2026-10-26 00:00"),
        ("Europe/Amsterdam", datetime(2026, 3, 28, 23, tzinfo=UTC), 23, "2026-03-30 00:00"),
        ("America/New_York", datetime(2026, 11, 26, 3, tzinfo=UTC), 2, "2026-11-26 00:00"),
        # clocks went from 24:00 to 01:00
        ("America/Santiago", datetime(2026, 9, 5, 22, tzinfo=UTC), 6, "2026-09-06 01:00"),
    ],
)
def test_midnight_is_that_of_the_account_on_days_of_any_length(zone, at, hours, told, fake):
    limits = limits_in(fake, zone=zone)

    refusal = limits.close_day(at)

    assert refusal.retry_after_s == hours * 3600
    assert str(refusal).endswith(f"a new day begins at {told} {zone}")


def test_limits_that_are_off_have_no_day(fake):
    limits = Limits.off()

    assert limits.close_day(EVENING).retry_after_s is None
    assert limits.reserve("general") == 0
