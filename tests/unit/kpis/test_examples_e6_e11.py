"""Worked examples E6 and E11 of the KPI specification, as they are printed there."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from kpis.phase import conversion, flow
from tests.unit.kpis.phase.world import World, together

E6: list[tuple[str, World, str, str | None, int | None, dict[str, Any]]] = [
    ("a", World(), "unknown", None, None, {}),
    (
        "b",
        World()
        .deal("1", ("talk", "2026-06-01"), created="2026-05-01")
        .deal("2", ("offer2", "2026-05-20"), pipeline="second"),
        "quote",
        "2026-05-20",
        41,
        {"phase_status": "stalled"},
    ),
    ("c", World().won("1", "2026-05-15"), "order", "2026-05-15", 46, {"hold_days": 90}),
    (
        "d",
        World().won("1", "2026-05-15").deal("2", ("talk", "2026-06-05")),
        "interest",
        "2026-06-05",
        25,
        {"phase_direction": "new_cycle"},
    ),
    (
        "e",
        World()
        .won("1", "2026-05-15")
        .deal(
            "2",
            ("offer", "2026-04-01"),
            ("lost", "2026-06-20"),
            closed="2026-06-20",
            lost_reason="Competitor",
        ),
        "order",
        "2026-05-15",
        46,
        {},
    ),
    (
        "f",
        World()
        .won("1", "2025-12-01")
        .deal(
            "2",
            ("offer", "2026-04-01"),
            ("lost", "2026-06-20"),
            closed="2026-06-20",
            lost_reason="No decision",
        ),
        "orienting",
        "2026-06-20",
        10,
        {},
    ),
    (
        "g",
        World().won("1", "2025-12-01"),
        "orienting",
        "2026-03-01",
        121,
        {"phase_source": "decay", "phase_direction": "decay", "phase_status": "stalled"},
    ),
    (
        "h",
        World().won("1", "2025-05-01"),
        "no_interest",
        "2026-05-01",
        60,
        {"phase_source": "decay", "phase_direction": "decay"},
    ),
    (
        "i",
        World().deal("1", ("offer", "2025-11-10")).touch("1", "2025-11-15"),
        "orienting",
        "2026-05-14",
        47,
        {"phase_source": "deal"},
    ),
    (
        "j",
        World().says("no_interest", "2026-06-15").deal("1", ("talk", "2026-06-01")),
        "no_interest",
        "2026-06-15",
        15,
        {"phase_conflict": True},
    ),
    (
        "k",
        World()
        .says("interest", "2026-01-05")
        .deal("1", ("first", "2026-01-02"), ("offer", "2026-06-10")),
        "quote",
        "2026-06-10",
        20,
        {"phase_status": "on_track", "phase_conflict": False},
    ),
    (
        "l",
        World()
        .company(phase_locked_until=date(2026, 12, 31))
        .says("orienting", "2026-04-01")
        .deal("1", ("offer", "2026-06-10")),
        "orienting",
        "2026-04-01",
        90,
        {"phase_conflict": True, "phase_status": "on_track", "phase_source": "locked"},
    ),
    (
        "m",
        World().says("interest", "2025-12-01"),
        "interest",
        "2025-12-01",
        211,
        {"phase_status": "reverify"},
    ),
]


def test_e6_phase():
    rows = together(world for _, world, *_ in E6).phases().relations.to_dicts()

    assert len(rows) == 13
    for row, (name, _, phase, since, days, remarks) in zip(rows, E6, strict=True):
        expected = {
            "buying_phase": phase,
            "phase_since": None if since is None else date.fromisoformat(since),
            "days_in_phase": days,
            **remarks,
        }
        assert (name, {column: row[column] for column in expected}) == (name, expected)


E11 = [
    *[("orienting", "interest", "forward")] * 3,
    *[("interest", "quote", "forward")] * 2,
    ("interest", "no_interest", "backward"),
    ("quote", "order", "forward"),
    ("quote", "interest", "backward"),
    ("interest", "order", "resumed"),
    ("order", "orienting", "decay"),
]


def test_e11_flow():
    moves = pl.DataFrame(
        [("1", date(2026, 5, 1), "S1", *move) for move in E11],
        schema=["relation_id", "changed_on", "owner", "from", "to", "direction"],
        orient="row",
    )
    as_of, top = datetime(2026, 6, 30, 12, tzinfo=UTC), pl.Series(["1"])

    shares = conversion(moves, top, as_of=as_of, timezone="Europe/Amsterdam")
    cells = flow(moves, top, as_of=as_of, timezone="Europe/Amsterdam")

    (row,) = shares.with_columns(pl.selectors.decimal().round(4)).to_dicts()
    assert row == {
        "owner": "S1",
        "phase_conversion_no_interest": None,
        "phase_conversion_no_interest_n": 0,
        "phase_conversion_orienting": Decimal("1.0000"),
        "phase_conversion_orienting_n": 3,
        "phase_conversion_interest": Decimal("0.6667"),
        "phase_conversion_interest_n": 3,
        "phase_conversion_quote": Decimal("0.5000"),
        "phase_conversion_quote_n": 2,
    }
    assert cells.height == 36
    assert cells.filter(pl.col("count") > 0).rows() == [
        ("S1", "orienting", "interest", 3),
        ("S1", "interest", "no_interest", 1),
        ("S1", "interest", "quote", 2),
        ("S1", "interest", "order", 1),
        ("S1", "quote", "interest", 1),
        ("S1", "quote", "order", 1),
        ("S1", "order", "orienting", 1),
    ]
