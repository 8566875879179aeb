"""What keeps us out: tokens, scopes, the way to the CRM, faults of our own files."""

import socket
from dataclasses import replace

import pytest

from connector.ports import ConfigError
from connector.sandbox import DEFAULT_SCOPES, Sandbox
from tests.acceptance.front_door import run, take_run
from tests.acceptance.small_account import AS_OF, phase_of, values_of_ours
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())


@pytest.fixture
def limited(tmp_path, account):
    """Place of work whose token lacks some scopes, after a set-up with a stronger one."""
    opened = []

    def place(*missing: str, set_up_without: bool = False) -> Workplace:
        scopes = DEFAULT_SCOPES - set(missing)
        sandbox = Sandbox(account, limits=None, routes=(), scopes=scopes)
        opened.append(sandbox)
        workplace = Workplace(tmp_path, sandbox.__enter__().base_url)
        if not set_up_without:
            with Sandbox(account, limits=None, routes=()) as strong:
                weak_config = workplace.config.read_text()
                workplace.config.write_text(weak_config.replace(sandbox.base_url, strong.base_url))
                workplace.set_up()
                workplace.config.write_text(weak_config)
        return workplace

    yield place
    for sandbox in opened:
        sandbox.__exit__(None, None, None)


# tokens


@pytest.mark.parametrize("command", ["sync", "check", "setup"])
def test_wrong_token_ends_with_what_to_do(shop, command):
    shop.token.write_text("second-token")

    ended = run(shop, command, *(["--yes"] if command == "setup" else []))

    assert ended.code == 3
    assert "the token is not accepted. Renew it, then run `toprelatie check`" in ended.said


def test_wrong_token_ends_the_process_with_its_code(shop):
    shop.token.write_text("second-token")

    ended = shop.run("sync")

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("hubspot: metadata, GET /account-info/")
    assert "401" in ended.stderr


def test_missing_token_file_is_named(shop):
    shop.token.unlink()

    ended = run(shop, "sync")

    assert ended.code == 3
    assert f"acme: no token: file {shop.token} cannot be read" in ended.said
    assert "mend crm.token_file" in ended.said


def test_missing_token_variable_is_named(shop, monkeypatch):
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    text = shop.config.read_text()
    line = next(one for one in text.splitlines() if "token_file" in one)
    shop.config.write_text(text.replace(line, "  token_env: NO_SUCH_TOKEN"))

    ended = run(shop, "sync")

    assert ended.code == 3
    assert "environment variable NO_SUCH_TOKEN is missing or empty: fill it" in ended.said


def test_token_that_is_replaced_in_mid_run_is_read_again(shop, crm, account):
    def rotate(work: str, _done: int, _total: int | None) -> None:
        if work == "companies":
            new = shop.token.with_suffix(".new")
            new.write_text("second-token\n")
            new.replace(shop.token)
            crm._api.token = "second-token"

    with shop.opened() as wiring:
        report = take_run(wiring, rotate, as_of=AS_OF)

    assert report.status == "done"
    assert phase_of(account, "3") == "quote"


def test_token_that_expires_for_good_in_mid_run_fails_and_the_next_run_goes_on(
    shop, crm, account, monkeypatch
):
    monkeypatch.setattr("connector.hubspot.description.SIDE_BY_SIDE", 1)

    def expire(work: str, _done: int, _total: int | None) -> None:
        if work.startswith("write"):
            crm._api.token = "second-token"

    with shop.opened() as wiring, pytest.raises(ConfigError, match="not accepted"):
        take_run(wiring, expire, as_of=AS_OF)

    assert phase_of(account, "3") == "quote"
    assert account.values("deals", "3").get("csk_deal_phase") is None
    shop.token.write_text("second-token")
    assert run(shop, "sync", *MOMENT).code == 0
    assert account.values("deals", "3")["csk_deal_phase"] == "quote"


# scopes


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("crm.objects.deals.read", "left out: deals: scope crm.objects.deals.read is missing"),
        ("crm.objects.contacts.read", "left out: contacts: scope crm.objects.contacts.read"),
        ("sales-email-read", "left out: emails: scope sales-email-read is missing"),
    ],
)
def test_missing_scope_costs_what_needs_it_alone_and_is_named(limited, account, scope, told):
    place = limited(scope)

    ended = run(place, "sync", *MOMENT)

    assert ended.code == 4
    assert told in ended.said
    assert phase_of(account, "3") == ("unknown" if "deals" in scope else "quote")


def test_missing_scope_of_deals_names_the_kpis_and_blanks_them(limited, account):
    place = limited("crm.objects.deals.read", "crm.objects.deals.write")

    ended = run(place, "sync", *MOMENT)

    assert "realised revenue and deal evidence of the phase are blank" in ended.said
    assert account.values("companies", "1").get("csk_revenue_ttm") is None


def test_scope_that_is_withdrawn_blanks_what_rested_on_it_once_that_is_accepted(
    limited, account, shop
):
    run(shop, "sync", *MOMENT)
    assert phase_of(account, "3") == "quote"

    place = limited("crm.objects.deals.read", set_up_without=True)
    stopped = run(place, "sync", *MOMENT)
    phase_after_stop = phase_of(account, "3")
    ended = run(place, "sync", "--accept-changes", *MOMENT)

    assert stopped.code == 6
    assert "deals could not be read: scope crm.objects.deals.read is missing" in stopped.said
    assert phase_after_stop == "quote"
    assert ended.code == 4
    assert phase_of(account, "3") == "unknown"


def test_scope_that_is_granted_again_lets_the_next_run_through(shop, crm, account):
    run(shop, "sync", *MOMENT)
    crm.revoke("crm.objects.deals.read")
    stopped = run(shop, "sync", "--full", *MOMENT)
    crm.grant("crm.objects.deals.read")

    ended = run(shop, "sync", *MOMENT)

    assert (stopped.code, ended.code) == (6, 0)
    assert "give the key what it lacks and run again" in stopped.said
    assert phase_of(account, "3") == "quote"


def test_missing_scope_to_write_leaves_one_object_out_and_writes_the_rest(limited, account):
    place = limited("crm.objects.companies.write")

    first = run(place, "sync", *MOMENT)
    again = run(place, "sync", *MOMENT)

    for ended in (first, again):
        assert ended.code == 4
        assert "left out: write companies: hubspot: write, POST" in ended.said
        assert "missing scope crm.objects.companies.write. Grant it" in ended.said
    assert phase_of(account, "3") is None
    assert account.values("deals", "3")["csk_deal_phase"] == "quote"


def test_next_run_writes_what_a_scope_that_is_granted_by_then_allows(limited, account, crm):
    place = limited("crm.objects.companies.write")
    run(place, "sync", *MOMENT)
    text = place.config.read_text()
    line = next(one for one in text.splitlines() if "base_url" in one)
    place.config.write_text(text.replace(line, f"  base_url: {crm.base_url}"))

    ended = run(place, "sync", *MOMENT)

    assert ended.code == 0
    assert phase_of(account, "3") == "quote"


def test_check_tells_missing_scopes_beside_all_other_faults(limited):
    place = limited("crm.objects.deals.read", "crm.schemas.deals.read", set_up_without=True)
    place.mapping.write_text("crm: hubspot\nfields: {company: {segment: no_such}}\n")

    ended = run(place, "check")

    assert ended.code == 3
    assert "access to deals" in ended.said
    assert "fields.companies.segment" in ended.said
    assert "are missing: run `toprelatie setup`" in ended.said


def test_setup_without_access_to_one_object_sets_up_the_others_and_says_so(limited, account):
    place = limited(
        "crm.objects.deals.read",
        "crm.schemas.deals.read",
        "crm.schemas.deals.write",
        set_up_without=True,
    )

    ended = run(place, "setup", "--yes")
    synced = run(place, "sync", *MOMENT)

    assert ended.code == 4
    assert "left out: deals" in ended.said
    assert "csk_buying_phase" in account.properties["companies"]
    assert synced.code == 4
    assert phase_of(account, "3") == "unknown"


def test_key_for_runs_need_not_read_the_schema_of_what_it_does_not_write(limited, account):
    place = limited("crm.schemas.companies.read")

    assert run(place, "sync", *MOMENT).code == 0
    assert phase_of(account, "3") == "quote"


def test_object_whose_properties_cannot_be_read_is_left_out_with_the_reason(
    shop, account, monkeypatch
):
    with shop.opened() as wiring:
        whole = wiring.crm.describe()
        missing = {"companies properties": "scope crm.schemas.companies.read is missing"}
        rest = {kind: one for kind, one in whole.properties.items() if kind != "companies"}
        less = replace(whole.capabilities, missing=missing)
        part = replace(whole, properties=rest, capabilities=less)
        monkeypatch.setattr(wiring.crm, "describe", lambda **_: part)

        report = take_run(wiring, as_of=AS_OF)

    assert report.status == "partial"
    assert "companies: left out, for its properties cannot be read: scope crm.s" in report.notes[0]
    assert phase_of(account, "3") is None
    assert account.values("deals", "3")["csk_deal_phase"] == "quote"


# the way


def test_host_that_cannot_be_reached_is_named(shop, account):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = shop.config.read_text()
    line = next(one for one in text.splitlines() if "base_url" in one)
    shop.config.write_text(
        text.replace(line, f"  base_url: http://127.0.0.1:{port}\n  max_tries: 1")
    )

    ended = run(shop, "sync")

    assert ended.code == 1
    assert "hubspot: metadata, GET /account-info/" in ended.said
    assert f"no answer (ConnectionError) from 127.0.0.1:{port}: check base_url" in ended.said
    assert "the next run goes on from here" in ended.said
    assert values_of_ours(account)["companies 3"] == {}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://example.com", "is not https, so the token would travel in the open"),
        ("nonsense", "base_url is no web address"),
        ("https://me:sandbox-token@example.com", "holds more than scheme, host, port and path"),
    ],
)
def test_address_that_no_token_may_be_sent_to_is_refused(shop, url, told):
    text = shop.config.read_text()
    line = next(one for one in text.splitlines() if "base_url" in one)
    shop.config.write_text(text.replace(line, f"  base_url: {url}"))

    ended = run(shop, "sync")

    assert ended.code == 3
    assert told in ended.said


# our own files


def test_every_fault_of_the_configuration_is_told_with_its_line(place):
    text = place.config.read_text() + (
        "colour: red\n"
        "phase: {lapse: many, stall_days: {quote: -1}}\n"
        "schedule: {sync: '*/15 * * * 1'}\n"
        "account: second\n"
    )
    place.config.write_text(text)
    last = len(text.splitlines())

    ended = run(place, "sync")

    lines = ended.err.splitlines()
    assert ended.code == 3
    assert [int(one.split(":")[1]) for one in lines] == sorted(
        int(one.split(":")[1]) for one in lines
    )
    for found in (
        f"config.yaml:{last - 3}: colour",
        f"config.yaml:{last - 2}: phase.lapse",
        f"config.yaml:{last - 1}: schedule.sync",
        f"config.yaml:{last}: account",
    ):
        assert found in ended.err


def test_every_fault_of_the_mapping_is_told_with_its_line(place):
    place.mapping.write_text(
        "crm: hubspot\n"
        "stages:\n"
        "  default:\n"
        "    contractsent: qoute\n"
        "    4711: order\n"
        "fields: {company: {colour: red}}\n"
    )

    ended = run(place, "sync")

    assert ended.code == 3
    for found in (
        'mapping.yaml:4: stages.default.contractsent: "qoute" is not a buying phase',
        "mapping.yaml:5:",
        "mapping.yaml:6: fields.company.colour",
    ):
        assert found in ended.err


def test_configuration_that_is_not_there_is_named(place):
    place.config.unlink()

    ended = run(place, "sync")

    assert ended.code == 3
    assert str(place.config) in ended.said


@pytest.mark.parametrize("words", [["sync", "--nonsense"], ["nonsense"], ["runs", "--limit", "x"]])
def test_words_that_no_command_knows_are_wrong_usage(place, words):
    assert run(place, *words).code == 2


def test_sync_before_set_up_ends_before_any_call(place, crm):
    ended = run(place, "sync")

    assert ended.code == 3
    assert "acme: nothing is set up in this CRM: run `toprelatie setup`" in ended.said
    assert sum(crm.calls.values()) == 0
