"""A year of real invoices: revenue with its credits, the rhythm of ordering, and who is a customer.

Everything expected is computed here from the source by plain Python, for all 4,372 customers; the
whole goes through files, one customer in eight through the API.
"""

import csv
import gzip
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from connector.sandbox import Sandbox
from connector.sandbox.load import load_portal
from jobs.outcome import Report
from tests.acceptance.workplace import Workplace, instant
from tests.build.online_retail import MAPPING, write_layout

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "uci-online-retail"
EXTRA = "reporting: {currency: GBP, timezone: Europe/London}\n"
TODAY, AS_OF = date(2011, 12, 10), "2011-12-10T23:59:59+00:00"
YEAR = ("--from", "2010-12-11", "--to", "2011-12-10")
EVERY = 8

# What roams over everything counts no lines: that doubles its time, and tells nothing.
pytestmark = [
    pytest.mark.no_cover,
    pytest.mark.skipif(
        not SOURCE.exists(), reason="the Online Retail data set is not at hand beside this checkout"
    ),
]


class Invoice(NamedTuple):
    """One invoice or cancellation of a customer; times of the source are local to London."""

    day: date
    amount: Decimal
    is_credit: bool


Invoices = dict[str, list[Invoice]]
Rows = dict[str, dict[str, object]]


class Run(NamedTuple):
    """A workplace after two runs over the same source."""

    workplace: Workplace
    first: Report
    second: Report


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """The whole source through files."""
    folder = tmp_path_factory.mktemp("online-retail")
    write_layout(SOURCE, folder / "layout")
    workplace = Workplace(folder, "http://127.0.0.1:1", extra=EXTRA, mapping=MAPPING)
    workplace.use_files(folder / "layout", folder / "results")
    return synced_twice(workplace)


@pytest.fixture(scope="module")
def relations(run: Run) -> Rows:
    return by_relation(run.workplace.report("relations", "--as-of", AS_OF))


@pytest.fixture(scope="module")
def invoices() -> Invoices:
    return read_invoices()


def synced_twice(workplace: Workplace) -> Run:
    moment = instant(AS_OF)
    return Run(workplace, workplace.sync(as_of=moment), workplace.sync(as_of=moment))


def by_relation(rows: list[dict[str, object]]) -> Rows:
    return {str(row["relation_id"]): row for row in rows}


def lines() -> Iterator[dict[str, str]]:
    for path in sorted(SOURCE.glob("by-day/*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def read_invoices() -> Invoices:
    """Invoices by customer, in order of time."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    days: dict[tuple[str, str], str] = {}
    for row in lines():
        if row["CustomerID"]:
            key = row["CustomerID"][: -len(".0")], row["InvoiceNo"]
            sums[key] += Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
            days[key] = min(row["InvoiceDate"][:10], days.get(key, "9999"))
    found = defaultdict(list)
    for (customer, number), amount in sums.items():
        day = date.fromisoformat(days[customer, number])
        found[customer].append(Invoice(day, amount, number.startswith("C")))
    return {customer: sorted(bought) for customer, bought in found.items()}


def cents(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def money_of(bought: list[Invoice]) -> tuple[str, str, str]:
    """Gross, credits and net of the year up to today."""
    year = [one for one in bought if TODAY.replace(year=TODAY.year - 1) < one.day <= TODAY]
    gross = sum((one.amount for one in year if not one.is_credit), Decimal(0))
    returned = sum((one.amount for one in year if one.is_credit), Decimal(0))
    return cents(gross), cents(returned), cents(gross + returned)


def ordered(bought: list[Invoice]) -> list[date]:
    """Distinct days with an order; an order worth nothing is one, a cancellation is none."""
    return sorted({one.day for one in bought if not one.is_credit})


def hold(days: list[date]) -> int | None:
    """Days that the last order holds the order phase; a regular orderer's rhythm can extend it."""
    if not days:
        return None
    intervals = [Fraction((later - earlier).days) for earlier, later in pairwise(days)]
    rhythm = math.ceil(Fraction(3, 2) * median(intervals)) if len(intervals) >= 3 else 0
    return max(90, rhythm)


def phase(days: list[date]) -> str:
    held = hold(days)
    if held is None:
        return "unknown"
    age = (TODAY - days[-1]).days
    if age < held:
        return "order"
    return "orienting" if age < max(365, held) else "no_interest"


def ordered_lately(days: list[date]) -> bool:
    return bool(days) and (TODAY - days[-1]).days < 365


def has_pattern(bought: list[Invoice]) -> bool:
    """At least three orders in at least two months; all of the source lies within 24 months."""
    months = [one.day.replace(day=1) for one in bought if not one.is_credit]
    return len(months) >= 3 and len(set(months)) >= 2


def check_money(workplace: Workplace, invoices: Invoices) -> None:
    """Gross, credits and net of the year, by customer."""
    revenue = by_relation(workplace.report("revenue", *YEAR, "--by", "relation"))
    relations = by_relation(workplace.report("relations", "--as-of", AS_OF))
    expected = {customer: money_of(bought) for customer, bought in invoices.items()}
    active = {one for one, bought in invoices.items() if bought[-1].day > date(2010, 12, 10)}

    assert {one: (row["gross"], row["credits"], row["amount"]) for one, row in revenue.items()} == {
        one: expected[one] for one in active
    }
    assert {one: row["revenue_ttm"] for one, row in relations.items()} == {
        one: net for one, (_, _, net) in expected.items()
    }


def check_orders(relations: Rows, invoices: Invoices) -> None:
    """Last order and phase, by customer; the phase rests on the hold."""
    days = {customer: ordered(bought) for customer, bought in invoices.items()}

    assert {one: row["last_won_on"] for one, row in relations.items()} == {
        one: found[-1].isoformat() if found else None for one, found in days.items()
    }
    assert {one: row["buying_phase"] for one, row in relations.items()} == {
        one: phase(found) for one, found in days.items()
    }


def check_profile(relations: Rows, invoices: Invoices, *, facets: int) -> None:
    """Facets of the profile that orders tell; nothing in the source tells the others.

    With a fourth facet contacts can be measured, and there are none.
    """
    for one, bought in invoices.items():
        volume, pattern = ordered_lately(ordered(bought)), has_pattern(bought)
        is_known = {
            "current_suppliers": False,
            "order_volume": volume,
            "right_contacts": facets == 3,
            "spend_pattern": pattern,
        }
        completeness = (Decimal(volume) + Decimal(pattern) / 2) / facets
        row = relations[one]
        assert row["profile_missing"] == [name for name, known in is_known.items() if not known]
        assert row["profile_completeness"] == f"{completeness:.4f}"


def test_gross_credits_and_net_equal_the_source_through_files(run, invoices):
    check_money(run.workplace, invoices)
    assert (run.first.status, run.second.status, run.second.found) == ("done", "done", [])


def test_the_year_of_the_whole_shop_equals_the_source_to_the_penny(run):
    rows = run.workplace.report("revenue", *YEAR, "--by", "seller")

    assert [(row["seller"], row["gross"], row["credits"], row["amount"]) for row in rows] == [
        ("The shop", "8565879.62", "-602442.51", "7963437.11")
    ]


def test_last_order_hold_and_phase_equal_the_source_through_files(relations, invoices):
    """The phase of all customers on 10 December 2011.

    The rhythm of 318 regular customers holds longer than 90 days. It keeps 11 of them in the order
    phase whose last order is 90 days old or older. 14 leave it on this very day, 12 the day after.
    """
    days = {customer: ordered(bought) for customer, bought in invoices.items()}
    ages = {one: (TODAY - found[-1]).days for one, found in days.items() if found}
    holds = {one: hold(days[one]) or 0 for one in ages}

    check_orders(relations, invoices)
    assert Counter(row["buying_phase"] for row in relations.values()) == {
        "order": 2887,
        "orienting": 1372,
        "no_interest": 80,
        "unknown": 33,
    }
    assert sum(held > 90 for held in holds.values()) == 318
    assert sum(90 <= age < holds[one] for one, age in ages.items()) == 11
    left = Counter(holds[one] - age for one, age in ages.items())
    assert (left[0], left[1]) == (14, 12)


def test_a_later_cancellation_is_not_the_last_order(relations, invoices):
    later = {one for one, bought in invoices.items() if bought[-1].is_credit and ordered(bought)}
    after = {one for one in later if ordered(invoices[one])[-1] < invoices[one][-1].day}

    assert len(after) == 444
    assert all(relations[one]["last_won_on"] < invoices[one][-1].day.isoformat() for one in after)


def test_customers_with_cancellations_alone_never_ordered(run, relations, invoices):
    alone = [one for one, bought in invoices.items() if all(bill.is_credit for bill in bought)]

    assert len(alone) == 33
    told = {
        (row["buying_phase"], row["last_won_on"], row["phase_history"])
        for row in (relations[one] for one in alone)
    }
    assert told == {("unknown", None, None)}


def test_an_invoice_worth_nothing_is_an_order_and_a_cancellation_is_none(run, invoices):
    bills = [bill for bought in invoices.values() for bill in bought]
    deals = run.first.results.deals

    assert sum(bill.amount == 0 for bill in bills) == 4
    assert sum(bill.is_credit for bill in bills) == 3654
    assert Counter(deals["deal_phase"].to_list()) == {"order": 18_536, None: 3654}


def test_orders_alone_make_volume_known_and_a_pattern_half_known(relations, invoices):
    """4,259 customers ordered within 365 days, 1,988 of all at least three times in two months.

    A folder without contacts cannot tell the right ones, so three facets are left to measure.
    """
    check_profile(relations, invoices, facets=3)
    assert sum(ordered_lately(ordered(bought)) for bought in invoices.values()) == 4259
    assert sum(has_pattern(bought) for bought in invoices.values()) == 1988


def test_one_customer_in_eight_equals_the_source_through_the_api(invoices, tmp_path):
    write_layout(SOURCE, tmp_path / "layout", every=EVERY)
    kept = sorted(invoices, key=int)[::EVERY]
    part = {customer: invoices[customer] for customer in kept}
    with Sandbox(load_portal(tmp_path / "layout"), limits=None) as sandbox:
        workplace = Workplace(tmp_path, sandbox.base_url, extra=EXTRA, mapping=MAPPING)
        workplace.set_up()

        run = synced_twice(workplace)

    check_money(workplace, part)
    relations = by_relation(workplace.report("relations", "--as-of", AS_OF))
    check_orders(relations, part)
    check_profile(relations, part, facets=4)
    assert (run.first.status, run.second.found) == ("done", [])
