"""Answers to questions: a token typed in the wrong place is refused and never repeated."""

import pytest

from jobs.answer import (
    fault_in_account,
    fault_in_timezone,
    fault_in_token_file,
    fault_in_variable,
    looks_secret,
)


@pytest.mark.parametrize(
    "text",
    ["pat-eu1-x", "PAT-NA1-x", "0a1b2c3d4e5f60718293", "CJrSxNe_kDAHA3w8F1aIKQ", "a" * 15 + "1"],
)
def test_what_may_be_a_token_is_known_and_never_repeated(text):
    assert looks_secret(text)
    for fault in (fault_in_variable(text), fault_in_token_file(text), fault_in_timezone(text)):
        assert fault
        assert text not in fault


@pytest.mark.parametrize("name", ["HUBSPOT_TOKEN", "HUBSPOT_TOKEN_2026", "token", "_x1"])
def test_name_of_a_variable_is_none(name):
    assert not looks_secret(name)
    assert fault_in_variable(name) is None


@pytest.mark.parametrize("name", ["sandbox-token", "a b", "", "1A", "$HUBSPOT_TOKEN"])
def test_what_cannot_be_a_variable_is_refused_without_being_repeated(name):
    fault = fault_in_variable(name)

    assert fault
    assert not name or name not in fault


def test_file_that_is_there_is_no_token_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "token0000token1111"
    assert fault_in_token_file(name) is not None

    (tmp_path / name).write_text("x", encoding="utf-8")
    assert fault_in_token_file(name) is None
    assert fault_in_token_file("secrets/token") is None


@pytest.mark.parametrize("name", ["acme", "hubspot-27100000055", "a" * 64])
def test_account_may_have_a_long_name(name):
    assert fault_in_account(name) is None


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "a" * 65, "pat-eu1-x"])
def test_account_that_is_no_name_is_refused(name):
    assert fault_in_account(name)
