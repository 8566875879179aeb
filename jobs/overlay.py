"""Settings from the environment, laid over those of the file before either is checked.

`TOPRELATIE__SERVICE__PORT` sets `service.port`: two underscores between levels, and `null` for
nothing. A value is read as YAML, so that numbers, lists and groups of keys may be given, but stays
the text that it is where the setting wants text. An empty variable is one that is not set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from mappings.validation import path_in
from mappings.yaml import Document, Fault, FileFaultsError, PathInFile, document_of, text_at

START = "TOPRELATIE__"
_BETWEEN = "__"
_WANTS_TEXT = frozenset({"string_type", "path_type"})
"""Pydantic's words for a value that should have been text."""


def overlaid(
    document: Document,
    environment: Mapping[str, str],
    model: type[BaseModel],
    *,
    context: object = None,
) -> Document:
    """Lay the variables of the environment over a file; what they set is told as theirs.

    Args:
        document: the file.
        environment: all variables; those with another start are none of ours.
        model: what the settings are; it tells where text is wanted.
        context: handed to its validators.
    """
    given = {path: (name, text) for path, name, text in _given(environment)}
    if not given:
        return document
    data, faults = _copied(document.data), list(document.faults)
    variables: dict[PathInFile, str] = {}
    for path in sorted(given, key=len):  # a group before what stands in it
        name, text = given[path]
        try:
            _put(data, path, _value(text, name))
        except _NoPlaceError:
            message = "lies in what is no group of keys; set the whole of that"
            faults.append(Fault(name, 0, path, message))
        except FileFaultsError as error:
            faults += [Fault(name, 0, (*path, *one.path), one.message) for one in error.faults]
        else:
            variables[path] = name
    texts = {path: given[path][1] for path in variables}
    _keep_texts(data, texts, model, context)
    return replace(document, data=data, faults=tuple(faults), variables=variables)


class _NoPlaceError(Exception):
    """The value lies in a list or in a plain value."""


def _given(environment: Mapping[str, str]) -> Iterator[tuple[PathInFile, str, str]]:
    """Yield path, name and text of each variable of ours that holds something."""
    for name, text in sorted(environment.items()):
        if name.startswith(START) and text.strip():
            yield tuple(name.removeprefix(START).lower().split(_BETWEEN)), name, text.strip()


def _value(text: str, name: str) -> object:
    """Value of a variable: as YAML where it is some, else the text itself.

    Raises:
        FileFaultsError: a key occurs twice, or something else is wrong inside a group of keys.
    """
    try:
        document = document_of(text, file=name)
    except FileFaultsError:  # no YAML, such as the cron expression */5 * * * *
        return text
    if document.faults and text[0] not in "{[":
        return text
    if document.faults:
        raise FileFaultsError(document.faults)
    is_plain = isinstance(document.data, str) and text[0] not in "'\""
    return text if is_plain or not document.lines else document.data  # without lines: a remark


def _copied(data: Any) -> Any:  # noqa: ANN401 - as YAML gives it
    """Groups of keys anew, so that those of the file stay as they are."""
    return {key: _copied(one) for key, one in data.items()} if isinstance(data, dict) else data


def _put(data: Any, path: PathInFile, value: object) -> None:  # noqa: ANN401 - as YAML gives it
    *above, last = path
    for step in above:
        if not isinstance(data, dict):
            raise _NoPlaceError
        data = data.setdefault(step, {})
    if not isinstance(data, dict):
        raise _NoPlaceError
    data[last] = value


def _keep_texts(
    data: Any,  # noqa: ANN401 - as YAML gives it
    texts: Mapping[PathInFile, str],
    model: type[BaseModel],
    context: object,
) -> None:
    """Put the text of a variable back where text was wanted and YAML read something else."""
    try:
        model.model_validate(data, context=context)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            path = path_in(data, details)
            if details["type"] in _WANTS_TEXT and details["input"] is not None:
                _put_text(data, path, texts)


def _put_text(data: Any, path: PathInFile, texts: Mapping[PathInFile, str]) -> None:  # noqa: ANN401
    """Put the text at a path back, where a variable gave it: its own, or a part of its value."""
    for length in range(len(path), 0, -1):
        if (text := texts.get(path[:length])) is None:
            continue
        found = text_at(text, path[length:]) if path[length:] else text
        *above, last = path
        for step in above:
            data = data[step]
        if found is not None:
            data[last] = found
        return
