"""The load layout (docs/load-layout.md) as builders of public data sets write it.

Every builder runs as `python -m tests.build.NAME SOURCE TARGET`, from the checkout.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

FIRST_COMPANY, FIRST_OWNER, FIRST_DEAL = 1001, 101, 100001
"""Where ids begin when the source has none that are numbers."""

WON, LOST = ("1.0", "true"), ("0.0", "true")
"""Probability of a closed stage, and that it is closed."""

StageLine = tuple[str, str, str, str]
"""Stage id, label, probability, `true` when closed."""


def read(path: Path) -> list[dict[str, str]]:
    """Rows of one source file, with or without a byte-order mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One file of the layout."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_account(target: Path, *, currency: str, timezone: str) -> None:
    """The account, in a folder that is made when it is not there."""
    target.mkdir(parents=True, exist_ok=True)
    lines = [("account_id", "4711"), ("currency", currency), ("timezone", timezone)]
    write(target / "account.csv", ("key", "value"), lines)


def write_owners(target: Path, names: Mapping[int, tuple[str, str]]) -> None:
    """Sellers: first and last name by id. None of the sources tells a mail address."""
    write(
        target / "owners.csv",
        ("id", "first_name", "last_name", "email", "user_id", "archived"),
        [
            (owner_id, first, last, f"seller{owner_id}@example.com", "", "false")
            for owner_id, (first, last) in names.items()
        ],
    )


def write_pipeline(target: Path, pipeline: str, label: str, stages: Sequence[StageLine]) -> None:
    """The only pipeline, its stages in their order."""
    write(
        target / "pipelines.csv",
        (
            "pipeline_id", "pipeline_label", "stage_id", "stage_label",
            "display_order", "probability", "is_closed",
        ),
        [
            (pipeline, label, stage_id, stage_label, order, probability, is_closed)
            for order, (stage_id, stage_label, probability, is_closed) in enumerate(stages)
        ],
    )  # fmt: skip


def write_deal_companies(target: Path, pairs: Iterable[tuple[object, object]]) -> None:
    """The one company of each deal, as pairs of their ids."""
    write(
        target / "associations.csv",
        ("from_type", "from_id", "to_type", "to_id", "label"),
        [("deals", deal, "companies", company, "Primary") for deal, company in pairs],
    )


def numbered(words: Iterable[str], first: int) -> dict[str, int]:
    """Ids of distinct words in the order in which they first stand."""
    return {word: first + at for at, word in enumerate(dict.fromkeys(words))}


def noon(day: str) -> str:
    """Noon of that day in UTC: no time zone between the Americas and Asia moves it."""
    return f"{day}T12:00:00Z" if day else ""
