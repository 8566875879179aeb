"""Reading and computing a large account: seconds, memory, and whether both grow linearly.

`python tests/benchmarks/compute_scale.py --companies 300000` makes the account of `scale_account`
at a tenth of that size and at that size, saves each into a store of its own, and measures in
processes of their own: reading everything, computing alone, and both as a run does them.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402 - the checkout must be found first
from sqlalchemy import Connection, Table, insert  # noqa: E402

from jobs.compute import to_meaning  # noqa: E402
from kpis.compute import Results, compute  # noqa: E402
from kpis.frames import Mirror, OwnHistory  # noqa: E402
from kpis.parameters import Parameters  # noqa: E402
from mappings.load import load_mapping  # noqa: E402
from mappings.texts import load_texts  # noqa: E402
from store import table  # noqa: E402
from store.store import Store  # noqa: E402
from tests.benchmarks.scale_account import AS_OF, CURRENCY, STAGES, account  # noqa: E402

ACCOUNT = "hubspot"
BATCH_ROWS = 50_000
MB = 1024

Figures = dict[str, float]


@contextmanager
def timed(figures: Figures, name: str) -> Iterator[None]:
    """Note the seconds of the block under that name."""
    before = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - before


def opened(folder: Path) -> Store:
    """Store of the account in that folder."""
    return Store.open(f"sqlite:///{folder / 'store.db'}", account=ACCOUNT)


def stored(folder: Path, companies: int, figures: Figures) -> None:
    """Save the account, in the forms of `store.table`."""
    with timed(figures, "make"):
        mirror = account(companies)
    store = opened(folder)
    with timed(figures, "save"):
        store.save_description(
            owners=[], stages=STAGES, rates=[], currency=CURRENCY, readable=mirror.readable
        )
        with store._database.writing() as connection:
            for target, frame in rows_of(mirror):
                save(connection, target, frame)
    store.close()


def rows_of(mirror: Mirror) -> Iterator[tuple[Table, pl.DataFrame]]:
    """Tables with the frames that they take, without what every row of them bears."""
    named = {"relation_id": "external_id", "contact_id": "external_id", "deal_id": "external_id"}
    named |= {"activity_id": "external_id", "seller_id": "external_id"}
    for target, frame in (
        (table.COMPANIES, mirror.companies),
        (table.CONTACTS, mirror.contacts),
        (table.DEALS, mirror.deals),
        (table.ACTIVITIES, mirror.activities),
        (table.OWNERS, mirror.owners),
    ):
        yield target, frame.rename(named, strict=False)
    for from_type, links in (
        ("contacts", mirror.contact_companies),
        ("deals", mirror.deal_companies),
    ):
        yield (
            table.LINKS,
            links.select(
                "from_id",
                "is_primary",
                from_type=pl.lit(from_type),
                to_type=pl.lit("companies"),
                to_id="relation_id",
            ),
        )
    yield (
        table.LINKS,
        mirror.activity_links.select(
            from_type="activity_type",
            to_type="object_type",
            from_id="activity_id",
            to_id="external_id",
            is_primary=pl.lit(value=False),
        ),
    )
    for object_type, changes in (
        ("companies", mirror.company_changes),
        ("contacts", mirror.contact_changes),
        ("deals", mirror.deal_changes),
    ):
        yield table.VERSIONS, changes.with_columns(object_type=pl.lit(object_type))


def save(connection: Connection, target: Table, frame: pl.DataFrame) -> None:
    """Insert a frame in the order of the key, past the layer that takes one record at a time."""
    own = {
        "account": pl.lit(ACCOUNT),
        "modified_at": pl.lit(AS_OF).dt.epoch("ms"),
        "seen_at": pl.lit(AS_OF).dt.epoch("ms"),
        "labels": pl.lit("[]"),
        "was_asked": pl.lit(1),
    }
    added = {name: value for name, value in own.items() if name in target.c}
    keys = [column.name for column in target.primary_key]
    names = [column.name for column in target.columns]
    rows = frame.with_columns(**added).sort(keys).select(stored_form(frame, name) for name in names)
    statement = str(insert(target).compile(dialect=connection.dialect))
    for start in range(0, rows.height, BATCH_ROWS):
        connection.exec_driver_sql(statement, rows.slice(start, BATCH_ROWS).rows())


def stored_form(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Column in the form of the database (see `store.table`)."""
    column = pl.col(name)
    match frame.schema.get(name):
        case pl.Decimal():
            return column.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
        case pl.Datetime():
            return column.dt.epoch("ms")
        case pl.Date():
            return column.cast(pl.String)
        case pl.Boolean():
            return column.cast(pl.Int64)
        case pl.List():
            return column.list.eval(pl.format('"{}"', pl.element())).list.join(", ").pipe(_listed)
        case _:
            return column


def _listed(joined: pl.Expr) -> pl.Expr:
    return pl.format("[{}]", joined).alias(joined.meta.output_name())


def read_alone(folder: Path, companies: int, figures: Figures) -> None:
    """Read everything."""
    store = opened(folder)
    with timed(figures, "read"):
        mirror = store.read_mirror()
    store.close()
    figures |= {f"rows of {name}": frame.height for name, frame in frames_of(mirror)}
    assert mirror.companies.height == companies


def compute_alone(_folder: Path, companies: int, figures: Figures) -> None:
    """Compute from frames that no store delivered."""
    with timed(figures, "make"):
        mirror = account(companies)
    figures["peak before MB"] = peak()
    with timed(figures, "compute"):
        results = computed(mirror)
    assert results.deals.height == 2 * companies


def run_whole(folder: Path, companies: int, figures: Figures) -> None:
    """Read everything, then compute from it, as a run does."""
    store = opened(folder)
    with timed(figures, "read"):
        mirror = store.read_mirror()
    store.close()
    with timed(figures, "compute"):
        results = computed(mirror)
    assert results.deals.height == 2 * companies


def computed(mirror: Mirror) -> Results:
    """All KPIs of the account, with the mapping and the parameters as delivered."""
    mapping = load_mapping(ROOT / "mappings" / "hubspot.yaml")
    meaning, _ = to_meaning(mapping, STAGES)
    return compute(
        mirror, meaning, Parameters(), as_of=AS_OF, history=OwnHistory(), texts=load_texts()
    )


def frames_of(mirror: Mirror) -> Iterator[tuple[str, pl.DataFrame]]:
    """Frames by name."""
    for field in fields(mirror):
        value = getattr(mirror, field.name)
        if isinstance(value, pl.DataFrame):
            yield field.name, value


def peak() -> float:
    """Most memory that this process ever held (MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


STEPS: dict[str, Callable[[Path, int, Figures], None]] = {
    "store": stored,
    "read": read_alone,
    "compute": compute_alone,
    "run": run_whole,
}


def measured(step: str, folder: Path, companies: int) -> Figures:
    """Figures of one step in a process of its own."""
    command = [sys.executable, __file__, "--companies", str(companies), "--step", step]
    done = subprocess.run(
        [*command, "--folder", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def measure(companies: int) -> dict[str, Figures]:
    """Figures by step at one size."""
    by_step: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            by_step[step] = measured(step, Path(folder), companies)
            shown = ", ".join(f"{name} {value:,.1f}" for name, value in by_step[step].items())
            sys.stdout.write(f"{companies} companies, {step}: {shown}\n")
            sys.stdout.flush()
    return by_step


def main() -> None:
    """Measure both sizes, and print the ratios; 10 is linear."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--companies", type=int, default=300_000)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.step:
        figures: dict[str, Any] = {}
        STEPS[arguments.step](arguments.folder, arguments.companies, figures)
        sys.stdout.write(json.dumps(figures | {"peak MB": peak()}))
        return
    small, large = (measure(size) for size in (arguments.companies // 10, arguments.companies))
    for step, figures in large.items():
        shown = ", ".join(
            f"{name} {value / small[step][name]:.1f}"
            for name, value in figures.items()
            if not name.startswith("rows of")
        )
        sys.stdout.write(f"ratio of {step}: {shown}\n")


if __name__ == "__main__":
    main()
