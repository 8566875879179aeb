"""All KPIs at one moment: a pure function of mirror, meaning, parameters and our own history.

`compute` puts the chapters together; each of them is a module of its own. Results carry the names
of spec 7 and are rounded here, at output, and nowhere before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from kpis.action import action_text, next_best_action, with_evidence
from kpis.calendar import age_days, day_of
from kpis.combination import applying
from kpis.contact import norm_of, status_of
from kpis.coverage import with_population
from kpis.dmu import contact_properties
from kpis.explanation import with_explanation
from kpis.frames import INSTANT, Meaning, Mirror, OwnHistory, by_id
from kpis.pains_gains import measures_pains_gains
from kpis.parameters import Parameters
from kpis.phase import PhaseResults, flow
from kpis.revenue import credit_rows, realised_deals
from kpis.rounding import money, quotient, ratio
from kpis.score import relation_components, relation_scores
from kpis.seller import SellerInputs, rounded_periods, seller_figures, seller_periods
from kpis.snapshot import relation_days, seller_days, state_before
from kpis.universe import universe
from kpis.vocabulary import ObjectType
from kpis.wording import Texts
from kpis.workings import Workings, workings

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
CONTACT_COLUMNS = ("contact_moments_90d", "contact_status")
PAINS_GAINS_COLUMNS = (
    "pains_count",
    "gains_count",
    "pains_gains_complete",
    "pains_gains_updated_on",
    "pg_freshness",
    "pg_score",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What comes out, one frame per kind of row; ids and spec 7 names are the columns.

    Attributes:
        relations: the universe, one row per company, with `name`, `owner` and all its properties.
        deals: one row per deal of the mirror with the properties of deals.
        contacts: one row per contact of the mirror with the properties of contacts.
        sellers: one row per owner of a relation, with the seller values of spec 7.
        periods: realised revenue and target per seller and period to date (spec 5).
        flow: number of transitions per seller, `from` and `to` over the trailing year.
        credits: one row per realised deal and seller (spec 5.2).
        transitions: every change of phase of every relation.
        group_warnings: `group` and `warning` of the account (spec 2.2).
        history: our own history after this day.
        workings: what all of it rests on.
    """

    relations: pl.DataFrame
    deals: pl.DataFrame
    contacts: pl.DataFrame
    sellers: pl.DataFrame
    periods: pl.DataFrame
    flow: pl.DataFrame
    credits: pl.DataFrame
    transitions: pl.DataFrame
    group_warnings: pl.DataFrame
    history: OwnHistory
    workings: Workings

    @property
    def frames(self) -> Mapping[ObjectType, pl.DataFrame]:
        """Frame by the object type on which its values are written."""
        return {"companies": self.relations, "deals": self.deals, "contacts": self.contacts}


def compute(
    mirror: Mirror,
    meaning: Meaning,
    parameters: Parameters,
    *,
    as_of: datetime,
    history: OwnHistory,
    texts: Texts,
) -> Results:
    """Compute all KPIs at `as_of`.

    Args:
        mirror: what the CRM says.
        meaning: what its words mean.
        parameters: parameters of the method.
        as_of: aware; later evidence does not exist.
        history: our own history, today's part of it included or not.
        texts: what is written for people.
    """
    as_of = as_of.astimezone(UTC)
    mirror = _readable_part(mirror)
    today = day_of(as_of, parameters.reporting.timezone)
    base = universe(mirror, parameters)
    work = workings(base, mirror, meaning, parameters, as_of=as_of, history=history, texts=texts)
    exact = _scored(
        _joined(base, work), work, mirror, parameters, as_of=as_of, history=history
    ).with_columns(
        next_best_action=next_best_action(parameters, measures_contact=work.contacts.is_measurable)
    )
    exact = with_explanation(exact, texts, parameters)
    exact = exact.with_columns(next_best_action_text=action_text(texts, parameters))
    relations = _relations(exact, work.facts, parameters, mirror)
    credited = credit_rows(work.facts, mirror, parameters, as_of=as_of)
    own = work.top.history
    periods = seller_periods(base, credited, own, mirror, parameters, as_of=as_of)
    if "deals" not in mirror.readable:
        blank = ("revenue", "gross", "credits", "attainment", "pace")
        periods = periods.with_columns(_blank(periods, blank))
    sellers = seller_figures(
        SellerInputs(
            relations=exact,
            transitions=work.phases.transitions,
            periods=periods,
            contacts=work.contacts,
            warnings=work.top.seller_warnings,
            history=own,
        ),
        texts,
        parameters,
        as_of=as_of,
    )
    return Results(
        relations=relations,
        deals=_deals(work.facts, work.phases, own, as_of=as_of),
        contacts=contact_properties(work.slots, work.contacts.contacts, mirror, base),
        sellers=sellers,
        periods=rounded_periods(periods),
        flow=_flow(work, relations, parameters, as_of=as_of),
        credits=credited,
        transitions=work.phases.transitions,
        group_warnings=work.top.group_warnings,
        history=replace(
            own,
            relation_days=relation_days(relations, history.relation_days, today),
            seller_days=seller_days(sellers, history.seller_days, today),
        ),
        workings=work,
    )


def _readable_part(mirror: Mirror) -> Mirror:
    """Mirror without rows of a type that can no longer be read: what they say may not hold."""
    readable = mirror.readable
    activities = mirror.activities.filter(pl.col("activity_type").is_in(readable))
    mirror = replace(mirror, activities=activities)
    if "deals" not in readable:
        none = mirror.deal_companies.clear()
        mirror = replace(mirror, deals=mirror.deals.clear(), deal_companies=none)
    if "contacts" not in readable:
        none = mirror.contact_companies.clear()
        mirror = replace(mirror, contacts=mirror.contacts.clear(), contact_companies=none)
    return mirror


def _joined(base: pl.DataFrame, work: Workings) -> pl.DataFrame:
    """All chapters side by side, exact, one row per relation of the universe."""
    frame = base.select(
        "relation_id", "name", "owner", "segment", "next_activity_at", "next_activity_on"
    )
    parts = (
        work.top.relations.drop("seller_id"),
        work.potentials,
        work.phases.relations,
        work.revenue,
        work.contacts.relations,
        work.profiles.relations,
        work.pains_gains.relations,
    )
    for part in parts:
        frame = frame.join(part, on="relation_id", how="left", maintain_order="left")
    return frame


def _scored(
    joined: pl.DataFrame,
    work: Workings,
    mirror: Mirror,
    parameters: Parameters,
    *,
    as_of: datetime,
    history: OwnHistory,
) -> pl.DataFrame:
    """Add contact status, population, evidence of actions, components and scores."""
    today = day_of(as_of, parameters.reporting.timezone)
    rules = parameters.contact
    measured = pl.lit(work.contacts.is_measurable)
    status = status_of(pl.col("contact_age"), pl.col("contact_norm"), rules)
    if mirror.activities_since is not None:  # of older contact nobody knows
        status = status.replace({"never": "overdue"})
    last_month = state_before(history.relation_days, today.replace(day=1)).select(
        "relation_id", relation_score_prev_month="relation_score"
    )
    missing = work.contacts.missing_outcomes.select(
        "relation_id", lacks_outcome=pl.lit(value=True)
    ).unique()
    dated = (
        joined.join(last_month, on="relation_id", how="left", maintain_order="left")
        .join(missing, on="relation_id", how="left", maintain_order="left")
        .with_columns(
            contact_age=age_days(pl.col("last_two_way_contact"), today),
            contact_norm=pl.when(measured).then(norm_of(pl.col("buying_phase"), rules)),
            contact_moments_90d=pl.when(measured).then(pl.col("contact_moments_90d").fill_null(0)),
        )
        .with_columns(
            contact_status=pl.when(measured).then(status),
            top_relation_proven=pl.col("is_top_relation")
            & pl.col("potential_revenue").is_not_null()
            & (pl.col("profile_facets_known") >= parameters.profile.proven_min_facets),
        )
    )
    if not measures_pains_gains(mirror, parameters.pains_gains):
        dated = dated.with_columns(_blank(dated, PAINS_GAINS_COLUMNS))
    counted = with_population(dated, work.contacts, mirror, parameters, as_of=as_of)
    ready = with_evidence(
        counted,
        work.contacts,
        parameters,
        as_of=pl.lit(as_of, dtype=INSTANT),
        today=pl.lit(today),
    )
    return relation_scores(relation_components(ready, parameters), parameters.scores)


def _blank(frame: pl.DataFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """Nothing in these columns: what cannot be measured is unknown, not 0 (spec 6.3)."""
    return [pl.lit(None, dtype=frame.schema[name]).alias(name) for name in columns]


def _relations(
    exact: pl.DataFrame, facts: pl.DataFrame, parameters: Parameters, mirror: Mirror
) -> pl.DataFrame:
    """Round at output, gather the warnings, and put relations in the order of their ids."""
    share = quotient(pl.col("revenue_ttm"), pl.col("potential_revenue"))
    days = pl.col("days_in_phase") if parameters.write_back.days_in_phase else pl.lit(None)
    relations = (
        exact.join(_all_warnings(exact, facts, mirror), on="relation_id", how="left")
        .with_columns(
            share_of_potential=ratio(share),
            potential_index=ratio(pl.col("potential_index")),
            profile_completeness=ratio(pl.col("profile_completeness")),
            data_warnings=pl.col("all_warnings").fill_null([]),
            days_in_phase=days.cast(pl.Int64),
            **{name: money(pl.col(name)) for name in MONEY_COLUMNS},
        )
        .drop("warnings", "all_warnings")
        .sort(by_id("relation_id"))
    )
    if "deals" not in mirror.readable:
        relations = relations.with_columns(_blank(relations, REVENUE_COLUMNS))
    return relations


def _all_warnings(exact: pl.DataFrame, facts: pl.DataFrame, mirror: Mirror) -> pl.DataFrame:
    """Sorted warnings of the relations that have any: `relation_id`, `all_warnings`.

    Few have one, and to sort the list on every row would take ten times as long.
    """
    late = {"outcome_missing": pl.col("lacks_outcome"), "boilerplate": pl.col("is_boilerplate")}
    own = pl.concat(
        [
            exact.select("relation_id", warning="warnings"),
            exact.select("relation_id", warning=applying(late)),
        ]
    )
    return (
        pl.concat([_each(own), _deal_warnings(facts, mirror)])
        .group_by("relation_id")
        .agg(all_warnings=pl.col("warning").sort())
    )


def _each(listed: pl.DataFrame) -> pl.DataFrame:
    """One row per warning, none without."""
    return listed.filter(pl.col("warning").list.len() > 0).explode("warning").drop_nulls()


def _deal_warnings(facts: pl.DataFrame, mirror: Mirror) -> pl.DataFrame:
    """Warnings of the deals of each relation, each once: `relation_id`, `warning`.

    A deal with several companies and no primary one belongs to none, and all of them are told.
    """
    warned = facts.filter(pl.col("warnings").list.len() > 0)
    several = (
        warned.filter(pl.col("relation_id").is_null())
        .drop("relation_id")
        .join(mirror.deal_companies, left_on="deal_id", right_on="from_id")
    )
    both = pl.concat(one.select("relation_id", warning="warnings") for one in (warned, several))
    return _each(both).select("relation_id", warning="deal_" + pl.col("warning")).unique()


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


def _flow(
    work: Workings, relations: pl.DataFrame, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    return flow(
        work.phases.transitions,
        relations.filter("is_top_relation")["relation_id"],
        as_of=as_of,
        timezone=parameters.reporting.timezone,
    ).rename({"owner": "seller_id"})
