"""Search: filters, one sort, and the limits that make it the wrong tool for a full load.

Facts: HubSpot's CRM search guide. A search sees the index, which runs behind (`search_lag_s`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import NamedTuple

from connector.sandbox.instants import read_ms, to_ms
from connector.sandbox.kinds import BY_WORD, ObjectKind
from connector.sandbox.objects import record_json, shown_names
from connector.sandbox.portal import Portal
from connector.sandbox.records import PortalRecord
from connector.sandbox.wire import ApiError, Json, Reply, Request

MAX_BODY = 3_000
MAX_RESULTS = 10_000
MAX_PAGE = 200
MAX_GROUPS = 5
MAX_FILTERS = 6
MAX_FILTERS_IN_ALL = 18

Key = int | Decimal | str
Test = Callable[["Seen"], bool]
_WORD = re.compile(r"[^\W_]+")


class Seen(NamedTuple):
    """A record as the index has it."""

    record: PortalRecord
    values: dict[str, str]
    modified_ms: int


def search_records(portal: Portal, request: Request) -> Reply:
    """One page of what matches any of the filter groups."""
    if len(request.body.decode(errors="replace")) > MAX_BODY:
        raise ApiError(400, f"The request body is over {MAX_BODY} characters")
    kind, body = request.kind(), request.json()
    limit, start = _window(body)
    groups = _groups(portal, kind, body)
    matches = [
        seen
        for seen in _index(portal, kind, request)
        if not groups or any(all(test(seen) for test in tests) for tests in groups)
    ]
    if body.get("query"):
        matches = [seen for seen in matches if _holds(kind, seen, str(body["query"]))]
    _sort(portal, kind, matches, body.get("sorts") or ())
    names = shown_names(portal, kind, body.get("properties") or ())
    answer: Json = {
        "total": len(matches),
        "results": [
            record_json(portal, kind, seen.record, names, values=seen.values)
            for seen in matches[start : start + limit]
        ],
    }
    if start + limit < len(matches):
        answer["paging"] = {"next": {"after": str(start + limit)}}
    return Reply(HTTPStatus.OK, answer)


def _window(body: Json) -> tuple[int, int]:
    limit, after = str(body.get("limit") or 10), str(body.get("after") or 0)
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
        raise ApiError(400, f"Invalid limit: it must be a number from 1 to {MAX_PAGE}")
    if not after.isdigit():
        raise ApiError(400, "Invalid after: it must be an integer offset")
    if int(after) + int(limit) > MAX_RESULTS:
        raise ApiError(400, f"A search gives no more than {MAX_RESULTS} results")
    return int(limit), int(after)


def _index(portal: Portal, kind: ObjectKind, request: Request) -> Iterable[Seen]:
    """Live records as the index has them, oldest first; what is newer than the lag is not there."""
    cutoff = to_ms(request.at - timedelta(seconds=request.settings.search_lag_s))
    is_late = request.settings.search_lag_s > 0
    for record in portal.objects[kind.name].values():
        if record.archived_ms is not None:
            continue
        modified_ms = record.moves[-1]
        if not is_late or modified_ms <= cutoff:
            yield Seen(record, record.values, modified_ms)
            continue
        old = record.values_at(cutoff, kind.modified)
        if old is not None:
            yield Seen(record, old, read_ms(old[kind.modified]))


def _groups(portal: Portal, kind: ObjectKind, body: Json) -> list[list[Test]]:
    groups = [group.get("filters") or [] for group in body.get("filterGroups") or ()]
    sizes = [len(filters) for filters in groups]
    if len(groups) > MAX_GROUPS or max(sizes, default=0) > MAX_FILTERS:
        raise ApiError(400, f"At most {MAX_GROUPS} groups of {MAX_FILTERS} filters are allowed")
    if sum(sizes) > MAX_FILTERS_IN_ALL:
        raise ApiError(400, f"At most {MAX_FILTERS_IN_ALL} filters are allowed in all")
    # The modified date goes first: it costs least and as a rule turns most records down.
    return [
        [
            _test(portal, kind, one)
            for one in sorted(filters, key=lambda one: one.get("propertyName") != kind.modified)
        ]
        for filters in groups
    ]


def _test(portal: Portal, kind: ObjectKind, one: Json) -> Test:
    name, operator = str(one.get("propertyName")), str(one.get("operator"))
    if name.startswith("associations."):
        return _association_test(portal, kind, one)
    if operator not in _OPERATORS:
        raise ApiError(400, f"Invalid operator: {operator}")
    value_type = _type_of(portal, kind, name)
    matches = _OPERATORS[operator](one, value_type)
    if name == kind.modified:
        return lambda seen: matches(seen.modified_ms)

    def test(seen: Seen) -> bool:
        text = seen.values.get(name)
        return matches(None if text is None else _key(value_type, text))

    return test


def _type_of(portal: Portal, kind: ObjectKind, name: str) -> str:
    """Type of a property; one that is not defined holds nothing, so its type does not matter."""
    return str(portal.properties[kind.name].get(name, {}).get("type", "string"))


def _key(value_type: str, text: str) -> Key:
    """Value in a form that can be compared."""
    if value_type in {"date", "datetime"}:
        return read_ms(text)
    if value_type == "number":
        return int(text) if text.isdigit() else Decimal(text)
    return text.lower() if value_type == "string" else text


def _operand(value_type: str, given: object) -> Key:
    try:
        return _key(value_type, str(given))
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


def _holds(kind: ObjectKind, seen: Seen, query: str) -> bool:
    texts = [seen.values.get(name, "").lower() for name in kind.shown]
    return any(query.lower() in text for text in texts)


def _sort(portal: Portal, kind: ObjectKind, matches: list[Seen], sorts: Sequence[object]) -> None:
    """Sort by one rule; without one by creation, oldest first. Empty values come last."""
    if len(sorts) > 1:
        raise ApiError(400, "Only one sort rule is allowed")
    if not sorts:
        matches.sort(key=lambda seen: (seen.record.created_ms, int(seen.record.id)))
    for rule in sorts:
        name, is_descending = _rule(rule)
        value_type = _type_of(portal, kind, name)
        full = [seen for seen in matches if name in seen.values]
        empty = [seen for seen in matches if name not in seen.values]
        full.sort(key=_sort_key(kind, name, value_type), reverse=is_descending)
        matches[:] = full + empty


def _rule(rule: object) -> tuple[str, bool]:
    if isinstance(rule, dict):
        return str(rule.get("propertyName")), rule.get("direction") == "DESCENDING"
    return str(rule).removeprefix("-"), str(rule).startswith("-")


def _sort_key(kind: ObjectKind, name: str, value_type: str) -> Callable[[Seen], Key]:
    if name == kind.modified:
        return lambda seen: seen.modified_ms
    return lambda seen: _key(value_type, seen.values[name])
