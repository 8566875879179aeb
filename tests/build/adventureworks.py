"""Convert the public AdventureWorks reseller sales into the load layout (docs/load-layout.md).

`python -m tests.build.adventureworks SOURCE TARGET` writes the folder TARGET. An order is a won
deal on its order day: amount is the sum of its lines, margin that amount less its cost.

Cost is `TotalProductCost`, booked with the line when it was sold. `StandardCost` equals the product
list on every line, whatever the day, so it would rewrite the past. The cost booked is missing on
76 lines of July 2017: the 8 orders they belong to have no margin, for part of a cost is none.

A reseller belongs to the seller of its latest order; one that never ordered to the office, so that
it is a relation all the same. There is no currency column: amounts are taken as dollars. Targets
are left out: `ResellerSalesTargets.csv` names sellers by a national id that no other file maps.
"""

import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from tests.build.layout import (
    WON,
    noon,
    read,
    write,
    write_account,
    write_deal_companies,
    write_owners,
    write_pipeline,
)

PIPELINE, STAGE = "resellers", "ordered"
OFFICE = 1

MAPPING = """\
crm: hubspot
stages:
  resellers: {ordered: order}
fields:
  deal: {margin: gross_margin}
"""

Lines = list[dict[str, str]]


def write_layout(source: Path, target: Path) -> None:
    """Write the whole account."""
    lines = read(source / "FactResellerSales.csv")
    orders: dict[str, Lines] = defaultdict(list)
    for line in lines:
        orders[line["SalesOrderNumber"]].append(line)
    latest = {row["ResellerKey"]: row for row in sorted(lines, key=lambda row: row["OrderDate"])}
    sellers = sorted({int(row["EmployeeKey"]) for row in lines})
    write_account(target, currency="USD", timezone="America/Los_Angeles")
    names = {OFFICE: ("The", "office")} | {one: ("Seller", str(one)) for one in sellers}
    write_owners(target, names)
    write_pipeline(target, PIPELINE, "Resellers", [(STAGE, "Ordered", *WON)])
    write(
        target / "properties.csv",
        ("object_type", "name", "label", "type", "field_type", "options"),
        [("deals", "gross_margin", "Gross margin", "number", "number", "")],
    )
    write(
        target / "companies.csv",
        ("id", "name", "industry", "hubspot_owner_id"),
        [
            (
                row["ResellerKey"],
                row["ResellerName"],
                row["BusinessType"],
                latest[row["ResellerKey"]]["EmployeeKey"]
                if row["ResellerKey"] in latest
                else OFFICE,
            )
            for row in read(source / "Resellers.csv")
        ],
    )
    write(
        target / "deals.csv",
        (
            "id", "dealname", "pipeline", "dealstage", "amount", "gross_margin",
            "closedate", "createdate", "hubspot_owner_id",
        ),
        [
            (
                _deal_id(number),
                number,
                PIPELINE,
                STAGE,
                _amount(order),
                _margin(order),
                noon(order[0]["OrderDate"]),
                noon(order[0]["OrderDate"]),
                order[0]["EmployeeKey"],
            )
            for number, order in orders.items()
        ],
    )  # fmt: skip
    write_deal_companies(
        target, [(_deal_id(number), order[0]["ResellerKey"]) for number, order in orders.items()]
    )


def _deal_id(number: str) -> str:
    """Digits of an order number such as SO43659."""
    return number.removeprefix("SO")


def _amount(order: Lines) -> Decimal:
    return sum((Decimal(line["SalesAmount"]) for line in order), Decimal(0))


def _margin(order: Lines) -> Decimal | str:
    """Amount less cost; empty when the cost of a line is not known."""
    costs = [line["TotalProductCost"] for line in order]
    return "" if "NULL" in costs else _amount(order) - sum(map(Decimal, costs), Decimal(0))


if __name__ == "__main__":
    write_layout(Path(sys.argv[1]), Path(sys.argv[2]))
