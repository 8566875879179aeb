"""What the worked examples of spec 8 share: an account that is set up, filled in, run and read."""

from datetime import UTC, datetime

from connector.sandbox import Portal, Sandbox
from tests.acceptance.workplace import Workplace, instant

AS_OF = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
BEGIN = datetime(2024, 1, 1, 9, 0, tzinfo=UTC)
STAGES = [
    ("appointmentscheduled", "Appointment scheduled", "0.2", False),
    ("qualifiedtobuy", "Qualified to buy", "0.4", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Closed won", "1.0", True),
    ("closedlost", "Closed lost", "0.0", True),
]
ORIENTING, INTEREST, QUOTE, WON, LOST = (stage[0] for stage in STAGES)


class Example:
    """A CRM account of one example: set up, filled in, run once, and read back."""

    def __init__(self, tmp_path, sandbox: Sandbox, portal: Portal, extra: str, mapping: str):
        self.portal = portal
        self.workplace = Workplace(tmp_path, sandbox.base_url, extra=extra, mapping=mapping)
        self.workplace.set_up()

    def company(self, company_id: str, owner: str = "1", **values: str) -> None:
        properties = {"name": f"Relation {company_id}", "hubspot_owner_id": owner, **values}
        self.portal.add_record("companies", company_id, properties, at=BEGIN)

    def fill(self, company_id: str, on: str, **values: str) -> None:
        """What a person, or an earlier run of ours, put on a company."""
        properties = {f"csk_{name}": value for name, value in values.items()}
        self.portal.set_values("companies", company_id, properties, at=instant(on))

    def deal(
        self,
        deal_id: str,
        company_id: str,
        *stages: tuple[str, str],
        owner: str = "1",
        pipeline: str = "default",
        created: str | None = None,
        **values: str,
    ) -> None:
        """A deal that entered each of the (stage, instant), created at the first of them."""
        (first, begun), *later = stages
        at = instant(created or begun)
        properties = {"pipeline": pipeline, "dealstage": first, "hubspot_owner_id": owner}
        self.portal.add_record("deals", deal_id, properties, at=at, created_at=at)
        self.portal.associate("deals", deal_id, "companies", company_id, "Primary")
        for stage, entered in later:
            closed = {"closedate": entered} if stage in {WON, LOST} else {}
            self.portal.set_values(
                "deals", deal_id, {"dealstage": stage, **closed}, at=instant(entered)
            )
        last = instant(stages[-1][1])
        if values:
            self.portal.set_values("deals", deal_id, values, at=last)

    def person(self, contact_id: str, company_id: str, on: str, **values: str) -> None:
        """A contact of a company, entered at one instant."""
        self.portal.add_record("contacts", contact_id, values, at=instant(on))
        self.portal.associate("contacts", contact_id, "companies", company_id, "Primary")

    def activity(
        self,
        kind: str,
        on: str,
        company_id: str,
        *,
        owner: str = "1",
        contact: str | None = None,
        **values: str,
    ) -> None:
        """An activity with a company, written down when it took place."""
        activity_id = self.portal.next_id(kind)
        properties = {"hs_timestamp": f"{on}:00Z", "hubspot_owner_id": owner, **values}
        self.portal.add_record(kind, activity_id, properties, at=instant(on))
        self.portal.associate(kind, activity_id, "companies", company_id)
        if contact is not None:
            self.portal.associate(kind, activity_id, "contacts", contact)

    def run(self, as_of: datetime = AS_OF):
        return self.workplace.sync(as_of=as_of)

    def values(
        self, company_id: str, *names: str, object_type: str = "companies"
    ) -> tuple[str, ...]:
        stands = self.portal.values(object_type, company_id)
        return tuple(stands.get(f"csk_{name}") or "" for name in names)


def portal_of_examples() -> Portal:
    """An account in euros with two sellers and HubSpot's own pipeline."""
    portal = Portal(account_id="1234567", currency="EUR", timezone="Europe/Amsterdam")
    portal.add_owner("1", "Sanne", "de Wit", "s1@example.com")
    portal.add_owner("2", "Bram", "Mulder", "s2@example.com")
    portal.add_pipeline("default", "Sales", STAGES)
    return portal
