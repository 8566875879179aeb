"""Whole runs over a folder of files: nothing to set up, results beside it."""

import csv
from pathlib import Path

import pytest

from jobs.report import revenue_report
from jobs.undo import undo
from tests.acceptance.small_account import AS_OF
from tests.acceptance.workplace import Workplace, silent

MAPPED = "crm: hubspot\nstages: {sales: {won: order, lost: lost}}\n"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    export = tmp_path / "export"
    export.mkdir()
    texts = {
        "account": "key,value\ncurrency,EUR\n",
        "companies": "id,name,hubspot_owner_id\n1,Een,5\n2,Twee,5\n",
        "owners": "id,first_name\n5,Anna\n",
        "pipelines": "pipeline_id,stage_id,probability,is_closed\n"
        "sales,won,1.0,true\nsales,lost,0.0,true\n",
        "deals": "id,pipeline,dealstage,amount,closedate,hubspot_owner_id,createdate\n"
        "7,sales,won,1000,2026-06-02T09:00:00Z,5,2026-05-02T09:00:00Z\n",
        "associations": "from_type,from_id,to_type,to_id,label\ndeals,7,companies,1,Primary\n",
    }
    for name, text in texts.items():
        (export / f"{name}.csv").write_text(text)
    place = Workplace(tmp_path, "http://127.0.0.1:1", mapping=MAPPED)
    place.use_files(export, tmp_path / "results")
    return place


def results(place: Workplace) -> dict[str, dict[str, str]]:
    with (place.folder / "results" / "companies.csv").open(newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_run_writes_its_results_beside_the_export_without_set_up(place):
    report = place.sync(as_of=AS_OF)

    assert report.status == "done"
    assert {one: row["csk_buying_phase"] for one, row in results(place).items()} == {
        "1": "order",
        "2": "unknown",
    }
    assert results(place)["1"]["csk_revenue_ytd"] == "1000"


def test_run_over_files_is_undone_like_any_other(place):
    place.sync(as_of=AS_OF)
    before = {
        one: {name for name, text in row.items() if name.startswith("csk_") and text}
        for one, row in results(place).items()
    }

    with place.opened() as wiring:
        report = undo(wiring, 1, silent)

    assert min(map(len, before.values())) > 10
    assert report.status == "done"
    assert [name for row in results(place).values() for name, text in row.items() if text] == [
        "id",
        "id",
    ]


def test_second_run_over_the_same_files_writes_nothing(place):
    place.sync(as_of=AS_OF)
    stood = (place.folder / "results" / "companies.csv").stat().st_mtime_ns

    again = place.sync(as_of=AS_OF)

    assert again.found == []
    assert (place.folder / "results" / "companies.csv").stat().st_mtime_ns == stood


def test_run_without_deals_leaves_their_object_out(place):
    for name in ("deals", "associations"):
        (place.folder / "export" / f"{name}.csv").unlink()

    report = place.sync(as_of=AS_OF)

    assert {one.object_type for one in report.found} == {"companies"}
    assert not (place.folder / "results" / "deals.csv").exists()


def test_revenue_is_reported_by_relation_with_its_name(place):
    place.sync(as_of=AS_OF)
    with place.opened() as wiring:
        rows = revenue_report(
            wiring, start=AS_OF.date().replace(day=1), end=AS_OF.date(), by="relation", as_of=AS_OF
        )

    assert rows.select("relation_id", "name", "amount").rows() == [("1", "Een", 1000)]
    assert rows["period"].to_list() == ["2026-06-01/2026-06-30"]
