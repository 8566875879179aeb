"""The command line: every command, and how each kind of trouble ends it."""

import sys

import typer
from rich.console import Console

from console import demo, explain, mapping, report, serve, setup, sync
from console.logs import configure_logs
from jobs.exits import KNOWN_ERRORS, Exit, exit_of, sentence_of

app = typer.Typer(
    name="toprelatie",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def begin() -> None:
    """Consultative-selling KPIs, computed from a CRM and shown inside it."""
    configure_logs(as_json=not sys.stderr.isatty())


app.command()(demo.demo)
app.command()(setup.check)
app.command(name="setup")(setup.setup)
app.command(name="sync")(sync.sync)
app.add_typer(report.app, name="report")
app.add_typer(mapping.app, name="mapping")
app.add_typer(sync.runs_app, name="runs")
app.command(name="explain")(explain.explain)
app.command(name="serve")(serve.serve)
app.command()(demo.sandbox)


def main() -> None:
    """Run one command; known trouble becomes a sentence on standard error and an exit code."""
    try:
        app()
    except KNOWN_ERRORS as error:
        Console(stderr=True, soft_wrap=True).print(sentence_of(error), style="red", markup=False)
        sys.exit(exit_of(error))
    except KeyboardInterrupt:
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    main()
