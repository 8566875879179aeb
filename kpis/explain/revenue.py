"""Why this revenue: the deals that count, and those that do not (spec 5)."""

from typing import Any

import polars as pl

from kpis.calendar import periods_to_date, previous_trailing_year
from kpis.deal import is_realised
from kpis.explain.deal import elsewhere
from kpis.explain.node import Case, Node, money, plain, ratio
from kpis.frames import by_id

NEWEST_FIRST = [True, False, False]


def revenue(case: Case) -> Node:
    """Sums of the year and of two trailing years, with every deal in or out of them."""
    children = [
        case.written("revenue_ytd", case.phrase("net")),
        case.written("revenue_ttm", case.phrase("net")),
        case.written("revenue_prev_ttm", case.phrase("net")),
        Node("revenue_growth", ratio(case.row["revenue_growth"]), "5.3", case.phrase("growth")),
        case.written("margin_ttm", case.phrase("margin_sum")),
        case.written("share_of_potential"),
        case.written("last_won_on"),
    ]
    if "deals" not in case.mirror.readable:
        return Node("kpi4", "", "5", case.phrase("deals_unreadable"), tuple(children))
    counted, left_out = _counted(case), [*_left_out(case), *elsewhere(case, "5.2", is_won=True)]
    children += [
        Node("deals_counted", str(len(counted)), "5.1", "", tuple(counted)),
        Node("left_out", str(len(left_out)), "5.1", "", tuple(left_out)),
    ]
    note = case.phrase("booked", currency=case.parameters.reporting.currency)
    return Node("kpi4", "", "5", note, tuple(children))


def _won(case: Case) -> pl.DataFrame:
    """Won deals of the relation, newest first, with what the CRM says of their money."""
    given = case.mirror.deals.select("deal_id", given="amount")
    written = case.results.deals.select("deal_id", "deal_realised_amount")
    return (
        case.only(case.work.facts)
        .filter("is_won")
        .with_columns(is_realised=is_realised(case.as_of))
        .join(given, on="deal_id", how="left")
        .join(written, on="deal_id", how="left")
        .sort("close_day", *by_id("deal_id"), descending=NEWEST_FIRST, nulls_last=True)
    )


def _credited(case: Case) -> pl.Series:
    """Deals with rows of credits: those that stand in the sums."""
    return case.only(case.results.credits)["deal_id"].unique()


def _counted(case: Case) -> list[Node]:
    rows = _won(case).filter(pl.col("deal_id").is_in(_credited(case).implode()))
    return [
        Node("deal", one["deal_id"], "5.1", _money_note(case, one))
        for one in rows.iter_rows(named=True)
    ]


def _money_note(case: Case, deal: dict[str, Any]) -> str:
    reporting = case.parameters.reporting.currency
    given = plain(deal["given"]) or case.phrase("empty")
    foreign = deal["currency"] != reporting
    return case.listed(
        case.phrase("realised_on", date=deal["close_day"], amount=money(deal["amount"])),
        case.phrase("rate", given=given, currency=deal["currency"], rate=plain(deal["rate"]))
        if foreign
        else "",
        case.phrase("deal_credit") if deal["is_credit"] else "",
        _periods(case, deal),
        _sellers(case, deal["deal_id"]),
        ", ".join(case.label("deal_warning", one) for one in deal["warnings"]),
    )


def _periods(case: Case, deal: dict[str, Any]) -> str:
    """Sums that the deal stands in."""
    to_date = periods_to_date(case.today, case.parameters.reporting.fiscal_year_start)
    named = {
        "revenue_ytd": to_date["ytd"],
        "revenue_ttm": to_date["ttm"],
        "revenue_prev_ttm": previous_trailing_year(case.today),
    }
    day = deal["close_day"]
    labels = [
        case.texts.properties.companies[name].text(case.language)
        for name, period in named.items()
        if period.start <= day < period.end
    ]
    return case.phrase("counts_in", sums=", ".join(labels)) if labels else case.phrase("too_old")


def _sellers(case: Case, deal_id: str) -> str:
    """Who is credited: more than one seller, or another than the owner."""
    rows = case.results.credits.filter(pl.col("deal_id") == deal_id)
    parts = [
        case.phrase(
            "credited",
            seller=one["seller_id"] or case.phrase("nobody"),
            amount=money(one["amount"]),
        )
        for one in rows.iter_rows(named=True)
    ]
    return ", ".join(parts)


def _left_out(case: Case) -> list[Node]:
    """Won deals of the relation that stand in no sum, with their warnings."""
    rows = _won(case).filter(~pl.col("deal_id").is_in(_credited(case).implode()))
    return [
        Node(
            "deal",
            one["deal_id"],
            "5.1",
            case.listed(
                case.phrase("closes_on", date=one["close_day"]) if one["close_day"] else "",
                ", ".join(case.label("deal_warning", warning) for warning in one["warnings"]),
            ),
        )
        for one in rows.iter_rows(named=True)
    ]
