"""What saving costs: milliseconds of processor and of clock per 100 records, kind by kind.

`python tests/benchmarks/saving.py --pages 60` saves pages of 100 into an empty SQLite store: at
first, again without any change, with one record in a hundred changed, and with only the modified
time moved; then links by 1,000, histories by 50 and outcomes of writes by 100.
`--store postgresql+psycopg://...` does so on a server. The processor is that of this process.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from kpis.records import Activity, Company, Contact, Deal, Link, ValueChange  # noqa: E402
from store.outbox import Outcome  # noqa: E402
from store.store import Store  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PENDING: dict[str, list[str]] = {
    "companies": [],
    "contacts": ["links:companies"],
    "deals": ["links:companies", "history", "splits"],
    "calls": ["links:companies", "links:contacts", "links:deals"],
}
CHANGED = {"companies": "name", "contacts": "job_title", "deals": "stage", "calls": "outcome"}
OURS = {f"property_{number}": "x" * 8 for number in range(20)}
STAGES = ("appointment", "qualified", "quote", "won")


def record(kind: str, number: int, at: Callable[[], datetime]) -> Any:
    """A record with about as much in it as an account that is kept well."""
    one, owner = str(10**10 + number * 37), str(100 + number % 12)
    match kind:
        case "companies":
            return Company(
                one,
                at(),
                name=f"Bedrijf {number}",
                owner=owner,
                owner_assigned_at=at(),
                type="CUSTOMER",
                segment="MANUFACTURING",
                employees=Decimal(number % 500),
                annual_revenue=Decimal("1250000.50"),
                lead_status="OPEN",
                next_activity_on=at() if number % 3 == 0 else None,
                pains="Levertijd te lang" if number % 10 == 0 else None,
                spend_categories=("A", "B") if number % 10 == 0 else (),
                standing=OURS,
            )
        case "contacts":
            roles = ("DECISION_MAKER",) if number % 2 else ()
            title = f"Inkoper {number % 40}" if number % 5 else None
            return Contact(
                one, at(), buying_role=roles, job_title=title, has_email=True, phone_digits=10
            )
        case "deals":
            return Deal(
                one,
                at(),
                owner=owner,
                owner_assigned_at=at(),
                pipeline="default",
                stage=STAGES[number % 4],
                amount=Decimal("1250.50") + number,
                currency="EUR",
                closed_on=at(),
                created_at=at(),
                standing={"deal_phase": "quote"},
            )
        case _:
            return Activity(one, "calls", at(), occurred_at=at(), owner=owner, outcome="COMPLETED")


def measure(label: str, save: Callable[[Any], object], batches: Sequence[Any], size: int) -> None:
    """Print what saving these batches costs per 100 records."""
    clock, processor = time.perf_counter(), time.process_time()
    for batch in batches:
        save(batch)
    share = 100_000 / (len(batches) * size)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(f"{label:28}{processor * share:8.2f} processor {clock * share:8.2f} clock", flush=True)  # noqa: T201


def measure_pages(store: Store, kind: Any, pages: int) -> None:
    """Save all pages of one type four times."""
    chance = random.Random(7)  # noqa: S311 - the same account every time

    def at() -> datetime:
        return START + timedelta(milliseconds=chance.randrange(10**10))

    first = [[record(kind, page * 100 + n, at) for n in range(100)] for page in range(pages)]
    changed = [
        [replace(page[0], modified_at=START + 400 * DAY, **{CHANGED[kind]: "other"}), *page[1:]]
        for page in first
    ]
    moved = [[replace(one, modified_at=START + 401 * DAY) for one in page] for page in changed]
    deliveries = {"first": first, "unchanged": first, "1 % changed": changed, "moved": moved}
    for day, (label, delivery) in enumerate(deliveries.items()):

        def save(page: Sequence[Any], pulled_at: datetime = START + day * DAY) -> int:
            return store.save_page(
                kind,
                page,
                cursor=page[0].external_id,
                pulled_at=pulled_at,
                pending=PENDING[kind],
            )

        measure(f"{kind} {label}", save, delivery, 100)


def batches_of(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Cut ids into batches."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def measure_rest(store: Store, pages: int) -> None:
    """Save links and histories of deals, and outcomes of companies, twice each."""
    ids = [str(10**10 + number * 37) for number in range(pages * 100)]
    hour = timedelta(hours=1)

    def save_history(batch: Sequence[str]) -> None:
        changes = [
            ValueChange(one, "stage", stage, START + place * hour)
            for one in batch
            for place, stage in enumerate(STAGES)
        ]
        store.save_history("deals", batch, changes, fields=["stage", "owner"])

    def save_outcomes(batch: Sequence[str]) -> None:
        values = {"property_1": str(time.perf_counter()), "property_2": "y"}
        outcomes = [Outcome(one, "written", values, modified_at=START) for one in batch]
        store.save_outcomes("companies", outcomes)

    for label, save, size in (
        (
            "links",
            lambda of: store.save_links("deals", "companies", of, [Link(x, x) for x in of]),
            1000,
        ),
        ("history", save_history, 50),
        ("outcomes", save_outcomes, 100),
    ):
        for turn in ("first", "again"):
            measure(f"{label} {turn}", save, list(batches_of(ids, size)), size)


def main() -> None:
    """Measure all kinds on one store of its own account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store")
    parser.add_argument("--pages", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(given.store or f"sqlite:///{folder}/store.db", account=uuid4().hex)
        for kind in PENDING:
            measure_pages(store, kind, given.pages)
        measure_rest(store, given.pages)
        store.close()


if __name__ == "__main__":
    main()
