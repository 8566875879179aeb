"""Filters of a search: what they test, and how HubSpot compares values.

Facts: HubSpot's CRM search guide.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import NamedTuple

from connector.sandbox.instants import read_ms
from connector.sandbox.kinds import BY_WORD, ObjectKind
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord
from connector.sandbox.wire import ApiError, Json

MAX_GROUPS = 5
MAX_FILTERS = 6
MAX_FILTERS_IN_ALL = 18
ID = "hs_object_id"

Key = int | Decimal | str
_WORD = re.compile(r"[^\W_]+")


class Seen(NamedTuple):
    """A record as the index has it."""

    record: PortalRecord
    values: dict[str, str]
    modified_ms: int


Test = Callable[[Seen], bool]


class Filter(NamedTuple):
    """One filter.

    Attributes:
        operands: value and high value of an operator that compares, in a form that can be compared.
    """

    name: str
    operator: str
    test: Test
    operands: tuple[Key, ...] = ()


def filter_groups(portal: Portal, kind: ObjectKind, body: Json) -> list[list[Filter]]:
    """Groups of a search: one of them is enough, and of one group all filters must hold.

    Raises:
        ApiError: there are too many, or one cannot be understood.
    """
    groups = [group.get("filters") or [] for group in body.get("filterGroups") or ()]
    sizes = [len(filters) for filters in groups]
    if len(groups) > MAX_GROUPS or max(sizes, default=0) > MAX_FILTERS:
        raise ApiError(400, f"At most {MAX_GROUPS} groups of {MAX_FILTERS} filters are allowed")
    if sum(sizes) > MAX_FILTERS_IN_ALL:
        raise ApiError(400, f"At most {MAX_FILTERS_IN_ALL} filters are allowed in all")
    # The modified date goes first: it costs least and as a rule turns most records down.
    return [
        [
            _filter(portal, kind, one)
            for one in sorted(filters, key=lambda one: one.get("propertyName") != kind.modified)
        ]
        for filters in groups
    ]


def _filter(portal: Portal, kind: ObjectKind, one: Json) -> Filter:
    name, operator = str(one.get("propertyName")), str(one.get("operator"))
    if name.startswith("associations."):
        return Filter(name, operator, _association_test(portal, kind, one))
    if operator not in _OPERATORS:
        raise ApiError(400, f"Invalid operator: {operator}")
    value_type = type_of(portal, kind, name)
    matches = _OPERATORS[operator](one, value_type)
    operands = tuple(_operand(value_type, one[word]) for word in _OPERANDS.get(operator, ()))
    if name == kind.modified:
        return Filter(name, operator, lambda seen: matches(seen.modified_ms), operands)

    def test(seen: Seen) -> bool:
        text = seen.values.get(name)
        return matches(None if text is None else key_of(value_type, text))

    return Filter(name, operator, test, operands)


def type_of(portal: Portal, kind: ObjectKind, name: str) -> str:
    """Type of a property; one that is not defined holds nothing, so its type does not matter."""
    return str(portal.properties[kind.name].get(name, {}).get("type", "string"))


def key_of(value_type: str, text: str) -> Key:
    """Value in a form that can be compared."""
    if value_type in {"date", "datetime"}:
        return read_ms(text)
    if value_type == "number":
        return int(text) if text.isdigit() else Decimal(text)
    return text.lower() if value_type == "string" else text


def _operand(value_type: str, given: object) -> Key:
    try:
        return key_of(value_type, str(given))
    except (ValueError, InvalidOperation):
        raise ApiError(400, "A filter value does not fit the type of its property") from None


Matcher = Callable[[Key | None], bool]


def _compared(compare: Callable[[Key, Key], bool]) -> Callable[[Json, str], Matcher]:
    def build(one: Json, value_type: str) -> Matcher:
        if "value" not in one:
            raise ApiError(400, f"The operator {one['operator']} needs a value")
        wanted = _operand(value_type, one["value"])
        return lambda key: key is not None and compare(key, wanted)

    return build


def _between(one: Json, value_type: str) -> Matcher:
    if "value" not in one or "highValue" not in one:
        raise ApiError(400, "The operator BETWEEN needs a value and a highValue")
    low, high = (_operand(value_type, one[name]) for name in ("value", "highValue"))
    return lambda key: key is not None and low <= key <= high  # type: ignore[operator]


def _among(*, is_wanted: bool) -> Callable[[Json, str], Matcher]:
    def build(one: Json, value_type: str) -> Matcher:
        if not isinstance(one.get("values"), list):
            raise ApiError(400, f"The operator {one['operator']} needs values")
        # Texts are kept in lower case, and the values are taken as they come.
        wanted = {
            str(given) if value_type == "string" else _operand(value_type, given)
            for given in one["values"]
        }
        return lambda key: key is not None and (key in wanted) == is_wanted

    return build


def _token(*, is_wanted: bool) -> Callable[[Json, str], Matcher]:
    def build(one: Json, _: str) -> Matcher:
        pattern = str(one.get("value")).lower()

        def matches(key: Key | None) -> bool:
            if key is None:
                return False
            text = str(key).lower()
            found = any(fnmatchcase(part, pattern) for part in (text, *_WORD.findall(text)))
            return found == is_wanted

        return matches

    return build


_OPERATORS: dict[str, Callable[[Json, str], Matcher]] = {
    "LT": _compared(lambda key, wanted: key < wanted),  # type: ignore[operator]
    "LTE": _compared(lambda key, wanted: key <= wanted),  # type: ignore[operator]
    "GT": _compared(lambda key, wanted: key > wanted),  # type: ignore[operator]
    "GTE": _compared(lambda key, wanted: key >= wanted),  # type: ignore[operator]
    "EQ": _compared(lambda key, wanted: key == wanted),
    "NEQ": _compared(lambda key, wanted: key != wanted),
    "BETWEEN": _between,
    "IN": _among(is_wanted=True),
    "NOT_IN": _among(is_wanted=False),
    "HAS_PROPERTY": lambda _one, _type: lambda key: key is not None,
    "NOT_HAS_PROPERTY": lambda _one, _type: lambda key: key is None,
    "CONTAINS_TOKEN": _token(is_wanted=True),
    "NOT_CONTAINS_TOKEN": _token(is_wanted=False),
}


_OPERANDS = {
    **dict.fromkeys(("LT", "LTE", "GT", "GTE", "EQ"), ("value",)),
    "BETWEEN": ("value", "highValue"),
}


def _association_test(portal: Portal, kind: ObjectKind, one: Json) -> Test:
    """`associations.contact` stands for the ids of the linked contacts."""
    word = str(one["propertyName"]).removeprefix("associations.")
    if word not in BY_WORD:
        raise ApiError(400, f"Unable to infer object type from: {word}")
    to_type = BY_WORD[word].name
    wanted = {str(given) for given in one.get("values") or [one.get("value")]}
    operator = one.get("operator")

    def linked(seen: Seen) -> set[str]:
        return set(portal.links.of(kind.name, seen.record.id, to_type))

    tests: dict[object, Test] = {
        "EQ": lambda seen: bool(linked(seen) & wanted),
        "IN": lambda seen: bool(linked(seen) & wanted),
        "HAS_PROPERTY": lambda seen: bool(linked(seen)),
        "NOT_HAS_PROPERTY": lambda seen: not linked(seen),
    }
    if operator not in tests:
        raise ApiError(400, f"Invalid operator on an association: {operator}")
    return tests[operator]
