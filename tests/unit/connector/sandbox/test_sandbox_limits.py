from datetime import date, timedelta

import pytest

from connector.sandbox import DEFAULT_SCOPES, Limits
from connector.sandbox.limits import Bucket, Meter
from connector.sandbox.wire import ApiError, Json

TODAY = date(2026, 11, 25)
COMPANIES = "/crm/objects/2026-09/companies"


class Watch:
    """Seconds that go on when told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def refusal(meter: Meter, bucket: Bucket, day: date = TODAY) -> Json:
    with pytest.raises(ApiError) as refused:
        meter.arrive(bucket, day)
    assert refused.value.status == 429
    return refused.value.body


@pytest.mark.parametrize(("bucket", "most"), [("general", 3), ("associations", 2)])
def test_window_of_ten_seconds_rolls(watch, bucket, most):
    meter = Meter(Limits(ten_secondly=3, associations=2), watch)
    for _ in range(most):
        meter.arrive(bucket, TODAY)

    body = refusal(meter, bucket)
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert "category" not in body
    watch.seconds = 9.999
    refusal(meter, bucket)
    watch.seconds = 10.0
    meter.arrive(bucket, TODAY)


def test_search_has_five_a_second_of_its_own(watch):
    meter = Meter(Limits(ten_secondly=1), watch)
    for _ in range(5):
        meter.arrive("search", TODAY)

    body = refusal(meter, "search")
    assert body["policyName"] == "SECONDLY"
    assert body["message"] == "You have reached your secondly limit."
    meter.arrive("general", TODAY)
    watch.seconds = 1.0
    meter.arrive("search", TODAY)


def test_refused_call_uses_none_of_the_window(watch):
    meter = Meter(Limits(ten_secondly=1), watch)
    meter.arrive("general", TODAY)
    watch.seconds = 9.0
    refusal(meter, "general")

    watch.seconds = 10.0
    meter.arrive("general", TODAY)


def test_day_ends_for_all_calls_together_and_begins_anew(watch):
    meter = Meter(Limits(daily=10, daily_used=8), watch)
    meter.arrive("general", TODAY)
    meter.arrive("search", TODAY)

    body = refusal(meter, "associations")
    assert (body["policyName"], body["message"]) == ("DAILY", "You have reached your daily limit.")
    assert meter.used_today == 10
    meter.arrive("general", TODAY + timedelta(days=1))
    assert meter.used_today == 9


def test_headers_tell_what_is_left(watch):
    meter = Meter(Limits(ten_secondly=3, daily=100), watch)
    meter.arrive("general", TODAY)

    assert meter.headers("general") == {
        "X-HubSpot-RateLimit-Max": "3",
        "X-HubSpot-RateLimit-Remaining": "2",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        "X-HubSpot-RateLimit-Daily": "100",
        "X-HubSpot-RateLimit-Daily-Remaining": "99",
    }


def test_answer_carries_the_headers_but_for_a_search(caller, portal):
    call = caller(portal, limits=Limits())

    call("GET", COMPANIES)
    assert call.headers["X-HubSpot-RateLimit-Remaining"] == "189"
    call("POST", f"{COMPANIES}/search", {})
    assert not [name for name in call.headers if "RateLimit" in name]


def test_answer_carries_no_headers_when_limits_are_off(call):
    call("GET", COMPANIES)

    assert not [name for name in call.headers if "RateLimit" in name]


def test_associations_leave_the_general_budget(caller, portal):
    call = caller(portal, limits=Limits(ten_secondly=1, associations=1))

    assert call("GET", COMPANIES)[0] == 200
    assert call("GET", "/crm/associations/2026-09/deals/companies/labels")[0] == 200
    assert call("GET", "/crm/associations/2026-09/deals/companies/labels")[0] == 429
    assert call("GET", COMPANIES)[0] == 429


def test_day_is_that_of_the_account(caller, portal):
    call = caller(portal, limits=Limits(daily=1))
    call.now = call.now.replace(hour=22, minute=59)

    assert call("GET", COMPANIES)[0] == 200
    assert call("GET", COMPANIES)[0] == 429
    call.now += timedelta(minutes=1)
    assert call("GET", COMPANIES)[0] == 200


@pytest.mark.parametrize("token", [None, "other"])
def test_call_without_the_token_is_not_let_in(call, token):
    status, body = call("GET", COMPANIES, token=token)

    assert status == 401
    assert body["category"] == "INVALID_AUTHENTICATION"


@pytest.mark.parametrize(
    ("missing", "call_of", "needed"),
    [
        ("crm.objects.companies.read", f"GET {COMPANIES}", ["crm.objects.companies.read"]),
        (
            "crm.objects.companies.write",
            f"PATCH {COMPANIES}/11",
            ["crm.objects.companies.write"],
        ),
        (
            "crm.objects.contacts.read",
            "GET /crm/objects/2026-09/notes",
            ["crm.objects.contacts.read"],
        ),
        ("sales-email-read", "GET /crm/objects/2026-09/emails", ["sales-email-read"]),
        ("sales-email-read", "GET /crm/objects/2026-09/0-49", ["sales-email-read"]),
        (
            "crm.objects.deals.read",
            "POST /crm/associations/2026-09/companies/deals/batch/read",
            ["crm.objects.deals.read"],
        ),
        (
            "crm.schemas.deals.write",
            "POST /crm/properties/2026-09/deals",
            ["crm.schemas.deals.write"],
        ),
        (
            "crm.objects.owners.read",
            "GET /crm/owners/2026-09",
            ["crm.objects.owners.read"],
        ),
        (
            "settings.currencies.read",
            "GET /settings/currencies/2026-09/exchange-rates",
            ["settings.currencies.read"],
        ),
        (
            "crm.dealsplits.read_write",
            "POST /deal-splits/2026-09/batch/read",
            ["crm.dealsplits.read_write"],
        ),
    ],
)
def test_missing_scope_is_named(caller, portal, missing, call_of, needed):
    method, path = call_of.split(" ")
    call = caller(portal, scopes=DEFAULT_SCOPES - {missing})

    status, body = call(method, path, {"inputs": [], "properties": {}})

    assert status == 403
    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == needed
    full = caller(portal)
    assert full(method, path, {"inputs": [], "properties": {}})[0] != 403


@pytest.mark.parametrize(
    "path",
    ["/crm/objects/2026-09/deals/batch/update", "/crm/properties/2026-09/deals/batch/create"],
)
def test_batch_without_inputs_is_complete_and_changes_nothing(caller, portal, path):
    before = (dict(portal.properties["deals"]), dict(portal.objects["deals"]))

    status, body = caller(portal)("POST", path, {"inputs": []})

    assert status in {200, 201}
    assert (body["status"], body["results"]) == ("COMPLETE", [])
    assert (portal.properties["deals"], portal.objects["deals"]) == before


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("crm.schemas.companies.read", "/crm/properties/2026-09/companies", 200),
        ("crm.objects.companies.read", "/crm/properties/2026-09/companies", 200),
        ("crm.schemas.companies.read", COMPANIES, 403),
        ("crm.schemas.deals.read", "/crm/pipelines/2026-09/deals", 200),
        ("crm.objects.deals.read", "/crm/limits/2026-09/custom-properties", 200),
        ("crm.schemas.deals.read", "/crm/limits/2026-09/custom-properties", 403),
        ("oauth", "/account-info/2026-09/details", 200),
    ],
)
def test_one_of_several_scopes_is_enough(caller, portal, scope, path, status):
    assert caller(portal, scopes=frozenset({scope}))("GET", path)[0] == status
