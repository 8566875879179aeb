"""Where a token may be sent, and how patient a client may be."""

import pytest
from pydantic import ValidationError

from connector.http import HttpSettings
from connector.http.session import direct_to
from connector.http.settings import checked_base_url, is_loopback
from connector.ports import ConfigError


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.hubapi.com", "https://api.hubapi.com"),
        ("https://api.hubapi.com/", "https://api.hubapi.com"),
        ("https://proxy.test:8443/hubspot/", "https://proxy.test:8443/hubspot"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_base_url_is_taken_when_the_token_is_safe_there(url, kept):
    assert checked_base_url("hubspot", url) == kept


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://api.hubapi.com", "not https"),
        ("http://127.0.0.1.evil.test", "not https"),
        ("http://localhost.evil.test", "not https"),
        ("http://10.0.0.1", "not https"),
        ("ftp://127.0.0.1", "not https"),
        ("api.hubapi.com", "no web address"),
        ("https://", "no web address"),
        ("https://host:none", "no web address"),
        ("https://[::1", "no web address"),
        ("https://me:hunter2@host", "more than scheme"),
        ("https://host?hapikey=hunter2", "more than scheme"),
        ("https://host#hunter2", "more than scheme"),
        ("http://127.0.0.1@evil.test", "more than scheme"),
    ],
)
def test_base_url_is_refused_without_being_shown(url, message):
    with pytest.raises(ConfigError, match=f"hubspot: base_url.*{message}") as caught:
        checked_base_url("hubspot", url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("128.0.0.1", False),
        ("crm.test", False),
    ],
)
def test_loopback_is_this_machine_alone(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("connect_timeout_s", 0),
        ("read_timeout_s", 121),
        ("answer_timeout_s", 601),
        ("max_answer_bytes", 1023),
        ("tries", 0),
        ("total_s", -1),
        ("connections", 0),
        ("verify", False),
    ],
)
def test_settings_refuse_what_is_out_of_bounds_or_unknown(name, refused):
    with pytest.raises(ValidationError, match=name):
        HttpSettings.model_validate({"base_url": "https://crm.test", name: refused})


@pytest.mark.parametrize(
    ("url", "proxies"),
    [
        ("http://127.0.0.1:1", {"no_proxy": "127.0.0.1"}),
        ("http://[::1]:1", {"no_proxy": "::1"}),
        ("https://crm.test", {}),
    ],
)
def test_requests_pass_by_the_proxies_of_the_environment_on_this_machine_alone(url, proxies):
    assert direct_to(url) == proxies
