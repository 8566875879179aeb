"""How a check is shown: part by part, with marks, on one screen."""

import io

import pytest
from rich.console import Console

from console.check import _print_check
from jobs.check.finding import Section
from jobs.check.run import Check


def shown(
    check: Check, *, has_key: bool = True, is_verbose: bool = False, encoding: str = "utf-8"
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    _print_check(Console(file=file, width=110), check, has_key=has_key, is_verbose=is_verbose)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.fixture
def access() -> Section:
    section = Section("access")
    section.say("ok", "account", "4711")
    section.say("warning", "access to calls", "scope is missing")
    section.say("warning", "access to notes", "scope is missing")
    section.say("ok", "clock", "agrees", is_detail=True)
    section.say("error", "access to write deals", "no value reaches deals")
    return section


def lines_of(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_findings_that_say_the_same_share_a_row_with_their_mark(access):
    lines = lines_of(shown(Check((access,), {"metadata": 3})))

    assert lines[:4] == [
        "Access",
        "✓ account 4711",
        "! access to calls, notes scope is missing",
        "✗ access to write deals no value reaches deals",
    ]


def test_terminal_without_such_signs_gets_plain_ones(access):
    lines = lines_of(shown(Check((access,), {}), encoding="ascii"))

    assert "+ account 4711" in lines
    assert "x access to write deals no value reaches deals" in lines


def test_details_are_shown_to_who_asks_for_them(access):
    check = Check((access,), {})

    assert "agrees" not in shown(check)
    assert "agrees" in shown(check, is_verbose=True)


def test_scopes_are_told_when_one_is_missing_or_when_asked_for(access):
    well = Section("limits")
    well.say("ok", "calls", "190")

    assert "Least scopes of the key" in shown(Check((access,), {}))
    assert "Least scopes of the key" not in shown(Check((well,), {}))
    assert "Least scopes of the key" in shown(Check((well,), {}), is_verbose=True)
    assert "Least scopes of the key" not in shown(Check((access,), {}), has_key=False)


def test_last_line_counts_what_was_found_and_the_calls(access):
    well = Section("limits")
    well.say("ok", "calls", "190")

    assert shown(Check((access,), {"metadata": 3, "search": 4})).endswith(
        "1 error, 2 warnings; 7 calls, nothing changed; --verbose tells more\n"
    )
    assert shown(Check((well,), {}), is_verbose=True).endswith(
        "nothing stands in the way; 0 calls, nothing changed\n"
    )


def test_kpis_that_miss_the_same_share_a_row_and_each_is_told_once(access):
    results = Section("results")
    for kpi in ("contact: calls", "contact: notes", "profile: contacts", "contact: calls"):
        results.miss(kpi, "scope is missing")
    results.miss("margin", "not mapped", "hint")

    lines = lines_of(shown(Check((results,), {})))

    assert "! contact: calls, notes; profile: contacts scope is missing" in lines
    assert "· margin not mapped" in lines
