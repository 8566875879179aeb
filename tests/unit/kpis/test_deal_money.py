"""Amount, currency and rate of a deal (spec 5.1, and 2.1 for open deals)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts
from kpis.frames import DEALS, RATES, Mirror
from kpis.parameters import Parameters
from tests.unit.kpis.builders import AS_OF, MEANING, rows, won

ACCOUNT_RATES = rows(
    RATES,
    {"currency": "USD", "valid_from": date(2026, 5, 1), "rate": Decimal("0.90")},
    {"currency": "USD", "valid_from": date(2026, 6, 10), "rate": Decimal("0.95")},
    {"currency": "EUR", "valid_from": date(2026, 1, 1), "rate": Decimal("1.10")},
)
OWN_RATES = {"USD": [[date(2026, 5, 15), "0.80"], [date(2026, 6, 20), "0.85"]]}


def money_of(
    deal: dict[str, Any],
    *,
    account: str | None = "EUR",
    account_rates: pl.DataFrame = ACCOUNT_RATES,
    **reporting: Any,
) -> dict[str, Any]:
    mirror = Mirror(deals=rows(DEALS, deal), rates=account_rates, account_currency=account)
    parameters = Parameters.model_validate({"reporting": reporting})
    return deal_facts(mirror, MEANING, parameters, as_of=AS_OF).row(0, named=True)


def dollars(closed_at: str, **more: Any) -> dict[str, Any]:
    return won("1", "100", closed_at, currency="USD", **more)


def test_amount_without_currency_is_in_the_account_currency():
    deal = money_of(won("1", "12.34", "2026-06-01T10:00", margin=Decimal("2.5")))

    assert (deal["currency"], deal["rate"]) == ("EUR", Decimal(1))
    assert (deal["amount"], deal["margin"]) == (Decimal("12.34"), Decimal("2.5"))


def test_amount_in_the_reporting_currency_needs_no_rate_whatever_is_frozen():
    deal = money_of(won("1", "10", "2026-06-01T10:00", exchange_rate=Decimal("1.5")))

    assert deal["amount"] == Decimal(10)


def test_frozen_rate_goes_before_both_tables():
    deal = money_of(
        dollars("2026-06-01T10:00", exchange_rate=Decimal("0.92"), margin=Decimal(10)),
        rates=OWN_RATES,
    )

    assert (deal["amount"], deal["margin"]) == (Decimal(92), Decimal("9.2"))


@pytest.mark.parametrize("frozen", [Decimal(0), Decimal(-1)])
def test_frozen_rate_that_is_not_positive_is_none(frozen):
    deal = money_of(dollars("2026-06-01T10:00", exchange_rate=frozen))

    assert deal["rate"] == Decimal("0.90")


@pytest.mark.parametrize(
    ("closed_at", "rate"),
    [
        ("2026-05-14T21:59", "0.90"),  # own table starts on 05-15 local
        ("2026-05-14T22:00", "0.80"),
        ("2026-06-19T21:59", "0.80"),
        ("2026-06-19T22:00", "0.85"),
        ("2026-04-30T22:00", "0.90"),
        ("2026-04-30T21:59", None),
    ],
)
def test_rate_is_that_of_the_close_date_from_our_table_and_else_from_the_account(closed_at, rate):
    deal = money_of(dollars(closed_at), rates=OWN_RATES)

    assert deal["rate"] == (rate and Decimal(rate))
    assert deal["warnings"] == ([] if rate else ["exchange_rate_missing"])


def test_deal_without_a_known_rate_is_left_out_and_warned_of():
    deal = money_of(won("1", "10", "2026-06-01T10:00", currency="GBP", margin=Decimal(1)))

    assert (deal["rate"], deal["amount"], deal["margin"]) == (None, None, None)
    assert deal["warnings"] == ["exchange_rate_missing"]


def test_another_reporting_currency_uses_only_its_own_table():
    frozen = dollars("2026-06-01T10:00", exchange_rate=Decimal("0.92"))

    without = money_of(frozen, currency="GBP")
    with_table = money_of(frozen, currency="GBP", rates={"USD": [[date(2026, 1, 1), "0.75"]]})

    assert without["warnings"] == ["exchange_rate_missing"]
    assert with_table["amount"] == Decimal(75)


def test_account_currency_too_is_converted_when_reporting_is_in_another_one():
    deal = money_of(
        won("1", "10", "2026-06-01T10:00"), currency="USD", rates={"EUR": [[date(2026, 1, 1), 2]]}
    )

    assert (deal["currency"], deal["amount"]) == ("EUR", Decimal(20))


def test_crm_that_does_not_tell_its_currency_keeps_its_books_in_the_reporting_one():
    deal = money_of(won("1", "10", "2026-06-01T10:00"), account=None, currency="USD")

    assert (deal["currency"], deal["amount"]) == ("USD", Decimal(10))


@pytest.mark.parametrize("closed_at", ["2026-07-20T10:00", "2026-05-02T10:00"])
def test_open_deal_stands_at_the_rate_of_today(closed_at):
    deal = money_of({**dollars(closed_at), "stage": "qualifiedtobuy"})

    assert deal["amount"] == Decimal(95)


def test_later_line_of_one_day_rules():
    twice = [[date(2026, 1, 1), "0.5"], [date(2026, 1, 1), "0.6"]]

    assert money_of(dollars("2026-06-01T10:00"), rates={"USD": twice})["rate"] == Decimal("0.6")


def test_empty_amount_of_a_realised_deal_is_zero_and_warned_of():
    deal = money_of(won("1", None, "2026-06-01T10:00"))

    assert deal["amount"] == Decimal(0)
    assert deal["warnings"] == ["amount_missing"]


def test_empty_amount_of_an_open_deal_is_zero_without_a_warning():
    deal = money_of({**won("1", None, "2026-06-01T10:00"), "stage": "qualifiedtobuy"})

    assert deal["amount"] == Decimal(0)
    assert deal["warnings"] == []


def test_absurd_product_of_amount_and_rate_is_left_out_instead_of_stopping_the_run():
    largest = Decimal(10) ** 15 - 1
    deal = money_of(
        won(
            "1",
            str(largest),
            "2026-06-01T10:00",
            currency="USD",
            exchange_rate=largest,
            margin=largest,
        )
    )

    assert (deal["amount"], deal["margin"]) == (None, None)
    assert deal["warnings"] == ["exchange_rate_missing"]
