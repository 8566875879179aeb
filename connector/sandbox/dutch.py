"""Values of a record as a Dutch reader expects them: labels, days, money, numbers."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from connector.sandbox.definitions import Json
from connector.sandbox.instants import EPOCH, MS, read_ms

_SYMBOLS = {"EUR": "€", "USD": "US$", "GBP": "£"}
_SWAPPED = str.maketrans(",.", ".,")


def shown(definition: Json, value: str, *, currency: str, zone: ZoneInfo) -> str:
    """A value by its definition; a value that fits no definition stands as it is."""
    if not value:
        return ""
    match definition["type"]:
        case "enumeration" | "bool":
            labels = labels_of(definition)
            return ", ".join(labels.get(one, one) for one in value.split(";"))
        case "date":
            return day(value, zone)
        case "datetime":
            return moment(value, zone)
        case "number":
            return _number(definition, value, currency)
        case _:
            return value


def labels_of(definition: Json) -> Mapping[str, str]:
    """Label by value; of a yes or no without labels of its own, the Dutch ones."""
    options = {one["value"]: one["label"] for one in definition["options"]}
    return options or ({"true": "Ja", "false": "Nee"} if definition["type"] == "bool" else {})


def day(value: str, zone: ZoneInfo) -> str:
    """Day of a date or of an instant, such as 25-11-2026."""
    try:
        on = instant(value, zone).date() if "T" in value else date.fromisoformat(value)
    except ValueError:
        return value
    return on.strftime("%d-%m-%Y")


def moment(value: str, zone: ZoneInfo) -> str:
    """Day and time of an instant, such as 25-11-2026 14:30."""
    try:
        return instant(value, zone).strftime("%d-%m-%Y %H:%M")
    except ValueError:
        return value


def instant(value: str, zone: ZoneInfo) -> datetime:
    """The instant that a value names, in a time zone."""
    return (EPOCH + read_ms(value) * MS).astimezone(zone)


def money(value: str, currency: str) -> str:
    """An amount with its currency; cents only where there are any."""
    amount = _decimal(value)
    if amount is None:
        return value
    digits = f"{amount:,.2f}" if amount % 1 else f"{amount:,.0f}"
    return f"{_SYMBOLS.get(currency, currency)} {digits.translate(_SWAPPED)}"


def _number(definition: Json, value: str, currency: str) -> str:
    hint, number = definition.get("numberDisplayHint"), _decimal(value)
    if number is None:
        return value
    if hint == "currency":
        return money(value, currency)
    if hint == "percentage":
        return f"{number * 100:,.0f}%".translate(_SWAPPED)
    text = f"{number:,.2f}" if number % 1 else f"{number:,.0f}"
    return text.translate(_SWAPPED)


def _decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
