"""Load the texts that people read, with the account's own lines over the shipped ones."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from kpis.vocabulary import OPTION_SETS
from kpis.wording import Texts, placeholders
from mappings.validation import unknown_key, validated
from mappings.yaml import (
    UNREADABLE,
    Document,
    Fault,
    FileFaultsError,
    PathInFile,
    load_document,
    quoted,
)

SHIPPED = Path(__file__).with_name("texts.yaml")

LONGEST_LABEL: Final = 255
"""Characters of a label of a property or option that HubSpot takes."""

LABELS: Final = ("properties", "options")
"""Groups of which the texts are labels in the CRM."""

Tree = Mapping[str, Any]


def load_texts(override: Path | None = None) -> Texts:
    """All texts; those in `override`, a file of the same form, go before the shipped ones.

    The file may give any part of the form, down to one language of one text. It cannot add a text
    of its own, and a text may use no other placeholders than the one whose place it takes.

    Raises:
        FileFaultsError: every fault of the file at once.
    """
    if override is None:
        return _shipped_texts()
    shipped = _shipped()
    given = load_document(override)
    faults = [*given.faults, *_faults(given, given.data, _tree(shipped), ())]
    if faults:
        raise FileFaultsError(faults)
    merged = Document(file=shipped.file, data=_over(shipped.data, given.data), lines={}, faults=())
    return validated(merged, Texts)


def texts_source(override: Path | None) -> Callable[[], Texts]:
    """What hands out all texts: those of an account are read now, the shipped ones when asked for.

    A pull needs no words, and reading them takes longer than all other files together.

    Raises:
        FileFaultsError: every fault of the account's file at once.
    """
    if override is None:
        return _shipped_texts
    texts = load_texts(override)
    return lambda: texts


def texts_digest(override: Path | None) -> str:
    """Digest of the files that the texts come from; equal digests give equal texts."""
    digest = hashlib.sha256(SHIPPED.read_bytes())
    if override is not None:
        digest.update(hashlib.sha256(override.read_bytes()).digest())
    return digest.hexdigest()


@cache
def phase_labels() -> Mapping[str, str]:
    """Phase by its casefolded label in either language, other spellings included."""
    options = load_texts().options["phase"]
    labels = {
        label.casefold(): value
        for value in OPTION_SETS["phase"]
        for label in (options[value].nl, options[value].en)
    }
    return labels | {"offerfase": "quote"}


@cache
def _shipped_texts() -> Texts:
    """The shipped texts, read once; nothing changes them."""
    return validated(_shipped(), Texts)


@cache
def _shipped() -> Document:
    """The shipped file, read once; nothing changes its data."""
    return load_document(SHIPPED)


def _tree(document: Document) -> Tree:
    """Data of the shipped file."""
    assert isinstance(document.data, dict)  # noqa: S101 - it is ours
    return document.data


def _over(shipped: object, given: object) -> object:
    if not isinstance(shipped, dict) or not isinstance(given, dict):
        return given
    return shipped | {key: _over(shipped[key], value) for key, value in given.items()}


def _faults(document: Document, given: object, shipped: Tree, path: PathInFile) -> Iterator[Fault]:
    """Faults of one place and of all below it, against what is shipped there."""

    def fault(message: str, at: PathInFile) -> Fault:
        return Fault(document.file, document.line_of(at), at, message)

    if given is UNREADABLE:
        return
    if not isinstance(given, dict):
        yield fault(f"{quoted(given)} must be a group of keys", path)
        return
    is_phrase = all(isinstance(value, str) for value in shipped.values())
    for key, value in given.items():
        below = (*path, key)
        if key not in shipped:
            yield fault(unknown_key(str(key), shipped), below)
        elif not is_phrase:
            yield from _faults(document, value, shipped[key], below)
        elif message := _text_fault(value, shipped, is_label=path[0] in LABELS):
            yield fault(message, below)


def _text_fault(text: object, shipped: Tree, *, is_label: bool) -> str | None:
    """What is wrong with one text in the place of a shipped one; None when nothing is."""
    allowed = frozenset[str]().union(*map(placeholders, shipped.values()))
    if text is UNREADABLE:
        return None
    if not isinstance(text, str):
        return f"{quoted(text)} must be text; quote it"
    if not text.strip():
        return "is empty; leave the line out to keep the shipped text"
    if is_label and len(text) > LONGEST_LABEL:
        return f"is {len(text)} characters long; a label may have {LONGEST_LABEL}"
    return _brace_fault(text, allowed)


def _brace_fault(text: str, allowed: frozenset[str]) -> str | None:
    """What is wrong with the placeholders of a text."""
    known = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "no braces"
    try:
        found = list(Formatter().parse(text))
    except ValueError:
        return f"{quoted(text)} has a brace without its other half; write {{{{ for a brace itself"
    for _, name, form, conversion in found:
        if name is not None and name not in allowed:
            return f"{{{name}}} is not known here; use {known}"
        if form or conversion:
            return f"{{{name}}} may carry no ! or : and what follows it; use {known}"
    return None
