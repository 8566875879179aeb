"""Records to rows and back: one form of every value on both engines (see `store.table`)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from kpis.records import Options, Record
from store.table import RECORD_CLASSES, content_fields, instant_column, kinds

Row = dict[str, Any]

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


def to_options(values: Options) -> str:
    """JSON list."""
    return json.dumps([to_text(value) for value in values], ensure_ascii=False)


def to_json(values: Mapping[str, object]) -> str:
    """JSON object with sorted keys, so that equal mappings are equal texts.

    Kept in ASCII, so that no character of a value can be one that a database refuses.
    """
    return json.dumps(dict(values), sort_keys=True, default=str)


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


def _encoders(record_class: type[Record]) -> list[tuple[str, Callable[[Any], Any] | None]]:
    return [
        (name, _ENCODERS[next(iter(found))] if len(found) == 1 else None)
        for name, annotation in content_fields(record_class).items()
        for found in [kinds(annotation)]
    ]


_CONTENT: Final = {cls: _encoders(cls) for cls in RECORD_CLASSES.values()}


def to_row(record: Record) -> Row:
    """Content columns of one record; its id and times are the caller's."""
    row: Row = {}
    for name, encode in _CONTENT[type(record)]:
        value = getattr(record, name)
        if encode is None:
            is_instant = isinstance(value, datetime)
            row[instant_column(name)] = to_ms(value) if is_instant else None
            row[name] = None if value is None or is_instant else value.isoformat()
        else:
            row[name] = None if value is None else encode(value)
    return row
