"""What the method makes of the demo portal: every phase occurs, a third lies above the mean."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.demo import DEMO_MAPPING, demo_portal
from jobs.outcome import Request
from jobs.runs import run_sync
from jobs.setup import plan_setup, run_setup
from jobs.wiring import open_wiring
from kpis.vocabulary import ObjectType, Phase

OBJECTS: tuple[ObjectType, ...] = ("companies", "contacts", "deals")
NOW = datetime(2026, 11, 25, 11, tzinfo=UTC)

CONFIG = """\
account: demo
crm:
  kind: hubspot
  base_url: {base_url}
  token_file: {folder}/token
  limits: {{enabled: false}}
mapping: {mapping}
store: sqlite:///{folder}/store.db
potential: {{margin_rate: 0.25}}
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    (folder / "token").write_text("sandbox-token")
    portal = demo_portal(today=NOW.date())
    with (
        Sandbox(portal, clock=lambda: NOW, limits=None) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("jobs.wiring.clock", lambda: NOW)
        config = folder / "config.yaml"
        config.write_text(
            CONFIG.format(base_url=sandbox.base_url, folder=folder, mapping=DEMO_MAPPING)
        )
        wiring = replace(open_wiring(config), clock=lambda: NOW)
        try:
            plan = plan_setup(wiring, OBJECTS)
            run_setup(wiring.crm, wiring.store, plan, wiring.crm.describe())
            report = run_sync(wiring, Request(), lambda *_: None)
        finally:
            wiring.close()
    return plan, report


@pytest.fixture(scope="module")
def relations(outcome):
    return outcome[1].results.relations


def test_set_up_finds_the_inputs_standing(outcome):
    plan, _ = outcome

    assert plan.conflicts == ()
    assert plan.unchanged == 15
    assert not [one for one in plan.create["companies"] if one.name.endswith("pains")]


def test_every_stage_is_mapped(outcome):
    _, report = outcome

    assert report.stages.unmapped == ()
    assert report.stages.contradictions == ()


def test_every_record_is_readable(outcome):
    _, report = outcome

    assert report.status == "done"


def test_every_phase_occurs(relations):
    assert set(relations["buying_phase"]) == {str(phase) for phase in Phase}


def test_every_source_and_status_of_a_phase_occurs(relations):
    assert set(relations["phase_source"]) == {
        "locked",
        "declared",
        "deal",
        "decay",
        "lead_status",
        "none",
    }
    assert set(relations["phase_status"]) == {None, "on_track", "at_risk", "stalled", "reverify"}
    assert relations["phase_conflict"].any()


def test_about_a_third_of_the_known_potentials_lies_above_the_mean(relations):
    known = relations.filter(pl.col("potential_index").is_not_null())

    assert 0.25 <= (known["potential_index"] > 1).mean() <= 0.42
    assert known.height < relations.height
    assert known.group_by("segment").len()["len"].min() >= 5


def test_top_relations_are_held_by_rule_and_by_hand(relations):
    assert {"rule", "manual", "none"} <= set(relations["top_relation_basis"])
