"""What a value must look like before HubSpot takes it, and what it makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from connector.sandbox.definitions import Json
from connector.sandbox.instants import DAY_MS, read_ms, to_text
from connector.sandbox.portal import Portal

MAX_TEXT = 65_536


class ValueRefusedError(Exception):
    """HubSpot does not take this value for this property."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.error: Json = {
            "message": message,
            "code": code,
            "context": {"propertyName": [name]},
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """Values as they will stand, or why they will not; warnings tell what was changed."""

    values: Mapping[str, str]
    refusals: tuple[Json, ...] = ()
    warnings: tuple[Json, ...] = ()


def check_values(
    portal: Portal,
    object_type: str,
    properties: Mapping[str, object],
    *,
    standing: Mapping[str, str],
    tolerates_dates: bool,
) -> Checked:
    """Check what a program wants to write on one record that has the standing values."""
    values: dict[str, str] = {}
    refusals: list[Json] = []
    warnings: list[Json] = []
    for name, given in properties.items():
        text = _as_text(given)
        try:
            values[name] = _checked(
                portal, object_type, name, text, tolerates_dates=tolerates_dates
            )
        except ValueRefusedError as refused:
            refusals.append(refused.error)
        else:
            is_moved_date = tolerates_dates and _type_of(portal, object_type, name) == "date"
            if is_moved_date and text and values[name] != text and not _is_midnight(text):
                warnings.append(_warning(name, text, values[name]))
    if portal.required_when:
        refusals += _missing_required(portal, object_type, {**standing, **values})
    return Checked(values, tuple(refusals), tuple(warnings))


def _checked(
    portal: Portal, object_type: str, name: str, text: str, *, tolerates_dates: bool
) -> str:
    definition = portal.properties[object_type].get(name)
    if definition is None or definition.get("archived"):
        raise ValueRefusedError(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition["modificationMetadata"]["readOnlyValue"]:
        raise ValueRefusedError(
            name, "READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set'
        )
    if not text:
        return ""
    if definition.get("referencedObjectType") == "OWNER":
        return _owner(portal, name, text)
    if definition["type"] == "date":
        return _date(name, text, tolerates_dates=tolerates_dates)
    return _READERS[definition["type"]](definition, text)


def _owner(portal: Portal, name: str, text: str) -> str:
    """Id of an owner, live or not; that of a user will not do."""
    if text not in {one["id"] for one in portal.owners}:
        raise ValueRefusedError(name, "INVALID_OWNER", "there is no owner with this id")
    return text


def _string(definition: Json, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueRefusedError(definition["name"], "VALUE_TOO_LONG", "The value is too long")
    return text


def _number(definition: Json, text: str) -> str:
    """Plain digits; 0.50 comes back as 0.5."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or text.strip() != text or "_" in text:
        raise ValueRefusedError(
            definition["name"], "INVALID_NUMBER", f"{text} was not a valid number."
        )
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"", "-0"} else plain


def _enumeration(definition: Json, text: str) -> str:
    """One option value, or several with semicolons between where there are checkboxes."""
    if definition["externalOptions"]:
        return text
    allowed = [option["value"] for option in definition["options"]]
    given = text.split(";") if definition["fieldType"] == "checkbox" else [text]
    if not allowed and definition["hubspotDefined"]:
        return text  # pipelines and stages are options of the account, kept elsewhere
    unknown = [one for one in given if one not in allowed]
    if unknown:
        raise ValueRefusedError(
            definition["name"],
            "INVALID_OPTION",
            f"{unknown[0]} was not one of the allowed options: {allowed}",
        )
    return ";".join(dict.fromkeys(given))


def _bool(definition: Json, text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueRefusedError(
            definition["name"], "INVALID_OPTION", f"{text} was not one of: true, false"
        )
    return text.lower()


def _datetime(definition: Json, text: str) -> str:
    try:
        return to_text(read_ms(text))
    except (ValueError, OverflowError):
        raise ValueRefusedError(
            definition["name"], "INVALID_DATE", f"{text} was not a valid datetime."
        ) from None


_READERS: dict[str, Callable[[Json, str], str]] = {
    "string": _string,
    "number": _number,
    "enumeration": _enumeration,
    "bool": _bool,
    "datetime": _datetime,
}


def _date(name: str, text: str, *, tolerates_dates: bool) -> str:
    try:
        ms = read_ms(text)
    except (ValueError, OverflowError):
        raise ValueRefusedError(name, "INVALID_DATE", f"{text} was not a valid date.") from None
    if ms % DAY_MS and not tolerates_dates:
        raise ValueRefusedError(name, "INVALID_DATE", f"{text} is not midnight UTC!")
    return to_text(ms)[: len("2026-01-01")]


def _is_midnight(text: str) -> bool:
    return read_ms(text) % DAY_MS == 0


def _type_of(portal: Portal, object_type: str, name: str) -> str:
    return str(portal.properties[object_type][name]["type"])


def _warning(name: str, raw: str, normalized: str) -> Json:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"The value of {name} was normalized",
        "context": {
            "propertyName": [name],
            "rawValue": [raw],
            "normalizedValue": [normalized],
        },
    }


def _missing_required(portal: Portal, object_type: str, values: Mapping[str, str]) -> list[Json]:
    """What the rules of the account's admin find lacking in a record as a write would leave it."""
    return [
        {
            "message": f"Property {required} is required when {name} is {value}",
            "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
            "context": {"propertyName": [required]},
        }
        for (ruled_type, name, value), names in portal.required_when.items()
        if ruled_type == object_type and values.get(name) == value
        for required in names.split(";")
        if not values.get(required)
    ]


def _as_text(given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, bool):
        return str(given).lower()
    return str(given)
