"""Next best action: the first that applies, and what it says (spec 6.4)."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.action import action_text, lowest_facet, next_best_action, with_evidence
from kpis.frames import COMPANIES, EXACT, INSTANT
from kpis.parameters import Parameters
from kpis.vocabulary import OPTION_SETS, Phase
from tests.unit.kpis.builders import TEXTS, rows
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

TODAY = AS_OF.date()

SCHEMA = {
    "meeting_on": pl.Date(),
    "buying_phase": pl.String(),
    "phase_status": pl.String(),
    "contact_status": pl.String(),
    "spend_pattern_score": EXACT,
    "order_volume_score": EXACT,
    "current_suppliers_score": EXACT,
    "right_contacts_score": EXACT,
    "decider_base": EXACT,
    "pains_gains_complete": pl.Boolean(),
    "potential_revenue": EXACT,
    "has_plan": pl.Boolean(),
}
HEALTHY: dict[str, Any] = {
    "meeting_on": None,
    "buying_phase": "quote",
    "phase_status": "on_track",
    "contact_status": "ok",
    "spend_pattern_score": Decimal(1),
    "order_volume_score": Decimal(1),
    "current_suppliers_score": Decimal(1),
    "right_contacts_score": Decimal(1),
    "decider_base": Decimal(1),
    "pains_gains_complete": True,
    "potential_revenue": Decimal(1),
    "has_plan": True,
}


def action(
    broken: dict[str, Any] | None = None,
    *,
    measures_contact: bool = True,
    known_from: str = "0.5",
) -> str:
    """Action of a relation of which all is in order but what is given."""
    frame = pl.DataFrame([{**HEALTHY, **(broken or {})}], schema=SCHEMA)
    parameters = Parameters.model_validate({"profile": {"known_from": known_from}})
    return str(frame.select(next_best_action(parameters, measures_contact=measures_contact)).item())


BREAKS: list[tuple[str, dict[str, Any]]] = [
    ("plan_next_step", {"has_plan": False}),
    ("reverify_phase", {"buying_phase": "interest", "phase_status": "stalled"}),
    ("estimate_potential", {"potential_revenue": None}),
    ("complete_profile", {"order_volume_score": Decimal("0.4999")}),
    ("record_pains_gains", {"pains_gains_complete": False}),
    ("record_phase", {"buying_phase": "unknown", "phase_status": None}),
    ("find_decider", {"decider_base": Decimal(0)}),
    ("reach_out", {"buying_phase": "order", "contact_status": "overdue"}),
    ("follow_up_quote", {"buying_phase": "quote", "phase_status": "stalled"}),
    ("record_meeting_outcome", {"meeting_on": TODAY}),
]
"""What makes each action apply, from the last one that is tried to the first."""


def test_relation_in_order_is_to_be_maintained():
    assert action() == "maintain"


@pytest.mark.parametrize(("name", "broken"), BREAKS, ids=[name for name, _ in BREAKS])
def test_each_action_applies_by_itself(name, broken):
    assert action(broken) == name


def test_actions_are_tried_in_the_order_of_the_specification():
    broken: dict[str, Any] = {}
    for name, more in BREAKS:
        broken |= more
        assert action(broken) == name

    assert ["maintain", *(name for name, _ in BREAKS)] == list(reversed(OPTION_SETS["action"]))


@pytest.mark.parametrize(
    ("status", "contact", "expected"),
    [
        ("on_track", "ok", "maintain"),
        ("at_risk", "ok", "maintain"),
        ("stalled", "ok", "follow_up_quote"),
        ("on_track", "due", "follow_up_quote"),
        ("on_track", "never", "follow_up_quote"),
        ("reverify", "ok", "reverify_phase"),
        ("stalled", None, "follow_up_quote"),
        ("on_track", None, "maintain"),
    ],
)
def test_quote_is_followed_up_when_it_stalls_or_contact_is_not_in_time(status, contact, expected):
    assert action({"phase_status": status, "contact_status": contact}) == expected


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("ok", "maintain"),
        ("due", "maintain"),
        ("overdue", "reach_out"),
        ("never", "reach_out"),
        (None, "maintain"),
    ],
)
def test_contact_is_sought_when_it_is_overdue_or_never_was(contact, expected):
    assert action({"buying_phase": "interest", "contact_status": contact}) == expected


def test_decider_is_sought_when_no_one_in_reach_fills_the_slot():
    assert action({"decider_base": Decimal("0.5")}) == "maintain"
    assert action({"decider_base": Decimal(0), "right_contacts_score": None}) == "maintain"


@pytest.mark.parametrize(
    "facet", ["spend_pattern", "order_volume", "current_suppliers", "right_contacts"]
)
def test_profile_is_to_be_completed_when_a_facet_lies_below_a_half(facet):
    name = f"{facet}_score"

    assert action({name: Decimal("0.5")}) == "maintain"
    assert action({name: Decimal("0.4999")}) == "complete_profile"
    assert action({name: None}) == "maintain"
    assert action({name: Decimal("0.5")}, known_from="0.6") == "complete_profile"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("on_track", "maintain"),
        ("at_risk", "maintain"),
        ("stalled", "reverify_phase"),
        ("reverify", "reverify_phase"),
    ],
)
def test_phase_is_verified_when_it_does_not_move(status, expected):
    assert action({"buying_phase": "interest", "phase_status": status}) == expected


def test_next_step_is_not_asked_for_when_activities_cannot_be_read():
    assert action({"has_plan": False}, measures_contact=False) == "maintain"


def lowest(*scores: str | None) -> str | None:
    names = ("spend_pattern", "order_volume", "current_suppliers", "right_contacts")
    values = [None if one is None else Decimal(one) for one in scores]
    frame = pl.DataFrame(
        [dict(zip((f"{name}_score" for name in names), values, strict=True))],
        schema={f"{name}_score": EXACT for name in names},
    )
    found: str | None = frame.select(lowest_facet()).item()
    return found


def test_lowest_facet_is_named_and_of_equals_the_first():
    assert lowest("0.4", "0.3", "0.2", "0.3") == "current_suppliers"
    assert lowest("0.4", "0.2", "0.2", "0.3") == "order_volume"
    assert lowest("0.4", "0.3", "0.5", None) == "order_volume"


def evidence(scene: Scene, **contact: Any) -> list[tuple[date | None, bool]]:
    """Meeting without an outcome and plan of each relation."""
    companies = rows(COMPANIES, *scene.companies)
    parameters = Parameters.model_validate({"contact": contact})
    frame = with_evidence(
        companies,
        scene.told(),
        parameters,
        as_of=pl.lit(AS_OF, dtype=INSTANT),
        today=pl.lit(TODAY),
    )
    return frame.select("meeting_on", "has_plan").rows()


def meetings(*ages: int) -> Scene:
    scene = Scene().company("1")
    for age in ages:
        scene.meeting(ago(age), outcome="SCHEDULED")
    return scene


def test_outcome_of_a_meeting_is_asked_for_up_to_14_days_later():
    assert evidence(meetings(0)) == [(TODAY, False)]
    assert evidence(meetings(14)) == [(TODAY - timedelta(days=14), False)]
    assert evidence(meetings(15)) == [(None, False)]
    assert evidence(meetings(13, 5, 9)) == [(TODAY - timedelta(days=5), False)]


def test_days_of_an_outcome_are_a_parameter():
    assert evidence(meetings(4), missing_outcome_days=3) == [(None, False)]
    assert evidence(meetings(3), missing_outcome_days=3) == [(TODAY - timedelta(days=3), False)]


LATER = AS_OF + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kind", "moment", "outcome", "is_plan"),
    [
        ("meetings", LATER, "SCHEDULED", True),
        ("meetings", LATER, None, True),
        ("meetings", AS_OF, "SCHEDULED", False),
        ("meetings", LATER, "CANCELED", False),
        ("meetings", LATER, "COMPLETED", False),
        ("calls", LATER, None, True),
        ("tasks", LATER, "NOT_STARTED", True),
        ("tasks", LATER, "COMPLETED", False),
        ("tasks", AS_OF, "NOT_STARTED", False),
        ("emails", LATER, None, False),
        ("notes", LATER, None, False),
    ],
)
def test_meeting_call_or_task_ahead_is_a_next_step(kind, moment, outcome, is_plan):
    scene = Scene().company("1").activity(kind, moment, outcome=outcome)

    assert evidence(scene)[0][1] is is_plan


def test_next_activity_of_the_crm_is_a_next_step_when_it_lies_ahead():
    scene = Scene()
    scene.company("1", next_activity_at=LATER).company("2", next_activity_at=AS_OF)
    scene.company("3", next_activity_on=TODAY + timedelta(days=1))
    scene.company("4", next_activity_on=TODAY)

    assert [plan for _, plan in evidence(scene)] == [True, False, True, False]


def told() -> Scene:
    """Relations of which each has another thing to do; see `ACTIONS`."""
    scene = Scene(top=("2",))
    scene.company("1").meeting("2026-06-25", "1", outcome="SCHEDULED")
    scene.company("2").says("quote", "2026-05-20", relation_id="2")
    scene.company("3").says("order", "2026-06-20", relation_id="3").mail("2026-02-01", "3")
    scene.company("4").says("order", "2026-06-20", relation_id="4").mail("2026-06-29", "4")
    for number in range(5, 12):
        one = str(number)
        values: dict[str, Any] = {
            "annual_order_volume": Decimal(5),
            "annual_category_spend": Decimal(1_000),
            "purchase_frequency": "monthly",
            "current_suppliers": "Rexel",
            "pains": f"Levertijd in week {one}\nVoorraad {one} te hoog",
            "gains": f"Minder storingen in hal {one}",
        }
        for missing in {"6": ("pains", "gains"), "7": ("current_suppliers",)}.get(one, ()):
            del values[missing]
        if one == "10":
            del values["annual_category_spend"]
        scene.given(one, 10, **values).person(f"D{one}", one, role="DECISION_MAKER")
        scene.person(f"I{one}", one, role="CHAMPION").mail("2026-06-29", one)
    for one in ("6", "7", "8", "9", "10"):
        scene.says("orienting", "2026-06-20", relation_id=one)
    scene.says("interest", "2026-04-01", relation_id="11")
    return scene.meeting("2026-07-02", "9", outcome="SCHEDULED")


ACTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "1": ("record_meeting_outcome", {"date": "25-06-2026"}),
    "2": ("follow_up_quote", {"since": "20-05-2026", "contact": "contact_never"}),
    "3": ("reach_out", {"contact": "contact_last", "approach": Phase.ORDER}),
    "4": ("find_decider", {}),
    "5": ("record_phase", {}),
    "6": ("record_pains_gains", {"missing": "missing_both"}),
    "7": ("complete_profile", {"facet": "facet_current_suppliers"}),
    "8": ("plan_next_step", {"approach": Phase.ORIENTING}),
    "9": ("maintain", {"approach": Phase.ORIENTING}),
    "10": ("estimate_potential", {}),
    "11": ("reverify_phase", {"phase": "interesse", "since": "01-04-2026"}),
}
"""Action of each relation of `told`, and what its text is filled with."""


def expected_text(name: str, values: Mapping[str, str]) -> str:
    """Text of an action, filled by hand in Dutch."""
    written = {}
    for key, value in values.items():
        if isinstance(value, Phase):
            written[key] = TEXTS.approach[value].nl
        elif value in TEXTS.actions:
            written[key] = TEXTS.actions[value].nl.replace("{date}", "01-02-2026")
        else:
            written[key] = value
    return TEXTS.actions[name].nl.format(**written)


def test_text_of_each_action_names_what_to_do_with_dates():
    frame = told().results().relations

    for row in frame.iter_rows(named=True):
        name, values = ACTIONS[row["relation_id"]]
        assert row["next_best_action"] == name
        assert row["next_best_action_text"] == expected_text(name, values)


def test_text_of_each_action_stands_in_english_too():
    frame = told().results(write_back={"language": "en"}).relations

    found = dict(frame.select("next_best_action", "next_best_action_text").iter_rows())
    assert set(found) == set(OPTION_SETS["action"])
    assert "2026-05-20" in found["follow_up_quote"]
    assert found["record_phase"] == TEXTS.actions["record_phase"].en
    assert "interest since 2026-04-01" in found["reverify_phase"]
    assert not any("{" in text for text in found.values())


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ((None, None), "contact_unmeasured"),
        (("never", None), "contact_never"),
        (("overdue", None), "contact_lost"),
        (("overdue", date(2026, 2, 1)), "contact_last"),
    ],
)
def test_text_says_when_the_last_contact_was_or_why_nobody_can_tell(row, key):
    blank = {name: pl.Date() for name in ("meeting_on", "last_two_way_contact", "phase_since")}
    scores = {name: kind for name, kind in SCHEMA.items() if name.endswith("_score")}
    schema = {
        **blank,
        **scores,
        "contact_status": pl.String(),
        "next_best_action": pl.String(),
        "recommended_approach": pl.String(),
        "buying_phase": pl.String(),
        "pains_count": pl.Int64(),
        "gains_count": pl.Int64(),
    }
    frame = pl.DataFrame(
        [
            {
                **dict.fromkeys(schema),
                "contact_status": row[0],
                "last_two_way_contact": row[1],
                "next_best_action": "reach_out",
                "recommended_approach": "Vraag.",
                "buying_phase": "order",
            }
        ],
        schema=schema,
    )

    text = frame.select(action_text(TEXTS, Parameters())).item()

    contact = TEXTS.actions[key].nl.replace("{date}", "01-02-2026")
    assert text == TEXTS.actions["reach_out"].nl.format(contact=contact, approach="Vraag.")


@pytest.mark.parametrize(
    ("pains", "gains", "missing"),
    [
        (None, None, "missing_both"),
        (None, "Minder storingen", "missing_pain"),
        ("Levertijd te lang", None, "missing_gain"),
        ("Levertijd te lang", "Minder storingen", "missing_more"),
    ],
)
def test_text_says_which_of_pains_and_gains_is_missing(pains, gains, missing):
    scene = Scene().given("1", 5, **{k: v for k, v in (("pains", pains), ("gains", gains)) if v})
    scene.person("D1", role="DECISION_MAKER").mail("2026-06-29").says("interest", "2026-06-20")

    row = scene.relation()

    assert row["next_best_action"] == "record_pains_gains"
    assert TEXTS.actions[missing].nl in row["next_best_action_text"]
