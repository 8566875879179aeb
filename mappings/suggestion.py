"""Lines of a suggested file: what they say, and whether a person has to look at them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Mark = Literal["", "check", "open"]
"""`check`: it rests on a guess, which the reason names. `open`: nothing tells, so a person must."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


class CrmProperty(Protocol):
    """A property as the CRM defines it (`connector.ports.PropertyDefinition`)."""

    @property
    def name(self) -> str:
        """Internal name."""
        ...

    @property
    def label(self) -> str:
        """What people call it."""
        ...

    @property
    def value_type(self) -> str:
        """Kind of its values: string, number, enumeration, bool, date, datetime."""
        ...

    @property
    def options(self) -> Mapping[str, str]:
        """Label by value; empty where it has none."""
        ...

    @property
    def number_hint(self) -> str | None:
        """How a number is shown: `percentage`, `currency`, ..."""
        ...


Properties = Mapping[str, CrmProperty]
"""Properties of one object type by their internal names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    text: str
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested file."""

    lines: Sequence[Line]

    @property
    def text(self) -> str:
        """The file."""
        return "".join(f"{line.text}\n" for line in self.lines)

    def marked(self, mark: Mark) -> Iterator[tuple[int, str]]:
        """Yield number (from 1) and text of the lines with this mark."""
        for number, line in enumerate(self.lines, start=1):
            if line.mark == mark:
                yield number, line.text.strip()


def answered(indent: int, name: str, value: str, reason: str, *, mark: Mark = "") -> Line:
    """Line that gives a value, with its reason; one to be checked says so."""
    check = "check: " if mark == "check" else ""
    return Line(f"{' ' * indent}{name}: {value}  # {check}{reason}", mark)


def left_open(indent: int, name: str, question: str) -> Line:
    """Line that gives no value and asks for one."""
    return Line(f"{' ' * indent}# {name}:   # {question}", "open")


def labelled(text: str) -> str:
    """Label in quotes, on one line whatever it holds."""
    return '"' + "".join(letter if letter.isprintable() else " " for letter in text) + '"'


def scalar(text: str) -> str:
    """Text as YAML reads it back: quoted unless it is a plain word."""
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def word_in(label: str, words: Sequence[str]) -> str | None:
    """First word of a label that begins with one of these (regular expressions)."""
    match = re.search(rf"\b(?:{'|'.join(words)})\w*", label, re.IGNORECASE)
    return match[0] if match else None
