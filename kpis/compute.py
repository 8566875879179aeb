"""All KPIs at one moment: a pure function of mirror, meaning, parameters and our own history.

`compute` puts the chapters together; each of them is a module of its own. Results carry the names
of spec 7 and are rounded here, at output, and nowhere before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from kpis.deal import deal_facts
from kpis.frames import Meaning, Mirror, OwnHistory, by_id
from kpis.parameters import Parameters
from kpis.phase import PhaseResults, flow, relation_phases
from kpis.potential import potential
from kpis.revenue import credit_rows, realised_deals, relation_revenue
from kpis.rounding import money, quotient, ratio
from kpis.seller import seller_figures, seller_periods
from kpis.top_relation import top_relations
from kpis.universe import universe
from kpis.vocabulary import ObjectType

WRITTEN = frozenset(
    {
        "is_top_relation",
        "top_relation_since",
        "top_relation_basis",
        "potential_revenue",
        "potential_margin",
        "potential_index",
        "potential_source",
        "potential_confidence",
        "buying_phase",
        "phase_since",
        "phase_previous",
        "phase_source",
        "phase_direction",
        "phase_status",
        "days_in_phase",
        "phase_conflict",
        "phase_history",
        "recommended_approach",
        "revenue_ytd",
        "revenue_ttm",
        "revenue_prev_ttm",
        "margin_ttm",
        "share_of_potential",
        "last_won_on",
        "data_warnings",
        "calculated_at",
        "deal_phase",
        "deal_decides_phase",
        "deal_realised_amount",
        "deal_top_relation_at_close",
        "deal_warnings",
    }
)
"""Names of the properties of spec 7 that these chapters give a value to."""


MONEY_COLUMNS = (
    "potential_revenue",
    "potential_margin",
    "revenue_ytd",
    "revenue_ttm",
    "revenue_prev_ttm",
    "margin_ttm",
)

REVENUE_COLUMNS = (
    "revenue_ytd",
    "revenue_ttm",
    "revenue_prev_ttm",
    "margin_ttm",
    "share_of_potential",
    "last_won_on",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What comes out, one frame per kind of row; ids and spec 7 names are the columns.

    Attributes:
        relations: the universe, one row per company, with `name`, `owner` and all its properties.
        deals: one row per deal of the mirror with the properties of deals.
        sellers: one row per owner of a relation, with the seller values of spec 7.
        periods: realised revenue per seller and period to date (spec 5).
        flow: number of transitions per seller, `from` and `to` over the trailing year.
        credits: one row per realised deal and seller (spec 5.2).
        transitions: every change of phase of every relation.
        group_warnings: `group` and `warning` of the account (spec 2.2).
        history: our own history after this day.
    """

    relations: pl.DataFrame
    deals: pl.DataFrame
    sellers: pl.DataFrame
    periods: pl.DataFrame
    flow: pl.DataFrame
    credits: pl.DataFrame
    transitions: pl.DataFrame
    group_warnings: pl.DataFrame
    history: OwnHistory

    @property
    def frames(self) -> Mapping[ObjectType, pl.DataFrame]:
        """Frame by the object type on which its values are written."""
        return {"companies": self.relations, "deals": self.deals}


def compute(
    mirror: Mirror,
    meaning: Meaning,
    parameters: Parameters,
    *,
    as_of: datetime,
    history: OwnHistory,
) -> Results:
    """Compute all KPIs at `as_of`.

    Args:
        mirror: what the CRM says.
        meaning: what its words mean.
        parameters: parameters of the method.
        as_of: aware UTC; later evidence does not exist.
        history: our own history, today's part of it included or not.
    """
    measures_deals = "deals" in mirror.readable
    if not measures_deals:
        mirror = replace(mirror, deals=mirror.deals.clear())
    base = universe(mirror, parameters)
    facts = deal_facts(mirror, meaning, parameters, as_of=as_of)
    phases = relation_phases(facts, mirror, meaning, parameters, as_of=as_of)
    revenue = relation_revenue(base, facts, parameters, as_of=as_of)
    stale = phases.deals.filter("is_stale")["deal_id"]
    potentials = potential(
        base, facts, revenue, mirror, parameters, stale_deal_ids=stale, as_of=as_of
    )
    top = top_relations(base, potentials, mirror, history, parameters, as_of=as_of)
    exact = (
        base.select("relation_id", "name", "owner", "segment")
        .join(top.relations.drop("seller_id"), on="relation_id", how="left")
        .join(potentials, on="relation_id", how="left")
        .join(phases.relations, on="relation_id", how="left")
        .join(revenue, on="relation_id", how="left")
    )
    relations = _relations(exact, facts, parameters)
    if not measures_deals:
        relations = relations.with_columns(_blank(relations, REVENUE_COLUMNS))
    credited = credit_rows(facts, mirror, parameters, as_of=as_of)
    periods = seller_periods(relations, credited, top.history, parameters, as_of=as_of)
    if not measures_deals:
        periods = periods.with_columns(_blank(periods, ("revenue", "gross", "credits")))
    return Results(
        relations=relations,
        deals=_deals(facts, phases, top.history, as_of=as_of),
        sellers=seller_figures(
            relations, phases.transitions, periods, top.seller_warnings, parameters, as_of=as_of
        ),
        periods=periods,
        flow=flow(
            phases.transitions,
            relations.filter("is_top_relation")["relation_id"],
            as_of=as_of,
            timezone=parameters.reporting.timezone,
        ).rename({"owner": "seller_id"}),
        credits=credited,
        transitions=phases.transitions,
        group_warnings=top.group_warnings,
        history=top.history,
    )


def _blank(frame: pl.DataFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """Nothing in these columns: without deals to measure revenue is unknown, not 0 (spec 6.3)."""
    return [pl.lit(None, dtype=frame.schema[name]).alias(name) for name in columns]


def _relations(exact: pl.DataFrame, facts: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Round at output, gather the warnings, and put relations in the order of their ids."""
    deal_warnings = (
        facts.select("relation_id", warning="warnings")
        .explode("warning", empty_as_null=True)
        .drop_nulls()
        .group_by("relation_id")
        .agg(deal_warnings=("deal_" + pl.col("warning")).unique())
    )
    share = quotient(pl.col("revenue_ttm"), pl.col("potential_revenue"))
    days = pl.col("days_in_phase") if parameters.write_back.days_in_phase else pl.lit(None)
    return (
        exact.join(deal_warnings, on="relation_id", how="left")
        .with_columns(
            share_of_potential=ratio(share),
            potential_index=ratio(pl.col("potential_index")),
            data_warnings=pl.col("warnings")
            .list.concat(pl.col("deal_warnings").fill_null([]))
            .list.sort(),
            days_in_phase=days.cast(pl.Int64),
            **{name: money(pl.col(name)) for name in MONEY_COLUMNS},
        )
        .drop("warnings", "deal_warnings")
        .sort(by_id("relation_id"))
    )


def _deals(
    facts: pl.DataFrame, phases: PhaseResults, history: OwnHistory, *, as_of: datetime
) -> pl.DataFrame:
    """Properties of deals; booleans are true or blank, so that a first run touches few records."""
    only_true = [
        pl.when(name).then(pl.lit(value=True)).alias(name)
        for name in ("deal_decides_phase", "deal_top_relation_at_close")
    ]
    return (
        facts.select("deal_id", deal_warnings="warnings")
        .join(phases.deals, on="deal_id", how="left")
        .join(realised_deals(facts, history, as_of=as_of), on="deal_id", how="left")
        .with_columns(deal_realised_amount=money(pl.col("deal_realised_amount")))
        .with_columns(only_true)
        .sort(by_id("deal_id"))
    )
