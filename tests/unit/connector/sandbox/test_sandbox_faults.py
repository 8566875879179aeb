import pytest

from connector.sandbox import Fault
from connector.sandbox.faults import Faults


def kinds(faults: Faults, route: str, count: int) -> list[str | None]:
    found = [faults.next(route) for _ in range(count)]
    return [fault.kind if fault else None for fault in found]


def test_fault_hits_as_often_as_it_says_after_as_many_as_it_says():
    faults = Faults()
    faults.add(Fault("500", count=2, after=1))

    assert kinds(faults, "GET /x", 5) == [None, "500", "500", None, None]


def test_fault_hits_its_route_alone():
    faults = Faults()
    faults.add(Fault("500", route="POST */batch/update"))

    assert kinds(faults, "POST /crm/objects/2026-09/deals/batch/read", 1) == [None]
    assert kinds(faults, "POST /crm/objects/2026-09/deals/batch/update", 1) == ["500"]


def test_faults_of_one_route_come_one_after_the_other():
    faults = Faults()
    faults.add(Fault("500"))
    faults.add(Fault("502"))

    assert kinds(faults, "GET /x", 3) == ["500", "502", None]


def test_cleared_faults_do_not_come():
    faults = Faults()
    faults.add(Fault("500"))
    faults.clear()

    assert kinds(faults, "GET /x", 1) == [None]


def test_unknown_fault_is_refused():
    with pytest.raises(ValueError, match="'418' is no fault; use one of 429, 500"):
        Fault("418")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "moment", "hits"),
    [
        ("500", None, "before"),
        ("drop", None, "before"),
        ("slow", None, "before"),
        ("drop_before", None, "before"),
        ("drop_after", None, "after"),
        ("truncated", None, "during"),
        ("garbage", None, "during"),
        ("empty", None, "during"),
        ("truncated", "before", "before"),
        ("500", "after", "after"),
    ],
)
def test_fault_hits_at_the_moment_given_else_at_its_own(kind, moment, hits):
    assert Fault(kind, moment=moment).hits == hits


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_drop_that_says_its_moment_takes_no_other(kind):
    with pytest.raises(ValueError, match="says its moment: use drop with a moment"):
        Fault(kind, moment="during")
