"""One line of an explanation, and the relation that it is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from kpis.calendar import day_of
from kpis.compute import Results
from kpis.frames import Mirror
from kpis.freshness import value_since
from kpis.parameters import Parameters
from kpis.phrase import date_text
from kpis.properties import PROPERTIES, Property, properties_of
from kpis.vocabulary import Language
from kpis.wording import Texts
from kpis.written import written_text

Row = dict[str, Any]
"""One row of a frame; its types are those of the schema it comes from."""

RULES: Final = {row.name: row.rule for row in PROPERTIES if row.object_type == "companies"}
"""Section of the specification by property of a company."""

OTHER_RULES: Final = {"last_two_way_contact_by": "2.5"}
"""Where the table names no section."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER: Final = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Node:
    """One line of an explanation with the lines that it rests on.

    Attributes:
        name: a property of spec 7, another identifier that the texts have a label for, or an id.
        value: what it is; of a property the very text that is written to the CRM, empty: blank.
            Of anything else an identifier, a number with a point, a day in ISO form, or words.
        rule: section of the specification; empty: none.
        note: why, in the language of the account.
        children: what it rests on.
    """

    name: str
    value: str
    rule: str = ""
    note: str = ""
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A value that the CRM holds, and since when.

    Attributes:
        since: local day on which it got its present value; null: unknown.
        is_seen: not from the CRM's history, but from when our mirror first saw it.
        is_by_person: a person set it, then or since.
    """

    since: date | None
    is_seen: bool
    is_by_person: bool


class Case:
    """One relation with all that is known of it."""

    def __init__(
        self,
        results: Results,
        mirror: Mirror,
        parameters: Parameters,
        texts: Texts,
        relation_id: str,
        *,
        as_of: datetime,
    ) -> None:
        self.results = results
        self.work = results.workings
        self.mirror = mirror
        self.parameters = parameters
        self.texts = texts
        self.relation_id = relation_id
        self.as_of = as_of
        self.today = day_of(as_of, parameters.reporting.timezone)
        self.language: Language = parameters.write_back.language
        self.frame = self.only(results.relations)
        self.row: Row = self.frame.row(0, named=True)
        self.company: Row = self.only(mirror.companies).row(0, named=True)
        self._written = _written(self.frame)

    def only(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows of this relation."""
        return frame.filter(pl.col("relation_id") == self.relation_id)

    def phrase(self, key: str, **values: object) -> str:
        """Text of section `explain` with its placeholders filled."""
        shown = {name: shown_text(plain(value), self.language) for name, value in values.items()}
        return self.texts.explain[key].text(self.language).format(**shown)

    def label(self, option_set: str, value: str) -> str:
        """Label of one value of an option set."""
        return self.texts.label(option_set, value, self.language)

    def written(self, name: str, note: str = "", children: Sequence[Node] = ()) -> Node:
        """Line of a property that is written to the company."""
        rule = OTHER_RULES.get(name, RULES[name])
        return Node(name, self._written[name], rule, note, tuple(children))

    def given(self, name: str, rule: str, *, is_number: bool = False) -> Node:
        """Line of a value that people filled in, with its age and where that comes from."""
        value = plain(self.company[name])
        age = self.age_note(self.since(name, is_number=is_number)) if value else ""
        return Node(name, value, rule, age or self.phrase("empty"))

    def fact(self, name: str, rule: str) -> Node:
        """Line of a value of the CRM whose age does not matter."""
        value = plain(self.company[name])
        return Node(name, value, rule, "" if value else self.phrase("empty"))

    def since(self, name: str, *, is_number: bool = False) -> Given:
        """Since when a field of the company has its present value."""
        return given_since(
            self.mirror.company_changes,
            self.relation_id,
            name,
            as_of=self.as_of,
            timezone=self.parameters.reporting.timezone,
            is_number=is_number,
        )

    def age_note(self, given: Given) -> str:
        """Since when, how many days that is, and how we know."""
        if given.since is None:
            return self.phrase("age_unknown")
        source = self.phrase("first_seen" if given.is_seen else "crm_history")
        return f"{self.dated(given.since)}; {source}"

    def dated(self, day: date) -> str:
        """A day and its age in days."""
        return self.phrase("dated", date=day, days=(self.today - day).days)

    def amount(self, value: Decimal | None) -> str:
        """Amount as people write it."""
        return shown_text(money(value), self.language)

    def confirmed_on(self) -> date | None:
        """Day of a confirmation of the profile that counts."""
        confirmed = self.only(self.work.confirmed)["confirmed_on"]
        return confirmed.item() if confirmed.len() else None

    def re_dated(self, day: date) -> str:
        """A day and its age, and whether it is that of a confirmation of the profile."""
        by = self.phrase("by_confirmation") if day == self.confirmed_on() else ""
        return self.listed(self.dated(day), by)

    def listed(self, *notes: str) -> str:
        """Notes that say something, one after the other."""
        return "; ".join(note for note in notes if note)


def _written(frame: pl.DataFrame) -> dict[str, str]:
    """Text of every property that has a column; empty clears."""
    rows: list[Property] = [
        row for row in properties_of("companies", "out") if row.name in frame.columns
    ]
    texts = frame.select(written_text(row).fill_null("").alias(row.name) for row in rows)
    return texts.row(0, named=True)


def given_since(
    changes: pl.DataFrame,
    record_id: str,
    field: str,
    *,
    as_of: datetime,
    timezone: str,
    is_number: bool = False,
) -> Given:
    """Since when one field of one record has its present value, and how we know."""
    known = changes.filter((pl.col("external_id") == record_id) & (pl.col("field") == field))
    since = value_since(known, field, as_of=as_of, is_number=is_number)
    if since.is_empty():
        return Given(None, is_seen=False, is_by_person=False)
    instant: datetime = since["set_at"].item()
    told = known.filter(
        (pl.col("changed_at") == instant) & ~pl.col("is_seen").fill_null(value=False)
    )
    by_person = known.filter(
        pl.col("changed_at").is_between(instant, as_of)
        & pl.col("is_by_person").fill_null(value=True)
    )
    return Given(
        instant.astimezone(ZoneInfo(timezone)).date(),
        is_seen=told.is_empty(),
        is_by_person=not by_person.is_empty(),
    )


def plain(value: object) -> str:
    """Value as one text without any language; nothing is empty text."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case list() | tuple():
            return ";".join(map(str, value))
        case date():
            return value.isoformat()
        case _:
            return str(value)


def with_decimals(value: Decimal | None, decimals: int) -> str:
    """Number with so many decimals, half away from zero; nothing is empty text."""
    if value is None:
        return ""
    return f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def money(value: Decimal | None) -> str:
    """Amount with 2 decimals."""
    return with_decimals(value, 2)


def ratio(value: Decimal | None) -> str:
    """Fraction with 4 decimals."""
    return with_decimals(value, 4)


def shown_text(text: str, language: Language) -> str:
    """Text with a day or a number with decimals as people write them."""
    if _DAY.fullmatch(text):
        return date_text(date.fromisoformat(text), language)
    if _NUMBER.fullmatch(text):
        grouped = f"{Decimal(text):,f}"
        return grouped.translate(str.maketrans(",.", ".,")) if language == "nl" else grouped
    return text
