"""No secret survives, and what is no secret stays readable."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http import redact

TOKENS = st.text(string.ascii_letters + string.digits + "-._~+/=", min_size=12, max_size=80)
WORDS = st.text("xyz ,.:;()[]{}\n", max_size=20)
PLACES = st.sampled_from(
    [
        "Bearer {}",
        "bearer  {}",
        "BEARER {}",
        "Authorization: Bearer {}",
        "{{'Authorization': 'Bearer {}'}}",
        "authorization=Basic {}",
        "Authorization: {}",
        "pat-{}",
        "pat-eu1-{}",
        "?access_token={}",
        "&access_token={}&limit=1",
        'access_token": "{}"',
        "{{'refresh_token': '{}'}}",
        "client_secret={}",
        "hapikey={}",
        "api_key: {}",
        "api-key={}",
        "HUBSPOT_TOKEN={}",
        "db_password={}",
        "access_token%3D{}",
        "postgresql://user:{}@host/db",
    ]
)


@given(before=WORDS, place=PLACES, token=TOKENS, after=WORDS)
def test_redact_leaves_no_secret(before, place, token, after):
    text = redact(f"{before} {place.format(token)} {after}")

    assert token not in text
    assert not any(token[at : at + 12] in text for at in range(len(token) - 11))


@given(place=PLACES, token=TOKENS)
def test_redact_changes_nothing_the_second_time(place, token):
    once = redact(place.format(token))

    assert redact(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bearer abc.def and more", "Bearer *** and more"),
        ("?access_token=abc&limit=10", "?access_token=***&limit=10"),
        ('{"access_token": "abc", "hub": 1}', '{"access_token": "***", "hub": 1}'),
        ("sent with pat-na1-0a-1b to the CRM", "sent with *** to the CRM"),
        ("eyJhbGciOi.eyJzdWIi.c2ln expired", "*** expired"),
        ("postgresql+psycopg://me:pw@db/x", "postgresql+psycopg://***@db/x"),
        ("write to jan.jansen+x@bedrijf.example.nl now", "write to *** now"),
    ],
)
def test_redact_masks_the_secret_and_keeps_the_sentence(text, expected):
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hubspot: 403 on the deal search: scope crm.objects.deals.read is missing (7f3a)",
        "a path such as /crm/objects/2026-09/companies/batch/read",
        "a pattern, a patent, a token that is missing",
        "https://api.hubapi.com/crm",
    ],
)
def test_redact_leaves_what_is_no_secret(text):
    assert redact(text) == text
