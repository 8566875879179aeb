"""What is wrong with an answer to a question of `init`; a token is never repeated."""

import re
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from jobs.config import TOKEN_START, Account, Zone

_SECRET_FROM = 16
"""Shortest run of letters and digits that is taken for a token."""


def fault_in_timezone(name: str) -> str | None:
    """Say what is wrong with the name of a time zone; None: nothing."""
    if looks_secret(name):
        return "is no time zone and may be the token, so it is not repeated"
    return _fault(Zone, name)


def fault_in_account(name: str) -> str | None:
    """Say what is wrong with the name of an account, without repeating it; None: nothing."""
    if name.lower().startswith(TOKEN_START):
        return "looks like a token; an account has a name of your own choice, such as acme"
    if _fault(Account, name) is None:
        return None
    return "must be letters, digits, _ . or -, at most 64, a letter or digit first: such as acme"


def fault_in_variable(name: str) -> str | None:
    """Say what is wrong with the name of a variable, without repeating it; None: nothing."""
    if name.isidentifier() and not looks_secret(name):
        return None
    return (
        "is no name of a variable and may be the token itself, so it is not repeated: a token "
        "typed here would stand in the history of the shell. Put it in an environment variable or "
        "a file, and give the name of that"
    )


def fault_in_token_file(path: str) -> str | None:
    """Say what is wrong with the path of a token, without repeating a token; None: nothing."""
    if not looks_secret(path) or Path(path).exists():
        return None
    return (
        "is no file and looks like the token itself, so it is not repeated: write the token into "
        "a file that you alone can read, and give the path of that"
    )


def looks_secret(text: str) -> bool:
    """Whether this may be a token: it begins as HubSpot's do, or is long and mixed."""
    if text.lower().startswith(TOKEN_START):
        return True
    mixed = (r"\d", r"[a-z]") if text.isidentifier() else (r"\d", r"[A-Za-z]")
    return (
        len(text) >= _SECRET_FROM
        and re.fullmatch(r"[A-Za-z0-9_=+-]+", text) is not None
        and all(re.search(one, text) for one in mixed)
    )


def _fault(kind: Any, value: str) -> str | None:  # noqa: ANN401 - an annotated type
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    return None
