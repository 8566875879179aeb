"""What holds for all data: order does not matter, and a result is one consistent whole."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.deal import deal_facts
from kpis.parameters import Parameters
from kpis.phase import PhaseResults, relation_phases
from kpis.phase.declaration import CONTACT_DAYS
from tests.unit.kpis.phase.world import AS_OF, MEANING, STAGE_ROWS, World, at, frame

STAGES = [row[1] for row in STAGE_ROWS if row[0] == "default"]
MOMENTS = st.integers(0, 500 * 24).map(lambda hours: AS_OF - timedelta(hours=hours))
WORDS = st.sampled_from(["interest", "quote", "order", "no_interest", None])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World().company("1", profile_confirmed_on=at("2026-05-01").date()).company("2")
    world.met("2026-04-20")
    for number in range(draw(st.integers(0, 6))):
        moments = draw(st.lists(MOMENTS, min_size=1, max_size=4, unique=True))
        stages = [(draw(st.sampled_from(STAGES)), moment) for moment in sorted(moments)]
        closed = stages[-1][1] if draw(st.booleans()) else None
        world.deal(
            str(number + 8),
            *stages,
            relation_id=draw(st.sampled_from(["1", "1", "2"])),
            closed=closed,
        )
        for moment in draw(st.lists(MOMENTS, max_size=2)):
            world.touch(str(number + 8), moment)
    for moment in draw(st.lists(MOMENTS, max_size=4)):
        world.says(draw(WORDS), moment, is_by_person=draw(st.booleans()))
    for moment in draw(st.lists(MOMENTS, max_size=2)):
        world.sets("lead_status", draw(st.sampled_from(["CONNECTED", "NEW"])), moment)
        world.sets("owner", draw(st.sampled_from(["S1", "S2", None])), moment)
    return world


def _decide(world: World, shuffle: Random | None = None) -> PhaseResults:
    mirror = world.mirror()
    facts = deal_facts(mirror, MEANING, Parameters(), as_of=AS_OF)
    if shuffle is not None:

        def mixed(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.sample(fraction=1, shuffle=True, seed=shuffle.randrange(2**32))

        facts = mixed(facts)
        mirror = replace(
            mirror,
            companies=mixed(mirror.companies),
            company_changes=mixed(mirror.company_changes),
            deal_changes=mixed(mirror.deal_changes),
            deal_touches=mixed(mirror.deal_touches),
        )
    return relation_phases(
        facts,
        mirror,
        MEANING,
        Parameters(),
        as_of=AS_OF,
        contact_days=frame(CONTACT_DAYS, world.contact_days),
    )


@settings(max_examples=12, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_phases_do_not_depend_on_the_order_of_records(world, random):
    given_order, mixed = _decide(world), _decide(world, random)

    assert mixed.relations.sort("relation_id").equals(given_order.relations.sort("relation_id"))
    assert mixed.transitions.sort("relation_id", "changed_at").equals(
        given_order.transitions.sort("relation_id", "changed_at")
    )
    assert mixed.deals.equals(given_order.deals)


@settings(max_examples=12, deadline=None)
@given(worlds())
def test_phases_form_a_consistent_whole(world):
    phases = _decide(world)
    by_relation = phases.transitions.group_by("relation_id", maintain_order=True)

    assert phases.relations["relation_id"].to_list() == ["1", "2"]
    for (relation_id,), moves in by_relation:
        (row,) = phases.relations.filter(relation_id=relation_id).to_dicts()
        assert moves["from"].to_list() == ["unknown", *moves["to"].to_list()[:-1]]
        assert moves["changed_at"].is_sorted()
        assert moves["to"][-1] == row["buying_phase"]
        assert (row["phase_since"] is None) == (row["buying_phase"] == "unknown")
        assert (row["phase_status"] is None) == (row["buying_phase"] == "unknown")
        assert row["days_in_phase"] is None or row["days_in_phase"] >= 0
    decided = phases.relations.filter(pl.col("phase_source").is_in(["deal", "decay"])).height
    assert phases.deals["deal_decides_phase"].sum() == decided
