"""What the account may call, held against what the configuration asks for."""

import pytest

from connector.probe import CallLimit, Probe
from jobs.check.finding import Finding
from jobs.check.limit import check_limits


def calls(allowed: int | None, asked: int | None) -> CallLimit:
    return CallLimit("calls", 10, allowed, setting="crm.limits.general_per_10s", asked=asked)


def day(left: int | None, *, allowed: int | None = 1000) -> CallLimit:
    return CallLimit("day", None, allowed, left=left, reserve_share=0.1)


def only_finding(limit: CallLimit, *, tier: str | None = None) -> Finding:
    (found,) = check_limits(Probe(limits=(limit,), tier=tier)).findings
    return found


@pytest.mark.parametrize(
    ("allowed", "asked", "level"),
    [
        (100, 101, "warning"),
        (100, 100, "ok"),
        (100, 61, "ok"),
        (100, 60, "hint"),
        (100, 1, "hint"),
        (None, 100, "ok"),
    ],
)
def test_setting_is_held_against_what_the_account_has(allowed, asked, level):
    assert only_finding(calls(allowed, asked)).level == level


def test_setting_that_is_too_high_is_told_with_what_to_write():
    assert only_finding(calls(100, 190)).text == (
        "100 calls in 10 s; crm.limits.general_per_10s is 190: calls will be refused; set 100"
    )


def test_limit_that_no_answer_tells_is_told_as_such():
    search = CallLimit("search", 1, 5, is_documented=True, setting="s", asked=5)

    assert only_finding(search).text == "5 searches a second by the CRM's documentation; s is 5"
    assert only_finding(calls(None, 100)).text.startswith("the CRM does not tell how many calls")


def test_limits_that_are_switched_off_are_a_warning_told_once():
    section = check_limits(Probe(limits=(calls(190, None), CallLimit("search", 1, 5, asked=None))))

    assert [one.level for one in section.findings] == ["warning", "warning"]
    assert [one.is_detail for one in section.findings] == [False, True]


@pytest.mark.parametrize(("left", "level"), [(101, "ok"), (100, "warning"), (0, "warning")])
def test_day_without_calls_beyond_the_reserve_is_a_warning(left, level):
    assert only_finding(day(left)).level == level


def test_day_is_told_with_the_tier_and_what_is_left():
    assert only_finding(day(600, allowed=1250), tier="Professional").text == (
        "1,250 calls a day (Professional), 600 of them left; 125 are kept for other apps"
    )


def test_day_of_which_nothing_is_told_is_no_trouble():
    assert only_finding(day(None, allowed=None)).level == "ok"


def test_crm_without_limits_has_none():
    section = check_limits(Probe())

    assert [one.text for one in section.findings] == ["this CRM has none"]
    assert section.figures == {"tier": None, "limits": {}}
