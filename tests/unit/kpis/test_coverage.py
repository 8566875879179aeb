"""KPI 1 of sellers: contact with their top relations, and their focus (spec 2.6, 6.5)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.coverage import coverage, focus, seller_contact_warnings, with_population
from kpis.frames import EXACT, MEMBERSHIPS, REVIEWS, OwnHistory
from kpis.parameters import Parameters
from kpis.rounding import ratio
from tests.unit.kpis.builders import rows
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

TODAY = date(2026, 6, 30)


def universe(scene: Scene, proven: tuple[str, ...] = ()) -> pl.DataFrame:
    """The universe of a scene; its top relations are those of `scene.top`."""
    relation_id = pl.col("relation_id")
    return scene.mirror().companies.select(
        "relation_id",
        "owner",
        is_top_relation=relation_id.is_in(scene.top),
        top_relation_proven=relation_id.is_in(proven),
        profile_completeness=pl.lit(Decimal("0.25"), dtype=EXACT),
        pains_gains_complete=relation_id == "1",
    )


def population(scene: Scene, proven: tuple[str, ...] = (), **contact: Any) -> pl.DataFrame:
    parameters = Parameters.model_validate({"contact": contact})
    return with_population(
        universe(scene, proven),
        scene.told(contact=contact),
        scene.mirror(),
        parameters,
        as_of=AS_OF,
    )


def counted(scene: Scene, **contact: Any) -> list[str]:
    """Relations in the population."""
    return population(scene, **contact).filter("is_in_population")["relation_id"].to_list()


def figures(scene: Scene, proven: tuple[str, ...] = (), **contact: Any) -> dict[str, Any]:
    frame = coverage(population(scene, proven, **contact)).filter(seller_id="S1")
    return frame.with_columns(ratio(pl.selectors.decimal())).row(0, named=True)


def handed(days_ago: int, *, before: str | None = "S2") -> Scene:
    """Relation 1, top, assigned to S1 so many days ago."""
    scene = Scene(top=("1",)).company("1")
    if before:
        scene.sets("owner", before, ago(300))
    return scene.sets("owner", "S1", ago(days_ago))


def test_handed_over_relation_is_left_out_for_30_days():
    assert counted(handed(0)) == []
    assert counted(handed(29)) == []
    assert counted(handed(30)) == ["1"]


def test_days_of_a_handover_are_a_parameter():
    assert counted(handed(4), handover_grace_days=5) == []
    assert counted(handed(5), handover_grace_days=5) == ["1"]
    assert counted(handed(0), handover_grace_days=0) == ["1"]


def test_relation_that_had_no_other_owner_is_no_handover():
    assert counted(handed(3, before=None)) == ["1"]
    assert counted(handed(3, before="S1")) == ["1"]


def test_relation_that_was_given_up_and_taken_back_is_no_handover():
    scene = Scene(top=("1",)).company("1").sets("owner", "S1", ago(300))

    assert counted(scene.sets("owner", None, ago(10)).sets("owner", "S1", ago(3))) == ["1"]


def test_relation_that_came_by_way_of_nobody_is_a_handover():
    scene = Scene(top=("1",)).company("1").sets("owner", "S2", ago(300))

    assert counted(scene.sets("owner", None, ago(10)).sets("owner", "S1", ago(3))) == []


def test_handed_over_relation_counts_once_its_owner_is_in_contact():
    assert counted(handed(3).mail(ago(1))) == ["1"]
    assert counted(handed(3).mail(ago(1), owner="S2")) == []
    assert counted(handed(3).mail(ago(1), owner="S2"), by="anyone") == ["1"]


def test_other_relations_are_not_in_the_population():
    scene = Scene(top=("1",)).company("1").company("2")

    assert counted(scene) == ["1"]


def test_contact_counts_for_the_owner_who_made_it():
    scene = Scene(top=("1", "2", "3", "4"))
    for one in scene.top:
        scene.company(one)
    scene.mail(ago(1), "1").mail(ago(1), "2", owner="S2").mail(ago(1), "3", owner=None)

    expected = {
        "top_relations_total": 4,
        "top_relations_contacted": 1,
        "kpi1": 1,
        "contact_coverage": Decimal("0.25"),
        "kpi1_ratio": Decimal("0.25"),
        "team_coverage": Decimal("0.75"),
        "avg_profile_completeness": Decimal("0.25"),
        "pg_coverage": Decimal("0.25"),
    }
    assert figures(scene, proven=("1", "2", "4")) == {"seller_id": "S1", **expected}
    assert figures(scene, proven=("1", "2", "4"), by="anyone") == {
        "seller_id": "S1",
        **expected,
        "top_relations_contacted": 3,
        "kpi1": 2,
        "contact_coverage": Decimal("0.75"),
        "kpi1_ratio": Decimal("0.5"),
    }


def test_kpi1_needs_contact_and_proof():
    scene = Scene(top=("1", "2", "3")).company("1").company("2").company("3")
    scene.mail(ago(1), "1").mail(ago(1), "2")

    assert figures(scene, proven=("2", "3"))["kpi1"] == 1


@pytest.mark.parametrize(("days", "contacted"), [(89, 1), (90, 0)])
def test_contact_counts_within_90_days(days, contacted):
    scene = Scene(top=("1",)).company("1").mail(ago(days))

    assert figures(scene)["top_relations_contacted"] == contacted


def test_contact_figures_are_blank_when_nothing_can_be_measured():
    scene = Scene(top=("1",), readable=frozenset({"companies", "contacts", "deals"})).company("1")
    row = figures(scene.mail(ago(1)))

    blank = {name for name, value in row.items() if value is None}
    assert blank == {
        "top_relations_contacted",
        "kpi1",
        "contact_coverage",
        "kpi1_ratio",
        "team_coverage",
    }
    assert row["top_relations_total"] == 1


def focused(scene: Scene, history: OwnHistory | None = None, **contact: Any) -> dict[str, Any]:
    """Focus of S1."""
    parameters = Parameters.model_validate({"contact": contact}).contact
    told = scene.told(contact=contact)
    frame = focus(universe(scene), told, history or scene.history(), parameters, today=TODAY)
    return (
        frame.filter(seller_id="S1").with_columns(ratio(pl.selectors.decimal())).row(0, named=True)
    )


def busy() -> Scene:
    """S1 meets the top relation 1 of S1, the top relation 2 of S2, and relation 3."""
    scene = Scene(top=("1", "2")).company("1").company("2", owner="S2").company("3")
    return scene.mail(ago(5), "1").mail(ago(4), "2").mail(ago(3), "3")


def test_focus_counts_moments_with_top_relations_of_anyone():
    row = focused(busy())

    assert (row["top_moments"], row["moments"], row["focus_share"]) == (2, 3, Decimal("0.6667"))


def test_focus_leaves_out_moments_of_others_and_outside_universe_and_window():
    scene = busy().mail(ago(2), "1", owner="S2").mail(ago(2), "1", owner=None)
    scene.mail(ago(2), "unknown").mail(ago(90), "1")

    assert focused(scene)["moments"] == 3
    assert focused(scene.mail(ago(89), "1"))["moments"] == 4


def test_focus_is_that_of_sellers_and_not_of_activities_without_an_owner():
    scene = busy().mail(ago(2), "1", owner="S2").mail(ago(2), "1", owner=None)
    rules = Parameters().contact

    frame = focus(universe(scene), scene.told(), scene.history(), rules, today=TODAY)

    assert sorted(frame.select("seller_id", "moments").rows()) == [("S1", 3), ("S2", 1)]


def test_focus_goes_by_who_was_top_on_the_day():
    history = OwnHistory(
        memberships=rows(
            MEMBERSHIPS,
            {
                "relation_id": "3",
                "from_on": TODAY - timedelta(days=20),
                "until_on": TODAY - timedelta(days=3),
                "basis": "rule",
            },
            {"relation_id": "1", "from_on": TODAY - timedelta(days=5), "basis": "rule"},
        ),
        reviews=rows(REVIEWS, {"reviewed_on": TODAY - timedelta(days=20), "group": ""}),
    )
    scene = Scene().company("1").company("3")
    scene.mail(ago(6), "1").mail(ago(5), "1").mail(ago(4), "3").mail(ago(3), "3")
    scene.mail(ago(30), "1")

    row = focused(scene, history)

    assert (row["top_moments"], row["moments"]) == (3, 5)  # 5 and 30 days ago with 1, 4 with 3


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minutes", "rules", "expected"),
    [
        (30, {}, 30),
        (240, {}, 240),
        (241, {}, 240),
        (None, {}, 60),
        (0, {}, 60),
        (-5, {}, 60),
        (100, {"max_meeting_minutes": 45}, 45),
        (None, {"default_meeting_minutes": 25}, 25),
    ],
)
def test_meeting_weighs_its_minutes_up_to_four_hours_and_one_hour_without_an_end(
    minutes, rules, expected
):
    ended = None if minutes is None else AS_OF - timedelta(days=5) + minutes * MINUTE
    scene = Scene(top=("1",)).company("1")
    scene.meeting(AS_OF - timedelta(days=5), "1", ended_at=ended)

    assert focused(scene, **rules)["duration_ms"] == expected * 60_000


def test_call_weighs_its_length_and_a_day_of_messages_ten_minutes():
    scene = Scene(top=("1",)).company("1").call(ago(5), seconds=90)
    assert focused(scene)["duration_ms"] == 90_000

    scene.mail(f"{ago(4)}T08:00").mail(f"{ago(4)}T09:00")
    assert focused(scene)["duration_ms"] == 690_000

    scene.activity("communications", ago(4), direction="INBOUND")
    assert focused(scene)["duration_ms"] == 1_290_000
    assert focused(scene, message_minutes=5)["duration_ms"] == 690_000


def test_focus_by_time_weighs_the_minutes_of_each_moment():
    start = AS_OF - timedelta(days=5)
    scene = Scene(top=("1",)).company("1").company("2")
    scene.meeting(start, "1", ended_at=start + 90 * MINUTE).call(ago(4), "2", seconds=1_800)

    row = focused(scene)

    assert (row["focus_share"], row["focus_share_time"]) == (Decimal("0.5"), Decimal("0.75"))


def test_focus_by_time_is_blank_when_no_time_is_known():
    scene = Scene(top=("1",)).company("1").call(ago(4))

    row = focused(scene)

    assert (row["focus_share"], row["focus_share_time"]) == (Decimal(1), None)


def warnings(scene: Scene, *, measured: bool = True, **contact: Any) -> list[str]:
    parameters = Parameters.model_validate({"contact": contact}).contact
    told = scene.told(contact=contact)
    focus_rows = focus(universe(scene), told, scene.history(), parameters, today=TODAY)
    found = seller_contact_warnings(
        pl.DataFrame({"seller_id": ["S1"]}), focus_rows, parameters, is_measurable=measured
    )
    return found["warning"].to_list()


def mails(count: int, *, late: int = 0, days: int = 8) -> Scene:
    """So many moments on as many days, some of which were logged so many days afterwards."""
    scene = Scene(top=("1",)).company("1")
    for number in range(count):
        happened = AS_OF - timedelta(days=20 + number)
        logged = happened + timedelta(days=days if number < late else 0)
        scene.mail(happened, created_at=logged)
    return scene


def test_fewer_than_ten_moments_are_a_low_volume():
    assert warnings(mails(9)) == ["low_volume"]
    assert warnings(mails(10)) == []
    assert warnings(Scene(top=("1",)).company("1")) == ["low_volume"]
    assert warnings(Scene(top=("1",)).company("1"), measured=False) == []


def test_low_volume_is_a_parameter():
    assert warnings(mails(4), min_moments=4) == []
    assert warnings(mails(4), min_moments=5) == ["low_volume"]


def test_more_than_half_logged_over_a_week_later_is_late_logging():
    assert warnings(mails(10, late=5)) == []
    assert warnings(mails(10, late=6)) == ["late_logging"]
    assert warnings(mails(10, late=10, days=7)) == []


def test_late_logging_is_a_parameter():
    assert warnings(mails(10, late=10, days=3), late_days=2) == ["late_logging"]
    assert warnings(mails(10, late=10, days=3), late_days=3) == []
    assert warnings(mails(10, late=2), warn_late_share="0.19") == ["late_logging"]
    assert warnings(mails(10, late=2), warn_late_share="0.2") == []


def test_moment_counts_as_logged_when_the_first_of_its_activities_was():
    scene = mails(10, late=6)
    for row in list(scene.activities):
        scene.mail(row["occurred_at"])

    assert warnings(scene) == []
