"""Worked example E7 of the KPI specification, as it is printed there."""

from datetime import timedelta
from decimal import Decimal

import polars as pl

from kpis.frames import CHANGES, COMPANIES, DAY, TEXT, Mirror
from kpis.pains_gains import PainsGainsResults, pains_gains
from kpis.parameters import Parameters
from kpis.rounding import ratio
from tests.unit.kpis.builders import AS_OF, rows


def of_texts(*, pains: str | None, gains: str | None, days_ago: int) -> PainsGainsResults:
    """One relation whose texts changed so many days ago."""
    texts = {"pains": pains, "gains": gains}
    changed_at = AS_OF - timedelta(days=days_ago)
    changes = (
        {"external_id": "1", "field": field, "value": text, "changed_at": changed_at}
        for field, text in texts.items()
    )
    return pains_gains(
        rows(COMPANIES, {"relation_id": "1", "owner": "S1", **texts}),
        Mirror(company_changes=rows(CHANGES, *changes)),
        rows({"deal_id": TEXT, "relation_id": TEXT}),
        rows({"relation_id": TEXT, "confirmed_on": DAY}),
        Parameters(),
        as_of=AS_OF,
    )


def test_e7_counts_two_pains_and_one_gain_of_200_days_ago() -> None:
    results = of_texts(
        pains="- Levertijd te lang (6 weken)\n- levertijd te lang (6 weken).\n- n.v.t.\n- x\n"
        "- Hoge voorraadkosten",
        gains="Minder storingen; tbd",
        days_ago=200,
    )
    relation = results.relations.with_columns(ratio(pl.col("pg_score", "pg_freshness")))
    assert relation.row(0, named=True) == {
        "relation_id": "1",
        "pains_count": 2,
        "gains_count": 1,
        "pains_gains_complete": True,
        "pains_gains_updated_on": AS_OF.date() - timedelta(days=200),
        "pg_freshness": Decimal("0.8919"),
        "pg_score": Decimal("0.6689"),
        "is_boilerplate": False,
    }
    assert results.items.select("kind", "text", "reason").rows() == [
        ("pain", "levertijd te lang (6 weken", None),
        ("pain", "levertijd te lang (6 weken", "duplicate"),
        ("pain", "n.v.t", "placeholder"),
        ("pain", "x", "placeholder"),
        ("pain", "hoge voorraadkosten", None),
        ("gain", "minder storingen", None),
        ("gain", "tbd", "placeholder"),
    ]


def test_e7_four_fresh_pains_without_gains_give_half() -> None:
    results = of_texts(
        pains="Levertijd te lang\nHoge voorraadkosten\nVeel storingen\nTrage offertes",
        gains=None,
        days_ago=0,
    )
    relation = results.relations.row(0, named=True)
    assert (relation["pains_count"], relation["gains_count"]) == (4, 0)
    assert relation["pg_score"] == Decimal("0.5000")
    assert relation["pains_gains_complete"] is False
