"""Records to rows and back: one form of every value on both engines (see `store.table`)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Table

from kpis.records import Options, Record
from store.table import RECORD_CLASSES, content_fields, kinds

Row = dict[str, Any]

Values = tuple[Any, ...]
"""Values of some columns of one row, in the order of those columns."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_UNSTORABLE: Final = {0x00: None} | dict.fromkeys(range(0xD800, 0xE000))
"""PostgreSQL holds no NUL in a text; no database holds half a surrogate pair."""


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds; finer parts are cut off."""
    return (instant - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Aware UTC instant."""
    return EPOCH + milliseconds * _MILLISECOND


def to_number(value: Decimal) -> str:
    """Exact decimal text with one form per number: 1.50 and 1.5 are the same."""
    return format(value.normalize() + 0, "f")


def to_text(value: str) -> str:
    """Text without the characters that a database cannot hold."""
    if value.isascii() and "\x00" not in value:
        return value
    return value.translate(_UNSTORABLE)


_OPTIONS: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_SORTED: Final = json.JSONEncoder(sort_keys=True, default=str, check_circular=False).encode


def to_options(values: Options) -> str:
    """JSON list."""
    return _OPTIONS([to_text(value) for value in values]) if values else "[]"


def to_json(values: Mapping[str, object]) -> str:
    """JSON object with sorted keys, so that equal mappings are equal texts.

    Kept in ASCII, so that no character of a value can be one that a database refuses.
    """
    return _SORTED(dict(values)) if values else "{}"


def digest(text: str) -> str | None:
    """What stands for a text in its history: enough to see that it changed, never the text.

    Texts are compared after trimming (spec 0); an empty one counts as emptied.
    """
    trimmed = to_text(text).strip()
    if not trimmed:
        return None
    return "sha256:" + hashlib.sha256(trimmed.encode()).hexdigest()[:32]


_ENCODERS: Final[dict[object, Callable[[Any], Any]]] = {
    str: to_text,
    Decimal: to_number,
    bool: int,
    int: int,
    datetime: to_ms,
    date: date.isoformat,
    Options: to_options,
}


def _instant_of(value: datetime | date) -> int | None:
    return to_ms(value) if isinstance(value, datetime) else None


def _day_of(value: datetime | date) -> str | None:
    return None if isinstance(value, datetime) else value.isoformat()


def _encoders(record_class: type[Record]) -> list[tuple[str, Callable[[Any], Any]]]:
    """Field and form of every content column; an instant or a day has a column for each."""
    return [
        (name, encode)
        for name, annotation in content_fields(record_class).items()
        for found in [kinds(annotation)]
        for encode in (
            [_ENCODERS[next(iter(found))]] if len(found) == 1 else [_instant_of, _day_of]
        )
    ]


def _content_of(record_class: type[Record]) -> Callable[[Record], Values]:
    names, encoders = zip(*_encoders(record_class), strict=True)
    values_of: Callable[[Record], Values] = attrgetter(*names)

    def content_of(record: Record) -> Values:
        return tuple(
            [
                None if value is None else encode(value)
                for value, encode in zip(values_of(record), encoders, strict=True)
            ]
        )

    return content_of


_CONTENT: Final = {cls: _content_of(cls) for cls in RECORD_CLASSES.values()}


def to_content(record: Record) -> Values:
    """Values of the content columns of one record; its id and times are the caller's."""
    return _CONTENT[type(record)](record)


@cache
def content_names(table: Table) -> tuple[str, ...]:
    """Columns that say something of a record, in the order of `to_content`."""
    outside = {column.name for column in table.primary_key} | {"modified_at", "seen_at"}
    return tuple(column.name for column in table.columns if column.name not in outside)
