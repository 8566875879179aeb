"""Convert the public UCI Online Retail invoices into the load layout (docs/load-layout.md).

`python -m tests.build.online_retail SOURCE TARGET` writes the folder TARGET. An invoice is a won
deal at the time of its first line, in London, with the exact sum of its lines; a cancellation
(`C...`) has a negative sum and so is a credit note. Lines without a customer are left out, invoices
worth nothing are kept. All customers belong to the one owner of the shop.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.build.layout import (
    WON,
    write,
    write_account,
    write_deal_companies,
    write_owners,
    write_pipeline,
)

PIPELINE, STAGE = "shop", "invoiced"
OWNER = 1
LONDON = ZoneInfo("Europe/London")

MAPPING = """\
crm: hubspot
stages:
  shop: {invoiced: order}
"""


@dataclass(slots=True)
class Invoice:
    """Sum and earliest time of the lines of one invoice."""

    customer: str
    at: str
    amount: Decimal = Decimal(0)


def write_layout(source: Path, target: Path, *, every: int = 1) -> None:
    """Write the whole account, or one customer in `every` in the order of their numbers."""
    invoices: dict[str, Invoice] = {}
    for line in _lines(source):
        customer = line["CustomerID"].removesuffix(".0")
        if not customer:
            continue
        invoice = invoices.setdefault(line["InvoiceNo"], Invoice(customer, line["InvoiceDate"]))
        invoice.at = min(invoice.at, line["InvoiceDate"])
        invoice.amount += int(line["Quantity"]) * Decimal(line["UnitPrice"])
    customers = sorted({one.customer for one in invoices.values()}, key=int)[::every]
    kept = set(customers)
    invoices = {number: one for number, one in invoices.items() if one.customer in kept}
    write_account(target, currency="GBP", timezone="Europe/London")
    write_owners(target, {OWNER: ("The", "shop")})
    write_pipeline(target, PIPELINE, "Shop", [(STAGE, "Invoiced", *WON)])
    write(
        target / "companies.csv",
        ("id", "name", "hubspot_owner_id"),
        [(customer, f"Customer {customer}", OWNER) for customer in customers],
    )
    write(
        target / "deals.csv",
        (
            "id", "dealname", "pipeline", "dealstage", "amount",
            "closedate", "createdate", "hubspot_owner_id",
        ),
        [
            (
                _deal_id(number), number, PIPELINE, STAGE, one.amount,
                _utc(one.at), _utc(one.at), OWNER,
            )
            for number, one in invoices.items()
        ],
    )  # fmt: skip
    write_deal_companies(
        target, [(_deal_id(number), one.customer) for number, one in invoices.items()]
    )


def _lines(source: Path) -> Iterator[dict[str, str]]:
    """Lines of all days in order."""
    for path in sorted((source / "by-day").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def _deal_id(number: str) -> str:
    """Digits of an invoice number; cancellations share one sequence with invoices."""
    return number.removeprefix("C")


def _utc(text: str) -> str:
    """Instant of a London time such as 2010-12-01 08:26:00."""
    return f"{datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC):%FT%TZ}"


if __name__ == "__main__":
    write_layout(Path(sys.argv[1]), Path(sys.argv[2]))
