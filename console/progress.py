"""Progress of long work: bars on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from jobs.pulled import Progress as Report

LINE_EVERY = 5_000


@contextmanager
def shown_progress(console: Console) -> Iterator[Report]:
    """Yield a function that jobs call with a kind of work, how much is done, and how much is."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(work: str, done: int, total: int | None) -> None:
            if work not in tasks:
                tasks[work] = bars.add_task(work, total=total)
            bars.update(tasks[work], completed=done, total=total)

        yield report


def _lines(console: Console) -> Report:
    """Print a line at the start of each kind of work and then every few thousand records."""
    last: dict[str, int] = {}

    def report(work: str, done: int, total: int | None) -> None:
        if work not in last or done - last[work] >= LINE_EVERY:
            last[work] = done
            console.print(f"{work}: {done}" + (f" of {total}" if total else ""), highlight=False)

    return report
