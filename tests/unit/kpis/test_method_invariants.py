"""What holds for all data, whatever it is: order, bounds, sums and blanks (spec 0, 2, 6)."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.compute import Results, compute
from kpis.contact import norm_of, status_of
from kpis.frames import Mirror
from kpis.freshness import freshness
from kpis.parameters import Contact, Horizon, Parameters
from kpis.score import contact_component
from kpis.vocabulary import PHASES, ActivityType, Phase
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.phase.world import AS_OF
from tests.unit.kpis.scene import CLEAR, READABLE, Scene

RELATIONS = ("1", "2", "3", "4", "10")
MOMENTS = st.integers(-20 * 24, 600 * 24).map(lambda hours: AS_OF - timedelta(hours=hours))
DAYS_AGO = st.integers(0, 800)
OWNERS = st.sampled_from(["S1", "S1", "S2", None])
SUPPLIERS = ["Rexel", "onbekend", "KPN; 3M"]
ITEMS = ["Levertijd te lang", "Hoge voorraad", "Minder storingen", "n.v.t.", "Meer overzicht nodig"]

FRACTIONS = (
    "contact_coverage",
    "kpi1_ratio",
    "team_coverage",
    "focus_share",
    "focus_share_time",
    "avg_profile_completeness",
    "pg_coverage",
    "phase_coverage",
    *(f"phase_conversion_{phase}" for phase in PHASES[:-1]),
)
"""Shares of sellers that lie between 0 and 1."""


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, Any] = {
        "annual_category_spend": draw(st.sampled_from([None, Decimal(0), Decimal(120_000)])),
        "purchase_frequency": draw(st.sampled_from([None, "monthly"])),
        "annual_order_volume": draw(st.sampled_from([None, Decimal(4)])),
        "current_suppliers": draw(st.sampled_from([None, *SUPPLIERS])),
        "supplier_situation": draw(st.sampled_from([None, "none", "known"])),
        "pains": "\n".join(draw(st.lists(st.sampled_from(ITEMS), max_size=4))) or None,
        "gains": "\n".join(draw(st.lists(st.sampled_from(ITEMS), max_size=4))) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def add_activity(draw: st.DrawFn, scene: Scene) -> None:
    kind: ActivityType = draw(
        st.sampled_from(["meetings", "calls", "emails", "communications", "tasks"])
    )
    about = draw(st.sampled_from(["company", "contact", "deal"]))
    scene.activity(
        kind,
        draw(MOMENTS),
        draw(st.sampled_from(RELATIONS)) if about == "company" else None,
        contact=draw(st.sampled_from(["C1", "C2", "C3"])) if about == "contact" else None,
        deal=draw(st.sampled_from(["7", "8"])) if about == "deal" else None,
        owner=draw(OWNERS),
        outcome=draw(st.sampled_from(["COMPLETED", "SCHEDULED", "CANCELED", "Connected", None])),
        direction=draw(st.sampled_from(["INCOMING_EMAIL", "INBOUND", "EMAIL", None])),
        duration_ms=draw(st.sampled_from([None, 0, 30_000, 900_000])),
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    scene = Scene(top=tuple(draw(st.sets(st.sampled_from(RELATIONS), min_size=2))))
    for one in RELATIONS:
        owner = draw(st.sampled_from(["S1", "S1", "S2"]))
        scene.given(one, draw(DAYS_AGO), **draw(companies()))
        scene.companies[-1]["owner"] = owner
        scene.sets("owner", owner, draw(MOMENTS), relation_id=one)
        if draw(st.booleans()):
            scene.companies[-1]["profile_confirmed_on"] = draw(MOMENTS).date()
        if draw(st.booleans()):
            scene.says(draw(st.sampled_from(PHASES)), draw(MOMENTS), relation_id=one)
    scene.sets("owner", "S2", AS_OF - timedelta(days=700), relation_id="1")
    for number in (1, 2, 3):
        scene.person(
            f"C{number}",
            draw(st.sampled_from(RELATIONS)),
            role=draw(st.sampled_from([None, "CHAMPION", "DECISION_MAKER", "CHAMPION;OTHER"])),
            title=draw(st.sampled_from([None, "Directeur", "Inkoper"])),
            set_at=draw(MOMENTS),
        )
    for deal_id in ("7", "8"):
        scene.won(deal_id, str(draw(MOMENTS).date()), amount=Decimal(draw(st.integers(-50, 900))))
        scene.links[-1]["relation_id"] = draw(st.sampled_from(RELATIONS))
    for _ in range(draw(st.integers(0, 16))):
        add_activity(draw, scene)
    if draw(st.booleans()):
        scene.goal("S1", "2025-12-31T23:00", "2026-12-31T23:00", draw(st.integers(0, 2_000)))
    return scene


def results(scene: Scene, mirror: Mirror | None = None) -> Results:
    return compute(
        mirror or scene.mirror(),
        CLEAR,
        Parameters(),
        as_of=AS_OF,
        history=scene.history(),
        texts=TEXTS,
    )


def mixed(mirror: Mirror, random: Random) -> Mirror:
    """The same mirror with the rows of every frame in another order."""
    frames = {
        one.name: getattr(mirror, one.name).sample(
            fraction=1, shuffle=True, seed=random.randrange(2**32)
        )
        for one in fields(mirror)
        if isinstance(getattr(mirror, one.name), pl.DataFrame)
    }
    assert len(frames) == 15
    return replace(mirror, **frames)


@settings(max_examples=8, deadline=None)
@given(scenes(), st.randoms(use_true_random=False))
def test_results_do_not_depend_on_the_order_of_records(scene, random):
    same, other = results(scene), results(scene, mixed(scene.mirror(), random))

    for name in ("relations", "deals", "contacts", "sellers"):
        assert getattr(other, name).equals(getattr(same, name)), name
    for key, name in (("seller_id", "periods"), ("deal_id", "credits")):
        columns = [key, "period" if name == "periods" else "seller_id"]
        assert getattr(other, name).sort(columns).equals(getattr(same, name).sort(columns)), name


def between(frame: pl.DataFrame, names: tuple[str, ...], low: int, high: int) -> None:
    for name in names:
        assert frame[name].drop_nulls().is_between(low, high).all(), name


@settings(max_examples=8, deadline=None)
@given(scenes())
def test_results_keep_to_their_bounds_and_add_up(scene):
    found = results(scene)
    relations, sellers = found.relations, found.sellers

    components = tuple(name for name in relations.columns if name.endswith("_component"))
    facets = tuple(name for name in relations.columns if name.endswith("_score") and "_" in name)
    scores = ("relation_score", "relation_score_prev_month")
    between(relations, tuple(name for name in facets if name not in scores), 0, 1)
    between(relations, (*components, "profile_completeness", "pg_score"), 0, 1)
    between(relations, ("relation_score",), 0, 100)
    between(relations, ("profile_facets_known",), 0, 4)
    between(sellers, FRACTIONS, 0, 1)
    between(sellers, tuple(name for name in sellers.columns if name.endswith("_component")), 0, 1)
    between(sellers, ("seller_score",), 0, 100)

    is_top = relations["is_top_relation"]
    for name in ("relation_score", "relation_score_band", "score_explanation", "score_basis"):
        assert relations.filter(~is_top)[name].null_count() == (~is_top).sum(), name
    for row in sellers.iter_rows(named=True):
        total = row["top_relations_total"]
        assert sum(row[f"phase_{phase}_count"] for phase in Phase) == total
        assert row["kpi1"] <= row["top_relations_contacted"] <= total <= row["relations"]
        blank = {row[name] is None for name in ("contact_coverage", "pg_coverage", "kpi1_ratio")}
        assert blank == {total == 0}
        assert (row["seller_score"] is None) is (row["seller_score_reason"] is not None)
    assert set(relations["next_best_action_text"].is_null()) == {False}


@settings(max_examples=5, deadline=None)
@given(scenes())
def test_contact_that_cannot_be_read_is_blank_and_left_out(scene):
    scene.readable = READABLE - {"calls", "meetings", "emails", "communications"}
    found = results(scene)

    blank = ("last_two_way_contact", "contact_moments_90d", "contact_status", "contact_component")
    for name in blank:
        assert found.relations[name].null_count() == found.relations.height, name
    for name in ("top_relations_contacted", "kpi1", "contact_coverage", "focus_share"):
        assert found.sellers[name].null_count() == found.sellers.height, name
    bases = found.relations.filter("is_top_relation")["score_basis"]
    assert all("contact" in one for one in bases)
    assert not set(found.relations["next_best_action"]) & {"reach_out", "plan_next_step"}


@settings(max_examples=8, deadline=None)
@given(scenes(), st.sampled_from(RELATIONS), MOMENTS.filter(lambda moment: moment <= AS_OF))
def test_contact_never_lowers_what_is_scored_of_contact(scene, relation_id, moment):
    def told() -> tuple[Any, ...]:
        row = scene.told().relations.filter(relation_id=relation_id)
        if row.is_empty():
            return (0, 0)
        age = (AS_OF.date() - row["last_two_way_contact"][0]).days
        return (row["contact_moments_90d"][0], 10_000 - age)

    before = told()
    scene.meeting(moment, relation_id)

    assert all(after >= old for after, old in zip(told(), before, strict=True))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(PHASES), st.integers(0, 60), st.integers(11, 80), st.integers(10, 80))
def test_nearer_contact_is_never_worth_less_nor_later(phase, norm, zero_from, due_until):
    rules = Contact.model_validate(
        {
            "norm_days": {str(phase): norm},
            "zero_from": Decimal(zero_from) / 10,
            "due_until": Decimal(due_until) / 10,
        }
    )
    frame = pl.DataFrame({"age": [*range(200), None], "phase": str(phase)})
    days = norm_of(pl.col("phase"), rules)
    found = frame.select(
        worth=contact_component(pl.col("age"), days, rules),
        status=status_of(pl.col("age"), days, rules).replace_strict(
            {"ok": 0, "due": 1, "overdue": 2, "never": 3}
        ),
    )

    assert found["worth"].is_sorted(descending=True)
    assert found["worth"].is_between(0, 1).all()
    assert found["status"].is_sorted()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 700), st.integers(1, 700))
def test_freshness_never_rises_with_age(fresh, span):
    horizon = Horizon(fresh=fresh, expire=fresh + span)
    ages = pl.DataFrame({"age": list(range(fresh + span + 3))})

    found = ages.select(freshness(pl.col("age"), horizon)).to_series()

    assert found.is_sorted(descending=True)
    assert (found[0], found[fresh], found[fresh + span]) == (1, 1, 0)
    assert found[fresh + 1] < 1
    assert found[fresh + span - 1] > 0
