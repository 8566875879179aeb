"""When an attempt is repeated, how long is waited, and when it is given up."""

import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http.retry import PassingError, Retry, Timer, reason_of
from connector.ports import ConfigError, LaterError, PermanentCrmError, TransientCrmError
from tests.unit.connector.http.plain_dialect import FakeTime


class Attempts:
    """Fails with the given errors one after the other, then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def retry_in(fake: FakeTime, *, tries: int = 6, total_s: float = 120.0) -> Retry:
    return Retry(Timer(sleep=fake.sleep, clock=fake.clock), tries=tries, total_s=total_s)


def busy(wait_s: float | None = None) -> TransientCrmError:
    return TransientCrmError("busy", retry_after_s=wait_s)


def test_retry_returns_at_once_what_needs_no_second_try():
    fake = FakeTime()

    assert retry_in(fake).run(Attempts()) == "done"
    assert fake.waits == []


def test_retry_repeats_a_transient_fault_until_it_passes():
    fake = FakeTime()
    attempts = Attempts(busy(), busy())

    assert retry_in(fake).run(attempts) == "done"
    assert attempts.count == 3
    assert len(fake.waits) == 2


@pytest.mark.parametrize("error", [PermanentCrmError("no"), ConfigError("no"), LaterError("no")])
def test_retry_never_repeats_what_a_repeat_cannot_help(error):
    fake = FakeTime()
    attempts = Attempts(error)

    with pytest.raises(type(error), match="no"):
        retry_in(fake).run(attempts)
    assert attempts.count == 1
    assert fake.waits == []


@pytest.mark.parametrize("tries", [1, 2, 6])
def test_retry_gives_up_after_its_tries_with_the_last_fault(tries):
    attempts = Attempts(*[TransientCrmError(f"fault {n}") for n in range(1, 8)])

    with pytest.raises(TransientCrmError, match=f"fault {tries}$"):
        retry_in(FakeTime(), tries=tries).run(attempts)
    assert attempts.count == tries


def test_retry_waits_as_long_as_the_crm_asked_and_at_most_half_a_second_more():
    fake = FakeTime()

    retry_in(fake).run(Attempts(busy(10)))

    assert 10 <= fake.waits[0] <= 10.5


def test_retry_gives_up_at_once_when_the_crm_asks_for_more_than_is_left():
    fake = FakeTime()
    attempts = Attempts(busy(60), busy(61))

    with pytest.raises(TransientCrmError) as caught:
        retry_in(fake, total_s=120).run(attempts)
    assert caught.value.retry_after_s == 61
    assert attempts.count == 2
    assert len(fake.waits) == 1


def test_retry_counts_the_time_of_the_attempts_themselves():
    fake = FakeTime()

    def slow_fault() -> str:
        fake.now += 50
        raise busy(30)

    with pytest.raises(TransientCrmError):
        retry_in(fake, total_s=120).run(slow_fault)
    assert fake.now - 1000 == pytest.approx(50 + 30 + 50, abs=0.5)


def test_retry_tells_of_each_fault_that_is_tried_again_with_the_wait():
    fake = FakeTime()
    told: list[tuple[str, float]] = []

    retry_in(fake).run(
        Attempts(busy(1), busy(2)), note=lambda error, wait_s: told.append((str(error), wait_s))
    )

    assert told == [("busy", fake.waits[0]), ("busy", fake.waits[1])]


WAITS = st.lists(st.none() | st.floats(0, 200, allow_nan=False), min_size=1, max_size=10)


@given(asked=WAITS, tries=st.integers(1, 10), total_s=st.floats(0, 150))
def test_retry_waits_under_the_cap_and_never_under_the_crms_own_wait(asked, tries, total_s):
    fake = FakeTime(start=0.0)
    with suppress(TransientCrmError):
        retry_in(fake, tries=tries, total_s=total_s).run(Attempts(*map(busy, asked)))

    assert fake.now <= total_s
    assert len(fake.waits) < tries
    assert all(wait_s >= (own_s or 0) for wait_s, own_s in zip(fake.waits, asked, strict=False))


@given(count=st.integers(1, 9))
def test_retry_backs_off_within_a_doubling_bound_of_thirty_seconds(count):
    fake = FakeTime()

    retry_in(fake, tries=10, total_s=1000).run(Attempts(*[busy()] * count))

    bounds = [1, 2, 4, 8, 16, 30, 30, 30, 30][:count]
    assert all(0 <= wait <= bound for wait, bound in zip(fake.waits, bounds, strict=True))


def test_timer_ends_a_real_wait_at_once_when_stopped():
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    started = time.monotonic()

    with pytest.raises(LaterError, match=r"^stopping"):
        Timer(stop).wait(30)
    assert time.monotonic() - started < 5


def test_timer_begins_no_wait_once_stopped():
    stop = threading.Event()
    stop.set()
    fake = FakeTime()

    with pytest.raises(TransientCrmError, match=r"^stopping"):
        Timer(stop, sleep=fake.sleep, clock=fake.clock).wait(1)
    assert fake.waits == []


def test_timer_lets_pass_who_need_not_wait_though_it_was_stopped():
    stop = threading.Event()
    stop.set()

    Timer(stop).wait(0)
    Timer(stop).wait(-1)


def test_timer_really_waits():
    started = time.monotonic()

    Timer().wait(0.02)

    assert time.monotonic() - started >= 0.02


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PassingError("no", reason="503"), "503"), (busy(), "other"), (LaterError("no"), "other")],
)
def test_reason_is_what_a_fault_says_of_itself(error, reason):
    assert reason_of(error) == reason
