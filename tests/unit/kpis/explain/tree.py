"""Explanations for tests: a scene explained, and a tree searched and written as lines."""

from collections.abc import Iterator
from typing import Any

from kpis.explain import Node, explain, labelled
from kpis.frames import OwnHistory
from kpis.parameters import Parameters
from tests.unit.kpis.builders import TEXTS
from tests.unit.kpis.phase.world import AS_OF
from tests.unit.kpis.scene import Scene


def explained(
    scene: Scene, relation_id: str = "1", history: OwnHistory | None = None, **sections: Any
) -> Node:
    """Explanation of one relation of a scene."""
    return explain(
        scene.results(history=history, **sections),
        scene.mirror(),
        Parameters.model_validate(sections),
        TEXTS,
        relation_id,
        as_of=AS_OF,
    )


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from top to bottom."""
    yield node
    for child in node.children:
        yield from walk(child)


def one(node: Node, *names: str) -> Node:
    """The only node of that name below the only node of the name before it."""
    for name in names:
        found = [below for below in walk(node) if below.name == name]
        assert len(found) == 1, f"{name}: {len(found)} lines"
        node = found[0]
    return node


def children(node: Node) -> list[tuple[str, str, str]]:
    """Name, value and note of what a node rests on."""
    return [(below.name, below.value, below.note) for below in node.children]


def lines(node: Node, depth: int = 0) -> Iterator[str]:
    """One line per node, as deep as it stands."""
    text = "; ".join(node.value.split("\n"))
    parts = (f"{node.name}: {text}" if text else node.name, f"§{node.rule}", node.note)
    yield "  " * depth + " | ".join(part for part in parts if part != "§").rstrip(" |")
    for child in node.children:
        yield from lines(child, depth + 1)


def page(node: Node) -> str:
    """All lines of a tree under the labels that people read."""
    return "\n".join(lines(labelled(node, TEXTS, "nl"))) + "\n"
