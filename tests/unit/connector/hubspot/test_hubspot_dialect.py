"""HubSpot's words for waits, limits and faults, as bodies seen on the wire have them."""

from typing import Any

import pytest

from connector.hubspot.dialect import HubSpotDialect

DIALECT = HubSpotDialect()
DATE = "Thu, 26 Nov 2026 01:02:03 GMT"


def limit(policy: str | None, message: str = "You have reached a limit.") -> dict[str, Any]:
    body = {"status": "error", "message": message, "errorType": "RATE_LIMIT"}
    return body if policy is None else {**body, "policyName": policy}


@pytest.mark.parametrize(
    ("status", "headers", "payload", "seconds"),
    [
        (429, {}, limit("TEN_SECONDLY_ROLLING"), 10.0),
        (429, {}, limit("SECONDLY"), 1.0),
        (429, {}, limit(None, "You have reached your secondly limit."), 1.0),
        (429, {}, limit(None, "You have reached your ten_secondly_rolling limit."), 10.0),
        (429, {}, limit("DAILY"), None),
        (429, {}, limit(None), None),
        (429, {"Retry-After": "7"}, limit("SECONDLY"), 7.0),
        (423, {}, {}, 2.0),
        (477, {"retry-after": "3600"}, {}, 3600.0),
        (477, {"Retry-After": "soon"}, {}, None),
        (503, {"Retry-After": "Thu, 26 Nov 2026 01:02:33 GMT", "Date": DATE}, {}, 30.0),
        (503, {"retry-after": "Thu, 26 Nov 2026 01:01:03 GMT", "date": DATE}, {}, 0.0),
        (503, {"Retry-After": "Thu, 26 Nov 2026 01:02:33 GMT"}, {}, None),
        (503, {"Retry-After": "Thu, 26 Nov 2026 01:02:33 GMT", "Date": "soon"}, {}, None),
        (503, {"Retry-After": "Thu, 26 Nov 2026 01:02:33 -0000", "Date": DATE}, {}, None),
        (503, {"Retry-After": "9" * 18}, {}, None),
        (500, {}, {}, None),
    ],
)
def test_wait_is_the_crms_own_else_what_its_policy_means(status, headers, payload, seconds):
    assert DIALECT.wait_of(status, headers, payload) == seconds


@pytest.mark.parametrize(
    ("payload", "is_daily"),
    [
        (limit("DAILY"), True),
        (limit(None, "You have reached your daily limit."), True),
        (limit("SECONDLY"), False),
        (limit(None, "You have reached your secondly limit."), False),
    ],
)
def test_explain_tells_the_limit_of_the_day_from_the_others(payload, is_daily):
    assert DIALECT.explain(429, payload).is_daily is is_daily


def test_explain_names_the_missing_scopes_each_once():
    payload = {
        "status": "error",
        "message": "This app hasn't been granted all required scopes",
        "correlationId": "7f3a",
        "category": "MISSING_SCOPES",
        "errors": [
            {"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}},
            {"context": {"requiredGranularScopes": ["crm.objects.deals.read", "e-commerce"]}},
        ],
    }

    detail = DIALECT.explain(403, payload)

    assert detail.missing_scopes == ("crm.objects.deals.read", "e-commerce")
    assert detail.correlation_id == "7f3a"
    assert detail.message == "MISSING_SCOPES"
    assert detail.policy is None


def test_explain_tells_category_code_and_property_and_never_the_value():
    payload = {
        "message": 'Property values were not valid: [{"message":"jan@example.nl was not one of"}]',
        "category": "VALIDATION_ERROR",
        "errors": [
            {
                "message": "jan@example.nl was not one of the allowed options",
                "code": "INVALID_OPTION",
                "context": {"propertyName": ["csk_buying_phase"], "value": ["jan@example.nl"]},
            }
        ],
    }

    assert (
        DIALECT.explain(400, payload).message
        == "VALIDATION_ERROR, INVALID_OPTION, property csk_buying_phase"
    )


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"errors": None, "message": None, "correlationId": 5, "category": 7},
        {"errors": ["text", {"context": "text"}, {"code": None}]},
        {"policyName": {"a": 1}},
    ],
)
def test_explain_takes_any_malformed_body(payload):
    detail = DIALECT.explain(429, payload)

    assert (detail.message, detail.missing_scopes, detail.is_daily) == ("", (), False)


def test_limits_are_read_from_the_headers():
    reading = DIALECT.limits_of(
        {
            "X-HubSpot-RateLimit-Max": "190",
            "X-HubSpot-RateLimit-Remaining": "188",
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Daily": "650000",
            "X-HubSpot-RateLimit-Daily-Remaining": "649998",
        }
    )

    assert reading is not None
    assert (reading.calls_max, reading.calls_left, reading.window_s) == (190, 188, 10.0)
    assert (reading.daily_max, reading.daily_left) == (650000, 649998)


def test_limits_leave_open_what_an_oauth_answer_does_not_tell():
    reading = DIALECT.limits_of({"x-hubspot-ratelimit-max": "110"})

    assert reading is not None
    assert (reading.calls_max, reading.daily_max, reading.window_s) == (110, None, None)


@pytest.mark.parametrize("text", [None, "many", "", "-1", "9" * 18, "9" * 400])
def test_limits_are_none_when_no_header_tells_them(text):
    headers = {} if text is None else {"X-HubSpot-RateLimit-Max": text}

    assert DIALECT.limits_of(headers) is None
