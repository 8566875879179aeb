"""`--format html` of `report`: gather what a page shows, and print it."""

from datetime import datetime

import polars as pl

from console.option import to_stdout
from console.page import HtmlReport, encodable
from console.trend import first_day
from jobs.basis import local_date
from jobs.configuration import settings_days
from jobs.report import sellers_and_team
from jobs.wiring import Wiring


def print_seller_page(wiring: Wiring, *, seller_id: str | None, as_of: datetime) -> None:
    """Print the page of the team and its sellers, as far as `seller_metrics.mode` allows.

    In `self` it shows the totals, or the one seller who is named and no totals: beside the figures
    of one, those of a small team would tell the figures of another.
    """
    everyone, team = sellers_and_team(wiring, as_of=as_of)
    is_self = wiring.parameters.seller_metrics.mode == "self"
    if seller_id is not None:
        shown = everyone.filter(pl.col("seller_id") == seller_id)
    else:
        shown = everyone.clear() if is_self else everyone
    totals = None if is_self and seller_id is not None else team.row(0, named=True)
    today = local_date(as_of, wiring.parameters)
    days = wiring.store.read_own_history(today=today).seller_days.to_dicts()
    _print(_maker(wiring, as_of).sellers(totals, shown.to_dicts(), days))


def print_relation_page(wiring: Wiring, relations: pl.DataFrame, *, as_of: datetime) -> None:
    """Print the page of relations."""
    _print(_maker(wiring, as_of).relations(relations.to_dicts()))


def _maker(wiring: Wiring, as_of: datetime) -> HtmlReport:
    today, timezone = local_date(as_of, wiring.parameters), wiring.parameters.reporting.timezone
    return HtmlReport(
        account=wiring.config.account,
        as_of=as_of,
        texts=wiring.texts,
        parameters=wiring.parameters,
        settings=settings_days(
            wiring.store, after=first_day(today), until=today, timezone=timezone
        ),
    )


def _print(page: str) -> None:
    console = to_stdout()
    console.file.write(encodable(page, console.encoding))
