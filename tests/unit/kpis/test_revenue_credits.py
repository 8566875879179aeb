"""Who is credited with a realised deal (spec 5.2)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.deal import deal_facts
from kpis.frames import CHANGES, DEALS, SPLITS, Mirror
from kpis.parameters import Parameters
from kpis.revenue import CREDITS, credit_rows
from tests.unit.kpis.builders import AS_OF, MEANING, at, rows, won

NOBODY = None


def credited(
    deals: Sequence[dict[str, Any]],
    *,
    owners: Sequence[dict[str, Any]] = (),
    splits: Sequence[dict[str, Any]] = (),
    as_of: datetime = AS_OF,
) -> pl.DataFrame:
    mirror = Mirror(
        deals=rows(DEALS, *deals),
        deal_changes=rows(CHANGES, *owners),
        splits=rows(SPLITS, *splits),
        account_currency="EUR",
    )
    facts = deal_facts(mirror, MEANING, Parameters(), as_of=as_of)
    return credit_rows(facts, mirror, Parameters(), as_of=as_of)


def owner_from(changed_at: str, owner: str | None) -> dict[str, Any]:
    return {"external_id": "1", "field": "owner", "value": owner, "changed_at": at(changed_at)}


def split(owner: str, share: str) -> dict[str, Any]:
    return {"deal_id": "1", "owner": owner, "share": Decimal(share)}


CLOSED = won("1", "100", "2026-06-10T10:00", owner="now", margin=Decimal(40))


def test_credits_have_their_schema_when_nothing_is_realised():
    assert dict(credited([]).schema) == CREDITS


@pytest.mark.parametrize(
    ("owners", "seller"),
    [
        ([], "now"),
        ([owner_from("2026-06-10T10:00", "A")], "A"),
        ([owner_from("2026-06-01T10:00", "A"), owner_from("2026-06-10T10:00", "B")], "B"),
        ([owner_from("2026-06-01T10:00", "A"), owner_from("2026-06-10T10:00:00.001", "B")], "A"),
        ([owner_from("2026-06-11T10:00", "B"), owner_from("2026-06-12T10:00", "C")], "B"),
        ([owner_from("2026-06-01T10:00", None), owner_from("2026-06-11T10:00", "B")], "B"),
        ([owner_from("2026-06-01T10:00", "A"), owner_from("2026-06-02T10:00", None)], NOBODY),
        ([owner_from("2026-06-30T12:00", "later")], "later"),
        ([owner_from("2026-06-30T12:00:00.001", "later")], "now"),
    ],
)
def test_deal_is_credited_to_its_owner_at_close(owners, seller):
    assert credited([CLOSED], owners=owners)["seller_id"].to_list() == [seller]


def test_deal_without_any_owner_is_credited_to_nobody():
    result = credited([{**CLOSED, "owner": None}])

    assert result.select("seller_id", "amount").rows() == [(None, Decimal(100))]


@pytest.mark.parametrize(
    ("changed_at", "seller"),
    [("2026-06-10T21:59:59.999", "B"), ("2026-06-10T22:00", "A")],
)
def test_deal_closed_on_a_day_had_the_owner_of_the_end_of_that_local_day(changed_at, seller):
    deal = {**CLOSED, "closed_at": None, "closed_on": date(2026, 6, 10)}
    owners = [owner_from("2026-06-01T10:00", "A"), owner_from(changed_at, "B")]

    assert credited([deal], owners=owners)["seller_id"].to_list() == [seller]


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (["0.6", "0.4"], [("S0", Decimal(60), Decimal(24)), ("S1", Decimal(40), Decimal(16))]),
        (["0.6", "0.399999"], [("now", Decimal(100), Decimal(40))]),
        (["0.6", "0.400001"], [("now", Decimal(100), Decimal(40))]),
    ],
)
def test_splits_count_only_when_they_sum_to_exactly_one(shares, expected):
    splits = [split(f"S{n}", share) for n, share in enumerate(shares)]

    assert (
        credited([CLOSED], splits=splits).select("seller_id", "amount", "margin").rows() == expected
    )


def test_splits_of_one_seller_are_one_share():
    splits = [split("S1", "0.5"), split("S2", "0.25"), split("S1", "0.25")]

    assert credited([CLOSED], splits=splits).select("seller_id", "amount").rows() == [
        ("S1", Decimal(75)),
        ("S2", Decimal(25)),
    ]


def test_split_of_a_credit_note_stays_a_credit_and_an_unknown_margin_stays_unknown():
    deal = won("1", "-10", "2026-06-10T10:00")

    result = credited([deal], splits=[split("S1", "0.5"), split("S2", "0.5")])

    assert result.select("amount", "margin", "is_credit").rows() == [(Decimal(-5), None, True)] * 2


@pytest.mark.parametrize(
    "deal",
    [
        won("1", "100", "2026-06-30T12:00:00.001"),
        {**CLOSED, "stage": "closedlost"},
        {**CLOSED, "stage": "qualifiedtobuy"},
        {**CLOSED, "closed_at": None},
        {**CLOSED, "currency": "GBP"},
    ],
)
def test_deal_that_is_not_realised_or_has_no_rate_is_credited_to_nobody_at_all(deal):
    assert credited([deal]).is_empty()


def test_reopened_deal_leaves_the_total():
    owners = [owner_from("2026-06-01T10:00", "A")]

    assert credited([CLOSED], owners=owners).height == 1
    assert credited([{**CLOSED, "stage": "qualifiedtobuy"}], owners=owners).is_empty()


def test_won_deal_in_an_unmapped_stage_counts():
    assert credited([{**CLOSED, "stage": "forgottenwon"}])["amount"].to_list() == [Decimal(100)]


amounts = st.decimals(-10_000, 10_000, places=2)
shares = st.lists(st.integers(0, 10_000), min_size=1, max_size=4)


@given(st.lists(st.tuples(amounts, shares), min_size=1, max_size=5), st.randoms())
@settings(max_examples=30, deadline=None)
def test_credits_sum_to_the_amounts_of_the_deals_in_any_order(given_deals, random):
    deals, splits = [], []
    for number, (amount, parts) in enumerate(given_deals):
        deals.append(won(str(number), str(amount), "2026-06-10T10:00", owner="S9"))
        rest = 10_000
        for seller, part in enumerate(parts):
            share = rest if seller == len(parts) - 1 else min(part, rest)
            rest -= share
            splits.append(
                {
                    "deal_id": str(number),
                    "owner": f"S{seller}",
                    "share": Decimal(share) / 10_000,
                }
            )

    result = credited(deals, splits=splits)
    random.shuffle(deals)
    random.shuffle(splits)

    assert result["amount"].sum() == sum(amount for amount, _ in given_deals)
    assert result.equals(credited(deals, splits=splits))
