"""What runs did can be read back by people, and what had changed in the settings before them."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from console.cli import app
from jobs.wiring import clock
from tests.acceptance.front_door import run
from tests.acceptance.small_account import AS_OF
from tests.acceptance.workplace import Workplace

pytestmark = pytest.mark.usefixtures("discreet")

MOMENT = ("--as-of", AS_OF.isoformat())
RIGHT = "{qualifiedtobuy: interest, contractsent: quote, closedwon: order, closedlost: lost}"


def map_stages(place: Workplace, stages: str) -> None:
    place.mapping.write_text(f"crm: hubspot\nstages: {{default: {stages}}}\n")


def shown(place: Workplace, number: int) -> dict[str, object]:
    return dict(json.loads(run(place, "runs", "show", str(number), "--format", "json").out))


def printed(place: Workplace, *words: str) -> str:
    """Results of a command, which may hold names: they are kept from the screen."""
    return CliRunner().invoke(app, [*words, "--config", str(place.config)]).stdout


def rows(text: str) -> list[list[str]]:
    """Words of each line of a list of runs, newest run first."""
    return [
        line.split() for line in text.splitlines() if line.split()[:1] and line.split()[0].isdigit()
    ]


@pytest.fixture
def changed(shop):
    """Run 1, a preview, and run 3 under another mapping."""
    map_stages(shop, RIGHT)
    run(shop, "sync", *MOMENT)
    map_stages(shop, RIGHT.replace("qualifiedtobuy: interest", "qualifiedtobuy: orienting"))
    run(shop, "sync", "--dry-run", *MOMENT)
    return shop


def test_run_says_that_the_settings_changed_and_where_to_read_it(changed):
    ended = run(changed, "sync", *MOMENT)
    again = run(changed, "sync", *MOMENT)

    assert "settings changed since run 1: 1 (toprelatie runs show 3)" in ended.said
    assert "settings changed" not in again.said


def test_run_shows_each_changed_setting_before_and_after(changed):
    run(changed, "sync", *MOMENT)

    text, record = run(changed, "runs", "show", "3").out, shown(changed, 3)

    assert "1 changed since run 1" in text
    assert "stages.default.qualifiedtobuy: interest → orienting" in text
    assert record["settings_since"] == 1
    assert record["changed_settings"] == [
        {"path": "stages.default.qualifiedtobuy", "before": "interest", "after": "orienting"}
    ]
    assert record["fingerprint"] != shown(changed, 1)["fingerprint"]
    assert shown(changed, 1)["changed_settings"] == []


def test_list_marks_previews_and_runs_under_other_settings(changed):
    run(changed, "sync", *MOMENT)
    run(changed, "sync", *MOMENT)

    listed = rows(run(changed, "runs").out)

    assert [(row[0], row[1], row[-1]) for row in listed] == [
        ("4", "sync", listed[0][-1]),
        ("3", "sync", "changed"),
        ("2", "preview", "changed"),
        ("1", "sync", listed[3][-1]),
    ]
    assert "changed" not in {listed[0][-1], listed[3][-1]}


def test_list_tells_times_in_the_reporting_time_zone(shop):
    began = clock().replace(year=2026, month=1, day=10, hour=23, minute=30)
    with shop.opened() as wiring:
        run_id = wiring.store.start_run("sync", started_at=began)
        wiring.store.finish_run(run_id, finished_at=began, status="done", counts={})

    listed = run(shop, "runs").out

    assert "Europe/Amsterdam" in listed
    assert "2026-01-11 00:30" in listed


def test_run_is_shown_in_sections_with_its_calls(shop):
    run(shop, "sync", *MOMENT)

    text = run(shop, "runs", "show", "1").out

    assert "run 1: sync, done" in text
    assert "12 deals" in text
    assert "records of" in text
    assert "at least: " in text
    assert "refused" not in text


def test_run_tells_its_calls_as_its_record_does_and_metadata_apart(shop):
    said = run(shop, "sync", *MOMENT).out
    kept = run(shop, "runs", "show", "1").out

    told, again = (
        re.search(
            r"^calls    (\d+ used, \d+ at least): (.*)\n         (and metadata \d+)$",
            one,
            re.MULTILINE,
        )
        for one in (said, kept)
    )
    assert told is not None
    assert again is not None
    assert (told[1], told[3]) == (again[1], again[3])
    assert sorted(told[2].split(", ")) == sorted(again[2].split(", "))


def test_run_as_json_is_its_record_and_nothing_else_on_standard_output(shop):
    ended = run(shop, "sync", *MOMENT, "--format", "json")

    assert json.loads(ended.out) == shown(shop, 1)
    assert "run 1: done" in ended.said


def test_csv_of_a_run_that_is_none_for_show_is_refused(shop):
    ended = run(shop, "sync", "--format", "csv")

    assert ended.code == 2
    assert "add --dry-run" in ended.said
    assert run(shop, "runs", "show", "1").code == 2


def test_refused_and_rejected_records_are_grouped_under_their_reason(shop, account):
    options = account.properties["companies"]["csk_buying_phase"]["options"]
    account.properties["companies"]["csk_buying_phase"]["options"] = [
        one for one in options if one["value"] != "quote"
    ]
    for number in ("5", "7"):
        record = account.objects["deals"][number]
        record.values["amount"] = "98765,43 euro"
        record.touch(int(clock().timestamp() * 1000), "hs_lastmodifieddate")

    run(shop, "sync", *MOMENT)

    text = " ".join(run(shop, "runs", "show", "1").out.split())
    assert "5, 7" in text
    assert "records: VALIDATION_ERROR" in text or "records: INVALID_OPTION" in text
    assert "still refused after the last run that tried" in text


def test_preview_is_no_good_run_of_the_service(shop):
    run(shop, "sync", "--dry-run", *MOMENT)

    said = run(shop, "store", "check").said

    assert "no run has ended well yet" in said


def test_preview_as_csv_holds_what_it_holds_as_json(shop):
    as_csv = run(shop, "sync", "--dry-run", "--format", "csv", *MOMENT).out
    as_json = json.loads(run(shop, "sync", "--dry-run", "--format", "json", *MOMENT).out)

    assert list(csv.DictReader(io.StringIO(as_csv))) == as_json
    assert len(as_json) > 40


def test_preview_ends_with_its_sums_and_says_when_there_is_nothing(shop):
    first = run(shop, "sync", "--dry-run", *MOMENT)
    run(shop, "sync", *MOMENT)
    second = run(shop, "sync", "--dry-run", *MOMENT)

    sums = [line.split() for line in first.out[first.out.index("In sum") :].splitlines()]
    assert ["companies", "any", "12", "100", "%"] in sums
    assert ["deals", "csk_deal_realised_amount", "2", "17", "%"] in sums
    assert "nothing would be written" in second.out
    assert "Would be written" not in second.out


def test_run_as_of_a_past_moment_says_how_to_see_its_differences(shop):
    run(shop, "sync", *MOMENT)
    past = ("--as-of", (AS_OF - timedelta(days=150)).isoformat())

    counted, shown_too = run(shop, "sync", *past), run(shop, "sync", "--dry-run", *past)

    assert "--dry-run shows the differences" in counted.said
    assert "Would be written" in shown_too.out


def test_unknown_run_is_refused_with_what_to_do(shop):
    ended = run(shop, "runs", "show", "999")

    assert ended.code == 2
    assert "acme: run 999 is not among the runs of this account: `toprelatie runs`" in ended.said
    assert ended.out == ""


def test_unknown_format_names_all_of_the_command(shop):
    assert "text, json" in run(shop, "runs", "show", "1", "--format", "csv").said
    assert "table, csv, json" in run(shop, "sync", "--format", "html").said
    assert "table, csv, json, html" in run(shop, "report", "relations", "--format", "pdf").said


def test_explain_and_page_tell_when_other_settings_came_into_force(shop):
    map_stages(shop, RIGHT)
    run(shop, "sync", "--as-of", (AS_OF - timedelta(days=4)).isoformat())
    map_stages(shop, RIGHT.replace("qualifiedtobuy: interest", "qualifiedtobuy: orienting"))
    run(shop, "sync", "--as-of", (AS_OF - timedelta(days=2)).isoformat())

    explained = printed(shop, "explain", "3", *MOMENT)
    later = printed(shop, "explain", "3", "--as-of", (AS_OF + timedelta(days=40)).isoformat())
    page = printed(shop, "report", "sellers", "--format", "html", *MOMENT)

    assert "settings changed on 2026-06-28: toprelatie runs show 2" in explained
    assert "settings changed" not in later
    assert "Instellingen gewijzigd op 28-06-2026: toprelatie runs show 2" in page
