"""Parameters of the method: sections, names, defaults and bounds (spec 0.1).

Every default of the specification stands here once; `config.example.yaml` repeats them for people.
All models are closed and frozen: an unknown key is refused and a value never changes after loading.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kpis.vocabulary import Language, Phase

Share = Annotated[Decimal, Field(ge=0, le=1)]
Positive = Annotated[Decimal, Field(gt=0, le=1_000_000_000_000)]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Weight = Annotated[Decimal, Field(ge=0, le=1_000)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]


# fmt: off
PLACEHOLDERS = (
    "nvt", "n.v.t.", "n/a", "geen", "niets", "nihil", "onbekend", "unknown", "none", "tbd", "tbc",
    "ntb", "todo", "volgt", "later", "test", "idem", "ja", "nee", "yes", "no", "pain", "pains",
    "gain", "gains", "asdf", "qwerty", "lorem ipsum", "zie notitie", "zie notities", "zie boven",
    "see notes", "weet niet", "nog invullen", "nog te bepalen",
)
# fmt: on
"""Words that stand in a field without saying anything (spec 0.1)."""


class Section(BaseModel):
    """Base of every section: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Horizon(Section):
    """Days up to which a fact counts fully and from which it counts nothing (spec 2.3)."""

    fresh: Days
    expire: Days

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: object) -> object:
        match value:
            case [fresh, expire]:
                return {"fresh": fresh, "expire": expire}
            case _:
                return value

    @model_validator(mode="after")
    def _ordered(self) -> "Horizon":
        if self.expire <= self.fresh:
            raise ValueError("the second number must be larger than the first")
        return self


class Reporting(Section):
    """Zone, currency and fiscal year of every report (spec 0, 5.1)."""

    timezone: str = "Europe/Amsterdam"
    currency: Currency = "EUR"
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    rates: dict[Currency, tuple[tuple[date, Positive], ...]] = {}


class WriteBack(Section):
    """What is written back, under which names and in which language (spec 7)."""

    prefix: Prefix = "csk_"
    language: Language = "nl"
    days_in_phase: bool = False


class Universe(Section):
    """Companies that are left out of the universe (spec 0)."""

    exclude_types: tuple[str, ...] = ("PARTNER", "RESELLER", "VENDOR")
    own_company_ids: tuple[str, ...] = ()


class IndexWeights(Section):
    """Weights of revenue and margin in the potential index (spec 2.2)."""

    revenue: Weight = Decimal("0.5")
    margin: Weight = Decimal("0.5")

    @model_validator(mode="after")
    def _weighs_something(self) -> "IndexWeights":
        if self.revenue + self.margin == 0:
            raise ValueError("at least one weight must be above 0")
        return self


class TopRelation(Section):
    """Who is a top relation (spec 2.2)."""

    rule: Literal["mean", "median", "percentile", "top_n", "both"] = "mean"
    weights: IndexWeights = IndexWeights()
    group_by: Literal["segment", "none"] = "segment"
    min_group: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    enter: Positive = Decimal("1.00")
    exit: Positive = Decimal("0.85")
    percentile: tuple[Annotated[int, Field(ge=1, le=99)], Annotated[int, Field(ge=1, le=99)]] = (
        80,
        70,
    )
    top_n: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    top_n_stay: Annotated[Decimal, Field(ge=1, le=100)] = Decimal("1.25")
    review: Literal["monthly"] = "monthly"
    warn_share: tuple[Share, Share] = (Decimal("0.05"), Decimal("0.40"))
    warn_manual_share: Share = Decimal("0.20")
    override_max_days: Days = 365
    crm_flag: Literal["ignore", "always", "only"] = "ignore"

    @model_validator(mode="after")
    def _consistent(self) -> "TopRelation":
        if self.rule == "top_n" and self.top_n is None:
            raise ValueError("rule top_n needs top_n, the number of relations per seller")
        if self.exit > self.enter:
            raise ValueError("exit must not lie above enter")
        if self.percentile[1] > self.percentile[0]:
            raise ValueError("percentile holds the entering and then the leaving percentile")
        return self


PotentialSource = Literal["declared", "volume_price", "firmographic", "pipeline", "tier"]


class Potential(Section):
    """How the attainable yearly contribution is estimated (spec 2.1)."""

    sources: tuple[PotentialSource, ...] = (
        "declared",
        "volume_price",
        "firmographic",
        "pipeline",
        "tier",
    )
    attainable_share: Share = Decimal("0.50")
    declared_low_after: Days = 730
    pipeline_days: Days = 365
    own_margin_min_deals: Count = 3
    margin_rate: Annotated[Decimal, Field(ge=-1, le=1)] | None = None
    spend_per_employee: dict[str, Amount] = {}
    spend_ratio: dict[str, Amount] = {}
    reference_price: dict[str, Amount] = {}
    tier_amount: dict[str, Amount] = {}


class StalledDays(Section):
    """Days in a phase after which it counts as stalled (spec 3.1)."""

    no_interest: Days = 180
    orienting: Days = 120
    interest: Days = 60
    quote: Days = 30


class PhaseParameters(Section):
    """How evidence decides the phase and when it goes stale (spec 3)."""

    declared_ttl: Days = 180
    order_hold: Days = 90
    hold_interval_factor: Positive = Decimal("1.5")
    hold_min_intervals: Annotated[int, Field(ge=1, le=1_000)] = 3
    lapse: Days = 365
    stale_deal: Days = 180
    lead_status_ttl: Days = 365
    reversal_hours: Annotated[int, Field(ge=0, le=8_760)] = 24
    stalled_days: StalledDays = StalledDays()
    at_risk_from: Share = Decimal("0.80")
    warn_no_interest_share: Share = Decimal("0.40")
    history_lines: Annotated[int, Field(ge=1, le=100)] = 10
    approach: dict[Phase, str] = {}


class Horizons(Section):
    """Age at which each facet of the profile starts and ends to fade (spec 2.3)."""

    spend_pattern: Horizon = Horizon(fresh=365, expire=730)
    order_volume: Horizon = Horizon(fresh=365, expire=730)
    current_suppliers: Horizon = Horizon(fresh=270, expire=540)
    right_contacts: Horizon = Horizon(fresh=180, expire=365)


class SpendParts(Section):
    """What amount and pattern each add to the facet `spend_pattern` (spec 2.3)."""

    amount: Share = Decimal("0.5")
    pattern: Share = Decimal("0.5")


class Profile(Section):
    """When a facet of the profile is known, and what proves a top relation (spec 2.3, 2.4)."""

    known_from: Share = Decimal("0.5")
    proven_min_facets: Annotated[int, Field(ge=0, le=4)] = 2
    horizons: Horizons = Horizons()
    spend_parts: SpendParts = SpendParts()
    pattern_min_deals: Count = 3
    pattern_min_months: Count = 2
    pattern_window_months: Annotated[int, Field(ge=1, le=1_200)] = 24
    order_window_days: Days = 365
    own_names: tuple[str, ...] = ()
    min_name_characters: Annotated[int, Field(ge=1, le=100)] = 2
    title_only: Share = Decimal("0.5")
    min_phone_digits: Annotated[int, Field(ge=1, le=30)] = 6
    confirm_needs_contact_days: Days = 30


class NormDays(Section):
    """Days within which a relation in each phase should have two-way contact (spec 3.1)."""

    no_interest: Days = 120
    orienting: Days = 60
    interest: Days = 30
    quote: Days = 14
    order: Days = 60
    unknown: Days = 60


class Contact(Section):
    """What counts as demonstrable contact, whose it is and how it is weighed (spec 2.5, 2.6)."""

    window_days: Days = 90
    by: Literal["owner", "anyone"] = "owner"
    min_call_seconds: Count = 60
    handover_grace_days: Days = 30
    min_moments: Count = 10
    missing_outcome_days: Days = 14
    norm_days: NormDays = NormDays()
    due_until: Positive = Decimal(2)
    zero_from: Positive = Decimal(3)
    max_meeting_minutes: Count = 240
    default_meeting_minutes: Count = 60
    message_minutes: Count = 10
    late_days: Days = 7
    warn_late_share: Share = Decimal("0.50")

    @model_validator(mode="after")
    def _consistent(self) -> "Contact":
        if self.zero_from <= 1 or self.due_until < 1:
            raise ValueError("due_until must be at least 1 and zero_from larger than 1")
        return self


class Boilerplate(Section):
    """When the same text on many relations of one seller says nothing (spec 4.2)."""

    min_relations: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    share: Share = Decimal("0.20")


PainsGainsSource = Literal["company_text", "company_options", "deal_text", "contact_text"]


class PainsGains(Section):
    """Where pains and gains live and which of them count (spec 4)."""

    sources: tuple[PainsGainsSource, ...] = ("company_text",)
    horizon: Horizon = Horizon(fresh=180, expire=365)
    min_pains: Count = 1
    min_gains: Count = 1
    min_total: Count = 3
    cap_each: Annotated[int, Field(ge=1, le=1_000)] = 2
    min_letters: Count = 5
    same_item_overlap: Share = Decimal("0.80")
    specific_min_words: Count = 3
    boilerplate: Boilerplate = Boilerplate()
    placeholders: tuple[str, ...] = PLACEHOLDERS


class RelationWeights(Section):
    """Weights of the relation score (spec 6.1)."""

    profile: Weight = Decimal(25)
    contact: Weight = Decimal(25)
    phase: Weight = Decimal(20)
    pains_gains: Weight = Decimal(30)


class SellerWeights(Section):
    """Weights of the seller score; the result weighs at most a quarter (spec 0, 6.2)."""

    top_relations: Weight = Decimal(20)
    focus: Weight = Decimal(15)
    phase: Weight = Decimal(20)
    pains_gains: Weight = Decimal(20)
    revenue: Weight = Decimal(25)

    @model_validator(mode="after")
    def _result_weighs_little(self) -> "SellerWeights":
        total = self.top_relations + self.focus + self.phase + self.pains_gains + self.revenue
        if self.revenue * 4 > total:
            raise ValueError(
                "revenue weighs more than a quarter of the seller score: overweighting the result "
                "recreates the pushing that the method is against"
            )
        return self


class ScoreTargets(Section):
    """Value of a ratio at which its component of the seller score is full (spec 6.2)."""

    kpi1_ratio: Positive = Decimal("0.80")
    focus: Positive = Decimal("0.60")


class Scores(Section):
    """Composite scores, their bands and their missing-data rule (spec 6)."""

    relation: RelationWeights = RelationWeights()
    seller: SellerWeights = SellerWeights()
    targets: ScoreTargets = ScoreTargets()
    phase_half: Share = Decimal("0.5")
    min_measurable: Share = Decimal("0.60")
    min_top_relations: Count = 3
    bands: tuple[Annotated[int, Field(ge=0, le=100)], Annotated[int, Field(ge=0, le=100)]] = (
        67,
        34,
    )
    explanation_max: Annotated[int, Field(ge=100, le=65_000)] = 500

    @model_validator(mode="after")
    def _consistent(self) -> "Scores":
        if self.bands[1] > self.bands[0]:
            raise ValueError("bands holds the lowest good score and then the lowest fair one")
        return self


class Target(Section):
    """One target of one seller; `end` is inclusive (spec 5.4)."""

    owner: str
    start: date
    end: date
    amount: Amount

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Target":
        if self.end < self.start:
            raise ValueError(f"ends on {self.end}, before it starts on {self.start}")
        return self


class Revenue(Section):
    """Targets and margin coverage of realised revenue (spec 5)."""

    target: Literal["hubspot_goals", "config"] = "hubspot_goals"
    goal_types: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    margin_min_coverage: Share = Decimal("0.80")


class SellerMetrics(Section):
    """Who may see figures of single sellers, and on what ground (spec 0, people data)."""

    mode: Literal["off", "self", "self_and_manager"] = "self"
    works_council_consent: date | None = None
    crm_task: bool = False

    @model_validator(mode="after")
    def _consented(self) -> "SellerMetrics":
        if self.mode == "self_and_manager" and self.works_council_consent is None:
            raise ValueError(
                "mode self_and_manager needs works_council_consent, the day on which the works "
                "council agreed"
            )
        if self.mode == "off" and self.crm_task:
            raise ValueError("crm_task shows sellers their figures, and mode off makes none")
        return self


class Parameters(Section):
    """All parameters of the method."""

    reporting: Reporting = Reporting()
    write_back: WriteBack = WriteBack()
    universe: Universe = Universe()
    top_relation: TopRelation = TopRelation()
    potential: Potential = Potential()
    profile: Profile = Profile()
    contact: Contact = Contact()
    phase: PhaseParameters = PhaseParameters()
    pains_gains: PainsGains = PainsGains()
    revenue: Revenue = Revenue()
    scores: Scores = Scores()
    seller_metrics: SellerMetrics = SellerMetrics()
