"""Files that people write: YAML 1.2 with line numbers, and every fault of a file in one report.

In YAML 1.2 `off` and `no` are words. A key that occurs twice or is no text (a stage id read as a
number) is a fault, a number with a point is a Decimal, and an alias is refused: what holds at a
place is written at that place.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

PathInFile = tuple[str | int, ...]
"""Keys and positions (from 0) that lead to a value; empty for the whole file."""

UNREADABLE: Final = object()
"""Stands in the data for a value that is a fault already; no model accepts it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: where it stands (lines count from 1), what was found, what to do.

    One of a variable that is laid over the file has the variable's name and line 0.
    """

    file: str
    line: int
    path: PathInFile
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        return where + (f"{dotted(self.path)}: " if self.path else "") + self.message


class FileFaultsError(Exception):
    """A person must change a file: all its faults, in the order of its lines."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True)
class Document:
    """A file as plain data: dict, list, str, int, Decimal, date, bool or None.

    Attributes:
        faults: what is wrong with the writing itself; `validated` reports it with all the rest.
        variables: name of the variable that is laid over the file, by the path that it sets.
    """

    file: str
    data: object
    lines: Mapping[PathInFile, int] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    variables: Mapping[PathInFile, str] = field(default_factory=dict)

    def fault(self, path: PathInFile, message: str) -> Fault:
        """Fault of the value at that path, named by the variable that set it, else by its line."""
        for length in range(len(path), 0, -1):
            if (name := self.variables.get(path[:length])) is not None:
                return Fault(name, 0, path, message)
        within = [name for place, name in self.variables.items() if place[: len(path)] == path]
        if within and path not in self.lines:
            return Fault(", ".join(within), 0, path, message)
        if within and path:
            message += f" (see {', '.join(within)} too)"
        return Fault(self.file, self.line_of(path), path, message)

    def line_of(self, path: PathInFile) -> int:
        """Line of the key or item at that path, or of the nearest one that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def dotted(path: PathInFile) -> str:
    """Path as people write it: `stages.default.contractsent`."""
    return ".".join(str(part) for part in path)


def quoted(value: object) -> str:
    """Value as it stands in the file; a list or a group of keys by its kind alone."""
    match value:
        case Mapping():
            return "a group of keys"
        case list() | tuple():
            return "a list"
        case Decimal() | date():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def load_document(path: Path) -> Document:
    """Load one file.

    Raises:
        FileFaultsError: it cannot be read, or is no YAML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise FileFaultsError([Fault(str(path), 1, (), f"cannot be read: {reason}")]) from None
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        raise FileFaultsError([Fault(str(path), 1, (), message)]) from None
    return document_of(text, file=str(path))


def document_of(text: str, *, file: str) -> Document:
    """Document of a text; `file` is its name in faults.

    Raises:
        FileFaultsError: it is no YAML.
    """
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileFaultsError([Fault(file, line, (), f"no YAML: {error.problem}")]) from None
    except YAMLError as error:
        message = f"no YAML: {str(error).splitlines()[0]}"
        raise FileFaultsError([Fault(file, 1, (), message)]) from None
    reading = _Reading(file)
    data = {} if node is None else reading.value(node, ())
    return Document(file, data, reading.lines, tuple(reading.faults))


def text_at(text: str, path: PathInFile) -> str | None:
    """Writing of the plain value at that path of a text that is YAML; None where there is none."""
    node: Node | None = YAML(typ="safe", pure=True).compose(text)
    for step in path:
        match node, step:
            case MappingNode(), str():
                node = next((one for key, one in node.value if key.value == step), None)
            case SequenceNode(), int():
                node = node.value[step]
            case _:
                return None
    return str(node.value) if isinstance(node, ScalarNode) else None


class _Reading:
    """Turns the nodes of one file into plain data, noting lines and faults on the way."""

    def __init__(self, file: str) -> None:
        self.lines: dict[PathInFile, int] = {}
        self.faults: list[Fault] = []
        self._file = file
        self._seen: set[int] = set()
        constructor = YAML(typ="safe", pure=True).constructor
        self._readers: dict[str, Callable[[Node], object]] = {
            "str": lambda node: str(node.value),
            "null": lambda _: None,
            "bool": constructor.construct_yaml_bool,
            "int": constructor.construct_yaml_int,
            "float": lambda node: Decimal(node.value.replace("_", "")),  # .inf and .nan are none
            "timestamp": constructor.construct_yaml_timestamp,
        }

    def value(self, node: Node, path: PathInFile) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            return self._unreadable(path, "aliases (*name) are not read here; write the value out")
        self._seen.add(id(node))
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: PathInFile) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, path)
            here = (*path, key)
            if key in found:
                message = f"stands here a second time; the first is in line {self.lines[here]}"
                self._fault(key_node, here, message)
                continue
            self.lines[here] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, here)
        return found

    def _key(self, node: Node, path: PathInFile) -> str:
        if not isinstance(node, ScalarNode):
            self._fault(node, path, "a key must be text, not a list or a group of keys")
            return f"line {node.start_mark.line + 1}"
        key = str(node.value)
        if not str(node.tag).endswith(":str"):
            self._fault(node, (*path, key), f'a key must be text; quote it: "{key}"')
        return key

    def _scalar(self, node: Node, path: PathInFile) -> object:
        kind = str(node.tag).rpartition(":")[2]
        if kind not in self._readers:
            return self._unreadable(path, f"the tag {kind} is not read here; leave it out")
        try:
            return self._readers[kind](node)
        except (ValueError, ArithmeticError):
            text = quoted(str(node.value))
            return self._unreadable(path, f"{text} is no number or date; quote it if it is text")

    def _unreadable(self, path: PathInFile, message: str) -> object:
        self.faults.append(Fault(self._file, self.lines[path], path, message))
        return UNREADABLE

    def _fault(self, node: Node, path: PathInFile, message: str) -> None:
        self.faults.append(Fault(self._file, node.start_mark.line + 1, path, message))
