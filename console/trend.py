"""How the values of a seller went: now, at the end of last month, and over thirteen weeks (9.4)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kpis.snapshot import last_day_of_previous_month

WEEKS = 13
WEEK = timedelta(weeks=1)

Number = Decimal | int
Row = Mapping[str, object]


def first_day(today: date) -> date:
    """First day of the weeks that a trend shows."""
    return today - WEEK * (WEEKS - 1)


@dataclass(frozen=True, slots=True)
class Trend:
    """One value over time; None where it was not measured, or nobody measured yet.

    Attributes:
        now: value of the results.
        last_month: value that stood at the end of last month.
        weeks: value on this day of each of the last weeks, oldest first, `now` last.
        days: the days of `weeks`.
    """

    now: Number | None
    last_month: Number | None
    weeks: tuple[Number | None, ...]
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """Daily snapshots of one seller: rows of `SELLER_DAYS` in the order of `from_on`."""

    rows: Sequence[Row] = ()

    @classmethod
    def by_seller(cls, rows: Iterable[Row]) -> "dict[str, Past]":
        """Snapshots of each seller who has any, by the seller's id."""
        own: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            own[str(row["seller_id"])].append(row)
        return {seller_id: cls(sorted(days, key=_day)) for seller_id, days in own.items()}

    def value_on(self, name: str, day: date) -> Number | None:
        """Value that held on that day: that of the last row up to it."""
        index = bisect_right(self.rows, day, key=_day)
        return number(self.rows[index - 1][name]) if index else None

    def trend(self, name: str, now: object, *, today: date) -> Trend:
        """Trend of one value, which is `now` in the results of today."""
        days = tuple(today - WEEK * back for back in reversed(range(WEEKS)))
        before = (self.value_on(name, day) for day in days[:-1])
        return Trend(
            now=number(now),
            last_month=self.value_on(name, last_day_of_previous_month(today)),
            weeks=(*before, number(now)),
            days=days,
        )


def _day(row: Row) -> date:
    day = row["from_on"]
    assert isinstance(day, date)  # noqa: S101 - by the schema of the frame
    return day


def number(value: object) -> Number | None:
    """Value of a frame as a number.

    Raises:
        TypeError: it is none.
    """
    if value is None or isinstance(value, Decimal | int):
        return value
    raise TypeError(f"page: {type(value).__name__} where a number belongs")
