"""An explanation as a tree on a terminal."""

import io

from rich.console import Console

from console.explain import print_tree
from kpis.explain import Node


def printed(node: Node) -> list[str]:
    out = io.StringIO()
    print_tree(Console(file=out, width=80), node)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_heading_stands_alone_and_a_value_stands_with_rule_and_reason():
    leaf = Node("Fase", "Offertefase", "3.2", "regel 5")

    assert printed(Node("KPI 2", "", "3", "", (leaf,))) == [
        "KPI 2  §3",
        "└── Fase: Offertefase  §3.2  regel 5",
    ]


def test_blank_value_is_a_dot_when_nothing_stands_below():
    assert printed(Node("Fase", "")) == ["Fase: ·"]


def test_value_with_lines_below_it_keeps_them():
    tree = Node("Score", "66", "6.1", "", (Node("Profiel", "0,6250", "", "× 25"),))

    assert printed(tree) == ["Score: 66  §6.1", "└── Profiel: 0,6250  × 25"]


def test_what_people_typed_steers_no_terminal_and_is_no_markup():
    tree = Node("Pain", "[bold]x[/bold]\x1b[31m\x07", "", "\x1b]0;title\x07")

    text = "".join(printed(tree))

    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]x[/bold]" in text
