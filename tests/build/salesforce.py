"""Convert the public Salesforce opportunities into the load layout (docs/load-layout.md).

`python -m tests.build.salesforce SOURCE TARGET` writes the folder TARGET. An opportunity is a deal,
its stage history that of the stage. Dates of the source are DAY first and carry no time.

Where record and history contradict each other the dated history counts: in 21 open opportunities
the stage on the record is an earlier one, without a date from which it would hold again, and in 32
the history begins before the record says it was created. Accounts and owners have ids only; those
stand as their names. An account belongs to the owner of its first opportunity.
"""

import sys
from datetime import date, datetime
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

PIPELINE = "opportunities"
STAGES = (
    ("prospecting", "Prospecting", "0.1", "false"),
    ("qualification", "Qualification", "0.2", "false"),
    ("value_proposition", "Value Proposition", "0.5", "false"),
    ("negotiation", "Negotiation/Review", "0.9", "false"),
    ("closed_won", "Closed Won", *WON),
    ("closed_lost", "Closed Lost", *LOST),
)
STAGE_ID = {label: stage_id for stage_id, label, *_ in STAGES}

MAPPING = """\
crm: hubspot
stages:
  opportunities:
    prospecting: orienting
    qualification: orienting
    value_proposition: interest
    negotiation: quote
    closed_won: order
    closed_lost: lost
"""

Steps = list[tuple[date, str]]
"""Days on which an opportunity entered a stage, oldest first, and the stage id."""


def write_layout(source: Path, target: Path) -> None:
    """Write the whole account."""
    opportunities = read(source / "Opportunity.csv")
    steps: dict[str, Steps] = {row["Id"]: [] for row in opportunities}
    for row in read(source / "Opportunity History.csv"):
        steps[row["OppID"]].append((_day(row["CreatedDate"]), STAGE_ID[row["StageName"]]))
    for entered in steps.values():
        entered.sort()
    company_of = numbered([row["AccountId"] for row in opportunities], FIRST_COMPANY)
    owner_of = numbered([row["OwnerId"] for row in opportunities], FIRST_OWNER)
    deal_of = numbered(steps, FIRST_DEAL)
    first_owner = {row["AccountId"]: row["OwnerId"] for row in reversed(opportunities)}
    write_account(target, currency="USD", timezone="UTC")
    write_owners(target, {number: ("Owner", owner) for owner, number in owner_of.items()})
    write_pipeline(target, PIPELINE, "Opportunities", STAGES)
    write(
        target / "companies.csv",
        ("id", "name", "hubspot_owner_id"),
        [
            (number, account, owner_of[first_owner[account]])
            for account, number in company_of.items()
        ],
    )
    write(
        target / "deals.csv",
        (
            "id", "dealname", "pipeline", "dealstage", "amount",
            "closedate", "createdate", "hubspot_owner_id",
        ),
        [
            (
                deal_of[row["Id"]],
                row["Name"],
                PIPELINE,
                steps[row["Id"]][-1][1],
                row["Amount"],
                noon(_day(row["CloseDate"]).isoformat()),
                noon(min(_day(row["CreatedDate"]), steps[row["Id"]][0][0]).isoformat()),
                owner_of[row["OwnerId"]],
            )
            for row in opportunities
        ],
    )  # fmt: skip
    write(
        target / "history.csv",
        ("object_type", "id", "property", "value", "timestamp", "source_type"),
        [
            ("deals", deal_of[one], "dealstage", stage, noon(day.isoformat()), "CRM_UI")
            for one, entered in steps.items()
            for day, stage in entered
        ],
    )
    write_deal_companies(
        target, [(deal_of[row["Id"]], company_of[row["AccountId"]]) for row in opportunities]
    )


def _day(text: str) -> date:
    """Day of a text such as 06/04/2022, which is 6 April."""
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, not an instant


if __name__ == "__main__":
    write_layout(Path(sys.argv[1]), Path(sys.argv[2]))
