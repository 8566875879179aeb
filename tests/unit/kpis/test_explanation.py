"""The explanation of a score: one line per relation and seller, with dates (spec 6.4)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.explanation import percent, seller_explanation, shortened, with_explanation
from kpis.frames import EXACT
from kpis.parameters import Parameters
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.phase.world import AS_OF, ago
from tests.unit.kpis.scene import Scene

DAY = date(2026, 6, 11)

GIVEN: dict[str, Any] = {
    "relation_id": "1",
    "is_top_relation": True,
    "relation_score": 66,
    "profile_completeness": Decimal("0.625"),
    **{f"{one}_score": Decimal(1) for one in ("spend_pattern", "order_volume")},
    **{f"{one}_score": Decimal(1) for one in ("current_suppliers", "right_contacts")},
    **{f"{one}_base": Decimal(1) for one in ("spend_pattern", "order_volume")},
    **{f"{one}_base": Decimal(1) for one in ("current_suppliers", "decider", "insider")},
    "spend_amount_on": DAY,
    "spend_pattern_part_on": DAY,
    "last_two_way_contact": DAY,
    "contact_norm": 14,
    "contact_status": "due",
    "buying_phase": "quote",
    "phase_since": date(2026, 5, 20),
    "phase_norm": 30,
    "pains_count": 2,
    "gains_count": 1,
    "pains_gains_updated_on": date(2025, 12, 12),
}


def line(language: str = "nl", longest: int = 500, **given: Any) -> str | None:
    """Explanation of a relation of which all is in order but what is given."""
    kinds = {
        **{name: EXACT for name in GIVEN if name.endswith(("_score", "_base", "_completeness"))},
        **{name: pl.Date() for name in GIVEN if name.endswith(("_on", "_since", "_contact"))},
        "relation_score": pl.Int64(),
        "contact_norm": pl.Int64(),
        "phase_norm": pl.Int64(),
    }
    frame = pl.DataFrame([{**GIVEN, **given}], schema_overrides=kinds)
    sections = {
        "write_back": {"language": language},
        "scores": {"explanation_max": longest},
    }
    explained = with_explanation(frame, TEXTS, Parameters.model_validate(sections))
    found: str | None = explained["score_explanation"].item()
    return found


def part(number: int, **given: Any) -> str:
    """One part of the line: 0 score, 1 profile, 2 contact, 3 phase, 4 pains and gains."""
    return str(line(**given)).split(" · ")[number]


def test_line_puts_score_profile_contact_phase_and_pains_and_gains_together():
    assert line() == (
        "66/100 · profiel 63% · laatste tweezijdig contact 11-06-2026 (norm 14 dagen)"
        " · offertefase sinds 20-05-2026 (norm 30 dagen)"
        " · 2 pains, 1 gain (bijgewerkt 12-12-2025)"
    )


def test_line_stands_in_english_with_english_dates():
    assert line("en") == (
        "66/100 · profile 63% · last two-way contact 2026-06-11 (norm 14 days)"
        " · quote phase since 2026-05-20 (norm 30 days)"
        " · 2 pains, 1 gain (updated 2025-12-12)"
    )


def test_line_is_blank_when_the_relation_is_not_top():
    assert line(is_top_relation=False) is None


def test_line_says_that_there_is_no_score():
    assert (
        part(0, relation_score=None)
        == TEXTS.explanation["relation_without_score"].nl.split(" · ")[0]
    )


NOTHING = Decimal(0)
OLD = Decimal("0.4999")

GAPS: list[tuple[dict[str, Any], str | None]] = [
    ({"spend_pattern_base": NOTHING, "spend_pattern_score": NOTHING}, "spend_pattern_missing"),
    ({"spend_pattern_part_on": None}, "spend_pattern_partly"),
    ({"spend_amount_on": None}, "spend_pattern_partly"),
    ({"spend_pattern_score": OLD}, "spend_pattern_old"),
    ({"spend_pattern_score": Decimal("0.5")}, None),
    ({"order_volume_base": NOTHING, "order_volume_score": NOTHING}, "order_volume_missing"),
    ({"order_volume_score": OLD}, "order_volume_old"),
    (
        {"current_suppliers_base": NOTHING, "current_suppliers_score": NOTHING},
        "current_suppliers_missing",
    ),
    ({"current_suppliers_score": OLD}, "current_suppliers_old"),
    ({"decider_base": NOTHING}, "decider_missing"),
    ({"insider_base": NOTHING}, "insider_missing"),
    ({"right_contacts_score": OLD}, "right_contacts_old"),
    ({"right_contacts_score": Decimal("0.5")}, None),
    ({"right_contacts_score": None, "decider_base": NOTHING, "insider_base": NOTHING}, None),
]


@pytest.mark.parametrize(("given", "gap"), GAPS)
def test_profile_tells_what_is_missing_partly_there_or_old(given, gap):
    expected = f"profiel 63% ({TEXTS.explanation[gap].nl})" if gap else "profiel 63%"

    assert part(1, **given) == expected


def test_profile_tells_all_gaps_in_the_order_of_the_facets():
    found = part(1, spend_pattern_part_on=None, order_volume_score=OLD, insider_base=NOTHING)

    assert found == (
        "profiel 63% (inkooppatroon deels, bestelvolume verouderd, 2e contactpersoon ontbreekt)"
    )


def test_contact_is_told_with_its_norm_or_as_never_or_as_not_measurable():
    phrases = TEXTS.explanation

    nothing: dict[str, Any] = {"last_two_way_contact": None}
    never, lost = (phrases[f"contact_{key}"].nl.format(norm=14) for key in ("never", "lost"))
    assert part(2, contact_status="never", **nothing) == never
    assert part(2, contact_status="overdue", **nothing) == lost  # older contact was not pulled
    assert part(2, contact_norm=None, last_two_way_contact=None) == phrases["contact_unmeasured"].nl


def test_phase_is_told_with_its_day_and_norm_or_as_unknown():
    assert part(3, buying_phase="order", phase_norm=90) == (
        "orderfase sinds 20-05-2026 (norm 90 dagen)"
    )
    unknown = {"buying_phase": "unknown", "phase_since": None, "phase_norm": None}
    assert part(3, **unknown) == TEXTS.explanation["phase_unknown"].nl


@pytest.mark.parametrize(
    ("pains", "gains", "day", "expected"),
    [
        (1, 2, DAY, "1 pain, 2 gains (bijgewerkt 11-06-2026)"),
        (0, 1, DAY, "0 pains, 1 gain (bijgewerkt 11-06-2026)"),
        (3, 0, None, "3 pains, 0 gains"),
    ],
)
def test_pains_and_gains_are_counted_and_dated(pains, gains, day, expected):
    assert part(4, pains_count=pains, gains_count=gains, pains_gains_updated_on=day) == expected


def test_pains_and_gains_that_nobody_recorded_are_told_so():
    found = part(4, pains_count=0, gains_count=0)

    assert found == TEXTS.explanation["pains_gains_none"].nl


def test_longest_line_is_a_parameter_and_a_cut_one_says_so():
    whole = line()
    assert whole is not None
    length = len(whole)

    assert line(longest=length) == whole
    assert line(longest=length - 1) == whole[: length - 2] + "…"


def test_line_of_everything_missing_is_short_enough():
    given: dict[str, Any] = {name: NOTHING for name in GIVEN if name.endswith(("_score", "_base"))}

    assert 200 < len(str(line(**given))) <= 500


def test_shortened_keeps_what_fits():
    frame = pl.DataFrame({"text": ["abcde", "abcdef", "ééééé", None]})

    found = frame.select(shortened(pl.col("text"), 5)).to_series().to_list()

    assert found == ["abcde", "abcd…", "ééééé", None]


def test_percents_are_whole_and_rounded_half_away_from_zero():
    frame = pl.DataFrame({"share": ["0.625", "0.6249", "1", "0.005", "-0.005"]}).cast(EXACT)

    assert frame.select(percent(pl.col("share"))).to_series().to_list() == [63, 62, 100, 1, -1]


def seller(**given: Any) -> str:
    row = {
        "seller_score": 61,
        "seller_score_reason": None,
        "kpi1": 1,
        "top_relations_total": 4,
        "focus_share": Decimal("0.6"),
        "mean_phase": Decimal("0.625"),
        "mean_pains_gains": Decimal("0.5422"),
        "pace": Decimal("0.8765"),
        **given,
    }
    kinds = {
        "seller_score": pl.Int64(),
        "kpi1": pl.Int64(),
        "seller_score_reason": pl.String(),
        **dict.fromkeys(("focus_share", "mean_phase", "mean_pains_gains", "pace"), EXACT),
    }
    frame = pl.DataFrame([row], schema_overrides=kinds)
    return str(frame.select(seller_explanation(TEXTS, Parameters())).item())


def test_line_of_a_seller_puts_score_contact_focus_phase_pains_and_pace_together():
    assert seller() == (
        "61/100 · 1 van 4 toprelaties aantoonbaar en met contact · focus 60%"
        " · fase bekend en in beweging 63% · pains & gains vastgelegd en vers 54% · tempo 88%"
    )


def test_line_of_a_seller_leaves_out_what_is_not_measured():
    assert seller(focus_share=None, pace=None, kpi1=None) == (
        "61/100 · fase bekend en in beweging 63% · pains & gains vastgelegd en vers 54%"
    )


@pytest.mark.parametrize("reason", ["no_top_relations", "too_few_top_relations", "not_measurable"])
def test_line_of_a_seller_begins_with_the_reason_when_there_is_no_score(reason):
    text = seller(seller_score=None, seller_score_reason=reason)

    assert text.startswith(TEXTS.options["seller_score_reason"][reason].nl + " · ")


def test_line_does_not_change_from_one_day_to_the_next_when_nothing_happens():
    scene = Scene(top=("1",)).company("1").meeting(ago(3)).says("interest", ago(5))
    scene.sets("pains", "Levertijd te lang", ago(5))
    scene.companies[0]["pains"] = "Levertijd te lang"

    today = scene.relation("1")["score_explanation"]
    yesterday = scene.results(AS_OF - timedelta(days=1)).relations["score_explanation"][0]

    assert today == yesterday
