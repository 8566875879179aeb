"""Worked examples E4, E5, E7, E8 (targets), E9 and E10 of spec 8: one seller's account, end to end.

They enter the look-alike CRM as sellers would enter them, pass through the commands, and leave as
values on its records and as figures of the sellers. T1 is the relation of E4, E6b, E7 and E9.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from unittest import mock

import polars as pl
import pytest

from connector.sandbox import Sandbox
from connector.sandbox.kinds import BY_WORD
from jobs.exits import Exit
from kpis.rounding import ratio
from tests.acceptance.examples import AS_OF, Example
from tests.acceptance.front_door import run, take_run
from tests.acceptance.one_seller_account import (
    BUYER,
    DECIDER,
    N1,
    OF_S3,
    S1,
    S2,
    S3,
    S4,
    T1,
    T2,
    T3,
    T4,
    T5,
    UNREACHABLE,
    filled,
)

Row = dict[str, object]

ACTIVITIES = frozenset({"calls", "meetings", "emails", "communications", "tasks"})
MOMENT = ("--as-of", AS_OF.isoformat())

COMPONENTS = ratio(pl.col("^.*_component$"))
WRITES = "POST batch_update"
EXPLANATION = (
    "66/100 · profiel 63% (inkooppatroon deels, 2e contactpersoon ontbreekt)"
    " · laatste tweezijdig contact 11-06-2026 (norm 14 dagen)"
    " · offertefase sinds 20-05-2026 (norm 30 dagen)"
    " · 2 pains, 1 gain (bijgewerkt 12-12-2025)"
)
WITHOUT_CONTACT = (
    "61/100 · profiel 63% (inkooppatroon deels, 2e contactpersoon ontbreekt)"
    " · contact niet meetbaar"
    " · offertefase sinds 20-05-2026 (norm 30 dagen)"
    " · 2 pains, 1 gain (bijgewerkt 12-12-2025)"
)
ENGLISH = (
    "66/100 · profile 63% (spend pattern partly known, second contact missing)"
    " · last two-way contact 2026-06-11 (norm 14 days)"
    " · quote phase since 2026-05-20 (norm 30 days)"
    " · 2 pains, 1 gain (updated 2025-12-12)"
)
ENGLISH_ACTION = (
    "Call about the quote: quote phase since 2026-05-20, and the last two-way contact was on"
    " 2026-06-11. Ask what still holds the customer back, solve that and agree when they decide."
)


@dataclass
class Account:
    """The account after one run."""

    case: Example
    sandbox: Sandbox

    def of(self, company_id: str, *names: str) -> tuple[str, ...]:
        """Values of ours that a salesperson reads on a company."""
        return self.case.values(company_id, *names)

    def report(self, *words: str) -> dict[str, Row]:
        """Rows of a report by the id of the seller."""
        told = run(self.case.workplace, "report", *words, "--format", "json", *MOMENT)
        assert told.code == 0, told.said
        return {row["seller_id"]: row for row in json.loads(told.out)}

    def stands(self) -> dict[str, dict[str, str]]:
        """All values that stand in the CRM, by type and id of the record."""
        portal = self.case.portal
        return {
            f"{kind} {one}": portal.values(kind, str(one))
            for kind in ("companies", "contacts", "deals")
            for one in portal.ids(kind)
        }


@contextmanager
def ran(folder: Path, extra: str = "", code: int = 0) -> Iterator[Account]:
    """The account of the examples, synced once from the command line, which ends with a code."""
    with filled(folder, extra) as (case, sandbox):
        ended = run(case.workplace, "sync", *MOMENT)
        assert ended.code == code, ended.said
        yield Account(case, sandbox)


@contextmanager
def without_activity_scopes() -> Iterator[None]:
    """Activities open with a scope that the token has not, while contacts open as ever."""
    closed = {
        word: replace(kind, scope="activities")
        for word, kind in BY_WORD.items()
        if kind.name in ACTIVITIES
    }
    with mock.patch.dict(BY_WORD, closed):
        yield


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """What most examples only read."""
    with ran(tmp_path_factory.mktemp("one_seller")) as standing:
        yield standing


@pytest.fixture(scope="module")
def sellers(account: Account) -> dict[str, Row]:
    return account.report("sellers")


def only(row: Row, expected: Mapping[str, object]) -> Row:
    """Part of a row that is expected to be something."""
    return {name: row[name] for name in expected}


def test_five_are_top_by_the_rule_and_the_sixth_is_not(account):
    names = ("is_top_relation", "top_relation_basis", "potential_revenue", "potential_source")

    assert {one: account.of(one, *names) for one in (T1, T2, T3, T4, T5, N1, OF_S3)} == {
        T1: ("true", "rule", "60000", "declared"),
        T2: ("true", "rule", "60000", "tier"),
        T3: ("true", "rule", "60000", "tier"),
        T4: ("true", "rule", "60000", "tier"),
        T5: ("true", "rule", "60000", "tier"),
        N1: ("false", "none", "49040", "realised"),
        OF_S3: ("false", "none", "5000", "tier"),
    }


def test_e4_profile_of_t1_and_of_a_relation_with_only_unknown_suppliers(account):
    names = ("profile_completeness", "profile_facets_known", "profile_missing")

    assert account.of(T1, *names, "top_relation_proven") == ("0.625", "4", "", "true")
    assert account.of(T3, *names, "top_relation_proven") == (
        "0",
        "0",
        "current_suppliers;order_volume;right_contacts;spend_pattern",
        "false",
    )


def test_e4_contacts_tell_whom_they_fill(account):
    names = ("dmu_slot", "is_right_contact", "contact_last_two_way")
    told = {
        one: account.case.values(one, *names, object_type="contacts")
        for one in (DECIDER, UNREACHABLE, BUYER)
    }

    assert told[DECIDER] == ("decider", "true", "2026-06-10")
    assert told[UNREACHABLE][1:] == ("", "")
    assert told[BUYER] == ("insider", "true", "")


def test_e5_activities_count_on_the_relations_as_printed(account):
    names = ("last_two_way_contact", "contact_moments_90d", "contact_status")

    assert {one: account.of(one, *names) for one in (T1, T2, T3, T4, T5, N1)} == {
        T1: ("2026-06-11", "2", "due"),
        T2: ("2026-04-01", "0", "due"),
        T3: ("2026-05-05", "1", "ok"),
        T4: ("2026-04-02", "1", "due"),
        T5: ("", "0", "never"),
        N1: ("2026-06-16", "2", "ok"),
    }
    assert account.of(T3, "last_two_way_contact_by") == ("Bram Mulder",)
    assert account.of(T5, "next_best_action", "data_warnings") == (
        "record_meeting_outcome",
        "outcome_missing",
    )
    proven = {one: account.of(one, "top_relation_proven")[0] for one in (T1, T2, T3, T4, T5)}
    assert proven == {T1: "true", T2: "false", T3: "false", T4: "false", T5: "false"}


def test_e5_figures_of_the_seller_as_printed(sellers):
    expected = {
        "top_relations_total": 4,
        "top_relations_contacted": 2,
        "contact_coverage": "0.5000",
        "team_coverage": "0.7500",
        "kpi1": 1,
        "kpi1_ratio": "0.2500",
        "focus_share": "0.6000",
        "seller_warnings": ["low_volume"],
    }

    assert only(sellers[S1], expected) == expected


def test_e7_pains_and_gains_as_printed(account):
    names = ("pains_count", "gains_count", "pains_gains_complete", "pains_gains_updated_on")

    assert account.of(T1, *names) == ("2", "1", "true", "2025-12-12")
    assert account.of(T2, *names) == ("4", "0", "false", "2026-06-20")


def test_e8_credit_note_leaves_the_phase_of_t1_at_quote(account):
    names = ("buying_phase", "phase_since", "phase_status", "last_won_on", "revenue_ytd")

    assert account.of(T1, *names) == ("quote", "2026-05-20", "stalled", "2026-04-01", "8500")


def test_e8_pace_of_the_year_as_printed(sellers):
    expected = {
        "revenue_qtd": "39540.00",
        "revenue_ytd": "69540.00",
        "target": "160000.00",
        "pace": "0.8765",
        "attainment": "0.4346",  # 69,540 of 160,000
    }

    assert only(sellers[S1], expected) == expected
    assert sellers[S2]["revenue_qtd"] == "8000.00"


def test_e8_revenue_of_the_quarter_by_seller_as_printed(account):
    quarter = ("--from", "2026-04-01", "--to", "2026-06-30")
    told = account.report("revenue", "--by", "seller", *quarter)[S1]

    expected = {"amount": "39540.00", "gross": "41040.00", "credits": "-1500.00"}
    assert only(told, expected) == expected


def test_e8_seller_with_a_target_and_only_credits_as_printed(sellers):
    expected = {
        "revenue_ytd": "-2000.00",
        "top_revenue_share": None,
        "attainment": "-0.2000",
        "pace": "-0.4033",  # -2,000 of 10,000 x 181 / 365
    }

    assert only(sellers[S4], expected) == expected


def test_e9_score_action_and_explanation_as_printed(account):
    names = ("relation_score", "relation_score_band", "score_basis", "next_best_action")

    assert account.of(T1, *names) == ("66", "attention", "", "follow_up_quote")
    assert account.of(T1, "score_explanation") == (EXPLANATION,)
    assert account.of(N1, "relation_score", "score_explanation") == ("", "")


def test_e9_without_activity_scopes_leaves_contact_out(tmp_path):
    with without_activity_scopes(), ran(tmp_path, code=Exit.PARTIAL) as account:
        names = ("relation_score", "score_basis", "profile_completeness")
        blank = ("last_two_way_contact", "contact_moments_90d", "contact_status")

        assert account.of(T1, *names) == ("61", "contact", "0.625")
        assert account.of(T1, *blank) == ("", "", "")
        assert account.of(T1, "next_best_action") == ("follow_up_quote",)
        assert account.of(T1, "score_explanation") == (WITHOUT_CONTACT,)
        assert account.report("sellers")[S1]["contact_coverage"] is None


def test_e10_score_of_the_seller_as_printed(sellers):
    expected = {
        "seller_score": 61,
        "seller_score_reason": None,
        "score_basis": ["focus"],
        "phase_unknown_count": 1,
        "phase_quote_count": 1,
        "phase_order_count": 1,
        "phase_orienting_count": 1,
        "stalled_count": 1,
    }

    assert only(sellers[S1], expected) == expected


def test_e10_seller_without_top_relations_has_noughts_blanks_and_a_reason(sellers):
    row = sellers[S3]
    told = {name: value for name, value in row.items() if value is not None}

    counts = {name for name in told if name.endswith(("_count", "_n"))}
    assert {name: told.pop(name) for name in counts} == dict.fromkeys(counts, 0)
    assert len(counts) == 11
    assert told == {
        "seller_id": S3,
        "seller": "Noor Bakker",
        "relations": 1,
        "top_relations_total": 0,
        "top_relations_contacted": 0,
        "kpi1": 0,
        "revenue_mtd": "0.00",
        "revenue_qtd": "0.00",
        "revenue_ytd": "0.00",
        "revenue_ttm": "0.00",
        "seller_score_reason": "no_top_relations",
        "score_explanation": "Geen toprelaties · 0 van 0 toprelaties aantoonbaar en met contact",
        "score_basis": ["top_relations", "focus", "phase", "pains_gains", "revenue"],
        "seller_warnings": ["low_volume"],
    }


def test_e10_colleague_without_relations_keeps_the_credit_but_gets_no_score(sellers):
    expected = {
        "top_relations_total": 0,
        "contact_coverage": None,
        "revenue_qtd": "8000.00",
        "seller_score": None,
        "seller_score_reason": "no_top_relations",
    }

    assert only(sellers[S2], expected) == expected


def test_second_sync_writes_nothing(account):
    stood, writes = account.stands(), account.sandbox.calls[WRITES]

    again = run(account.case.workplace, "sync", "--full", *MOMENT)

    assert again.code == 0, again.said
    assert account.sandbox.calls[WRITES] == writes > 0
    assert account.stands() == stood


def test_run_over_what_was_written_finds_no_difference_and_the_printed_parts(account):
    report = account.case.workplace.sync(as_of=AS_OF, is_dry=True)

    assert report.found == []
    results = report.results
    assert results is not None
    quarter = results.periods.filter(seller_id=S1, period="qtd").to_dicts()[0]
    expected = {
        "revenue": Decimal(39_540),
        "target": Decimal(45_000),
        "attainment": Decimal("0.8787"),
        "top_revenue_share": Decimal("0.5185"),
    }
    assert only(quarter, expected) == expected
    of_t1 = results.relations.filter(relation_id=T1).select(COMPONENTS).row(0, named=True)
    assert of_t1 == {
        "profile_component": Decimal("0.6250"),
        "contact_component": Decimal("0.8214"),
        "phase_component": Decimal("0.5000"),
        "pains_gains_component": Decimal("0.6689"),
    }
    of_sellers = results.sellers.select("seller_id", COMPONENTS)
    assert of_sellers.filter(seller_id=S1).row(0, named=True) == {
        "seller_id": S1,
        "top_relations_component": Decimal("0.3125"),
        "focus_component": None,
        "phase_component": Decimal("0.6250"),
        "pains_gains_component": Decimal("0.5422"),
        "revenue_component": Decimal("0.8765"),
    }
    assert of_sellers.filter(seller_id=S4)["revenue_component"].to_list() == [Decimal(0)]


def test_e5_run_of_the_day_knows_of_a_handover_where_nothing_was_filled_in(tmp_path):
    with filled(tmp_path) as (case, _):
        case.fill(T5, "2026-06-21T09:00", supplier_situation="")
        with mock.patch("jobs.wiring.clock", return_value=AS_OF), case.workplace.opened() as wiring:
            report = take_run(replace(wiring, clock=lambda: AS_OF), as_of=AS_OF)

    assert report.results is not None
    of_s1 = report.results.sellers.filter(seller_id=S1).to_dicts()[0]
    assert (of_s1["top_relations_total"], of_s1["contact_coverage"]) == (4, Decimal("0.5000"))


def test_english_account_explains_t1_in_english_and_keeps_the_values(tmp_path):
    with ran(tmp_path, "write_back: {language: en}\n") as account:
        assert account.of(T1, "score_explanation") == (ENGLISH,)
        assert account.of(T1, "next_best_action", "next_best_action_text") == (
            "follow_up_quote",
            ENGLISH_ACTION,
        )
        labels = account.case.portal.properties["companies"]["csk_next_best_action"]["options"]
        assert {one["value"]: one["label"] for one in labels}[
            "follow_up_quote"
        ] == "Follow up quote"
