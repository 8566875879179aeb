"""Pains and gains of relations: sources, what is the same, boilerplate, age and score (spec 4)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from kpis.frames import (
    CHANGES,
    COMPANIES,
    COMPANY_LINKS,
    CONTACTS,
    DAY,
    DEALS,
    TEXT,
    Mirror,
)
from kpis.freshness import freshness
from kpis.pains_gains import PainsGainsResults, pains_gains
from kpis.parameters import Horizon, Parameters
from tests.unit.kpis.builders import AS_OF, at, rows

EVERY_SOURCE = ["company_text", "company_options", "deal_text", "contact_text"]
Row = Mapping[str, Any]


def change(external_id: str, field: str, value: str | None, changed_at: str) -> Row:
    return {
        "external_id": external_id,
        "field": field,
        "value": value,
        "changed_at": at(changed_at),
    }


def judged(
    *companies: Row,
    deals: Sequence[Row] = (),
    deal_relations: Sequence[tuple[str, str | None]] = (),
    contacts: Sequence[Row] = (),
    contact_companies: Sequence[tuple[str, str]] = (),
    company_changes: Sequence[Row] = (),
    deal_changes: Sequence[Row] = (),
    contact_changes: Sequence[Row] = (),
    confirmed: Sequence[tuple[str, date]] = (),
    labels: Mapping[str, str] | None = None,
    **rules: Any,
) -> PainsGainsResults:
    """Results of companies of seller S1 unless said otherwise."""
    return pains_gains(
        rows(COMPANIES, *({"owner": "S1", **company} for company in companies)),
        Mirror(
            deals=rows(DEALS, *deals),
            contacts=rows(CONTACTS, *contacts),
            contact_companies=rows(
                COMPANY_LINKS,
                *({"from_id": one, "relation_id": other} for one, other in contact_companies),
            ),
            company_changes=rows(CHANGES, *company_changes),
            deal_changes=rows(CHANGES, *deal_changes),
            contact_changes=rows(CHANGES, *contact_changes),
        ),
        pl.DataFrame(
            list(deal_relations), schema={"deal_id": TEXT, "relation_id": TEXT}, orient="row"
        ),
        pl.DataFrame(
            list(confirmed), schema={"relation_id": TEXT, "confirmed_on": DAY}, orient="row"
        ),
        Parameters.model_validate({"pains_gains": rules}),
        as_of=AS_OF,
        option_labels=labels,
    )


def relation(results: PainsGainsResults, relation_id: str = "1") -> dict[str, Any]:
    return results.relations.row(by_predicate=pl.col("relation_id") == relation_id, named=True)


def reasons(
    results: PainsGainsResults, relation_id: str = "1"
) -> list[tuple[str, str, str | None]]:
    of_relation = results.items.filter(pl.col("relation_id") == relation_id)
    return of_relation.select("kind", "text", "reason").rows()


# What is the same


TEN = "een twee drie vier vijf zes zeven acht negen"


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("alfa beta gamma delta", "alfa beta gamma delta epsilon", "near_duplicate"),  # 4 / 5
        ("alfa beta gamma", "alfa beta gamma delta", None),  # 3 / 4
        ("alfa beta gamma delta", "delta, gamma beta/alfa", "near_duplicate"),
        (f"{TEN} tien", f"{TEN} elf twaalf", None),  # 9 / 12
        (f"{TEN} tien", f"{TEN} elf", "near_duplicate"),  # 9 / 11
        ("alfa beta", "Alfa  BETA!", "duplicate"),
    ],
)
def test_item_is_the_same_when_its_tokens_overlap_enough(
    first: str, second: str, reason: str | None
) -> None:
    found = reasons(judged({"relation_id": "1", "pains": f"{first}\n{second}"}))
    assert [one[2] for one in found] == [None, reason]


def test_item_is_the_same_by_the_given_overlap() -> None:
    pains = "alfa beta gamma\nalfa beta gamma delta"
    lower = judged({"relation_id": "1", "pains": pains}, same_item_overlap=0.75)
    assert relation(lower)["pains_count"] == 1
    higher = judged({"relation_id": "1", "pains": pains}, same_item_overlap=0.76)
    assert relation(higher)["pains_count"] == 2


def test_items_are_held_only_against_those_that_stand() -> None:
    """The third is like the second, but the second is no item any more."""
    pains = "aa1 aa2 aa3 aa4\naa1 aa2 aa3 aa4 aa5\naa1 aa2 aa3 aa4 aa5 aa6"
    found = reasons(judged({"relation_id": "1", "pains": pains}))
    assert [one[2] for one in found] == [None, "near_duplicate", None]


def test_gain_does_not_count_when_it_stands_among_the_pains() -> None:
    results = judged(
        {
            "relation_id": "1",
            "pains": "levertijd\nalfa beta gamma delta",
            "gains": "Levertijd.\nalfa beta gamma delta epsilon\nalfa snel\nalfa snel",
        }
    )
    assert reasons(results)[2:] == [
        ("gain", "levertijd", "other_list"),
        ("gain", "alfa beta gamma delta epsilon", "other_list"),
        ("gain", "alfa snel", None),
        ("gain", "alfa snel", "duplicate"),
    ]
    assert (relation(results)["pains_count"], relation(results)["gains_count"]) == (2, 1)


def test_items_of_relations_are_not_held_against_each_other() -> None:
    results = judged(
        {"relation_id": "1", "pains": "levertijd"}, {"relation_id": "2", "pains": "levertijd"}
    )
    assert [one["pains_count"] for one in results.relations.to_dicts()] == [1, 1]


# Sources


def test_only_company_text_is_read_by_default() -> None:
    results = judged(
        {"relation_id": "1", "pains_options": ["levertijd"]},
        deals=[{"deal_id": "7", "pains": "voorraad"}],
        deal_relations=[("7", "1")],
        deal_changes=[change("7", "pains", "voorraad", "2026-06-01T00:00")],
    )
    assert results.items.is_empty()
    assert relation(results)["pains_gains_updated_on"] is None


def test_sources_add_up_in_the_given_order_and_by_record_id() -> None:
    results = judged(
        {"relation_id": "2", "pains": "eerste tekst", "pains_options": ["p1", "p2"]},
        {"relation_id": "1", "gains": "tweede tekst"},
        deals=[
            {"deal_id": "10", "pains": "tiende deal"},
            {"deal_id": "9", "pains": "negende deal", "gains": "winst negen"},
            {"deal_id": "11", "pains": "zonder relatie"},
        ],
        deal_relations=[("9", "2"), ("10", "2"), ("11", None)],
        contacts=[{"contact_id": "5", "pains": "vijfde contact"}],
        contact_companies=[("5", "2"), ("5", "2"), ("5", "1"), ("5", "99")],
        labels={"p1": "Prijs; korting"},
        sources=["deal_text", *reversed(EVERY_SOURCE)],
    )
    assert results.items.select("relation_id", "kind", "source", "text", "reason").rows() == [
        ("2", "pain", "deal_text", "negende deal", None),
        ("2", "pain", "deal_text", "tiende deal", None),
        ("2", "pain", "contact_text", "vijfde contact", None),
        ("2", "pain", "company_options", "prijs; korting", None),
        ("2", "pain", "company_options", "p2", "placeholder"),
        ("2", "pain", "company_text", "eerste tekst", None),
        ("2", "gain", "deal_text", "winst negen", None),
        ("1", "pain", "contact_text", "vijfde contact", None),
        ("1", "gain", "company_text", "tweede tekst", None),
    ]
    assert results.relations["relation_id"].to_list() == ["2", "1"]


def test_nothing_is_read_without_sources() -> None:
    assert judged({"relation_id": "1", "pains": "levertijd"}, sources=[]).items.is_empty()


# Boilerplate


def portfolio(standing: int, others: int, *, kind: str = "pains", owner: str = "S1") -> list[Row]:
    """Relations of one seller, of which the first ones carry one and the same text."""
    return [
        {
            "relation_id": f"{owner[1:]}{number:03}",
            "owner": owner,
            kind: "Ontzorgen." if number < standing else None,
        }
        for number in range(standing + others)
    ]


@pytest.mark.parametrize(
    ("standing", "others", "is_boilerplate"),
    [(5, 0, True), (4, 0, False), (5, 20, False), (5, 19, True), (6, 23, True), (6, 24, False)],
)
def test_text_is_boilerplate_on_five_and_more_than_a_fifth_of_the_relations(
    standing: int, others: int, *, is_boilerplate: bool
) -> None:
    results = judged(*portfolio(standing, others))
    first, last = results.relations.to_dicts()[0], results.relations.to_dicts()[-1]
    assert first["is_boilerplate"] is is_boilerplate
    assert first["pains_count"] == (0 if is_boilerplate else 1)
    assert others == 0 or last["is_boilerplate"] is False
    assert reasons(results, "1000") == [
        ("pain", "ontzorgen", "boilerplate" if is_boilerplate else None)
    ]


def test_boilerplate_follows_the_parameters() -> None:
    rules: dict[str, Any] = {"boilerplate": {"min_relations": 2, "share": 0.5}}
    assert relation(judged(*portfolio(2, 2), **rules), "1000")["is_boilerplate"] is False
    assert relation(judged(*portfolio(2, 1), **rules), "1000")["is_boilerplate"] is True


def test_boilerplate_counts_pains_and_gains_together() -> None:
    pains, gains = portfolio(3, 0), portfolio(5, 0, kind="gains")[3:]
    results = judged(*pains, *gains)
    assert results.relations["is_boilerplate"].to_list() == [True] * 5


def test_boilerplate_is_of_one_seller_only() -> None:
    results = judged(*portfolio(5, 0), *portfolio(4, 0, owner="S2"))
    assert relation(results, "1000")["is_boilerplate"] is True
    assert relation(results, "2000")["is_boilerplate"] is False


def test_boilerplate_counts_a_relation_once() -> None:
    twice = [{**one, "gains": one["pains"]} for one in portfolio(4, 0)]
    assert relation(judged(*twice), "1000")["is_boilerplate"] is False


def test_boilerplate_counts_a_relation_on_which_the_text_is_no_new_item() -> None:
    text = "alfa beta gamma delta"
    like: Row = {"relation_id": "9", "pains": f"{text} epsilon\n{text}"}
    results = judged(*({"relation_id": str(i), "pains": text} for i in range(4)), like)
    assert relation(results, "0")["pains_count"] == 0
    assert reasons(results, "9") == [
        ("pain", f"{text} epsilon", None),
        ("pain", text, "near_duplicate"),
    ]


def test_options_and_placeholders_are_never_boilerplate() -> None:
    options: list[Row] = [{"relation_id": str(i), "pains_options": ["Ontzorgen"]} for i in range(5)]
    results = judged(*options, sources=["company_options"])
    assert results.relations["pains_count"].to_list() == [1] * 5
    placeholders: list[Row] = [{"relation_id": str(i), "pains": "onbekend"} for i in range(5)]
    results = judged(*placeholders)
    assert results.items["reason"].to_list() == ["placeholder"] * 5
    assert results.relations["is_boilerplate"].to_list() == [False] * 5


# Age


def test_freshness_fades_between_its_two_days() -> None:
    ages = pl.DataFrame({"age": [None, 0, 180, 181, 200, 364, 365, 900]})
    worth = ages.select(freshness(pl.col("age"), Horizon(fresh=180, expire=365)))
    assert worth.to_series().to_list() == [
        None,
        Decimal(1),
        Decimal(1),
        Decimal("0.994594594595"),
        Decimal("0.891891891892"),
        Decimal("0.005405405405"),
        Decimal(0),
        Decimal(0),
    ]


FULL = {"relation_id": "1", "pains": "levertijd\nvoorraad", "gains": "storing\nleverzeker"}


@pytest.mark.parametrize(
    ("changed_at", "score"),
    [
        ("2026-01-01T12:00", "1"),
        ("2025-12-31T12:00", "0.994594594595"),
        ("2025-12-31T23:30", "1"),  # local day 2026-01-01
        ("2025-07-01T12:00", "0.005405405405"),
        ("2025-06-30T12:00", "0"),
    ],
)
def test_score_fades_with_the_local_day_of_the_change(changed_at: str, score: str) -> None:
    results = judged(FULL, company_changes=[change("1", "pains", FULL["pains"], changed_at)])
    assert relation(results)["pg_score"] == Decimal(score)


def test_update_is_the_latest_change_of_either_text() -> None:
    results = judged(
        FULL,
        company_changes=[
            change("1", "pains", "levertijd", "2026-01-10T00:00"),
            change("1", "pains", " levertijd ", "2026-02-10T00:00"),
            change("1", "gains", "storing", "2026-01-20T00:00"),
            change("1", "gains", "later", "2026-07-10T00:00"),
            change("1", "pains_options", "iets", "2026-06-10T00:00"),
        ],
    )
    assert relation(results)["pains_gains_updated_on"] == date(2026, 1, 20)


def test_update_is_the_day_of_emptying_when_a_text_was_emptied() -> None:
    results = judged(
        {"relation_id": "1"},
        company_changes=[
            change("1", "pains", "levertijd", "2026-01-10T12:00"),
            change("1", "pains", None, "2026-03-10T12:00"),
        ],
    )
    found = relation(results)
    assert found["pains_gains_updated_on"] == date(2026, 3, 10)
    assert found["pg_score"] == Decimal(0)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_update_is_blank_when_nothing_was_ever_filled(empty: str | None) -> None:
    results = judged(
        {"relation_id": "1"},
        company_changes=[change("1", "pains", empty, "2026-03-10T12:00")],
        confirmed=[("1", date(2026, 6, 1))],
    )
    assert relation(results) == {
        "relation_id": "1",
        "pains_count": 0,
        "gains_count": 0,
        "pains_gains_complete": False,
        "pains_gains_updated_on": None,
        "pg_score": Decimal(0),
        "pg_freshness": None,
        "is_boilerplate": False,
    }


def test_update_is_today_when_a_text_has_no_known_version() -> None:
    found = relation(judged(FULL))
    assert found["pains_gains_updated_on"] == date(2026, 6, 30)
    assert found["pg_score"] == Decimal(1)


def test_update_follows_every_source_in_use() -> None:
    given: dict[str, Any] = {
        "deal_relations": [("7", "1")],
        "contact_companies": [("5", "1")],
        "company_changes": [
            change("1", "pains", "levertijd", "2026-01-01T12:00"),
            change("1", "gains_options", "g1", "2026-02-01T12:00"),
        ],
        "deal_changes": [change("7", "gains", "deal", "2026-03-01T12:00")],
        "contact_changes": [change("5", "pains", "contact", "2026-04-01T12:00")],
    }
    found = [
        relation(judged(FULL, sources=EVERY_SOURCE[:count], **given))["pains_gains_updated_on"]
        for count in (1, 2, 3, 4)
    ]
    assert found == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]


def test_confirmation_dates_the_score_anew_but_not_the_update() -> None:
    old = [change("1", "pains", FULL["pains"], "2025-12-12T12:00")]
    later = relation(judged(FULL, company_changes=old, confirmed=[("1", date(2026, 1, 1))]))
    assert later["pg_score"] == Decimal(1)
    assert later["pains_gains_updated_on"] == date(2025, 12, 12)
    earlier = relation(judged(FULL, company_changes=old, confirmed=[("1", date(2025, 12, 1))]))
    assert earlier["pg_freshness"] == Decimal("0.891891891892")


def test_score_follows_the_given_horizon() -> None:
    old = [change("1", "pains", FULL["pains"], "2026-06-15T12:00")]
    assert relation(judged(FULL, company_changes=old, horizon=[10, 20]))["pg_score"] == Decimal(
        "0.5"
    )


# Count


@pytest.mark.parametrize(
    ("pains", "gains", "complete", "score"),
    [
        (0, 0, False, "0"),
        (1, 1, False, "0.5"),
        (2, 1, True, "0.75"),
        (1, 2, True, "0.75"),
        (3, 0, False, "0.5"),
        (0, 3, False, "0.5"),
        (4, 4, True, "1"),
    ],
)
def test_score_caps_each_list_and_complete_needs_both(
    pains: int, gains: int, score: str, *, complete: bool
) -> None:
    words = ("levertijd", "voorraad", "storingen", "offertes")
    more = ("sneller", "goedkoper", "zekerder", "groener")
    found = relation(
        judged(
            {"relation_id": "1", "pains": ";".join(words[:pains]), "gains": ";".join(more[:gains])}
        )
    )
    assert (found["pains_count"], found["gains_count"]) == (pains, gains)
    assert found["pains_gains_complete"] is complete
    assert found["pg_score"] == Decimal(score)


@pytest.mark.parametrize(
    ("rules", "complete"),
    [
        ({"min_total": 4}, True),
        ({"min_total": 5}, False),
        ({"min_pains": 2}, True),
        ({"min_pains": 3}, False),
        ({"min_gains": 2}, True),
        ({"min_gains": 3}, False),
    ],
)
def test_complete_follows_the_parameters(rules: dict[str, Any], *, complete: bool) -> None:
    assert relation(judged(FULL, **rules))["pains_gains_complete"] is complete


def test_cap_follows_the_parameters() -> None:
    assert relation(judged(FULL, cap_each=4))["pg_score"] == Decimal("0.5")
    assert relation(judged(FULL, cap_each=1))["pg_score"] == Decimal(1)


def test_items_say_whether_they_are_specific() -> None:
    results = judged({"relation_id": "1", "pains": "levertijd\n6 weken levertijd"})
    assert results.items.select("is_counted", "is_specific").rows() == [(True, False), (True, True)]
