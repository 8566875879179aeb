"""`mapping suggest`, `check` and `diff`: a first mapping, its faults, and what it would change."""

from pathlib import Path
from typing import Annotated

import typer

from console.option import (
    ConfigOption,
    FormatOption,
    check_format,
    opened,
    to_stderr,
    to_stdout,
)
from jobs.alternative import with_mapping
from jobs.exits import Exit
from jobs.suggest import suggest_mapping
from mappings.load import load_mapping

app = typer.Typer(help="What the CRM's words mean.", no_args_is_help=True)


@app.command()
def suggest(
    *,
    config: ConfigOption = None,
    to: Annotated[Path | None, typer.Option("--to", help="File to write; else printed.")] = None,
) -> None:
    """Write a first mapping from the CRM's own pipelines, with the reason for each line.

    Example: `toprelatie mapping suggest --to mappings/acme.yaml`
    """
    with opened(config) as wiring:
        text = suggest_mapping(wiring)
    if to is None:
        to_stdout().file.write(text)
        return
    if to.exists():
        to_stderr().print(f"{to} exists and is left as it is: name another file")
        raise typer.Exit(Exit.USAGE)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        to_stderr().print(f"mapping suggest: {to} cannot be written: {reason}: name another file")
        raise typer.Exit(Exit.USAGE) from None
    to_stderr().print(
        f"{to} written: read each line and its reason, then name it under `mapping` in config.yaml"
    )


@app.command("check")
def check_file(
    file: Annotated[Path, typer.Argument(help="Mapping file.")],
    prefix: Annotated[str, typer.Option(help="Prefix of our properties.")] = "csk_",
) -> None:
    """Report every fault of a mapping file with its line; asks no CRM.

    Example: `toprelatie mapping check mappings/hubspot.yaml`
    """
    mapping = load_mapping(file, prefix=prefix)
    stages = sum(len(stages) for stages in mapping.stages.values())
    to_stdout().print(f"{file}: no faults; {stages} stages in {len(mapping.stages)} pipelines")


@app.command()
def diff(
    file: Annotated[Path, typer.Argument(help="Mapping file to look at.")],
    *,
    config: ConfigOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Moment of the results, ISO 8601.")
    ] = None,
    output: FormatOption = "table",
) -> None:
    """Show what another mapping would change in results, before it is used; keeps nothing.

    Example: `toprelatie mapping diff mappings/acme-new.yaml`
    """
    from console.what_if import show_what_if  # noqa: PLC0415 - loads Polars

    check_format(output)
    with opened(config) as wiring:
        if file.resolve() == wiring.config.mapping.resolve():
            raise typer.BadParameter(
                f"{file} is the mapping in force: change a copy, and name that", param_hint="FILE"
            )
        show_what_if(wiring, with_mapping(wiring, file), as_of=as_of, output=output)
