"""Reading HubSpot's answers, every part of which may be absent or not what the page promises.

Records come by the hundred thousand, so there are no models here: each reader checks the one thing
that it takes, and gives the empty one of its kind where that is not there.
"""

from collections.abc import Iterable
from typing import Any

from connector.http.dialect import Payload
from connector.ports import PermanentCrmError


def results_of(payload: Payload) -> list[Payload]:
    """Objects in an answer's `results`.

    Raises:
        PermanentCrmError: there is no such list, so the answer is none.
    """
    results = payload.get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise PermanentCrmError("hubspot: an answer without a list of results; is base_url right?")
    return results


def errors_of(payload: Payload) -> list[Payload]:
    """Errors beside the results of a 207; empty when all went well."""
    return objects_in(payload, "errors")


def next_page(payload: Payload) -> str | None:
    """Mark of the page after this one; the address beside it is never followed."""
    after = object_in(object_in(payload, "paging"), "next").get("after")
    return None if after is None else str(after)


def named_ids(error: Payload, key: str = "ids") -> list[str]:
    """Ids that an error names in its context; one error may speak of many records."""
    found = object_in(error, "context").get(key)
    if found is None:
        return []
    return [str(one) for one in (found if isinstance(found, list) else [found])]


def missing_ids(errors: Iterable[Payload]) -> set[str]:
    """Ids of the records that do not exist, as errors name them."""
    return {one for error in errors if is_not_found(error) for one in named_ids(error)}


def is_not_found(error: Payload) -> bool:
    """Whether an error means that a record does not exist, or has nothing of what was asked."""
    return error.get("category") == "OBJECT_NOT_FOUND"


def object_in(payload: Payload, key: str) -> Payload:
    """The object under a key, {} when there is none."""
    value = payload.get(key)
    return value if isinstance(value, dict) else {}


def objects_in(payload: Payload, key: str) -> list[Payload]:
    """The objects in the list under a key, [] when there is none."""
    value = payload.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_in(payload: Payload, key: str) -> str | None:
    """The text under a key; None when there is none or it is empty."""
    value: Any = payload.get(key)
    return value if isinstance(value, str) and value else None


def number_in(payload: Payload, key: str) -> int:
    """The whole number under a key, 0 when there is none."""
    value: Any = payload.get(key)
    return value if isinstance(value, int) else 0


def required(payload: Payload, key: str) -> str:
    """The id or word under a key, as text: some versions send numbers.

    Raises:
        PermanentCrmError: there is none, so the answer is not what was asked for.
    """
    value = payload.get(key)
    if not isinstance(value, str | int) or value == "":
        raise PermanentCrmError(f"hubspot: an answer without {key}; is base_url right?")
    return str(value)
