"""A cause is told once, once more when it is over, and not again after a restart."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.http.webhook import WebhookError
from connector.ports import ConfigError
from jobs.exits import ServiceError
from jobs.watch.alert import (
    ALERTS_KEY,
    MOST_AT_ONCE,
    Alerts,
    Message,
    firing_by_kind,
    read_alerts,
    send_trial,
)
from store.store import Store

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
STALE = {"stale": "no run has ended well yet"}
OVER: dict[str, str] = {}
JUDGED = frozenset({"stale", "unmapped_stage"})


class Hour:
    """A clock that is set by hand, in minutes after the beginning."""

    def __init__(self) -> None:
        self.minutes = 0.0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(minutes=self.minutes)


class Ear:
    """A receiver that can be deaf."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.fault: Exception | None = None

    def __call__(self, message: Message) -> None:
        if self.fault is not None:
            raise self.fault
        self.heard.append(message)

    @property
    def said(self) -> list[tuple[object, object]]:
        return [(one["state"], one["cause"]) for one in self.heard]


@pytest.fixture
def store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", account="acme")
    yield store
    store.close()


@pytest.fixture
def clock():
    return Hour()


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def alerts(store, clock):
    return Alerts("acme", store, clock=clock)


def look(
    alerts: Alerts, ear: Ear | None, causes: dict[str, str], *, judged: frozenset[str] = JUDGED
) -> None:
    alerts.look(causes, judged, run_id=7, post=ear)


def test_cause_is_told_once_however_often_it_is_seen_and_once_when_it_is_over(alerts, ear):
    for causes in (STALE, STALE, STALE, OVER, OVER):
        look(alerts, ear, causes)

    assert ear.heard == [
        {
            "account": "acme",
            "state": "firing",
            "cause": "stale",
            "text": "toprelatie acme: no run has ended well yet",
            "since": "2026-06-01T09:00:00+00:00",
            "run_id": 7,
        },
        {
            "account": "acme",
            "state": "over",
            "cause": "stale",
            "text": "toprelatie acme: over: no run has ended well yet",
            "since": "2026-06-01T09:00:00+00:00",
            "run_id": 7,
        },
    ]


def test_clock_that_was_set_back_keeps_no_cause_quiet(alerts, clock, ear):
    clock.minutes = 525_600
    look(alerts, ear, STALE)
    look(alerts, ear, OVER)
    clock.minutes = 0
    look(alerts, ear, STALE)

    assert ear.said == [("firing", "stale"), ("over", "stale"), ("firing", "stale")]


def test_cause_of_which_nothing_is_known_stays_as_it_was(alerts, ear):
    look(alerts, ear, STALE)
    look(alerts, ear, OVER, judged=frozenset({"configuration"}))

    assert ear.said == [("firing", "stale")]


def test_restart_repeats_nothing_and_still_tells_the_end(store, clock, alerts, ear):
    look(alerts, ear, STALE)
    again = Alerts("acme", store, clock=clock)
    look(again, ear, STALE)
    look(again, ear, OVER)

    assert ear.said == [("firing", "stale"), ("over", "stale")]


@pytest.mark.parametrize("fault", [WebhookError("503"), ConfigError("no address")])
def test_message_that_is_not_taken_is_told_with_the_next_look(alerts, ear, fault):
    ear.fault = fault
    look(alerts, ear, STALE)
    ear.fault = None
    look(alerts, ear, STALE)
    ear.fault = fault
    look(alerts, ear, OVER)
    ear.fault = None
    look(alerts, ear, OVER)
    look(alerts, ear, OVER)

    assert ear.said == [("firing", "stale"), ("over", "stale")]


def test_cause_that_was_over_before_it_could_be_told_is_not_told(alerts, ear):
    ear.fault = WebhookError("503")
    look(alerts, ear, STALE)
    ear.fault = None
    look(alerts, ear, OVER)

    assert ear.said == []


def test_cause_that_comes_and_goes_is_told_at_most_once_an_hour(alerts, ear, clock):
    for minute in range(0, 60, 5):
        clock.minutes = minute
        look(alerts, ear, STALE if minute % 10 == 0 else OVER)
    within = list(ear.said)
    clock.minutes = 59.9
    look(alerts, ear, STALE)
    just_before = list(ear.said)
    clock.minutes = 60
    look(alerts, ear, STALE)

    assert within == [("firing", "stale"), ("over", "stale")]
    assert just_before == within
    assert ear.said == [*within, ("firing", "stale")]


def test_cause_that_comes_back_later_is_told_anew_with_its_own_beginning(alerts, ear, clock):
    look(alerts, ear, STALE)
    look(alerts, ear, OVER)
    clock.minutes = 61
    look(alerts, ear, OVER)
    clock.minutes = 62
    look(alerts, ear, STALE)

    assert ear.said == [("firing", "stale"), ("over", "stale"), ("firing", "stale")]
    assert ear.heard[2]["since"] == "2026-06-01T10:02:00+00:00"


def test_what_is_over_for_an_hour_is_forgotten(alerts, ear, clock, store):
    look(alerts, ear, STALE)
    look(alerts, ear, OVER)
    clock.minutes = 59
    look(alerts, ear, OVER)
    kept = read_alerts(store)
    clock.minutes = 60
    look(alerts, ear, OVER)

    assert list(kept) == ["stale"]
    assert read_alerts(store) == {}


def test_each_stage_is_told_apart_and_no_more_than_a_handful_at_once(alerts, ear):
    causes = {f"unmapped_stage:default/{one}": "no line" for one in range(MOST_AT_ONCE + 1)}
    look(alerts, ear, causes)
    first = len(ear.heard)
    look(alerts, ear, causes)

    assert (first, len(ear.heard)) == (MOST_AT_ONCE, MOST_AT_ONCE + 1)
    assert {one["cause"] for one in ear.heard} == set(causes)


def test_without_a_webhook_causes_are_remembered_and_told_once_there_is_one(alerts, ear, store):
    look(alerts, None, STALE)
    counted = firing_by_kind(read_alerts(store))
    look(alerts, ear, STALE)

    assert counted["stale"] == 1
    assert counted["run_failed"] == 0
    assert ear.said == [("firing", "stale")]


def test_store_that_is_away_delays_nothing_and_leads_to_no_repetition(
    alerts, ear, store, tmp_path, clock
):
    store.close()
    path = tmp_path / "store.db"
    whole = path.read_bytes()
    for beside in tmp_path.glob("store.db-*"):
        beside.unlink()
    path.write_bytes(b"no database at all" * 100)
    look(alerts, ear, STALE)
    look(alerts, ear, STALE)
    store.close()
    path.write_bytes(whole)
    look(alerts, ear, STALE)

    assert ear.said == [("firing", "stale")]
    assert list(read_alerts(store)) == ["stale"]


def test_start_without_a_store_forgets_nothing_that_was_told_before(
    alerts, ear, store, tmp_path, clock
):
    failed = {"run_failed:StoreError": "a run failed: store: no database"}
    look(alerts, ear, STALE)
    store.close()
    path = tmp_path / "store.db"
    whole = path.read_bytes()
    for beside in tmp_path.glob("store.db-*"):
        beside.unlink()
    path.write_bytes(b"no database at all" * 100)
    again = Alerts("acme", store, clock=clock)
    look(again, ear, failed, judged=frozenset({"run_failed"}))
    store.close()
    path.write_bytes(whole)
    look(again, ear, STALE, judged=frozenset({"run_failed", "stale"}))

    assert ear.said == [
        ("firing", "stale"),
        ("firing", "run_failed:StoreError"),
        ("over", "run_failed:StoreError"),
    ]


def test_memory_that_cannot_be_read_starts_anew(alerts, ear, store):
    store.save_state(ALERTS_KEY, '{"stale": {"unknown": 1}}')
    look(alerts, ear, STALE)

    assert ear.said == [("firing", "stale")]


def test_trial_says_that_it_is_one_and_fails_with_a_sentence(ear):
    send_trial("acme", ear, now=BEGIN)
    ear.fault = WebhookError("alerts: the webhook answered 404")

    assert ear.heard[0]["text"] == (
        "toprelatie acme: this is a trial: alerts of this service arrive here"
    )
    with pytest.raises(ServiceError, match="answered 404"):
        send_trial("acme", ear, now=BEGIN)
