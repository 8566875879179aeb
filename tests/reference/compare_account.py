"""Compare all values of the engine with the plain reading on many random relations, by hand.

python -m tests.reference.compare_account --relations 2000 --seed 1
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kpis.compute import compute
from mappings.texts import load_texts
from tests.reference.account import Account, Values, read_account
from tests.reference.account_generator import RandomAccount, random_account
from tests.reference.account_words import MEANING
from tests.reference.clock import rounded

RELATIONS_EACH = 25
"""Relations of one account."""

SHOWN = 4
"""Differences that are shown of one field."""

MONEY = ("revenue_", "potential_revenue", "potential_margin", "margin_ttm", "target", "deal_real")
"""Beginnings of the names of money, which has two decimals; other numbers have four."""

Difference = tuple[str, str, str, Any, Any]


def plain(name: str, value: Any) -> Any:
    """A value of the engine as the reading writes it."""
    if isinstance(value, list):
        return sorted(value)
    if isinstance(value, float | Decimal):
        return rounded(Decimal(str(value)), 2 if name.startswith(MONEY) else 4)
    return value


@lru_cache(maxsize=16)
def account_and_reading(seed: int, relations: int) -> tuple[RandomAccount, Account]:
    """A random account and what the plain reading says of it."""
    account = random_account(seed, relations)
    return account, read_account(
        account.mirror,
        MEANING,
        account.parameters,
        as_of=account.as_of,
        history=account.history,
    )


def differences(seed: int, relations: int) -> Iterator[Difference]:
    """Kind, record, field, what the engine tells and what was read."""
    account, read = account_and_reading(seed, relations)
    told = compute(
        account.mirror,
        MEANING,
        account.parameters,
        as_of=account.as_of,
        history=account.history,
        texts=load_texts(),
    )
    for kind, key in (
        ("relations", "relation_id"),
        ("deals", "deal_id"),
        ("contacts", "contact_id"),
        ("sellers", "seller_id"),
    ):
        rows: Values = {row[key]: row for row in getattr(told, kind).iter_rows(named=True)}
        yield from _of_kind(kind, rows, getattr(read, kind))


def _of_kind(kind: str, told: Values, read: Values) -> Iterator[Difference]:
    if kind != "sellers" and told.keys() != read.keys():
        yield kind, "", "records", sorted(told.keys() - read), sorted(read.keys() - told)
    for record_id in told.keys() & read.keys():
        for name, value in read[record_id].items():
            if name not in told[record_id]:
                yield kind, record_id, name, "no column", value
            elif plain(name, told[record_id][name]) != value:
                yield kind, record_id, name, plain(name, told[record_id][name]), value


def compare(relations: int, seed: int) -> Iterator[str]:
    """Lines of the comparison; the last ones count."""
    count: Counter[tuple[str, str]] = Counter()
    for number in range(seed, seed + -(-relations // RELATIONS_EACH)):
        for kind, record_id, name, told, read in differences(number, RELATIONS_EACH):
            count[kind, name] += 1
            if count[kind, name] <= SHOWN:
                yield f"seed {number} {kind} {record_id} {name}: told {told!r} read {read!r}"
    for (kind, name), number in count.most_common():
        yield f"{number} times: {kind} {name}"
    yield f"{sum(count.values())} values differ"


def main() -> None:
    """Read the two numbers and write the lines."""
    parser = argparse.ArgumentParser(description="Compare all values with a plain reading.")
    parser.add_argument("--relations", type=int, default=300, help="how many, about")
    parser.add_argument("--seed", type=int, default=1, help="of the first account")
    given = parser.parse_args()
    for line in compare(given.relations, given.seed):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
