"""The adapter against the look-alike: what takes an account that remembers, lags and refuses."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connector.definition import PropertyDefinition
from connector.hubspot.adapter import HubSpotAdapter
from connector.hubspot.settings import HubSpotLimits, HubSpotSettings
from connector.ports import Change, PermanentCrmError, TransientCrmError
from connector.sandbox import DEFAULT_SCOPES, Limits, Portal, Sandbox
from kpis.records import Rate, Split
from mappings.fields import Fields
from tests.unit.connector.hubspot.answers import Held

TOKEN = "sandbox-token"
BEGUN = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Account:
    """A portal being served, and the moment that server and adapter share."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.now = NOW
        self.base_url = ""
        self.sandbox: Sandbox

    def adapter(self, **extra: Any) -> HubSpotAdapter:
        settings = {
            "kind": "hubspot",
            "base_url": self.base_url,
            "limits": HubSpotLimits(enabled=False),
            "max_tries": 1,
        }
        return HubSpotAdapter(
            HubSpotSettings.model_validate(settings | extra),
            token=lambda: SecretStr(TOKEN),
            fields=Fields(),
            prefix="csk_",
            standing={"companies": ("relation_score",)},
            activities_since=None,
            clock=lambda: self.now,
        )

    def rename(self, *ids: int, at: datetime) -> None:
        for one in ids:
            self.portal.set_values("companies", str(one), {"name": f"New {one}"}, at=at)


Open = Callable[..., AbstractContextManager[Account]]


@pytest.fixture
def opened() -> Open:
    @contextmanager
    def opened(companies: int = 3, **extra: Any) -> Iterator[Account]:
        portal = Portal()
        portal.add_property("companies", "csk_relation_score", "Score", "number", "number")
        for number in range(1, companies + 1):
            portal.add_record("companies", str(number), {"name": f"Relation {number}"}, at=BEGUN)
        account = Account(portal)
        arguments: dict[str, Any] = {"limits": None, "routes": [], "token": TOKEN} | extra
        with Sandbox(portal, clock=lambda: account.now, **arguments) as sandbox:
            account.base_url, account.sandbox = sandbox.base_url, sandbox
            yield account

    return opened


def full(account: Account, **extra: Any) -> str:
    """Pull everything and return the cursor."""
    return list(account.adapter(**extra).changes("companies", None))[-1].cursor


def changed(account: Account, cursor: str, **extra: Any) -> list[str]:
    pages = account.adapter(**extra).changes("companies", cursor)
    return [record.external_id for page in pages for record in page.records]


def test_more_equal_time_stamps_than_a_search_may_give_are_all_delivered(opened, monkeypatch):
    """HubSpot gives 10,000 results of a query; here it gives 6, and 15 records changed at once."""
    monkeypatch.setattr("connector.sandbox.search.MAX_RESULTS", 6)
    with opened(companies=15) as account:
        cursor = full(account)
        account.rename(*range(1, 16), at=NOW + SECOND)
        account.now = NOW + timedelta(hours=1)

        assert changed(account, cursor, page_size=2) == [str(one) for one in range(1, 16)]
        assert account.sandbox.calls["POST search"] == 1 + 1 + 4  # a count, the newest, the keyset


@pytest.mark.parametrize(
    ("search_lag_s", "first"), [(0, {"1", "2"}), (119, {"1", "2"}), (120, {"1"})]
)
def test_change_that_the_index_shows_late_is_not_lost(opened, search_lag_s, first):
    """One change lies a second before the end of what counts as read, one on it."""
    with opened(search_lag_s=search_lag_s) as account:
        cursor = full(account)
        account.rename(1, at=NOW + timedelta(seconds=179))
        account.rename(2, at=NOW + timedelta(seconds=181))
        account.now = NOW + timedelta(seconds=300)
        pages = list(account.adapter(overlap_s=0).changes("companies", cursor))
        assert {one.external_id for page in pages for one in page.records} == first

        account.now = NOW + timedelta(seconds=600)
        assert changed(account, pages[-1].cursor, overlap_s=0) == ["2"]


def test_change_that_the_index_shows_later_than_the_lag_is_found_by_the_overlap(opened):
    with opened(search_lag_s=1000) as account:
        cursor = full(account)
        account.rename(1, at=NOW + timedelta(seconds=100))
        account.now = NOW + timedelta(seconds=300)
        pages = list(account.adapter().changes("companies", cursor))
        assert [page.records for page in pages] == [()]

        account.now = NOW + timedelta(seconds=1200)
        assert changed(account, pages[-1].cursor) == ["1"]


def test_own_write_comes_back_once_and_then_nothing_moves(opened):
    with opened() as account:
        cursor = full(account)
        account.now = NOW + timedelta(minutes=10)
        list(account.adapter().write("companies", [Change("2", {"relation_score": "80"})]))

        account.now = NOW + timedelta(minutes=20)
        pages = list(account.adapter(overlap_s=0).changes("companies", cursor))
        assert [one.external_id for page in pages for one in page.records] == ["2"]

        account.now = NOW + timedelta(minutes=30)
        assert changed(account, pages[-1].cursor, overlap_s=0) == []


def test_own_mass_write_comes_back_two_hundred_records_a_call(opened):
    """Here an answer holds four."""
    with opened(companies=6) as account:
        cursor = full(account)
        account.rename(*range(1, 7), at=NOW + SECOND)
        account.now = NOW + timedelta(minutes=10)
        before = account.sandbox.calls.copy()
        known = Held({str(one): BEGUN for one in range(1, 7)})

        pages = list(account.adapter(page_size=2).changes("companies", cursor, known=known))

        assert sum(len(page.records) for page in pages) == 6
        assert account.sandbox.calls - before == {"POST search": 1 + 2}
        assert json.loads(pages[-1].cursor)["mode"] == "waiting"


def test_merged_and_deleted_records_are_gone_when_they_are_written_to(opened):
    with opened(companies=5) as account:
        account.portal.merge("companies", "1", "2", at=NOW)
        account.portal.merge("companies", "3", "4", at=NOW, new_id="9")
        account.portal.archive("companies", "5", at=NOW)
        changes = [Change(str(one), {"relation_score": "80"}) for one in (1, 2, 3, 4, 5, 9)]

        outcomes = list(account.adapter().write("companies", changes))

        assert {one.external_id: one.status for one in outcomes} == {
            "1": "written",
            "2": "gone",
            "3": "gone",
            "4": "gone",
            "5": "gone",
            "9": "written",
        }


def test_rule_of_the_admin_refuses_one_record_and_names_the_property(opened):
    with opened() as account:
        account.portal.required_when["companies", "csk_relation_score", "80"] = "domain"
        values = {"1": "80", "2": "79"}

        outcomes = list(
            account.adapter().write(
                "companies",
                [Change(one, {"relation_score": value}) for one, value in values.items()],
            )
        )

        assert [one.status for one in outcomes] == ["refused", "written"]
        assert outcomes[0].reason == (
            "VALIDATION_ERROR, MISSING_CONDITIONAL_REQUIRED_PROPERTY, property domain"
        )


def test_missing_scope_takes_out_what_rests_on_it_and_leaves_the_rest(opened):
    scopes = DEFAULT_SCOPES - {
        "sales-email-read",
        "crm.objects.deals.read",
        "crm.schemas.deals.read",
        "crm.dealsplits.read_write",
        "crm.objects.goals.read",
    }
    with opened(scopes=scopes) as account:
        capabilities = account.adapter().describe().capabilities

        assert {"companies", "contacts", "calls"} <= capabilities.readable
        assert not {"deals", "emails"} & capabilities.readable
        assert set(capabilities.missing) == {
            "deals",
            "deals properties",
            "emails",
            "goals",
            "splits",
            "stages",
        }
        assert "crm.objects.deals.read" in capabilities.missing["deals"]
        assert not capabilities.has_goals
        assert capabilities.missing["goals"].startswith("scope crm.objects.goals.read is missing")
        with pytest.raises(PermanentCrmError) as caught:
            list(account.adapter().changes("deals", None))
        assert caught.value.missing_scopes == ("crm.objects.deals.read",)


SCORE = PropertyDefinition(
    name="csk_score",
    label="Score",
    value_type="number",
    field_type="number",
    group="consultative_selling",
    number_hint="currency",
)
TOP = PropertyDefinition(
    name="csk_top",
    label="Toprelatie",
    value_type="bool",
    field_type="booleancheckbox",
    group="consultative_selling",
    options={"true": "Ja", "false": "Nee"},
)


def test_set_up_creates_what_is_missing_and_running_it_again_changes_nothing(opened):
    with opened() as account:
        crm = account.adapter()
        wanted = {"companies": [SCORE, TOP], "contacts": [SCORE]}
        plan = crm.plan_schema(wanted)
        assert plan.groups == ("companies", "contacts")

        crm.ensure_schema(plan)
        crm.ensure_schema(plan)

        again = crm.plan_schema(wanted)
        assert (again.groups, again.create, again.conflicts) == ((), {}, ())
        assert again.unchanged == 3


def test_set_up_tells_when_an_archived_name_came_back_as_it_was(opened):
    with opened() as account:
        account.portal.add_property("companies", "csk_score", "Old", "string", "text")
        account.portal.properties["companies"]["csk_score"]["archived"] = True
        crm = account.adapter()
        plan = crm.plan_schema({"companies": [SCORE]})
        assert plan.create == {"companies": (SCORE,)}

        with pytest.raises(PermanentCrmError, match="csk_score stands as string/text"):
            crm.ensure_schema(plan)


def test_value_that_was_written_over_the_api_is_ours_by_the_app_id_alone(opened):
    with opened() as account:
        account.portal.add_property("companies", "csk_phase_declared", "Phase", "string", "text")
        at = NOW - timedelta(days=1)
        account.portal.set_values("companies", "1", {"csk_phase_declared": "quote"}, at=at)
        list(account.adapter().write("companies", [Change("1", {"phase_declared": "order"})]))

        def is_by_person(app_id: str | None) -> list[bool]:
            crm = account.adapter(app_id=app_id)
            (page,) = crm.history("companies", ["phase_declared"], ["1"])
            return [change.is_by_person for change in page.changes]

        assert is_by_person(account.portal.app_id) == [True, False]
        assert is_by_person(None) == [True, True]


def test_splits_and_rates_come_as_the_account_keeps_them(opened):
    with opened() as account:
        account.portal.add_record("deals", "7", {}, at=BEGUN)
        account.portal.add_split("7", "51", "0.6")
        account.portal.add_split("7", "52", "0.4")
        account.portal.add_rate("USD", "2026-01-01", "0.92")
        crm = account.adapter()

        assert list(crm.splits(["7", "8"])) == [
            Split("7", "51", Decimal("0.6")),
            Split("7", "52", Decimal("0.4")),
        ]
        assert crm.describe().rates == (Rate("USD", date(2026, 1, 1), Decimal("0.92")),)


def test_calls_are_counted_by_kind(opened):
    with opened() as account:
        crm = account.adapter()
        cursor = list(crm.changes("companies", None))[-1].cursor
        account.rename(1, at=NOW + SECOND)
        account.now = NOW + timedelta(hours=1)
        list(crm.changes("companies", cursor))
        list(crm.links("contacts", "companies", ["1"]))
        list(crm.history("deals", ["stage"], ["1"]))
        list(crm.splits(["1"]))
        list(crm.write("companies", [Change("1", {"relation_score": "1"})]))
        crm.ensure_schema(crm.plan_schema({"companies": [SCORE]}))

        assert crm.usage() == {
            "list": 1,
            "search": 2,
            "links": 1,
            "history": 1,
            "splits": 1,
            "write": 1,
            "metadata": 4,
            "schema": 2,
        }


@pytest.mark.parametrize("is_kept", [True, False])
def test_limits_are_kept_so_that_the_crm_refuses_no_call(opened, is_kept):
    """The account allows five searches a second, and these changes take seven."""
    with opened(companies=12, limits=Limits(search_per_second=5)) as account:
        crm = account.adapter(page_size=1, limits=HubSpotLimits(enabled=is_kept))
        cursor = list(crm.changes("companies", None))[-1].cursor
        account.rename(*range(1, 13), at=NOW + SECOND)
        account.now = NOW + timedelta(hours=1)

        if is_kept:
            pages = list(crm.changes("companies", cursor))
            assert sum(len(page.records) for page in pages) == 12
            assert account.sandbox.calls["POST search"] >= 7
        else:
            with pytest.raises(TransientCrmError, match="429"):
                list(crm.changes("companies", cursor))
