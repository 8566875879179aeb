"""`store check`, `backup`, `rollback` and `prune`: health, a copy, a way back, what may go."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from console.option import ConfigOption, check_format, to_stderr, to_stdout
from jobs.exits import Exit
from jobs.store_care import (
    RETENTION,
    Condition,
    Retention,
    condition_of,
    prune_store,
    tended,
    tended_for_rollback,
)

app = typer.Typer(
    help="Health of the store, a copy of it, and what it forgets.", no_args_is_help=True
)

FORMATS = ("table", "json")
FormatOption = Annotated[str, typer.Option("--format", help="table or json.", show_default="table")]


@app.command()
def check(
    *,
    config: ConfigOption = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Compare every index of a SQLite file too.")
    ] = False,
    output: FormatOption = "table",
) -> None:
    """Look whether the store can be read and fits together; changes nothing; 1 when it does not.

    Example: `toprelatie store check --format json`
    """
    check_format(output, FORMATS)
    with tended(config) as one:
        found = condition_of(one, thorough=thorough)
    if output == "json":
        to_stdout().print_json(json.dumps(asdict(found), default=str))
    else:
        _print_condition(found)
    if found.faults:
        raise typer.Exit(Exit.FAILED)


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="File to write; it must not exist.")],
    *,
    config: ConfigOption = None,
) -> None:
    """Copy a SQLite store as of one moment, also while a run is at work.

    To restore it: stop the service, put the copy in the place of the store, and remove the files
    beside it that end in -wal and -shm.

    Example: `toprelatie store backup /backup/toprelatie-$(date +%F).db`
    """
    with tended(config) as one:
        size = one.store.care.backup(path)
    to_stderr().print(f"{path} written: {_size(size)}, read back whole", highlight=False)


@app.command()
def rollback(
    *,
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Bring the tables back to those of the release before this one, after a copy and a question.

    Stop the service first, and start the earlier release afterwards: every command of this one,
    but for this, brings the tables up again.

    Example: `toprelatie store rollback`
    """
    console = to_stderr()
    with tended_for_rollback(config) as (store, plan):
        console.print(f"{plan.where}: from revision {plan.found} to {plan.target}", highlight=False)
        for name, count in plan.lost.items():
            console.print(f"lost: {name}: {count} rows", highlight=False)
        for account in plan.paused:
            console.print(
                f"{account}: write-back is paused, which the release before this one does not know:"
                " set write_back.enabled: false before you start it",
                style="yellow",
                highlight=False,
            )
        if plan.dump:
            console.print(f"take a copy first: {plan.dump}", markup=False, highlight=False)
        if not yes:
            typer.confirm("Is the service stopped, and shall this be done?", abort=True, err=True)
        store.carry_out(plan)
    if plan.copy:
        console.print(f"{plan.copy} written: the store as it was", highlight=False)
    console.print(
        f"now at {plan.target}: start the release before this one; this one would bring the tables"
        " up again",
        highlight=False,
    )


@app.command()
def prune(
    *,
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    runs_days: Annotated[
        int, typer.Option(min=1, help="Days that runs and what they rejected are kept.")
    ] = RETENTION.runs,
    daily_days: Annotated[
        int,
        typer.Option(min=31, help="Days that daily figures are kept; then the last of a month."),
    ] = RETENTION.daily,
    undo_days: Annotated[
        int, typer.Option(min=1, help="Days that a run can be undone.")
    ] = RETENTION.undo,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Give the room back; a SQLite file is written anew.")
    ] = False,
    output: FormatOption = "table",
) -> None:
    """Forget old runs and days, and what hangs on records that are gone; the rest is kept for ever.

    Example: `toprelatie store prune --dry-run`
    """
    check_format(output, FORMATS)
    retention = Retention(runs=runs_days, daily=daily_days, undo=undo_days)
    with tended(config) as one:
        removed = prune_store(one, retention, is_dry=dry_run, shrink=vacuum)
    if output == "json":
        to_stdout().print_json(json.dumps({"is_dry_run": dry_run, "rows": dict(removed)}))
        return
    table = Table(
        "what", "rows" if dry_run else "rows removed", header_style="bold", box=SIMPLE_HEAD
    )
    for what, count in removed.items():
        table.add_row(what, str(count))
    to_stdout().print(table)
    if dry_run:
        to_stderr().print("nothing was removed: run it without --dry-run")


def _print_condition(found: Condition) -> None:
    console, health = to_stdout(), found.health
    table = Table("table", "rows", header_style="bold", box=SIMPLE_HEAD)
    for name, count in health.rows.items():
        table.add_row(name, str(count))
    console.print(table)
    wal = "" if health.wal_bytes is None else f", and {_size(health.wal_bytes)} to bring into it"
    console.print(
        f"{health.engine} at revision {health.revision}, {_size(health.size_bytes)}{wal}",
        highlight=False,
    )
    if found.last_good_at is not None:
        console.print(
            f"last good run ended {found.last_good_at:%Y-%m-%d %H:%M} UTC", highlight=False
        )
    for remark in found.remarks:
        console.print(remark, markup=False, highlight=False)
    for fault in found.faults:
        console.print(f"fault: {fault}", style="red", markup=False, highlight=False)
    if not found.faults:
        console.print("no faults")


def _size(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
