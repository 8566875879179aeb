"""Scores: where a score settles, and weights that are small (spec 6.3)."""

from decimal import Decimal

import polars as pl

from kpis.frames import EXACT
from kpis.parameters import Scores
from kpis.score import points, relation_scores

FULL = ("profile", "contact", "phase", "pains_gains")


def test_score_settles_on_a_half_that_is_nearer_than_half_of_its_eighth_decimal():
    frame = pl.DataFrame({"value": ["41.49999996", "41.499999996"]}).cast(EXACT)

    assert frame.select(points(pl.col("value"))).to_series().to_list() == [41, 42]


def test_weights_tell_by_their_proportion_however_small():
    row = {f"{name}_component": Decimal(1) for name in FULL}
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, EXACT)).with_columns(is_top_relation=True)
    scores = Scores.model_validate({"relation": dict.fromkeys(FULL, "0.25")})

    assert relation_scores(frame, scores)["relation_score"].to_list() == [100]
