"""Why each facet of the profile is known or not (spec 2.3)."""

from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from kpis.explain.node import Case, Node, given_since, ratio
from kpis.profile import FACETS
from kpis.slot import SLOTS

ORDERS: Final = {"order_volume": "has_order", "spend_pattern": "has_order_pattern"}
"""What own orders say of a facet by themselves."""


def profile(case: Case) -> Node:
    """Completeness, and each facet with its parts, their ages and where the ages come from."""
    known_from = ratio(case.parameters.profile.known_from)
    facets = [_facet(case, name) for name in FACETS]
    measured = case.phrase("contacts_unmeasured") if _is_unmeasured(case) else ""
    return Node(
        "profile",
        "",
        "2.3",
        case.phrase("known_from", score=known_from),
        (
            case.written("profile_completeness", measured, facets),
            case.written("profile_facets_known"),
            case.written("profile_missing"),
            _confirmation(case),
        ),
    )


def _is_unmeasured(case: Case) -> bool:
    return case.row["right_contacts_score"] is None


def _facet(case: Case, name: str) -> Node:
    horizon = getattr(case.parameters.profile.horizons, name)
    row = case.row
    score: Decimal | None = row[f"{name}_score"]
    if score is None:
        return Node(name, "", "2.3", case.phrase("contacts_unmeasured"))
    base: Decimal = row[f"{name}_base"]
    note = case.listed(
        case.phrase("facet_base", base=ratio(base)) if base else "",
        _day_note(case, row[f"{name}_on"], is_by_orders=bool(row.get(ORDERS.get(name, "")))),
        case.phrase("horizon", fresh=horizon.fresh, expire=horizon.expire),
    )
    return Node(name, ratio(score), "2.3", note, tuple(_parts(case, name)))


def _day_note(case: Case, day: date | None, *, is_by_orders: bool = False) -> str:
    """Since when; own orders are of today as long as they count."""
    if day is None:
        return case.phrase("nothing_recorded")
    return case.phrase("by_orders") if is_by_orders else case.re_dated(day)


def _parts(case: Case, name: str) -> list[Node]:
    match name:
        case "spend_pattern":
            return _spend_parts(case)
        case "order_volume":
            order = case.phrase("order_window", days=case.parameters.profile.order_window_days)
            return [
                case.given("annual_order_volume", "2.3", is_number=True),
                Node("has_order", str(case.row["has_order"]).lower(), "2.3", order),
            ]
        case "current_suppliers":
            return [
                case.given("current_suppliers", "2.3"),
                case.given("supplier_situation", "2.3"),
                Node("known_names", str(case.row["known_names"]), "2.3"),
            ]
        case _:
            return [_slot(case, slot) for slot in SLOTS]


def _spend_parts(case: Case) -> list[Node]:
    """Both halves; each has an age of its own."""
    row, rules = case.row, case.parameters.profile
    orders = case.phrase(
        "order_pattern",
        deals=rules.pattern_min_deals,
        months=rules.pattern_min_months,
        window=rules.pattern_window_months,
    )
    pattern = (
        case.given("spend_categories", "2.3"),
        case.given("purchase_frequency", "2.3"),
        Node("has_order_pattern", str(row["has_order_pattern"]).lower(), "2.3", orders),
    )
    amount = (case.given("annual_category_spend", "2.3", is_number=True),)
    return [
        Node(
            "spend_amount",
            ratio(row["spend_amount_score"]),
            "2.3",
            _day_note(case, row["spend_amount_on"]),
            amount,
        ),
        Node(
            "spend_pattern_part",
            ratio(row["spend_pattern_part_score"]),
            "2.3",
            _day_note(case, row["spend_pattern_part_on"], is_by_orders=row["has_order_pattern"]),
            pattern,
        ),
    ]


def _slot(case: Case, slot: str) -> Node:
    """Who fills a slot, and why others do not. Contacts are named by id, never by name."""
    in_slot = pl.col("slot") == slot
    best = case.only(case.work.profiles.slots).filter(in_slot)
    chosen = best["contact_id"].item() if best.height else None
    people = case.only(case.mirror.contact_companies).select(contact_id="from_id")
    others = case.work.slots.filter(in_slot).join(people, on="contact_id", how="semi")
    nodes = [
        _person(case, person, is_chosen=person["contact_id"] == chosen)
        for person in others.sort(pl.col("contact_id").str.len_chars(), "contact_id").iter_rows(
            named=True
        )
    ]
    if chosen is None:
        return Node(slot, ratio(Decimal(0)), "2.3", case.phrase("slot_empty"), tuple(nodes))
    one = best.row(0, named=True)
    note = case.listed(
        case.phrase("filled_by", contact=chosen),
        case.phrase("by_role" if one["is_by_role"] else "by_title"),
        case.re_dated(one["dated_on"]) if one["dated_on"] else case.phrase("age_unknown"),
    )
    return Node(slot, ratio(one["score"]), "2.3", note, tuple(nodes))


def _person(case: Case, person: dict[str, object], *, is_chosen: bool) -> Node:
    contact_id = str(person["contact_id"])
    field = "buying_role" if person["is_by_role"] else "job_title"
    state = "person_chosen" if is_chosen else "person_other"
    if not person["is_reachable"]:
        state = "person_unreachable"
    given = given_since(
        case.mirror.contact_changes,
        contact_id,
        field,
        as_of=case.as_of,
        timezone=case.parameters.reporting.timezone,
    )
    last = case.work.contacts.contacts.filter(pl.col("contact_id") == contact_id)
    spoken = last["contact_last_two_way"].item() if last.height else None
    note = case.listed(
        case.phrase(state),
        case.phrase(f"set_{field}", age=case.age_note(given)),
        case.phrase("spoken", age=case.dated(spoken)) if spoken else case.phrase("not_spoken"),
    )
    return Node("person", contact_id, "2.3", note)


def _confirmation(case: Case) -> Node:
    """The day on which the profile was confirmed, and whether that counts."""
    day: date | None = case.company["profile_confirmed_on"]
    if day is None:
        return Node("profile_confirmed_on", "", "2.3", case.phrase("empty"))
    days = case.parameters.profile.confirm_needs_contact_days
    key = "confirmation_counts" if case.confirmed_on() else "confirmation_alone"
    note = case.listed(case.dated(day), case.phrase(key, days=days))
    return Node("profile_confirmed_on", day.isoformat(), "2.3", note)
