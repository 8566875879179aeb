"""Freshness: one start per record, however often its value changed (spec 2.3)."""

from kpis.frames import CHANGES
from kpis.freshness import value_since
from tests.unit.kpis.builders import AS_OF, at, rows


def test_record_that_changed_twice_has_one_start():
    changes = rows(
        CHANGES,
        *(
            {"external_id": "7", "field": "pains", "value": value, "changed_at": at(instant)}
            for instant, value in (("2026-05-01T10:00", "late"), ("2026-06-01T10:00", "later"))
        ),
    )

    assert value_since(changes, "pains", as_of=AS_OF).rows() == [("7", at("2026-06-01T10:00"))]
