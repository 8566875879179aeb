"""What keys, clocks and names in the configuration do to a check."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox import Sandbox
from jobs.check.run import run_check
from tests.acceptance.small_account import small_account
from tests.acceptance.workplace import Workplace
from tests.unit.jobs.checking import MAPPED, account, check, of_level

# what the configuration names


CONFIGURED = """\
reporting: {currency: USD}
universe: {own_company_ids: ["3", "4711"]}
revenue:
  target: config
  targets:
    - {owner: "1", start: 2026-01-01, end: 2026-12-31, amount: 1000}
    - {owner: "9", start: 2026-01-01, end: 2026-12-31, amount: 1000}
"""


def test_names_in_the_configuration_that_the_crm_does_not_know_are_warnings(tmp_path):
    with account(tmp_path) as place:
        place.config.write_text(place.config.read_text() + CONFIGURED)
        warnings = of_level(check(place), "warning")

    assert 'the CRM knows no owner "9"' in warnings["revenue.targets.9"]
    assert "revenue.targets.1" not in warnings
    assert warnings["universe.own_company_ids.4711"].startswith('the CRM has no company "4711"')
    assert "universe.own_company_ids.3" not in warnings
    assert warnings["reporting.currency"].startswith("reports are in USD, the account in EUR")


def test_currency_with_rates_is_no_fault(tmp_path):
    rates = "reporting: {currency: USD, rates: {EUR: [[2020-01-01, 1.1]]}}\n"
    with account(tmp_path) as place:
        place.config.write_text(place.config.read_text() + rates)
        found = check(place)

    assert "reporting.currency" not in of_level(found, "warning")


@pytest.mark.parametrize(
    ("ahead_s", "level"), [(59, "ok"), (63, "warning"), (-58, "ok"), (-63, "warning")]
)
def test_clock_that_is_more_than_a_minute_off_is_a_warning(tmp_path, ahead_s, level):
    ours = datetime(2026, 6, 30, 12, tzinfo=UTC)
    theirs = ours - timedelta(seconds=ahead_s)
    with (
        Sandbox(small_account(), limits=None, routes=(), clock=lambda: theirs) as sandbox,
        Workplace(tmp_path, sandbox.base_url, mapping=MAPPED).opened() as wiring,
    ):
        found = run_check(replace(wiring, clock=lambda: ours))

    assert "clock" in of_level(found, level)
    assert found.document()["access"]["clock_off_s"] == ahead_s


# scopes


def test_object_that_may_not_be_written_is_an_error(tmp_path):
    with account(tmp_path, without="crm.objects.deals.write") as place:
        place.set_up()
        found = check(place)

    assert of_level(found, "error") == {
        "access to write deals": "scope crm.objects.deals.write is missing: no value reaches deals"
    }
    assert "key" not in of_level(found, "ok")


def test_object_that_is_not_written_back_needs_no_scope_to_write(tmp_path):
    with account(tmp_path, without="crm.objects.deals.write") as place:
        text = place.config.read_text() + "write_back: {objects: [companies, contacts]}\n"
        place.config.write_text(text)
        place.set_up()
        found = check(place)

    assert of_level(found, "error") == {}


def test_scope_to_write_is_no_matter_while_nothing_is_written_back(tmp_path):
    with account(tmp_path, without="crm.objects.deals.write") as place:
        place.set_up()
        place.config.write_text(place.config.read_text() + "write_back: {enabled: false}\n")
        found = check(place)

    assert of_level(found, "error") == {}
    assert "access to write deals" in of_level(found, "hint")


def test_scope_for_the_tasks_of_sellers_is_needed_when_they_are_kept(tmp_path):
    extra = "write_back: {objects: [companies]}\nseller_metrics: {crm_task: true}\n"
    with account(tmp_path, without="crm.objects.contacts.write") as place:
        place.config.write_text(place.config.read_text() + extra)
        place.set_up()
        found = check(place)

    assert list(of_level(found, "error")) == ["access to write tasks"]


def test_scope_to_create_properties_is_needed_until_they_stand(tmp_path):
    with Sandbox(small_account(), limits=None, routes=()) as sandbox:
        place = Workplace(tmp_path, sandbox.base_url, mapping=MAPPED)
        sandbox.revoke("crm.schemas.deals.write")
        before = of_level(check(place), "error")
        sandbox.grant("crm.schemas.deals.write")
        place.set_up()
        sandbox.revoke("crm.schemas.deals.write")
        after = of_level(check(place), "error")

    assert before["access to create deals properties"].startswith(
        "scope crm.schemas.deals.write is missing: set-up cannot create the 5"
    )
    assert after == {}


@pytest.mark.parametrize(
    ("scope", "subject", "cost"),
    [
        (
            "crm.objects.deals.read",
            "access to deals",
            "realised revenue and deal evidence of the phase are blank",
        ),
        (
            "crm.objects.contacts.read",
            "access to contacts",
            "right contacts (profile) cannot be measured",
        ),
        (
            "sales-email-read",
            "access to emails",
            "stale deals and contact moments miss this kind of activity",
        ),
        ("crm.objects.owners.read", "access to owners", "who has left is not known"),
    ],
)
def test_scope_that_is_missing_is_named_with_what_it_costs(tmp_path, scope, subject, cost):
    with account(tmp_path, without=scope) as place:
        warnings = of_level(check(place), "warning")

    assert scope in warnings[subject]
    assert warnings[subject].endswith(cost)
