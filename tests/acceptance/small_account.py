"""A small CRM account whose every name, address and amount would be noticed where it must not be.

Companies 1 to n, each with one contact and one deal of the same number. The first two have given
an order; all others have a quote before them.
"""

from datetime import UTC, datetime

from connector.sandbox import Portal

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
WON_AT = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
STAGES = [
    ("qualifiedtobuy", "Qualified", "0.4", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Won", "1.0", True),
    ("closedlost", "Lost", "0.0", True),
]
PRIVATE = (
    "Geheim",
    "Verborgen",
    "secret.example",
    "98765",
    "sandbox-token",
    "second-token",
    "secret-path",
)
"""Words of people, amounts and secrets: none may stand in a log, an error or a run's record."""


def small_account(companies: int = 12) -> Portal:
    """Build the account."""
    portal = Portal()
    portal.add_owner("1", "Sanne", "Geheim", "sanne@secret.example")
    portal.add_pipeline("default", "Sales", STAGES)
    for number in range(1, companies + 1):
        _add(portal, str(number))
    for one in ("1", "2"):
        won = {"dealstage": "closedwon", "closedate": to_iso(WON_AT)}
        portal.set_values("deals", one, won, at=WON_AT)
    return portal


def to_iso(moment: datetime) -> str:
    """Moment as the CRM takes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _add(portal: Portal, one: str) -> None:
    portal.add_record(
        "companies", one, {"name": f"Geheim {one}", "hubspot_owner_id": "1"}, at=BEGIN
    )
    person = {"firstname": "Piet", "lastname": "Verborgen", "email": f"p{one}@secret.example"}
    portal.add_record("contacts", one, person, at=BEGIN)
    portal.associate("contacts", one, "companies", one, "Primary")
    deal = {
        "pipeline": "default",
        "dealstage": "contractsent",
        "amount": "98765.43",
        "hubspot_owner_id": "1",
    }
    portal.add_record("deals", one, deal, at=BEGIN)
    portal.associate("deals", one, "companies", one, "Primary")


def values_of_ours(portal: Portal) -> dict[str, dict[str, str]]:
    """Every value of ours that stands in the account, by type and id of its record."""
    return {
        f"{kind} {one}": {
            name: text
            for name, text in sorted(portal.values(kind, str(one)).items())
            if name.startswith("csk_") and text
        }
        for kind in ("companies", "contacts", "deals")
        for one in portal.ids(kind)
    }


def phase_of(portal: Portal, company: str) -> str | None:
    """Phase that a salesperson reads on a company."""
    return portal.values("companies", company).get("csk_buying_phase")
