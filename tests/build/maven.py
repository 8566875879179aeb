"""Convert the public Maven CRM data set into the load layout (docs/load-layout.md).

`python tests/build/maven.py SOURCE TARGET` writes the folder TARGET. Ids are numbers in the order
of the source; a deal without an account stays without a company; amounts are those of won deals.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

STAGES = (
    # id, label, order, probability, closed
    ("prospecting", "Prospecting", 0, "0.1", "false"),
    ("engaging", "Engaging", 1, "0.5", "false"),
    ("won", "Won", 2, "1.0", "true"),
    ("lost", "Lost", 3, "0.0", "true"),
)
PIPELINE = "hardware"
FIRST_COMPANY, FIRST_OWNER, FIRST_DEAL = 1001, 101, 100001

MAPPING = """\
crm: hubspot
stages:
  hardware: {prospecting: orienting, engaging: interest, won: order, lost: lost}
"""


def read(path: Path) -> list[dict[str, str]]:
    """Rows of one source file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One file of the layout."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_layout(source: Path, target: Path) -> None:
    """Write the whole account."""
    target.mkdir(parents=True, exist_ok=True)
    accounts, deals = read(source / "accounts.csv"), read(source / "sales_pipeline.csv")
    agents = [row["sales_agent"] for row in read(source / "sales_teams.csv")]
    company_of = {row["account"]: FIRST_COMPANY + at for at, row in enumerate(accounts)}
    owner_of = {name: FIRST_OWNER + at for at, name in enumerate(agents)}
    deal_ids = [FIRST_DEAL + at for at in range(len(deals))]
    write(
        target / "account.csv",
        ("key", "value"),
        [("account_id", "4711"), ("currency", "USD"), ("timezone", "America/New_York")],
    )
    write(
        target / "owners.csv",
        ("id", "first_name", "last_name", "email", "user_id", "archived"),
        [
            (
                owner_of[name],
                *name.split(" ", 1),
                f"seller{owner_of[name]}@example.com",
                "",
                "false",
            )
            for name in agents
        ],
    )
    write(
        target / "pipelines.csv",
        (
            "pipeline_id", "pipeline_label", "stage_id", "stage_label",
            "display_order", "probability", "is_closed",
        ),
        [(PIPELINE, "Hardware", *stage) for stage in STAGES],
    )  # fmt: skip
    write(
        target / "companies.csv",
        ("id", "name", "industry", "numberofemployees", "annualrevenue", "hubspot_owner_id"),
        [
            (
                company_of[row["account"]],
                row["account"],
                row["sector"],
                row["employees"],
                f"{float(row['revenue']) * 1_000_000:.0f}",
                _owner(row["account"], deals, owner_of),
            )
            for row in accounts
        ],
    )
    write(
        target / "deals.csv",
        ("id", "pipeline", "dealstage", "amount", "closedate", "createdate", "hubspot_owner_id"),
        [
            (
                deal_id,
                PIPELINE,
                row["deal_stage"].casefold(),
                row["close_value"] if row["deal_stage"] == "Won" else "",
                _instant(row["close_date"]),
                _instant(row["engage_date"]),
                owner_of[row["sales_agent"]],
            )
            for deal_id, row in zip(deal_ids, deals, strict=True)
        ],
    )
    write(
        target / "associations.csv",
        ("from_type", "from_id", "to_type", "to_id", "label"),
        [
            ("deals", deal_id, "companies", company_of[row["account"]], "Primary")
            for deal_id, row in zip(deal_ids, deals, strict=True)
            if row["account"]
        ],
    )


def _owner(account: str, deals: list[dict[str, str]], owner_of: dict[str, int]) -> int:
    """Seller of the account's first deal, for accounts themselves name none."""
    return next(owner_of[row["sales_agent"]] for row in deals if row["account"] == account)


def _instant(day: str) -> str:
    """Noon of the account's day in UTC: no time zone between the Americas and Asia moves it."""
    return f"{day}T12:00:00Z" if day else ""


if __name__ == "__main__":
    write_layout(Path(sys.argv[1]), Path(sys.argv[2]))
