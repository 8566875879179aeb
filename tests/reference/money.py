"""Chapter 5 read plainly: what deals are worth, when they count and for whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kpis.parameters import Parameters
from tests.reference.clock import DAY, Clock
from tests.reference.deals import order_of
from tests.reference.versions import read_runs

Row = dict[str, Any]


def companies_of(links: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Links to companies by the record they start from."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for link in links:
        found[link["from_id"]].append(link)
    return found


def only_company(links: list[Mapping[str, Any]]) -> str | None:
    """The primary company, else the only one (spec 0, Links)."""
    primary: list[str] = [link["relation_id"] for link in links if link["is_primary"]]
    if primary:
        return primary[0]
    return links[0]["relation_id"] if len(links) == 1 else None


def rate_of(mirror: Any, parameters: Parameters, deal: Row, day: date) -> Fraction | None:
    """Value of one unit of the deal's currency in the reporting currency at a day (5.1)."""
    reporting, account = parameters.reporting.currency, mirror.account_currency
    account = account or reporting
    currency = deal["currency"] or account
    if currency == reporting:
        return Fraction(1)
    if reporting == account and deal["exchange_rate"]:
        return Fraction(deal["exchange_rate"])
    own = [pair for pair in parameters.reporting.rates.get(currency, ()) if pair[0] <= day]
    if own:
        return Fraction(max(own)[1])
    if reporting != account:
        return None
    told = [
        (row["valid_from"], row["rate"])
        for row in mirror.rates.iter_rows(named=True)
        if row["currency"] == currency and row["valid_from"] <= day
    ]
    return Fraction(max(told)[1]) if told else None


def read_facts(mirror: Any, meaning: Any, parameters: Parameters, clock: Clock) -> list[Row]:
    """Every deal with its relation, outcome, close, money and warnings."""
    links = companies_of(mirror.deal_companies.iter_rows(named=True))
    stages = {(row["pipeline"], row["stage"]): row for row in meaning.stages.iter_rows(named=True)}
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for row in mirror.splits.iter_rows(named=True):
        shares[row["deal_id"]] += row["share"]
    facts = []
    for deal in mirror.deals.iter_rows(named=True):
        found = links[deal["deal_id"]]
        stage = stages.get((deal["pipeline"], deal["stage"]), {})
        close_day = deal["closed_on"]
        close_at = None if close_day is None else clock.start(close_day)
        if deal["closed_at"] is not None:
            close_at, close_day = deal["closed_at"], clock.day(deal["closed_at"])
        is_won = bool(stage.get("is_won"))
        at = clock.today if close_day is None or not is_won else close_day
        rate = rate_of(mirror, parameters, deal, at)
        fact = {
            **deal,
            "relation_id": only_company(found),
            "linked": [link["relation_id"] for link in found],
            "outcome": stage.get("outcome"),
            "is_won": is_won,
            "is_lost": bool(stage.get("is_lost")),
            "is_credit": is_won and (deal["amount"] or 0) < 0,
            "close_at": close_at,
            "close_day": close_day,
            "is_day_only": deal["closed_at"] is None,
            "worth": None if rate is None else Fraction(deal["amount"] or 0) * rate,
            "profit": None
            if rate is None or deal["margin"] is None
            else Fraction(deal["margin"]) * rate,
            "is_realised": is_won and close_at is not None and close_at <= clock.as_of,
            "splits_total": shares.get(deal["deal_id"]),
        }
        fact["warnings"] = sorted(deal_warnings(fact, clock))
        facts.append(fact)
    return facts


def deal_warnings(fact: Row, clock: Clock) -> Iterable[str]:
    """What is wrong with a deal (3.1, 3.2, 5.1 and 5.2)."""
    yield from _place_warnings(fact, clock)
    if fact["is_realised"]:
        yield from _money_warnings(fact)


def _place_warnings(fact: Row, clock: Clock) -> Iterable[str]:
    if len(fact["linked"]) > 1 and fact["relation_id"] is None:
        yield "several_companies_without_primary"
    if fact["stage"] is None:
        yield "stage_unknown"
    elif fact["outcome"] is None:
        yield "stage_unmapped"
    if fact["is_won"] and fact["close_at"] is None:
        yield "close_date_missing"
    if fact["is_won"] and fact["close_at"] is not None and fact["close_at"] > clock.as_of:
        yield "closed_in_future"


def _money_warnings(fact: Row) -> Iterable[str]:
    if fact["amount"] is None:
        yield "amount_missing"
    if fact["worth"] is None:
        yield "exchange_rate_missing"
    if fact["splits_total"] is not None and fact["splits_total"] != 1:
        yield "splits_invalid"


@dataclass(frozen=True)
class Credit:
    """Part of a realised deal that belongs to one seller."""

    fact: Row
    seller_id: str
    share: Fraction


def read_credits(mirror: Any, facts: list[Row], clock: Clock) -> list[Credit]:
    """Who gets what of every realised deal: splits, else the owner at close (5.2)."""
    runs = read_runs(mirror.deal_changes.iter_rows(named=True), "owner", clock.as_of)
    splits: dict[str, list[Row]] = defaultdict(list)
    for row in mirror.splits.iter_rows(named=True):
        splits[row["deal_id"]].append(row)
    found = []
    for fact in facts:
        if not fact["is_realised"]:
            continue
        if fact["splits_total"] == 1:
            found += [
                Credit(fact, row["owner"], Fraction(row["share"]))
                for row in splits[fact["deal_id"]]
            ]
            continue
        owner = owner_at_close(fact, runs.get(fact["deal_id"], []), clock)
        if owner is not None:
            found.append(Credit(fact, owner, Fraction(1)))
    return found


def owner_at_close(fact: Row, runs: list[Any], clock: Clock) -> str | None:
    """Owner then; before the first known owner the first known one (5.2)."""
    end = fact["close_at"]
    if fact["is_day_only"]:
        end = clock.start(fact["close_day"] + DAY) - timedelta(milliseconds=1)
    then = [run.value for run in runs if run.start <= end]
    known: list[str] = [run.value for run in runs if run.value is not None]
    if any(value is not None for value in then):
        last: str | None = then[-1]
        return last
    if known:
        return known[0]
    owner: str | None = fact["owner"]
    return owner


def is_order(fact: Row) -> bool:
    """Whether it is a won deal of this file: realised and no credit note (1)."""
    return fact["is_realised"] and not fact["is_credit"]


def periods(clock: Clock) -> dict[str, tuple[date, date]]:
    """First and last day of every period to date (5.1)."""
    today, year_ago = clock.today, clock.months_ago(12)
    return {
        "revenue_mtd": (today.replace(day=1), today),
        "revenue_qtd": (clock.quarter_start(), today),
        "revenue_ytd": (clock.year()[0], today),
        "revenue_ttm": (year_ago + DAY, today),
        "revenue_prev_ttm": (clock.months_ago(24) + DAY, year_ago),
    }


def net(parts: Iterable[tuple[Row, Fraction]], first: date, last: date) -> Fraction:
    """Sum of realised deals, credit notes included, of a period."""
    return sum(
        (
            fact["worth"] * share
            for fact, share in parts
            if fact["is_realised"] and first <= fact["close_day"] <= last
            if fact["worth"] is not None
        ),
        Fraction(0),
    )


def profit(parts: Iterable[tuple[Row, Fraction]], first: date, last: date) -> Fraction | None:
    """Margin of the deals that have one; null when none has (5.1 and spec 0)."""
    found = [
        fact["profit"] * share
        for fact, share in parts
        if fact["is_realised"] and first <= fact["close_day"] <= last
        if fact["profit"] is not None
    ]
    return sum(found, Fraction(0)) if found else None


def read_target(
    mirror: Any, parameters: Parameters, clock: Clock, seller_id: str
) -> Fraction | None:
    """Target of the year: a goal with exactly that period, else a sum that covers it (5.4)."""
    first, last = clock.year()
    goals = sorted(goals_of(mirror, parameters, clock, seller_id), key=lambda goal: goal[:3])
    exact = [amount for start, end, _, amount in goals if (start, end) == (first, last)]
    if exact:
        return exact[0]
    return _covered([(start, end, amount) for start, end, _, amount in goals], first, last)


def goals_of(
    mirror: Any, parameters: Parameters, clock: Clock, seller_id: str
) -> Iterable[tuple[date, date, tuple[int, str], Fraction]]:
    """First day, last day, order and amount of the goals of a seller."""
    if parameters.revenue.target == "config":
        for place, target in enumerate(parameters.revenue.targets):
            if target.owner == seller_id:
                yield target.start, target.end, (place, ""), Fraction(target.amount)
        return
    types = parameters.revenue.goal_types
    for goal in mirror.goals.iter_rows(named=True):
        if goal["seller_id"] != seller_id or (types and goal["goal_type"] not in types):
            continue
        end = clock.day(goal["ends_at"])
        if goal["ends_at"] == clock.start(end):
            end -= DAY
        yield clock.day(goal["starts_at"]), end, order_of(goal["goal_id"]), Fraction(goal["amount"])


def _covered(goals: list[tuple[date, date, Fraction]], first: date, last: date) -> Fraction | None:
    """Sum of goals that follow each other from the first to the last day."""
    if first > last:
        return Fraction(0)
    for start, end, amount in sorted(goals, key=lambda goal: goal[1], reverse=True):
        if start == first and start <= end <= last:
            rest = _covered(goals, end + DAY, last)
            if rest is not None:
                return amount + rest
    return None
