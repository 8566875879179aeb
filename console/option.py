"""Options that several commands share, and the consoles they print to."""

from collections.abc import Iterator, Sequence
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

FORMATS = ("table", "csv", "json")
PIPE_WIDTH = 110


def check_format(output: str, formats: Sequence[str] = FORMATS) -> None:
    """Let a known format pass; the error names all formats of the command.

    Raises:
        typer.BadParameter: there is no such format.
    """
    if output not in formats:
        raise typer.BadParameter(f"{output!r} is none of {', '.join(formats)}")


def printable(text: str) -> str:
    """Text without signs that would steer a terminal; it may hold what people typed."""
    return "".join(one if one.isprintable() or one == "\n" else " " for one in text)


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
