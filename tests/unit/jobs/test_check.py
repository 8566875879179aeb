"""What stands in the way of a run: every finding with its level, its place and its remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connector.sandbox import DEFAULT_SCOPES, Portal, Sandbox
from jobs.check import Finding, cost_of, run_check
from tests.acceptance.small_account import AS_OF, WON_AT, small_account
from tests.acceptance.workplace import Workplace

MAPPED = """\
crm: hubspot
stages:
  default:
    qualifiedtobuy: interest
    contractsent: quote
    closedwon: order
    closedlost: lost
"""


@contextmanager
def account(
    folder: Path, *, portal: Portal | None = None, mapping: str = MAPPED, without: str = ""
) -> Iterator[Workplace]:
    scopes = DEFAULT_SCOPES - {without}
    with Sandbox(portal or small_account(), limits=None, routes=(), scopes=scopes) as sandbox:
        yield Workplace(folder, sandbox.base_url, mapping=mapping)


def check(place: Workplace) -> list[Finding]:
    with place.opened() as wiring:
        return run_check(wiring)


def of_level(found: list[Finding], level: str) -> dict[str, str]:
    return {one.subject: one.text for one in found if one.level == level}


def test_account_that_is_set_up_has_no_errors(tmp_path):
    with account(tmp_path) as place:
        place.set_up()
        found = check(place)

    assert of_level(found, "error") == {}
    good = of_level(found, "ok")
    assert good["account"].endswith("1 active owners, 4 deal stages")
    assert good["stages"] == "all 4 stages are mapped"
    assert good["properties"].endswith("stand as wanted")


def test_check_before_set_up_counts_what_is_missing_and_creates_nothing(tmp_path):
    portal = small_account()
    before = set(portal.properties["companies"])
    with account(tmp_path, portal=portal) as place:
        errors = of_level(check(place), "error")

    assert errors["properties"].endswith("are missing: run `toprelatie setup`")
    assert int(errors["properties"].split()[0]) > 30
    assert set(portal.properties["companies"]) == before


def test_stage_without_a_line_is_an_error_with_its_deals(tmp_path):
    portal = small_account()
    portal.add_pipeline("own", "Own", [("first", "First", "0.5", False)])
    portal.set_values("deals", "7", {"pipeline": "own", "dealstage": "first"}, at=WON_AT)
    with account(tmp_path, portal=portal) as place:
        unseen = of_level(check(place), "error")["stages.own.first"]
        place.set_up()
        place.sync(as_of=AS_OF)
        seen = of_level(check(place), "error")["stages.own.first"]

    assert "; 0 deals in the mirror stand in it and are skipped" in unseen
    assert seen == (
        "no line of mapping.yaml names this stage; 1 deals in the mirror stand in it and are "
        "skipped: add the line, or ask `toprelatie mapping suggest`"
    )


def test_stage_that_contradicts_the_crm_is_an_error(tmp_path):
    mapping = MAPPED.replace("closedwon: order", "closedwon: quote")
    with account(tmp_path, mapping=mapping) as place:
        errors = of_level(check(place), "error")

    assert "closedwon" in errors["stages"]


def test_field_that_the_crm_does_not_have_is_a_warning(tmp_path):
    mapping = MAPPED + "fields: {company: {segment: sector}, deal: {margin: null}}\n"
    with account(tmp_path, mapping=mapping) as place:
        warnings = of_level(check(place), "warning")

    assert warnings["fields.companies.segment"] == (
        'the CRM has no property "sector": name another one, or null'
    )
    assert not any(subject.startswith("fields.deals") for subject in warnings)


def test_property_of_another_make_is_an_error(tmp_path):
    portal = small_account()
    with account(tmp_path, portal=portal) as place:
        place.set_up()
        portal.properties["companies"]["csk_buying_phase"] |= {
            "type": "string",
            "fieldType": "text",
            "options": [],
        }
        errors = of_level(check(place), "error")

    assert "csk_buying_phase" in errors["properties"]


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


def test_folder_of_files_is_checked_without_properties_to_create(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "companies.csv").write_text("id,name\n1,Een\n")
    (tmp_path / "export" / "pipelines.csv").write_text("pipeline_id,stage_id\n")
    place = Workplace(tmp_path, "http://127.0.0.1:1", mapping=MAPPED)
    place.use_files(tmp_path / "export", tmp_path / "results")

    found = check(place)

    warnings = of_level(found, "warning")
    assert warnings["access to deals"].startswith("this CRM has none: realised revenue")
    assert warnings["access to contacts"].startswith("this CRM has none: right contacts")
    assert of_level(found, "error") == {}


def test_crm_that_cannot_be_written_to_is_a_warning(tmp_path, monkeypatch):
    with account(tmp_path) as place, place.opened() as wiring:
        found = wiring.crm.describe()
        closed = replace(found, capabilities=replace(found.capabilities, can_write=False))
        monkeypatch.setattr(type(wiring.crm), "describe", lambda _: closed)
        warnings = of_level(run_check(wiring), "warning")

    assert warnings["properties"] == "this CRM cannot be written to: results stay here"


def test_cost_of_an_activity_is_that_of_its_kind():
    assert cost_of("calls") == "stale deals and contact moments miss this kind of activity"
    assert cost_of("companies") == "nothing can be computed"
