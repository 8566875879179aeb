"""Top relations: who can contribute more than average (spec 2.2).

The rule decides who enters; a review, once a month, decides who leaves; a valid override or the
CRM's own flag goes before both. Comparisons are exact and unrounded.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from kpis.calendar import day_of, month_of
from kpis.comparison import (
    WHOLE_BASE,
    everyone_in_base,
    review_figures,
    with_group,
    with_index,
)
from kpis.frames import EXACT, Mirror, OwnHistory, by_id
from kpis.membership import advance, before, member_since, open_spells
from kpis.override import overrides
from kpis.parameters import Parameters, TopRelation
from kpis.rounding import exact, quotient

HELD_BASES = ("rule", "buffer")
"""Members on these bases stay until a review; other memberships end with their ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopRelations:
    """Outcome of the rule for one moment.

    Attributes:
        relations: one row per relation of the universe: `relation_id`, `seller_id`, `group`,
            `potential_index` (null: unknown), `is_top_relation`, `top_relation_since` (null: not
            top), `top_relation_basis`, `warnings` (values of `company_warning`, sorted); what they
            rest on: `revenue_index`, `margin_index` (null: unknown), `override` (always, never;
            null: none that counts), `held` (basis before this day; null: was not top), `rank` by
            index among the relations of the seller.
        group_warnings: `group` (empty text: the whole base) and `warning`.
        seller_warnings: `seller_id` and `warning`.
        history: our history with this day in it.
        is_review: whether this run is the review of its month.
    """

    relations: pl.DataFrame
    group_warnings: pl.DataFrame
    seller_warnings: pl.DataFrame
    history: OwnHistory
    is_review: bool


def top_relations(
    relations: pl.DataFrame,
    potentials: pl.DataFrame,
    mirror: Mirror,
    history: OwnHistory,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> TopRelations:
    """Decide who is top on the local day of `as_of`.

    The decision starts from our history as it stood before that day, so running twice on a day
    equals running once.

    Args:
        relations: the universe, from `kpis.universe`.
        potentials: from `kpis.potential`, of the same relations.
        mirror: for the edits of overrides.
        history: our own history, today's part of it included or not.
        parameters: sections `top_relation` and `reporting`.
        as_of: aware UTC.
    """
    rules = parameters.top_relation
    today = day_of(as_of, parameters.reporting.timezone)
    past = before(history, today)
    candidates = relations.join(potentials, on="relation_id", how="left")
    reviews = past.reviews
    is_review = reviews.filter(pl.col("reviewed_on") >= month_of(today).start).is_empty()
    if is_review:
        reviews = pl.concat([reviews, review_figures(candidates, rules, today)])
    figures = reviews.filter(pl.col("reviewed_on") == pl.col("reviewed_on").max())
    decided = (
        with_group(candidates, figures, rules)
        .pipe(with_index, figures, rules.weights)
        .join(open_spells(past).select("relation_id", held="basis"), on="relation_id", how="left")
        .join(
            overrides(relations, mirror.company_changes, parameters, as_of=as_of, as_of_date=today),
            on="relation_id",
            how="left",
        )
        .pipe(_with_rank)
        .pipe(_with_basis, rules, is_review=is_review)
    )
    members = decided.filter(pl.col("basis") != "none").select("relation_id", "basis")
    spells = advance(past.memberships, members, today)
    result = _result(decided, spells)
    return TopRelations(
        relations=result,
        group_warnings=group_warnings(decided, figures, rules),
        seller_warnings=seller_warnings(result, rules),
        history=OwnHistory(memberships=spells, reviews=reviews),
        is_review=is_review,
    )


def _with_rank(candidates: pl.DataFrame) -> pl.DataFrame:
    """Add `rank` by index among the relations of one seller, the lowest id first among equals."""
    ranked = (
        candidates.filter(pl.col("potential_index").is_not_null())
        .sort(
            "potential_index",
            *by_id("relation_id"),
            descending=[True, False, False],
        )
        .select("relation_id", rank=pl.int_range(1, pl.len() + 1).over("owner"))
    )
    return candidates.join(ranked, on="relation_id", how="left")


def _with_basis(candidates: pl.DataFrame, rules: TopRelation, *, is_review: bool) -> pl.DataFrame:
    """Add `basis`: never before always, before the CRM's flag, before the rule and its buffer."""
    enters, leaves = _rule(rules)
    loses_money = pl.col("potential_margin") <= 0
    meets = enters.fill_null(value=False) & ~loses_money.fill_null(value=False)
    is_held = pl.col("held").is_in(HELD_BASES).fill_null(value=False)
    if is_review:
        is_held &= ~(pl.col("potential_index").is_null() | leaves)
    flag_counts = rules.crm_flag != "ignore"
    rule_counts = rules.crm_flag != "only"
    return candidates.with_columns(
        basis=pl.when(pl.col("override") == "never")
        .then(pl.lit("none"))
        .when(pl.col("override") == "always")
        .then(pl.lit("manual"))
        .when(pl.lit(flag_counts) & pl.col("target_account"))
        .then(pl.lit("crm_flag"))
        .when(pl.lit(rule_counts) & meets)
        .then(pl.lit("rule"))
        .when(pl.lit(rule_counts) & is_held)
        .then(pl.lit("buffer"))
        .otherwise(pl.lit("none"))
    )


def _rule(rules: TopRelation) -> tuple[pl.Expr, pl.Expr]:
    """Whether a relation enters, and whether it leaves at a review; null where unknown.

    `enter` and `exit` scale the mean of 1, or the median under that rule.
    """
    index = pl.col("potential_index")
    enter, leave = exact(rules.enter), exact(rules.exit)
    match rules.rule:
        case "mean":
            return index > enter, index < leave
        case "median":
            median = pl.col("median_index")
            return index > median * enter, index < median * leave
        case "percentile":
            return index >= pl.col("enter_index"), index < pl.col("leave_index")
        case "top_n":
            return _rank_rule(rules)
        case "both":
            revenue = pl.col("revenue_index")
            margin = pl.coalesce("margin_index", "revenue_index")
            return (revenue > enter) & (margin > enter), (revenue < leave) | (margin < leave)


def _rank_rule(rules: TopRelation) -> tuple[pl.Expr, pl.Expr]:
    """Enter within the first N of the seller, leave beyond `top_n_stay` times N."""
    places = rules.top_n or 0  # the parameters refuse this rule without a number
    rank = pl.col("rank").cast(EXACT)
    return rank <= places, rank > exact(rules.top_n_stay * places)


def _result(decided: pl.DataFrame, spells: pl.DataFrame) -> pl.DataFrame:
    """Rows of `TopRelations.relations`."""
    warnings = [
        pl.col("owner_warning"),
        *(pl.when(name).then(pl.lit(name)) for name in ("override_expired", "override_no_reason")),
    ]
    return (
        decided.join(member_since(spells), on="relation_id", how="left")
        .select(
            "relation_id",
            "group",
            "potential_index",
            "revenue_index",
            "margin_index",
            "override",
            "held",
            "rank",
            seller_id="owner",
            is_top_relation=pl.col("basis") != "none",
            top_relation_since="since",
            top_relation_basis="basis",
            warnings=pl.concat_list(warnings).list.drop_nulls().list.sort(),
        )
        .sort(by_id("relation_id"))
    )


def group_warnings(
    decided: pl.DataFrame, figures: pl.DataFrame, rules: TopRelation
) -> pl.DataFrame:
    """Warnings about groups that are in use, as `group` and `warning` (spec 2.1, 2.2).

    The whole base holds everybody. `profit_not_measured` is the account's, so under the base.
    """
    plain = decided.select("relation_id", "group", "potential_revenue", "potential_margin", "basis")
    groups = pl.concat(
        [
            plain.filter(pl.col("group") != WHOLE_BASE),
            everyone_in_base(plain).join(plain.select("group").unique(), on="group", how="semi"),
        ]
    )
    few, many = (exact(share) for share in rules.warn_share)
    known = pl.col("potential_revenue").count()
    top_share = quotient((pl.col("basis") != "none").sum(), known)
    index = pl.col("potential_index").drop_nulls()
    found = (
        with_index(groups, figures, rules.weights)
        .group_by("group")
        .agg(
            few_top_relations=top_share < few,
            many_top_relations=top_share > many,
            no_dispersion=(index.len() > 1) & (index.n_unique() == 1),
        )
        .unpivot(index="group", variable_name="warning", value_name="applies")
        .filter("applies")
        .select("group", "warning")
    )
    unmeasured = pl.DataFrame({"group": [WHOLE_BASE], "warning": ["profit_not_measured"]})
    if decided.is_empty() or decided["potential_margin"].count() > 0:
        unmeasured = unmeasured.clear()
    return pl.concat([found, unmeasured]).sort("group", "warning")


def seller_warnings(result: pl.DataFrame, rules: TopRelation) -> pl.DataFrame:
    """Sellers with too many top relations of their own choice: `seller_id`, `manual_share`."""
    manual = pl.col("top_relation_basis") == "manual"
    return (
        result.filter("is_top_relation")
        .group_by("seller_id")
        .agg(share=quotient(manual.sum(), pl.len()))
        .filter(pl.col("share") > exact(rules.warn_manual_share))
        .select("seller_id", warning=pl.lit("manual_share"))
        .sort(by_id("seller_id"))
    )
