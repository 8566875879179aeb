"""What is known of a relation: the four facets of its profile (spec 2.3, 2.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import polars as pl

from kpis.calendar import add_months, age_days, day_of, is_within, local_day
from kpis.combination import applying
from kpis.deal import is_won_deal
from kpis.dmu import slot_facets
from kpis.frames import COUNT, Mirror
from kpis.freshness import freshness, value_since
from kpis.parameters import Horizon, Parameters
from kpis.rounding import exact, quotient
from kpis.supplier import valid_names

FACETS: Final = ("spend_pattern", "order_volume", "current_suppliers", "right_contacts")
SITUATIONS_WITHOUT_NAME: Final = ("none", "in_house")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The profile of every relation of the universe.

    Attributes:
        relations: `relation_id`; per facet `<facet>_score` (exact; null: not measurable),
            `<facet>_base` (1: all of it is recorded, whatever its age) and `<facet>_on` (local day
            of its newest part; null: nothing recorded); `decider_base`, `insider_base` (0: nobody
            who can be reached), `spend_amount_score`, `spend_pattern_part_score`, `known_names`,
            `has_order` and `has_order_pattern` (what own orders say by themselves);
            `profile_completeness` (exact), `profile_facets_known`, `profile_missing`.
        slots: from `kpis.dmu.slot_facets`; empty when contacts cannot be measured.
    """

    relations: pl.DataFrame
    slots: pl.DataFrame


def profile(
    relations: pl.DataFrame,
    facts: pl.DataFrame,
    mirror: Mirror,
    *,
    slots: pl.DataFrame,
    last_contacts: pl.DataFrame,
    confirmed: pl.DataFrame,
    parameters: Parameters,
    as_of: datetime,
) -> Profiles:
    """Score the facets of each relation.

    Args:
        relations: the universe, with the columns of `COMPANIES`.
        facts: `DEAL_FACTS`.
        mirror: changes of companies, companies of contacts.
        slots: from `kpis.dmu.contact_slots`.
        last_contacts: `contact_id` and `contact_last_two_way`.
        confirmed: `relation_id` and `confirmed_on`, confirmations of the profile that count.
        parameters: sections `profile`, `pains_gains` (placeholders) and `reporting`.
        as_of: aware UTC.
    """
    today = day_of(as_of, parameters.reporting.timezone)
    filled = slot_facets(
        slots, last_contacts, confirmed, mirror, parameters.profile, as_of_date=today
    )
    measures_contacts = "contacts" in mirror.readable
    given = (
        relations.join(_edited_on(mirror, parameters, as_of), on="relation_id", how="left")
        .join(_won_deals(facts, parameters, as_of=as_of, today=today), on="relation_id", how="left")
        .join(_slot_columns(filled), on="relation_id", how="left")
        .join(confirmed, on="relation_id", how="left")
        .join(_supplier_names(relations, parameters), on="current_suppliers", how="left")
    )
    scored = (
        given.with_columns(**_parts(today))
        .with_columns(**_facets(parameters, measures_contacts=measures_contacts))
        .with_columns(**_totals(parameters.profile.known_from))
    )
    return Profiles(
        relations=scored.select(
            "relation_id",
            *(f"{facet}_{part}" for facet in FACETS for part in ("score", "base", "on")),
            "spend_amount_score",
            "spend_pattern_part_score",
            spend_amount_on="amount_on",
            spend_pattern_part_on="pattern_on",
            **{name: pl.col(name) for name in ("decider_base", "insider_base")},
            known_names=pl.col("known_names").fill_null(0),
            has_order=pl.col("has_order").fill_null(value=False),
            has_order_pattern=pl.col("has_order_pattern").fill_null(value=False),
            **{
                name: pl.col(name)
                for name in ("profile_completeness", "profile_facets_known", "profile_missing")
            },
        ),
        slots=filled if measures_contacts else filled.clear(),
    )


def _edited_on(mirror: Mirror, parameters: Parameters, as_of: datetime) -> pl.DataFrame:
    """Local day on which each input got its present value: `relation_id`, `<field>_set_on`."""
    timezone = parameters.reporting.timezone
    numbers = ("annual_category_spend", "annual_order_volume")
    words = ("spend_categories", "purchase_frequency", "current_suppliers", "supplier_situation")
    edited = mirror.company_changes.select(
        relation_id=pl.col("external_id").unique(maintain_order=True)
    )
    for field in (*numbers, *words):
        since = value_since(
            mirror.company_changes, field, as_of=as_of, is_number=field in numbers
        ).select(
            relation_id="external_id",
            set_on=local_day(pl.col("set_at"), timezone),
        )
        edited = edited.join(
            since.rename({"set_on": f"{field}_set_on"}), on="relation_id", how="left"
        )
    return edited


def _won_deals(
    facts: pl.DataFrame, parameters: Parameters, *, as_of: datetime, today: date
) -> pl.DataFrame:
    """What orders say by themselves: `relation_id`, `has_order`, `has_order_pattern`."""
    rules = parameters.profile
    window_start = add_months(today, -rules.pattern_window_months)
    in_window = pl.col("close_day") > window_start
    recent = is_within(age_days(pl.col("close_day"), today), rules.order_window_days)
    months = pl.col("close_day").filter(in_window).dt.truncate("1mo").n_unique()
    return (
        facts.filter(is_won_deal(as_of) & pl.col("relation_id").is_not_null())
        .group_by("relation_id")
        .agg(
            has_order=recent.any(),
            has_order_pattern=(in_window.sum() >= rules.pattern_min_deals)
            & (months >= rules.pattern_min_months),
        )
    )


def _slot_columns(filled: pl.DataFrame) -> pl.DataFrame:
    """Slots of each relation side by side."""

    def of(slot: str, column: str) -> pl.Expr:
        return pl.col(column).filter(pl.col("slot") == slot).first()

    return filled.group_by("relation_id").agg(
        **{
            f"{slot}_{part}": of(slot, part)
            for slot in ("decider", "insider")
            for part in ("base", "score")
        },
        slots_on=pl.col("dated_on").max(),
    )


def _supplier_names(relations: pl.DataFrame, parameters: Parameters) -> pl.DataFrame:
    """Number of valid names by text: `current_suppliers`, `known_names`."""
    texts = relations["current_suppliers"].unique().to_list()
    rows = [(text, len(valid_names(text, parameters))) for text in texts]
    schema = {"current_suppliers": pl.String(), "known_names": COUNT}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _parts(today: date) -> dict[str, pl.Expr]:
    """The recorded parts of the facets with their days; a part that is not there is null."""
    confirmed = pl.col("confirmed_on")

    def dated(has_it: pl.Expr, *days: str) -> pl.Expr:
        """Day of a part that is there; of unknown age it is of today."""
        edited = pl.max_horizontal(*days).fill_null(today)
        return pl.when(has_it.fill_null(value=False)).then(pl.max_horizontal(edited, confirmed))

    has_pattern = (pl.col("spend_categories").list.len() > 0) | pl.col(
        "purchase_frequency"
    ).is_not_null()
    by_deals = pl.when(pl.col("has_order_pattern")).then(pl.lit(today))
    by_order = pl.when(pl.col("has_order")).then(pl.lit(today))
    has_situation = pl.col("supplier_situation").is_in(SITUATIONS_WITHOUT_NAME)
    return {
        "amount_on": dated(pl.col("annual_category_spend") > 0, "annual_category_spend_set_on"),
        "pattern_on": pl.max_horizontal(
            dated(
                has_pattern.fill_null(value=False),
                "spend_categories_set_on",
                "purchase_frequency_set_on",
            ),
            by_deals,
        ),
        "order_volume_on": pl.max_horizontal(
            dated(pl.col("annual_order_volume") > 0, "annual_order_volume_set_on"), by_order
        ),
        "current_suppliers_on": pl.max_horizontal(
            dated(pl.col("known_names") > 0, "current_suppliers_set_on"),
            dated(has_situation, "supplier_situation_set_on"),
        ),
        "today": pl.lit(today),
        "decider_base": pl.col("decider_base").fill_null(exact(Decimal(0))),
        "insider_base": pl.col("insider_base").fill_null(exact(Decimal(0))),
    }


def _facets(parameters: Parameters, *, measures_contacts: bool) -> dict[str, pl.Expr]:
    """Score, base and day of each facet, and the two halves of the spend pattern."""
    rules = parameters.profile
    horizons = rules.horizons

    def fresh(day: str, horizon: Horizon) -> pl.Expr:
        age = (pl.col("today") - pl.col(day)).dt.total_days()
        return freshness(age, horizon).fill_null(exact(Decimal(0)))

    def there(day: str) -> pl.Expr:
        is_there = pl.col(day).is_not_null()
        return pl.when(is_there).then(exact(Decimal(1))).otherwise(exact(Decimal(0)))

    parts = rules.spend_parts
    amount = exact(parts.amount) * fresh("amount_on", horizons.spend_pattern)
    pattern = exact(parts.pattern) * fresh("pattern_on", horizons.spend_pattern)
    nothing = exact(Decimal(0))
    slots = [pl.col(f"{slot}_score").fill_null(nothing) for slot in ("decider", "insider")]
    contacts = quotient(slots[0] + slots[1], pl.lit(2))
    contacts_base = quotient(pl.col("decider_base") + pl.col("insider_base"), pl.lit(2))
    measured = pl.lit(measures_contacts)
    return {
        "spend_amount_score": amount,
        "spend_pattern_part_score": pattern,
        "spend_pattern_score": amount + pattern,
        "spend_pattern_base": exact(parts.amount) * there("amount_on")
        + exact(parts.pattern) * there("pattern_on"),
        "spend_pattern_on": pl.max_horizontal("amount_on", "pattern_on"),
        "order_volume_score": fresh("order_volume_on", horizons.order_volume),
        "order_volume_base": there("order_volume_on"),
        "current_suppliers_score": fresh("current_suppliers_on", horizons.current_suppliers),
        "current_suppliers_base": there("current_suppliers_on"),
        "right_contacts_score": pl.when(measured).then(contacts),
        "right_contacts_base": pl.when(measured).then(contacts_base),
        "right_contacts_on": pl.when(measured).then("slots_on"),
    }


def _totals(known_from: Decimal) -> dict[str, pl.Expr]:
    scores = [pl.col(f"{facet}_score") for facet in FACETS]
    is_known = [score >= exact(known_from) for score in scores]
    measured = pl.sum_horizontal(score.is_not_null() for score in scores)
    total = _sum(scores)
    missing = {
        facet: score < exact(known_from) for facet, score in zip(FACETS, scores, strict=True)
    }
    return {
        "profile_completeness": quotient(total, measured),
        "profile_facets_known": pl.sum_horizontal(is_known).cast(COUNT),
        "profile_missing": applying(missing),
    }


def _sum(values: Sequence[pl.Expr]) -> pl.Expr:
    """Exact sum; what is not measurable adds nothing."""
    total = exact(Decimal(0))
    for value in values:
        total = total + value.fill_null(exact(Decimal(0)))
    return total
