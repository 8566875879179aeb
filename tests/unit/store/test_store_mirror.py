"""Frames hold exactly what was saved, in the types that the method is written for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis import frames
from kpis.frames import Mirror, OwnHistory
from kpis.records import Goal, Link, Owner, Rate, Split
from store import frame as frame_module
from store.store import Store
from tests.store_fixtures import MODIFIED, PULLED, call, company, contact, deal

LARGEST = Decimal("999999999999999.999999")

SCHEMAS = {
    "companies": frames.COMPANIES,
    "contacts": frames.CONTACTS,
    "deals": frames.DEALS,
    "deal_companies": frames.COMPANY_LINKS,
    "contact_companies": frames.COMPANY_LINKS,
    "activities": frames.ACTIVITIES,
    "activity_links": frames.ACTIVITY_LINKS,
    "contact_changes": frames.CHANGES,
    "goals": frames.GOALS,
    "deal_touches": frames.DEAL_TOUCHES,
    "company_changes": frames.CHANGES,
    "deal_changes": frames.CHANGES,
    "owners": frames.OWNERS,
    "rates": frames.RATES,
    "splits": frames.SPLITS,
}


def fill(store: Store) -> None:
    person = contact(buying_role=("CHAMPION", "END_USER"), has_email=True, phone_digits=11)
    store.save_page("companies", [company(owner="7")], cursor="c", pulled_at=PULLED)
    store.save_page("contacts", [person], cursor="c", pulled_at=PULLED)
    store.save_page("deals", [deal(stage="a")], cursor="c", pulled_at=PULLED)
    store.save_page("calls", [call(occurred_at=MODIFIED)], cursor="c", pulled_at=PULLED)
    store.save_links("contacts", "companies", ["1"], [Link("1", "1")])
    store.save_links("deals", "companies", ["1"], [Link("1", "1", is_primary=True)])
    store.save_links("calls", "deals", ["1"], [Link("1", "1")])
    store.save_goals([Goal("5", "7", MODIFIED, PULLED, Decimal("1.5"))])
    store.save_splits(["1"], [Split("1", "7", Decimal("0.333333"))])
    store.save_description(
        owners=[Owner("7", "Piet")],
        stages=[],
        rates=[Rate("USD", date(2026, 1, 1), Decimal("0.923456"))],
        currency="EUR",
        readable=["companies"],
    )


@pytest.mark.parametrize("is_filled", [True, False])
def test_mirror_has_the_schemas_of_the_method(store, is_filled):
    if is_filled:
        fill(store)

    mirror = store.read_mirror()

    for name, schema in SCHEMAS.items():
        frame = getattr(mirror, name)
        assert dict(frame.schema) == schema, name
        assert frame.is_empty() is not is_filled, name


def test_every_frame_of_the_mirror_is_read():
    holding_frames = {name for name, hint in Mirror.__annotations__.items() if hint is pl.DataFrame}

    assert set(SCHEMAS) == holding_frames


@pytest.mark.parametrize(
    "amount",
    [Decimal("0.1"), Decimal("-0.000001"), LARGEST, -LARGEST, Decimal("1E+3"), Decimal(0), None],
)
def test_money_is_exact(store, amount):
    store.save_page("deals", [deal(amount=amount)], cursor="c", pulled_at=PULLED)

    assert store.read_mirror().deals["amount"].to_list() == [amount]


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 59, 59, 1_000, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    ],
)
def test_instant_is_exact_to_the_millisecond(store, instant):
    store.save_page("deals", [deal(created_at=instant)], cursor="c", pulled_at=PULLED)

    assert store.read_mirror().deals["created_at"].to_list() == [instant]


def test_field_that_holds_an_instant_or_a_day_becomes_two_columns(store):
    zoned = datetime(2026, 6, 10, 1, tzinfo=UTC)
    deals = [deal("1", closed_on=zoned), deal("2", closed_on=date(2026, 6, 10)), deal("3")]
    store.save_page("deals", deals, cursor="c", pulled_at=PULLED)

    frame = store.read_mirror().deals.sort("deal_id").select("closed_at", "closed_on")
    assert frame.rows() == [(zoned, None), (None, date(2026, 6, 10)), (None, None)]


def test_options_flags_and_texts_keep_none_apart_from_empty(store):
    records = [
        company("1", target_account=False, pains_options=("a;b", 'c"d'), pains="één"),
        company("2"),
    ]
    store.save_page("companies", records, cursor="c", pulled_at=PULLED)

    columns = ("target_account", "pains_options", "pains")
    frame = store.read_mirror().companies.sort("relation_id").select(columns)
    assert frame.rows() == [(False, ["a;b", 'c"d'], "één"), (None, [], None)]


def test_mirror_is_read_whole_when_it_comes_in_many_pieces(store, monkeypatch):
    monkeypatch.setattr(frame_module, "CHUNK_ROWS", 3)
    records = [company(str(number), employees=Decimal(number)) for number in range(10)]
    store.save_page("companies", records, cursor="c", pulled_at=PULLED)

    frame = store.read_mirror().companies.sort("relation_id")
    assert frame["employees"].to_list() == [Decimal(number) for number in range(10)]


def test_activity_without_a_time_touches_no_deal(store):
    store.save_page(
        "calls", [call("1"), call("2", occurred_at=PULLED)], cursor="c", pulled_at=PULLED
    )
    store.save_links("calls", "deals", ["1", "2"], [Link("1", "5"), Link("2", "6")])

    assert store.read_mirror().deal_touches.rows() == [("6", PULLED)]


def memberships(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=frames.MEMBERSHIPS, orient="row")


def test_own_history_is_replaced_and_read_back_exactly(store):
    day = date(2026, 6, 1)
    first = memberships(("1", day, None, "rule"), ("2", day, None, "manual"))
    review = (day, "", Decimal("1234.567890123456"), None, None, None, Decimal("0.1"))
    reviews = pl.DataFrame([review], schema=frames.REVIEWS, orient="row")
    version = store.mirror_version()
    store.save_own_history(OwnHistory(memberships=first, reviews=reviews))
    second = memberships(("1", day, day + timedelta(days=3), "rule"))

    store.save_own_history(OwnHistory(memberships=second, reviews=reviews))

    history = store.read_own_history()
    assert history.memberships.equals(second)
    assert history.reviews.equals(reviews)
    assert store.mirror_version() == version


def test_own_history_of_a_new_account_is_empty(store):
    history = store.read_own_history()

    assert dict(history.memberships.schema) == frames.MEMBERSHIPS
    assert dict(history.reviews.schema) == frames.REVIEWS
    assert history.memberships.is_empty()
    assert history.reviews.is_empty()
