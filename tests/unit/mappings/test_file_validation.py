"""What pydantic finds is said with file, line, path, what was found and what is allowed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mappings.validation import validated
from mappings.yaml import FileFaultsError, document_of


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Oak(Closed):
    kind: Literal["oak"]
    rings: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _lucky(self) -> "Oak":
        if self.rings == 13:
            raise ValueError("rings must not be 13")
        return self


class Elm(Closed):
    kind: Literal["elm"]
    height: float


class Leaf(Closed):
    colour: Literal["red", "green"] = "red"


class Wood(Closed):
    tree: Annotated[Oak | Elm, Field(discriminator="kind")]
    leaves: tuple[Leaf, ...] = ()
    leaf_by_name: dict[str, Leaf] = {}
    spare: Leaf | None = None
    pair: tuple[int, int] = (0, 0)
    name: str | None = None
    ratio: Decimal = Decimal(1)
    two: tuple[Leaf, int] = (Leaf(), 1)
    day: date | None = None
    code: Annotated[str, Field(pattern="^[A-Z]+$")] = "A"
    is_old: bool = False


def reported(text: str) -> list[str]:
    with pytest.raises(FileFaultsError) as caught:
        validated(document_of(text, file="w.yaml"), Wood)
    return str(caught.value).splitlines()


def test_validated_gives_the_model_when_nothing_is_wrong():
    text = "tree: {kind: elm, height: 2.5}\nratio: 0.1\nleaves: [{colour: green}]"

    assert validated(document_of(text, file="w.yaml"), Wood) == Wood(
        tree=Elm(kind="elm", height=2.5), ratio=Decimal("0.1"), leaves=(Leaf(colour="green"),)
    )


def test_validated_reports_faults_of_writing_and_of_values_together():
    assert reported("tree: {kind: oak}\nname: 5\nratio: .nan\nname: x\n") == [
        "w.yaml:2: name: 5 must be text; quote it",
        'w.yaml:3: ratio: ".nan" is no number or date; quote it if it is text',
        "w.yaml:4: name: stands here a second time; the first is in line 2",
    ]


def test_validated_refuses_a_fault_of_writing_alone():
    assert reported("tree: {kind: oak}\ntree: {kind: elm}\n") == [
        "w.yaml:2: tree: stands here a second time; the first is in line 1"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "w.yaml:1: tree: is missing"),
        ("[1]", "w.yaml:1: a list must be a group of keys"),
        ("tree: {}", "w.yaml:1: tree: needs the key kind"),
        ("tree:\n  kind: fir", 'w.yaml:1: tree: "fir" is not known; use one of oak, elm'),
        ("tree:\n  kind: elm", "w.yaml:1: tree.height: is missing"),
        ("tree:\n  kind: oak\n  ring: 1", "w.yaml:3: tree.ring: unknown key; did you mean rings?"),
        (
            "tree:\n  kind: oak\n  height: 1",
            "w.yaml:3: tree.height: unknown key; use one of kind, rings",
        ),
        (
            "tree:\n  kind: oak\n  rings: 0",
            "w.yaml:3: tree.rings: 0 must be greater than or equal to 1",
        ),
        ("tree:\n  kind: oak\n  rings: 13", "w.yaml:1: tree: rings must not be 13"),
    ],
)
def test_fault_names_path_and_remedy(text, expected):
    assert reported(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "leaves:\n- colour: blue",
            'leaves.0.colour: "blue" is not allowed; use one of red, green',
        ),
        ("leaves:\n- color: red", "leaves.0.color: unknown key; did you mean colour?"),
        (
            "leaf_by_name:\n  a: {color: red}",
            "leaf_by_name.a.color: unknown key; did you mean colour?",
        ),
        ("spare:\n  color: red", "spare.color: unknown key; did you mean colour?"),
        ("two:\n- color: red\n- 1", "two.0.color: unknown key; leave it out"),
        ("leaves:\n  a", 'leaves: "a" must be a list'),
        ("spare:\n  5", "spare: 5 must be a group of keys"),
        ("pair:\n  [1]", "pair.1: is missing"),
        (
            "pair:\n  [1, x]",
            'pair.1: "x" must be a whole number',
        ),
        ("name:\n  2026-01-01", "name: 2026-01-01 must be text; quote it"),
        ("name:\n  0.50", "name: 0.50 must be text; quote it"),
        ("name:\n  true", "name: true must be text; quote it"),
        ("name:\n  [a]", "name: a list must be text"),
        (
            "ratio:\n  {a: 1}",
            "ratio: a group of keys must be a number",
        ),
        ("day:\n  soon", 'day: "soon" must be a day, such as 2026-01-31'),
        ("day:\n  5", "day: 5 must be a day, such as 2026-01-31"),
        ("code:\n  a", "code: \"a\" must match pattern '^[A-Z]+$'"),
        ("is_old:\n  perhaps", 'is_old: "perhaps" must be true or false'),
        ("ratio:\n  ~", "ratio: null must be a number"),
    ],
)
def test_fault_says_what_was_found_and_what_is_allowed(text, expected):
    [found] = reported(f"tree: {{kind: oak}}\n{text}")

    assert found.split(": ", 1)[1] == expected
