"""What all chapters need to know of a deal: relation, outcome, close, money (spec 0, 3.2, 5.1).

Which warnings a deal can carry:

- every deal: `several_companies_without_primary` (0), `stage_unknown` and `stage_unmapped` (3.1);
- won by pipeline metadata: `close_date_missing` and `closed_in_future` (3.2);
- won with a close date up to `as_of`, the deals that 5.1 sums: `amount_missing`,
  `exchange_rate_missing` and `splits_invalid`. Before that nothing is realised and nothing counted.
"""

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from kpis.calendar import day_of, local_day, start_of_day
from kpis.combination import applying
from kpis.frames import DEAL_FACTS, EXACT, RATES, Meaning, Mirror, by_id
from kpis.parameters import Parameters, Reporting
from kpis.rounding import exact, product


def deal_facts(
    mirror: Mirror, meaning: Meaning, parameters: Parameters, *, as_of: datetime
) -> pl.DataFrame:
    """Facts of the deals that exist at `as_of`, one row each, in the schema `DEAL_FACTS`.

    A deal created later does not exist yet. A stage entered later has not been entered: where the
    stage history tells, the stage is that of `as_of`. The close date is the recorded one, so a
    won deal can close later than `as_of`; `is_realised` tells those that count.

    The rate is that of the close date for realised deals and that of `as_of_date` for all others,
    so the amount of an open deal stands at today's rate (2.1).
    """
    timezone = parameters.reporting.timezone
    as_of_date = day_of(as_of, timezone)
    existing = mirror.deals.filter(pl.col("created_at").is_null() | (pl.col("created_at") <= as_of))
    facts = (
        existing.join(deal_relations(mirror.deal_companies), on="deal_id", how="left")
        .pipe(_with_stage_at, mirror.deal_changes, as_of)
        .join(meaning.stages, on=["pipeline", "stage"], how="left", validate="m:1")
        .with_columns(
            pl.col("is_won", "is_lost").fill_null(value=False),
            close_at=pl.coalesce("closed_at", start_of_day(pl.col("closed_on"), timezone)),
            close_day=pl.coalesce("closed_on", local_day(pl.col("closed_at"), timezone)),
        )
        .with_columns(is_credit=pl.col("is_won") & (pl.col("amount") < 0).fill_null(value=False))
        .pipe(_with_rate, mirror, parameters.reporting, as_of=as_of, as_of_date=as_of_date)
        .join(invalid_splits(mirror.splits), on="deal_id", how="left")
    )
    return (
        facts.with_columns(
            value=product(pl.col("amount").fill_null(0), pl.col("rate")),
            margin=product(pl.col("margin"), pl.col("rate")),
        )
        .with_columns(warnings=_warnings(as_of), amount="value")
        .select(list(DEAL_FACTS))
        .sort(by_id("deal_id"))
    )


def is_realised(as_of: datetime) -> pl.Expr:
    """Whether a deal is won with a close date up to `as_of`; credit notes included (5.1)."""
    return pl.col("is_won") & (pl.col("close_at") <= as_of).fill_null(value=False)


def is_won_deal(as_of: datetime) -> pl.Expr:
    """Whether a deal is a "won deal" of chapter 1: realised and no credit note."""
    return is_realised(as_of) & ~pl.col("is_credit")


def deal_relations(links: pl.DataFrame) -> pl.DataFrame:
    """Company of each linked deal: the primary one, else the only one (spec 0).

    Returns:
        `deal_id`, `relation_id` (null: several without a primary one) and `has_several`.
    """
    return (
        links.sort(by_id("relation_id"))
        .group_by(pl.col("from_id").alias("deal_id"))
        .agg(
            primary=pl.col("relation_id").filter(pl.col("is_primary")).first(),
            only=pl.col("relation_id").first(),
            is_only=pl.col("relation_id").n_unique() == 1,
        )
        .select(
            "deal_id",
            relation_id=pl.coalesce("primary", pl.when("is_only").then("only")),
            has_several=pl.col("primary").is_null() & ~pl.col("is_only"),
        )
    )


def _with_stage_at(deals: pl.DataFrame, changes: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Put back the stage of `as_of` on deals whose history knows a later and an earlier one."""
    stages = changes.filter(pl.col("field") == "stage")
    later = stages.filter(pl.col("changed_at") > as_of)
    history = (
        stages.filter(pl.col("changed_at") <= as_of)
        .join(later, on="external_id", how="semi")
        .sort("changed_at", "value")
        .group_by(pl.col("external_id").alias("deal_id"))
        .agg(stage_then=pl.col("value").last(), moved_later=pl.lit(value=True))
    )
    return deals.join(history, on="deal_id", how="left").with_columns(
        stage=pl.when("moved_later").then("stage_then").otherwise("stage")
    )


def _with_rate(
    deals: pl.DataFrame, mirror: Mirror, reporting: Reporting, *, as_of: datetime, as_of_date: date
) -> pl.DataFrame:
    """Add `rate` to the reporting currency and make `currency` explicit (5.1).

    A CRM that does not tell its own currency is taken to keep its books in the reporting one.
    """
    account_currency = mirror.account_currency or reporting.currency
    is_same_book = account_currency == reporting.currency
    frozen = pl.col("exchange_rate").cast(EXACT)
    return (
        deals.with_columns(
            currency=pl.col("currency").fill_null(account_currency),
            rate_day=pl.when(is_realised(as_of)).then("close_day").otherwise(pl.lit(as_of_date)),
        )
        .sort("rate_day")
        .pipe(_join_latest, reporting_rates(reporting), "own_rate")
        .pipe(_join_latest, mirror.rates if is_same_book else mirror.rates.clear(), "account_rate")
        .with_columns(
            rate=pl.when(pl.col("currency") == reporting.currency)
            .then(exact(Decimal(1)))
            .otherwise(
                pl.coalesce(
                    pl.when(pl.lit(is_same_book) & (frozen > 0)).then(frozen),
                    "own_rate",
                    "account_rate",
                )
            )
        )
    )


def reporting_rates(reporting: Reporting) -> pl.DataFrame:
    """Rates of the configuration as a frame of `RATES`, in the reporting currency."""
    rows = [
        (currency, valid_from, rate)
        for currency, dated in reporting.rates.items()
        for valid_from, rate in dated
    ]
    return pl.DataFrame(rows, schema=RATES, orient="row")


def _join_latest(deals: pl.DataFrame, rates: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add as `name` the rate in force on `rate_day`; null before the first one."""
    dated = rates.sort("valid_from", maintain_order=True).select(
        "currency", "valid_from", pl.col("rate").cast(EXACT).alias(name)
    )
    return deals.join_asof(
        dated, by="currency", left_on="rate_day", right_on="valid_from", check_sortedness=False
    ).drop("valid_from", strict=False)


def invalid_splits(splits: pl.DataFrame) -> pl.DataFrame:
    """Deals whose shares do not sum to exactly 1, with `has_invalid_splits` true (5.2)."""
    return (
        splits.group_by("deal_id")
        .agg(pl.col("share").sum())
        .filter(pl.col("share") != 1)
        .select("deal_id", has_invalid_splits=pl.lit(value=True))
    )


def _warnings(as_of: datetime) -> pl.Expr:
    """Sorted values of `deal_warning` that apply."""
    is_won = pl.col("is_won")
    realised = is_realised(as_of)
    conditions = {
        "amount_missing": realised & pl.col("amount").is_null(),
        "close_date_missing": is_won & pl.col("close_at").is_null(),
        "closed_in_future": is_won & (pl.col("close_at") > as_of),
        "exchange_rate_missing": realised & pl.col("value").is_null(),
        "several_companies_without_primary": pl.col("has_several"),
        "splits_invalid": realised & pl.col("has_invalid_splits"),
        "stage_unknown": pl.col("stage").is_null(),
        "stage_unmapped": pl.col("stage").is_not_null() & pl.col("outcome").is_null(),
    }
    return applying(conditions)
