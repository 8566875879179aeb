"""The command line: every command, and how each kind of trouble ends it."""

import gc
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer
from rich.console import Console

from console.lazy import LazyGroup, Place
from console.logs import configure_logs
from jobs.exits import KNOWN_ERRORS, Exit, exit_of, sentence_of


class Toprelatie(LazyGroup):
    """Every command of ours; each is imported when it is asked for."""

    places: ClassVar[Mapping[str, Place]] = {
        "demo": Place(
            "console.demo",
            "demo",
            "Start a CRM on this machine, set it up, sync, and show what sellers would see.",
        ),
        "init": Place(
            "console.init",
            "init",
            "Ask little, read the CRM, and write a commented configuration and a suggested "
            "mapping.",
        ),
        "check": Place(
            "console.check",
            "check",
            "Report what stands in the way and what the service will find; change nothing.",
        ),
        "setup": Place(
            "console.setup",
            "setup",
            "Create our group and properties in the CRM, after showing the plan.",
        ),
        "sync": Place("console.sync", "sync", "Pull, compute and write back."),
        "report": Place(
            "console.report",
            "app",
            "Tables from the mirror; without a table's name, what another configuration would "
            "change.",
        ),
        "mapping": Place("console.mapping", "app", "What the CRM's words mean."),
        "runs": Place("console.runs", "app", "List the last runs. Example: `toprelatie runs`."),
        "store": Place(
            "console.store", "app", "Health of the store, a copy of it, and what it forgets."
        ),
        "explain": Place(
            "console.explain",
            "explain",
            "Show every value of one relation with the rule, the inputs and their ages behind it.",
        ),
        "serve": Place(
            "console.serve",
            "serve",
            "Run the schedule until SIGTERM; the run at hand ends after its page.",
        ),
        "undo": Place(
            "console.undo",
            "undo",
            "Put back what stood in the CRM before a run, and pause write-back.",
        ),
        "resume": Place(
            "console.undo",
            "resume",
            "End the pause of write-back that an undo began; the next run writes again.",
        ),
        "teardown": Place(
            "console.teardown",
            "teardown",
            "Export our values, then archive our computed properties, after showing the plan.",
        ),
        "sandbox": Place(
            "console.demo",
            "sandbox",
            "Serve a HubSpot look-alike on this machine until Ctrl-C.",
        ),
    }


app = typer.Typer(
    name="toprelatie",
    cls=Toprelatie,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - Typer hands it over so
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - seldom asked for

        typer.echo(f"toprelatie {version('toprelatie')}")
        raise typer.Exit


@app.callback()
def begin(
    *,
    version: Annotated[  # noqa: ARG001 - told by its callback
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and end."
        ),
    ] = False,
) -> None:
    """Consultative-selling KPIs, computed from a CRM and shown inside it."""
    configure_logs(as_json=not sys.stderr.isatty())


NEW_OBJECTS = 50_000
"""Objects after which Python looks for circles. Ours hardly make any, and looking after every 700,
as it does by itself, takes 7 % of a pull."""


def main() -> None:
    """Run one command; known trouble becomes a sentence on standard error and an exit code."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        app()
    except KNOWN_ERRORS as error:
        Console(stderr=True, soft_wrap=True).print(sentence_of(error), style="red", markup=False)
        sys.exit(exit_of(error))
    except KeyboardInterrupt:
        sys.exit(Exit.FAILED)


if __name__ == "__main__":
    main()
