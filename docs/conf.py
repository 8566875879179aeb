"""Settings of the documentation site: `make docs` builds it into docs/_build, without network."""

from collections.abc import Iterator
from fnmatch import filter as matching
from pathlib import Path
from typing import Any

project = "Toprelatie"
author = "Toprelatie"
copyright = "Toprelatie, Apache License 2.0"  # noqa: A001 - the name that Sphinx reads

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]  # a terminal shows what no lexer expects

html_theme = "furo"
html_title = "Toprelatie"
html_copy_source = False
html_show_sphinx = False

PAGES = {
    "First steps": ("quick-start*", "card*", "mapping*", "load-layout*"),
    "The method": ("method*",),
    "Running it": ("deploy*", "operation*", "watching*", "security*"),
    "Look up": ("commands*", "architecture*", "adapter*", "*"),
}
"""Parts of the index with the names of their pages in order; a new page is in the last part."""

HERE = Path(__file__).parent


def table_of_pages() -> Iterator[str]:
    """The toctrees of the index, of all pages that are there."""
    left = sorted(page.stem for page in HERE.glob("*.md") if page.stem != "index")
    for caption, patterns in PAGES.items():
        named: list[str] = []
        for pattern in patterns:
            named += matching(left, pattern)
            left = [name for name in left if name not in named]
        if named:
            head = ["```{toctree}", ":maxdepth: 1", f":caption: {caption}", ""]
            yield "\n".join([*head, *named, "```", ""])


def fill_index(_app: object, name: str, source: list[str]) -> None:
    """Put the pages into the index."""
    if name == "index":
        source[0] = source[0].replace("<!-- pages -->", "\n".join(table_of_pages()))


def setup(app: Any) -> None:  # noqa: ANN401 - Sphinx is loaded by nobody but itself
    """Called by Sphinx."""
    app.connect("source-read", fill_index)
