"""Relation, outcome and close of a deal, and the warnings of every deal (spec 0, 3.1, 3.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.deal import deal_facts, deal_relations, is_realised, is_won_deal
from kpis.frames import CHANGES, COMPANY_LINKS, DEAL_FACTS, DEALS, SPLITS, Mirror
from kpis.parameters import Parameters
from tests.unit.kpis.builders import AS_OF, MEANING, at, rows, won


def facts_of(*deals: dict[str, Any], **mirror: Any) -> pl.DataFrame:
    return deal_facts(
        Mirror(deals=rows(DEALS, *deals), account_currency="EUR", **mirror),
        MEANING,
        Parameters(),
        as_of=AS_OF,
    )


def only(*deals: dict[str, Any], **mirror: Any) -> dict[str, Any]:
    return facts_of(*deals, **mirror).row(0, named=True)


def test_deal_facts_have_the_schema_of_the_contract_when_there_are_no_deals():
    assert dict(facts_of().schema) == DEAL_FACTS


def test_deal_facts_have_the_schema_of_the_contract_and_the_order_of_ids():
    facts = facts_of(won("10", "1", "2026-06-01T10:00"), won("9", "1", "2026-06-01T10:00"))

    assert dict(facts.schema) == DEAL_FACTS
    assert facts["deal_id"].to_list() == ["9", "10"]


@pytest.mark.parametrize(
    ("links", "relation", "several"),
    [
        ([("7", False)], "7", False),
        ([("7", False), ("8", True)], "8", False),
        ([("8", False), ("7", False)], None, True),
        ([("10", True), ("9", True)], "9", False),
        ([("7", False), ("7", True)], "7", False),
        ([("7", False), ("7", False)], "7", False),
    ],
)
def test_deal_belongs_to_its_primary_company_or_to_the_only_one(links, relation, several):
    frame = rows(
        COMPANY_LINKS,
        *({"from_id": "1", "relation_id": r, "is_primary": primary} for r, primary in links),
    )

    assert deal_relations(frame).rows() == [("1", relation, several)]


def test_deal_of_several_companies_without_a_primary_one_is_unassigned_and_warned_of():
    links = rows(
        COMPANY_LINKS,
        {"from_id": "1", "relation_id": "7", "is_primary": False},
        {"from_id": "1", "relation_id": "8", "is_primary": False},
    )
    deal = only(
        {"deal_id": "1", "pipeline": "default", "stage": "qualifiedtobuy"}, deal_companies=links
    )

    assert deal["relation_id"] is None
    assert deal["warnings"] == ["several_companies_without_primary"]


@pytest.mark.parametrize(
    ("stage", "outcome", "is_won", "is_lost", "warnings"),
    [
        ("qualifiedtobuy", "interest", False, False, []),
        ("closedlost", "lost", False, True, []),
        ("parked", "ignore", False, False, []),
        ("forgotten", None, False, False, ["stage_unmapped"]),
        ("forgottenwon", None, True, False, ["close_date_missing", "stage_unmapped"]),
        ("never_heard_of", None, False, False, ["stage_unmapped"]),
        (None, None, False, False, ["stage_unknown"]),
    ],
)
def test_outcome_of_a_stage_comes_from_mapping_and_metadata(
    stage, outcome, is_won, is_lost, warnings
):
    deal = only({"deal_id": "1", "pipeline": "default", "stage": stage, "amount": Decimal(1)})

    assert (deal["outcome"], deal["is_won"], deal["is_lost"]) == (outcome, is_won, is_lost)
    assert deal["warnings"] == warnings


def test_stage_is_looked_up_within_its_own_pipeline():
    deal = only({"deal_id": "1", "pipeline": "other", "stage": "closedwon"})

    assert deal["is_won"] is False
    assert deal["warnings"] == ["stage_unmapped"]


@pytest.mark.parametrize(
    ("created_at", "exists"),
    [("2026-06-30T12:00", True), ("2026-06-30T12:00:00.001", False), (None, True)],
)
def test_deal_created_later_than_as_of_does_not_exist_yet(created_at, exists):
    deal = {"deal_id": "1", "created_at": created_at and at(created_at)}

    assert (facts_of(deal).height == 1) is exists


@pytest.mark.parametrize(
    ("closed_at", "realised", "warnings"),
    [
        ("2026-06-30T12:00", True, []),
        ("2026-06-30T12:00:00.001", False, ["closed_in_future"]),
    ],
)
def test_won_deal_is_realised_up_to_as_of(closed_at, realised, warnings):
    facts = facts_of(won("1", "1", closed_at))

    assert facts.select(is_realised(AS_OF)).item() is realised
    assert facts["warnings"].to_list() == [warnings]


@pytest.mark.parametrize(
    ("closed_on", "realised", "warnings"),
    [(date(2026, 6, 30), True, []), (date(2026, 7, 1), False, ["closed_in_future"])],
)
def test_won_deal_closed_on_a_day_is_realised_from_its_local_start(closed_on, realised, warnings):
    facts = facts_of(
        {**won("1", "1", "2026-01-01T00:00"), "closed_at": None, "closed_on": closed_on}
    )

    assert facts.select(is_realised(AS_OF)).item() is realised
    assert facts["close_day"].to_list() == [closed_on]
    assert facts["warnings"].to_list() == [warnings]


def test_close_of_a_day_counts_from_its_local_start():
    deal = only({"deal_id": "1", "closed_on": date(2026, 3, 30)})

    assert deal["close_at"] == at("2026-03-29T22:00")


def test_close_day_of_an_instant_is_the_local_one():
    assert only(won("1", "1", "2026-03-31T22:30"))["close_day"] == date(2026, 4, 1)


def test_won_deal_without_close_date_is_not_realised_and_warned_of():
    facts = facts_of({**won("1", "1", "2026-01-01T00:00"), "closed_at": None})

    assert facts.select(is_realised(AS_OF)).item() is False
    assert facts["warnings"].to_list() == [["close_date_missing"]]


@pytest.mark.parametrize("stage", ["qualifiedtobuy", "closedlost"])
@pytest.mark.parametrize("closed_at", [None, "2026-07-03T10:00"])
def test_close_date_of_a_deal_that_is_not_won_is_no_ground_for_a_warning(stage, closed_at):
    deal = only(
        {
            "deal_id": "1",
            "pipeline": "default",
            "stage": stage,
            "closed_at": closed_at and at(closed_at),
        }
    )

    assert deal["warnings"] == []


@pytest.mark.parametrize(("amount", "is_credit"), [("-0.01", True), ("0", False), (None, False)])
def test_won_deal_with_a_negative_amount_is_a_credit_note_and_no_won_deal(amount, is_credit):
    facts = facts_of(won("1", amount, "2026-06-01T10:00"))

    assert facts["is_credit"].to_list() == [is_credit]
    assert facts.select(is_realised(AS_OF)).item() is True
    assert facts.select(is_won_deal(AS_OF)).item() is not is_credit


def test_open_deal_with_a_negative_amount_is_no_credit_note():
    deal = only(
        {"deal_id": "1", "pipeline": "default", "stage": "qualifiedtobuy", "amount": Decimal(-1)}
    )

    assert deal["is_credit"] is False


@pytest.mark.parametrize(
    ("shares", "warnings"),
    [
        (["0.6", "0.4"], []),
        (["0.6", "0.399999"], ["splits_invalid"]),
        (["0.6", "0.400001"], ["splits_invalid"]),
        (["1"], []),
    ],
)
def test_splits_that_do_not_sum_to_one_are_warned_of(shares, warnings):
    splits = rows(
        SPLITS,
        *(
            {"deal_id": "1", "owner": f"S{n}", "share": Decimal(share)}
            for n, share in enumerate(shares)
        ),
    )

    assert only(won("1", "1", "2026-06-01T10:00"), splits=splits)["warnings"] == warnings


@pytest.mark.parametrize("closed_at", ["2026-07-03T10:00", None])
def test_money_warnings_wait_until_the_deal_is_realised(closed_at):
    splits = rows(SPLITS, {"deal_id": "1", "owner": "S1", "share": Decimal("0.5")})
    deal = won("1", None, "2026-01-01T00:00", currency="USD")

    warnings = only({**deal, "closed_at": closed_at and at(closed_at)}, splits=splits)["warnings"]

    assert warnings == ["closed_in_future" if closed_at else "close_date_missing"]


def stage_change(stage: str, changed_at: str) -> dict[str, Any]:
    return {"external_id": "1", "field": "stage", "value": stage, "changed_at": at(changed_at)}


@pytest.mark.parametrize(
    ("moved_at", "stage"),
    [("2026-06-30T12:00", "closedwon"), ("2026-06-30T12:00:00.001", "qualifiedtobuy")],
)
def test_stage_entered_later_than_as_of_has_not_been_entered(moved_at, stage):
    changes = rows(
        CHANGES,
        stage_change("closedwon", moved_at),
        stage_change("qualifiedtobuy", "2026-06-01T10:00"),
    )

    deal = only(won("1", "1", "2026-06-20T10:00"), deal_changes=changes)

    assert deal["stage"] == stage


@pytest.mark.parametrize(
    "known",
    [
        [("contractsent", "2026-06-30T12:00")],
        [("qualifiedtobuy", "2026-06-01T10:00"), ("contractsent", "2026-06-30T12:00")],
    ],
)
def test_stage_entered_at_as_of_is_that_of_as_of_when_it_was_left_later(known):
    changes = rows(
        CHANGES,
        stage_change("closedwon", "2026-07-02T10:00"),
        *(stage_change(stage, changed_at) for stage, changed_at in known),
    )

    deal = only(won("1", "1", "2026-06-20T10:00"), deal_changes=changes)

    assert deal["stage"] == "contractsent"


def test_stage_stays_the_recorded_one_when_no_earlier_one_is_known():
    changes = rows(CHANGES, stage_change("closedwon", "2026-07-01T10:00"))

    assert only(won("1", "1", "2026-06-20T10:00"), deal_changes=changes)["stage"] == "closedwon"


def test_changes_of_other_fields_do_not_touch_the_stage():
    changes = rows(
        CHANGES,
        {"external_id": "1", "field": "owner", "value": "S1", "changed_at": at("2026-06-01T10:00")},
        {"external_id": "1", "field": "owner", "value": "S2", "changed_at": at("2026-07-01T10:00")},
    )

    assert only(won("1", "1", "2026-06-20T10:00"), deal_changes=changes)["stage"] == "closedwon"


def test_order_of_deals_and_links_changes_nothing():
    deals = [won(str(n), str(n), "2026-06-01T10:00") for n in range(12)]
    links = [
        {"from_id": str(n % 12), "relation_id": str(n), "is_primary": False} for n in range(18)
    ]

    forward = facts_of(*deals, deal_companies=rows(COMPANY_LINKS, *links))
    backward = facts_of(*reversed(deals), deal_companies=rows(COMPANY_LINKS, *reversed(links)))

    assert forward.equals(backward)
    assert forward.filter(pl.col("relation_id").is_null()).height == 6
