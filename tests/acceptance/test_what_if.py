"""What another mapping or configuration would change, through the command line."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox import Portal, Sandbox
from tests.acceptance.front_door import Ended, typed
from tests.acceptance.small_account import WON_AT, small_account
from tests.acceptance.workplace import Workplace

AS_OF = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
MOMENT = AS_OF.isoformat()
RELATIONS = 13
SPEND = {"1": "600000", "2": None}
OTHERS_SPEND = "100000"
"""Half of it can be won; 2 has won 98,765.43, which is 1.35 times the mean."""
INTERESTED = ("3", "4")
PROJECTS = ("5", "6", "7")
MAPPING = 'crm: hubspot\nstages: {"4711": {"90210": orienting}}\n'
MODE = "seller_metrics: {mode: self_and_manager, works_council_consent: 2026-01-01}\n"


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, Sandbox]]:
    """Thirteen relations: two above average, two with a deal at Qualified, three with a project."""
    with Sandbox(_account(), limits=None, routes=()) as sandbox:
        folder = tmp_path_factory.mktemp("what_if")
        place = Workplace(folder, sandbox.base_url, extra=MODE, mapping=MAPPING)
        place.set_up()
        for one in map(str, range(1, RELATIONS + 1)):
            spend = {"csk_annual_category_spend": SPEND.get(one, OTHERS_SPEND) or ""}
            sandbox.portal.set_values("companies", one, spend, at=WON_AT)
        place.sync(as_of=AS_OF)
        yield place, sandbox


def _account() -> Portal:
    portal = small_account(RELATIONS)
    for one in INTERESTED:
        portal.set_values("deals", one, {"dealstage": "qualifiedtobuy"}, at=WON_AT)
    portal.add_pipeline("4711", "Projecten", [("90210", "Kansen", "0.3", False)])
    for one in PROJECTS:
        stage = {"pipeline": "4711", "dealstage": "90210"}
        portal.set_values("deals", one, stage, at=WON_AT)
    return portal


@pytest.fixture
def place(synced: tuple[Workplace, Sandbox]) -> Workplace:
    return synced[0]


@pytest.fixture
def other(place: Workplace, tmp_path: Path):
    """Write another configuration of the same account and return its path."""

    def other(extra: str = "", *, without: str = MODE, mapping: Path | None = None) -> Path:
        text = place.config.read_text().replace(without, "" if extra else without)
        file = tmp_path / "other.yaml"
        file.write_text(text.replace(str(place.mapping), str(mapping or place.mapping)) + extra)
        return file

    return other


@pytest.fixture
def another_mapping(tmp_path: Path) -> Path:
    """A mapping in which Qualified is a quote."""
    file = tmp_path / "acme.yaml"
    file.write_text(MAPPING.replace("{", "{default: {qualifiedtobuy: quote}, ", 1))
    return file


def report(place: Workplace, file: Path, *words: str) -> Ended:
    against = ("--against", str(place.config), "--as-of", MOMENT)
    return typed("report", "--config", str(file), *against, *words)


def diff(place: Workplace, file: Path, *words: str) -> Ended:
    config = ("--config", str(place.config), "--as-of", MOMENT)
    return typed("mapping", "diff", str(file), *config, *words)


def found(done: Ended) -> Any:
    assert done.code == 0, done.err
    return json.loads(done.out)


def changes_of(body: Any, field: str) -> list[tuple[str, str | None, str | None]]:
    return [
        (row["relation_id"], row["before"], row["after"])
        for row in body["changes"]
        if row["field"] == field
    ]


def contents(place: Workplace) -> list[str]:
    with closing(sqlite3.connect(place.folder / "store.db")) as store:
        return list(store.iterdump())


def test_diff_names_the_relations_that_move_when_a_stage_moves(place, another_mapping):
    body = found(diff(place, another_mapping, "--format", "json"))

    moved = [("3", "interest", "quote"), ("4", "interest", "quote")]
    assert changes_of(body, "buying_phase") == moved
    assert changes_of(body, "is_top_relation") == []
    assert (body["unmapped"], body["notes"]) == ([], [])
    assert body["before"]["by_phase"]["interest"] == 2
    assert body["after"]["by_phase"]["interest"] == 0
    assert body["after"]["by_phase"]["quote"] - body["before"]["by_phase"]["quote"] == 2


def test_diff_of_a_copy_of_the_mapping_in_force_changes_nothing(place):
    done = diff(place, Path(shutil.copy(place.mapping, place.folder / "copy.yaml")))

    assert done.code == 0
    assert "nothing changes in is_top_relation" in done.said


def test_diff_of_the_mapping_in_force_itself_is_refused(place):
    done = diff(place, place.mapping)

    assert done.code == 2
    assert "is the mapping in force" in " ".join(done.said.split())


def test_diff_shows_labels_to_people(place, another_mapping):
    done = diff(place, another_mapping)

    assert done.code == 0
    assert "Offertefase" in done.said
    assert "Relaties per fase" in done.said


def test_diff_as_csv_has_one_line_for_each_change(place, another_mapping):
    done = diff(place, another_mapping, "--format", "csv")

    lines = done.out.splitlines()
    assert lines[0] == "relation_id,name,seller_id,seller,field,before,after"
    assert "3,Geheim 3,1,Sanne Geheim,buying_phase,interest,quote" in lines


def test_diff_lists_stages_that_the_mapping_leaves_out_with_their_deals(place, tmp_path):
    bare = tmp_path / "bare.yaml"
    bare.write_text("crm: hubspot\n")

    body = found(diff(place, bare, "--format", "json"))
    shown = diff(place, bare)

    assert body["unmapped"] == [{"pipeline": "4711", "stage": "90210", "deals": 3}]
    lost = [(one, "orienting", "unknown") for one in PROJECTS]
    assert changes_of(body, "buying_phase") == lost
    assert 'stage "90210" of pipeline "4711" has no line in this mapping: 3 deals' in shown.said


def test_report_names_the_relations_that_leave_the_top_when_the_bar_rises(place, other):
    body = found(report(place, other("top_relation: {enter: 1.5}\n" + MODE), "--format", "json"))

    assert changes_of(body, "is_top_relation") == [("2", "true", "false")]
    assert changes_of(body, "top_relation_basis") == [("2", "rule", "none")]
    assert (body["before"]["top_relations"], body["after"]["top_relations"]) == (2, 1)
    assert body["after"]["by_basis"]["rule"] == 1
    assert body["as_of"] == "2026-06-15T12:00:00+00:00"


def test_report_keeps_a_member_in_the_buffer_until_the_review(place, other):
    higher = other("top_relation: {enter: 1.5}\n" + MODE)

    body = found(report(place, higher, "--as-of", "2026-06-16T12:00Z", "--format", "json"))

    assert changes_of(body, "is_top_relation") == []
    assert changes_of(body, "top_relation_basis") == [("2", "rule", "buffer")]
    assert "leave at the monthly review alone" in body["notes"][0]


def test_report_shows_fifty_rows_and_says_how_many_more(place, other):
    ids = ", ".join(f'"{one}"' for one in range(1, RELATIONS + 1))
    nobody = other(f"universe: {{own_company_ids: [{ids}]}}\n" + MODE)

    shown = report(place, nobody)

    # 54 in all: four values of each relation, and the scores of the two on top
    assert "… and 4 more; --format json prints all" in shown.said
    assert shown.out.count("Geheim ") == 2 * 50  # the relation and its seller


def test_report_takes_the_mapping_of_the_other_configuration(place, other, another_mapping):
    body = found(report(place, other(mapping=another_mapping), "--format", "json"))

    assert [one for one, *_ in changes_of(body, "buying_phase")] == ["3", "4"]


def test_report_tells_every_fault_of_the_other_configuration_with_its_line(place, other):
    faulty = other("top_relation: {entr: 1.5}\nphase: {stale_deal: often}\n")
    lines = faulty.read_text().splitlines()

    done = report(place, faulty)

    assert done.code == 3
    assert f"other.yaml:{len(lines) - 1}: top_relation.entr" in done.err
    assert f"other.yaml:{len(lines)}: phase.stale_deal" in done.err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("account: acme", "account: zenith"), 'of account "zenith"'),
        (("store.db", "another.db"), "names another store"),
    ],
)
def test_report_refuses_the_configuration_of_another_account_or_store(place, other, change, told):
    file = other()
    file.write_text(file.read_text().replace(*change))

    done = report(place, file)

    assert done.code == 3
    assert told in done.err
    assert not (place.folder / "another.db").exists()


def test_report_finds_the_same_store_when_its_path_is_written_otherwise(place, other):
    file = other()
    near = f"{place.folder}/../{place.folder.name}/store.db"
    file.write_text(file.read_text().replace(f"{place.folder}/store.db", near))

    assert report(place, file).code == 0


def test_what_if_writes_nothing_and_asks_no_crm(synced, other, another_mapping):
    place, sandbox = synced
    before, calls = contents(place), sandbox.calls.total()

    assert diff(place, another_mapping).code == 0
    assert report(place, other("top_relation: {enter: 1.5}\n")).code == 0

    assert contents(place) == before
    assert sandbox.calls.total() == calls


def test_report_shows_scores_of_sellers_when_both_sides_allow_it(place, other):
    lenient = other("scores: {min_top_relations: 1}\n" + MODE)

    body = found(report(place, lenient, "--format", "json"))
    shown = report(place, lenient)

    (moved,) = body["sellers"]
    assert (moved["seller_id"], moved["seller"], moved["before"]) == ("1", "Sanne Geheim", None)
    assert 0 <= moved["after"] <= 100
    assert "Verkopersscores" in shown.said


def test_report_counts_sellers_whose_score_differs_in_mode_self(place, other):
    done = report(place, other("scores: {min_top_relations: 1}\nseller_metrics: {mode: self}\n"))

    assert "scores of 1 sellers differ" in done.said
    assert "Verkopersscores" not in done.said


def test_report_tells_nothing_of_sellers_in_mode_off(place, other):
    off = other("scores: {min_top_relations: 1}\nseller_metrics: {mode: off}\n")

    body = found(report(place, off, "--format", "json"))

    assert (body["sellers"], body["sellers_moved"]) == (None, None)


def test_report_says_so_when_nothing_was_pulled_yet(place, tmp_path):
    fresh = Workplace(tmp_path, "http://127.0.0.1:9")

    done = report(fresh, fresh.config)

    assert done.code == 0
    assert "the mirror holds no companies: run `toprelatie sync --only pull` first" in done.said


@pytest.mark.parametrize(
    "words",
    [
        ("--against", "config.yaml"),
        ("--config", "config.yaml", "phases"),
        ("--config", "config.yaml", "--format", "pdf"),
    ],
)
def test_report_is_refused_when_it_does_not_say_what_to_look_at(words):
    assert typed("report", *words).code == 2


def test_diff_refuses_a_format_that_it_does_not_know(place):
    assert diff(place, place.mapping, "--format", "pdf").code == 2


def test_report_says_what_only_a_pull_would_bring(place, other, tmp_path):
    file = tmp_path / "fields.yaml"
    file.write_text("crm: hubspot\nfields: {company: {segment: branche}}\n")

    done = report(place, other("activities: {since: 2026-01-01}\n", mapping=file))

    assert done.code == 0
    assert "other properties are named for companies.segment" in done.said
    assert "activities.since differs" in done.said
