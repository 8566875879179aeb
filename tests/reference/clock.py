"""Local days, ages and freshness, one value at a time (spec 0, 2.3 and 5.1)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from kpis.parameters import Parameters

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """The instant of the reading and the zone in which days are told."""

    as_of: datetime
    zone: ZoneInfo
    fiscal_year_start: int

    @property
    def today(self) -> date:
        return self.day(self.as_of)

    def day(self, t: datetime) -> date:
        """Local day of an instant."""
        return t.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """First instant of a local day."""
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)

    def age(self, at: datetime | date) -> int:
        """Whole days from that day to today."""
        day = self.day(at) if isinstance(at, datetime) else at
        return (self.today - day).days

    def months_ago(self, months: int) -> date:
        """The same day so many months ago, or the last day of that month (5.1)."""
        count = self.today.year * 12 + self.today.month - 1 - months
        year, month = count // 12, count % 12 + 1
        return date(year, month, min(self.today.day, monthrange(year, month)[1]))

    def year(self) -> tuple[date, date]:
        """First and last day of the fiscal year of today."""
        first_month, today = self.fiscal_year_start, self.today
        year = today.year if today.month >= first_month else today.year - 1
        return date(year, first_month, 1), date(year + 1, first_month, 1) - DAY

    def quarter_start(self) -> date:
        """First day of the quarter of the fiscal year."""
        today = self.today
        into = (today.month - self.fiscal_year_start) % 12 % 3
        month = today.month - into
        return date(today.year if month > 0 else today.year - 1, (month - 1) % 12 + 1, 1)


def read_clock(parameters: Parameters, as_of: datetime) -> Clock:
    """Clock of the parameters."""
    reporting = parameters.reporting
    return Clock(as_of, ZoneInfo(reporting.timezone), reporting.fiscal_year_start)


def faded(horizon: Any, age: int | None) -> Fraction:
    """Freshness: 1 up to `fresh` days, 0 from `expire` days, linear between (2.3)."""
    if age is None or age >= horizon.expire:
        return Fraction(0)
    if age <= horizon.fresh:
        return Fraction(1)
    return Fraction(horizon.expire - age, horizon.expire - horizon.fresh)


def youngest(*ages: int | None) -> int | None:
    """The smallest age of those that are known."""
    known = [age for age in ages if age is not None]
    return min(known) if known else None


def rounded(value: Decimal | Fraction | int | None, places: int) -> Decimal | None:
    """Half away from zero to so many decimals (spec 0)."""
    if value is None:
        return None
    exact = Fraction(value)
    scaled = abs(exact) * 10**places
    whole = int(scaled + Fraction(1, 2))
    with localcontext(prec=60):
        found = Decimal(whole).scaleb(-places)
        return (-found if exact < 0 else found).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def ratio(part: Decimal | Fraction | int | None, whole: Any) -> Fraction | None:
    """Part of a whole; null without a whole that is not zero (spec 0)."""
    if part is None or whole is None or whole == 0:
        return None
    return Fraction(part) / Fraction(whole)


def mean(values: list[Fraction]) -> Fraction | None:
    """Mean; null without values."""
    return sum(values, Fraction(0)) / len(values) if values else None
