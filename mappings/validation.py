"""From the data of a file to a model: what pydantic finds, said with line, path and what to do."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mappings.yaml import UNREADABLE, Document, Fault, FileFaultsError, PathInFile, quoted

Model = TypeVar("Model", bound=BaseModel)
Schema = dict[str, Any]
"""JSON schema of a model or of a part of it."""

RULES: Mapping[str, str] = MappingProxyType(
    {
        "dict|model": "a group of keys",
        "list|tuple": "a list",
        "string": "text",
        "decimal|float": "a number",
        "int": "a whole number",
        "bool": "true or false",
        "date": "a day, such as 2026-01-31",
    }
)
"""What must stand at a place, by pydantic's kind of value."""


def validated(document: Document, model: type[Model], *, context: object = None) -> Model:
    """Model of a document; its validators are handed the context.

    Raises:
        FileFaultsError: every fault of the writing and of the values at once.
    """
    faults = list(document.faults)
    try:
        result = model.model_validate(document.data, context=context)
    except ValidationError as error:
        faults += faults_of(error, document, model)
    else:
        if not faults:
            return result
    raise FileFaultsError(faults) from None


def faults_of(error: ValidationError, document: Document, model: type[BaseModel]) -> list[Fault]:
    """Faults of a file out of what pydantic found in its data."""
    schema = model.model_json_schema()
    faults = []
    for details in error.errors(include_url=False):
        if details["input"] is UNREADABLE:
            continue
        path = path_in(document.data, details)
        message = _message(details, schema)
        faults.append(document.fault(path, message))
    return faults


def path_in(data: object, details: ErrorDetails) -> PathInFile:
    """Path without the steps that only pydantic knows, such as the kind of a union."""
    path: list[str | int] = []
    for step in details["loc"]:
        match data, step:
            case dict(), str() if step in data:
                data = data[step]
            case list(), int() if step < len(data):
                data = data[step]
            case _:
                continue
        path.append(step)
    if details["type"] == "missing":
        path.append(details["loc"][-1])
    return tuple(path)


def _message(details: ErrorDetails, schema: Schema) -> str:
    found, context = quoted(details["input"]), details.get("ctx", {})
    match details["type"]:
        case "value_error":
            message = str(context["error"])
        case "missing":
            message = "is missing"
        case "extra_forbidden":
            *above, key = details["loc"]
            message = unknown_key(str(key), _keys_at(schema, above))
        case "union_tag_not_found":
            message = f"needs the key {_listed(context['discriminator'])}"
        case "union_tag_invalid":
            message = f"{quoted(context['tag'])} is not known; use one of "
            message += _listed(context["expected_tags"])
        case "literal_error" | "enum":
            message = f"{found} is not allowed; use one of {_listed(context['expected'])}"
        case "string_type" if isinstance(details["input"], int | Decimal | date):
            message = f"{found} must be text; quote it"
        case _:
            message = f"{found} {_must(details)}"
    return message


def unknown_key(key: str, known: Iterable[str]) -> str:
    """What to say of a key that is not among the known ones."""
    known = list(known)
    match difflib.get_close_matches(key, known, n=1, cutoff=0.7):
        case [nearest]:
            return f"unknown key; did you mean {nearest}?"
        case _ if known:
            return f"unknown key; use one of {', '.join(known)}"
        case _:
            return "unknown key; leave it out"


def _listed(expected: str) -> str:
    """The words out of pydantic's list of them: `'a', 'b' or 'c'`."""
    return ", ".join(re.findall(r"'([^']*)'", expected))


def _must(details: ErrorDetails) -> str:
    """Rule in our words out of pydantic's type of error or its `Input should be ...`."""
    for kinds, ours in RULES.items():
        if re.fullmatch(rf"(?:{kinds})_(?:type|parsing|from\w+)", details["type"]):
            return f"must be {ours}"
    return re.sub(r"^\w+ should ", "must ", details["msg"])


def _keys_at(schema: Schema, steps: Iterable[str | int]) -> tuple[str, ...]:
    """Keys that a model allows at a place."""
    place = schema
    for step in steps:
        place = next(_below(schema, place, step), {})
    return tuple(key for form in _forms(schema, place) for key in form.get("properties", ()))


def _below(schema: Schema, place: Schema, step: str | int) -> Iterator[Schema]:
    for form in _forms(schema, place):
        if step in form.get("properties", ()):
            yield form["properties"][step]
        elif step in form.get("discriminator", {}).get("mapping", ()):
            yield {"$ref": form["discriminator"]["mapping"][step]}
        else:
            inner = form.get("items" if isinstance(step, int) else "additionalProperties")
            if isinstance(inner, dict):
                yield inner


def _forms(schema: Schema, place: Schema) -> Iterator[Schema]:
    """Forms that a value may have at a place, references followed."""
    if "$ref" in place:
        yield from _forms(schema, schema["$defs"][place["$ref"].rpartition("/")[2]])
    elif "anyOf" in place:
        for form in place["anyOf"]:
            yield from _forms(schema, form)
    else:
        yield place
