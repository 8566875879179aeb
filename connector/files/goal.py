"""Targets of sellers out of goals.csv."""

from collections.abc import Iterator
from pathlib import Path

from connector.files.account import timezone_of
from connector.files.table import fault, read_table
from connector.goal import seller_of, to_goal, zone_of
from connector.values import RecordError
from kpis.records import Goal


def goals(folder: Path) -> Iterator[Goal]:
    """Yield the targets of sellers; a line without seller, amount or period is left out.

    Raises:
        ConfigError: an amount or a date cannot be read.
    """
    owners, by_user = set[str](), dict[str, str]()
    for line in read_table(folder / "owners.csv", needs=("id",)):
        owners.add(line.cells["id"])
        if user := line.cells.get("user_id"):
            by_user.setdefault(user, line.cells["id"])
    zone = zone_of(timezone_of(folder))
    path = folder / "goals.csv"
    for line in read_table(path, needs=("id",)):
        seller = seller_of(line.cells, owners, by_user)
        try:
            goal = to_goal(line.cells["id"], line.cells, seller=seller, zone=zone)
        except RecordError as error:
            raise fault(path, line.number, str(error), "mend that cell") from None
        if goal is not None:
            yield goal
