"""Rolling windows: never too many, in order, corrected by what the CRM says."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http import LimitReading, Limits, Window
from connector.http.day import DAILY_RECHECK_S
from connector.ports import LaterError
from tests.unit.connector.http.plain_dialect import FakeTime


def limits_in(fake: FakeTime, *, calls: int = 10, reserve_share: float = 0.1) -> Limits:
    windows = {"general": Window(calls, 10), "search": Window(5, 1)}
    return Limits(windows, reserve_share=reserve_share, margin_s=0.2, clock=fake.clock)


def waits_of(limits: Limits, count: int, bucket: str = "general") -> list[float]:
    return [round(limits.reserve(bucket), 2) for _ in range(count)]


def test_limits_leave_a_tenth_to_others_and_make_the_next_wait_for_a_whole_window():
    limits = limits_in(FakeTime())

    assert waits_of(limits, 10) == [0] * 9 + [10.2]


def test_limits_round_the_reserve_in_favour_of_others():
    assert waits_of(limits_in(FakeTime()), 5, "search") == [0, 0, 0, 0, 1.2]


def test_limits_allow_one_call_even_where_the_reserve_would_leave_none():
    assert waits_of(limits_in(FakeTime(), calls=1), 2) == [0, 10.2]


def test_limits_queue_in_order_of_arrival():
    limits = limits_in(FakeTime(), calls=2, reserve_share=0)

    assert waits_of(limits, 6) == [0, 0, 10.2, 10.2, 20.4, 20.4]


def test_limits_are_free_again_when_the_window_has_rolled_on():
    fake = FakeTime()
    limits = limits_in(fake)
    waits_of(limits, 9)

    fake.now += 10.19
    assert waits_of(limits, 1) == [0.01]
    fake.now += 10.3
    assert waits_of(limits, 1) == [0]


def test_limits_count_each_bucket_apart():
    limits = limits_in(FakeTime())
    waits_of(limits, 9)

    assert waits_of(limits, 1, "search") == [0]


def test_limits_refuse_a_bucket_that_they_were_not_made_with():
    with pytest.raises(KeyError, match="exports"):
        limits_in(FakeTime()).reserve("exports")


def test_limits_take_no_instant_that_is_too_far_off():
    limits = limits_in(FakeTime())
    waits_of(limits, 9)

    with pytest.raises(LaterError, match="10 s away") as caught:
        limits.reserve("general", at_most_s=10.1)
    assert caught.value.retry_after_s == pytest.approx(10.2, abs=0.01)
    assert limits.reserve("general", at_most_s=10.3) == pytest.approx(10.2, abs=0.01)


STEPS = st.lists(st.floats(0, 4), min_size=1, max_size=60)


@given(steps=STEPS, calls=st.integers(1, 8), window_s=st.floats(0.5, 5))
def test_limits_never_let_more_than_the_window_holds_leave_in_any_stretch(steps, calls, window_s):
    fake = FakeTime()
    limits = Limits(
        {"general": Window(calls, window_s)}, reserve_share=0, margin_s=0, clock=fake.clock
    )
    left = []
    for step in steps:
        fake.now += step
        left.append(fake.now + limits.reserve("general"))

    assert left == sorted(left)
    assert all(
        later - earlier >= window_s - 1e-9
        for earlier, later in zip(left, left[calls:], strict=False)
    )


def test_limits_tighten_when_the_crm_allows_less_and_loosen_no_further_than_set():
    fake = FakeTime()
    limits = limits_in(fake, calls=10, reserve_share=0)

    limits.observe("general", LimitReading(calls_max=4))
    assert waits_of(limits, 5) == [0, 0, 0, 0, 10.2]
    fake.now += 60
    limits.observe("general", LimitReading(calls_max=100))
    assert waits_of(limits, 11) == [0] * 10 + [10.2]


@pytest.mark.parametrize(
    ("calls_max", "window_s", "allowed", "wait_s"),
    [(100, 20.0, 20, 20.2), (6, 20.0, 6, 20.2), (100, 1.0, 1, 1.2), (10, 10.0, 10, 10.2)],
)
def test_limits_follow_the_crms_window_at_no_more_than_their_own_pace(
    calls_max, window_s, allowed, wait_s
):
    limits = limits_in(FakeTime(), calls=10, reserve_share=0)

    limits.observe("general", LimitReading(calls_max=calls_max, window_s=window_s))

    assert waits_of(limits, allowed + 1) == [0] * allowed + [wait_s]


@pytest.mark.parametrize(("window_s", "wait_s"), [(3600.0, 3600.2), (3600.1, 10.2), (0.0, 10.2)])
def test_limits_believe_no_window_that_would_lock_them_out(window_s, wait_s):
    limits = limits_in(FakeTime(), calls=10, reserve_share=0)

    limits.observe("general", LimitReading(calls_max=1, window_s=window_s))
    calls = 10 if window_s > 3600 else 1

    waits_of(limits, calls)
    with pytest.raises(LaterError) as caught:
        limits.reserve("general", at_most_s=1)
    assert caught.value.retry_after_s == pytest.approx(wait_s, abs=0.01)


@pytest.mark.parametrize(("asked_s", "held_s"), [(3599, 3599), (3600, 3600), (86_400, 3600)])
def test_limits_hold_no_bucket_for_longer_than_an_hour(asked_s, held_s):
    limits = limits_in(FakeTime())

    limits.hold("general", asked_s)

    assert waits_of(limits, 1) == [held_s]


@pytest.mark.parametrize("passed_s", [0.0, 0.0004, 0.5])
def test_limits_let_a_call_leave_at_once_at_any_part_of_a_millisecond(passed_s):
    fake = FakeTime(1000 + passed_s)

    assert limits_in(fake).reserve("general") == 0


def test_limits_slow_down_when_others_have_used_what_we_counted_on():
    fake = FakeTime()
    limits = limits_in(fake, calls=10, reserve_share=0)
    waits_of(limits, 2)

    limits.observe("general", LimitReading(calls_max=10, calls_left=3))  # 7 used, 2 of them ours

    assert waits_of(limits, 4) == [0, 0, 0, 10.2]


@pytest.mark.parametrize("left", [7, 8, 10])
def test_limits_keep_their_pace_when_the_crm_counts_no_more_than_we_do(left):
    limits = limits_in(FakeTime(), calls=10, reserve_share=0)
    waits_of(limits, 3)

    limits.observe("general", LimitReading(calls_max=10, calls_left=left))

    assert waits_of(limits, 8) == [0] * 7 + [10.2]


def test_limits_stay_usable_when_more_is_used_than_they_would_take():
    limits = limits_in(FakeTime(), calls=10, reserve_share=0.1)

    limits.observe("general", LimitReading(calls_max=10, calls_left=0))

    assert waits_of(limits, 10) == [10.2] * 9 + [20.4]


def test_limits_hold_a_bucket_for_as_long_as_the_crm_said():
    fake = FakeTime()
    limits = limits_in(fake)

    limits.hold("general", 3)
    limits.hold("general", 1)

    assert waits_of(limits, 1) == [3]
    assert waits_of(limits, 1, "search") == [0]


@pytest.mark.parametrize(("left", "is_open"), [(101, True), (100, False), (0, False)])
def test_limits_stop_for_the_day_at_the_reserve(left, is_open):
    limits = limits_in(FakeTime())

    limits.observe("general", LimitReading(daily_max=1000, daily_left=left))

    if is_open:
        assert limits.reserve("search") == 0
    else:
        with pytest.raises(LaterError, match="calls of this day") as caught:
            limits.reserve("search")
        assert caught.value.retry_after_s == DAILY_RECHECK_S


def test_limits_stop_for_the_day_at_nothing_left_when_its_size_is_unknown():
    limits = limits_in(FakeTime())

    limits.observe("general", LimitReading(daily_left=1))
    limits.reserve("general")
    limits.observe("general", LimitReading(daily_left=0))

    with pytest.raises(LaterError, match="calls of this day"):
        limits.reserve("general")


def test_limits_ask_again_after_a_while_whether_a_new_day_began():
    fake = FakeTime()
    limits = limits_in(fake)

    limits.close_day()
    fake.now += DAILY_RECHECK_S - 1
    with pytest.raises(LaterError):
        limits.reserve("general")
    fake.now += 1
    assert limits.reserve("general") == 0


def test_limits_open_again_when_an_answer_shows_a_new_day():
    limits = limits_in(FakeTime())
    limits.close_day()

    limits.observe("general", LimitReading(daily_max=1000, daily_left=999))

    assert limits.reserve("general") == 0


def test_limits_learn_nothing_from_a_reading_that_tells_nothing():
    limits = limits_in(FakeTime())

    limits.observe("search", LimitReading())

    assert waits_of(limits, 5, "search") == [0, 0, 0, 0, 1.2]


def test_limits_that_are_off_hold_nothing_back():
    limits = Limits.off()

    limits.observe("general", LimitReading(calls_max=1, calls_left=0, daily_left=0))
    limits.hold("general", 60)
    limits.close_day()

    assert [limits.reserve("whatever") for _ in range(1000)] == [0.0] * 1000


def test_limits_hand_out_each_instant_once_to_many_threads():
    fake = FakeTime()
    limits = limits_in(fake, calls=10, reserve_share=0)
    taken: list[float] = []

    def take() -> None:
        taken.extend(limits.reserve("general") for _ in range(25))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(round(wait, 1) for wait in taken) == [
        round(10.2 * n, 1) for n in range(10) for _ in range(10)
    ]


def test_limits_leave_no_thread_behind():
    before = threading.active_count()
    limits = limits_in(FakeTime())

    waits_of(limits, 20)

    assert threading.active_count() == before
