"""Options that several commands share, and the consoles they print to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.wiring import Wiring, open_wiring

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Configuration file; else $TOPRELATIE_CONFIG, else config.yaml.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    str, typer.Option("--format", help="table, csv or json.", show_default="table")
]

PIPE_WIDTH = 110


def to_stdout() -> Console:
    """Console for results; where no terminal tells its width, wide enough for a table."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)


def to_stderr() -> Console:
    """Console for progress and remarks, so that results can be piped."""
    return Console(stderr=True, soft_wrap=True)


@contextmanager
def opened(config: Path | None) -> Iterator[Wiring]:
    """Wiring of the configured account, closed at the end."""
    wiring = open_wiring(config)
    try:
        yield wiring
    finally:
        wiring.close()
