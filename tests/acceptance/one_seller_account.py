"""The account of one seller's worked examples: spec 8, E4, E5, E6b, E7, E8, E9 and E10.

S1 owns the top relations T1 to T5 and N1, which is none; S2 is a colleague, S3 owns no top relation
and S4 has a target and only a credit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connector.sandbox import Sandbox
from connector.sandbox.description import DISPOSITIONS
from tests.acceptance.examples import INTEREST, QUOTE, WON, Example, portal_of_examples
from tests.acceptance.workplace import instant

T1, T2, T3, T4, T5, N1 = "11", "12", "13", "14", "15", "21"
OF_S3, OF_S4 = "31", "41"
S1, S2, S3, S4 = "1", "2", "3", "4"
DECIDER, UNREACHABLE, BUYER = "111", "112", "141"
CONNECTED = next(one for one, label in DISPOSITIONS.items() if label == "Connected")
HANDED_OVER = "2026-06-20T09:00"

CONFIG = (
    "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"
    "potential: {tier_amount: {tier_1: 60000, tier_3: 5000}}\n"
)
"""T1's declared 120,000 attains 60,000 as well: all five stand above the mean, N1 just below it."""
MAPPING = "crm: hubspot\nstages: {projects: {offer: quote}}\n"
PAINS = """\
- Levertijd te lang (6 weken)
- levertijd te lang (6 weken).
- n.v.t.
- x
- Hoge voorraadkosten"""
GAINS = "Minder storingen; tbd"


@contextmanager
def filled(folder: Path, extra: str = "") -> Iterator[tuple[Example, Sandbox]]:
    """The account of the examples, set up and filled in."""
    portal = portal_of_examples()
    portal.add_owner(S3, "Noor", "Bakker", "s3@example.com")
    portal.add_owner(S4, "Joris", "Vos", "s4@example.com")
    portal.add_pipeline("projects", "Projects", [("offer", "Offer", "0.6", False)])
    with Sandbox(portal, limits=None, routes=()) as sandbox:
        case = Example(folder, sandbox, portal, CONFIG + extra, MAPPING)
        add_relations(case)
        add_revenue(case)
        add_activities(case)
        yield case, sandbox


def add_relations(case: Example) -> None:
    """Relations with what was entered on them, and T1's two open deals of E6b."""
    case.company(T1)
    for one in (T2, T3, T4):
        case.company(one, hs_ideal_customer_profile="tier_1")
    case.company(T5, owner=S2, hs_ideal_customer_profile="tier_1")
    case.portal.set_values("companies", T5, {"hubspot_owner_id": S1}, at=instant(HANDED_OVER))
    case.company(N1)
    case.company(OF_S3, owner=S3, hs_ideal_customer_profile="tier_3")
    case.company(OF_S4, owner=S4)
    case.fill(T1, "2025-12-12T09:00", annual_category_spend="120000", pains=PAINS, gains=GAINS)
    case.fill(T1, "2025-05-21T09:00", current_suppliers="Rexel; Technische Unie; n.v.t.")
    case.fill(
        T2, "2026-06-20T09:00", pains="Levertijd te lang; Hoge voorraad; Veel storingen; Trage mail"
    )
    case.fill(T2, "2026-06-20T09:00", phase_declared="orienting")
    case.fill(T3, "2026-06-20T09:00", current_suppliers="onbekend")
    case.fill(
        T4,
        "2026-06-20T09:00",
        pains="Levertijd te lang\nHoge voorraad",
        gains="Minder storingen\nMeer overzicht",
    )
    case.person(
        DECIDER, T1, "2026-01-10T09:00", hs_buying_role="DECISION_MAKER", email="d1@example.com"
    )
    case.person(UNREACHABLE, T1, "2026-01-10T09:00", hs_buying_role="CHAMPION")
    case.person(BUYER, T4, "2026-06-01T09:00", jobtitle="Senior inkoper", phone="020-1234567")
    case.deal("20", T1, (INTEREST, "2026-06-01T10:00"))
    case.deal("22", T1, ("offer", "2026-05-20T10:00"), pipeline="projects")


def add_revenue(case: Example) -> None:
    """Deals of E8, one that brings the year to date to 69,540, a credit of S4, and the targets."""
    begun = (QUOTE, "2026-01-15T09:00")
    case.deal("1", T1, begun, (WON, "2026-03-31T22:30:00Z"), amount="10000")
    case.deal(
        "2",
        N1,
        begun,
        (WON, "2026-05-01T10:00:00Z"),
        amount="12000",
        deal_currency_code="USD",
        hs_exchange_rate="0.92",
    )
    case.deal("3", T1, begun, (WON, "2026-06-05T10:00:00Z"), amount="-1500")
    case.deal("4", T4, begun, (WON, "2026-06-15T10:00:00Z"), amount="20000")
    case.portal.add_split("4", S1, "0.6")
    case.portal.add_split("4", S2, "0.4")
    won = (WON, "2026-06-29T10:00:00Z")
    case.deal("5", N1, begun, won, amount="5000", closedate="2026-07-03T10:00:00Z")
    case.deal("6", N1, begun, (WON, "2026-05-20T10:00:00Z"), amount="8000")
    case.portal.set_values("deals", "6", {"hubspot_owner_id": S2}, at=instant("2026-06-01T10:00"))
    case.deal("7", N1, begun, (WON, "2026-05-22T10:00:00Z"))
    case.deal("8", N1, begun, (WON, "2026-06-30T21:00:00Z"), amount="30000")
    case.deal("9", N1, begun, (WON, "2026-02-10T10:00:00Z"), amount="30000")
    credit = (WON, "2026-06-10T10:00:00Z")
    case.deal("10", OF_S4, begun, credit, owner=S4, amount="-2000")
    year, quarter = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    next_year, next_quarter = datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    case.portal.add_goal("1", S1, "160000", year, next_year, at=year)
    case.portal.add_goal("2", S1, "45000", quarter, next_quarter, at=year)
    case.portal.add_goal("3", S4, "10000", year, next_year, at=year)


def add_activities(case: Example) -> None:
    """Activities of E5."""
    incoming = {"hs_email_direction": "INCOMING_EMAIL"}
    done = {"hs_meeting_outcome": "COMPLETED"}
    connected = {"hs_call_disposition": CONNECTED}
    case.activity("meetings", "2026-06-10T09:00", T1, contact=DECIDER, **done)
    case.activity("emails", "2026-06-11T09:00", T1, **incoming)
    case.activity("emails", "2026-06-12T09:00", T2, hs_email_direction="EMAIL")
    case.activity("emails", "2026-04-01T09:00", T2, **incoming)
    case.activity("calls", "2026-05-05T09:00", T3, owner=S2, **connected)
    case.activity("calls", "2026-04-02T09:00", T4, hs_call_duration="300000", **connected)
    case.activity("meetings", "2026-06-25T09:00", T5, hs_meeting_outcome="SCHEDULED")
    case.activity("meetings", "2026-06-15T09:00", N1, **done)
    case.activity("emails", "2026-06-16T09:00", N1, **incoming)
    case.activity("emails", "2026-06-16T15:00", N1, **incoming)
