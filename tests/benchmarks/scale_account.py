"""A large account out of one seed, as the frames that compute reads.

Every company has 3 contacts, 2 deals with 3 to 4 stages entered each, and 2 activities per contact;
one in ten has texts. Values follow from the row's number and a salt alone, so the same size is the
same account under one version of Polars, and a tenth of it is a tenth of the work.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import polars as pl

from kpis import frames
from kpis.frames import Mirror, Schema
from kpis.records import Stage
from kpis.vocabulary import ActivityType, ObjectType

AS_OF: Final = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)
START: Final = AS_OF - timedelta(days=3 * 365)
MINUTES: Final = 3 * 365 * 24 * 60
CURRENCY: Final = "EUR"
OPEN_STAGES: Final = (
    "appointmentscheduled",
    "qualifiedtobuy",
    "presentationscheduled",
    "decisionmakerboughtin",
    "contractsent",
)
STAGES: Final = (
    *(Stage("default", stage, "Sales", stage, number) for number, stage in enumerate(OPEN_STAGES)),
    Stage("default", "closedwon", "Sales", "Won", 5, is_won=True),
    Stage("default", "closedlost", "Sales", "Lost", 6, is_lost=True),
)

_KINDS: Final = (
    *["emails"] * 8,
    *["calls"] * 4,
    *["meetings"] * 3,
    *["tasks"] * 2,
    *["notes"] * 2,
    "communications",
)
_OUTCOMES: Final = {
    "calls": ("Connected", "Connected", "No answer", "Busy", None),
    "meetings": ("COMPLETED", "COMPLETED", "COMPLETED", "SCHEDULED", "CANCELED", None),
    "tasks": ("COMPLETED", "NOT_STARTED"),
}
_DIRECTIONS: Final = {
    "emails": ("INCOMING_EMAIL", "INCOMING_EMAIL", "EMAIL", "EMAIL", "FORWARDED_EMAIL"),
    "communications": ("INBOUND", "OUTBOUND"),
    "calls": ("INBOUND", "OUTBOUND"),
}
_TITLES: Final = (
    "Directeur",
    "Inkoper",
    "Inkoopmanager",
    "Hoofd inkoop",
    "Projectleider",
    "Office manager",
    "Algemeen directeur-eigenaar",
    "Medewerker administratie",
    "Sales manager",
    "Werkvoorbereider",
    "Financial controller",
    None,
)
_COMPLAINTS: Final = (
    "Levertijd van {} weken is te lang voor de planning",
    "Uitval van {} procent op de lijn kost te veel nacalculatie",
    "Factuurcontrole kost {} uur per maand en blijft fouten geven",
    "Twee monteurs lopen {} dagen voor op het onderhoud van de pers",
    "Voorraad van {} pallets ligt te lang stil in het magazijn",
)
_WISHES: Final = (
    "Binnen {} dagen leveren zonder extra voorraad",
    "Uitval onder {} procent brengen voor het nieuwe seizoen",
    "Alle facturen in {} minuten verwerken en archiveren",
    "Een vast aanspreekpunt dat binnen {} uur antwoordt",
    "Besparing van {} procent op de jaarlijkse inkoop",
)


def account(companies: int) -> Mirror:
    """Account with that many companies, as the store would hand it to compute."""
    company = _companies(companies)
    contact = _contacts(3 * companies)
    deal = _deals(company)
    activity = _activities(6 * companies)
    links = _activity_links(activity)
    return Mirror(
        companies=_cut(company, frames.COMPANIES),
        contacts=_cut(contact, frames.CONTACTS),
        deals=_cut(deal, frames.DEALS),
        deal_companies=_links(deal, "deal_id"),
        contact_companies=_links(contact, "contact_id"),
        activities=_cut(activity, frames.ACTIVITIES),
        activity_links=links,
        deal_touches=_touches(activity, links),
        company_changes=_company_changes(company),
        contact_changes=_changes(contact, "contact_id", ("job_title", "buying_role")),
        deal_changes=_deal_changes(deal),
        owners=_owners(companies),
        account_currency=CURRENCY,
        readable=frozenset({*get_args(ObjectType), *get_args(ActivityType)}),
    )


def _number(salt: int, below: int) -> pl.Expr:
    """Whole number from 0 up to but not `below`, by the row's number `n`."""
    return (pl.col("n").hash(salt) % below).cast(pl.Int64)


def _one_in(salt: int, among: int) -> pl.Expr:
    return _number(salt, among) == 0


def _word(salt: int, words: Sequence[str | None]) -> pl.Expr:
    places = list(range(len(words)))
    return _number(salt, len(words)).replace_strict(places, words, return_dtype=pl.String())


def _id(number: pl.Expr | str, start: int) -> pl.Expr:
    column = pl.col(number) if isinstance(number, str) else number
    return (column + start).cast(pl.String)


def _at(minutes: pl.Expr, start: datetime = START) -> pl.Expr:
    return (pl.lit(start, frames.INSTANT) + pl.duration(minutes=minutes)).cast(frames.INSTANT)


def _money(salt: int, least: int, below: int) -> pl.Expr:
    """Amount with cents."""
    return ((_number(salt, (below - least) * 100) + least * 100) / 100).cast(frames.MONEY)


def _rows(count: int) -> pl.DataFrame:
    return pl.select(n=pl.int_range(count))


def _cut(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Frame of that schema; a column that the account does not fill is null."""
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )


def _seller(company: pl.Expr, companies: int) -> pl.Expr:
    """One seller per thousand companies, at least ten."""
    return _id(company % max(10, companies // 1_000), 500_000)


def _text(salt: int, phrases: Sequence[str]) -> pl.Expr:
    """Three items, so that hardly two texts are the same."""
    items = [
        _word(salt + item, phrases).str.replace(
            "{}", _number(salt + 10 + item, 60) + 2, literal=True
        )
        for item in range(3)
    ]
    return pl.concat_str(items, separator="\n")


def _companies(count: int) -> pl.DataFrame:
    has_texts, has_spend, is_declared = _one_in(1, 10), _one_in(2, 5), _one_in(3, 5)
    return _rows(count).select(
        "n",
        relation_id=_id("n", 10_000_000_000),
        name=pl.format("Company {} B.V.", "n"),
        owner=pl.when(~_one_in(4, 20)).then(_seller(pl.col("n"), count)),
        owner_assigned_at=_at(_number(5, MINUTES)),
        type=_word(6, ("PROSPECT", "CUSTOMER", "CUSTOMER", "PARTNER", None, None)),
        segment=_word(7, (*(f"SECTOR_{number}" for number in range(20)), None)),
        employees=pl.when(_one_in(8, 2)).then(_number(9, 900) + 1),
        annual_revenue=pl.when(_one_in(10, 3)).then(_money(11, 100_000, 90_000_000)),
        tier=_word(12, ("tier_1", "tier_2", "tier_3", None, None, None)),
        target_account=_one_in(13, 12),
        lead_status=_word(14, ("CONNECTED", "IN_PROGRESS", "BAD_TIMING", *[None] * 9)),
        next_activity_at=pl.when(_one_in(15, 6)).then(_at(_number(16, 60 * 24 * 30), AS_OF)),
        pains_options=pl.lit([], frames.OPTIONS),
        gains_options=pl.lit([], frames.OPTIONS),
        annual_category_spend=pl.when(has_spend).then(_money(17, 1_000, 500_000)),
        spend_categories=pl.when(has_spend)
        .then(pl.concat_list(pl.lit("maintenance"), pl.lit("products")))
        .otherwise(pl.lit([], frames.OPTIONS)),
        purchase_frequency=pl.when(has_spend).then(_word(18, ("monthly", "quarterly", "yearly"))),
        annual_order_volume=pl.when(_one_in(19, 10)).then(_number(20, 5_000) + 1),
        order_volume_unit=pl.when(_one_in(19, 10)).then(pl.lit("piece")),
        current_suppliers=pl.when(has_texts).then(
            pl.format("Leverancier {}; Van {} en Zonen", _number(21, 9_000), _number(22, 9_000))
        ),
        supplier_situation=pl.when(has_texts).then(pl.lit("known")),
        pains=pl.when(has_texts).then(_text(30, _COMPLAINTS)),
        gains=pl.when(has_texts).then(_text(60, _WISHES)),
        phase_declared=pl.when(is_declared).then(
            _word(23, ("no_interest", "orienting", "interest", "quote", "order"))
        ),
        profile_confirmed_on=pl.when(_one_in(24, 20)).then(_at(_number(25, MINUTES)).dt.date()),
    )


def _contacts(count: int) -> pl.DataFrame:
    has_role = _one_in(101, 7)
    return _rows(count).select(
        "n",
        contact_id=_id("n", 20_000_000_000),
        company=pl.col("n") // 3,
        buying_role=pl.when(has_role)
        .then(pl.concat_list(_word(102, ("DECISION_MAKER", "CHAMPION", "END_USER", "BLOCKER"))))
        .otherwise(pl.lit([], frames.OPTIONS)),
        job_title=_word(103, _TITLES),
        has_email=~_one_in(104, 6),
        is_bounced=_one_in(105, 30),
        phone_digits=pl.when(_one_in(106, 3)).then(0).otherwise(10),
        has_left=_one_in(107, 40),
    )


def _deals(company: pl.DataFrame) -> pl.DataFrame:
    entries = _number(201, 6).replace_strict(list(range(6)), [2, 3, 3, 4, 4, 4])
    fate = _number(202, 10)
    last = (
        pl.when(fate < 4)
        .then(pl.lit("closedwon"))
        .when(fate < 7)
        .then(pl.lit("closedlost"))
        .otherwise((entries - 1).replace_strict(list(range(5)), OPEN_STAGES))
    )
    created = (
        pl.when(fate < 7)
        .then(_number(203, MINUTES - 200_000))
        .otherwise(MINUTES - 200_000 + _number(203, 100_000))
    )
    owners = company.select(company="n", owner="owner")
    return (
        _rows(2 * company.height)
        .with_columns(company=pl.col("n") // 2)
        .join(owners, on="company", how="left", maintain_order="left")
        .with_columns(created=created, entries=entries, stage=last)
        .with_columns(
            closed=pl.when(fate < 7)
            .then(pl.col("created") + (pl.col("entries") - 1) * 17_000 + _number(204, 1_000))
            .otherwise(MINUTES + _number(205, 100_000))
        )
        .with_columns(
            deal_id=_id("n", 30_000_000_000),
            owner_assigned_at=_at(pl.col("created")),
            pipeline=pl.lit("default"),
            amount=pl.when(~_one_in(206, 25)).then(_money(207, 200, 90_000)),
            currency=pl.lit(CURRENCY),
            margin=pl.when(_one_in(208, 2)).then(_money(209, 50, 20_000)),
            closed_at=_at(pl.col("closed")),
            created_at=_at(pl.col("created")),
            lost_reason=pl.when(pl.col("stage") == "closedlost").then(
                _word(210, ("Timing", "No decision", "Price", "Budget"))
            ),
        )
    )


def _activities(count: int) -> pl.DataFrame:
    kind = pl.col("activity_type")
    at = _number(302, 2 * 365 * 24 * 60 + 30_000)
    typed = _rows(count).with_columns(activity_type=_word(301, _KINDS))

    def by_kind(words: Mapping[str, tuple[str | None, ...]], salt: int) -> pl.Expr:
        return pl.coalesce(
            pl.when(kind == one).then(_word(salt, some)) for one, some in words.items()
        )

    return typed.with_columns(
        activity_id=_id("n", 40_000_000_000),
        occurred_at=_at(at, AS_OF - timedelta(days=2 * 365)),
        created_at=_at(at + _number(303, 3_000), AS_OF - timedelta(days=2 * 365)),
        ended_at=pl.when(kind == "meetings").then(_at(at + 60, AS_OF - timedelta(days=2 * 365))),
        owner=_seller(pl.col("n") // 6, count // 6),
        duration_ms=pl.when(kind == "calls").then(_number(304, 900_000)),
        outcome=by_kind(_OUTCOMES, 305),
        direction=by_kind(_DIRECTIONS, 306),
    )


def _activity_links(activity: pl.DataFrame) -> pl.DataFrame:
    """Each to its contact, nine in ten to the company, three in ten to a deal."""
    contact, company = pl.col("n") // 2, pl.col("n") // 6
    deal = company * 2 + pl.col("n") % 2
    ends = {
        "contacts": (_id(contact, 20_000_000_000), pl.lit(value=True)),
        "companies": (_id(company, 10_000_000_000), ~_one_in(307, 10)),
        "deals": (_id(deal, 30_000_000_000), _number(308, 10) < 3),
    }
    return pl.concat(
        activity.filter(is_there).select(
            "activity_type",
            "activity_id",
            object_type=pl.lit(object_type),
            external_id=external_id,
        )
        for object_type, (external_id, is_there) in ends.items()
    )


def _touches(activity: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    return (
        links.filter(pl.col("object_type") == "deals")
        .join(activity, on=["activity_type", "activity_id"])
        .select(deal_id="external_id", occurred_at="occurred_at")
    )


def _links(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.select(
        from_id=column,
        relation_id=_id("company", 10_000_000_000),
        is_primary=pl.lit(value=True),
    )


def _changes(
    frame: pl.DataFrame, column: str, fields: Sequence[str], *, is_seen: bool = True
) -> pl.DataFrame:
    """Present value of each field, where there is one, as set somewhere in the three years."""
    return pl.concat(
        frame.filter(pl.col(field).is_not_null()).select(
            external_id=column,
            field=pl.lit(field),
            value=_as_value(frame.schema[field], field),
            changed_at=_at(_number(400 + salt, MINUTES)),
            is_by_person=pl.lit(value=True),
            is_seen=pl.lit(value=is_seen),
        )
        for salt, field in enumerate(fields)
    ).filter(pl.col("value") != "")


def _as_value(dtype: pl.DataType, field: str) -> pl.Expr:
    return (
        pl.col(field).list.join(";") if dtype == frames.OPTIONS else pl.col(field).cast(pl.String)
    )


def _company_changes(company: pl.DataFrame) -> pl.DataFrame:
    """Owners as first seen, inputs as the CRM's history tells them, some declared twice."""
    told = (
        "phase_declared",
        "annual_category_spend",
        "annual_order_volume",
        "purchase_frequency",
        "spend_categories",
        "supplier_situation",
        "profile_confirmed_on",
    )
    texts = company.with_columns(
        pl.col("pains", "gains", "current_suppliers").hash(0).cast(pl.String)
    )
    earlier = company.filter(_one_in(26, 2)).with_columns(
        phase_declared=pl.when(pl.col("phase_declared").is_not_null()).then(pl.lit("orienting")),
        n=pl.col("n") + company.height,
    )
    return pl.concat(
        [
            _changes(company, "relation_id", ("owner", "lead_status")),
            _changes(company, "relation_id", told, is_seen=False),
            _changes(texts, "relation_id", ("pains", "gains", "current_suppliers")),
            _changes(earlier, "relation_id", ("phase_declared",), is_seen=False),
        ]
    )


def _deal_changes(deal: pl.DataFrame) -> pl.DataFrame:
    """Each stage that a deal entered, the last one when it closed, and its owner."""
    stages = (
        deal.select("n", "deal_id", "created", "closed", "stage", "entries")
        .with_columns(step=pl.int_ranges(0, "entries"))
        .explode("step")
        .with_columns(is_last=pl.col("step") == pl.col("entries") - 1)
        .select(
            external_id="deal_id",
            field=pl.lit("stage"),
            value=pl.when("is_last")
            .then("stage")
            .otherwise(pl.col("step").replace_strict(list(range(5)), OPEN_STAGES, default=None)),
            changed_at=_at(
                pl.min_horizontal(pl.col("created") + pl.col("step") * 17_000, "closed")
            ),
            is_by_person=pl.lit(value=True),
            is_seen=pl.lit(value=False),
        )
    )
    return pl.concat([stages, _changes(deal, "deal_id", ("owner",))])


def _owners(companies: int) -> pl.DataFrame:
    return _rows(max(10, companies // 1_000)).select(
        seller_id=_id("n", 500_000),
        name=pl.format("Seller {}", "n"),
        is_archived=_one_in(500, 20),
    )
