"""What the folder says of the account, and every fault of its files with its place."""

from datetime import date
from decimal import Decimal

import pytest

from connector.files.settings import FilesSettings
from connector.files.table import MAX_CELL, digest_of, read_header, read_lines
from connector.ports import ConfigError


def test_account_is_named_after_its_folder_when_no_file_names_it(adapter):
    described = adapter().describe()

    assert described.account_id == "export"
    assert (described.currency, described.timezone) == (None, None)
    assert (described.owners, described.rates) == ((), ())
    assert "contacts" not in described.capabilities.readable
    assert "deals" not in described.capabilities.readable
    assert "calls" in described.capabilities.readable
    assert not described.capabilities.has_history
    assert not described.capabilities.has_splits


def test_account_is_described_by_the_files_that_are_there(adapter, export):
    (export / "account.csv").write_text(
        "key,value\naccount_id,77\ncurrency,EUR\ntimezone,Europe/Amsterdam\n"
    )
    (export / "owners.csv").write_text(
        "id,first_name,last_name,archived\n5,Anna,Bos,false\n6,,,true\n"
    )
    (export / "exchange_rates.csv").write_text("currency,valid_from,rate\nUSD,2026-01-01,0.92\n")
    (export / "properties.csv").write_text(
        "object_type,name,label,type,field_type,options\n"
        "companies,tier,Klasse,enumeration,select,a=Een;b=Twee\n"
        "deals,other,,,,\n"
    )
    for name in ("history", "splits", "deals"):
        (export / f"{name}.csv").write_text("id\n")

    described = adapter().describe()

    assert (described.account_id, described.currency) == ("77", "EUR")
    assert described.timezone == "Europe/Amsterdam"
    assert [(one.external_id, one.name, one.is_archived) for one in described.owners] == [
        ("5", "Anna Bos", False),
        ("6", "6", True),
    ]
    (rate,) = described.rates
    assert (rate.currency, rate.valid_from, rate.rate) == ("USD", date(2026, 1, 1), Decimal("0.92"))
    assert set(described.properties["companies"]) == {"name", "tier"}
    assert described.properties["companies"]["tier"].options == {"a": "Een", "b": "Twee"}
    other = described.properties["deals"]["other"]
    assert (other.label, other.value_type, other.field_type) == ("other", "string", "text")
    assert described.capabilities.has_history
    assert described.capabilities.has_splits


def test_stage_is_won_or_lost_only_when_it_is_closed(adapter, export):
    (export / "pipelines.csv").write_text(
        "pipeline_id,stage_id,probability,is_closed,display_order,stage_label\n"
        "a,open,1.0,false,2,Open\na,won,1.0,true,,\na,lost,0.0,true,,\na,odd,0.5,true,,\n"
    )

    stages = adapter().describe().stages

    assert [(one.stage, one.is_won, one.is_lost) for one in stages] == [
        ("open", False, False),
        ("won", True, False),
        ("lost", False, True),
        ("odd", False, False),
    ]
    assert (stages[0].label, stages[0].display_order) == ("Open", 2)
    assert (stages[1].label, stages[1].pipeline_label, stages[1].display_order) == ("won", "a", 0)


@pytest.mark.parametrize("name", ["companies.csv", "pipelines.csv"])
def test_required_file_that_is_missing_is_named(adapter, export, name):
    (export / name).unlink()

    with pytest.raises(ConfigError, match=rf"export: {name} is not there: export it, or mend"):
        adapter().describe()


def test_folder_that_is_missing_is_named(adapter, export):
    export.rename(export.with_name("moved"))

    with pytest.raises(ConfigError, match=r"export: companies\.csv is not there"):
        adapter().describe()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("companies.csv", "id,name,name\n", r'line 1: column "name" stands twice: keep one'),
        ("contacts.csv", b"id,caf\xe9\n", r"line 1: no UTF-8 text from about here: export it"),
        ("contacts.csv", 'id,"name\n', r"line 1: unexpected end of data: mend the quotes"),
        ("owners.csv", "name\nAnna\n", r'line 1: column "id" is missing among name: add it'),
        ("owners.csv", "", r'line 1: column "id" is missing among nothing: add it'),
        ("owners.csv", "id\n5,Anna\n", r"line 2: more cells than columns: put texts in quotes"),
        ("owners.csv", 'id\n5\n\n"6\n7\n', r"line 4: unexpected end of data: mend the quotes"),
        ("owners.csv", b"id\n5\n\xe9\n", r"line \d: no UTF-8 text from about here"),
        (
            "pipelines.csv",
            "pipeline_id,stage_id,probability\na,b,0.5\na,c,half\n",
            r"line 3: probability is not a plain number: mend that cell",
        ),
        (
            "exchange_rates.csv",
            'currency,valid_from,rate\nUSD,2026-01-01,"0,92"\n',
            r"line 2: rate is not a plain number: mend that cell",
        ),
        (
            "exchange_rates.csv",
            "currency,valid_from,rate\nUSD,soon,0.92\n",
            r"line 2: valid_from is no date: mend that cell",
        ),
        (
            "exchange_rates.csv",
            "currency,valid_from,rate\nUSD,2026-01-01,\n",
            r"line 2: rate is empty: mend that cell",
        ),
        (
            "exchange_rates.csv",
            "currency,valid_from,rate\nUSD,,0.92\n",
            r"line 2: rate is empty: mend that cell",
        ),
    ],
)
def test_fault_of_a_file_is_told_with_its_line(adapter, export, name, text, told):
    (export / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(ConfigError, match=rf"files: .*{name} {told}"):
        adapter().describe()


def test_path_that_is_no_file_is_told(export):
    (export / "calls.csv").mkdir()

    for read in (lambda path: list(read_lines(path)), read_header, lambda path: digest_of([path])):
        with pytest.raises(ConfigError, match=r"calls\.csv: cannot be read: is a directory: mend"):
            read(export / "calls.csv")


def test_cell_may_be_as_long_as_the_bound_and_not_longer(export):
    path = export / "notes.csv"
    path.write_text("id\n" + "a" * MAX_CELL + "\n")
    (line,) = read_lines(path)
    path.write_text("id\n" + "a" * (MAX_CELL + 1) + "\n")

    assert len(line.cells["id"]) == 1_000_000
    with pytest.raises(ConfigError, match="line 2: field larger than field limit"):
        list(read_lines(path))


def test_lines_are_counted_as_an_editor_does(export):
    path = export / "notes.csv"
    path.write_bytes(b'\xef\xbb\xbf id ,text\r\n1,"two\nlines"\r\n\r\n2\r\n3,a,b\r\n')

    lines = list(read_lines(path, needs=("id",)))

    assert [(one.number, one.cells, one.is_too_long) for one in lines] == [
        (2, {"id": "1", "text": "two\nlines"}, False),
        (5, {"id": "2", "text": ""}, False),
        (6, {"id": "3", "text": "a"}, True),
    ]


def test_file_that_is_absent_has_no_lines_and_no_header(export):
    assert list(read_lines(export / "calls.csv", needs=("id",))) == []
    assert read_header(export / "calls.csv") == []


def test_digest_tells_a_changed_file_and_its_name(export):
    before = digest_of([export / "companies.csv"])
    (export / "companies.csv").write_text("id\n1\n")

    assert digest_of([export / "companies.csv"]) != before
    assert digest_of([export / "calls.csv"]) != digest_of([export / "emails.csv"])


def test_results_may_not_stand_in_the_export_itself(export):
    with pytest.raises(ValueError, match="output is the folder itself"):
        FilesSettings(kind="files", folder=export, output=export / "x" / "..")

    assert FilesSettings(kind="files", folder=export).results == export / "results"
    assert FilesSettings(kind="files", folder=export, output=export.parent).results == export.parent
