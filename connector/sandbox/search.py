"""Search: filters, one sort, and the limits that make it the wrong tool for a full load.

Facts: HubSpot's CRM search guide. A search sees the index, which runs behind (`search_lag_s`).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from http import HTTPStatus

from connector.sandbox.filters import Filter, Key, Seen, filter_groups, key_of, type_of
from connector.sandbox.instants import read_ms, to_ms
from connector.sandbox.kinds import ObjectKind
from connector.sandbox.objects import shown_names
from connector.sandbox.portal import Portal
from connector.sandbox.record_body import record_writer
from connector.sandbox.span import CREATION, Wanted, is_spanned, spanned
from connector.sandbox.wire import ApiError, Json, Reply, Request, with_results

MAX_BODY = 3_000
MAX_RESULTS = 10_000
MAX_PAGE = 200


def search_records(portal: Portal, request: Request) -> Reply:
    """One page of what matches any of the filter groups."""
    if len(request.body.decode(errors="replace")) > MAX_BODY:
        raise ApiError(400, f"The request body is over {MAX_BODY} characters")
    kind, body = request.kind(), request.json()
    wanted = _wanted(body)
    groups = filter_groups(portal, kind, body)
    total, page = _found(portal, kind, request, groups, wanted, str(body.get("query") or ""))
    names = shown_names(portal, kind, body.get("properties") or ())
    text_of = record_writer(portal, kind, names)
    texts = [text_of(seen.record, seen.values) for seen in page]
    more = {"paging": {"next": {"after": str(wanted.stop)}}} if wanted.stop < total else {}
    return Reply(HTTPStatus.OK, with_results(texts, total=total, **more))


def _wanted(body: Json) -> Wanted:
    """Which of the matches an answer holds.

    Raises:
        ApiError: it is no page, or there is more than one sort rule.
    """
    limit, after = str(body.get("limit") or 10), str(body.get("after") or 0)
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
        raise ApiError(400, f"Invalid limit: it must be a number from 1 to {MAX_PAGE}")
    if not after.isdigit():
        raise ApiError(400, "Invalid after: it must be an integer offset")
    if int(after) + int(limit) > MAX_RESULTS:
        raise ApiError(400, f"A search gives no more than {MAX_RESULTS} results")
    sorts = body.get("sorts") or ()
    if len(sorts) > 1:
        raise ApiError(400, "Only one sort rule is allowed")
    name, is_descending = _rule(sorts[0]) if sorts else (CREATION, False)
    return Wanted(name, is_descending, int(after), int(after) + int(limit))


def _rule(rule: object) -> tuple[str, bool]:
    if isinstance(rule, dict):
        return str(rule.get("propertyName")), rule.get("direction") == "DESCENDING"
    return str(rule).removeprefix("-"), str(rule).startswith("-")


def _found(  # noqa: PLR0917 - the parts of one search
    portal: Portal,
    kind: ObjectKind,
    request: Request,
    groups: Sequence[Sequence[Filter]],
    wanted: Wanted,
    query: str,
) -> tuple[int, Sequence[Seen]]:
    """Number of all matches, and those that are wanted."""
    lag = timedelta(seconds=request.settings.search_lag_s)
    last_moves = portal.shelves[kind.name].modified.in_order()[-1:]
    is_late = bool(lag) and any(ms > to_ms(request.at - lag) for ms, _ in last_moves)
    if not is_late and not query and is_spanned(kind, groups, wanted):
        total, records = spanned(portal, kind, groups[0] if groups else (), wanted)
        return total, [Seen(one, one.values, one.moves[-1]) for one in records]
    cutoff_ms = to_ms(request.at - lag) if is_late else None
    matches = [
        seen
        for seen in _index(portal, kind, cutoff_ms)
        if not groups or any(all(one.test(seen) for one in filters) for filters in groups)
    ]
    if query:
        matches = [seen for seen in matches if _holds(kind, seen, query)]
    matches = _sorted(portal, kind, matches, wanted)
    return len(matches), matches[wanted.start : wanted.stop]


def _index(portal: Portal, kind: ObjectKind, cutoff_ms: int | None) -> Iterator[Seen]:
    """Live records as the index has them; of what is newer than the cutoff, how it stood then."""
    for record in portal.objects[kind.name].values():
        if record.archived_ms is not None:
            continue
        modified_ms = record.moves[-1]
        if cutoff_ms is None or modified_ms <= cutoff_ms:
            yield Seen(record, record.values, modified_ms)
            continue
        old = record.values_at(cutoff_ms, kind.modified)
        if old is not None:
            yield Seen(record, old, read_ms(old[kind.modified]))


def _holds(kind: ObjectKind, seen: Seen, query: str) -> bool:
    texts = [seen.values.get(name, "").lower() for name in kind.shown]
    return any(query.lower() in text for text in texts)


def _sorted(portal: Portal, kind: ObjectKind, matches: list[Seen], wanted: Wanted) -> list[Seen]:
    """Matches in the order wanted, equal ones by id in the same direction; empty values last."""
    if wanted.order == CREATION:
        return sorted(matches, key=lambda seen: (seen.record.created_ms, seen.record.number))
    key = _sort_key(kind, wanted.order, type_of(portal, kind, wanted.order))
    full = [seen for seen in matches if wanted.order in seen.values]
    empty = [seen for seen in matches if wanted.order not in seen.values]
    full.sort(key=lambda seen: (key(seen), seen.record.number), reverse=wanted.is_descending)
    return full + sorted(empty, key=lambda seen: seen.record.number)


def _sort_key(kind: ObjectKind, name: str, value_type: str) -> Callable[[Seen], Key]:
    if name == kind.modified:
        return lambda seen: seen.modified_ms
    return lambda seen: key_of(value_type, seen.values[name])
