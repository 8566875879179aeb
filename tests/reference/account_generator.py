"""Random accounts for all chapters, on the edges of their ages; one seed, one account."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from kpis.frames import (
    ACTIVITIES,
    ACTIVITY_LINKS,
    CHANGES,
    COMPANIES,
    COMPANY_LINKS,
    CONTACTS,
    DEAL_TOUCHES,
    DEALS,
    GOALS,
    MEMBERSHIPS,
    OWNERS,
    RATES,
    RELATION_DAYS,
    REVIEWS,
    SPLITS,
    Meaning,
    Mirror,
    OwnHistory,
)
from kpis.parameters import Parameters
from tests.reference.moments import ACTIVITY_TYPES
from tests.unit.kpis.phase.world import MEANING as PHASE_MEANING
from tests.unit.kpis.phase.world import ZONE, frame

AGES = (0, 1, 6, 7, 8, 13, 14, 15, 29, 30, 31, 60, 89, 90, 91, 119, 120, 179, 180, 181)
OLD_AGES = (269, 270, 271, 364, 365, 366, 400, 539, 540, 729, 730, 731)
CLOCKS = (time(0, 0), time(9, 15), time(13, 0), time(23, 59, 59, 999_000))
SELLERS = ("1", "2", "3", "12")
END = datetime(2026, 6, 30, 12, tzinfo=UTC)
OTHER_END = datetime(2026, 3, 29, 22, tzinfo=UTC)
TEXTS = (
    "Levertijd te lang (6 weken)",
    "levertijd te lang (6 weken).",
    "Hoge voorraadkosten",
    "<p>Te veel storingen</p><ul><li>Dure reparaties</li></ul>",
    "n.v.t.",
    "xxxxxx",
    "kort",
    "12345",
    "1. Minder afval; tbd",
    "• Snellere &amp; betere levering",
    "Prijs te hoog voor kleine orders in het voorjaar",
    "Prijs te hoog voor kleine orders in het najaar",
    "a &lt;b&gt; onderhoud duurt lang",
    "Wij leveren kwaliteit",
)
SUPPLIERS = ("Rexel; Technische Unie", "KPN", "onbekend", "3M\nn.v.t.", "X", "Eigen BV", "-")
FLAGS = (False, True)
TITLES = ("Inkoper", "Directeur inkoop", "CEO", "Vice-president", "Receptionist", "inkoopster")
MEANING = Meaning(
    stages=PHASE_MEANING.stages,
    lost_reasons=PHASE_MEANING.lost_reasons,
    lead_status=PHASE_MEANING.lead_status,
    buying_roles={"DECISION_MAKER": "decider", "CHAMPION": "insider", "INFLUENCER": "insider"},
    job_titles={
        "decider": ("directeur", "ceo", "president", "hoofd inkoop"),
        "insider": ("inkoper", "inkoop", "buyer"),
    },
)
SECTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"contact": {"by": "anyone", "window_days": 60}, "top_relation": {"rule": "median"}},
    {"pains_gains": {"sources": ["company_text", "company_options", "deal_text", "contact_text"]}},
    {"top_relation": {"rule": "percentile", "crm_flag": "always"}, "profile": {"known_from": "1"}},
    {"top_relation": {"rule": "top_n", "top_n": 6}, "reporting": {"fiscal_year_start": 4}},
    {"top_relation": {"rule": "both", "group_by": "none"}, "contact": {"min_moments": 2}},
    {"profile": {"own_names": ["Eigen BV"], "title_only": "0.8", "pattern_min_deals": 2}},
)


def random_parameters(seed: int) -> Parameters:
    """The defaults with prices, and one other section in most accounts."""
    keyed = {
        "reference_price": {"piece": 10, "default": 2},
        "spend_per_employee": {"retail": 900, "default": 50},
        "spend_ratio": {"default": "0.01"},
        "tier_amount": {"tier_1": 50_000},
        "margin_rate": "0.25",
    }
    sections = {**SECTIONS[seed % len(SECTIONS)]}
    sections["reporting"] = {
        "rates": {"USD": [["2024-01-01", "0.9"]]},
        **sections.get("reporting", {}),
    }
    return Parameters.model_validate({"potential": keyed, **sections})


@dataclass
class RandomAccount:
    """Adds random records, then makes frames of them."""

    seed: int
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counter: int = 0

    def __post_init__(self) -> None:
        """Start the numbers."""
        self.random = Random(self.seed)  # noqa: S311 - made-up data, no secret
        self.as_of = END if self.seed % 2 == 0 else OTHER_END
        self.can_see_acts = self.seed % 8 != 7

    def add(self, part: str, **values: Any) -> None:
        self.rows.setdefault(part, []).append(values)

    def one(self, *values: Any) -> Any:
        return self.random.choice(values)

    def happens(self, share: float) -> bool:
        return self.random.random() < share

    def new_id(self) -> str:
        self.counter += 1
        return str(self.counter)

    def day(self, *, recent: bool = False) -> date:
        today = self.as_of.astimezone(ZONE).date()
        ages = AGES if recent else AGES + OLD_AGES
        return today - timedelta(days=self.random.choice(ages))

    def moment(self, *, recent: bool = False) -> datetime:
        """An instant of the past."""
        day, clock = self.day(recent=recent), self.random.choice(CLOCKS)
        found = datetime.combine(day, clock, tzinfo=ZONE).astimezone(UTC)
        return min(found, self.as_of - timedelta(minutes=self.random.randint(0, 5)))

    def change(self, part: str, key: str, name: str, value: Any, **more: Any) -> None:
        row = {"is_by_person": True, "is_seen": False, "changed_at": self.moment(), **more}
        self.add(part, external_id=key, field=name, value=value, **row)

    def filled(self, part: str, key: str, name: str, value: Any) -> Any:
        """The value with its version; sometimes with an earlier one."""
        if value is None or value in ((), []):
            return None
        text = ";".join(value) if isinstance(value, list) else str(value)
        at = self.moment()
        if self.happens(0.2):
            other = "order" if name == "phase_declared" else "Anders dan nu"
            before = self.one(text, other)
            self.change(part, key, name, before, changed_at=at - timedelta(days=40))
        self.change(part, key, name, text, changed_at=at, is_seen=self.happens(0.1))
        return value

    def text(self) -> str | None:
        if self.happens(0.25):
            return None
        parts = self.random.sample(TEXTS, k=self.random.randint(1, 4))
        between: str = self.one("\n", "; ", "\n- ")
        return between.join(parts)

    def add_company(self, key: str) -> None:
        owner = self.random.choice((*SELLERS, *SELLERS, "99", None))

        def fill(name: str, value: Any) -> Any:
            return self.filled("company_changes", key, name, value)

        if owner is not None and self.happens(0.3):
            assigned = self.moment(recent=True)
            other = self.random.choice(SELLERS)
            self.change(
                "company_changes", key, "owner", other, changed_at=assigned - timedelta(days=50)
            )
            self.change("company_changes", key, "owner", owner, changed_at=assigned)
        override = self.one(None, None, None, None, "auto", "always", "never")
        self.add(
            "companies",
            relation_id=key,
            name=f"R{key}",
            owner=owner,
            type=self.one(None, None, None, None, None, "CUSTOMER", "PARTNER"),
            segment=self.one("retail", "retail", "build", "care", None),
            employees=self.one(None, Decimal(80), Decimal(0)),
            annual_revenue=self.one(None, Decimal(1_000_000)),
            tier=self.one(None, "tier_1", "tier_2"),
            target_account=self.one(None, *FLAGS),
            next_activity_on=self.one(
                None, None, self.as_of.date(), self.as_of.date() + timedelta(days=2)
            ),
            cost_to_serve=self.one(None, None, Decimal(1_000), Decimal(60_000)),
            pains_options=fill("pains_options", self.one(None, ["Prijs te hoog"], ["Storingen"])),
            gains_options=fill("gains_options", self.one(None, ["Snelheid", "Minder uitval"])),
            annual_category_spend=fill(
                "annual_category_spend",
                self.one(None, Decimal(0), Decimal(120_000), Decimal(300_000)),
            ),
            spend_categories=fill("spend_categories", self.one(None, None, ["products"])),
            purchase_frequency=fill("purchase_frequency", self.one(None, None, "monthly")),
            annual_order_volume=fill("annual_order_volume", self.one(None, None, Decimal(1_200))),
            order_volume_unit=self.one(None, "piece", "kg"),
            current_suppliers=fill("current_suppliers", self.one(None, *SUPPLIERS)),
            supplier_situation=fill(
                "supplier_situation", self.one(None, None, "known", "none", "in_house")
            ),
            pains=fill("pains", self.text()),
            gains=fill("gains", self.text()),
            phase_declared=fill(
                "phase_declared", self.one(None, None, "no_interest", "interest", "quote")
            ),
            top_relation_override=fill("top_relation_override", override),
            top_relation_override_reason=self.one("strategisch", "strategisch", None, " "),
            top_relation_override_until=fill(
                "top_relation_override_until",
                self.one(None, self.as_of.date(), self.day(), date(2026, 12, 31)),
            ),
            profile_confirmed_on=self.one(None, None, self.day(recent=True), self.day()),
        )

    def add_contact(self, relations: list[str]) -> str:
        key = self.new_id()
        roles = self.one(None, None, ["DECISION_MAKER"], ["CHAMPION"], ["OTHER"])
        title = self.one(None, *TITLES)

        def fill(name: str, value: Any) -> Any:
            return self.filled("contact_changes", key, name, value)

        self.add(
            "contacts",
            contact_id=key,
            buying_role=fill("buying_role", roles),
            job_title=fill("job_title", title),
            has_email=self.happens(0.7),
            is_bounced=self.happens(0.15),
            phone_digits=self.one(0, 5, 6, 10),
            has_left=self.happens(0.1),
            pains=fill("pains", self.one(None, None, "Contact wil langere garantie")),
            gains=fill("gains", self.one(None, None, "Contact wil een vast aanspreekpunt")),
        )
        primary = self.random.choice((relations[0], relations[0], relations[0], None))
        for relation_id in relations:
            self.add(
                "contact_companies",
                from_id=key,
                relation_id=relation_id,
                is_primary=relation_id == primary,
            )
        return key

    def add_deal(self, relations: list[str]) -> str:
        key = self.new_id()
        stage = self.one("won", "won", "won", "won", "lost", "first", "talk", "offer", "parked")
        closed, created = self.moment(), None
        if stage in {"first", "talk", "offer"}:
            closed = self.as_of + timedelta(days=self.random.choice((-1, 0, 5, 364, 365)))
        entered = min(closed, self.moment())
        created = entered - timedelta(days=self.random.choice((0, 10)))
        owner = self.random.choice(SELLERS)
        self.change("deal_changes", key, "stage", stage, changed_at=entered)
        self.change("deal_changes", key, "owner", self.random.choice(SELLERS), changed_at=created)
        self.change("deal_changes", key, "owner", owner)
        currency = self.one(None, "EUR", "USD", "CHF", "GBP")
        when = (
            {"closed_at": closed}
            if self.happens(0.5)
            else {"closed_on": closed.astimezone(ZONE).date()}
        )
        amount = self.one(10_000, 20_000, -1_500, None, 35_000)
        self.add(
            "deals",
            deal_id=key,
            owner=owner,
            pipeline="default",
            stage=self.one(*[stage] * 12, "forgottenwon", None),
            amount=None if amount is None else Decimal(amount),
            currency=currency,
            exchange_rate=Decimal("0.92") if currency == "USD" and self.happens(0.5) else None,
            margin=self.one(None, Decimal(3_000), Decimal("4500.555")),
            created_at=created,
            lost_reason=self.one(None, "timing"),
            pains=self.filled("deal_changes", key, "pains", self.one(None, "Deal duurt te lang")),
            **(when if self.happens(0.95) else {}),
        )
        primary = self.random.choice((relations[0], relations[0], relations[0], None))
        for relation_id in relations:
            self.add(
                "deal_companies",
                from_id=key,
                relation_id=relation_id,
                is_primary=relation_id == primary,
            )
        if self.happens(0.1):
            for seller, share in zip(("1", "2"), self.one((6, 4), (5, 4)), strict=True):
                self.add("splits", deal_id=key, owner=seller, share=Decimal(share) / 10)
        return key

    def add_activity(self, company: str, contacts: list[str], deals: list[str]) -> None:
        kind = self.random.choice(sorted(ACTIVITY_TYPES | {"meetings", "calls", "emails"}))
        key, at = self.new_id(), self.moment(recent=self.happens(0.8))
        if kind in {"meetings", "tasks", "calls"} and self.happens(0.08):
            at = self.as_of + timedelta(days=3)
        outcome = None
        if kind in {"meetings", "tasks"}:
            outcome = self.one("COMPLETED", "COMPLETED", "SCHEDULED", "CANCELED", "NO_SHOW", None)
        if kind == "calls":
            outcome = self.one("Connected", "Connected", "No answer", None)
        length = self.one(0, 30, 60, 300)
        self.add(
            "activities",
            activity_id=key,
            activity_type=kind,
            occurred_at=None if self.happens(0.02) else at,
            created_at=min(self.as_of, at + timedelta(days=self.one(0, 0, 7, 8))),
            ended_at=at + timedelta(minutes=length) if kind == "meetings" and length else None,
            owner=self.random.choice((*SELLERS, None)),
            duration_ms=self.one(None, 0, 59_999, 60_000, 300_000) if kind == "calls" else None,
            outcome=outcome,
            direction=self.one("INCOMING_EMAIL", "EMAIL", "INBOUND", None)
            if kind in {"emails", "communications"}
            else None,
        )
        links = [("companies", company)] if self.happens(0.5) else []
        links += [("contacts", c) for c in contacts if self.happens(0.4)]
        links += [("deals", d) for d in deals if self.happens(0.3)]
        for object_type, external_id in links:
            self.add(
                "activity_links",
                activity_type=kind,
                activity_id=key,
                object_type=object_type,
                external_id=external_id,
            )
            if object_type == "deals" and self.rows["activities"][-1]["occurred_at"]:
                self.add("deal_touches", deal_id=external_id, occurred_at=at)

    def add_goals(self) -> None:
        for seller in SELLERS:
            kind = self.one("year", "quarters", "none")
            months = {"year": [(1, 13)], "quarters": [(1, 4), (4, 7), (7, 10), (10, 13)]}
            for first, after in months.get(kind, []):
                start = datetime(2026, first, 1, tzinfo=ZONE)
                end = datetime(2026 + after // 13, after % 12 or 12, 1, tzinfo=ZONE)
                self.add(
                    "goals",
                    goal_id=self.new_id(),
                    seller_id=seller,
                    starts_at=start.astimezone(UTC),
                    ends_at=end.astimezone(UTC),
                    amount=Decimal(80_000),
                )

    def history(self, relations: list[str]) -> OwnHistory:  # noqa: C901
        today = self.as_of.astimezone(ZONE).date()
        reviewed = [date(2026, 1, 1)] + [today.replace(day=1)] * self.happens(0.5)
        if self.happens(0.2):
            return OwnHistory()
        for key in relations:
            if self.happens(0.4):
                first = date(2026, 1, 1) + timedelta(days=self.random.choice((0, 10, 70)))
                ended = self.one(None, None, first + timedelta(days=9))
                self.add(
                    "memberships", relation_id=key, from_on=first, until_on=ended, basis="rule"
                )
            if self.happens(0.4):
                for day, score in ((today.replace(day=1) - timedelta(days=1), 66), (today, 70)):
                    if day < today:
                        self.add(
                            "relation_days", relation_id=key, from_on=day, relation_score=score
                        )
        for day in reviewed:
            for group in ("", "retail", "build"):
                self.add(
                    "reviews",
                    reviewed_on=day,
                    group=group,
                    mean_revenue=Decimal(70_000),
                    mean_margin=Decimal(15_000),
                    median_index=Decimal("0.8"),
                    enter_index=Decimal("1.2"),
                    leave_index=Decimal("1.1"),
                )
        schemas = {"memberships": MEMBERSHIPS, "reviews": REVIEWS, "relation_days": RELATION_DAYS}
        return OwnHistory(
            **{name: frame(schema, self.rows.get(name, [])) for name, schema in schemas.items()}
        )

    def mirror(self) -> Mirror:
        schemas = {
            "companies": COMPANIES,
            "contacts": CONTACTS,
            "deals": DEALS,
            "deal_companies": COMPANY_LINKS,
            "contact_companies": COMPANY_LINKS,
            "activities": ACTIVITIES,
            "activity_links": ACTIVITY_LINKS,
            "deal_touches": DEAL_TOUCHES,
            "company_changes": CHANGES,
            "contact_changes": CHANGES,
            "deal_changes": CHANGES,
            "goals": GOALS,
            "owners": OWNERS,
            "rates": RATES,
            "splits": SPLITS,
        }
        acts: frozenset[Any] = ACTIVITY_TYPES if self.can_see_acts else frozenset()
        frames: dict[str, Any] = {
            name: frame(schema, self.rows.get(name, [])) for name, schema in schemas.items()
        }
        return Mirror(
            **frames,
            account_currency="EUR",
            readable=acts | {"companies", "contacts", "deals"},
        )


def random_account(seed: int, relations: int) -> tuple[Mirror, OwnHistory, datetime]:
    """An account of so many companies, its own history and the instant of its reading."""
    account = RandomAccount(seed)
    keys = [str(number) for number in range(1, relations + 1)]
    account.counter = 1000
    for number, seller in enumerate(SELLERS):
        account.add("owners", seller_id=seller, name=f"Seller {seller}", is_archived=number == 3)
    account.add("rates", currency="CHF", valid_from=date(2025, 1, 1), rate=Decimal("1.05"))
    for key in keys:
        account.add_company(key)
        several = [key, account.random.choice(keys)]

        def about(key: str = key, several: list[str] = several) -> list[str]:
            return several if account.happens(0.15) and several[1] != key else [key]

        contacts = [account.add_contact(about()) for _ in range(account.one(0, 1, 2, 3))]
        deals = [account.add_deal(about()) for _ in range(account.one(0, 0, 1, 3, 5))]
        if account.can_see_acts:
            for _ in range(account.one(0, 1, 4, 9)):
                account.add_activity(key, contacts, deals)
    account.add_goals()
    return account.mirror(), account.history(keys), account.as_of
