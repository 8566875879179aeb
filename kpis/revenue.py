"""KPI 4, realised revenue: booked order value by close date (spec 5, without targets).

Amounts are exact and in the reporting currency. A deal without a known rate is left out and carries
a warning (`kpis.deal`). Net revenue = gross + credits; credits are 0 or negative.
"""

from datetime import date, datetime
from typing import Literal

import polars as pl

from kpis.calendar import (
    Period,
    day_of,
    days_inclusive,
    periods_to_date,
    previous_trailing_year,
    start_of_day,
)
from kpis.deal import invalid_splits, is_realised, is_won_deal
from kpis.frames import EXACT, TEXT, Mirror, OwnHistory, Schema, by_id
from kpis.membership import with_top_at
from kpis.parameters import Parameters
from kpis.rounding import exact, quotient
from kpis.version import versions_of

CREDITS: Schema = {
    "deal_id": TEXT,
    "relation_id": TEXT,  # null: unassigned
    "seller_id": TEXT,  # null: nobody
    "close_day": pl.Date(),
    "close_at": pl.Datetime("ms", "UTC"),
    "amount": EXACT,
    "margin": EXACT,  # null: not recorded
    "is_credit": pl.Boolean(),
}
"""One row per realised deal and seller: what the seller is credited with (spec 5.2)."""


def credit_rows(
    facts: pl.DataFrame, mirror: Mirror, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Rows of `CREDITS` for all realised deals with a known amount.

    Valid splits share a deal out; without them the owner at close has all of it.
    """
    owners = owner_at_close(facts, mirror, parameters, as_of=as_of)
    shares = (
        mirror.splits.join(invalid_splits(mirror.splits), on="deal_id", how="anti")
        .group_by("deal_id", "owner")
        .agg(share=pl.col("share").sum().cast(EXACT))
    )
    return (
        _counted(facts, as_of)
        .drop("owner")
        .join(shares, on="deal_id", how="left")
        .join(owners, on="deal_id", how="left")
        .with_columns(
            seller_id=pl.when(pl.col("share").is_null()).then("owner_at_close").otherwise("owner"),
            amount=pl.col("amount") * pl.col("share").fill_null(1),
            margin=pl.col("margin") * pl.col("share").fill_null(1),
        )
        .select(list(CREDITS))
        .sort(*by_id("deal_id"), *by_id("seller_id"))
    )


def owner_at_close(
    facts: pl.DataFrame, mirror: Mirror, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Owner of each realised deal when it closed, as `deal_id` and `owner_at_close` (spec 5.2).

    A deal closed on a day, without a time, had the owner of the end of that day. Before the first
    known owner stands the first known one; without any history the present one. Null: nobody.
    """
    timezone = parameters.reporting.timezone
    dated = mirror.deals.select("deal_id", "closed_on")
    # Versions carry whole milliseconds, so the last one of a day lies before the next day starts.
    end_of_day = start_of_day(pl.col("closed_on").dt.offset_by("1d"), timezone).dt.offset_by("-1ms")
    closes = (
        facts.filter(is_realised(as_of))
        .join(dated, on="deal_id", how="left")
        .select("deal_id", "owner", closed_by=pl.coalesce(end_of_day, "close_at"))
        .with_row_index("deal")
    )
    records = closes.select("deal", external_id="deal_id")
    is_before = pl.col("at") <= pl.col("closed_by")
    at_close = (
        versions_of(mirror.deal_changes, "owner", records, as_of=as_of)
        .join(closes.select("deal", "closed_by"), on="deal", maintain_order="left")
        .group_by("deal")
        .agg(
            first_known=pl.col("value").drop_nulls().first(),
            in_force=pl.col("value").filter(is_before).last(),
            had_owner=(pl.col("value").is_not_null() & is_before).any(),
        )
    )
    return closes.join(at_close, on="deal", how="left").select(
        "deal_id",
        owner_at_close=pl.when("had_owner")
        .then("in_force")
        .otherwise(pl.coalesce("first_known", "owner")),
    )


def relation_revenue(
    relations: pl.DataFrame, facts: pl.DataFrame, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Realised revenue of each relation of the frame, which has a column `relation_id`.

    Returns:
        `relation_id`; `revenue_ytd`, `revenue_ttm`, `revenue_prev_ttm` (net, 0 without deals);
        `margin_ttm` (null: no deal has a margin); `revenue_growth` (null: no previous revenue);
        `last_won_on` (null: never won).
    """
    as_of_date = day_of(as_of, parameters.reporting.timezone)
    to_date = periods_to_date(as_of_date, parameters.reporting.fiscal_year_start)
    year = to_date["ytd"].contains(pl.col("close_day"))
    ttm = to_date["ttm"].contains(pl.col("close_day"))
    previous = previous_trailing_year(as_of_date).contains(pl.col("close_day"))
    amounts = (
        _counted(facts, as_of)
        .group_by("relation_id")
        .agg(
            revenue_ytd=pl.col("amount").filter(year).sum(),
            revenue_ttm=pl.col("amount").filter(ttm).sum(),
            revenue_prev_ttm=pl.col("amount").filter(previous).sum(),
            margin_ttm=_known_sum(pl.col("margin").filter(ttm)),
        )
    )
    last_won = (
        facts.filter(is_won_deal(as_of))
        .group_by("relation_id")
        .agg(last_won_on=pl.col("close_day").max())
    )
    return (
        relations.select("relation_id")
        .join(amounts, on="relation_id", how="left", maintain_order="left")
        .join(last_won, on="relation_id", how="left", maintain_order="left")
        .with_columns(pl.col("revenue_ytd", "revenue_ttm", "revenue_prev_ttm").fill_null(0))
        .with_columns(
            revenue_growth=quotient(pl.col("revenue_ttm"), pl.col("revenue_prev_ttm")) - 1
        )
    )


def seller_revenue(
    sellers: pl.DataFrame,
    rows: pl.DataFrame,
    history: OwnHistory,
    parameters: Parameters,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Realised revenue of each seller of the frame, which has a column `seller_id`, by period.

    Returns:
        One row per seller and `period` (mtd, qtd, ytd, ttm) with the columns of `revenue_sums`.
    """
    as_of_date = day_of(as_of, parameters.reporting.timezone)
    periods = periods_to_date(as_of_date, parameters.reporting.fiscal_year_start)
    return pl.concat(
        sellers.select("seller_id", period=pl.lit(name))
        .join(
            revenue_sums(rows, history, parameters, by="seller_id", period=period),
            on="seller_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col(_SUMS).fill_null(0))
        for name, period in periods.items()
    )


def revenue_between(
    rows: pl.DataFrame,
    history: OwnHistory,
    parameters: Parameters,
    *,
    by: Literal["seller_id", "relation_id"],
    first: date,
    last: date,
) -> pl.DataFrame:
    """Realised revenue by seller or relation from one local day to another, both included.

    The row with a null id holds what is credited to nobody, or to no relation. Columns as in
    `revenue_sums`.

    Raises:
        ValueError: `last` lies before `first`.
    """
    period = days_inclusive(first, last)
    return revenue_sums(rows, history, parameters, by=by, period=period).sort(by_id(by))


_SUMS = ["revenue", "gross", "credits"]


def revenue_sums(
    rows: pl.DataFrame,
    history: OwnHistory,
    parameters: Parameters,
    *,
    by: Literal["seller_id", "relation_id"],
    period: Period,
) -> pl.DataFrame:
    """Sums of `CREDITS` over one period, one row per id that has any.

    Returns:
        The id; `revenue` (net), `gross`, `credits`; `margin` (null: no deal has one);
        `margin_percentage` (null: deals with a margin cover less than `margin_min_coverage` of the
        revenue); `top_revenue_share` (null: net revenue is not positive).
    """
    in_period = rows.filter(period.contains(pl.col("close_day")))
    covered = pl.col("amount").filter(pl.col("margin").is_not_null()).sum()
    sums = (
        with_top_at(in_period, history, day="close_day")
        .group_by(by)
        .agg(
            revenue=pl.col("amount").sum(),
            gross=pl.col("amount").filter(~pl.col("is_credit")).sum(),
            credits=pl.col("amount").filter("is_credit").sum(),
            margin=_known_sum(pl.col("margin")),
            covered=covered,
            top_revenue=pl.col("amount").filter("was_top").sum(),
        )
    )
    is_positive = pl.col("revenue") > 0
    is_covered = is_positive & (
        pl.col("covered") >= pl.col("revenue") * exact(parameters.revenue.margin_min_coverage)
    )
    return sums.with_columns(
        margin_percentage=pl.when(is_covered).then(quotient(pl.col("margin"), pl.col("covered"))),
        top_revenue_share=pl.when(is_positive).then(
            quotient(pl.col("top_revenue"), pl.col("revenue"))
        ),
    ).drop("covered", "top_revenue")


def realised_deals(facts: pl.DataFrame, history: OwnHistory, *, as_of: datetime) -> pl.DataFrame:
    """What the CRM's deals say of themselves (spec 5.3).

    Returns:
        Realised deals with `deal_realised_amount` (null: rate unknown) and
        `deal_top_relation_at_close` (null for a credit note, which is no won deal).
    """
    return with_top_at(facts.filter(is_realised(as_of)), history, day="close_day").select(
        "deal_id",
        deal_realised_amount="amount",
        deal_top_relation_at_close=pl.when(~pl.col("is_credit")).then("was_top"),
    )


def _counted(facts: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Deals that count in sums: realised and with a known rate."""
    return facts.filter(is_realised(as_of) & pl.col("amount").is_not_null())


def _known_sum(values: pl.Expr) -> pl.Expr:
    """Sum of the known values; null when there is none."""
    return pl.when(values.count() > 0).then(values.sum())
