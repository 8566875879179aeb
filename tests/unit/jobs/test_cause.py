"""What is wrong after a run and between runs, in words that hold no id, no name and no value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.ports import ConfigError, LaterError, PermanentCrmError, TransientCrmError
from jobs.exits import ChangeLimitError, SetupMissingError, StoppedError
from jobs.watch.cause import Ended, Standing, Status, causes_of, judged_by, plain
from mappings.yaml import Fault

ALL_STEPS = ["pull", "compute", "write"]
COMPLETE = {"companies": {"total": 12, "held": 12, "unreadable": 0}}
NOTHING = Standing()


def done(status: Status = "done", **counts: Any) -> Ended:
    counts = {"steps": ALL_STEPS, "complete": COMPLETE, **counts}
    return Ended(job="sync", status=status, run_id=7, counts=counts)


def failed(error: Exception) -> Ended:
    return Ended(job="sync", status="failed", run_id=7, error=error)


def stopped(error: Exception) -> Ended:
    return Ended(job="sync", status="stopped", run_id=7, error=error)


def test_run_without_trouble_has_no_cause_and_knows_of_every_kind_of_run():
    assert causes_of(done(), NOTHING) == {}
    assert judged_by(done(), NOTHING) == {
        "run_failed",
        "change_limit",
        "left_out",
        "unmapped_stage",
        "refused_writes",
        "rejected_records:companies",
    }


def test_failed_run_is_one_cause_by_its_error_and_says_nothing_of_other_causes():
    ended = failed(PermanentCrmError("hubspot: 403 on the list: scope is missing"))

    assert causes_of(ended, NOTHING) == {
        "run_failed:PermanentCrmError": "a run failed: hubspot: 403 on the list: scope is missing"
    }
    assert judged_by(ended, NOTHING) == {"run_failed"}


@pytest.mark.parametrize(
    "error", [ConfigError("x"), TransientCrmError("x"), SetupMissingError("x")]
)
def test_failed_run_is_told_by_the_kind_of_its_error(error):
    assert list(causes_of(failed(error), NOTHING)) == [f"run_failed:{type(error).__name__}"]


def test_unexpected_error_is_told_by_its_name_alone():
    assert causes_of(failed(ValueError("Piet Verborgen")), NOTHING) == {
        "run_failed:ValueError": "a run failed: unexpected ValueError"
    }


@pytest.mark.parametrize("error", [LaterError("the day is spent"), StoppedError("asked to stop")])
def test_run_that_was_stopped_is_no_cause_and_changes_none(error):
    assert causes_of(stopped(error), NOTHING) == {}
    assert judged_by(stopped(error), NOTHING) == frozenset()


def test_run_that_found_the_lock_held_is_no_cause_and_changes_none():
    ended = Ended(job="sync", status="skipped")

    assert (causes_of(ended, NOTHING), judged_by(ended, NOTHING)) == ({}, frozenset())


def test_change_limit_is_a_cause_of_its_own():
    ended = stopped(ChangeLimitError("companies: 11 of 12 records"))

    assert list(causes_of(ended, NOTHING)) == ["change_limit"]
    assert judged_by(ended, NOTHING) == {"change_limit", "run_failed"}


def test_refused_writes_are_counted_over_their_reasons_and_none_is_repeated():
    ended = done("partial", refused={"bad option Geheim": 2, "too long": 1})

    shows = "`toprelatie runs show 7` names them"
    assert causes_of(ended, NOTHING) == {
        "refused_writes": f"records of which the CRM refused values: 3: {shows}"
    }


def test_each_unmapped_stage_is_a_cause_with_its_ids():
    ended = done(unmapped_stages=[["default", "3521"], ["renewal", "new"]])

    causes = causes_of(ended, NOTHING)

    assert list(causes) == ["unmapped_stage:default/3521", "unmapped_stage:renewal/new"]
    assert causes["unmapped_stage:default/3521"].startswith("stage 3521 of pipeline default has no")


def test_run_that_computed_nothing_does_not_know_of_stages_and_refusals():
    ended = done(steps=["pull"])

    assert judged_by(ended, NOTHING).isdisjoint({"unmapped_stage", "refused_writes"})


def test_rejected_records_hold_until_the_type_was_compared_and_none_is_left():
    rejected = done("partial", rejected={"calls": 2})
    unreadable = done(complete={"calls": {"total": 9, "held": 7, "unreadable": 2}})
    compared = done(complete={"calls": {"total": 9, "held": 9, "unreadable": 0}})

    text = "calls that cannot be read: 2: `toprelatie runs show 7` names them"
    told = {"rejected_records:calls": text}
    assert causes_of(rejected, NOTHING) == told
    assert causes_of(unreadable, NOTHING) == told
    assert "rejected_records:calls" not in judged_by(rejected, NOTHING)
    assert "rejected_records:calls" in judged_by(compared, NOTHING)


def test_what_is_left_out_is_told_with_its_reason():
    ended = done("partial", left_out={"emails": "hubspot: 403: scope sales-email-read is missing"})

    assert causes_of(ended, NOTHING) == {
        "left_out:emails": "emails is left out: hubspot: 403: scope sales-email-read is missing"
    }


def test_partial_run_that_nothing_else_explains_is_told_without_its_notes():
    assert causes_of(done("partial", notes=["task of seller 1: no"]), NOTHING) == {
        "left_out:values": "something that should be written is left out: "
        "`toprelatie runs show 7` says what"
    }


def test_paused_run_is_told_as_paused_and_not_as_something_left_out():
    paused = done("partial", steps=["pull", "compute"], notes=["nothing is kept or written"])

    assert list(causes_of(paused, Standing(is_paused=True))) == ["write_back_paused"]
    assert list(causes_of(paused, Standing(is_paused=False))) == ["left_out:values"]


# between runs


def test_faults_of_the_configuration_are_told_by_place_and_not_by_what_was_found():
    faults: list[Fault | str] = [
        Fault("/etc/toprelatie/config.yaml", 14, ("x",), '"Piet" is no phase'),
        "no consent",
    ]

    causes = causes_of(None, Standing(faults=faults))

    assert causes == {
        "configuration": "faults in the configuration: 2 (config.yaml:14): the last good one stays "
        "in force: run `toprelatie check`"
    }


def test_standing_causes_are_told_while_they_hold():
    at = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    standing = Standing(faults=[], is_stale=True, last_good_at=at, is_paused=True)

    causes = causes_of(None, standing)

    assert list(causes) == ["stale", "write_back_paused"]
    assert "no run has ended well since 2026-06-01 09:30 UTC" in causes["stale"]
    assert judged_by(None, standing) == {"configuration", "stale", "write_back_paused"}


def test_store_that_does_not_answer_leaves_what_it_would_tell_as_it_was():
    assert judged_by(None, Standing(faults=[])) == {"configuration"}
    assert causes_of(None, Standing(faults=[])) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hubspot: 429 (correlation id 7f3a-22). Wait", "hubspot: 429. Wait"),
        ("GET /crm/objects/2026-09/companies/12: no", "GET /crm/objects/2026-09/companies/…: no"),
        ("deal 27100000055 is gone", "deal … is gone"),
        ("undone by run 12", "undone by run …"),
        ("token pat-eu1-0123 of p1@secret.example", "token *** of ***"),
        ("503 on the search", "503 on the search"),
    ],
)
def test_what_an_error_says_loses_ids_secrets_and_addresses(text, told):
    assert plain(text) == told
