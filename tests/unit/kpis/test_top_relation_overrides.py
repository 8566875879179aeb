"""Manual override: reason, end and precedence (spec 2.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import CHANGES
from tests.unit.kpis.builders import AS_OF, at, candidate, candidates, decide, history_with, rows

JUNE = date(2026, 6, 1)
FLAT: dict[str, Any] = {"mean_revenue": Decimal(100), "mean_margin": Decimal(100)}


def outcome(
    value: float = 1,
    *,
    override: str | None = "always",
    reason: str | None = "strategic",
    until: date | None = None,
    changes: pl.DataFrame | None = None,
    members: tuple[str, ...] = (),
    basis: str = "rule",
    **rules: Any,
) -> tuple[str, list[str]]:
    """Basis and warnings of one relation on 2026-06-30, no review day."""
    given = candidates(
        candidate(
            "1",
            value,
            top_relation_override=override,
            top_relation_override_reason=reason,
            top_relation_override_until=until,
            target_account=True,
        )
    )
    history = history_with(*members, reviewed_on=JUNE, basis=basis, **FLAT)
    row = decide(AS_OF, history, given, changes=changes, **rules).relations.row(0, named=True)
    return row["top_relation_basis"], row["warnings"]


def edit(field: str, value: str | None, changed_at: str) -> dict[str, Any]:
    return {
        "external_id": "1",
        "field": f"top_relation_{field}",
        "value": value,
        "changed_at": at(changed_at),
    }


@pytest.mark.parametrize(
    ("override", "value", "basis"),
    [
        ("always", 1, "manual"),
        ("always", 1000, "manual"),
        ("never", 1000, "none"),
        ("auto", 1000, "rule"),
        ("auto", 1, "none"),
        (None, 1000, "rule"),
    ],
)
def test_override_goes_before_the_rule(override, value, basis):
    assert outcome(value, override=override) == (basis, [])


@pytest.mark.parametrize(("override", "basis"), [("never", "none"), ("always", "manual")])
@pytest.mark.parametrize("flag", ["always", "only"])
def test_override_goes_before_the_flag_of_the_crm(override, basis, flag):
    assert outcome(override=override, crm_flag=flag) == (basis, [])


@pytest.mark.parametrize("reason", [None, "", "  "])
@pytest.mark.parametrize(
    ("override", "value", "basis"), [("always", 1, "none"), ("never", 999, "rule")]
)
def test_override_without_a_reason_counts_as_auto_and_is_warned_of(reason, override, value, basis):
    assert outcome(value, override=override, reason=reason) == (basis, ["override_no_reason"])


@pytest.mark.parametrize("reason", [None, "strategic"])
@pytest.mark.parametrize("override", [None, "auto"])
def test_auto_needs_no_reason_and_never_expires(override, reason):
    assert outcome(override=override, reason=reason, until=date(2020, 1, 1)) == ("none", [])


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (date(2026, 7, 1), ("manual", [])),
        (date(2026, 6, 30), ("manual", [])),
        (date(2026, 6, 29), ("none", ["override_expired"])),
    ],
)
def test_end_date_itself_still_counts(until, expected):
    assert outcome(until=until) == expected


Outcome = tuple[str, list[str]]
EXPIRED: Outcome = ("none", ["override_expired"])
VALID: Outcome = ("manual", [])


@pytest.mark.parametrize(
    ("edits", "until", "expected"),
    [
        # 365 days after the edit is the last day: 2025-06-30 local
        ([edit("override", "always", "2025-06-29T22:00")], None, VALID),
        ([edit("override", "always", "2025-06-29T21:59")], None, EXPIRED),
        ([edit("override", "always", "2025-06-29T21:59")], date(2027, 1, 1), EXPIRED),
        ([edit("override", "always", "2026-06-01T10:00")], date(2026, 6, 29), EXPIRED),
        # an edit of the end date starts the year anew, also when it is emptied
        (
            [
                edit("override", "always", "2024-06-01T10:00"),
                edit("override_until", "2027-01-01", "2026-06-01T10:00"),
            ],
            date(2027, 1, 1),
            VALID,
        ),
        (
            [
                edit("override", "always", "2024-06-01T10:00"),
                edit("override_until", "2025-01-01", "2024-06-01T10:00"),
                edit("override_until", None, "2026-06-01T10:00"),
            ],
            None,
            VALID,
        ),
        # writing the same value again is no edit, an edit of the reason neither
        (
            [
                edit("override", "always", "2024-06-01T10:00"),
                edit("override", "always", "2026-06-01T10:00"),
                edit("override_reason", "again", "2026-06-01T10:00"),
            ],
            None,
            EXPIRED,
        ),
        ([edit("override", "always", "2026-06-30T12:00")], None, VALID),
        (
            [
                edit("override", "always", "2024-06-01T10:00"),
                edit("override", "never", "2026-06-30T12:00:00.001"),
            ],
            None,
            EXPIRED,
        ),
        ([], None, VALID),
    ],
)
def test_override_lasts_at_most_a_year_after_its_last_edit(edits, until, expected):
    assert outcome(until=until, changes=rows(CHANGES, *edits)) == expected


def test_override_without_a_reason_and_past_its_end_is_warned_of_twice():
    assert outcome(reason=None, until=date(2026, 1, 1)) == (
        "none",
        ["override_expired", "override_no_reason"],
    )


def test_longest_time_of_an_override_is_configured():
    changes = rows(CHANGES, edit("override", "always", "2026-06-20T10:00"))

    assert outcome(changes=changes, override_max_days=10) == VALID
    assert outcome(changes=changes, override_max_days=9) == EXPIRED


@pytest.mark.parametrize(
    ("basis", "expected"),
    [("rule", "buffer"), ("buffer", "buffer"), ("manual", "none"), ("crm_flag", "none")],
)
def test_only_members_by_rule_or_buffer_are_held(basis, expected):
    assert outcome(90, override=None, members=("1",), basis=basis) == (expected, [])


def test_never_ends_a_membership_at_once():
    assert outcome(1000, override="never", members=("1",)) == ("none", [])


def test_warnings_of_owner_and_override_stand_sorted():
    given = candidates(candidate("1", 1, top_relation_override="never"))
    archived = type(given)(
        given.relations.with_columns(owner_warning=pl.lit("owner_archived")), given.potentials
    )
    history = history_with(reviewed_on=JUNE, **FLAT)

    relations = decide(AS_OF, history, archived).relations

    assert relations["warnings"].to_list() == [["override_no_reason", "owner_archived"]]
