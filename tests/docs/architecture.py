"""The picture of the house and the table of its contracts, drawn from the imports as they are.

`python tests/docs/architecture.py --write` writes docs/pictures/architecture.svg and the table in
docs/architecture.md anew; without it, it fails when one of them is stale. That a number moved makes
nothing stale: it does with nearly every change.
"""

import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import grimp

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- contracts -->\n", "<!-- end of contracts -->\n"

BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 158, 62, 26, 24
STEP_X, STEP_Y = BOX_WIDTH + GAP, BOX_HEIGHT + GAP
INK, LINE, BAND, FILL = "#1f2d3d", "#5b7a99", "#f2f5f8", "#ffffff"
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"
SVG = f'role="img" font-family="{FONT}"'
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    f' orient="auto"><path d="M0 0 8 4 0 8z" fill="{LINE}"/></marker></defs>'
)


def settings() -> dict[str, Any]:
    """What pyproject.toml tells import-linter."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["tool"]["importlinter"]
    return found


def layers_of(linter: dict[str, Any]) -> list[list[str]]:
    """Rooms from the top of the house down; those of one layer never import each other."""
    (layers,) = (one["layers"] for one in linter["contracts"] if one["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def imports_between(rooms: list[str]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """How many modules of one room import one of another, and how many modules each has."""
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph(*rooms, cache_dir=None)
    between: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        source = module.partition(".")[0]
        for imported in graph.find_modules_directly_imported_by(module):
            target = imported.partition(".")[0]
            if target != source:
                between[source, target] += 1
    return between, Counter(module.partition(".")[0] for module in graph.modules)


def parts_of(room: str) -> str:
    """Names of the rooms within a room."""
    found = sorted(one.parent.name for one in (ROOT / room).glob("*/__init__.py"))
    return ", ".join(name for name in found if name != "migrations")


def drawing(layers: list[list[str]], between: Counter[tuple[str, str]], sizes: Counter[str]) -> str:
    """SVG: rooms on a diagonal; each arrow leaves to the right, and falls on what is imported."""
    rooms = [room for layer in layers for room in layer]
    place = {room: number for number, room in enumerate(rooms)}
    width = 2 * MARGIN + len(rooms) * STEP_X - GAP
    height = 2 * MARGIN + len(rooms) * STEP_Y - GAP
    named = ", ".join(
        f"{source} imports {target} {count} times"
        for (source, target), count in sorted(between.items())
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {SVG}>',
        f"<title>The rooms of the house and their imports</title><desc>{escape(named)}</desc>",
        TIP,
        f'<rect width="{width}" height="{height}" rx="8" fill="{FILL}"/>',
        *_bands(layers, place, width),
        *_arrows(rooms, place, between),
        *(line for room in rooms for line in _box(room, place[room], sizes[room])),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _corner(number: int) -> tuple[int, int]:
    return MARGIN + number * STEP_X, MARGIN + number * STEP_Y


def _bands(layers: list[list[str]], place: dict[str, int], width: int) -> Iterator[str]:
    for layer in layers:
        _, top = _corner(place[layer[0]])
        tall = len(layer) * STEP_Y - GAP
        yield (
            f'<rect x="{MARGIN // 2}" y="{top - 8}" width="{width - MARGIN}" height="{tall + 16}"'
            f' rx="6" fill="{BAND}"/>'
        )


def _arrows(
    rooms: list[str], place: dict[str, int], between: Counter[tuple[str, str]]
) -> Iterator[str]:
    labels = []
    for source in rooms:
        left, top = _corner(place[source])
        y = top + BOX_HEIGHT // 2
        for target in rooms:
            if count := between[source, target]:
                x = _corner(place[target])[0] + BOX_WIDTH // 2
                bottom = _corner(place[target])[1] - 1
                yield (
                    f'<path d="M{left + BOX_WIDTH} {y}H{x}V{bottom}" fill="none" stroke="{LINE}"'
                    ' stroke-width="1.5" marker-end="url(#tip)"/>'
                )
                labels.append(_label(x, y, count))
    yield from labels


def _label(x: int, y: int, count: int) -> str:
    return (
        f'<rect x="{x - 17}" y="{y - 11}" width="34" height="22" rx="11" fill="{FILL}"'
        f' stroke="{LINE}"/><text x="{x}" y="{y + 4}" text-anchor="middle" font-size="12"'
        f' fill="{INK}">{count}</text>'
    )


def _box(room: str, number: int, size: int) -> Iterator[str]:
    left, top = _corner(number)
    middle = left + BOX_WIDTH // 2
    yield (
        f'<rect x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
        f' fill="{FILL}" stroke="{INK}" stroke-width="1.5"/>'
    )
    parts = parts_of(room)
    rows = [(room, 15, 600), (f"{size} modules", 11, 400), *([(parts, 10, 400)] if parts else [])]
    first = top + (23 if parts else 28)
    for row, (text, points, weight) in enumerate(rows):
        yield (
            f'<text x="{middle}" y="{first + 16 * row}" text-anchor="middle"'
            f' font-size="{points}" font-weight="{weight}" fill="{INK}">{escape(text)}</text>'
        )


def contracts_of(linter: dict[str, Any]) -> str:
    """Table of all contracts as they stand."""
    rows = [f"| {one['name']} | {_terms(one)} |" for one in linter["contracts"]]
    return "\n".join(["| contract | terms |", "| --- | --- |", *rows]) + "\n"


def _terms(contract: dict[str, Any]) -> str:
    match contract["type"]:
        case "layers":
            return " → ".join(contract["layers"]).replace("|", "and")
        case "independence":
            return f"{_named(contract['modules'])} must not import each other"
        case _:
            indirect = ", directly" if contract.get("allow_indirect_imports") else ""
            source = _named(contract["source_modules"])
            return f"{source} must not import{indirect}: {_named(contract['forbidden_modules'])}"


def _named(modules: list[str]) -> str:
    return ", ".join(f"`{one}`" for one in modules)


def _but_numbers(text: str) -> str:
    return re.sub(r"\b\d+ (times|modules)|>\d+<", "", text)


def main() -> int:
    """Write both, or tell which is stale."""
    linter = settings()
    layers = layers_of(linter)
    between, sizes = imports_between(linter["root_packages"])
    page = PAGE.read_text(encoding="utf-8")
    head, tail = page.partition(BEGIN)[0], page.partition(END)[2]
    wanted = {
        PICTURE: drawing(layers, between, sizes),
        PAGE: head + BEGIN + "\n" + contracts_of(linter) + "\n" + END + tail,
    }
    if "--write" in sys.argv:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
    stale = [
        path.relative_to(ROOT)
        for path, text in wanted.items()
        if not path.exists() or _but_numbers(path.read_text(encoding="utf-8")) != _but_numbers(text)
    ]
    for path in stale:
        sys.stderr.write(f"{path} is stale: python tests/docs/architecture.py --write\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
