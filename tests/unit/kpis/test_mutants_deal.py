"""Deals: when history may put back a stage, and rates in whatever order (spec 0, 5.1)."""

from datetime import date
from decimal import Decimal

import pytest

from kpis.deal import deal_facts
from kpis.frames import CHANGES, DEALS, RATES, Mirror
from kpis.parameters import Parameters
from tests.unit.kpis.builders import AS_OF, MEANING, at, rows, won


def stage_of(*changes: tuple[str, str]) -> str:
    """Stage of a deal that the CRM has in `contractsent` now."""
    mirror = Mirror(
        deals=rows(DEALS, {"deal_id": "1", "pipeline": "default", "stage": "contractsent"}),
        deal_changes=rows(
            CHANGES,
            *(
                {"external_id": "1", "field": "stage", "value": stage, "changed_at": at(instant)}
                for instant, stage in changes
            ),
        ),
    )
    stage: str = deal_facts(mirror, MEANING, Parameters(), as_of=AS_OF)["stage"].item()
    return stage


@pytest.mark.parametrize("instant", ["2026-06-01T10:00", "2026-06-30T12:00"])
def test_stage_stays_as_it_is_now_when_history_knows_no_later_one(instant):
    changes = (("2026-05-01T10:00", "appointmentscheduled"), (instant, "qualifiedtobuy"))

    assert stage_of(*changes) == "contractsent"


def test_stage_is_the_latest_up_to_as_of_in_whatever_order_history_stands():
    changes = (
        ("2026-07-01T10:00", "contractsent"),
        ("2026-06-01T10:00", "qualifiedtobuy"),
        ("2026-05-01T10:00", "appointmentscheduled"),
    )

    assert stage_of(*changes) == "qualifiedtobuy"


def test_each_deal_has_the_rate_of_its_own_day_in_whatever_order_deals_and_rates_stand():
    rates = rows(
        RATES,
        {"currency": "USD", "valid_from": date(2026, 6, 1), "rate": Decimal("0.50")},
        {"currency": "USD", "valid_from": date(2026, 4, 1), "rate": Decimal("0.70")},
        {"currency": "USD", "valid_from": date(2026, 1, 1), "rate": Decimal("0.90")},
    )
    deals = rows(
        DEALS,
        won("1", "100", "2026-06-10T10:00", currency="USD"),
        won("2", "100", "2026-02-10T10:00", currency="USD"),
        won("3", "100", "2026-05-10T10:00", currency="USD"),
    )
    mirror = Mirror(deals=deals, rates=rates, account_currency="EUR")

    facts = deal_facts(mirror, MEANING, Parameters(), as_of=AS_OF)

    assert facts["amount"].to_list() == [Decimal(50), Decimal(90), Decimal(70)]
