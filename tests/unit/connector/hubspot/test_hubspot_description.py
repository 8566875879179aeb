"""The account's description: won and lost, owners who left, rates, and what may not be read."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.definition import SchemaPlan
from connector.ports import PermanentCrmError
from kpis.records import Owner, Rate, Stage
from tests.unit.connector.hubspot.conftest import NOW

OBJECTS = "/crm/objects/2026-09"
PROPERTIES = "/crm/properties/2026-09"
ALL_TYPES = (
    "companies",
    "contacts",
    "deals",
    "calls",
    "meetings",
    "emails",
    "communications",
    "tasks",
    "notes",
    "postal_mail",
)
REFUSED = {
    "status": "error",
    "category": "MISSING_SCOPES",
    "errors": [{"context": {"requiredGranularScopes": ["some.scope.read"]}}],
}


@pytest.fixture
def account(replay):
    """An account without anything in it, every part of which may be read."""
    replay.lay(
        "GET",
        "/account-info/2026-09/details",
        {"portalId": 1234567, "companyCurrency": "EUR", "timeZone": "Europe/Amsterdam"},
    )
    for path in (
        "/crm/owners/2026-09",
        "/crm/pipelines/2026-09/deals",
        "/settings/currencies/2026-09/exchange-rates",
        *(f"{PROPERTIES}/{one}" for one in ("companies", "contacts", "deals")),
        *(f"{OBJECTS}/{one}" for one in ALL_TYPES),
        f"{OBJECTS}/goal_targets",
    ):
        replay.lay("GET", path, {"results": []})
    replay.lay("GET", f"{PROPERTIES}/calls/hs_call_disposition", {"options": []})
    replay.lay("GET", "/crm/limits/2026-09/custom-properties", {})
    replay.lay("POST", "/deal-splits/2026-09/batch/read", {"results": []})
    return replay


def again(replay, method: str, path: str, payload: dict[str, Any], *, status: int = 200) -> None:
    """Answer this instead of what was laid down."""
    replay.answers[method, path] = [(status, payload)]


def test_account_is_described_with_currency_and_time_zone(account, adapter):
    description = adapter(app_id="1185").describe()

    assert (description.account_id, description.currency) == ("1234567", "EUR")
    assert (description.timezone, description.app_id) == ("Europe/Amsterdam", "1185")


def test_account_that_tells_neither_currency_nor_zone_has_none(account, adapter):
    again(account, "GET", "/account-info/2026-09/details", {"portalId": 5, "timeZone": ""})

    description = adapter().describe()

    assert (description.currency, description.timezone) == (None, None)


def test_answer_without_an_account_is_none(account, adapter):
    again(account, "GET", "/account-info/2026-09/details", {})

    with pytest.raises(PermanentCrmError, match="without portalId"):
        adapter().describe()


def test_owners_are_asked_for_twice_and_all_their_pages(account, adapter):
    path = "/crm/owners/2026-09"
    account.answers["GET", path] = [
        (
            200,
            {
                "results": [{"id": "51", "firstName": "Anna", "lastName": "Bos"}],
                "paging": {"next": {"after": "51"}},
            },
        ),
        (200, {"results": [{"id": 52, "firstName": " ", "lastName": "Vos"}]}),
        (200, {"results": [{"id": "53", "firstName": None, "lastName": ""}]}),
    ]

    description = adapter().describe()

    assert description.owners == (
        Owner("51", "Anna Bos"),
        Owner("52", "Vos"),
        Owner("53", "owner 53", is_archived=True),
    )
    asked = [one.query for one in account.asked if one.path == path]
    assert [(one["archived"], one.get("after")) for one in asked] == [
        ("false", None),
        ("false", "51"),
        ("true", None),
    ]


@pytest.mark.parametrize(
    ("label", "metadata", "won_lost"),
    [
        ("Gewonnen", {"probability": "1.0", "isClosed": "true"}, (True, False)),
        ("Verloren", {"probability": "0.0", "isClosed": "true"}, (False, True)),
        ("Closed lost", {"probability": "0.8", "isClosed": "false"}, (False, False)),
        ("Closed won", {"probability": "1.0", "isClosed": "false"}, (False, False)),
        ("Nieuw", {"probability": "0.0", "isClosed": "false"}, (False, False)),
        ("Won", {"probability": "", "isClosed": "true"}, (False, False)),
        ("Won", {"probability": "NaN", "isClosed": "true"}, (False, False)),
        ("Won", {}, (False, False)),
    ],
)
def test_stage_is_won_or_lost_by_probability_and_closure_never_by_label(
    account, adapter, label, metadata, won_lost
):
    stage = {"id": "9", "label": label, "displayOrder": 3, "metadata": metadata}
    again(
        account,
        "GET",
        "/crm/pipelines/2026-09/deals",
        {"results": [{"id": "default", "label": "Sales", "stages": [stage]}]},
    )

    (found,) = adapter().describe().stages

    assert (found.is_won, found.is_lost) == won_lost


def test_stage_carries_its_place_and_whether_it_is_archived(account, adapter):
    stages = [
        {"id": "1", "label": "New", "displayOrder": 0, "metadata": {"probability": "0.2"}},
        {"id": "2", "label": "Old", "displayOrder": 1, "archived": True},
    ]
    again(
        account,
        "GET",
        "/crm/pipelines/2026-09/deals",
        {"results": [{"id": "p", "label": "Sales", "stages": stages}]},
    )

    assert adapter().describe().stages == (
        Stage("p", "1", "Sales", "New", 0, probability=Decimal("0.2")),
        Stage("p", "2", "Sales", "Old", 1, is_archived=True),
    )


def test_rates_are_dated_and_those_that_are_not_whole_left_out(account, adapter):
    rates = [
        {
            "fromCurrencyCode": "USD",
            "conversionRate": 0.92,
            "effectiveAt": "2026-01-01T00:00:00Z",
        },
        {"fromCurrencyCode": "GBP", "conversionRate": None, "effectiveAt": "2026-01-01"},
        {"fromCurrencyCode": "GBP", "conversionRate": 1.2, "effectiveAt": "soon"},
        {"conversionRate": 1.2, "effectiveAt": "2026-01-01"},
    ]
    again(account, "GET", "/settings/currencies/2026-09/exchange-rates", {"results": rates})

    assert adapter().describe().rates == (Rate("USD", date(2026, 1, 1), Decimal("0.92")),)


def test_dispositions_are_the_crms_own_and_those_of_the_account(account, adapter):
    options = [{"value": "guid-1", "label": "Teruggebeld"}]
    again(account, "GET", f"{PROPERTIES}/calls/hs_call_disposition", {"options": options})

    dispositions = adapter().describe().dispositions

    assert dispositions["guid-1"] == "Teruggebeld"
    assert dispositions["f240bbac-87c9-4f6e-bf70-924b57d47db7"] == "Connected"


def test_room_is_the_least_of_what_the_type_and_the_account_have_left(account, adapter):
    again(
        account,
        "GET",
        "/crm/limits/2026-09/custom-properties",
        {
            "overallLimit": 100,
            "overallUsage": 40,
            "byObjectType": [
                {"objectTypeId": "0-2", "limit": 1000, "usage": 990},
                {"objectTypeId": "0-3", "limit": 1000, "usage": 0},
                {"objectTypeId": "2-77", "limit": 1, "usage": 1},
            ],
        },
    )

    assert adapter().describe().property_room == {"companies": 10, "deals": 60, "contacts": 60}


def test_room_is_unknown_when_the_crm_does_not_tell(account, adapter):
    assert adapter().describe().property_room == dict.fromkeys(("companies", "deals", "contacts"))


def test_everything_is_readable_when_nothing_is_refused(account, adapter):
    capabilities = adapter().describe().capabilities

    assert capabilities.readable == frozenset(ALL_TYPES)
    assert (capabilities.has_splits, capabilities.has_history) == (True, True)
    assert capabilities.has_goals
    assert capabilities.missing == {}


@pytest.mark.parametrize("object_type", ["deals", "emails"])
def test_type_that_may_not_be_read_costs_itself_alone_and_is_named(account, adapter, object_type):
    again(account, "GET", f"{OBJECTS}/{object_type}", REFUSED, status=403)

    capabilities = adapter().describe().capabilities

    assert capabilities.readable == frozenset(ALL_TYPES) - {object_type}
    assert capabilities.has_splits is (object_type != "deals")
    assert capabilities.missing == {
        object_type: "scope some.scope.read is missing, or the account's tier lacks it"
    }


@pytest.mark.parametrize(
    ("asked", "name", "scope"),
    [
        ("GET /crm/owners/2026-09", "owners", "crm.objects.owners.read"),
        ("GET /crm/pipelines/2026-09/deals", "stages", "crm.objects.deals.read"),
        ("GET /settings/currencies/2026-09/exchange-rates", "rates", "settings.currencies.read"),
        ("POST /deal-splits/2026-09/batch/read", "splits", "crm.dealsplits.read_write"),
        (f"GET {OBJECTS}/goal_targets", "goals", "crm.objects.goals.read"),
        (f"GET {PROPERTIES}/deals", "deals properties", "crm.schemas.deals.read"),
        (f"GET {OBJECTS}/emails", "emails", "crm.objects.contacts.read and sales-email-read"),
    ],
)
def test_missing_part_is_named_with_the_scope_it_takes_when_the_crm_names_none(
    account, adapter, asked, name, scope
):
    method, path = asked.split()
    again(account, method, path, {"category": "MISSING_SCOPES"}, status=403)

    capabilities = adapter().describe().capabilities

    assert capabilities.has_goals is (name != "goals")
    assert capabilities.missing == {
        name: f"scope {scope} is missing, or the account's tier lacks it"
    }


def test_properties_that_may_not_be_read_are_not_the_same_as_none(account, adapter):
    again(account, "GET", f"{PROPERTIES}/deals", REFUSED, status=403)

    properties = adapter().describe().properties

    assert properties == {"companies": {}, "contacts": {}}


def test_fault_that_is_no_missing_scope_stops_the_description(account, adapter):
    again(account, "GET", f"{OBJECTS}/notes", {}, status=405)

    with pytest.raises(PermanentCrmError, match="405"):
        adapter().describe()


def test_describe_is_counted_as_metadata(account, adapter):
    crm = adapter()
    crm.describe()

    assert crm.usage() == {"metadata": 22}


def test_account_is_asked_for_its_description_at_most_hourly(account, adapter):
    moments = [NOW]
    one = adapter(clock=lambda: moments[-1])
    one.describe()
    asked = len(account.asked)

    moments.append(NOW + timedelta(hours=1, milliseconds=-1))
    one.describe()
    assert len(account.asked) == asked

    moments.append(NOW + timedelta(hours=1))
    one.describe()
    assert len(account.asked) == 2 * asked


def test_account_is_described_anew_after_its_schema_changed(account, adapter):
    one = adapter()
    one.describe()
    asked = len(account.asked)

    one.ensure_schema(SchemaPlan(groups=(), create={}, conflicts=(), unchanged=0))
    one.describe()

    assert len(account.asked) == 2 * asked
