"""Limits that processes share: two objects on one folder are what two processes have."""

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector.http import LimitReading, Limits, Window
from connector.http.ledger import Ledger
from connector.ports import LaterError
from tests.unit.connector.http.plain_dialect import FakeTime

TOKEN = "pat-eu1-0123abcd"
URL = "https://crm.test"


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def limits_in(folder: Path, fake: FakeTime, *account: str, calls: int = 4, **given) -> Limits:
    windows = {"general": Window(calls, 10), "search": Window(2, 1)}
    limits = Limits(
        windows, reserve_share=0, margin_s=0.2, shared=folder, clock=fake.clock, **given
    )
    limits.belong_to(*(account or (URL, TOKEN)))
    return limits


def waits_of(limits: Limits, count: int, bucket: str = "general") -> list[float]:
    return [round(limits.reserve(bucket), 2) for _ in range(count)]


def file_in(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_limits_are_shared_by_all_who_name_the_same_account(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)

    assert waits_of(one, 3) == [0, 0, 0]
    assert waits_of(other, 3) == [0, 10.2, 10.2]
    assert waits_of(one, 3) == [10.2, 10.2, 20.4]
    assert waits_of(other, 3, "search") == [0, 0, 1.2]


def test_limits_hand_out_instants_in_order_of_arrival_whoever_asks(tmp_path, fake):
    queue = [limits_in(tmp_path, fake, calls=2) for _ in range(3)]

    waits = [limits.reserve("general") for _ in range(4) for limits in queue]

    assert waits == sorted(waits)
    assert [round(wait, 1) for wait in waits] == [round(10.2 * (n // 2), 1) for n in range(12)]


@pytest.mark.parametrize("other", [(URL, "another token"), ("https://eu.test", TOKEN)])
def test_limits_of_another_account_are_its_own(other, tmp_path, fake):
    waits_of(limits_in(tmp_path, fake), 4)

    assert waits_of(limits_in(tmp_path, fake, *other), 1) == [0]


def test_limits_stay_with_their_process_until_the_account_is_named(tmp_path, fake):
    windows = {"general": Window(1, 10)}
    unnamed = [Limits(windows, shared=tmp_path, clock=fake.clock) for _ in range(2)]

    assert [limits.reserve("general") for limits in unnamed] == [0, 0]
    assert list(tmp_path.iterdir()) == []


def test_limits_take_along_what_they_know_when_the_account_gets_a_new_token(tmp_path, fake):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 3)

    limits.belong_to(URL, "new token")

    assert waits_of(limits, 2) == [0, 10.2]
    assert waits_of(limits_in(tmp_path, fake, URL, "new token"), 1) == [10.2]


def test_limits_lose_nothing_when_the_account_is_named_twice(tmp_path, fake):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 4)

    limits.belong_to(URL, TOKEN)

    assert waits_of(limits, 1) == [10.2]
    assert len(list(tmp_path.iterdir())) == 1


def test_limits_that_are_off_write_no_file(tmp_path):
    limits = Limits(None, shared=tmp_path)
    limits.belong_to(URL, TOKEN)

    assert limits.reserve("general") == 0
    assert list(tmp_path.iterdir()) == []


def test_what_one_process_learns_of_the_crms_window_holds_for_all(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)

    one.observe("general", LimitReading(calls_max=2, calls_left=2, window_s=20))

    assert waits_of(other, 3) == [0, 0, 20.2]


def test_what_others_used_is_counted_once_whoever_reads_it(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)
    waits_of(one, 1)

    for limits in (one, other):
        limits.observe("general", LimitReading(calls_max=4, calls_left=2))

    assert waits_of(other, 3) == [0, 0, 10.2]


def test_a_bucket_that_the_crm_called_full_is_held_for_all(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)

    one.hold("general", 7)

    assert waits_of(other, 1) == [7]
    assert waits_of(other, 1, "search") == [0]


def test_a_day_that_is_spent_is_spent_for_all_until_an_answer_tells_of_a_new_one(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)

    one.close_day()
    with pytest.raises(LaterError, match="calls of this day"):
        other.reserve("search")
    other.observe("general", LimitReading(daily_max=1000, daily_left=1000))

    assert waits_of(one, 1) == [0]


def test_the_end_of_the_day_is_known_to_who_has_not_asked_for_the_zone(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)
    one.set_zone("Europe/Amsterdam")
    evening = datetime(2026, 11, 26, 21, tzinfo=UTC)  # two hours before midnight there

    one.close_day(evening)
    fake.now += 1800
    told = other.close_day(evening + timedelta(minutes=30))

    assert str(told).endswith("a new day begins at 2026-11-27 00:00 Europe/Amsterdam")
    assert told.retry_after_s == 1.5 * 3600
    fake.now += 1.5 * 3600
    assert str(other.close_day()).endswith("ask again in 15 min")


def test_calls_of_the_day_are_counted_together(tmp_path, fake):
    one, other = limits_in(tmp_path, fake), limits_in(tmp_path, fake)

    one.observe("general", LimitReading(daily_max=1000, daily_left=2))

    assert waits_of(one, 1) + waits_of(other, 1) == [0, 0]
    with pytest.raises(LaterError, match="calls of this day"):
        one.reserve("general")


# --- the file


def test_the_file_tells_neither_token_nor_address_and_is_the_owners_alone(tmp_path, fake):
    folder = tmp_path / "made" / "when absent"
    waits_of(limits_in(folder, fake), 1)

    file = file_in(folder)
    text = f"{file.name} {file.read_text()}"
    assert TOKEN not in text
    assert "crm.test" not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_file_comes_back_with_what_is_known_when_somebody_removed_it(tmp_path, fake):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 3)

    file_in(tmp_path).unlink()

    assert waits_of(limits, 2) == [0, 10.2]
    assert waits_of(limits_in(tmp_path, fake), 1) == [10.2]


def altered(file: Path, **changed: object) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, **changed}) + "\n")


def bucket_with(**given: object) -> dict[str, object]:
    return {"buckets": {"general": {"taken": [], "earliest_ms": 0, **given}}}


SPOILED: dict[str, Callable[[Path], object]] = {
    "no text": lambda file: file.write_bytes(b"\x00\xff\n"),
    "empty object": lambda file: file.write_text("{}\n"),
    "list": lambda file: file.write_text("[1, 2]\n"),
    "half": lambda file: file.write_text(file.read_text()[:40]),
    "huge": lambda file: file.write_text("x" * 2_000_000),
    "two halves": lambda file: altered(file, sealed_ms=1),
    "more than ours": lambda file: altered(file, foreign=1),
    "instant far ahead": lambda file: altered(file, **bucket_with(taken=[10**15])),
    "hold far ahead": lambda file: altered(file, **bucket_with(earliest_ms=10**15)),
    "negative instant": lambda file: altered(file, **bucket_with(taken=[-1])),
    "day for ever": lambda file: altered(file, day={"left": 0, "recheck_at": 1e12}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_broken_or_foreign_file_is_thrown_away_and_costs_one_window(spoil, tmp_path, fake):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 1)

    spoil(file_in(tmp_path))

    with capture_logs() as logs:
        assert waits_of(limits, 1) == [10.2]
        assert waits_of(limits, 1, "search") == [1.2]
        fake.now += 30
        assert waits_of(limits_in(tmp_path, fake), 5) == [0, 0, 0, 0, 10.2]
    assert logs == []


def test_a_shorter_line_leaves_nothing_of_a_longer_one_to_be_read(tmp_path, fake):
    limits = limits_in(tmp_path, fake, calls=100)
    waits_of(limits, 100)
    fake.now += 11

    assert waits_of(limits_in(tmp_path, fake, calls=100), 1) == [0]
    assert waits_of(limits, 99) == [0] * 99
    assert waits_of(limits, 1) == [10.2]


def test_what_was_written_before_the_machine_started_is_no_news(tmp_path, fake):
    waits_of(limits_in(tmp_path, fake), 4)

    fake.now = 3.0  # the clock starts with the machine

    assert waits_of(limits_in(tmp_path, fake), 5) == [0, 0, 0, 0, 10.2]


def test_each_start_of_the_machine_has_a_file_of_its_own(tmp_path, fake, monkeypatch):
    waits_of(limits_in(tmp_path, fake), 4)

    for start in ("boot 2", "boot 3"):
        (tmp_path / start).write_text(start)
        monkeypatch.setattr("connector.http.ledger._BOOT_ID", tmp_path / start)
        assert waits_of(limits_in(tmp_path, fake), 1) == [0]
    assert len(list(tmp_path.glob("limits-*.json"))) == 3


def test_a_machine_that_does_not_name_its_start_is_known_by_its_own_name(
    tmp_path, fake, monkeypatch
):
    monkeypatch.setattr("connector.http.ledger._BOOT_ID", tmp_path / "absent")
    waits_of(limits_in(tmp_path, fake), 4)

    assert waits_of(limits_in(tmp_path, fake), 1) == [10.2]


# --- a folder that cannot be used


def no_folder(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def link_out(folder: Path) -> Path:
    probe = Ledger(folder)
    probe.belong_to(URL, TOKEN)
    probe.take()
    probe.leave()
    file = file_in(folder)
    file.unlink()
    (folder / "elsewhere").write_text("kept")
    file.symlink_to(folder / "elsewhere")
    return folder


@pytest.mark.parametrize("prepare", [no_folder, link_out])
def test_a_folder_that_cannot_be_used_costs_one_warning_and_no_limit(prepare, tmp_path, fake):
    folder = prepare(tmp_path)

    with capture_logs() as logs:
        limits = limits_in(folder, fake)
        assert waits_of(limits, 5) == [0, 0, 0, 0, 10.2]
        limits.belong_to(URL, "new token")
        assert waits_of(limits, 1) == [10.2]
    assert [each["event"] for each in logs] == ["limits.alone"]
    assert str(folder) in logs[0]["found"]
    assert TOKEN not in logs[0]["found"]
    if prepare is link_out:
        assert (folder / "elsewhere").read_text() == "kept"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_costs_one_warning_and_no_limit(tmp_path, fake, monkeypatch):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 2)
    full = os.open("/dev/full", os.O_RDWR)
    monkeypatch.setattr("os.pwrite", lambda _file, line, _at: os.write(full, line))

    with capture_logs() as logs:
        assert waits_of(limits, 3) == [0, 0, 10.2]
    os.close(full)
    assert [each["event"] for each in logs] == ["limits.alone"]


def test_a_line_that_found_room_in_part_counts_as_a_full_disk(tmp_path, fake, monkeypatch):
    limits = limits_in(tmp_path, fake)
    monkeypatch.setattr("os.pwrite", lambda _file, line, _at: len(line) - 1)

    with capture_logs() as logs:
        assert waits_of(limits, 5) == [0, 0, 0, 0, 10.2]
    assert [each["event"] for each in logs] == ["limits.alone"]


def test_turns_leave_no_file_open(tmp_path, fake):
    limits = limits_in(tmp_path, fake)
    waits_of(limits, 4)
    before = len(list(Path("/dev/fd").iterdir()))

    waits_of(limits, 20)
    for _ in range(20):
        with pytest.raises(LaterError):
            limits.reserve("general", at_most_s=1)

    assert len(list(Path("/dev/fd").iterdir())) == before
