"""Files are read as YAML 1.2, with lines, exact numbers and every fault at once."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.yaml import Fault, FileFaultsError, document_of, load_document


def faults(text: str) -> list[str]:
    """Faults of the writing, whether it was readable or not."""
    try:
        return [str(fault) for fault in document_of(text, file="a.yaml").faults]
    except FileFaultsError as error:
        return str(error).splitlines()


def test_document_reads_every_kind_of_value_exactly():
    document = document_of(
        "text: off\nno: no\nquoted: '5'\nwhole: 012\nhex: 0x1F\nmoney: 0.10\nbig: 1_000.5\n"
        "yes: true\nnothing: ~\nday: 2026-01-31\nlist: [1, [a]]\n",
        file="a.yaml",
    )

    assert document.faults == ()
    assert document.data == {
        "text": "off",
        "no": "no",
        "quoted": "5",
        "whole": 12,
        "hex": 31,
        "money": Decimal("0.10"),
        "big": Decimal("1000.5"),
        "yes": True,
        "nothing": None,
        "day": date(2026, 1, 31),
        "list": [1, ["a"]],
    }
    assert isinstance(document.data, dict)
    assert str(document.data["money"]) == "0.10"


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_document_of_nothing_is_empty(text):
    assert not document_of(text, file="a.yaml").data


def test_document_knows_the_line_of_each_key_and_item():
    document = document_of("a: 1\nb:\n  c: x\n  d:\n    - 1\n    - e: 2\n", file="a.yaml")

    assert document.line_of(("a",)) == 1
    assert document.line_of(("b", "c")) == 3
    assert document.line_of(("b", "d", 1)) == 6
    assert document.line_of(("b", "d", 1, "e")) == 6


def test_document_gives_the_line_of_what_holds_a_missing_key():
    document = document_of("\na:\n  b: 1\n", file="a.yaml")

    assert document.line_of(("a", "x", "y")) == 2
    assert document.line_of(("x",)) == 2
    assert document_of("", file="a.yaml").line_of(("x",)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1\nb: 2\na: 3\na: 4\n",
            [
                "a.yaml:3: a: stands here a second time; the first is in line 1",
                "a.yaml:4: a: stands here a second time; the first is in line 1",
            ],
        ),
        (
            "s:\n  2148: x\n  0.5: x\n  true: x\n  ~: x\n  2026-01-01: x\n",
            [
                'a.yaml:2: s.2148: a key must be text; quote it: "2148"',
                'a.yaml:3: s.0.5: a key must be text; quote it: "0.5"',
                'a.yaml:4: s.true: a key must be text; quote it: "true"',
                'a.yaml:5: s.~: a key must be text; quote it: "~"',
                'a.yaml:6: s.2026-01-01: a key must be text; quote it: "2026-01-01"',
            ],
        ),
        (
            "a: &x [1]\nb: *x\n<<: *x\n",
            [
                "a.yaml:2: b: aliases (*name) are not read here; write the value out",
                'a.yaml:3: <<: a key must be text; quote it: "<<"',
                "a.yaml:3: <<: aliases (*name) are not read here; write the value out",
            ],
        ),
        ("a: &x [*x]\n", ["a.yaml:1: a.0: aliases (*name) are not read here; write the value out"]),
        ("? [1]\n: 2\n", ["a.yaml:1: a key must be text, not a list or a group of keys"]),
        ("a: !secret b\n", ["a.yaml:1: a: the tag !secret is not read here; leave it out"]),
        (
            "a: .inf\nb: 2026-02-30\n",
            [
                'a.yaml:1: a: ".inf" is no number or date; quote it if it is text',
                'a.yaml:2: b: "2026-02-30" is no number or date; quote it if it is text',
            ],
        ),
        ("a: 1\nb: [1\n", ["a.yaml:3: no YAML: expected ',' or ']', but got '<stream end>'"]),
        ("a: */15\n", ["a.yaml:1: no YAML: found undefined alias '/15'"]),
        ("a: 1\n---\nb: 2\n", ["a.yaml:2: no YAML: but found another document"]),
    ],
)
def test_document_tells_each_fault_of_the_writing(text, expected):
    assert faults(text) == expected


def test_document_refuses_a_character_that_no_file_may_hold():
    [fault] = faults("a: 1\nb: \x01\n")

    assert fault.startswith("a.yaml:1: no YAML: unacceptable character #x0001")


def test_load_document_names_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(FileFaultsError) as caught:
        load_document(tmp_path / "none.yaml")

    expected = f"{tmp_path}/none.yaml:1: cannot be read: no such file or directory"
    assert str(caught.value) == expected


def test_load_document_names_the_byte_that_is_not_utf_8(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"a: caf\xe9\n")

    with pytest.raises(FileFaultsError, match="byte 7 is not UTF-8; save the file as UTF-8"):
        load_document(tmp_path / "a.yaml")


def test_load_document_skips_a_byte_order_mark(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")

    assert load_document(tmp_path / "a.yaml").data == {"a": 1}


def test_faults_are_told_in_the_order_of_their_lines():
    late, early = Fault("a.yaml", 9, ("x",), "late"), Fault("a.yaml", 2, (), "early")

    assert str(FileFaultsError([late, early])) == "a.yaml:2: early\na.yaml:9: x: late"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_read_or_refused_with_a_line(text):
    for fault in faults(text):
        assert fault.startswith("a.yaml:")
