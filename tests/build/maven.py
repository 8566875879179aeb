"""Convert the public Maven CRM data set into the load layout (docs/load-layout.md).

`python -m tests.build.maven SOURCE TARGET` writes the folder TARGET. Ids are numbers in the order
of the source; a deal without an account stays without a company; amounts are those of won deals.
"""

import sys
from pathlib import Path

from tests.build.layout import (
    FIRST_COMPANY,
    FIRST_DEAL,
    FIRST_OWNER,
    LOST,
    WON,
    noon,
    numbered,
    read,
    write,
    write_account,
    write_deal_companies,
    write_owners,
    write_pipeline,
)

STAGES = (
    ("prospecting", "Prospecting", "0.1", "false"),
    ("engaging", "Engaging", "0.5", "false"),
    ("won", "Won", *WON),
    ("lost", "Lost", *LOST),
)
PIPELINE = "hardware"

MAPPING = """\
crm: hubspot
stages:
  hardware: {prospecting: orienting, engaging: interest, won: order, lost: lost}
"""


def write_layout(source: Path, target: Path) -> None:
    """Write the whole account."""
    accounts, deals = read(source / "accounts.csv"), read(source / "sales_pipeline.csv")
    agents = [row["sales_agent"] for row in read(source / "sales_teams.csv")]
    company_of = numbered([row["account"] for row in accounts], FIRST_COMPANY)
    owner_of = numbered(agents, FIRST_OWNER)
    deal_ids = [FIRST_DEAL + at for at in range(len(deals))]
    write_account(target, currency="USD", timezone="America/New_York")
    names = {name: name.split(" ", 1) for name in agents}
    write_owners(target, {owner_of[one]: (first, last) for one, (first, last) in names.items()})
    write_pipeline(target, PIPELINE, "Hardware", STAGES)
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
                noon(row["close_date"]),
                noon(row["engage_date"]),
                owner_of[row["sales_agent"]],
            )
            for deal_id, row in zip(deal_ids, deals, strict=True)
        ],
    )
    write_deal_companies(
        target,
        [
            (deal_id, company_of[row["account"]])
            for deal_id, row in zip(deal_ids, deals, strict=True)
            if row["account"]
        ],
    )


def _owner(account: str, deals: list[dict[str, str]], owner_of: dict[str, int]) -> int:
    """Seller of the account's first deal, for accounts themselves name none."""
    return next(owner_of[row["sales_agent"]] for row in deals if row["account"] == account)


if __name__ == "__main__":
    write_layout(Path(sys.argv[1]), Path(sys.argv[2]))
