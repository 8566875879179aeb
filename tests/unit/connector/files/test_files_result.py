"""Results beside the export: whole or not at all, and harmless in a spreadsheet."""

import errno
import os
from pathlib import Path

import pytest

from connector.files.result import read_results, save_results
from connector.ports import Change, ConfigError, PermanentCrmError, WriteOutcome
from tests.unit.connector.files.conftest import NOW


def written(export: Path) -> str:
    return (export / "results" / "companies.csv").read_bytes().decode()


def test_results_are_written_under_the_names_of_the_crm_in_the_order_of_ids(adapter, export):
    one = adapter()
    outcomes = list(
        one.write(
            "companies", [Change("3", {"potential_index": "10"}), Change("1", {"phase": "a"})]
        )
    )

    assert outcomes == [
        WriteOutcome("3", "written", {"potential_index": "10"}, NOW),
        WriteOutcome("1", "written", {"phase": "a"}, NOW),
    ]
    assert written(export) == "id,csk_phase,csk_potential_index\r\n1,a,\r\n3,,10\r\n"


def test_results_stand_as_read_at_the_next_pull(adapter):
    list(adapter().write("companies", [Change("1", {"phase": "a", "note": ""})]))

    (page,) = adapter().changes("companies", None)

    assert dict(page.records[0].standing) == {"phase": "a"}
    assert dict(page.records[1].standing) == {}


def test_value_that_is_emptied_no_longer_stands(adapter):
    list(adapter().write("companies", [Change("1", {"phase": "a", "basis": "b"})]))

    (outcome,) = adapter().write("companies", [Change("1", {"phase": ""})])

    assert outcome == WriteOutcome("1", "written", {}, NOW)
    (page,) = adapter().changes("companies", None)
    assert dict(page.records[0].standing) == {"basis": "b"}


def test_record_that_left_the_export_is_gone_and_its_results_with_it(adapter, export):
    list(adapter().write("companies", [Change("1", {"phase": "a"}), Change("2", {"phase": "b"})]))
    (export / "companies.csv").write_text("id\n 2 \n")

    outcomes = list(
        adapter().write("companies", [Change("1", {"phase": "c"}), Change("2", {"phase": "d"})])
    )

    assert [(one.external_id, one.status) for one in outcomes] == [("1", "gone"), ("2", "written")]
    assert written(export) == "id,csk_phase\r\n2,d\r\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+31", "'+31"),
        ("@x", "'@x"),
        ("-x", "'-x"),
        ("-1.2.3", "'-1.2.3"),
        ("\tx", "'\tx"),
        ("'x", "''x"),
        ("-12.50", "-12.50"),
        ("x=1", "x=1"),
    ],
)
def test_text_that_a_spreadsheet_would_run_is_marked_and_read_back_as_it_was(tmp_path, text, cell):
    save_results(tmp_path, "companies", {"1": {"note": text}}, prefix="csk_")

    assert (tmp_path / "companies.csv").read_bytes().decode() == f"id,csk_note\r\n1,{cell}\r\n"
    assert read_results(tmp_path, "companies", prefix="csk_") == {"1": {"note": text}}


def test_text_of_several_lines_is_read_back_as_it_was(tmp_path):
    values = {"1": {"note": '=a\r\nb;"c", d\n'}}

    save_results(tmp_path, "companies", values, prefix="csk_")

    assert read_results(tmp_path, "companies", prefix="csk_") == values


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_results_that_cannot_be_saved_leave_what_stood(adapter, export, monkeypatch, fails):
    list(adapter().write("companies", [Change("1", {"phase": "a"})]))
    stood = written(export)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*{"fsync": ("os.fsync", full), "replace": ("os.replace", full)}[fails])
    if fails == "replace":
        monkeypatch.setattr("pathlib.Path.replace", full)

    with pytest.raises(
        PermanentCrmError, match=r"results of companies cannot be written to .*: no space left"
    ):
        list(adapter().write("companies", [Change("1", {"phase": "b"})]))

    assert written(export) == stood


def test_run_that_dies_in_the_middle_of_saving_leaves_what_stood(adapter, export, monkeypatch):
    list(adapter().write("companies", [Change("1", {"phase": "a"})]))
    stood = written(export)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", die)
        with pytest.raises(KeyboardInterrupt):
            list(adapter().write("companies", [Change("1", {"phase": "b"})]))

    assert written(export) == stood
    list(adapter().write("companies", [Change("1", {"phase": "b"})]))
    assert written(export) == "id,csk_phase\r\n1,b\r\n"


def test_results_that_were_spoiled_by_hand_are_told(adapter, export):
    (export / "results").mkdir()
    (export / "results" / "companies.csv").write_text("name\nx\n")

    with pytest.raises(ConfigError, match=r'results/companies\.csv line 1: column "id" is missing'):
        list(adapter().changes("companies", None))
