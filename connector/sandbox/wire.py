"""What comes in over the wire and what goes out: requests, answers and HubSpot's error bodies."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from connector.sandbox.instants import to_ms, to_text
from connector.sandbox.kinds import BY_WORD, ObjectKind

Json = dict[str, Any]
JSON_TYPE = "application/json;charset=utf-8"
CORRELATION_ID = "69ba846c-0000-0000-0000-9f5929af6658"
"""Answers are found in the record of a test by their order, so one id does for all."""

json_text: Callable[[object], str] = json.JSONEncoder(
    separators=(",", ":"), check_circular=False
).encode
"""JSON as it goes over the wire."""

json_string: Callable[[str], str] = json.encoder.encode_basestring_ascii
"""The same of a text, several times as fast."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the look-alike behaves where HubSpot does not say, or where a test wants it otherwise.

    Attributes:
        search_lag_s: age of the state that a search sees.
        link_page_size: links of one record in one answer.
        tolerates_dates: a date that is no midnight is moved to one, with a warning, as version
            2026-09 announces; else it is refused, as every version before it does.
    """

    search_lag_s: float = 0
    link_page_size: int = 500
    tolerates_dates: bool = False


class ApiError(Exception):
    """A refusal, to be answered with HubSpot's error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str | None = "VALIDATION_ERROR",
        sub_category: str | None = None,
        context: Mapping[str, Sequence[str]] | None = None,
        errors: Sequence[Json] = (),
        **extra: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {
            "status": "error",
            "message": message,
            "correlationId": CORRELATION_ID,
            **extra,
        }
        found = {
            "context": dict(context) if context else None,
            "category": category,
            "subCategory": sub_category,
            "errors": list(errors) or None,
        }
        self.body |= {name: value for name, value in found.items() if value is not None}


class Answer(NamedTuple):
    """An answer as it goes out."""

    status: int
    content: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. A payload of bytes is JSON already; None is an empty body."""

    status: int = HTTPStatus.OK
    payload: Json | list[Json] | bytes | None = None

    def content(self) -> bytes:
        """Body as it goes over the wire."""
        if self.payload is None:
            return b""
        if isinstance(self.payload, bytes):
            return self.payload
        return json_text(self.payload).encode()


@dataclass(frozen=True, slots=True)
class Request:
    """One call, its path already taken apart.

    Attributes:
        parts: the named parts of the path.
        query: all values by name.
        at: instant of the portal's clock.
        is_dated: the path carries a date, else it is one of the old numbered versions.
    """

    method: str
    parts: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    at: datetime
    is_dated: bool
    settings: Settings = field(default_factory=Settings)

    @property
    def at_ms(self) -> int:
        """Instant of the call in epoch milliseconds."""
        return to_ms(self.at)

    def kind(self, part: str = "type") -> ObjectKind:
        """Object type that a part of the path names.

        Raises:
            ApiError: there is no such type.
        """
        word = self.parts[part]
        if word not in BY_WORD:
            raise ApiError(400, f"Unable to infer object type from: {word}")
        return BY_WORD[word]

    def text(self, name: str, default: str = "") -> str:
        """First value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def names(self, name: str) -> list[str]:
        """All names of a query parameter, given once with commas or several times."""
        given = ",".join(self.query.get(name, ()))
        return [one for one in given.split(",") if one]

    def number(self, name: str, default: int, *, most: int) -> int:
        """Value of a whole number from 1 to `most`.

        Raises:
            ApiError: it is none, or out of range.
        """
        text = self.text(name, str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise ApiError(400, f"Invalid {name}: it must be a number from 1 to {most}")
        return int(text)

    def is_true(self, name: str) -> bool:
        """A yes-or-no query parameter; no when it is absent."""
        return self.text(name).lower() == "true"

    def json(self) -> Json:
        """Body as a JSON object.

        Raises:
            ApiError: it is none.
        """
        try:
            body = json.loads(self.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ApiError(400, "Invalid input JSON: the body is not an object")
        return body

    def inputs(self, most: int) -> list[Json]:
        """Inputs of a batch.

        Raises:
            ApiError: there are none or more than `most`.
        """
        inputs = self.json().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
            raise ApiError(400, "Invalid input JSON: inputs is not a list of objects")
        if len(inputs) > most:
            raise ApiError(
                400, f"The maximum number of inputs supported in a batch request is {most}"
            )
        return inputs


def with_results(texts: Iterable[str], **rest: object) -> bytes:
    """A body whose results are JSON text already, which is how large answers stay cheap."""
    more = "," + json_text(rest)[1:] if rest else "}"
    return f'{{"results":[{",".join(texts)}]{more}'.encode()


def batch_reply(
    request: Request,
    results: Sequence[Json | str],
    errors: Sequence[Json] = (),
    status: int = 200,
    **more: object,
) -> Reply:
    """Answer of a batch, its results bodies or JSON text already; with errors it is a 207."""
    at = to_text(request.at_ms)
    body: Json = {
        "status": "COMPLETE",
        "startedAt": at,
        "completedAt": to_text(request.at_ms + 1),
        **more,
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
        status = HTTPStatus.MULTI_STATUS
    texts = (one if isinstance(one, str) else json_text(one) for one in results)
    return Reply(status, with_results(texts, **body))


def part_error(
    category: str, message: str, context: Mapping[str, Sequence[str]], **extra: object
) -> Json:
    """One entry among the errors of a batch answer."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {name: list(values) for name, values in context.items()},
        **extra,
    }


def page_of(entries: Sequence[Json], request: Request, *, default: int, most: int) -> Json:
    """One page of a short list, the cursor being the position."""
    limit = request.number("limit", default, most=most)
    start = int(request.text("after", "0")) if request.text("after", "0").isdigit() else 0
    body: Json = {"results": list(entries[start : start + limit])}
    if start + limit < len(entries):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return body


def already_exists(name: str, sub_category: str) -> ApiError:
    """Refusal to create what exists under this name."""
    return ApiError(
        HTTPStatus.CONFLICT,
        f"{name} already exists",
        category="OBJECT_ALREADY_EXISTS",
        sub_category=sub_category,
        context={"name": [name]},
    )
